// Package cloudtest is as much of S3 and CloudTrail as tests need: a server on
// the loopback interface that has one bucket, path style, and publishes keys.
//
// Faults come from the test: Intercept sees every request first. list.go has
// the listings, versions.go what a bucket with versions has beside them, keys.go
// ListPublicKeys.
package cloudtest

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ctlog/internal/testkit/trailgen"
)

// Server is the cloud.
type Server struct {
	*httptest.Server

	mu        sync.Mutex
	held      *trailgen.Copy
	keys      []string             // of the objects, sorted
	history   map[string][]version // of objects that have more than one version
	asked     []string             // "LIST prefix delimiter", "VERSIONS prefix delimiter", "GET key", "KEYS region"
	intercept func(http.ResponseWriter, *http.Request) bool
	etags     sync.Map // of *trailgen.Stored
}

// New starts a server that lives as long as the test.
func New(t testing.TB) *Server {
	s := &Server{held: &trailgen.Copy{}, history: map[string][]version{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// Modified is when all objects were last modified.
var Modified = time.Date(2024, 1, 10, 1, 2, 3, 0, time.UTC)

// Hold makes a copy the content of the bucket.
func (s *Server) Hold(held *trailgen.Copy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.history = map[string][]version{}
	s.held, s.keys = held, slices.Sorted(maps.Keys(held.Objects))
}

// Intercept sets what sees every request first; when it reports true, it has
// answered.
func (s *Server) Intercept(f func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// Asked gives the requests since it was last called.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// Env points the AWS SDK here, and nowhere else.
func (s *Server) Env(t testing.TB) {
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": s.URL, "AWS_ENDPOINT_URL_S3": "", "AWS_REGION": "us-east-1", "AWS_PROFILE": "",
		"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "example", "AWS_SESSION_TOKEN": "",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
		"HTTP_PROXY": "", "http_proxy": "", "NO_PROXY": "*",
	} {
		t.Setenv(name, value)
	}
}

func (s *Server) state(r *http.Request) (held *trailgen.Copy, keys []string, intercept func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, describe(r))
	return s.held, s.keys, s.intercept
}

func describe(r *http.Request) string {
	_, key := split(r)
	switch q := r.URL.Query(); {
	case published(r):
		return "KEYS " + region(r)
	case key == "":
		verb := "LIST "
		if q.Has("versions") {
			verb = "VERSIONS "
		}
		return strings.TrimSpace(verb + q.Get("prefix") + " " + q.Get("delimiter"))
	case q.Has("versionId"):
		key += "?versionId=" + q.Get("versionId")
	}
	return r.Method + " " + key
}

func published(r *http.Request) bool {
	return strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".ListPublicKeys")
}

func split(r *http.Request) (bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return bucket, key
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	held, keys, intercept := s.state(r)
	bucket, key := split(r)
	switch {
	case intercept != nil && intercept(w, r):
	case published(r):
		listPublicKeys(w, r, held.Keys)
	case bucket != held.Bucket:
		Refuse(w, http.StatusNotFound, "NoSuchBucket")
	case r.URL.Query().Has("location"):
		answer(w, http.StatusOK, struct {
			XMLName xml.Name `xml:"LocationConstraint"`
		}{})
	case key == "" && r.URL.Query().Has("versions"):
		answer(w, http.StatusOK, s.listVersions(r.URL.Query().Get))
	case key == "":
		answer(w, http.StatusOK, list(held, keys, s.etag, r.URL.Query().Get))
	default:
		s.serveVersion(w, r, key)
	}
}

// Refuse answers with one of S3's error codes.
func Refuse(w http.ResponseWriter, status int, code string) {
	answer(w, status, struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: code, Message: "as the test wants it"})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprint(w, xml.Header)
	xml.NewEncoder(w).Encode(v)
}

// etag is an object's ETag, computed once: a server has it.
func (s *Server) etag(o *trailgen.Stored) string {
	if known, ok := s.etags.Load(o); ok {
		return known.(string)
	}
	tag := ETag(o.Bytes)
	s.etags.Store(o, tag)
	return tag
}

// ETag is that of an object's bytes.
func ETag(b []byte) string {
	sum := md5.Sum(b)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (s *Server) serveObject(w http.ResponseWriter, r *http.Request, v version) {
	o := v.stored
	for name, value := range o.Metadata {
		w.Header()["x-amz-meta-"+name] = []string{value} // in lower case, as S3 sends it and the CLI wants it
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("ETag", s.etag(o))
	w.Header().Set("X-Amz-Version-Id", v.id)
	if match := r.Header.Get("If-Match"); match != "" && match != s.etag(o) {
		Refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	http.ServeContent(w, r, "", v.modified, bytes.NewReader(o.Bytes))
}
