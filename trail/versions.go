package trail

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"ctlog/digest"
	"ctlog/source"
)

// Versions are the versions of the objects of a bucket, as far as a verification
// learns of them. It is safe for concurrent use.
type Versions struct {
	// Suffix gives what a path has at its end for a version, by its ID.
	Suffix func(id string) string

	mu  sync.Mutex
	all map[string][]digest.Version // by path
}

// Add notes the versions of the object at a path, the newest first.
func (v *Versions) Add(path string, list []digest.Version) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.all == nil {
		v.all = map[string][]digest.Version{}
	}
	v.all[path] = list
}

// of is which version of its object something is, nil where there is but one.
func (v *Versions) of(o *source.Object) *digest.Version {
	if v == nil || o.Version == "" {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	all := v.all[objectPath(o)]
	i := slices.IndexFunc(all, func(one digest.Version) bool { return v.Suffix(one.ID) == o.Version })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// objectPath is the path that all versions of an object have in common.
func objectPath(o *source.Object) string { return strings.TrimSuffix(o.Path, o.Version) }

// Histories gives them in the order of paths.
func (v *Versions) Histories() (list []digest.History) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, p := range slices.Sorted(maps.Keys(v.all)) {
		list = append(list, digest.History{Object: p, Versions: v.all[p]})
	}
	return list
}

// Histories implements digest.Historian.
func (s *Copy) Histories(ctx context.Context, wrong []string) []digest.History {
	switch {
	case s.Versions != nil:
		return s.Versions.Histories()
	case s.Ask != nil:
		return s.Ask(ctx, wrong)
	}
	return nil
}
