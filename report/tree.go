package report

import (
	"cmp"
	"io"
	"iter"
	"math"
	"slices"
	"strings"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/triage"
)

// WriteLineage draws sessions and what came of them as trees. In other formats
// than output.Table it writes a row for each session.
func WriteLineage(w io.Writer, l *triage.Lineage, f output.Format, v View) error {
	if f != output.Table {
		none := generation{&triage.Session{Keys: []string{""}}, 0}
		return writeRows(w, f, v, none, generations(l.Roots), func(r *record, g generation) { sessionRow(r, g, l.Located) })
	}
	d := newTextView(w, v, 0)
	for i, root := range l.Roots {
		if i > 0 {
			d.line("")
		}
		d.session(root, "", "", false)
	}
	return d.out.Flush()
}

// session draws a session and what came of it: head stands before its first
// line, rest before all others. In full are what was asked for and all below.
func (d *textView) session(s *triage.Session, head, rest string, full bool) {
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
	rest = d.clipIndent(rest)
	for i, next := range s.Next {
		if i < len(s.Next)-1 {
			d.session(next, rest+"├─", rest+"│ ", full)
		} else {
			d.session(next, rest+"└─", rest+"  ", full)
		}
	}
}

// clipIndent leaves what stands before the lines of a lineage half of the width:
// made-up ones are so deep that the lines would hold nothing else.
func (d *textView) clipIndent(rest string) string {
	most := max(d.width/4*2, 8) // a generation is two columns
	if bars := []rune(rest); len(bars) > most {
		return "… " + string(bars[len(bars)-most+2:])
	}
	return rest
}

// title names a session: its key and who it is.
func (d *textView) title(s *triage.Session, room int) string {
	text := term.Escape(s.Keys[0])
	if n := len(s.Keys); n > 1 {
		text += more(n - 1)
	}
	if s.Asked {
		room -= len("* ")
	}
	if who := cmp.Or(whoIs(s), s.Owner()); who != "" && who != s.Keys[0] {
		text += "  " + output.Fit(term.Escape(who), max(room-output.Width(text)-2, 8))
	}
	if text = output.Fit(text, max(room, 20)); s.Asked {
		text = d.style.Bold("* " + text)
	}
	return text
}

func whoIs(s *triage.Session) string {
	if s.Profile == nil || len(s.Profile.Values[triage.KindWho]) == 0 {
		return ""
	}
	return s.Profile.Values[triage.KindWho][0].Text
}

// facts are the lines below the title.
func (d *textView) facts(s *triage.Session, room int, full bool) (lines []string) {
	add := func(text string) { lines = append(lines, wrap(term.Escape(text), room)...) }
	if s.Forwarded {
		add("forward access sessions: AWS services in its name")
	} else if s.From != nil {
		text := "issued by " + s.By.API
		if owner := s.Owner(); owner != "" {
			text += " for " + owner
		}
		if s.By.Role != "" {
			text += " of " + s.By.Role
		}
		if s.By.When != event.NoTime {
			text += ", " + formatTime(s.By.When)
		}
		if s.By.EventID != "" {
			text += ", event " + s.By.EventID
		}
		add(text)
	}
	if s.Profile == nil {
		add("never used in these logs")
		return lines
	}
	add(d.figures(term.Plural(s.Profile.All.Count, "event"), s.Profile))
	most := 5
	if full {
		most = math.MaxInt
	}
	if from := s.Profile.Values[triage.KindAddress]; len(from) > 0 {
		add("from " + counted(from, most))
	}
	if in := slices.Concat(s.Profile.Values[triage.KindCountry], s.Profile.Values[triage.KindNetwork]); len(in) > 0 {
		add("in " + counted(in, most))
	}
	if via := s.Profile.Values[triage.KindService]; len(via) > 0 {
		add("via " + counted(via, most))
	}
	if person := s.Profile.Values[triage.KindPerson]; len(person) > 0 {
		add("behind it " + counted(person, most))
	}
	if !full {
		add(counted(s.Profile.Values[triage.KindAPI], most))
		return append(lines, d.touched(s, room)...)
	}
	return append(lines, d.steps(s, room)...)
}

