package cloudtest

import (
	"encoding/xml"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ctlog/internal/testkit/trailgen"
)

// listing is the answer to ListObjects and ListObjectsV2.
type listing struct {
	XMLName                           xml.Name `xml:"ListBucketResult"`
	Name, Prefix                      string
	EncodingType                      string `xml:",omitempty"`
	IsTruncated                       bool
	NextMarker, NextContinuationToken string `xml:",omitempty"`
	MaxKeys, KeyCount                 int
	Contents                          []content
	CommonPrefixes                    []folder
}

type content struct {
	Key  string
	Size int
	ETag string
}

type folder struct{ Prefix string }

// list gives the keys behind a prefix that come after where the caller was:
// the three ways to say so mean the same here.
func list(held *trailgen.Copy, keys []string, etag func(*trailgen.Stored) string, param func(string) string) (l listing) {
	l.Name, l.Prefix, l.MaxKeys, l.EncodingType = held.Bucket, param("prefix"), 1000, param("encoding-type")
	if n, err := strconv.Atoi(param("max-keys")); err == nil {
		l.MaxKeys = n
	}
	after, last := max(param("marker"), param("start-after"), param("continuation-token")), ""
	i, found := slices.BinarySearch(keys, max(after, l.Prefix))
	if found && keys[i] == after {
		i++
	}
	for ; i < len(keys) && strings.HasPrefix(keys[i], l.Prefix); i++ {
		key := keys[i]
		common := commonPrefix(key, l.Prefix, param("delimiter"))
		if common != "" && (common == last || strings.HasPrefix(after, common)) {
			continue
		}
		if l.KeyCount == l.MaxKeys {
			l.IsTruncated = true
			l.NextMarker, l.NextContinuationToken = last, last
			break
		}
		l.KeyCount++
		if last = key; common != "" {
			last = common
			l.CommonPrefixes = append(l.CommonPrefixes, folder{l.encoded(common)})
			continue
		}
		l.Contents = append(l.Contents, content{l.encoded(key), len(held.Objects[key].Bytes), etag(held.Objects[key])})
	}
	return l
}

func commonPrefix(key, prefix, delimiter string) string {
	if delimiter == "" {
		return ""
	}
	i := strings.Index(key[len(prefix):], delimiter)
	if i < 0 {
		return ""
	}
	return key[:len(prefix)+i+len(delimiter)]
}

func (l listing) encoded(key string) string {
	if l.EncodingType != "url" {
		return key
	}
	return strings.ReplaceAll(url.QueryEscape(key), "%2F", "/")
}
