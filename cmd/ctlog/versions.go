package main

import (
	"cmp"
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"ctlog/digest"
	"ctlog/source"
	"ctlog/source/s3"
)

// histories are the versions of the objects of s3:// paths, as far as a
// verification learns of them.
type histories struct {
	app *app
	mu  sync.Mutex
	all map[string][]digest.Version // by path; filled by a listing of versions
}

// followVersions has the backend list all versions.
func (a *app) followVersions() *histories {
	h := &histories{app: a, all: map[string][]digest.Version{}}
	a.remote.versions, a.remote.history = true, h.add
	return h
}

func (h *histories) add(path string, all []s3.Version) {
	list := versionsOf(path, all)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[path] = list
}

func versionsOf(path string, all []s3.Version) (list []digest.Version) {
	for i, v := range all {
		list = append(list, digest.Version{Object: path, ID: v.ID, Modified: v.Modified, Size: v.Size, Latest: v.Latest, Deleted: v.Deleted, Newer: i})
	}
	return list
}

// of is which version of its object something is, nil where there is but one.
func (h *histories) of(o *source.Object) *digest.Version {
	if h == nil || o.Version == "" {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.all[objectPath(o)]
	i := slices.IndexFunc(all, func(v digest.Version) bool { return s3.VersionSuffix(v.ID) == o.Version })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// objectPath is the path that all versions of an object have in common.
func objectPath(o *source.Object) string { return strings.TrimSuffix(o.Path, o.Version) }

// sorted gives the histories in the order of paths.
func (h *histories) sorted() (list []digest.History) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range slices.Sorted(maps.Keys(h.all)) {
		list = append(list, digest.History{Object: p, Versions: h.all[p]})
	}
	return list
}

// Histories implements digest.Historian. Without --versions only the objects
// with which something is wrong are asked about.
func (s *store) Histories(ctx context.Context, wrong []string) []digest.History {
	if s.versions != nil {
		return s.versions.sorted()
	}
	h := &histories{app: s.app, all: map[string][]digest.Version{}}
	var wg sync.WaitGroup
	places := make(chan struct{}, remoteJobs)
	for _, q := range questions(wrong) {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			h.ask(ctx, q)
		})
	}
	wg.Wait()
	return h.sorted()
}

// question is one listing of versions, and the paths that it is about.
type question struct {
	bucket, prefix string
	wanted         map[string]bool
}

// questions asks for one object by its key, for several of a folder by that.
func questions(paths []string) (list []question) {
	folders := map[string][]string{}
	for _, p := range paths {
		if isRemote(p) {
			folders[path.Dir(p)] = append(folders[path.Dir(p)], p)
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		q := question{wanted: map[string]bool{}}
		for _, p := range folders[folder] {
			q.wanted[p] = true
		}
		bucket, prefix, err := s3.Split(folders[folder][0])
		if err != nil {
			continue
		}
		if q.bucket, q.prefix = bucket, prefix; len(q.wanted) > 1 {
			q.prefix = prefix[:strings.LastIndexByte(prefix, '/')+1]
		}
		list = append(list, q)
	}
	return list
}

// ask lists versions. Where that is not possible the verdict is the same, so
// that is a note.
func (h *histories) ask(ctx context.Context, q question) {
	for e, err := range h.app.s3().Versions(ctx, q.bucket, q.prefix) {
		h.mu.Lock()
		p := "s3://" + q.bucket + "/" + cmp.Or(e.Key, q.prefix)
		switch {
		case err != nil && ctx.Err() == nil && !h.app.remote.unlisted:
			h.app.remote.unlisted = true
			h.app.voice.Note("%s: whether there are versions of what is altered or missing is not known: %s", p, err)
			h.app.remote.hint(h.app.voice, err)
		case err == nil && q.wanted[p] && s3.Storied(e.Versions):
			h.all[p] = versionsOf(p, e.Versions)
		}
		h.mu.Unlock()
	}
}

// noVersions says it where --versions cannot mean anything.
func noVersions(paths []string) error {
	if slices.ContainsFunc(paths, isRemote) {
		return nil
	}
	return misuse("ctlog verify --versions s3://bucket/prefix", "--versions is for s3:// paths; a copy on disk has one version of each object")
}

// versionsHint says how what was overwritten could be proven.
func (a *app) versionsHint(r *digest.Report) {
	if slices.ContainsFunc(r.Findings, func(f digest.Finding) bool { return f.Kind == digest.Versions }) {
		a.voice.Hint("--versions verifies, of each object, the earliest version that matches its digest")
	}
}
