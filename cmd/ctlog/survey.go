package main

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"unsafe"

	"ctlog/digest"
	"ctlog/internal/idset"
	"ctlog/internal/scan"
	"ctlog/output"
	"ctlog/parse"
	"ctlog/query"
	"ctlog/query/match"
	"ctlog/source"
	"ctlog/triage"
)

// survey is one run of a triage command over the events that its flags select.
type survey struct {
	fileStats
	idset.Deduper
	integrity  integrity
	app        *app
	flags      *triageFlags
	format     output.Format
	out        io.Writer
	paths      []string
	places     *triage.Places  // nil without --geoip
	ids        [2]idset.Prints // of events; of those in files that are not proven
	room       int64           // millions of IDs that the memory limit has room for
	conditions *match.Conditions
	plan       *query.Plan
	events     int64 // that were selected, duplicates included
	unsure     int64 // that count and are in files that are not proven
}

// reader reads events into batches; it belongs to one worker.
type reader interface {
	// Add reads an event and gives its raw eventID, nil when it has none.
	Add(e parse.Event) (id []byte)
	Full() bool
	Take() *triage.Batch
}

// portion is a batch on its way, with the IDs of its events.
type portion struct {
	batch  *triage.Batch
	ids    idset.IDs
	events int64
}

// tally takes a survey of what is below args into a table.
func (a *app) tally(t *triageFlags, args []string, table *triage.Table, newReader func() reader) (*survey, error) {
	s, err := a.survey(t)
	if err != nil {
		return nil, err
	}
	return s, s.take(args, newReader, table.Absorb)
}

// surveyMemory is from where on the collector saves memory instead of time, the
// ballast included: full tables and what workers hold come to a good 100 MB.
// Each event ID may add idMemory.
const (
	surveyMemory = ballast + 128<<20
	idMemory     = 13
)

// take reads all events below args and gives the batches to merge, in
// the order of the evidence.
func (s *survey) take(args []string, newReader func() reader, merge func(*triage.Batch)) error {
	paths, err := s.evidence(args)
	if err != nil {
		return err
	}
	s.paths = paths
	if err := s.integrity.begin(paths, source.Scope{}); err != nil {
		return err
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(surveyMemory))
	handler := func() scan.Handler[portion] {
		return s.newSurveyor(newReader()).look
	}
	take := func(p portion) error {
		merge(p.deduped(s))
		return nil
	}
	return s.app.reading(paths, func(config scan.Config) error {
		return s.integrity.inTurns(config, s.flags.dedupe, func(config scan.Config) error {
			return scan.Run(s.app.ctx, config, handler, take, s.end)
		})
	})
}

// end takes how a file ended.
func (s *survey) end(o scan.Outcome) error {
	if !s.integrity.counted(o) {
		return nil
	}
	return s.fileStats.end(o)
}

// deduped gives the batch without the events that were seen before. It is
// called in the order in which files are read.
func (p portion) deduped(s *survey) *triage.Batch {
	s.events += p.events
	s.ids[0].Warm(p.ids.Entries)
	before := s.Dropped
	for n := range p.ids.Entries {
		if !s.Fresh(&p.ids, n) {
			p.batch.Drop(n)
		}
	}
	if p.ids.Unproven {
		s.unsure += p.events - (s.Dropped - before)
	}
	if n := int64(s.ids[0].Len()+s.ids[1].Len()) >> 20; n > s.room {
		s.room = n
		debug.SetMemoryLimit(surveyMemory + (n+1)<<20*idMemory)
	}
	return p.batch
}

// surveyor is a worker of a survey.
type surveyor struct {
	*survey
	reader    reader
	matcher   *match.Matcher
	portion   portion
	put       func(portion, int) bool
	prefilter query.Prefilter
	state     digest.Status
}

func (s *survey) newSurveyor(r reader) *surveyor {
	return &surveyor{survey: s, reader: r, matcher: s.conditions.Matcher(), prefilter: s.plan.Prefilter(false)}
}

// look goes through a file's events. The first error in an event is returned,
// but a digest file is none.
func (w *surveyor) look(_ context.Context, f scan.File, put func(portion, int) bool) (first error) {
	w.put = put
	if w.state, first = w.integrity.admit(f); first != nil {
		return first
	}
	if _, ok := w.prefilter.SkipFile(f.Body); ok {
		return nil
	}
	if w.plan == nil {
		f.Body.Index() // every event is looked into
	}
	for e, err := range f.Body.Events() {
		if err != nil {
			if first == nil || errors.Is(first, parse.ErrDigest) {
				first = err
			}
			continue
		}
		if e.Other() {
			continue // it is counted by the ledger
		}
		w.one(e)
		if w.reader.Full() && !w.flush() {
			return first
		}
	}
	w.flush()
	return first
}

func (w *surveyor) one(event parse.Event) {
	if w.prefilter.SkipEvent(event.Raw) || !w.matcher.Match(event.Raw) {
		return
	}
	w.portion.events++
	id := w.reader.Add(event)
	if !w.flags.dedupe {
		return
	}
	if id != nil {
		id = parse.Text(nil, id)
	}
	w.portion.ids.Add(id, event.Raw)
}

func (w *surveyor) flush() bool {
	p := w.portion
	if p.events == 0 {
		return true
	}
	p.batch = w.reader.Take()
	p.ids.Unproven = w.integrity.lacksProof(w.state)
	w.portion = portion{ids: idset.IDs{Entries: make([]idset.Entry, 0, cap(p.ids.Entries))}}
	return w.put(p, p.batch.Size()+int(unsafe.Sizeof(idset.Entry{}))*len(p.ids.Entries))
}
