package search

import (
	"context"
	"errors"
	"strconv"

	"ctlog/event"
	"ctlog/internal/idset"
	"ctlog/internal/scan"
	"ctlog/output"
	"ctlog/parse"
	"ctlog/query"
	"ctlog/query/jq"
	"ctlog/query/match"
)

// part is what a worker hands on: rendered rows and what was counted for them.
type part struct {
	rows  []byte
	ends  []rowEnd  // one a row, where that must be known
	ids   idset.IDs // of each row, when they are compared
	n     int       // rows
	tally Tally
	err   *filterFailure // the first error of the filter in this part
	name  string         // the file, where only names are wanted
	last  Output
}

// rowEnd closes a row in part.rows.
type rowEnd struct {
	at   int
	when int64
}

// filterFailure is an error of the filter, or that it asked for the end.
type filterFailure struct {
	EventError
	halt *jq.FilterError
}

// flushAt is how many bytes of rows a worker gathers before it hands them on.
const flushAt = 256 << 10

// worker searches files. It belongs to one goroutine.
type worker struct {
	*Run
	runners []*jq.Runner
	matcher *match.Matcher
	row     *output.Row
	printer *jq.Runner
	scratch []byte
	event   []byte // with _source

	file  scan.File
	whole bool // the filter is run on its documents
	part  part
	found int // matches in this file
	put   func(part, int) bool
	over  bool // no more is wanted of this file

	prefilter query.Prefilter

	current parse.Event // the event that is looked at
	hit     bool        // it is one that is asked for
}

func (r *Run) newWorker() *worker {
	w := &worker{Run: r, matcher: r.conditions.Matcher(), prefilter: r.plan.Prefilter(r.Invert)}
	for _, p := range r.Programs {
		w.runners = append(w.runners, p.Runner(r.ctx))
	}
	plain, _ := jq.Compile(".", jq.Options{})
	w.printer = plain.Runner(r.ctx)
	if r.Format.Tabular() && r.Sink == nil && !r.made {
		w.row = output.NewRow(r.Format, r.Columns, r.Terminal)
	}
	return w
}

// look searches one file.
func (w *worker) look(_ context.Context, f scan.File, put func(part, int) bool) error {
	w.file, w.put, w.found, w.over = f, put, 0, false
	w.part = part{}
	for _, r := range w.runners {
		r.File(f.Path)
	}
	defer w.flush()
	if w.whole = w.mode == jq.ModeDocument || w.arrays && f.Body.Array(); w.whole {
		return w.documents()
	}
	return w.events()
}

// events goes through a file's events. Errors in single events are kept and
// the first is returned, but a digest file is no error.
func (w *worker) events() (first error) {
	if n, ok := w.prefilter.SkipFile(w.file.Body); ok { // its events are counted all the same
		w.part.tally.Events += int64(n)
		w.part.tally.Missed += int64(n)
		return nil
	}
	if w.plan == nil && len(w.runners) > 0 {
		w.file.Body.Index() // every event is looked into
	}
	for e, err := range w.file.Body.Events() {
		if err != nil {
			if first == nil || errors.Is(first, parse.ErrDigest) {
				first = err
			}
			continue
		}
		w.part.tally.Events++
		if err := w.one(e); err != nil {
			return err
		}
		if w.over {
			return first
		}
	}
	return first
}

// one decides about an event and renders it.
func (w *worker) one(e parse.Event) error {
	w.current, w.hit = e, false
	err := w.decide(e.Raw)
	failed := err != nil
	if failed {
		if err := w.filterError(err); err != nil {
			return err
		}
	}
	if w.Invert {
		if w.hit = !w.hit; w.hit {
			w.print(e.Raw)
		}
	}
	w.account(failed)
	if len(w.part.rows) >= flushAt || w.Unbuffered && w.part.n > 0 {
		w.flush()
	}
	return nil
}

// account puts what was looked at where it belongs.
func (w *worker) account(failed bool) {
	switch {
	case failed:
		w.part.tally.Errored++
	case w.hit:
		w.part.tally.Matched++
	default:
		w.part.tally.Missed++
	}
	if w.hit {
		w.matched()
	}
}

