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
	"ctlog/source/s3"
	"ctlog/trail"
)

// followVersions has the backend list all versions.
func (a *app) followVersions() *trail.Versions {
	v := newVersions()
	a.remote.versions, a.remote.history = true, func(path string, all []s3.Version) { v.Add(path, versionsOf(path, all)) }
	return v
}

func newVersions() *trail.Versions { return &trail.Versions{Suffix: s3.VersionSuffix} }

func versionsOf(path string, all []s3.Version) (list []digest.Version) {
	for i, v := range all {
		list = append(list, digest.Version{Object: path, ID: v.ID, Modified: v.Modified, Size: v.Size, Latest: v.Latest, Deleted: v.Deleted, Newer: i})
	}
	return list
}

// askForVersions gives the histories of the objects with which something is
// wrong.
func (a *app) askForVersions(ctx context.Context, wrong []string) []digest.History {
	v := newVersions()
	var wg sync.WaitGroup
	places := make(chan struct{}, remoteJobs)
	for _, q := range questions(wrong) {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			a.ask(ctx, q, v)
		})
	}
	wg.Wait()
	return v.Histories()
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
func (a *app) ask(ctx context.Context, q question, to *trail.Versions) {
	for e, err := range a.s3().Versions(ctx, q.bucket, q.prefix) {
		p := "s3://" + q.bucket + "/" + cmp.Or(e.Key, q.prefix)
		switch {
		case err != nil && ctx.Err() == nil:
			a.remote.unlisted.Do(func() {
				a.voice.Note("%s: whether there are versions of what is altered or missing is not known: %s", p, err)
				a.remote.hint(a.voice, err)
			})
		case err == nil && q.wanted[p] && s3.Storied(e.Versions):
			to.Add(p, versionsOf(p, e.Versions))
		}
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
