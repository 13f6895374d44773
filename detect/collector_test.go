package detect

import (
	"cmp"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ctlog/detect/rule"
	"ctlog/parse"
)

// What others got wrong.
func TestCorrelationsOfOthers(t *testing.T) {
	at := func(names ...string) (events []string) {
		for i, n := range names {
			name, user, _ := strings.Cut(n, "/")
			events = append(events, happening{id: fmt.Sprint(i), name: name, user: cmp.Or(user, "bob"), at: 1_700_000_000 + int64(i)*60}.event())
		}
		return events
	}
	for _, c := range []struct {
		name, correlation string
		events            []string
		want              int
	}{
		{"A, C, B is no A, B, C", "type: temporal_ordered, rules: [a, b, c], group-by: [userIdentity.arn], timespan: 1h", at("A", "CC", "B"), 0},
		{"A, B, C is", "type: temporal_ordered, rules: [a, b, c], group-by: [userIdentity.arn], timespan: 1h", at("A", "B", "CC"), 1},
		{"A of one and B of another", "type: temporal, rules: [a, b], group-by: [userIdentity.arn], timespan: 1h", at("A/bob", "B/eve"), 0},
		{"counts beyond the window", "type: event_count, rules: [a], group-by: [userIdentity.arn], timespan: 2m, condition: {gte: 4}", at("A", "A", "A", "A"), 0},
		{"four in five minutes", "type: event_count, rules: [a], group-by: [userIdentity.arn], timespan: 5m, condition: {gte: 4}", at("A", "A", "A", "A"), 1},
		{"the ends of a window belong to it", "type: event_count, rules: [a], group-by: [userIdentity.arn], timespan: 3m, condition: {gte: 4}", at("A", "A", "A", "A"), 1},
	} {
		s := loadSet(t, bases+"title: X\nlevel: high\ncorrelation: {"+c.correlation+"}\n")
		res, got, _ := outcome(t, s, c.events, Config{Baseline: NoTime}, rand.New(rand.NewPCG(1, 1)))
		if len(got) != c.want || len(res.Rules) != 0 {
			t.Errorf("%s: %d episodes, %d rules shown", c.name, len(got), len(res.Rules))
		}
	}
}

func TestChains(t *testing.T) {
	text := bases + `title: Burst
name: burst
level: low
correlation: {type: event_count, rules: [a], group-by: [userIdentity.arn], timespan: 1m, condition: {gte: 3}}
---
title: Burst, then B
level: high
correlation: {type: temporal_ordered, rules: [burst, b], group-by: [who], aliases: {who: {burst: userIdentity.arn, b: userIdentity.arn}}, timespan: 10m}
---
title: Bursts
level: high
correlation: {type: event_count, rules: [burst], group-by: [userIdentity.arn], timespan: 1h, condition: {gte: 2}}
`
	s := loadSet(t, text)
	var events []string
	add := func(at int64, names ...string) {
		for i, n := range names {
			events = append(events, happening{id: fmt.Sprint(len(events)), name: n, user: "bob", at: 1_700_000_000 + at + int64(i)}.event())
		}
	}
	add(0, "A", "A", "A", "A", "A") // one burst
	add(300, "B")
	res, got, _ := outcome(t, s, events, Config{Baseline: NoTime}, rand.New(rand.NewPCG(1, 1)))
	if len(got) != 1 || got[0].Correlation.Title != "Burst, then B" || got[0].Group[0].Field != "who" || got[0].To != (1_700_000_300)*1e9 {
		t.Errorf("%+v", got)
	}
	add(1000, "A", "A", "A") // another
	_, got, _ = outcome(t, s, events, Config{Baseline: NoTime}, rand.New(rand.NewPCG(1, 1)))
	if len(got) != 2 || got[1].Correlation.Title != "Bursts" || got[1].Value != "2" {
		t.Errorf("%+v", got)
	}
	if len(res.Correlation) != 2 {
		t.Errorf("%d correlations are shown, not two: burst is a part of others", len(res.Correlation))
	}
}

