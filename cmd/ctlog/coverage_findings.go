package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ctlog/digest"
	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/triage"
)

// coverageFinding is what is said below the map.
type coverageFinding struct {
	kind string
	triage.Place
	trail    string
	from, to int64
	hours    int64
	events   int64
	users    []triage.Value
	api      string
	text     string
}

// findings gathers them, what weighs most first.
func (r *coverageRun) findings() (list []coverageFinding) {
	list = append(r.tampered(), r.ofChains()...)
	absences := r.coverage.Absences(r.options.since)
	if r.coverage.Places() > 0 && !r.coverage.AnyDigest() {
		absences = slices.DeleteFunc(absences, func(a triage.Absence) bool { return a.Kind == triage.NoDigests })
		list = append(list, coverageFinding{kind: string(triage.NoDigests), from: event.NoTime, to: event.NoTime,
			text: "there is none here: nothing tells whether these are all logs, nor an hour without logs from one without activity"})
	}
	for _, a := range absences {
		list = append(list, coverageFinding{
			kind: string(a.Kind), Place: a.Place, from: a.From, to: a.To, hours: a.Hours, events: a.Events,
			users: a.Users, api: a.API, text: absenceText(&a),
		})
	}
	return list
}

// tampered says where verify finds something wrong.
func (r *coverageRun) tampered() (list []coverageFinding) {
	for p, f := range r.faults {
		var texts []string
		for _, of := range []struct {
			what   string
			counts digest.Counts
		}{{"digests", f.digests}, {"logs", f.logs}} {
			if of.counts.Total() > 0 {
				texts = append(texts, of.what+" "+countsText(of.counts))
			}
		}
		list = append(list, coverageFinding{kind: "tampered", Place: p, from: event.NoTime, to: event.NoTime,
			text: strings.Join(texts, "; ") + "; 'ctlog verify' names them"})
	}
	slices.SortFunc(list, func(a, b coverageFinding) int {
		return cmp.Or(strings.Compare(a.Account, b.Account), strings.Compare(a.Region, b.Region))
	})
	return list
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

// ofChains are the gaps and short ends that the verification found in the time
// that was asked for.
func (r *coverageRun) ofChains() (list []coverageFinding) {
	for _, f := range r.report.Findings {
		g := coverageFinding{kind: string(f.Kind), Place: triage.Place{Account: f.Account, Region: f.Region}, trail: f.Trail}
		from, to := f.From, f.To
		switch f.Kind {
		case digest.Gap:
			g.text = f.Reason
			if len(f.Names) > 0 {
				g.text += "; explained by " + strings.Join(f.Names, ", ")
			}
		case digest.Tail:
			from, to, g.text = f.End, f.Expected, "the digests end here; "+f.Reason
		default:
			continue
		}
		f := r.options.fields
		if !r.kept(g.Place) || !r.coverage.Near(event.Instant(from)) || !r.coverage.Near(event.Instant(to)) || !f.Until.IsZero() && !from.Before(f.Until) || !f.Since.IsZero() && to.Before(f.Since) {
			continue
		}
		g.from, g.to = event.Instant(from), event.Instant(to)
		g.hours = (to.Unix() - from.Unix() + 3599) / 3600
		list = append(list, g)
	}
	return list
}

// absenceText says it in words; time, hours and place stand before it.
func absenceText(a *triage.Absence) string {
	switch a.Kind {
	case triage.NewRegion:
		before := "without events"
		if a.Vouched {
			before = "without activity, as digests say"
		}
		text := fmt.Sprintf("in use since %s, after %s %s: %s", momentText(a.From), term.Plural(a.Hours, "hour"), before, term.Plural(a.Events, "event"))
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
	case triage.Doubtful:
		return term.Plural(a.Events, "event") + " in files that are not proven; 'ctlog verify' names them"
	case triage.NoDigests:
		return term.Plural(a.Files, "log") + ", and no digest tells whether these are all"
	case triage.Silence:
		text := term.Plural(a.Hours, "hour") + " of which nothing is known, "
		if stretch := (a.To - a.From) / int64(time.Hour); stretch < a.Hours {
			text += "the longest stretch "
		}
		return text + "from " + momentText(a.From) + " to " + momentText(a.To)
	case triage.Elsewhere:
		var places []string
		for _, v := range a.Via {
			places = append(places, placeText(triage.ViaPlace(v)))
		}
		return term.Plural(a.Events, "event") + " in logs of " + strings.Join(places, ", ") + " alone"
	}
	return "digests and no logs"
}

// momentText writes a time; a digest may say one that is out of reach.
func momentText(ns int64) string {
	if ns == event.NoTime {
		return "no such time"
	}
	return time.Unix(0, ns).UTC().Format(time.RFC3339)
}

// mostUsers is how many principals are named.
const mostUsers = 3

// mostFindings is how many are shown below a map.
const mostFindings = 20

// findings writes a paragraph for each.
func (d *drawing) findings(list []coverageFinding, all bool) {
	list = joinUnused(list)
	shown := list
	if !all && len(list) > mostFindings {
		shown = list[:mostFindings]
	}
	if len(shown) > 0 && !all {
		d.line("")
	}
	for _, f := range shown {
		d.finding(&f)
	}
	if n := len(list) - len(shown); n > 0 {
		d.line(d.style.Dim(fmt.Sprintf("and %d more; --findings shows them all", n)))
	}
}

// findingLabel is how wide the kinds are, with the space behind them.
const findingLabel = len("other folders") + 2

func (d *drawing) finding(f *coverageFinding) {
	text := f.text
	if f.trail != "" {
		text = fmt.Sprintf("%s, %s to %s, %s: %s", f.trail, momentText(f.from), momentText(f.to), term.Plural(f.hours, "hour"), text)
	}
	switch {
	case f.Account != "" && f.Region == "" && f.kind == string(triage.UnusedArea):
		text = f.Account + ": " + text
	case f.Account != "" || f.Region != "":
		text = placeText(f.Place) + ": " + text
	}
	paint := d.style.Warn
	if f.kind == "tampered" || f.kind == string(digest.Gap) || f.kind == string(digest.Tail) {
		paint = d.style.Error
	} else if f.kind == string(triage.UnusedArea) {
		paint = d.style.Dim
	}
	label := paint(f.kind) + strings.Repeat(" ", findingLabel-len(f.kind))
	for _, line := range wrap(term.Escape(text), max(d.width-findingLabel, 20)) {
		d.line(label + line)
		label = strings.Repeat(" ", findingLabel)
	}
}

// joinUnused says of an account in one line which regions are not in use.
func joinUnused(list []coverageFinding) (left []coverageFinding) {
	regions := map[string][]string{}
	for _, f := range list {
		if f.kind != string(triage.UnusedArea) {
			left = append(left, f)
			continue
		}
		if regions[f.Account] == nil {
			left = append(left, coverageFinding{kind: f.kind, Place: triage.Place{Account: f.Account}})
		}
		regions[f.Account] = append(regions[f.Account], f.Region)
	}
	for i := range left {
		if f := &left[i]; f.kind == string(triage.UnusedArea) {
			r := regions[f.Account]
			f.text = term.Plural(len(r), "region") + " with digests and no logs: " + strings.Join(r, ", ")
		}
	}
	return left
}

const findingColumns = "finding,account,region,trail,from,to,hours,events,users,eventName,text"

func (r *coverageRun) writeFindings(list []coverageFinding) error {
	out, err := r.rows(findingColumns)
	if err != nil {
		return err
	}
	var row []byte
	for _, f := range list {
		row = appendPlace(append(event.AppendString(append(row[:0], `{"finding":`...), f.kind), ','), f.Place)
		row = event.AppendStringOrNull(append(row, `,"trail":`...), f.trail)
		row = event.AppendTime(append(row, `,"from":`...), f.from)
		row = event.AppendTime(append(row, `,"to":`...), f.to)
		row = strconv.AppendInt(append(row, `,"hours":`...), f.hours, 10)
		row = strconv.AppendInt(append(row, `,"events":`...), f.events, 10)
		row = appendList(append(row, `,"users":`...), f.users, func(v triage.Value) string { return v.Text })
		row = event.AppendStringOrNull(append(row, `,"eventName":`...), f.api)
		row = append(event.AppendString(append(row, `,"text":`...), f.text), '}')
		if err := out.write(row); err != nil {
			return err
		}
	}
	return out.close()
}
