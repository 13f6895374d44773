package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"ctlog/coverage"
	"ctlog/digest"
	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/triage"
)

// WriteMapFindings writes what a coverage shows beside its cells, below a map or,
// with all, by itself and as a whole. In other formats than output.Table it
// writes a row for each.
func WriteMapFindings(w io.Writer, list []coverage.Finding, all bool, f output.Format, v View) error {
	if f != output.Table {
		return writeRows(w, f, v, coverage.Finding{}, slices.Values(list), findingRow)
	}
	d := newTextView(w, v, 0)
	d.mapFindings(list, all, v.More)
	return d.out.Flush()
}

func findingRow(r *record, f coverage.Finding) {
	r.text("finding", string(f.Kind))
	r.text("account", f.Account)
	r.text("region", f.Region)
	r.text("trail", f.Trail)
	r.time("from", f.From)
	r.time("to", f.To)
	r.number("hours", f.Hours)
	r.number("events", f.Events)
	r.values("users", f.Users)
	r.text("eventName", f.API)
	r.raw("text", event.AppendString(nil, findingText(&f)))
}

// findingText says it in words; time, hours and area stand before it.
func findingText(a *coverage.Finding) string {
	switch a.Kind {
	case coverage.Tampered:
		return tamperedText(a)
	case coverage.BrokenChain:
		if len(a.Explained) > 0 {
			return a.Reason + "; explained by " + strings.Join(a.Explained, ", ")
		}
		return a.Reason
	case coverage.ShortChain:
		return "the digests end here; " + a.Reason
	case coverage.NewRegion:
		before := "without events"
		if a.Covered {
			before = "without activity, as digests say"
		}
		text := fmt.Sprintf("in use since %s, after %s %s: %s", formatTime(a.From), term.Plural(a.Hours, "hour"), before, term.Plural(a.Events, "event"))
		if a.Unproven {
			text += " in files that are not proven"
		}
		if a.API != "" {
			text += ", first " + a.API
		}
		if len(a.Users) > 0 {
			text += ", by " + counted(a.Users, mostUsers)
		}
		return text
	case coverage.NewlyKnown:
		return fmt.Sprintf("%s recorded since %s, when %s made %s a trail of every region; the %s before are unknown, not idle: %s",
			term.Plural(len(a.Regions), "region"), formatTime(a.From), a.API, cmp.Or(a.Trail, "a trail"), term.Plural(a.Hours, "hour"), strings.Join(a.Regions, ", "))
	case coverage.Recorded:
		return recordedText(a)
	case coverage.Doubtful:
		return term.Plural(a.Events, "event") + " in files that are not proven; 'ctlog verify' names them"
	case coverage.NoDigests:
		if a.Area == (coverage.Area{}) && a.Files == 0 {
			return "there is none here: nothing tells whether these are all logs, nor an hour without logs from one without activity"
		}
		return term.Plural(a.Files, "log") + ", and no digest tells whether these are all"
	case coverage.Silence:
		text := term.Plural(a.Hours, "hour") + " of which nothing is known, "
		if stretch := (a.To - a.From) / int64(time.Hour); stretch < a.Hours {
			text += "the longest stretch "
		}
		return text + "from " + formatTime(a.From) + " to " + formatTime(a.To)
	case coverage.Elsewhere:
		var areas []string
		for _, v := range a.Via {
			areas = append(areas, areaText(coverage.ViaArea(v)))
		}
		return term.Plural(a.Events, "event") + " in logs of " + strings.Join(areas, ", ") + " alone"
	}
	return "digests and no logs"
}

// recordedText says which kinds of events there are, from when to when, and what
// trails were told.
func recordedText(a *coverage.Finding) string {
	var texts []string
	for _, k := range a.Kinds {
		text := k.Text + " ×" + decimal(k.Count)
		if k.First != event.NoTime {
			text += " from " + formatTime(k.First) + " to " + formatTime(k.Last)
		}
		texts = append(texts, text)
	}
	text := strings.Join(texts, ", ")
	if !slices.ContainsFunc(a.Kinds, func(k triage.Value) bool { return strings.HasPrefix(k.Text, "data ") }) {
		text += "; no data events"
	}
	for _, c := range a.Calls {
		text += "; " + c.API + " " + formatTime(c.When)
		if about := strings.Trim(c.Trail+", "+c.Detail, ", "); about != "" {
			text += " (" + about + ")"
		}
	}
	return text
}