// maxSteps is how many changes of a session are drawn that nothing is to be told
// of; what is telling always is. minSteps are left beside however much of that.
const maxSteps, minSteps = 60, 10

// line is a step, or what one of its calls was about.
type line struct {
	api, why, about string
	triage.Seen
}

// steps tells what changes something or is telling in the order of time, and
// sums up the rest.
func (d *textView) steps(s *triage.Session, room int) (lines []string) {
	told, slight, rest := d.sorted(s.Steps())
	left := max(maxSteps-len(told), minSteps)
	omitted := 0
	if !d.all && len(slight) > left {
		omitted, slight = len(slight)-left, slight[:left]
	}
	all := append(told, slight...)
	slices.SortStableFunc(all, func(a, b line) int { return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.api, b.api)) })
	for _, l := range all {
		lines = append(lines, d.stepLines(l, "", room)...)
	}
	if omitted > 0 {
		lines = append(lines, "…"+more(omitted)+" that change something"+d.whereRest())
	}
	slices.SortStableFunc(rest, func(a, b triage.Value) int { return cmp.Compare(b.Count, a.Count) })
	most := 12
	if d.all {
		most = math.MaxInt
	}
	if len(rest) > 0 {
		lines = append(lines, wrap(term.Escape("reads: "+counted(rest, most)), room)...)
	}
	return lines
}

// sorted tells steps that are telling from other changes, and those from reads.
func (d *textView) sorted(steps []triage.Step) (told, slight []line, rest []triage.Value) {
	for _, step := range steps {
		switch {
		case step.Why != "":
			told = append(told, d.linesOf(step)...)
		case step.Writes:
			slight = append(slight, line{step.API, "", d.abouts(step.Objects), step.Seen})
		default:
			rest = append(rest, triage.Value{Text: step.API, Seen: step.Seen})
		}
	}
	return told, slight, rest
}

// graveWeight is from where on each object of a telling call has a line of its own,
// however many there are; of others fewObjects have.
const graveWeight, fewObjects = 30, 3

// linesOf gives what one telling call was about a line each.
func (d *textView) linesOf(step triage.Step) (lines []line) {
	if !d.all && step.Weight < graveWeight && len(step.Objects) > fewObjects {
		return []line{{step.API, step.Why, d.abouts(step.Objects), step.Seen}}
	}
	var count, errors int64
	for _, o := range step.Objects {
		lines = append(lines, line{step.API, step.Why, o.String(), o.Seen})
		count, errors = count+o.Count, errors+o.Errors
	}
	if count < step.Count { // of some events nothing tells it
		rest := step.Seen
		rest.Count, rest.Errors = rest.Count-count, max(rest.Errors-errors, 0)
		lines = append(lines, line{step.API, step.Why, "", rest})
	}
	return lines
}

// abouts names what calls were about, or the first few of it.
func (d *textView) abouts(objects []triage.Change) string {
	var texts []string
	for i, o := range objects {
		if !d.all && i == fewObjects {
			return strings.Join(texts, "; ") + ";" + more(len(objects)-i)
		}
		texts = append(texts, o.String())
	}
	return strings.Join(texts, "; ")
}

// touched tells what the session did to what was asked for.
func (d *textView) touched(s *triage.Session, room int) (lines []string) {
	for _, c := range s.Touched {
		lines = append(lines, d.stepLines(line{c.API, c.Why(), c.String(), c.Seen}, "to it: ", room)...)
	}
	return lines
}

func (d *textView) stepLines(l line, before string, room int) (lines []string) {
	for i, part := range wrap(term.Escape(before+stepText(l)), room-2) {
		if l.why != "" || before != "" {
			part = d.style.Warn(part)
		}
		if i > 0 {
			part = "  " + part
		}
		lines = append(lines, part)
	}
	return lines
}

