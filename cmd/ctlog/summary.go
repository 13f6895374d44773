package main

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/triage"
)

// summaryFlags are the flags of summary as the user gave them.
type summaryFlags struct {
	triageFlags
	by, baseline string
	top          int

	since int64 // the end of the baseline
}

const summaryHelp = `Says of every principal what it did: when, from where, with what, how often in
vain, what it changed, which keys it created, which roles it assumed, and how
many bytes it took out. The most telling comes first, with the reasons: calls
that attackers need and others seldom make, bursts of errors, root, logins
without MFA, tools of attackers.

The sessions of a role count for the role. --by ip and --by access-key make the
same of addresses and of access keys.

With --baseline-until T, what was done from T on is judged by what the same
principal did before: calls, addresses, regions and user agents that are new,
errors that became more. What it did before already is then no reason. csv, tsv
and json then have lists of what is new: newApis, newAddresses and so on.

The reasons are hints for where to look first, not a verdict.

` + geoipHelp + `
It adds them as lists, countries and networks; after a baseline new ones are
a reason.`

const summaryExample = `  ctlog summary AWSLogs/
  ctlog summary --by ip --error-code '*' AWSLogs/
  ctlog summary --baseline-until 2024-01-09 --top 5 AWSLogs/
  ctlog summary --user '*/alice' -o json AWSLogs/`

func (a *app) summaryCommand() *cobra.Command {
	y := &summaryFlags{}
	return a.triageCommand(&cobra.Command{
		Use: "summary [--by principal|ip|access-key] [flags] [PATH...]", Short: "say who did what, the most telling first",
		Long: summaryHelp, Example: summaryExample,
		RunE: func(cmd *cobra.Command, args []string) error { return a.summary(cmd, y, args) },
	}, &y.triageFlags, func(f *pflag.FlagSet) {
		f.StringVar(&y.by, "by", "principal", "principal, ip or access-key")
		f.StringVar(&y.baseline, "baseline-until", "", "judge what came from this time on by what came before")
		f.IntVar(&y.top, "top", 0, "only the N most telling (a table has 10 unless told otherwise)")
		y.addGeoip(f)
	})
}

// summary is the command.
func (a *app) summary(cmd *cobra.Command, y *summaryFlags, args []string) error {
	if err := y.check(cmd, time.Now()); err != nil {
		return err
	}
	table := triage.NewFactTable()
	s, err := a.tally(&y.triageFlags, args, table, func() reader {
		r := triage.NewFactReader(triage.Subject(y.by), y.since)
		if len(y.geoip) > 0 {
			r.Located()
		}
		return r
	})
	if err != nil {
		return err
	}
	all := triage.Summarize(table, y.since, s.places)
	shown := all
	top := y.top
	if top == 0 && s.format == output.Table {
		top = 10
	}
	if top > 0 && top < len(all) {
		shown = all[:top]
	}
	if err := y.print(s, shown); err != nil {
		return err
	}
	if n := len(all) - len(shown); n > 0 {
		a.voice.Note("%s left out; --top shows more", term.Plural(n, "less telling one"))
	}
	s.inexact(table)
	a.status = s.status()
	return nil
}

// check reads the flags.
func (y *summaryFlags) check(cmd *cobra.Command, now time.Time) (err error) {
	if !slices.Contains([]string{string(triage.ByPrincipal), string(triage.ByIP), string(triage.ByAccessKey)}, y.by) {
		return misuse("", "--by takes principal, ip or access-key, not %q", y.by)
	}
	if err := checkTop(cmd, y.top); err != nil {
		return err
	}
	y.since, err = endOfBaseline(y.baseline, now)
	return err
}

func (y *summaryFlags) print(s *survey, entries []*triage.Entry) error {
	if s.format == output.Table {
		d := newDrawing(s, time.Hour)
		for i, e := range entries {
			if i > 0 {
				d.line("")
			}
			d.entry(e, y)
		}
		return d.close()
	}
	out, err := s.rows(strings.Join(y.columns(), ","))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := out.write(appendEntry(nil, e, y, s.format == output.JSON)); err != nil {
			return err
		}
	}
	return out.close()
}

// facet is a kind of facts under the name that it has in results.
type facet struct {
	kind         triage.Kind
	column, name string // in data, and in text
}

var facets = []facet{
	{triage.KindPrincipal, "principals", "who"}, {triage.KindAddress, "addresses", "from"},
	{triage.KindCountry, "countries", "country"}, {triage.KindNetwork, "networks", "network"}, {triage.KindService, "awsServices", "via"}, {triage.KindRegion, "regions", "regions"},
	{triage.KindAgent, "userAgents", "agents"}, {triage.KindAPI, "apis", "calls"}, {triage.KindError, "errorCodes", "errors"},
	{triage.KindKey, "accessKeys", "keys"}, {triage.KindCreated, "keysCreated", "created"}, {triage.KindRole, "rolesAssumed", "roles"},
	{triage.KindSession, "sessions", "session"},
}

// subjectFacets are what entries are about themselves; they say nothing of them.
var subjectFacets = map[string][]triage.Kind{
	"principal": {triage.KindPrincipal}, "ip": {triage.KindAddress, triage.KindService}, "access-key": {triage.KindKey},
}

// subjectColumn is what the subject is called in results.
var subjectColumn = map[string]string{"principal": "principal", "ip": "sourceIPAddress", "access-key": "userIdentity.accessKeyId"}

