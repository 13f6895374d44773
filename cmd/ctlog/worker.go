package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"ctlog/digest"
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
	ends  []rowEnd  // one a row, when rows are sorted or compared later
	ids   idset.IDs // of each row, when they are compared
	n     int       // rows
	tally tally
	err   *oneError // the first error of the filter in this part
	name  string    // -l: the file
	last  lastOutput
}

// rowEnd closes a row in part.rows.
type rowEnd struct {
	at   int
	when int64
}

// lastOutput is what -e asks about.
type lastOutput int

const (
	lastNone lastOutput = iota
	lastFalse
	lastTrue
)

// tally accounts for what went in: in = matched + not matched + errored.
type tally struct {
	documents, events, matched, missed, errored int64
}

func (t *tally) add(o tally) {
	t.documents += o.documents
	t.events += o.events
	t.matched += o.matched
	t.missed += o.missed
	t.errored += o.errored
}

// oneError is an error of the filter with its place.
type oneError struct {
	err   error
	file  string
	where string
	halt  *jq.FilterError
}

// flushAt is how many bytes of rows a worker gathers before it hands them on.
const flushAt = 256 << 10

// worker searches files. It belongs to one goroutine.
type worker struct {
	*search
	runners []*jq.Runner
	matcher *match.Matcher
	row     *output.Row
	printer *jq.Runner
	scratch []byte
	event   []byte // with _source

	file  scan.File
	part  part
	found int // matches in this file
	state digest.Status
	put   func(part, int) bool
	over  bool // no more is wanted of this file

	prefilter query.Prefilter

	current parse.Event // the event that is looked at
	hit     bool        // it matches
}

func (s *search) newWorker(ctx context.Context) *worker {
	w := &worker{search: s, matcher: s.conditions.Matcher(), prefilter: s.plan.Prefilter(s.flags.invert)}
	for _, p := range s.programs {
		w.runners = append(w.runners, p.Runner(ctx))
	}
	plain, _ := jq.Compile(".", jq.Options{})
	w.printer = plain.Runner(ctx)
	if s.format.Tabular() {
		w.row = output.NewRow(s.format, s.columns, s.terminal)
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
	var err error
	if w.state, err = w.integrity.admit(f); err != nil {
		return err
	}
	if w.mode() == jq.ModeDocument {
		err = w.documents()
	} else {
		err = w.events()
	}
	w.flush()
	return err
}

// events goes through a file's events. Errors in single events are kept and
// the first is returned, but a digest file is no error.
func (w *worker) events() (first error) {
	if n, ok := w.prefilter.SkipFile(w.file.Body); ok { // its events are counted all the same
		w.part.tally.events += int64(n)
		w.part.tally.missed += int64(n)
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
		w.part.tally.events++
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
	if w.flags.invert && !w.hit {
		w.hit = true
		w.print(e.Raw)
	}
	w.account(failed)
	if len(w.part.rows) >= flushAt {
		w.flush()
	}
	return nil
}

// account puts what was looked at where it belongs.
func (w *worker) account(failed bool) {
	switch {
	case failed:
		w.part.tally.errored++
	case w.hit:
		w.part.tally.matched++
	default:
		w.part.tally.missed++
	}
	if w.hit {
		w.matched()
	}
}

func (w *worker) matched() {
	w.found++
	if w.flags.list {
		w.part.name = w.file.Path
		w.over = true
	}
	w.over = w.over || w.flags.most > 0 && w.found >= w.flags.most
}

// decide puts an event through conditions and filters; what comes out is
// printed at once.
func (w *worker) decide(raw []byte) error {
	if w.prefilter.SkipEvent(raw) || !w.matcher.Match(raw) {
		return nil
	}
	if len(w.runners) == 0 {
		w.hit = true
		if !w.flags.invert {
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
	w.part.last = lastFalse
	if truth {
		w.part.last = lastTrue
	}
	if w.mode() == jq.ModeEvent {
		if !truth {
			return nil
		}
		if v.Kind() == jq.True {
			w.hit = true
			if !w.flags.invert {
				w.print(raw)
			}
			return nil
		}
	}
	w.hit = true
	switch {
	case w.flags.invert:
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
	one := &oneError{err: err, file: w.file.Path, where: w.place()}
	if fe.Halt {
		one.halt = fe
	}
	if w.part.err == nil {
		w.part.err = one
	}
	if w.flags.strict || fe.Halt {
		w.over = true
		w.part.err = one
		return nil
	}
	return nil
}

// place names the event that is looked at.
func (w *worker) place() string {
	if w.mode() == jq.ModeDocument {
		return "document at byte " + strconv.FormatInt(w.current.Offset, 10)
	}
	if id := event.ID(w.current.Raw); id != nil {
		return "event " + string(parse.Text(nil, id))
	}
	return "event at byte " + strconv.FormatInt(w.current.Offset, 10)
}

// passesOver: a digest file is no log, unless the filter asks for what only
// digests have.
func (s *search) passesOver(doc []byte) bool {
	for _, f := range s.filters {
		if strings.Contains(f, "logFiles") || strings.Contains(f, "digest") || strings.Contains(f, "Digest") {
			return false
		}
	}
	return parse.IsDigest(doc)
}

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
		w.part.tally.documents++
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
	p.ids.Unproven = w.integrity.lacksProof(w.state)
	w.part = part{}
	if !w.put(p, len(p.rows)+64*len(p.ends)) {
		w.over = true
	}
}