func (w *worker) matched() {
	w.found++
	if w.NamesOnly {
		w.part.name = w.file.Path
		w.over = true
	}
	w.over = w.over || w.MaxPerFile > 0 && w.found >= w.MaxPerFile
}

// decide puts an event through conditions and filters; what comes out is
// printed at once.
func (w *worker) decide(raw []byte) error {
	if w.prefilter.SkipEvent(raw) || !w.matcher.Match(raw) {
		return nil
	}
	if len(w.runners) == 0 {
		w.hit = true
		if !w.Invert {
			w.print(raw)
		}
		return nil
	}
	for _, r := range w.runners[:len(w.runners)-1] {
		ok, err := holds(r, w.current)
		if err != nil || !ok {
			return err
		}
	}
	return w.runners[len(w.runners)-1].Event(w.current, w.value)
}

// errHolds ends a filter that has said yes.
var errHolds = errors.New("holds")

// holds runs a filter as a condition.
func holds(r *jq.Runner, e parse.Event) (bool, error) {
	err := r.Event(e, func(v jq.Value) error {
		if v.Kind() == jq.Null || v.Kind() == jq.False {
			return nil
		}
		return errHolds
	})
	if err == errHolds {
		return true, nil
	}
	return false, err
}

// value takes one output of the last filter.
func (w *worker) value(v jq.Value) error {
	raw := w.current.Raw
	truth := v.Kind() != jq.Null && v.Kind() != jq.False
	w.part.last = FalseOutput
	if truth {
		w.part.last = TrueOutput
	}
	if w.mode == jq.ModeEvent && !w.whole {
		if !truth {
			return nil
		}
		if v.Kind() == jq.True {
			w.hit = true
			if !w.Invert {
				w.print(raw)
			}
			return nil
		}
	}
	w.hit = true
	switch {
	case w.Invert:
	case v.Is(raw):
		w.print(raw)
	default:
		w.printValue(w.runners[len(w.runners)-1], v)
	}
	return nil
}

// filterError counts an error that the filter raised; under --strict, or when
// the filter asked for the end, it ends the run.
func (w *worker) filterError(err error) error {
	var fe *jq.FilterError
	if !errors.As(err, &fe) {
		return err
	}
	failure := &filterFailure{EventError: EventError{Err: err, File: w.file.Path, Where: w.place()}}
	if fe.Halt {
		failure.halt = fe
	}
	w.over = w.over || w.Strict || fe.Halt
	if w.part.err == nil || w.Strict || fe.Halt {
		w.part.err = failure
	}
	return nil
}

// place names the event that is looked at.
func (w *worker) place() string {
	if w.whole {
		return "document at byte " + strconv.FormatInt(w.current.Offset, 10)
	}
	if id := event.ID(w.current.Raw); id != nil {
		return "event " + string(parse.Text(nil, id))
	}
	return "event at byte " + strconv.FormatInt(w.current.Offset, 10)
}

// passesOver: a digest file is no log, unless the filter asks for what only
// digests have.
func (s *Search) passesOver(doc []byte) bool { return !s.Digests && parse.IsDigest(doc) }

// documents runs the filter on each document.
func (w *worker) documents() error {
	r := w.runners[len(w.runners)-1]
	for d, err := range w.file.Body.Documents() {
		if err != nil {
			return err
		}
		if w.passesOver(d.Raw) {
			return &parse.Error{Err: parse.ErrDigest, Offset: d.Offset}
		}
		w.part.tally.Documents++
		w.current, w.hit = parse.Event{Raw: d.Raw, Offset: d.Offset}, false
		err := r.Document(d.Raw, w.value)
		failed := err != nil
		if failed {
			if err := w.filterError(err); err != nil {
				return err
			}
		}
		w.account(failed)
		w.flush()
		if w.over {
			return nil
		}
	}
	return nil
}

// flush hands on what has been gathered.
func (w *worker) flush() {
	p := w.part
	p.ids.Unproven = w.file.Judgement.Unproven
	w.part = part{}
	if !w.put(p, len(p.rows)+64*len(p.ends)) {
		w.over = true
	}
}
