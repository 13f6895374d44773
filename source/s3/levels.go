package s3

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"ctlog/source"
)

// How far AWSLogs is looked for below a PATH, which a trail may have a prefix
// before: so deep, and in so many folders. Where it is not found, all is
// listed.
const (
	searchDepth   = 4
	searchFolders = 100
)

// leaves finds out which stretches of keys are to be listed.
func (l *lister) leaves(ctx context.Context) ([]leaf, error) {
	if !l.scope.Bounded() {
		return []leaf{{prefix: l.folder}}, nil
	}
	found := []leaf{{prefix: l.folder}}
	if source.ShortKey(l.folder) == "" {
		var err error
		if found, err = l.search(ctx); err != nil {
			return nil, err
		}
	}
	switch f, ok := source.ParseFolder(l.folder); {
	case source.ShortKey(l.folder) != "" && !ok || f.Below:
		return found, nil
	case ok && !l.wants(f):
		return nil, nil
	}
	for slices.ContainsFunc(found, l.divisible) {
		if found = l.divide(ctx, found); ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	for i := range found {
		l.bound(&found[i])
	}
	return found, nil
}

// search looks for AWSLogs below a folder. Where there is one, what lies beside
// it is no trail's, but for metadata that a copy kept.
func (l *lister) search(ctx context.Context) (found []leaf, err error) {
	frontier, asked := []string{l.folder}, 0
	for range searchDepth {
		var next []string
		for _, prefix := range frontier {
			if asked++; asked > searchFolders {
				break
			}
			a, err := l.level(ctx, prefix)
			if err != nil {
				return nil, err
			}
			if i := slices.Index(a.folders, prefix+"AWSLogs/"); i >= 0 {
				found, a.folders = append(found, leaf{prefix: a.folders[i]}), nil
			}
			found, next = append(found, l.metadata(a.entries)...), append(next, a.folders...)
		}
		frontier = next
	}
	if !slices.ContainsFunc(found, l.divisible) {
		return []leaf{{prefix: l.folder}}, nil
	}
	slices.SortFunc(found, func(a, b leaf) int { return strings.Compare(a.prefix, b.prefix) })
	return found, nil
}

func (l *lister) metadata(entries []Entry) (found []leaf) {
	for _, e := range entries {
		if source.ParseKey(e.Key).Kind == source.KindMetadata {
			found = append(found, leaf{prefix: e.Key, held: []Entry{e}})
		}
	}
	return found
}

// level lists what is directly in a folder.
func (l *lister) level(ctx context.Context, prefix string) (all answer, err error) {
	in := listing{prefix: prefix, delimiter: "/"}
	for pages := (pages{}); ; {
		a, err := l.page(ctx, in)
		if err != nil {
			return all, err
		}
		all.entries, all.folders = append(all.entries, pages.whole(a)...), append(all.folders, a.folders...)
		if !a.more {
			return all, nil
		}
		in.token = a.token
	}
}

// divisible: a folder of AWSLogs above the regions, whose folders tell what is
// in them.
func (l *lister) divisible(f leaf) bool {
	folder, ok := source.ParseFolder(f.prefix)
	return ok && folder.Region == "" && f.held == nil && f.err == nil
}

// divide replaces folders by the wanted ones of those in them, in order.
func (l *lister) divide(ctx context.Context, in []leaf) (out []leaf) {
	parts := make([][]leaf, len(in))
	places := make(chan struct{}, listJobs)
	var wg sync.WaitGroup
	for i, f := range in {
		if !l.divisible(f) {
			parts[i] = []leaf{f}
			continue
		}
		places <- struct{}{}
		wg.Go(func() {
			parts[i] = l.inside(ctx, f)
			<-places
		})
	}
	wg.Wait()
	return slices.Concat(parts...)
}

func (l *lister) inside(ctx context.Context, f leaf) (list []leaf) {
	a, err := l.level(ctx, f.prefix)
	if err != nil {
		return []leaf{{prefix: f.prefix, err: err}}
	}
	for _, prefix := range a.folders {
		if folder, ok := source.ParseFolder(prefix); ok && l.wants(folder) {
			list = append(list, leaf{prefix: prefix})
		}
	}
	return list
}

// wants reports whether a folder may hold what is asked for, by all that is
// known of it.
func (l *lister) wants(f source.Folder) bool {
	s := l.scope
	return (f.Account == "" || s.HasAccount(f.Account)) &&
		(f.Kind == source.KindUnknown || len(s.Kinds) == 0 || slices.Contains(s.Kinds, f.Kind)) &&
		(f.Region == "" || s.HasFolder(f.Kind, f.Region))
}

// bound keeps a region's listing to the days that matter: their folders sort
// as the days do.
func (l *lister) bound(f *leaf) {
	folder, ok := source.ParseFolder(f.prefix)
	if !ok || folder.Region == "" || folder.Below {
		return
	}
	days := l.scope.Days(folder.Kind)
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return f.prefix + t.UTC().Format("2006/01/02/")
	}
	f.after, f.until = cmp.Or(f.after, at(days.From)), cmp.Or(f.until, at(days.To))
}
