package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"runtime/debug"
	"time"
	"unsafe"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/internal/idset"
	"ctlog/internal/scan"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/parse"
	"ctlog/query"
	"ctlog/triage"
)

// triageFlags are what the triage commands share: which events, and how the
// result is printed.
type triageFlags struct {
	fieldFlags
	dedupe bool
	format string
	file   string
	geoip  []string
}

// triageCommand completes a command; own adds the flags that it alone has.
func (a *app) triageCommand(cmd *cobra.Command, t *triageFlags, own func(*pflag.FlagSet)) *cobra.Command {
	cmd.Long += "\n\n" + triageExit
	cmd.DisableFlagsInUseLine = true
	f := cmd.Flags()
	f.SortFlags = false
	own(f)
	f.StringArrayVar(&t.geoip, "geoip", nil, "add country and network of addresses from this .mmdb file; repeatable")
	f.StringVar(&t.file, "output-file", "", "write the result to a new file")
	t.add(cmd)
	a.remote.add(cmd)
	return cmd
}

func (t *triageFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&t.format, "output", "o", "table", "table, csv, tsv or json")
	f.BoolVar(&t.dedupe, "dedupe", true, "count an event that was delivered twice once, by eventID")
	t.fieldFlags.add(cmd)
}

const triageExit = `Exit status: 0 there were such events, 1 there were none, 2 wrong usage or
unreadable input, 130 interrupted.`

// batch is what a worker hands on of some events in a row.
type batch interface {
	// Drop takes the event that was read as number i out again.
	Drop(i int)
	// Size is how many bytes of memory it holds.
	Size() int
}

// reader reads events into batches; it belongs to one worker.
type reader[B batch] interface {
	// Add reads an event and gives its raw eventID, nil when it has none.
	Add(e parse.Event) (id []byte)
	Full() bool
	Take() B
}

// portion is a batch on its way, with the IDs of its events.
type portion[B batch] struct {
	batch  B
	ids    []idset.Entry // the zero Entry is that of an event without an ID
	events int64
}

// survey is one run of a triage command over the events that its flags select.
type survey struct {
	ledger
	deduper
	app        *app
	flags      *triageFlags
	format     output.Format
	out        io.WriteCloser
	places     *triage.Places // nil without --geoip
	ids        idset.Prints
	room       int64 // millions of IDs that the memory limit has room for
	conditions *query.Conditions
	plan       *query.Plan
	events     int64 // that were selected, duplicates included
}

// survey checks the flags.
func (a *app) survey(t *triageFlags) (s *survey, err error) {
	s = &survey{app: a, flags: t, ledger: ledger{voice: a.voice, ctx: a.ctx, remote: &a.remote}}
	s.seen = &s.ids
	if s.conditions, err = t.compile(time.Now()); err != nil {
		return nil, err
	}
	a.hintOn(&t.fieldFlags)
	s.format, err = output.ParseFormat(t.format)
	if err != nil || !s.format.Tabular() && s.format != output.JSON {
		return nil, misuse("", "-o takes table, csv, tsv or json, not %q", t.format)
	}
	if plan := query.NewPlan(t.fields); plan.Any() {
		s.plan = plan
	}
	if len(t.geoip) > 0 {
		if s.places, err = triage.OpenPlaces(t.geoip...); err != nil {
			return nil, misuse("a database in the MaxMind DB format is needed, such as GeoLite2-Country.mmdb", "--geoip %s", err)
		}
	}
	s.out = unclosed{a.stdout}
	if t.file != "" {
		s.out = &lateFile{name: t.file}
	}
	return s, nil
}

// absent tells of fields that no event has.
func (s *survey) absent(table *triage.Table, fields *triage.Fields) {
	for _, f := range fields.Absent(table) {
		if near := output.Nearest(f); near != "" {
			s.app.voice.Hint("no event has %s; is %s meant?", f, near)
		} else {
			s.app.voice.Note("no event has %s", f)
		}
	}
}

// surveyMemory is from where on the collector saves memory instead of time, the
// ballast included: full tables and what workers hold come to a good 100 MB.
// Each event ID may add idMemory.
const (
	surveyMemory = ballast + 128<<20
	idMemory     = 13
)

// takeSurvey reads all events below args and gives the batches to merge, in
// the order of the evidence.
func takeSurvey[B batch](s *survey, args []string, newReader func() reader[B], merge func(B)) error {
	paths, err := s.app.paths(args)
	if err != nil {
		return err
	}
	if err := s.flags.newFile(paths); err != nil {
		return err
	}
	config, progress := s.app.scanning(paths)
	defer progress.Stop()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(surveyMemory))
	handler := func() scan.Handler[portion[B]] {
		return (&surveyor[B]{survey: s, reader: newReader(), matcher: s.conditions.Matcher()}).look
	}
	take := func(p portion[B]) error {
		merge(p.deduped(s))
		return nil
	}
	err = scan.Run(s.app.ctx, config, handler, take, s.end)
	progress.Stop()
	if errors.Is(err, errInterrupted) {
		s.app.voice.Error("interrupted; %s", progress.Summary())
	}
	return err
}

