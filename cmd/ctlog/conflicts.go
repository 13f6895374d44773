package main

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"strings"

	"ctlog/event"
	"ctlog/internal/idset"
	"ctlog/internal/scan"
	"ctlog/parse"
	"ctlog/query"
	"ctlog/query/match"
	"ctlog/trail"
)

// edition is one of the events that have the same ID.
type edition struct {
	id, what string
	content  uint64
	proven   bool
}

// editions are the different ones of each ID, in the order of the evidence.
type editions map[string][]edition

// errEnough ends a scan that has found what it looked for.
var errEnough = errors.New("enough")

// mostEditions is how many of one ID are told.
const mostEditions = 4

func (v editions) add(one edition) {
	have := v[one.id]
	if len(have) < mostEditions && !slices.ContainsFunc(have, func(o edition) bool { return o.content == one.content && o.proven == one.proven }) {
		v[one.id] = append(have, one)
	}
}

// enough reports whether nothing more need be looked for.
func (v editions) enough(ids []string, judged bool) bool {
	return !slices.ContainsFunc(ids, func(id string) bool {
		proven := slices.ContainsFunc(v[id], func(o edition) bool { return o.proven })
		return len(v[id]) < 2 || judged && !proven
	})
}

// tellConflicts says of each ID which events have it, and where they are. They
// are looked for anew: nobody could keep the place of every event that was read.
func (i *integrity) tellConflicts(paths, ids []string) {
	if len(ids) == 0 {
		return
	}
	for n, id := range ids {
		ids[n] = strings.ToLower(id)
	}
	found := editions{}
	if trail.Rereadable(paths) && !slices.ContainsFunc(paths, isRemote) {
		found = i.editionsOf(paths, ids)
	}
	for _, id := range ids {
		text := "eventID " + id
		for n, v := range found[id] {
			text += []string{": ", "; "}[min(n, 1)] + v.what
		}
		i.app.voice.Error("%s", text)
	}
	if i.trust == nil {
		i.app.voice.Hint("with --keys, the one in a file that is proven is kept")
	}
}

// editionsOf looks for the events that have one of some IDs.
func (i *integrity) editionsOf(paths, ids []string) editions {
	config, progress := i.app.scanning(paths)
	progress.Stop()
	config.Meter = nil
	i.hashing(&config)
	var plan *query.Plan
	if !slices.ContainsFunc(ids, func(id string) bool { return strings.ContainsAny(id, `*?[\`) || id == "" }) {
		plan = query.NewPlan(match.Fields{EventID: ids, IgnoreCase: true})
	}
	found := editions{}
	handler := func() scan.Handler[edition] {
		return (&editionFinder{integrity: i, ids: ids, prefilter: plan.Prefilter(false)}).look
	}
	take := func(v edition) error {
		if found.add(v); found.enough(ids, i.trust != nil) {
			return errEnough
		}
		return nil
	}
	err := scan.Run(i.app.ctx, config, handler, take, func(scan.Outcome) error { return nil })
	if err != nil && !errors.Is(err, errEnough) {
		return nil
	}
	return found
}

// editionFinder is a worker of that search.
type editionFinder struct {
	*integrity
	ids       []string
	prefilter query.Prefilter
}

func (w *editionFinder) look(_ context.Context, f scan.File, put func(edition, int) bool) error {
	if _, ok := w.prefilter.SkipFile(f.Body); ok {
		return nil
	}
	proven := w.trust != nil && !f.Body.Streams() && !w.lacksProof(w.judge(f, f.Body.Drain()))
	if w.verified && !proven {
		return nil
	}
	for e, err := range f.Body.Events() {
		if err != nil || w.prefilter.SkipEvent(e.Raw) {
			continue
		}
		id := strings.ToLower(idset.Clip(parse.Text(nil, event.ID(e.Raw))))
		if !slices.Contains(w.ids, id) {
			continue
		}
		v := edition{id: id, content: maphash.Bytes(contentSeed, e.Raw), proven: proven}
		v.what = said(e.Raw, "eventName") + said(e.Raw, "eventTime") + "in " + f.Path
		if proven {
			v.what += " (proven)"
		}
		if !put(v, len(v.what)) {
			break
		}
	}
	return nil
}

// said is the text of a field and a space, "" when there is none.
func said(raw []byte, name string) string {
	raw, ok := parse.Field(raw, name)
	if !ok || !parse.IsString(raw) {
		return ""
	}
	return idset.Clip(parse.Text(nil, raw)) + " "
}
