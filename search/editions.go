package search

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
)

// Edition is one of the different events that have the same ID.
type Edition struct {
	ID         string // in lower case
	Name, Time string // as the event says, as far as that is not very long
	File       string
	Proven     bool // the file is

	content uint64
}

// Editions are those of each ID, in the order of the evidence.
type Editions map[string][]Edition

// maxEditions is how many of one ID are kept.
const maxEditions = 4

func (v Editions) add(one Edition) {
	have := v[one.ID]
	if len(have) < maxEditions && !slices.ContainsFunc(have, func(o Edition) bool { return o.content == one.content && o.Proven == one.Proven }) {
		v[one.ID] = append(have, one)
	}
}

// enough reports whether nothing more need be looked for: of every ID there are
// two, and, where files are judged, a proven one.
func (v Editions) enough(ids []string, judged bool) bool {
	return !slices.ContainsFunc(ids, func(id string) bool {
		proven := slices.ContainsFunc(v[id], func(o Edition) bool { return o.Proven })
		return len(v[id]) < 2 || judged && !proven
	})
}

// errEnough ends a scan that has found what it looked for.
var errEnough = errors.New("enough")

// FindEditions looks for the events that have one of some IDs, which are in lower
// case, as long as there may be others of them; nobody could have kept the place of
// every event that was read. A scan that cannot be taken to its end gives nil.
func FindEditions(ctx context.Context, config scan.Config, ids []string) Editions {
	var plan *query.Plan
	if !slices.ContainsFunc(ids, func(id string) bool { return strings.ContainsAny(id, `*?[\`) || id == "" }) {
		plan = query.NewPlan(match.Fields{EventID: ids, IgnoreCase: true})
	}
	found, judged := Editions{}, config.Judge != nil
	handler := func() scan.Handler[Edition] {
		return (&editionFinder{ids: ids, judged: judged, prefilter: plan.Prefilter(false)}).look
	}
	take := func(v Edition) error {
		if found.add(v); found.enough(ids, judged) {
			return errEnough
		}
		return nil
	}
	err := scan.Run(ctx, config, handler, take, func(scan.Outcome) error { return nil })
	if err != nil && !errors.Is(err, errEnough) {
		return nil
	}
	return found
}

// editionFinder is a worker of that.
type editionFinder struct {
	ids       []string
	judged    bool
	prefilter query.Prefilter
}

var contentSeed = maphash.MakeSeed()

func (w *editionFinder) look(_ context.Context, f scan.File, put func(Edition, int) bool) error {
	if _, skip := w.prefilter.SkipFile(f.Body); skip {
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
		v := Edition{ID: id, Name: shortText(e.Raw, event.FieldName), Time: shortText(e.Raw, event.FieldTime), File: f.Path,
			Proven: w.judged && !f.Judgement.Unproven, content: maphash.Bytes(contentSeed, e.Raw)}
		if !put(v, len(v.Name)+len(v.Time)+len(v.File)) {
			break
		}
	}
	return nil
}

// shortText is the text of a field, "" when there is none.
func shortText(raw []byte, name string) string {
	raw, ok := parse.Field(raw, name)
	if !ok || !parse.IsString(raw) {
		return ""
	}
	return idset.Clip(parse.Text(nil, raw))
}