func TestGenerateAndUngrouped(t *testing.T) {
	text := strings.ReplaceAll(bases, "informational", "medium") + "title: X\nlevel: high\ncorrelation: {type: event_count, rules: [a], group-by: [userIdentity.arn], timespan: 1m, condition: {gte: 1}, generate: GEN}\n"
	events := []string{happening{id: "1", name: "A", at: 1_700_000_000}.event(), happening{id: "2", name: "A", user: "bob", at: 1_700_000_000}.event(),
		`{"eventID":"3","eventName":"A","userIdentity":{"arn":"bob"}}`, `{"eventID":"4","eventName":"A","userIdentity":{"arn":null},"eventTime":"2024-01-01T00:00:00Z"}`}
	for gen, shown := range map[string]int{"true": 3, "false": 2} {
		res, got, matches := outcome(t, loadSet(t, strings.ReplaceAll(text, "GEN", gen)), events, Config{Baseline: NoTime}, rand.New(rand.NewPCG(1, 1)))
		if len(res.Rules) != shown || len(got) != 1 || res.Correlation[0].Ungrouped != 2 || res.Timeless != 1 {
			t.Errorf("generate %s: %d rules, %+v, %+v", gen, len(res.Rules), res.Correlation[0], res)
		}
		if (len(matches) == 4) != (gen == "true") {
			t.Errorf("generate %s: %d matches", gen, len(matches))
		}
	}
}

func TestTwins(t *testing.T) {
	text := strings.ReplaceAll(bases, "informational", "medium")
	s := loadSet(t, text)
	p := NewProgram(s, func(*rule.Meta) bool { return true })
	one := happening{id: "1", name: "A", user: "bob", at: 1_700_000_000}
	forged := one
	forged.user = "eve"
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		c := p.Collector(Config{Baseline: NoTime})
		r := c.Reader()
		for _, i := range order {
			e := [...]happening{forged, one, one}[i]
			r.File([...]string{"a", "b", "c"}[i], [...]string{"uncovered", "valid", "valid"}[i])
			r.Add(parse.Event{Raw: []byte(e.event())})
		}
		c.Absorb(r.Take())
		res, err := c.Finish(Sink{})
		if err != nil || res.Duplicates != 2 || res.Conflicts != 1 || res.Matched != 1 {
			t.Fatalf("%+v, %v", res, err)
		}
		if f := res.Rules[0]; f.Who.Values[0].Value != "bob" || f.Samples[0].File != "b" || f.Samples[0].Integrity != "valid" {
			t.Errorf("order %v: the proven one does not count: %+v", order, f)
		}
	}
}

func TestBaseline(t *testing.T) {
	s := loadSet(t, strings.ReplaceAll(bases, "informational", "medium")+"title: X\nlevel: high\ncorrelation: {type: event_count, rules: [b], group-by: [userIdentity.arn], timespan: 1m, condition: {gte: 2}, generate: true}\n")
	var events []string
	for i, h := range []happening{{name: "A", user: "bob", at: 0}, {name: "A", user: "bob", at: 500}, {name: "A", user: "eve", at: 600}, {name: "B", user: "bob", at: 0}, {name: "B", user: "bob", at: 1}, {name: "B", user: "bob", at: 900}, {name: "B", user: "bob", at: 901}} {
		h.id, h.at = fmt.Sprint(i), h.at+1_700_000_000
		events = append(events, h.event())
	}
	res, _, _ := outcome(t, s, events, Config{Baseline: 1_700_000_400e9}, rand.New(rand.NewPCG(1, 1)))
	if a := res.Rules[0]; a.Matches != 3 || a.Folded != 2 || len(a.Who.Values) != 1 || a.Who.Values[0].Value != "eve" {
		t.Errorf("%+v", a)
	}
	if c := res.Correlation[0]; c.Episodes != 2 || c.Folded != 2 {
		t.Errorf("%+v", c)
	}
}

func TestRanks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	var ranks ranks
	var list []int64
	for range 3000 {
		if len(list) > 0 && r.IntN(3) == 0 {
			i := r.IntN(len(list))
			ranks.delete(big.NewInt(list[i]))
			list = slices.Delete(list, i, i+1)
		} else {
			v := int64(r.IntN(200))
			ranks.insert(big.NewInt(v))
			list = append(list, v)
			slices.Sort(list)
		}
		slices.Sort(list)
		if k := r.IntN(len(list) + 1); ranks.len() != len(list) || k < len(list) && ranks.at(k).Int64() != list[k] {
			t.Fatalf("rank %d of %v", k, list)
		}
	}
}
