package main

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/triage"
)

const traceHelp = `Follows the lineage of sessions: who assumed what, which event gave out which
key, and what was then done with it, as a tree.

ID is an access key, the ARN or the name of a user, a role or a session, the
name of the person behind it, an address, or the ID of an event. The sessions
that it names are marked with *. Above them stands what they came of, below them
all that came of them. Keys of one console session count as one. Who acts
without a key, as services do, stands there by name.

What changes something, and what is telling, is listed in the order of time, at
the time of the first call; reads are summed up. Behind it is the person whom an
identity provider or a source identity names.

The field flags choose the events that are looked at; a lineage needs the events
that give keys out (AssumeRole and its kin, GetSessionToken, GetFederationToken,
CreateAccessKey) or passwords (CreateLoginProfile, UpdateLoginProfile).

When there is more than memory should hold, rare facts are forgotten, but what
has to do with ID and which key came of which.

` + geoipHelp

const traceExample = `  ctlog trace ASIAEXAMPLE AWSLogs/
  ctlog trace arn:aws:iam::111122223333:user/mallory AWSLogs/
  ctlog trace 203.0.113.66 --since 7d AWSLogs/
  ctlog trace 4f1c2b5e-0000-4000-8000-9a8b7c6d5e4f -o json evidence.zip`

func (a *app) traceCommand() *cobra.Command {
	t := &triageFlags{}
	return a.triageCommand(&cobra.Command{
		Use: "trace ID [flags] [PATH...]", Short: "follow sessions from key to key",
		Long: traceHelp, Example: traceExample,
		RunE: func(_ *cobra.Command, args []string) error { return a.trace(t, args) },
	}, t, t.addGeoip)
}

// trace is the command.
func (a *app) trace(t *triageFlags, args []string) error {
	if len(args) == 0 || args[0] == "" {
		return misuse("ctlog trace ASIAEXAMPLE AWSLogs/", "no ID: which access key, ARN, name, address or event is to be traced")
	}
	id, paths := args[0], args[1:]
	if err := a.swapped(id, paths); err != nil {
		return err
	}
	table := triage.NewTraceTable(id)
	s, err := a.tally(t, paths, table, func() reader { return triage.NewTraceReader(id) })
	if err != nil {
		return err
	}
	roots := triage.Trace(table, id, s.places)
	if err := printTrace(s, roots); err != nil {
		return err
	}
	s.inexact(table)
	if a.status = s.status(); len(roots) == 0 {
		a.voice.Note("no event has %s as an access key, an ARN, a name, an address or its ID", id)
		a.status = max(a.status, exitNone)
	}
	return nil
}

