package report

import (
	"io"
	"slices"
	"strings"
	"time"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/triage"
)

// WriteProfiles draws a paragraph for every profile: who, why it is where it is,
// and the facts. In other formats than output.Table it writes a row for each.
func WriteProfiles(w io.Writer, s *triage.Summary, f output.Format, v View) error {
	if f != output.Table {
		return writeRows(w, f, v, new(triage.Profile), slices.Values(s.Profiles), func(r *record, p *triage.Profile) { profileRow(r, p, s) })
	}
	d := newTextView(w, v, 0)
	for i, p := range s.Profiles {
		if i > 0 {
			d.line("")
		}
		d.profile(p, s)
	}
	return d.out.Flush()
}

// facet is a kind of facts under the name that it has in results.
type facet struct {
	kind         triage.FactKind
	column, name string // in data, and in text
}

var facets = []facet{
	{triage.KindPrincipal, "principals", "who"},
	{triage.KindAddress, "addresses", "from"},
	{triage.KindCountry, "countries", "country"},
	{triage.KindNetwork, "networks", "network"},
	{triage.KindService, "awsServices", "via"},
	{triage.KindRegion, "regions", "regions"},
	{triage.KindAgent, "userAgents", "agents"},
	{triage.KindAPI, "apis", "calls"},
	{triage.KindError, "errorCodes", "errors"},
	{triage.KindKey, "accessKeys", "keys"},
	{triage.KindCreated, "keysCreated", "created"},
	{triage.KindRole, "rolesAssumed", "roles"},
	{triage.KindSession, "sessions", "session"},
}

// subjectFacets are what profiles are about themselves; they say nothing of them.
var subjectFacets = map[triage.SubjectKind][]triage.FactKind{
	triage.ByPrincipal: {triage.KindPrincipal},
	triage.ByIP:        {triage.KindAddress, triage.KindService},
	triage.ByAccessKey: {triage.KindKey},
}

// subjectColumn is what the subject is called in results.
var subjectColumn = map[triage.SubjectKind]string{
	triage.ByPrincipal: "principal", triage.ByIP: event.FieldAddress, triage.ByAccessKey: event.FieldKey,
}

// facetsOf are the facets that profiles have.
func facetsOf(s *triage.Summary) (shown []facet) {
	for _, f := range facets {
		placed := f.kind == triage.KindCountry || f.kind == triage.KindNetwork
		if !slices.Contains(subjectFacets[s.By], f.kind) && (!placed || s.Located) {
			shown = append(shown, f)
		}
	}
	return shown
}

// newsOf are the facets of which is said what came only after the baseline.
func newsOf(s *triage.Summary) (news []facet) {
	for _, f := range facetsOf(s) {
		if name, ok := newNames[f.kind]; ok && s.Since != event.NoTime {
			news = append(news, facet{f.kind, name, ""})
		}
	}
	return news
}

var newNames = map[triage.FactKind]string{
	triage.KindAPI:       "newApis",
	triage.KindAddress:   "newAddresses",
	triage.KindRegion:    "newRegions",
	triage.KindAgent:     "newUserAgents",
	triage.KindCountry:   "newCountries",
	triage.KindNetwork:   "newNetworks",
	triage.KindPrincipal: "newPrincipals",
	triage.KindKey:       "newAccessKeys",
}

// profileRow adds what is known of a subject.
func profileRow(r *record, p *triage.Profile, s *triage.Summary) {
	r.fields([]string{subjectColumn[s.By]}, p.Subject)
	r.number("count", p.All.Count)
	r.number("errors", p.All.Errors)
	r.number("writes", p.Writes)
	r.time("first", p.All.First)
	r.time("last", p.All.Last)
	r.number("bytesTransferredOut", p.All.Bytes)
	reasons := make([]string, len(p.Reasons))
	for i := range p.Reasons {
		reasons[i] = p.Reasons[i].Text
	}
	r.texts("reasons", reasons)
	for _, f := range facetsOf(s) {
		r.values(f.column, p.Values[f.kind])
	}
	r.raw("changes", changesJSON(p.Changes()))
	for _, f := range newsOf(s) {
		r.texts(f.column, p.News(f.kind, s.Since))
	}
}

