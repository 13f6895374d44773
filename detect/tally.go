package detect

import (
	"cmp"
	"slices"
	"strings"

	"ctlog/detect/rule"
)

// tally counts what one rule found.
type tally struct {
	config Config
	result Finding
	heard  int64           // matches, for correlations too
	known  map[string]bool // principals of the baseline
	who, from, what,
	accounts, regions counter
}

func newTally(c Config) *tally {
	return &tally{config: c, result: Finding{First: NoTime, Last: NoTime}, known: map[string]bool{}}
}

// add counts a match, and reports whether it is folded. With a baseline matches
// come in the order of their time.
func (t *tally) add(m *Match) (folded bool) {
	f := &t.result
	f.Matches++
	if t.config.Baseline != NoTime {
		if m.Time < t.config.Baseline {
			t.known[m.Principal] = true
			f.Folded++
			return true
		}
		if t.known[m.Principal] {
			f.Folded++
			return true
		}
	}
	if m.Time != NoTime {
		if f.First == NoTime {
			f.First = m.Time
		}
		f.First, f.Last = min(f.First, m.Time), max(f.Last, m.Time)
	}
	t.who.add(m.Principal)
	t.from.add(m.Address)
	t.what.add(CallOf(m.Source, m.Name))
	t.accounts.add(m.Account)
	t.regions.add(m.Region)
	t.sample(m)
	return false
}

// CallOf writes a call as service:Name.
func CallOf(source, name string) string {
	if source == "" {
		return name
	}
	return strings.TrimSuffix(source, ".amazonaws.com") + ":" + name
}

// sample keeps the first matches in time; those without a time come last.
func (t *tally) sample(m *Match) {
	f := &t.result
	at, _ := slices.BinarySearchFunc(f.Samples, m, func(a Match, b *Match) int { return inOrder(&a, b) })
	if at == t.config.Samples {
		return
	}
	f.Samples = slices.Insert(f.Samples, at, *m)
	f.Samples = f.Samples[:min(len(f.Samples), t.config.Samples)]
}

func inOrder(a, b *Match) int {
	if a.Time != b.Time && (a.Time == NoTime || b.Time == NoTime) {
		return cmp.Compare(b.Time, a.Time)
	}
	return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.ID, b.ID), cmp.Compare(a.File, b.File), cmp.Compare(a.Index, b.Index))
}

// finding gives the result.
func (t *tally) finding(r *rule.Rule, blind string) Finding {
	f := t.result
	f.Rule = r
	f.Who, f.From, f.What, f.Accounts, f.Regions = t.who.counts(), t.from.counts(), t.what.counts(), t.accounts.counts(), t.regions.counts()
	switch {
	case f.Matches > 0:
		f.State = Hit
	case blind != "":
		f.State, f.Reason = Blind, blind
	default:
		f.State = None
	}
	return f
}

// counter counts values, up to maxCounted different ones.
type counter struct {
	values map[string]int64
	more   bool
}

// maxCounted is far more than anybody reads, and bounds what a rule that holds
// for everything may cost.
const maxCounted = 10_000

func (c *counter) add(value string) {
	if value == "" {
		return
	}
	if c.values == nil {
		c.values = map[string]int64{}
	}
	if _, known := c.values[value]; !known && len(c.values) >= maxCounted {
		c.more = true
		return
	}
	c.values[value]++
}

func (c *counter) counts() Counts {
	out := Counts{More: c.more}
	for v, n := range c.values {
		out.Values = append(out.Values, Count{v, n})
	}
	slices.SortFunc(out.Values, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	return out
}