func tamperedText(a *coverage.Finding) string {
	var texts []string
	for _, of := range []struct {
		what   string
		counts digest.Counts
	}{{"digests", a.Digests}, {"logs", a.Logs}} {
		if of.counts.Total() > 0 {
			texts = append(texts, of.what+" "+countsText(of.counts))
		}
	}
	return strings.Join(texts, "; ") + "; 'ctlog verify' names them"
}

func countsText(counts digest.Counts) string {
	var parts []string
	for s, n := range counts {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, digest.Status(s)))
		}
	}
	return strings.Join(parts, ", ")
}

func areaText(a coverage.Area) string { return cmp.Or(a.Account, "-") + " " + cmp.Or(a.Region, "-") }

// mostUsers is how many principals are named.
const mostUsers = 3

// mostFindings is how many are shown below a map.
const mostFindings = 20

// mapFindings writes a paragraph for each.
func (d *textView) mapFindings(list []coverage.Finding, all bool, more string) {
	if more != "" {
		more = "; " + more
	}
	paragraphs := paragraphsOf(list)
	shown := paragraphs
	if !all && !d.all && len(shown) > mostFindings {
		shown = shown[:mostFindings]
	}
	if len(shown) > 0 && !all {
		d.line("")
	}
	for _, p := range shown {
		d.paragraph(&p)
	}
	if n := len(paragraphs) - len(shown); n > 0 {
		d.line(d.style.Dim(fmt.Sprintf("and %d more%s", n, more)))
	}
}

// paragraph is what is said of one finding, or of several in one.
type paragraph struct {
	kind coverage.FindingKind
	text string
}

// paragraphsOf says of an account in one paragraph which regions are not in use.
func paragraphsOf(list []coverage.Finding) (all []paragraph) {
	unused := map[string][]string{} // regions by account
	for _, f := range list {
		if f.Kind == coverage.UnusedArea {
			unused[f.Account] = append(unused[f.Account], f.Region)
		}
	}
	for _, f := range list {
		text := findingText(&f)
		switch regions := unused[f.Account]; {
		case f.Kind == coverage.UnusedArea && regions == nil:
			continue
		case f.Kind == coverage.UnusedArea:
			text = term.Plural(len(regions), "region") + " with digests and no logs: " + strings.Join(regions, ", ")
			if f.Account != "" {
				text = f.Account + ": " + text
			}
			unused[f.Account] = nil
		default:
			text = locatedText(&f, text)
		}
		all = append(all, paragraph{f.Kind, text})
	}
	return all
}

// locatedText is a text with where and when.
func locatedText(f *coverage.Finding, text string) string {
	if f.Region == "" && f.Account != "" {
		return f.Account + ": " + text
	}
	if f.Trail != "" {
		text = fmt.Sprintf("%s, %s to %s, %s: %s", f.Trail, formatTime(f.From), formatTime(f.To), term.Plural(f.Hours, "hour"), text)
	}
	if f.Area != (coverage.Area{}) {
		text = areaText(f.Area) + ": " + text
	}
	return text
}

// findingLabel is how wide the kinds are, with the space behind them.
const findingLabel = len("other folders") + 2

func (d *textView) paragraph(p *paragraph) {
	paint := d.style.Warn
	switch p.kind {
	case coverage.Tampered, coverage.BrokenChain, coverage.ShortChain:
		paint = d.style.Error
	case coverage.UnusedArea, coverage.Recorded:
		paint = d.style.Dim
	}
	label := paint(string(p.kind)) + strings.Repeat(" ", findingLabel-len(p.kind))
	for _, line := range wrap(term.Escape(p.text), max(d.width-findingLabel, 20)) {
		d.line(label + line)
		label = strings.Repeat(" ", findingLabel)
	}
}