// maxReasons is how many reasons are shown; the rest weighs little.
const maxReasons = 5

// profile writes a paragraph: who, why, and the facts.
func (d *textView) profile(e *triage.Profile, s *triage.Summary) {
	name := e.Name()
	if name == "" {
		name = "(nobody named)"
	}
	title := d.style.Bold
	if strings.HasSuffix(name, ":root") {
		title = d.style.Error
	}
	d.line(title(output.Fit(term.Escape(name), d.width)))
	label, most := "why", maxReasons
	if d.all {
		most = len(e.Reasons)
	}
	for i, r := range e.Reasons[:min(len(e.Reasons), most)] {
		text := r.Text
		if n := len(e.Reasons) - most; i == most-1 && n > 0 {
			text += "; and " + term.Plural(n, "slighter reason") + d.whereRest()
		}
		d.labelled(label, text, d.style.Warn)
		label = ""
	}
	if len(e.Reasons) == 0 && s.Since != event.NoTime && e.Later.Count == 0 {
		d.labelled("why", "nothing from "+formatTime(s.Since)+" on", d.style.Dim)
	}
	d.labelled("events", d.figures(term.Count(e.All.Count), e), nil)
	for _, f := range facetsOf(s) {
		if len(e.Values[f.kind]) > 0 {
			d.labelled(f.name, d.list(e.Values[f.kind]), map[triage.FactKind]func(string) string{triage.KindError: d.style.Error}[f.kind])
		}
	}
}

// profileLabel is how wide the labels are, their indentation included.
const profileLabel = 11

// labelled writes a line with its label; text that is too long goes on below.
func (d *textView) labelled(label, text string, paint func(string) string) {
	room := max(d.width-profileLabel, 20)
	for i, part := range wrap(term.Escape(text), room) {
		if i > 0 {
			label = ""
		}
		if paint != nil {
			part = paint(part)
		}
		d.line("  " + label + strings.Repeat(" ", profileLabel-2-len(label)) + part)
	}
}

// wrap breaks text at spaces, and words that are too long by themselves are
// cut in their middle.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		word = output.Fit(word, width)
		switch {
		case line == "":
			line = word
		case output.Width(line)+1+output.Width(word) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// figures goes on from how many events there are.
func (d *textView) figures(s string, e *triage.Profile) string {
	if e.All.Errors > 0 {
		s += ", " + term.Plural(e.All.Errors, "error") + " (" + share(e.All.Errors, e.All.Count) + ")"
	}
	if e.Writes > 0 {
		s += ", " + term.Plural(e.Writes, "write")
	}
	if e.All.Bytes > 0 {
		s += ", " + term.Bytes(e.All.Bytes) + " out"
	}
	switch {
	case e.All.First == event.NoTime:
		return s
	case e.All.First == e.All.Last:
		return s + ", " + formatTime(e.All.First)
	}
	return s + ", " + formatTime(e.All.First) + " to " + formatTime(e.All.Last)
}

// formatTime writes a time; a digest may say one that is out of reach.
func formatTime(ns int64) string {
	if ns == event.NoTime {
		return "no such time"
	}
	return time.Unix(0, ns).UTC().Format(time.RFC3339)
}

// list writes the most frequent values in one line, with how often each came.
func (d *textView) list(values []triage.Value) string {
	room := max(d.width-profileLabel, 20)
	text := ""
	for i, v := range values {
		item := output.Fit(v.Text, max(room-24, 12)) + " ×" + decimal(v.Count)
		if text != "" {
			item = ", " + item
		}
		rest := ""
		if i < len(values)-1 {
			rest = more(len(values) - i - 1)
		}
		if text != "" && !d.all && output.Width(text+item+rest) > room {
			return text + more(len(values)-i)
		}
		text += item
	}
	return text
}

func more(n int) string { return " and " + decimal(int64(n)) + " more" }
