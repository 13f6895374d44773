package cloudtest

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ctlog/internal/testkit/trailgen"
)

// version is one version of an object, a delete marker where it has no content.
type version struct {
	id       string
	modified time.Time
	stored   *trailgen.Stored
}

// Overwrite puts a new version of an object into the bucket.
func (s *Server) Overwrite(key string, o *trailgen.Stored) { s.put(key, o) }

// Hide puts a delete marker on top of an object, as deleting it does where a
// bucket has versions.
func (s *Server) Hide(key string) { s.put(key, nil) }

// Purge deletes all versions of an object for good, but not its delete markers.
func (s *Server) Purge(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.history[key] = slices.DeleteFunc(s.history[key], func(v version) bool { return v.stored != nil })
}

func (s *Server) put(key string, o *trailgen.Stored) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.versionsOf(key)
	v := version{fmt.Sprintf("v%d", len(all)), Modified.Add(time.Duration(len(all)) * time.Hour), o}
	s.history[key] = append([]version{v}, all...)
	if s.held.Objects[key] = o; o == nil {
		delete(s.held.Objects, key)
	}
	s.keys = slices.Sorted(maps.Keys(s.held.Objects))
}

// versionsOf gives the versions of an object, the newest first.
func (s *Server) versionsOf(key string) []version {
	if all, ok := s.history[key]; ok {
		return all
	}
	if o := s.held.Objects[key]; o != nil {
		return []version{{s.versionID(o), Modified, o}}
	}
	return nil
}

func (s *Server) versionID(o *trailgen.Stored) string { return "v-" + strings.Trim(s.etag(o), `"`)[:8] }

// find gives the version of an object that is asked for.
func (s *Server) find(key, id string) (v version, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.versionsOf(key)
	i := 0
	if id != "" {
		i = slices.IndexFunc(all, func(v version) bool { return v.id == id })
	}
	if i < 0 || i >= len(all) || all[i].stored == nil {
		return v, false
	}
	return all[i], true
}

// versionsListing is the answer to ListObjectVersions.
type versionsListing struct {
	XMLName                            xml.Name `xml:"ListVersionsResult"`
	Name, Prefix                       string
	EncodingType                       string `xml:",omitempty"`
	IsTruncated                        bool
	NextKeyMarker, NextVersionIdMarker string `xml:",omitempty"`
	MaxKeys                            int
	Version                            []listedVersion
	DeleteMarker                       []listedVersion
	CommonPrefixes                     []folder
}

type listedVersion struct {
	Key, VersionId, LastModified string
	IsLatest                     bool
	ETag                         string `xml:",omitempty"`
	Size                         int
}

// listVersions gives the versions behind a prefix that come after where the
// caller was.
func (s *Server) listVersions(param func(string) string) (l versionsListing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.Name, l.Prefix, l.MaxKeys, l.EncodingType = s.held.Bucket, param("prefix"), 1000, param("encoding-type")
	if n, err := strconv.Atoi(param("max-keys")); err == nil {
		l.MaxKeys = n
	}
	page := versionsPage{l: &l, delimiter: param("delimiter"), afterKey: param("key-marker"), afterID: param("version-id-marker")}
	keys := slices.Sorted(maps.Keys(s.held.Objects))
	for key := range s.history {
		if s.held.Objects[key] == nil {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		if strings.HasPrefix(key, l.Prefix) && !page.add(key, s.versionsOf(key)) {
			break
		}
	}
	return l
}

// versionsPage is a page in the making.
type versionsPage struct {
	l                         *versionsListing
	delimiter                 string
	afterKey, afterID         string
	n                         int
	lastKey, lastID, lastFold string
}

// add reports false when the page is full.
func (p *versionsPage) add(key string, all []version) bool {
	if common := commonPrefix(key, p.l.Prefix, p.delimiter); common != "" {
		if common == p.lastFold || p.afterKey >= common && p.afterKey != "" {
			return true
		}
		p.lastFold = common
		return p.row(common, "", func() { p.l.CommonPrefixes = append(p.l.CommonPrefixes, folder{p.encoded(common)}) })
	}
	for i, v := range all[p.passed(key, all):] {
		i += p.passed(key, all)
		row := listedVersion{Key: p.encoded(key), VersionId: v.id, LastModified: v.modified.Format(time.RFC3339), IsLatest: i == 0}
		if !p.row(key, v.id, func() { p.put(row, v) }) {
			return false
		}
	}
	return true
}

func (p *versionsPage) put(row listedVersion, v version) {
	if v.stored == nil {
		p.l.DeleteMarker = append(p.l.DeleteMarker, row)
		return
	}
	row.ETag, row.Size = ETag(v.stored.Bytes), len(v.stored.Bytes)
	p.l.Version = append(p.l.Version, row)
}

// passed is how many versions of an object were on earlier pages.
func (p *versionsPage) passed(key string, all []version) int {
	switch cmp.Compare(key, p.afterKey) {
	case 1:
		return 0
	case 0:
		if i := slices.IndexFunc(all, func(v version) bool { return v.id == p.afterID }); p.afterID != "" && i >= 0 {
			return i + 1
		}
	}
	return len(all)
}

func (p *versionsPage) row(key, id string, put func()) bool {
	if p.n == p.l.MaxKeys {
		p.l.IsTruncated, p.l.NextKeyMarker, p.l.NextVersionIdMarker = true, p.encoded(p.lastKey), p.lastID
		return false
	}
	p.n++
	p.lastKey, p.lastID = key, id
	put()
	return true
}

func (p *versionsPage) encoded(key string) string {
	return listing{EncodingType: p.l.EncodingType}.encoded(key)
}

func (s *Server) serveVersion(w http.ResponseWriter, r *http.Request, key string) {
	v, ok := s.find(key, r.URL.Query().Get("versionId"))
	if !ok {
		Refuse(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	s.serveObject(w, r, v)
}
