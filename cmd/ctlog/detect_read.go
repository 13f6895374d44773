package main

import (
	"context"
	"errors"

	"ctlog/detect"
	"ctlog/digest"
	"ctlog/internal/scan"
	"ctlog/parse"
	"ctlog/query"
	"ctlog/query/match"
	"ctlog/query/need"
)

// detector is a worker of detect.
type detector struct {
	*detection
	reader    *detect.Reader
	matcher   *match.Matcher
	prefilter query.Prefilter
	put       func(*detect.Batch, int) bool
}

func (r *detection) newDetector() *detector {
	return &detector{detection: r, reader: r.collector.Reader(), matcher: r.Conditions().Matcher(), prefilter: r.Plan().Prefilter(false)}
}

// look goes through a file's events. The first error in an event is returned,
// but a digest file is none.
func (w *detector) look(_ context.Context, f scan.File, put func(*detect.Batch, int) bool) (first error) {
	w.put = put
	status, first := w.integrity.admit(f)
	if first != nil {
		return first
	}
	w.reader.File(f.Path, w.integrityOf(status))
	if _, ok := w.prefilter.SkipFile(f.Body); ok {
		return nil
	}
	if events, ok := w.passOver(f.Body); ok {
		w.reader.Skip(events)
		w.flush()
		return nil
	}
	if w.Plan() == nil {
		f.Body.Index() // every event is looked into
	}
	for e, err := range f.Body.Events() {
		if err != nil {
			if first == nil || errors.Is(first, parse.ErrDigest) {
				first = err
			}
			continue
		}
		if e.Other() || w.prefilter.SkipEvent(e.Raw) || !w.matcher.Match(e.Raw) {
			continue
		}
		w.reader.Add(e)
		if w.reader.Full() && !w.flush() {
			return first
		}
	}
	w.flush()
	return first
}

// passOver reports that no event of a file can tell the rules anything, and how
// many it has. Where events are chosen by flags they have to be looked at to be
// counted.
func (w *detector) passOver(body *parse.Body) (events int, ok bool) {
	needs := w.reader.Needs()
	if needs == need.MatchAll || w.Conditions() != nil {
		return 0, false
	}
	content, whole := body.Whole()
	if !whole || body.Escaped() || needs.Holds(content) || need.HasOdd(content) {
		return 0, false
	}
	return body.Count()
}

// integrityOf names a file's status, when files are judged.
func (w *detector) integrityOf(s digest.Status) string {
	switch {
	case w.integrity.trust == nil:
		return ""
	case s.Proven():
		return detect.Proven
	}
	return s.String()
}

func (w *detector) flush() bool {
	b := w.reader.Take()
	return b.Events == 0 || w.put(b, b.Size())
}
