package detect

import (
	"cmp"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ctlog/detect/expr"
	"ctlog/detect/rule"
	"ctlog/detect/sigma"
	"ctlog/parse"
)

// happening is an event of the tests: base rules look for its name.
type happening struct {
	id, name, user, value string
	at                    int64 // seconds
}

func (h happening) event() string {
	user := ""
	if h.user != "" {
		user = fmt.Sprintf(`,"userIdentity":{"arn":%q}`, h.user)
	}
	value := ""
	if h.value != "" {
		value = `,"additionalEventData":{"n":` + h.value + "}"
	}
	return fmt.Sprintf(`{"eventID":%q,"eventTime":%q,"eventName":%q%s%s}`, h.id, time.Unix(h.at, 0).UTC().Format(time.RFC3339), h.name, user, value)
}

const bases = `title: A
name: a
level: informational
logsource: {product: aws}
detection: {s: {eventName: A}, condition: s}
---
title: B
name: b
level: informational
logsource: {product: aws}
detection: {s: {eventName: B}, condition: s}
---
title: C
name: c
level: informational
logsource: {product: aws}
detection: {s: {eventName|contains: C}, condition: s}
---
`

func loadSet(t *testing.T, text string) *rule.Set {
	t.Helper()
	var l sigma.Loader
	l.Add("test.yml", []byte(text))
	s := l.Set()
	if len(s.Refused) > 0 {
		t.Fatalf("%s\nrefused: %v", text, s.Refused)
	}
	return s
}