// facetsOf are the facets that entries have.
func (y *summaryFlags) facetsOf() (shown []facet) {
	for _, f := range facets {
		placed := f.kind == triage.KindCountry || f.kind == triage.KindNetwork
		if !slices.Contains(subjectFacets[y.by], f.kind) && (!placed || len(y.geoip) > 0) {
			shown = append(shown, f)
		}
	}
	return shown
}

// newsOf are the facets of which is said what came only after the baseline.
func (y *summaryFlags) newsOf() (news []facet) {
	for _, f := range y.facetsOf() {
		if name, ok := newNames[f.kind]; ok && y.baseline != "" {
			news = append(news, facet{f.kind, name, ""})
		}
	}
	return news
}

var newNames = map[triage.Kind]string{
	triage.KindAPI: "newApis", triage.KindAddress: "newAddresses", triage.KindRegion: "newRegions", triage.KindAgent: "newUserAgents",
	triage.KindCountry: "newCountries", triage.KindNetwork: "newNetworks", triage.KindPrincipal: "newPrincipals", triage.KindKey: "newAccessKeys",
}

func (y *summaryFlags) columns() []string {
	columns := []string{subjectColumn[y.by], "count", "errors", "writes", "first", "last", "bytesTransferredOut", "reasons"}
	for _, f := range y.facetsOf() {
		columns = append(columns, f.column)
	}
	for _, f := range y.newsOf() {
		columns = append(columns, f.column)
	}
	return columns
}

// appendEntry makes a row as JSON: an object, or an array in the order of the
// columns.
func appendEntry(dst []byte, e *triage.Entry, y *summaryFlags, object bool) []byte {
	open, closing := byte('['), byte(']')
	if object {
		open, closing = '{', '}'
	}
	columns, n := y.columns(), 0
	next := func() {
		if n > 0 {
			dst = append(dst, ',')
		}
		if object {
			dst = append(event.AppendString(dst, columns[n]), ':')
		}
		n++
	}
	dst = append(dst, open)
	next()
	dst = append(dst, e.Who...)
	for _, v := range []int64{e.All.Count, e.All.Errors, e.Writes} {
		next()
		dst = strconv.AppendInt(dst, v, 10)
	}
	next()
	dst = event.AppendTime(dst, e.All.First)
	next()
	dst = event.AppendTime(dst, e.All.Last)
	next()
	dst = strconv.AppendInt(dst, e.All.Bytes, 10)
	next()
	dst = appendList(dst, e.Reasons, func(r triage.Reason) string { return r.Text })
	for _, f := range y.facetsOf() {
		next()
		dst = appendList(dst, e.Values[f.kind], func(v triage.Value) string { return v.Text })
	}
	for _, f := range y.newsOf() {
		next()
		dst = appendList(dst, e.News(f.kind, y.since), func(text string) string { return text })
	}
	return append(dst, closing)
}

func appendList[T any](dst []byte, list []T, text func(T) string) []byte {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = event.AppendString(dst, text(v))
	}
	return append(dst, ']')
}

// maxReasons is how many reasons are shown; the rest weighs little.
const maxReasons = 5

// entry writes a paragraph: who, why, and the facts.
func (d *drawing) entry(e *triage.Entry, y *summaryFlags) {
	name := e.Name()
	if name == "" {
		name = "(nobody named)"
	}
	title := d.style.Bold
	if strings.HasSuffix(name, ":root") {
		title = d.style.Error
	}
	d.line(title(output.Fit(term.Escape(name), d.width)))
	label := "why"
	for i, r := range e.Reasons[:min(len(e.Reasons), maxReasons)] {
		text := r.Text
		if more := len(e.Reasons) - maxReasons; i == maxReasons-1 && more > 0 {
			text += "; and " + decimal(int64(more)) + " slighter reasons"
		}
		d.labelled(label, text, d.style.Warn)
		label = ""
	}
	if len(e.Reasons) == 0 && y.baseline != "" && e.Later.Count == 0 {
		d.labelled("why", "nothing from "+d.moment(y.since)+" on", d.style.Dim)
	}
	d.labelled("events", d.figures(term.Count(e.All.Count), e), nil)
	for _, f := range y.facetsOf() {
		if len(e.Values[f.kind]) > 0 {
			d.labelled(f.name, d.list(e.Values[f.kind]), map[triage.Kind]func(string) string{triage.KindError: d.style.Error}[f.kind])
		}
	}
}

// labelWidth is how wide the labels are, their indentation included.
const labelWidth = 11

// labelled writes a line with its label; text that is too long goes on below.
func (d *drawing) labelled(label, text string, paint func(string) string) {
	room := max(d.width-labelWidth, 20)
	for i, part := range wrap(term.Escape(text), room) {
		if i > 0 {
			label = ""
		}
		if paint != nil {
			part = paint(part)
		}
		d.line("  " + label + strings.Repeat(" ", labelWidth-2-len(label)) + part)
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
func (d *drawing) figures(s string, e *triage.Entry) string {
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
		return s + ", " + d.moment(e.All.First)
	}
	return s + ", " + d.moment(e.All.First) + " to " + d.moment(e.All.Last)
}

func (d *drawing) moment(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339) }

// list writes the most frequent values in one line, with how often each came.
func (d *drawing) list(values []triage.Value) string {
	room := max(d.width-labelWidth, 20)
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
		if text != "" && output.Width(text+item+rest) > room {
			return text + more(len(values)-i)
		}
		text += item
	}
	return text
}

func more(n int) string { return " and " + decimal(int64(n)) + " more" }
