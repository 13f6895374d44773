package main

import (
	"cmp"
	"slices"
	"strings"

	"ctlog/detect"
	"ctlog/detect/expr"
	"ctlog/detect/rule"
	"ctlog/event"
)

// bin is a row of --by.
type bin struct {
	key         string
	level       rule.Level
	rules       map[string]rule.Level
	events      int64
	episodes    int64
	first, last int64
}

// printTable writes what was found by principal, address and so on.
func (r *detection) printTable() (*detect.Results, error) {
	bins := map[string]*bin{}
	of := func(key string) *bin {
		if bins[key] == nil {
			bins[key] = &bin{key: key, rules: map[string]rule.Level{}, first: detect.NoTime, last: detect.NoTime}
		}
		return bins[key]
	}
	match := func(m *detect.Match) error {
		for key, rules := range r.binsOf(m) {
			b := of(key)
			b.events++
			b.span(m.Time, m.Time)
			for _, n := range rules {
				b.rule(&r.program.Rules[n].Meta)
			}
		}
		return nil
	}
	episode := func(e *detect.Episode) error {
		if e.Folded {
			return nil
		}
		for _, key := range r.keysOfEpisode(e) {
			b := of(key)
			b.episodes++
			b.span(e.From, e.To)
			b.rule(&e.Correlation.Meta)
		}
		return nil
	}
	res, err := r.collector.Finish(detect.Sink{Match: match, Episode: episode})
	if err != nil {
		return nil, err
	}
	out, err := r.rows(r.flags.by + ",level,events,episodes,first,last,rules")
	if err != nil {
		return nil, err
	}
	var o object
	for _, b := range sortedBins(bins) {
		o.begin(r.format.Tabular())
		o.raw(r.flags.by, event.AppendStringOrNull(nil, b.key))
		o.text("level", b.level.String())
		o.number("events", b.events)
		o.number("episodes", b.episodes)
		o.raw("first", event.AppendTime(nil, b.first))
		o.raw("last", event.AppendTime(nil, b.last))
		if o.row {
			o.text("rules", strings.Join(b.titles(), "; "))
		} else {
			o.raw("rules", stringsJSON(b.titles()))
		}
		if err := out.write(o.end()); err != nil {
			return nil, err
		}
	}
	return res, out.close()
}

// binsOf gives the rows that a match belongs to, and of each the rules.
func (r *detection) binsOf(m *detect.Match) map[string][]int {
	out := map[string][]int{}
	for i, n := range m.Rules {
		if !r.program.Shown(n) || m.Folded(i) {
			continue
		}
		for _, key := range r.keysOf(m, &r.program.Rules[n].Meta) {
			out[key] = append(out[key], n)
		}
	}
	return out
}

func (r *detection) keysOf(m *detect.Match, meta *rule.Meta) []string {
	switch r.flags.by {
	case "principal":
		return []string{m.Principal}
	case "ip":
		return []string{m.Address}
	case "account":
		return []string{m.Account}
	case "day":
		return []string{dayOf(m.Time)}
	}
	return techniquesOf(meta)
}

func dayOf(ns int64) string {
	if ns == detect.NoTime {
		return ""
	}
	return detect.Time(ns).Format("2006-01-02")
}

func techniquesOf(meta *rule.Meta) []string {
	if t := meta.Techniques(); len(t) > 0 {
		slices.Sort(t)
		return slices.Compact(t)
	}
	return []string{""}
}

// keysOfEpisode gives the rows that an episode belongs to. Whom it is about is
// what the correlation groups by; "" when that says nothing of it.
func (r *detection) keysOfEpisode(e *detect.Episode) []string {
	switch r.flags.by {
	case "technique":
		return techniquesOf(&e.Correlation.Meta)
	case "day":
		return []string{dayOf(e.From)}
	case "ip":
		return []string{grouped(e, event.FieldAddress)}
	case "account":
		return []string{cmp.Or(grouped(e, event.AccountPaths...), accountIn(grouped(e, fieldARN, event.FieldIssuer)))}
	}
	return []string{roleOf(grouped(e, event.FieldIssuer, fieldARN, "userIdentity.userName", event.FieldKey))}
}

const fieldARN = "userIdentity.arn"

// accountIn is the account that an ARN names.
func accountIn(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		return parts[4]
	}
	return ""
}

// roleOf gives the role of a role's session, as matches name it.
func roleOf(arn string) string {
	role, session := event.SplitSession(arn)
	if session == "" {
		return arn
	}
	return strings.Replace(strings.Replace(role, ":sts:", ":iam:", 1), ":assumed-role/", ":role/", 1)
}

// grouped gives the value of the first of some fields that an episode's events
// have in common.
func grouped(e *detect.Episode, fields ...string) string {
	for _, f := range fields {
		if i := slices.IndexFunc(e.Group, func(p expr.Pair) bool { return e.Correlation.Field(p.Field, 0) == f }); i >= 0 {
			return e.Group[i].Text
		}
	}
	return ""
}

func (b *bin) rule(m *rule.Meta) {
	b.rules[m.Title] = m.Level
	b.level = max(b.level, m.Level)
}

// span takes in a stretch of time.
func (b *bin) span(first, last int64) {
	if first == detect.NoTime {
		return
	}
	if b.first == detect.NoTime {
		b.first = first
	}
	b.first, b.last = min(b.first, first), max(b.last, last)
}

// titles are those of the rules, the gravest first.
func (b *bin) titles() (titles []string) {
	for t := range b.rules {
		titles = append(titles, t)
	}
	slices.SortFunc(titles, func(x, y string) int { return cmp.Or(cmp.Compare(b.rules[y], b.rules[x]), strings.Compare(x, y)) })
	return titles
}

// sortedBins puts the gravest first, days in their order.
func sortedBins(bins map[string]*bin) (sorted []*bin) {
	for _, b := range bins {
		sorted = append(sorted, b)
	}
	slices.SortFunc(sorted, func(x, y *bin) int {
		return cmp.Or(cmp.Compare(y.level, x.level), cmp.Compare(y.episodes, x.episodes), cmp.Compare(y.events, x.events), strings.Compare(x.key, y.key))
	})
	return sorted
}