// outcome runs a program over events that come in any order, in several files.
func outcome(t *testing.T, s *rule.Set, events []string, c Config, r *rand.Rand) (*Results, []Episode, []Match) {
	t.Helper()
	c.Dir = t.TempDir()
	col := NewProgram(s, func(m *rule.Meta) bool { return m.Level > rule.Informational }).Collector(c)
	readers := []*Reader{col.Reader(), col.Reader()}
	for i, n := range r.Perm(len(events)) {
		one := readers[i%2]
		one.File(fmt.Sprintf("file%03d", n), "")
		one.Add(parse.Event{Raw: []byte(events[n]), Index: n})
		if i%7 == 0 {
			if err := col.Absorb(one.Take()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, one := range readers {
		if err := col.Absorb(one.Take()); err != nil {
			t.Fatal(err)
		}
	}
	var episodes []Episode
	var matches []Match
	res, err := col.Finish(Sink{Episode: func(e *Episode) error { episodes = append(episodes, *e); return nil },
		Match: func(m *Match) error { matches = append(matches, *m); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return res, episodes, matches
}

// line writes an episode down.
func line(e Episode) string {
	var group []string
	for _, p := range e.Group {
		group = append(group, strings.ToLower(p.Text))
	}
	return fmt.Sprintf("%s %d-%d value %s, %d events %v", strings.Join(group, ","), e.From/1e9, e.To/1e9, e.Value, e.Count, e.Events)
}

// plainly finds the episodes of a correlation the slow way: every window by
// itself.
func plainly(c *rule.Correlation, events []happening) (lines []string) {
	horizon := int64(0)
	groups := map[string][]happening{}
	seen := map[string]bool{}
	for _, e := range events {
		horizon = max(horizon, e.at)
		if seen[e.id] {
			continue
		}
		seen[e.id] = true
		if baseOf(c, e) >= 0 && (e.user != "" || len(c.GroupBy) == 0) {
			key := strings.ToLower(e.user)
			if len(c.GroupBy) == 0 {
				key = ""
			}
			groups[key] = append(groups[key], e)
		}
	}
	keys := make([]string, 0)
	for k := range groups {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		g := groups[k]
		slices.SortFunc(g, func(a, b happening) int {
			x, y := keyOf(a.id), keyOf(b.id)
			return cmp.Or(cmp.Compare(a.at, b.at), slices.Compare(x[:], y[:]))
		})
		lines = append(lines, groupPlainly(c, k, g, horizon)...)
	}
	return lines
}

// baseOf gives the base that an event is of, -1 for none. What another
// correlation found has its name.
func baseOf(c *rule.Correlation, e happening) int {
	return slices.IndexFunc(c.Bases, func(b rule.Base) bool {
		if b.Correlation != nil {
			return b.Correlation.Name == e.name
		}
		return expr.Decode([]byte(e.event())).Holds(b.Rule.Condition)
	})
}

// stretch is a window in which the threshold is met.
type stretch struct {
	from, to int64
	value    *big.Rat
	text     string
}

func groupPlainly(c *rule.Correlation, key string, g []happening, horizon int64) (lines []string) {
	for met := metPlainly(c, g, horizon); len(met) > 0; {
		e := met[0]
		for met = met[1:]; len(met) > 0 && met[0].from <= e.to; met = met[1:] {
			e.to = max(e.to, met[0].to)
			more := met[0].value.Cmp(e.value) > 0
			if o := c.Threshold.Order; o == expr.Less || o == expr.LessOrEqual {
				more = met[0].value.Cmp(e.value) < 0
			}
			if more {
				e.value, e.text = met[0].value, met[0].text
			}
		}
		out := Episode{From: e.from * 1e9, To: e.to * 1e9, Value: e.text}
		for range c.GroupBy {
			out.Group = append(out.Group, expr.Pair{Text: key})
		}
		for _, o := range g {
			if o.at >= e.from && o.at <= e.to {
				out.Count++
				if len(out.Events) < MaxListed {
					out.Events = append(out.Events, o.id)
				}
			}
		}
		lines = append(lines, line(out))
	}
	return lines
}

// metPlainly finds the windows of one group in which the threshold is met.
func metPlainly(c *rule.Correlation, g []happening, horizon int64) (met []stretch) {
	span := int64(c.Timespan / time.Second)
	for i, e := range g {
		if i > 0 && g[i-1].at == e.at {
			continue
		}
		var window, ahead []happening
		for _, o := range g {
			if o.at >= e.at-span && o.at <= e.at {
				window = append(window, o)
			}
			if o.at >= e.at && o.at <= e.at+span {
				ahead = append(ahead, o)
			}
		}
		if s, ok := windowPlainly(c, window, ahead, e.at, e.at+span <= horizon); ok {
			met = append(met, s)
		}
	}
	return met
}

// windowPlainly measures one window that ends at now, or for a condition with
// "not" the one that begins there.
func windowPlainly(c *rule.Correlation, window, ahead []happening, now int64, over bool) (s stretch, ok bool) {
	s.from, s.to = window[0].at, now
	has := func(list []happening, base int) bool {
		return slices.ContainsFunc(list, func(e happening) bool { return baseOf(c, e) == base })
	}
	var values []*big.Rat
	texts := map[string]bool{}
	for _, e := range window {
		if e.value != "" {
			text := strings.Trim(e.value, `"`)
			texts[strings.ToLower(text)] = true
			if v, ok := new(big.Rat).SetString(text); ok {
				values = append(values, v)
			}
		}
	}
	slices.SortFunc(values, (*big.Rat).Cmp)
	n := new(big.Rat)
	switch c.Type {
	case rule.EventCount:
		n.SetInt64(int64(len(window)))
	case rule.ValueCount:
		n.SetInt64(int64(len(texts)))
		ok = len(texts) > 0
	case rule.ValueSum, rule.ValueAvg:
		for _, v := range values {
			n.Add(n, v)
		}
		if c.Type == rule.ValueAvg && len(values) > 0 {
			n.Quo(n, big.NewRat(int64(len(values)), 1))
		}
		ok = len(values) > 0
	case rule.ValueMedian, rule.ValuePercentile:
		if ok = len(values) > 0; ok {
			n = percentilePlainly(values, c.Threshold.Percentile)
		}
	case rule.Temporal:
		if len(c.Any) > 0 {
			s.value = n
			return wordsPlainly(c, s, window, ahead, now, over, has)
		}
		for b := range c.Bases {
			if has(window, b) {
				n.Add(n, big.NewRat(1, 1))
			}
		}
	case rule.TemporalOrdered:
		return orderPlainly(c, s, window, now)
	}
	s.value, s.text = n, shortest(n)
	want, _ := new(big.Rat).SetString(c.Threshold.Value.String())
	return s, (ok || c.Type == rule.EventCount || c.Type == rule.Temporal) && c.Threshold.Order.Holds(n.Cmp(want)) != c.Threshold.Not
}

func shortest(n *big.Rat) string {
	text := n.FloatString(6)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

func percentilePlainly(values []*big.Rat, percent float64) *big.Rat {
	p := new(big.Rat).SetFloat64(percent)
	p.Mul(p, big.NewRat(int64(len(values)-1), 100))
	k := 0
	for new(big.Rat).SetInt64(int64(k+1)).Cmp(p) <= 0 {
		k++
	}
	rest := p.Sub(p, new(big.Rat).SetInt64(int64(k)))
	out := new(big.Rat).Set(values[k])
	if rest.Sign() > 0 {
		out.Add(out, rest.Mul(rest, new(big.Rat).Sub(values[k+1], values[k])))
	}
	return out
}

func wordsPlainly(c *rule.Correlation, s stretch, window, ahead []happening, now int64, over bool, has func([]happening, int) bool) (stretch, bool) {
	list, found := window, false
	if mixed := slices.ContainsFunc(c.Any, func(a rule.Presence) bool { return len(a.Never) > 0 }); mixed {
		list, s.from, s.to = ahead, now, 0
	}
	for _, a := range c.Any {
		anchored, all := false, true
		to := int64(0)
		for _, b := range a.Must {
			all = all && has(list, b)
			for _, e := range list {
				if baseOf(c, e) == b {
					anchored = anchored || e.at == now
					to = max(to, e.at)
				}
			}
		}
		if !all || !anchored || len(a.Never) > 0 && !over || slices.ContainsFunc(a.Never, func(b int) bool { return has(list, b) }) {
			continue
		}
		s.to, found = max(s.to, to), true
	}
	return s, found
}

// orderPlainly tries every choice of events.
func orderPlainly(c *rule.Correlation, s stretch, window []happening, now int64) (stretch, bool) {
	chains := [][]int{}
	for _, a := range c.Any {
		chains = append(chains, a.Must)
	}
	need := int(c.Threshold.Value.Int())
	if len(c.Any) == 0 {
		for mask := range 1 << len(c.Bases) {
			var chain []int
			for b := range c.Bases {
				if mask>>b&1 != 0 {
					chain = append(chain, b)
				}
			}
			if len(chain) == need {
				chains = append(chains, chain)
			}
		}
	}
	from := int64(-1)
	for _, chain := range chains {
		var try func(i int, started, last int64)
		try = func(i int, started, last int64) {
			if i == len(chain) {
				if last == now && started > from {
					from, need = started, len(chain)
				}
				return
			}
			for _, e := range window {
				if baseOf(c, e) == chain[i] && e.at >= last {
					if i == 0 {
						started = e.at
					}
					try(i+1, started, e.at)
				}
			}
		}
		try(0, -1, -1)
	}
	s.from, s.value, s.text = from, big.NewRat(int64(need), 1), strconv.Itoa(need)
	return s, from >= 0
}

var correlations = []string{
	"type: event_count, rules: [a], group-by: [user], timespan: 10s, condition: {gte: 3}",
	"type: event_count, rules: [a, b], group-by: [user], timespan: 10s, condition: {gt: 4}",
	"type: event_count, rules: [a, b], group-by: [user], timespan: 5s, condition: {eq: 2}",
	"type: event_count, rules: [a, b], group-by: [user], timespan: 5s, condition: {lte: 2}",
	"type: event_count, rules: [a], timespan: 7s, condition: {neq: 2}",
	"type: value_count, rules: [a, b, c], group-by: [user], timespan: 10s, condition: {gte: 3, field: additionalEventData.n}",
	"type: value_sum, rules: [a, b, c], group-by: [user], timespan: 10s, condition: {gte: 10.5, field: additionalEventData.n}",
	"type: value_avg, rules: [a, b, c], group-by: [user], timespan: 10s, condition: {lt: 2, field: additionalEventData.n}",
	"type: value_median, rules: [a, b, c], group-by: [user], timespan: 10s, condition: {gte: 3, field: additionalEventData.n}",
	"type: value_percentile, rules: [a, b, c], group-by: [user], timespan: 12s, condition: {gt: 4, field: additionalEventData.n, percentile: 90}",
	"type: temporal, rules: [a, b, c], group-by: [user], timespan: 6s",
	"type: temporal, rules: [a, b, c], group-by: [user], timespan: 6s, condition: {gte: 2}",
	"type: temporal, group-by: [user], timespan: 6s, condition: a and (b or c)",
	"type: temporal, group-by: [user], timespan: 6s, condition: a and not b",
	"type: temporal, group-by: [user], timespan: 6s, condition: (a and b) or (c and not a)",
	"type: temporal_ordered, rules: [a, b], group-by: [user], timespan: 6s",
	"type: temporal_ordered, rules: [a, b, c], group-by: [user], timespan: 8s",
	"type: temporal_ordered, rules: [c, a, b], group-by: [user], timespan: 8s, condition: {gte: 2}",
	"type: temporal_ordered, timespan: 8s, condition: c and a or b and c",
}

func TestCorrelationsAgainstPlain(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	episodes := map[int]int{}
	for round := range 30 {
		for i, text := range correlations {
			text = strings.ReplaceAll(text, "[user]", "[userIdentity.arn]")
			s := loadSet(t, bases+"title: X\nlevel: high\ncorrelation: {"+text+"}\n")
			var list []happening
			var events []string
			for n := range 5 + r.IntN(40) {
				h := happening{id: fmt.Sprintf("%08x-0000-0000-0000-%012x", r.Uint32(), n), name: []string{"A", "B", "CC", "D"}[r.IntN(4)], user: []string{"bob", "Bob", "eve", ""}[r.IntN(4)], at: 1_700_000_000 + int64(r.IntN(30+10*(round%6)))}
				if r.IntN(6) > 0 {
					h.value = []string{"1", "2.5", "4", `"5"`, "0.125", `"x"`, "-3"}[r.IntN(7)]
				}
				list, events = append(list, h), append(events, h.event())
				if r.IntN(5) == 0 {
					events = append(events, h.event()) // delivered again
				}
			}
			want := plainly(s.Correlations[0], list)
			for _, budget := range []int64{0, 3000} {
				_, got, _ := outcome(t, s, events, Config{Budget: budget, Baseline: NoTime}, r)
				var lines []string
				for _, e := range got {
					lines = append(lines, line(e))
				}
				if !slices.Equal(lines, want) {
					t.Fatalf("%s\nof %s\ngives\n%s\nplainly\n%s", text, strings.Join(events, "\n"), strings.Join(lines, "\n"), strings.Join(want, "\n"))
				}
			}
			episodes[i] += len(want)
		}
	}
	for i, text := range correlations {
		if episodes[i] < 3 {
			t.Errorf("%s: %d episodes only: this tells nothing", text, episodes[i])
		}
	}
}
