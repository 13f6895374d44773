package detect

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ctlog/detect/rule"
)

// groupsOf sorts events into the groups of a correlation, each in time.
func groupsOf(c *rule.Correlation, events []happening) (keys []string, groups map[string][]happening) {
	groups, seen := map[string][]happening{}, map[string]bool{}
	for _, e := range events {
		if seen[e.id] || baseOf(c, e) < 0 || e.user == "" && len(c.GroupBy) > 0 {
			continue
		}
		seen[e.id] = true
		key := strings.ToLower(e.user)
		if len(c.GroupBy) == 0 {
			key = ""
		}
		if groups[key] == nil {
			keys = append(keys, key)
		}
		groups[key] = append(groups[key], e)
	}
	slices.Sort(keys)
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b happening) int { return cmp.Compare(a.at, b.at) })
	}
	return keys, groups
}

// signalsPlainly gives what a correlation says to one that is built on it: that
// it was met, each time for an order, once an episode for a count.
func signalsPlainly(c *rule.Correlation, events []happening, each bool) (out []happening) {
	keys, groups := groupsOf(c, events)
	for _, k := range keys {
		end := int64(-1)
		for _, s := range metPlainly(c, groups[k], 0) {
			if fresh := s.from > end; fresh || each {
				out = append(out, happening{id: fmt.Sprintf("%s %s %d", c.Name, k, s.to), name: c.Name, user: k, at: s.to})
			}
			end = max(end, s.to)
		}
	}
	return out
}

// Correlations of correlations, against the slow way, one on top of the other.
func TestChainsAgainstPlain(t *testing.T) {
	inner := []string{
		"type: event_count, rules: [a], group-by: [userIdentity.arn], timespan: 5s, condition: {gte: 2}",
		"type: value_count, rules: [a, c], group-by: [userIdentity.arn], timespan: 4s, condition: {gte: 2, field: additionalEventData.n}",
		"type: temporal, rules: [a, c], group-by: [userIdentity.arn], timespan: 4s",
		"type: temporal_ordered, rules: [c, a], group-by: [userIdentity.arn], timespan: 4s",
	}
	outer := []string{
		"type: temporal_ordered, rules: [inner, b], group-by: [userIdentity.arn], timespan: 10s",
		"type: temporal_ordered, rules: [b, inner], group-by: [userIdentity.arn], timespan: 10s",
		"type: temporal, rules: [inner, b], group-by: [userIdentity.arn], timespan: 6s",
		"type: event_count, rules: [inner], group-by: [userIdentity.arn], timespan: 100s, condition: {gte: 2}",
		"type: event_count, rules: [inner, b], timespan: 10s, condition: {gte: 4}",
	}
	r := rand.New(rand.NewPCG(15, 16))
	for _, in := range inner {
		for _, out := range outer {
			s := loadSet(t, bases+"title: Outer\nname: outer\nlevel: high\ncorrelation: {"+out+"}\n---\ntitle: Inner\nname: inner\nlevel: low\ncorrelation: {"+in+"}\n")
			episodes := 0
			for range 16 {
				episodes += chainAgainstPlain(t, s, r)
			}
			if episodes < 3 {
				t.Errorf("%s\non top of %s: %d episodes only: this tells nothing", out, in, episodes)
			}
		}
	}
}

func chainAgainstPlain(t *testing.T, s *rule.Set, r *rand.Rand) (episodes int) {
	t.Helper()
	list, events := someHappenings(r)
	below, top := s.Correlations[0], s.Correlations[1]
	heard := append(slices.Clone(list), signalsPlainly(below, list, top.Type.Ordinal())...)
	var want []string
	keys, groups := groupsOf(top, heard)
	for _, k := range keys {
		want = append(want, groupPlainly(top, k, groups[k], 0)...)
	}
	_, got, _ := outcome(t, s, events, Config{Budget: 3000, Baseline: NoTime}, r)
	var lines []string
	for _, e := range got {
		if e.Correlation.Name == "outer" {
			lines = append(lines, line(e))
		}
	}
	nameless := func(lines []string) (out []string) { // a signal has no ID of its own
		for _, l := range lines {
			out = append(out, l[:strings.LastIndex(l, " [")])
		}
		return out
	}
	if !slices.Equal(nameless(lines), nameless(want)) {
		t.Fatalf("%s on top of %s\nof %s\ngives\n%s\nplainly\n%s", top.Type, below.Type, strings.Join(events, "\n"), strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	return len(want)
}

// someHappenings are close together, with ties, duplicates and missing keys.
func someHappenings(r *rand.Rand) (list []happening, events []string) {
	for n := range 20 + r.IntN(50) {
		h := happening{id: fmt.Sprintf("%08x-0000-0000-0000-%012x", r.Uint32(), n), name: []string{"A", "B", "CC", "D"}[r.IntN(4)], user: []string{"bob", "Bob", "eve", ""}[r.IntN(4)], at: 1_700_000_000 + int64(r.IntN(120))}
		if r.IntN(6) > 0 {
			h.value = []string{"1", "2.5", "4", `"5"`, `"x"`}[r.IntN(5)]
		}
		list, events = append(list, h), append(events, h.event())
		if r.IntN(5) == 0 {
			events = append(events, h.event())
		}
	}
	return list, events
}