// deduped gives the batch without the events that were seen before. It is
// called in the order of the evidence.
func (p portion[B]) deduped(s *survey) B {
	s.events += p.events
	s.ids.Warm(p.ids)
	for i, e := range p.ids {
		if e != (idset.Entry{}) && !s.fresh(e) {
			p.batch.Drop(i)
		}
	}
	if n := int64(s.ids.Len()) >> 20; n > s.room {
		s.room = n
		debug.SetMemoryLimit(surveyMemory + (n+1)<<20*idMemory)
	}
	return p.batch
}

// surveyor is a worker of a survey.
type surveyor[B batch] struct {
	*survey
	reader  reader[B]
	matcher *query.Matcher
	portion portion[B]
	put     func(portion[B], int) bool

	spelled bool // nothing in this file hides behind escapes
}

// look goes through a file's events. The first error in an event is returned,
// but a digest file is none.
func (w *surveyor[B]) look(_ context.Context, f scan.File, put func(portion[B], int) bool) (first error) {
	w.put = put
	if w.passes(f.Body) {
		return nil
	}
	for e, err := range f.Body.Events() {
		if err != nil {
			if first == nil || errors.Is(first, parse.ErrDigest) {
				first = err
			}
			continue
		}
		w.one(e)
		if w.reader.Full() && !w.flush() {
			return first
		}
	}
	w.flush()
	return first
}

// passes: the file has nothing of what is sought, and nothing is wrong with it.
func (w *surveyor[B]) passes(b *parse.Body) bool {
	if w.plan == nil {
		b.Index(2) // every event is looked into
		return false
	}
	content, ok := b.Whole()
	if w.spelled = ok && !b.Escaped(); !w.spelled || w.plan.Finds(content) {
		return false
	}
	_, ok = b.Count()
	return ok
}

// refused: the plan refuses the event.
func (w *surveyor[B]) refused(raw []byte) bool {
	return w.plan != nil && !w.plan.Finds(raw) && (w.spelled || !w.plan.May(raw))
}

func (w *surveyor[B]) one(event parse.Event) {
	if w.refused(event.Raw) || !w.matcher.Match(event.Raw) {
		return
	}
	w.portion.events++
	id := w.reader.Add(event)
	if !w.flags.dedupe {
		return
	}
	var e idset.Entry
	if id != nil {
		e = idset.Of(parse.Text(nil, id), event.Raw)
	}
	w.portion.ids = append(w.portion.ids, e)
}

func (w *surveyor[B]) flush() bool {
	p := w.portion
	if p.events == 0 {
		return true
	}
	p.batch = w.reader.Take()
	w.portion = portion[B]{ids: make([]idset.Entry, 0, cap(p.ids))}
	return w.put(p, p.batch.Size()+int(unsafe.Sizeof(idset.Entry{}))*len(p.ids))
}

// status is the exit status of a survey that was taken to its end.
func (s *survey) status() int {
	if s.flags.dedupe {
		s.deduper.report(s.app.voice, false)
	}
	located := s.foundPlaces()
	switch {
	case s.bad > 0 || !located:
		return exitTrouble
	case s.events > 0:
		return exitOK
	}
	s.nothing()
	return exitNone
}

// nothing says that there were no events, and what may be wrong with the flags.
func (s *survey) nothing() {
	if s.conditions == nil {
		s.app.voice.Note("no events")
		return
	}
	s.app.voice.Note("no event matches")
	s.app.hintOnNothing(&s.flags.fieldFlags)
}

// inexact says so when there were too many values to count them all.
func (s *survey) inexact(t *triage.Table) {
	if t.Exact() {
		return
	}
	s.app.voice.Note("too many different values to keep them all: any count may be too low by up to %s of %s events, and values with no more than that may be absent; first and last are those of the events that were counted",
		term.Count(t.Short()), term.Count(s.events-s.dropped))
	s.app.voice.Hint("fewer values come of field flags, --since and --until")
}

// rows prints rows that are given as JSON: of arrays the values stand in the
// order of the columns, objects are for JSON.
type rows struct {
	*survey
	out     *bufio.Writer
	writer  output.Writer
	row     *output.Row
	printer *query.Runner
	values  query.Format
	buf     []byte
}

// rows begins a result with these columns.
func (s *survey) rows(columns string) (*rows, error) {
	c, err := output.NewColumns(columns)
	if err != nil {
		return nil, err
	}
	plain, err := query.Compile(".", query.Options{})
	if err != nil {
		return nil, err
	}
	terminal := term.IsTerminal(s.stream())
	r := &rows{survey: s, out: bufio.NewWriterSize(s.out, 64<<10), printer: plain.Runner(s.app.ctx)}
	r.writer = output.NewWriter(r.out, s.format, c, term.Width(s.stream()), s.style())
	r.values = query.Format{Colour: s.style().On(), Safe: terminal}
	if s.format.Tabular() {
		r.row = output.NewRow(s.format, c, terminal)
	}
	return r, nil
}

// write prints one row.
func (r *rows) write(json []byte) error {
	if r.row != nil {
		r.buf = r.row.Append(r.buf[:0], json)
	} else {
		r.buf = r.printer.AppendEvent(r.buf[:0], json, &r.values)
	}
	return r.writer.Write(r.buf)
}

// close writes what comes last.
func (r *rows) close() error {
	return written(r.writer.Close(), r.out.Flush(), r.survey.out.Close())
}
