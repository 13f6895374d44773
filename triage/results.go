package triage

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"ctlog/event"
	"ctlog/parse"
)

// The results of a survey as data: whoever draws them, passes them on or merges
// them needs nothing else.

// Counts is how many events have each value of some fields, the most frequent
// first.
type Counts struct {
	Fields  []string // whose values a row's Key has; Locate adds to them
	Rows    []Row
	Summed  bool // rows have a sum, in Bytes
	Omitted Omitted
}

// Omitted is what a result leaves out, since only the first of something were
// asked for.
type Omitted struct {
	Values int
	Events int64
}

// Counts gives what a table has counted by the fields.
func (f *Fields) Counts(t *Table) *Counts {
	return &Counts{Fields: f.Names(), Rows: t.Rows(), Summed: f.sum > 0}
}

// Orders are what Sort takes: the largest count or sum first, the earliest beginning
// first, the latest end first, or the values as they are written.
var Orders = []string{"count", "sum", "first", "last", "value"}

// Sort puts the rows, which come by their counts, in another order.
func (c *Counts) Sort(by string) {
	slices.SortStableFunc(c.Rows, func(a, b Row) int {
		switch by {
		case "sum":
			return cmp.Compare(b.Bytes, a.Bytes)
		case "first":
			return cmp.Compare(uint64(a.First-1), uint64(b.First-1)) // events without a time come last
		case "last":
			return cmp.Compare(b.Last, a.Last)
		case "value":
			return bytes.Compare(a.Key, b.Key)
		}
		return 0
	})
}

// Top leaves the n most frequent values.
func (c *Counts) Top(n int) {
	for len(c.Rows) > n {
		last := len(c.Rows) - 1
		c.Omitted.Values++
		c.Omitted.Events += c.Rows[last].Count
		c.Rows = c.Rows[:last]
	}
}

// Locate adds where the addresses are, if they are among the fields.
func (c *Counts) Locate(p *Places) {
	at := slices.Index(c.Fields, event.FieldAddress)
	if at < 0 {
		return
	}
	for i := range c.Rows {
		c.Rows[i].Key = p.located(c.Rows[i].Key, at)
	}
	c.Fields = slices.Concat(c.Fields, PlaceFields)
}

// PlaceFields are what Locate adds to fields.
var PlaceFields = []string{"country", "network"}

// located gives a key with the values of PlaceFields.
func (p *Places) located(key []byte, address int) []byte {
	at := p.Of(string(parse.Text(nil, event.Values(key)[address])))
	key = event.AppendStringOrNull(append(slices.Clone(key), ','), at.Country)
	return event.AppendStringOrNull(append(key, ','), at.Network)
}

// Timeline is what happened when, in buckets of equal length.
type Timeline struct {
	Step    time.Duration
	Fields  []string // whose values a point's Key has; none: all events together
	Points  []Point  // that have events, in the order of time; events without a time come last
	Omitted Omitted
}

// Timeline gives what a table has counted over time.
func (f *Fields) Timeline(t *Table) *Timeline {
	return &Timeline{Step: time.Duration(f.bucket), Fields: f.Names(), Points: Points(t)}
}

// Top leaves the points of the n most frequent values.
func (l *Timeline) Top(n int) {
	lines := Lines(l.Points)
	if len(lines) <= n {
		return
	}
	l.Omitted.Values += len(lines) - n
	left := map[string]bool{}
	for _, one := range lines[n:] {
		left[string(one.Key)] = true
		l.Omitted.Events += one.Count
	}
	l.Points = slices.DeleteFunc(l.Points, func(p Point) bool { return left[string(p.Key)] })
}

// Locate adds where the addresses are, if they are among the fields.
func (l *Timeline) Locate(p *Places) {
	at := slices.Index(l.Fields, event.FieldAddress)
	if at < 0 {
		return
	}
	for i := range l.Points {
		l.Points[i].Key = p.located(l.Points[i].Key, at)
	}
	l.Fields = slices.Concat(l.Fields, PlaceFields)
}

// Summary is what is known of each principal, address or access key, the most
// telling first.
type Summary struct {
	By       SubjectKind
	Since    int64 // the end of the baseline; event.NoTime: there is none
	Located  bool  // countries and networks were looked up
	Profiles []*Profile
	Omitted  int // profiles that Top took out
}

// Summarize makes profiles of the facts of a FactReader; by and since are the
// reader's. What came after the baseline is judged by what came before. places
// may be nil.
func Summarize(t *Table, by SubjectKind, since int64, places *Places) *Summary {
	return &Summary{By: by, Since: since, Located: places != nil, Profiles: profiles(t, since, places)}
}

// Top leaves the n most telling profiles.
func (s *Summary) Top(n int) {
	if more := len(s.Profiles) - n; more > 0 {
		s.Profiles = s.Profiles[:n]
		s.Omitted += more
	}
}

// Lineage is the sessions that an ID names, with those that they came of and
// all that came of them.
type Lineage struct {
	ID      string
	Located bool       // countries and networks were looked up
	Roots   []*Session // where lineages begin, the earliest first
}

// NewLineage finds the sessions that id names among the facts of a reader that
// NewTraceReader made. places may be nil.
func NewLineage(t *Table, id string, places *Places) *Lineage {
	return &Lineage{ID: id, Located: places != nil, Roots: Trace(t, id, places)}
}

// NewChains is the lineage of all in which one session came of another.
func NewChains(t *Table, places *Places) *Lineage {
	return &Lineage{Located: places != nil, Roots: Chains(t, places)}
}