func printTrace(s *survey, roots []*triage.Session) error {
	if s.format == output.Table {
		d := newDrawing(s, time.Hour)
		for i, root := range roots {
			if i > 0 {
				d.line("")
			}
			d.session(root, "", "", false)
		}
		return d.close()
	}
	columns := traceColumns
	if s.places != nil {
		columns = append(slices.Clone(columns), "countries", "networks")
	}
	out, err := s.rows(strings.Join(columns, ","))
	if err != nil {
		return err
	}
	var walk func(*triage.Session, int) error
	walk = func(one *triage.Session, depth int) error {
		if err := out.write(appendSession(nil, one, depth, columns, s.format == output.JSON)); err != nil {
			return err
		}
		for _, next := range one.Next {
			if err := walk(next, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	for _, root := range roots {
		if err := walk(root, 0); err != nil {
			return err
		}
	}
	return out.close()
}

// session draws a session and what came of it: head stands before its first
// line, rest before all others. In full are what was asked for and all below.
func (d *drawing) session(s *triage.Session, head, rest string, full bool) {
	full = full || s.Asked
	below := rest
	if len(s.Next) > 0 {
		below += "│ "
	} else {
		below += "  "
	}
	d.line(head + d.title(s, d.width-output.Width(head)))
	for _, text := range d.facts(s, max(d.width-output.Width(below), 20), full) {
		d.line(below + text)
	}
	rest = d.shallow(rest)
	for i, next := range s.Next {
		if i < len(s.Next)-1 {
			d.session(next, rest+"├─", rest+"│ ", full)
		} else {
			d.session(next, rest+"└─", rest+"  ", full)
		}
	}
}

// shallow leaves what stands before the lines of a lineage half of the width:
// made-up ones are so deep that the lines would hold nothing else.
func (d *drawing) shallow(rest string) string {
	most := max(d.width/4*2, 8) // a generation is two columns
	if bars := []rune(rest); len(bars) > most {
		return "… " + string(bars[len(bars)-most+2:])
	}
	return rest
}

// title names a session: its key and who it is.
func (d *drawing) title(s *triage.Session, room int) string {
	text := term.Escape(s.Keys[0])
	if n := len(s.Keys); n > 1 {
		text += more(n - 1)
	}
	if s.Asked {
		room -= len("* ")
	}
	if who := whoIs(s); who != "" && who != s.Keys[0] {
		text += "  " + output.Fit(term.Escape(who), max(room-output.Width(text)-2, 8))
	}
	if text = output.Fit(text, max(room, 20)); s.Asked {
		text = d.style.Bold("* " + text)
	}
	return text
}

func whoIs(s *triage.Session) string {
	if s.Entry == nil || len(s.Entry.Values[triage.KindWho]) == 0 {
		return ""
	}
	return s.Entry.Values[triage.KindWho][0].Text
}

// facts are the lines below the title.
func (d *drawing) facts(s *triage.Session, room int, full bool) (lines []string) {
	add := func(text string) { lines = append(lines, wrap(term.Escape(text), room)...) }
	if s.Forwarded {
		add("forward access sessions: AWS services in its name")
	} else if s.From != nil {
		text := "given out by " + s.By.API
		if s.By.Role != "" {
			text += " of " + s.By.Role
		}
		if s.By.When != event.NoTime {
			text += ", " + d.moment(s.By.When)
		}
		if s.By.EventID != "" {
			text += ", event " + s.By.EventID
		}
		add(text)
	}
	if s.Entry == nil {
		add("not seen in use")
		return lines
	}
	add(d.figures(term.Plural(s.Entry.All.Count, "event"), s.Entry))
	most := 5
	if full {
		most = math.MaxInt
	}
	if from := s.Entry.Values[triage.KindAddress]; len(from) > 0 {
		add("from " + counted(from, most))
	}
	if in := slices.Concat(s.Entry.Values[triage.KindCountry], s.Entry.Values[triage.KindNetwork]); len(in) > 0 {
		add("in " + counted(in, most))
	}
	if via := s.Entry.Values[triage.KindService]; len(via) > 0 {
		add("via " + counted(via, most))
	}
	if person := s.Entry.Values[triage.KindPerson]; len(person) > 0 {
		add("behind it " + counted(person, most))
	}
	if !full {
		add(counted(s.Entry.Values[triage.KindAPI], most))
		return lines
	}
	return d.steps(lines, s, room)
}

// maxSteps is how many steps of a session are drawn; data has them all.
const maxSteps = 60

// steps tells what changes something or is telling in the order of time, and
// sums up the rest.
func (d *drawing) steps(lines []string, s *triage.Session, room int) []string {
	var steps []triage.Step
	var rest []triage.Value
	for _, step := range s.Steps() {
		if step.Writes || step.Why != "" {
			steps = append(steps, step)
		} else {
			rest = append(rest, triage.Value{Text: step.API, Seen: step.Seen})
		}
	}
	for _, step := range steps[:min(len(steps), maxSteps)] {
		for i, part := range wrap(term.Escape(stepText(d, step)), room-2) {
			if step.Why != "" {
				part = d.style.Warn(part)
			}
			if i > 0 {
				part = "  " + part
			}
			lines = append(lines, part)
		}
	}
	if n := len(steps) - maxSteps; n > 0 {
		lines = append(lines, "…"+more(n)+", which -o json has")
	}
	slices.SortStableFunc(rest, func(a, b triage.Value) int { return cmp.Compare(b.Count, a.Count) })
	if len(rest) > 0 {
		lines = append(lines, wrap(term.Escape("reads: "+counted(rest, 12)), room)...)
	}
	return lines
}

func stepText(d *drawing, s triage.Step) string {
	text := s.API + " ×" + decimal(s.Count)
	if s.First != event.NoTime {
		text = d.moment(s.First) + " " + text
	}
	switch {
	case s.Errors > 0 && s.Errors == s.Count:
		text += ", failed"
	case s.Errors > 0:
		text += ", " + decimal(s.Errors) + " failed"
	}
	if s.Why != "" {
		text += ": " + s.Why
	}
	return text
}

// counted lists values with how often each came.
func counted(values []triage.Value, most int) string {
	var texts []string
	for _, v := range values[:min(len(values), most)] {
		texts = append(texts, v.Text+" ×"+decimal(v.Count))
	}
	text := strings.Join(texts, ", ")
	if n := len(values) - most; n > 0 {
		text += more(n)
	}
	return text
}

var traceColumns = []string{"key", "keys", "principal", "asked", "depth", "parent", "givenOutBy", "role", "at", "eventID",
	"count", "errors", "writes", "first", "last", "person", "addresses", "awsServices", "apis", "steps"}

// appendSession makes a row as JSON: an object, or an array in the order of the
// columns.
func appendSession(dst []byte, s *triage.Session, depth int, columns []string, object bool) []byte {
	e, parent := s.Entry, ""
	if e == nil {
		e = &triage.Entry{All: triage.Seen{First: event.NoTime, Last: event.NoTime}}
	}
	if s.From != nil {
		parent = s.From.Keys[0]
	}
	text := func(s string) []byte { return event.AppendStringOrNull(nil, s) }
	number := func(n int64) []byte { return strconv.AppendInt(nil, n, 10) }
	texts := func(k triage.Kind) []byte {
		return appendList(nil, e.Values[k], func(v triage.Value) string { return v.Text })
	}
	cells := [][]byte{
		text(s.Keys[0]), appendList(nil, s.Keys, func(k string) string { return k }), text(whoIs(s)), strconv.AppendBool(nil, s.Asked), number(int64(depth)),
		text(parent), text(s.By.API), text(s.By.Role), event.AppendTime(nil, s.By.When), text(s.By.EventID),
		number(e.All.Count), number(e.All.Errors), number(e.Writes), event.AppendTime(nil, e.All.First), event.AppendTime(nil, e.All.Last),
		texts(triage.KindPerson), texts(triage.KindAddress), texts(triage.KindService), texts(triage.KindAPI), appendSteps(nil, s.Steps()), texts(triage.KindCountry), texts(triage.KindNetwork),
	}
	open, closing := byte('['), byte(']')
	if object {
		open, closing = '{', '}'
	}
	dst = append(dst, open)
	for i, cell := range cells[:len(columns)] {
		if i > 0 {
			dst = append(dst, ',')
		}
		if object {
			dst = append(event.AppendString(dst, columns[i]), ':')
		}
		dst = append(dst, cell...)
	}
	return append(dst, closing)
}

// appendSteps appends a list of steps, in the order of time.
func appendSteps(dst []byte, steps []triage.Step) []byte {
	dst = append(dst, '[')
	for i, s := range steps {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = event.AppendString(append(dst, `{"api":`...), s.API)
		dst = strconv.AppendBool(append(dst, `,"writes":`...), s.Writes)
		dst = strconv.AppendInt(append(dst, `,"count":`...), s.Count, 10)
		dst = strconv.AppendInt(append(dst, `,"errors":`...), s.Errors, 10)
		dst = appendSpan(dst, s.Seen)
	}
	return append(dst, ']')
}
