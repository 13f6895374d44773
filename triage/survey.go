package triage

import (
	"context"
	"errors"
	"unsafe"

	"ctlog/internal/idset"
	"ctlog/internal/scan"
	"ctlog/parse"
	"ctlog/query"
	"ctlog/query/match"
)

// SurveyOptions choose the events of a survey.
type SurveyOptions struct {
	Fields match.Fields // conditions on events
	Dedupe bool         // an event that was delivered twice counts once, by eventID

	// Remembered, when set, hears how many event IDs are remembered, in millions,
	// whenever there are more of them.
	Remembered func(millions int64)
}

// Survey is one pass over the events that are chosen. It prints nothing: readers
// take of each event what a question needs, batches of it come out in the order
// of the evidence.
//
// Whether a file is proven its Judgement tells, which scan.Config.Judge makes.
// With Dedupe proven files have to come first.
type Survey struct {
	Events     int64 // that were chosen, duplicates included
	Unproven   int64 // that count and are in files that were judged and are not proven
	Duplicates idset.Deduper

	conditions *match.Conditions
	plan       *query.Plan // nil when it would not help
	options    SurveyOptions
	ids        [2]idset.FingerprintSet // of events; of those in files that are not proven
	millions   int64
}

// NewSurvey checks the conditions.
func NewSurvey(o SurveyOptions) (*Survey, error) {
	s := &Survey{options: o}
	var err error
	if s.conditions, err = o.Fields.Compile(); err != nil {
		return nil, err
	}
	if plan := query.NewPlan(o.Fields); plan.Any() {
		s.plan = plan
	}
	s.Duplicates.Seen, s.Duplicates.Weak = &s.ids[0], &s.ids[1]
	return s, nil
}

// Conditions are those on events, nil when there are none.
func (s *Survey) Conditions() *match.Conditions { return s.conditions }

// Plan says which events need not be looked at, nil when it would not help.
func (s *Survey) Plan() *query.Plan { return s.plan }

// EventReader reads events into batches. It belongs to one worker.
type EventReader interface {
	// Add reads an event and gives its raw eventID, nil when it has none.
	Add(e parse.Event) (id []byte)
	Full() bool
	Take() *Batch
}

// SurveyBatch is a batch on its way, with the IDs of its events.
type SurveyBatch struct {
	batch  *Batch
	ids    idset.IDs
	events int64
}

// Unproven reports whether its file was judged and is not proven.
func (b *SurveyBatch) Unproven() bool { return b.ids.Unproven }

// Run goes through the evidence of a scan, and may be called again with another
// part of it. take gets the batches, end how each file ended, both in order.
func (s *Survey) Run(ctx context.Context, c scan.Config, newReader func() EventReader, take func(*Batch), end func(scan.Outcome) error) error {
	handler := func() scan.Handler[*SurveyBatch] { return s.Handler(newReader()) }
	part := func(b *SurveyBatch) error {
		take(s.Settle(b))
		return nil
	}
	return scan.Run(ctx, c, handler, part, end)
}

// Settle gives a batch without the events that were seen before. It is called in
// the order of the evidence.
func (s *Survey) Settle(b *SurveyBatch) *Batch {
	s.Events += b.events
	s.ids[0].Prefetch(b.ids.Entries)
	before := s.Duplicates.Dropped
	for n := range b.ids.Entries {
		if !s.Duplicates.Fresh(&b.ids, n) {
			b.batch.Drop(n)
		}
	}
	if b.ids.Unproven {
		s.Unproven += b.events - (s.Duplicates.Dropped - before)
	}
	if n := int64(s.ids[0].Len()+s.ids[1].Len()) >> 20; n > s.millions {
		s.millions = n
		if s.options.Remembered != nil {
			s.options.Remembered(n)
		}
	}
	return b.batch
}

// Handler is one worker of the survey. Of the errors in a file's events it gives
// the first, but a digest file is none.
func (s *Survey) Handler(r EventReader) scan.Handler[*SurveyBatch] {
	w := &surveyWorker{Survey: s, reader: r, matcher: s.conditions.Matcher(), prefilter: s.plan.Prefilter(false), batch: new(SurveyBatch)}
	return w.scanFile
}

// surveyWorker belongs to one goroutine.
type surveyWorker struct {
	*Survey
	reader    EventReader
	matcher   *match.Matcher
	prefilter query.Prefilter
	batch     *SurveyBatch
}

func (w *surveyWorker) scanFile(_ context.Context, f scan.File, put func(*SurveyBatch, int) bool) (first error) {
	if _, skip := w.prefilter.SkipFile(f.Body); skip {
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
			continue // the end of the file tells of it
		}
		w.addEvent(e)
		if w.reader.Full() && !w.flush(f.Judgement, put) {
			return first
		}
	}
	w.flush(f.Judgement, put)
	return first
}

func (w *surveyWorker) addEvent(e parse.Event) {
	if w.prefilter.SkipEvent(e.Raw) || !w.matcher.Match(e.Raw) {
		return
	}
	w.batch.events++
	id := w.reader.Add(e)
	if !w.options.Dedupe {
		return
	}
	if id != nil {
		id = parse.Text(nil, id)
	}
	w.batch.ids.Add(id, e.Raw)
}

func (w *surveyWorker) flush(j scan.Judgement, put func(*SurveyBatch, int) bool) bool {
	b := w.batch
	if b.events == 0 {
		return true
	}
	b.batch, b.ids.Unproven = w.reader.Take(), j.Unproven
	w.batch = &SurveyBatch{ids: idset.IDs{Entries: make([]idset.Entry, 0, cap(b.ids.Entries))}}
	return put(b, b.batch.Size()+int(unsafe.Sizeof(idset.Entry{}))*len(b.ids.Entries))
}
