package main

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"ctlog/digest"
	"ctlog/internal/idset"
	"ctlog/internal/scan"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/parse"
	"ctlog/query"
)

// part is what a worker hands on: rendered rows and what was counted for them.
type part struct {
	rows  []byte
	ends  []rowEnd // one a row, when rows are sorted or compared later
	n     int      // rows
	tally tally
	err   *oneError // the first error of the filter in this part
	name  string    // -l: the file
	last  lastOutput
}

// rowEnd closes a row in part.rows.
type rowEnd struct {
	at    int
	when  int64
	entry idset.Entry
	named bool // the event has an ID
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
	halt  *query.FilterError
}

// flushAt is how many bytes of rows a worker gathers before it hands them on.
const flushAt = 256 << 10

// worker searches files. It belongs to one goroutine.
type worker struct {
	*search
	runners []*query.Runner
	matcher *query.Matcher
	row     *output.Row
	printer *query.Runner
	scratch []byte
	event   []byte // with _source

	file  scan.File
	part  part
	found int // matches in this file
	state digest.Status
	put   func(part, int) bool
	over  bool // no more is wanted of this file

	spelled bool // nothing in this file hides behind escapes

	current parse.Event // the event that is looked at
	hit     bool        // it matches
}

func (s *search) newWorker(ctx context.Context) *worker {
	w := &worker{search: s, matcher: s.conditions.Matcher()}
	for _, p := range s.programs {
		w.runners = append(w.runners, p.Runner(ctx))
	}
	plain, _ := query.Compile(".", query.Options{})
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
	if w.state, err = w.admit(f); err != nil {
		return err
	}
	if w.mode() == query.ModeDocument {
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
	if w.passed() {
		return nil
	}
	if w.plan == nil && len(w.runners) > 0 {
		w.file.Body.Index(2) // every event is looked into
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
	if len(w.part.rows) >= flushAt {
		w.flush()
	}
	return nil
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
	if w.refused(raw) || !w.matcher.Match(raw) {
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
func holds(r *query.Runner, e parse.Event) (bool, error) {
	err := r.Event(e, func(v query.Value) error {
		if v.Kind() == query.Null || v.Kind() == query.False {
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
func (w *worker) value(v query.Value) error {
	raw := w.current.Raw
	truth := v.Kind() != query.Null && v.Kind() != query.False
	w.part.last = lastFalse
	if truth {
		w.part.last = lastTrue
	}
	if w.mode() == query.ModeEvent {
		if !truth {
			return nil
		}
		if v.Kind() == query.True {
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

// silent: nothing is printed but counts or names.
func (w *worker) silent() bool { return w.flags.count && !w.flags.dedupe || w.flags.list }

// print renders an event with its tokens as they are.
func (w *worker) print(raw []byte) {
	if w.silent() {
		w.part.n++
		return
	}
	event := raw
	if w.flags.source {
		event = w.withSource(raw)
	}
	if w.row != nil {
		w.part.rows = w.row.Append(w.part.rows, event)
	} else if w.current.Compact() && w.values == (query.Format{}) {
		w.part.rows = append(w.part.rows, event...)
		w.endLine()
	} else {
		w.part.rows = w.printer.AppendEvent(w.part.rows, event, &w.values)
		w.endLine()
	}
	w.endRow(raw)
}

// printValue renders what a filter constructed.
func (w *worker) printValue(r *query.Runner, v query.Value) {
	if w.silent() {
		w.part.n++
		return
	}
	switch s, isText := r.Text(v); {
	case w.row != nil:
		w.scratch = r.Append(w.scratch[:0], v, &query.Format{})
		if w.flags.columns == "" && w.scratch[0] != '{' {
			w.loose.Store(true)
		}
		w.part.rows = w.row.Append(w.part.rows, w.scratch)
	case isText && w.raw:
		w.part.rows = append(w.part.rows, w.harmless(s)...)
		w.endLine()
	default:
		w.part.rows = r.Append(w.part.rows, v, &w.values)
		w.endLine()
	}
	w.endRow(w.current.Raw)
}

func (w *worker) endLine() {
	if w.format == output.JSONL && !w.flags.join {
		w.part.rows = append(w.part.rows, '\n')
	}
}

// endRow notes where a row ends and what is needed to place it. Formats with
// something between their rows need that too.
func (w *worker) endRow(raw []byte) {
	w.part.n++
	if w.format == output.JSONL && !w.flags.dedupe && w.flags.sorts == "" {
		return
	}
	end := rowEnd{at: len(w.part.rows)}
	if w.flags.sorts != "" {
		end.when = eventTime(raw)
	}
	if w.flags.dedupe {
		if id := eventID(raw); id != nil {
			end.entry, end.named = idset.Of(id, raw), true
		}
	}
	w.part.ends = append(w.part.ends, end)
}

func eventID(raw []byte) []byte {
	for _, name := range []string{"eventID", "eventId"} {
		if v, ok := parse.Field(raw, name); ok && parse.IsString(v) && len(v) > 2 {
			return parse.Text(nil, v)
		}
	}
	return nil
}

// eventTime is a sort key; events without a time come first, as null does in
// jq.
func eventTime(raw []byte) int64 {
	v, _ := parse.Field(raw, "eventTime")
	t, ok := query.EventTime(parse.Text(nil, v))
	switch {
	case !ok:
		return math.MinInt64
	case t.Year() < 1678: // which nanoseconds cannot hold
		return math.MinInt64 + 1
	case t.Year() > 2261:
		return math.MaxInt64
	}
	return t.UnixNano()
}

// withSource adds where an event was found, and what indicators hit it, as a
// last member.
func (w *worker) withSource(raw []byte) []byte {
	b := append(w.event[:0], raw...)
	end := len(b) - 1
	for end > 0 && b[end] != '}' {
		end--
	}
	b = b[:end]
	if c := parse.Inside(raw); hasMember(&c) {
		b = append(b, ',')
	}
	b = append(b, `"_source":{"file":`...)
	b = append(b, quoteJSON(w.file.Path)...)
	b = append(b, `,"offset":`...)
	b = strconv.AppendInt(b, w.current.Offset, 10)
	b = append(b, `,"index":`...)
	b = strconv.AppendInt(b, int64(w.current.Index), 10)
	if w.state != digest.Undecided {
		b = append(append(append(b, `,"integrity":"`...), w.state.String()...), '"')
	}
	if ind := w.flags.fields.Indicators; ind != nil {
		hits, _ := json.Marshal(ind.Hits(raw))
		b = append(append(b, `,"indicators":`...), hits...)
	}
	w.event = append(b, '}', '}')
	return w.event
}

func hasMember(c *parse.Cursor) bool {
	_, _, ok := c.Member()
	return ok
}

// filterError counts an error that the filter raised; under --strict, or when
// the filter asked for the end, it ends the run.
func (w *worker) filterError(err error) error {
	var fe *query.FilterError
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
	if w.mode() == query.ModeDocument {
		return "document at byte " + strconv.FormatInt(w.current.Offset, 10)
	}
	if id := eventID(w.current.Raw); id != nil {
		return "event " + string(id)
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
		switch {
		case err != nil:
			w.part.tally.errored++
			if err := w.filterError(err); err != nil {
				return err
			}
		case w.hit:
			w.part.tally.matched++
		default:
			w.part.tally.missed++
		}
		if w.hit {
			w.matched()
		}
		w.flush()
		if w.over {
			return nil
		}
	}
	return nil
}

// harmless escapes text that goes to a terminal without quotes.
func (w *worker) harmless(s []byte) []byte {
	if !w.terminal {
		return s
	}
	return []byte(term.EscapeLines(string(s)))
}

// flush hands on what has been gathered.
func (w *worker) flush() {
	p := w.part
	w.part = part{}
	if !w.put(p, len(p.rows)+64*len(p.ends)) {
		w.over = true
	}
}
