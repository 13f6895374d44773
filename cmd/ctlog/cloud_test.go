package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ctlog/internal/trailgen"
)

// cloud is as much of S3 and CloudTrail as it takes to validate a trail: a
// server on the loopback interface that has one bucket, path style.
type cloud struct {
	*httptest.Server
	held atomic.Pointer[trailgen.Copy]
}

func newCloud(t *testing.T) *cloud {
	c := &cloud{}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

// hold makes a copy the content of the bucket.
func (c *cloud) hold(held *trailgen.Copy) { c.held.Store(held) }

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	held, q := c.held.Load(), r.URL.Query()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".ListPublicKeys"):
		listPublicKeys(w, r, held.Keys)
	case bucket != held.Bucket:
		refuse(w, "NoSuchBucket")
	case q.Has("location"):
		answer(w, http.StatusOK, struct {
			XMLName xml.Name `xml:"LocationConstraint"`
		}{})
	case key == "":
		answer(w, http.StatusOK, list(held, q.Get))
	case held.Objects[key] == nil:
		refuse(w, "NoSuchKey")
	default:
		serveObject(w, held.Objects[key])
	}
}

func refuse(w http.ResponseWriter, code string) {
	answer(w, http.StatusNotFound, struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
	}{Code: code})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprint(w, xml.Header)
	xml.NewEncoder(w).Encode(v)
}

func serveObject(w http.ResponseWriter, o *trailgen.Stored) {
	for name, value := range o.Metadata {
		w.Header()["x-amz-meta-"+name] = []string{value} // in lower case, as S3 sends it and the CLI wants it
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(o.Bytes)))
	w.Write(o.Bytes)
}

// listing is the answer to ListObjects and ListObjectsV2.
type listing struct {
	XMLName                           xml.Name `xml:"ListBucketResult"`
	Name, Prefix                      string
	IsTruncated                       bool
	NextMarker, NextContinuationToken string `xml:",omitempty"`
	MaxKeys, KeyCount                 int
	Contents                          []struct {
		Key  string
		Size int
	}
}

// list gives the keys behind a prefix that come after where the caller was:
// the three ways to say so mean the same here.
func list(held *trailgen.Copy, param func(string) string) (l listing) {
	l.Name, l.Prefix, l.MaxKeys = held.Bucket, param("prefix"), 1000
	if n, err := strconv.Atoi(param("max-keys")); err == nil {
		l.MaxKeys = n
	}
	after := max(param("marker"), param("start-after"), param("continuation-token"))
	for _, key := range slices.Sorted(maps.Keys(held.Objects)) {
		if !strings.HasPrefix(key, l.Prefix) || key <= after {
			continue
		}
		if len(l.Contents) == l.MaxKeys {
			l.IsTruncated = true
			break
		}
		l.Contents = append(l.Contents, struct {
			Key  string
			Size int
		}{key, len(held.Objects[key].Bytes)})
	}
	if l.KeyCount = len(l.Contents); l.IsTruncated && l.KeyCount > 0 {
		l.NextMarker = l.Contents[l.KeyCount-1].Key
		l.NextContinuationToken = l.NextMarker
	}
	return l
}

// listPublicKeys gives the keys that were valid at some time of a span.
func listPublicKeys(w http.ResponseWriter, r *http.Request, keys []trailgen.Key) {
	var asked struct{ StartTime, EndTime float64 }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	start, end := time.Unix(int64(asked.StartTime), 0), time.Unix(int64(asked.EndTime), 0)
	published := []map[string]any{}
	for _, k := range keys {
		if !k.End.Before(start) && !k.Start.After(end) {
			published = append(published, map[string]any{
				"Value": k.Value(), "Fingerprint": k.Fingerprint(),
				"ValidityStartTime": k.Start.Unix(), "ValidityEndTime": k.End.Unix(),
			})
		}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	json.NewEncoder(w).Encode(map[string]any{"PublicKeyList": published})
}
