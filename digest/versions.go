package digest

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Version is one of the versions of an object, or a delete marker.
type Version struct {
	Object   string // the path that all versions of the object have in common
	ID       string
	Modified time.Time
	Size     int64
	Latest   bool
	Deleted  bool   // a delete marker, which has no content
	Newer    int    // how many versions came after it
	Status   Status // in a Finding: Undecided when it was not looked at
}

// History is the versions of one object, the newest first, where there are
// several or the newest is a delete marker.
type History struct {
	Object   string // its path
	Versions []Version
}

// Historian is a Store that may know which versions of an object there were.
type Historian interface {
	// Histories gives the histories of the objects at these paths, and of
	// others that it came by.
	Histories(ctx context.Context, objects []string) []History
}

// objectOf is the path of a file, whichever version of it that is.
func objectOf(path string, v *Version) string {
	if v != nil {
		return v.Object
	}
	return path
}

// stand chooses of several versions of each object the one that stands for it:
// the earliest of those that match best, and the newest where none matches.
func stand[T any](files []T, of func(T) (*Version, Status), passOver func(T)) {
	best := map[string]T{}
	for _, f := range files {
		v, _ := of(f)
		if v == nil {
			continue
		}
		before, ok := best[v.Object]
		switch {
		case !ok:
			best[v.Object] = f
		case preferred(of, f, before):
			best[v.Object] = f
			passOver(before)
		default:
			passOver(f)
		}
	}
}

func preferred[T any](of func(T) (*Version, Status), a, b T) bool {
	v, s := of(a)
	w, t := of(b)
	if x, y := matching(s), matching(t); x != y {
		return x < y
	}
	return (v.Newer > w.Newer) == (matching(s) < matching(Altered))
}

// matching orders statuses by how well a version matches what digests say.
func matching(s Status) int {
	switch s {
	case Valid:
		return 0
	case Unverified:
		return 1
	}
	return 2
}

func (e *evidence) chooseLogs() {
	stand(e.logs, func(l *logFile) (*Version, Status) { return l.version, l.status }, func(l *logFile) { l.superseded = true })
}

func (e *evidence) chooseDigests() {
	stand(e.digests, func(h *digestFile) (*Version, Status) { return h.version, h.status }, func(h *digestFile) { h.superseded = true })
}

// beside is the path that a key has if its object lies where it was delivered
// and the digest does, "" if the digest does not.
func (h *digestFile) beside(key string) string {
	if root, ok := strings.CutSuffix(objectOf(h.id.Path, h.version), h.key); ok {
		return root + key
	}
	return ""
}

// histories adds a finding for every object that was overwritten or is hidden
// by a delete marker, as far as the store can tell.
func (e *evidence) histories(ctx context.Context, store Store, r *Report) {
	h, ok := store.(Historian)
	if !ok {
		return
	}
	all := h.Histories(ctx, r.wrong())
	refs := r.refsOf(all)
	for _, history := range all {
		f := Finding{Kind: Versions, Object: history.Object, Reason: history.what()}
		if i, ok := refs[history.Object]; ok && i >= 0 {
			it := r.item(r.refs[i])
			f.First, f.Bucket = it.Key, it.Bucket
		} else if !history.empty() || !e.nameInScope(e.o.Names(history.Object)) {
			continue
		}
		for _, v := range history.Versions {
			v.Status = e.statusOf(history.Object, v.ID)
			f.Versions = append(f.Versions, v)
		}
		if i, ok := refs[history.Object]; ok && i >= 0 {
			f.Restorable = f.replaced() && r.item(r.refs[i]).Status == Valid
		}
		if f.Restorable {
			r.Restored++
		}
		r.Findings = append(r.Findings, f)
	}
	r.Verdict = r.verdict()
}

// replaced: what anyone gets who asks for the object is not a version that a
// digest vouches for.
func (f *Finding) replaced() bool {
	return len(f.Versions) > 0 && (f.Versions[0].Deleted || f.Versions[0].Status != Valid)
}

// wrong gives the paths of the objects of which another version may tell more.
// What is missing has the place that its key has beside the digest that names
// it.
func (r *Report) wrong() (paths []string) {
	for _, f := range r.refs {
		if path, wrong := r.place(f); wrong && path != "" {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// refsOf finds what the report says of some objects, -1 where it says nothing.
func (r *Report) refsOf(all []History) map[string]int {
	at := map[string]int{}
	for _, h := range all {
		at[h.Object] = -1
	}
	for i, f := range r.refs {
		if len(at) == 0 {
			break
		}
		path, _ := r.place(f)
		if _, asked := at[path]; asked {
			at[path] = i
		}
	}
	return at
}

func (r *Report) place(f ref) (path string, wrong bool) {
	switch f.kind {
	case refDigest:
		h := r.e.digests[f.at]
		return objectOf(h.id.Path, h.version), h.status == Altered || h.status == Unreadable
	case refLog:
		l := r.e.logs[f.at]
		return l.object(), l.status == Altered || l.status == Unreadable
	case refMissing:
		return r.missing[f.at].path, true
	}
	l := &r.e.listings[f.at]
	return l.digest.beside(l.Object), true
}

func (e *evidence) nameInScope(n Name) bool {
	return (n.Kind == Log || n.Kind == DigestFile) && e.wants(n) && e.inTime(n.Time.Add(-time.Hour), n.Time)
}

// statusOf is what became of one version of an object.
func (e *evidence) statusOf(object, id string) Status {
	if e.judged == nil {
		e.judged = map[[2]string]Status{}
		for _, l := range e.logs {
			if l.version != nil {
				e.judged[[2]string{l.version.Object, l.version.ID}] = l.status
			}
		}
		for _, h := range e.digests {
			if h.version != nil {
				e.judged[[2]string{h.version.Object, h.version.ID}] = h.status
			}
		}
	}
	return e.judged[[2]string{object, id}]
}

// empty: nothing is left but delete markers.
func (h History) empty() bool {
	return !slices.ContainsFunc(h.Versions, func(v Version) bool { return !v.Deleted })
}

// what says what was done to an object.
func (h History) what() string {
	contents := 0
	for _, v := range h.Versions {
		if !v.Deleted {
			contents++
		}
	}
	hidden := len(h.Versions) > 0 && h.Versions[0].Deleted
	switch {
	case contents == 0:
		return "deleted: a delete marker is left and no version"
	case hidden && contents > 1:
		return "overwritten, and hidden by a delete marker"
	case hidden:
		return "hidden by a delete marker"
	case contents > 1:
		return "overwritten"
	}
	return "deleted, and put there again"
}