func stepText(l line) string {
	text := l.api + " ×" + decimal(l.Count)
	if l.First != event.NoTime {
		text = formatTime(l.First) + " " + text
	}
	switch {
	case l.Errors > 0 && l.Errors == l.Count:
		text += ", failed"
	case l.Errors > 0:
		text += ", " + decimal(l.Errors) + " failed"
	}
	if l.why != "" {
		text += ": " + l.why
	}
	if l.about != "" {
		text += " (" + l.about + ")"
	}
	return text
}

// whereRest says where what is left out is shown, if anybody said so.
func (d *textView) whereRest() string {
	if d.rest == "" {
		return ""
	}
	return "; " + d.rest
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

// generation is a session and how many came before it.
type generation struct {
	*triage.Session
	depth int
}

// generations walks lineages from their beginnings.
func generations(roots []*triage.Session) iter.Seq[generation] {
	var walk func([]*triage.Session, int, func(generation) bool) bool
	walk = func(list []*triage.Session, depth int, yield func(generation) bool) bool {
		for _, s := range list {
			if !yield(generation{s, depth}) || !walk(s.Next, depth+1, yield) {
				return false
			}
		}
		return true
	}
	return func(yield func(generation) bool) { walk(roots, 0, yield) }
}

// sessionRow adds what is known of a session.
func sessionRow(r *record, s generation, located bool) {
	e, parent := s.Profile, ""
	if e == nil {
		e = &triage.Profile{All: triage.Seen{First: event.NoTime, Last: event.NoTime}}
	}
	if s.From != nil {
		parent = s.From.Keys[0]
	}
	r.text("key", s.Keys[0])
	r.texts("keys", s.Keys)
	r.text("principal", whoIs(s.Session))
	r.bool("asked", s.Asked)
	r.number("depth", int64(s.depth))
	r.text("parent", parent)
	r.text("givenOutBy", s.By.API)
	r.text("role", s.By.Role)
	r.time("at", s.By.When)
	r.text("eventID", s.By.EventID)
	r.number("count", e.All.Count)
	r.number("errors", e.All.Errors)
	r.number("writes", e.Writes)
	r.time("first", e.All.First)
	r.time("last", e.All.Last)
	r.values("person", e.Values[triage.KindPerson])
	r.values("addresses", e.Values[triage.KindAddress])
	r.values("awsServices", e.Values[triage.KindService])
	r.values("apis", e.Values[triage.KindAPI])
	r.raw("steps", stepsJSON(s.Steps()))
	r.text("owner", s.Owner())
	r.bool("forwarded", s.Forwarded)
	r.raw("actedOn", changesJSON(s.Touched))
	if located {
		r.values("countries", e.Values[triage.KindCountry])
		r.values("networks", e.Values[triage.KindNetwork])
	}
}

// stepsJSON is a list of steps, in the order of time.
func stepsJSON(steps []triage.Step) []byte {
	list := []byte{'['}
	for i, s := range steps {
		if i > 0 {
			list = append(list, ',')
		}
		one := record{object: true}
		one.begin()
		one.raw("api", event.AppendString(nil, s.API))
		one.bool("writes", s.Writes)
		one.number("count", s.Count)
		one.number("errors", s.Errors)
		one.time("first", s.First)
		one.time("last", s.Last)
		one.text("why", s.Why)
		one.raw("objects", changesJSON(s.Objects))
		list = append(list, one.end()...)
	}
	return append(list, ']')
}

// changesJSON is a list of what calls were about.
func changesJSON(changes []triage.Change) []byte {
	list := []byte{'['}
	for i, c := range changes {
		if i > 0 {
			list = append(list, ',')
		}
		one := record{object: true}
		one.begin()
		one.raw("api", event.AppendString(nil, c.API))
		one.text("kind", c.Kind)
		one.text("name", c.Name)
		one.text("detail", c.Detail)
		one.number("count", c.Count)
		one.number("errors", c.Errors)
		one.time("first", c.First)
		one.time("last", c.Last)
		list = append(list, one.end()...)
	}
	return append(list, ']')
}
