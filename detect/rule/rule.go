// Package rule has what a detection rule is, whatever language it was written
// in: who wrote it and what for, and a condition on one event, or a correlation
// of what other rules find.
package rule

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"ctlog/detect/expr"
)

// Level is how grave it is what a rule finds.
type Level int

// The levels of Sigma.
const (
	Informational Level = iota
	Low
	Medium
	High
	Critical
)

// Levels are their names, from the least grave on.
var Levels = []string{"informational", "low", "medium", "high", "critical"}

func (l Level) String() string { return Levels[l] }

// ParseLevel reads a level's name.
func ParseLevel(s string) (Level, bool) {
	i := slices.Index(Levels, strings.ToLower(s))
	return Level(max(i, 0)), i >= 0
}

// Meta is what is known of a rule beside what it looks for.
type Meta struct {
	ID, Name, Title, Description string
	Status, Author, License      string
	Level                        Level
	References, Tags             []string
	FalsePositives               []string

	// Reason says in a few words what a match shows ("stops the trail"), and
	// Weight how notable one is in a summary of all that somebody did, 0 to 60.
	// Rules of the core pack have both.
	Reason string
	Weight int

	File string // where it was read
	Line int
	Pack string // of ctlog's own it came with, "" for others

	// Hints are what should be told of the rule though it was loaded.
	Hints []string
}

// Key names the rule: its ID or, without one, its title.
func (m *Meta) Key() string {
	if m.ID != "" {
		return m.ID
	}
	return m.Title
}

// Is reports whether a reference in a rule means this one, by ID or by name.
func (m *Meta) Is(ref string) bool {
	return ref != "" && (strings.EqualFold(m.ID, ref) || m.Name == ref)
}

// Hint adds what should be told.
func (m *Meta) Hint(format string, args ...any) {
	m.Hints = append(m.Hints, fmt.Sprintf(format, args...))
}

// technique is the tag of an ATT&CK technique; anything else is none.
var technique = regexp.MustCompile(`^(?i:attack\.t)(\d{4}(\.\d{3})?)$`)

// Techniques are the ATT&CK techniques among the tags: T1562.008.
func (m *Meta) Techniques() (out []string) {
	for _, tag := range m.Tags {
		if t := technique.FindStringSubmatch(tag); t != nil {
			out = append(out, "T"+t[1])
		}
	}
	return out
}

// tactics are the tags that name an ATT&CK tactic, in the order of an attack.
var tactics = []string{"reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation", "stealth", "defense-impairment", "defense-evasion",
	"credential-access", "discovery", "lateral-movement", "collection", "command-and-control", "exfiltration", "impact"}

// Tactic is the first ATT&CK tactic among the tags, "" without one.
func (m *Meta) Tactic() string {
	for _, tag := range m.Tags {
		name, ok := strings.CutPrefix(strings.ToLower(tag), "attack.")
		if name = strings.ReplaceAll(name, "_", "-"); ok && slices.Contains(tactics, name) {
			return name
		}
	}
	return ""
}

// Rule finds single events.
type Rule struct {
	Meta
	Condition *expr.Node
	Source    string // product/service that its log source names
}

// Type is what a correlation measures.
type Type string

// The types of correlations.
const (
	EventCount      Type = "event_count"
	ValueCount      Type = "value_count"
	ValueSum        Type = "value_sum"
	ValueAvg        Type = "value_avg"
	ValueMedian     Type = "value_median"
	ValuePercentile Type = "value_percentile"
	Temporal        Type = "temporal"
	TemporalOrdered Type = "temporal_ordered"
)

// Types lists them all.
var Types = []Type{EventCount, ValueCount, ValueSum, ValueAvg, ValueMedian, ValuePercentile, Temporal, TemporalOrdered}

// Ordinal reports whether the type is about which rules fired, not about how
// many events or what values.
func (t Type) Ordinal() bool { return t == Temporal || t == TemporalOrdered }

// Numeric reports whether the type is about the values of a number.
func (t Type) Numeric() bool {
	return t == ValueSum || t == ValueAvg || t == ValueMedian || t == ValuePercentile
}

// Threshold is what a measure has to be.
type Threshold struct {
	Order      expr.Order
	Not        bool // of an Order of Equal: anything else
	Value      expr.Decimal
	Fields     []string // whose values are counted or measured
	Percentile float64
}

// String writes the threshold down.
func (t *Threshold) String() string {
	op := t.Order.String()
	if t.Not {
		op = "!="
	}
	return op + " " + t.Value.String()
}

// Correlation finds series of what other rules find.
type Correlation struct {
	Meta
	Type      Type
	Refs      []string // as they are written
	Bases     []Base   // what they mean
	GroupBy   []string
	Aliases   map[string]map[string]string // alias → reference → field
	Timespan  time.Duration
	Threshold Threshold
	// Any are alternatives of which one must be the case, of a temporal
	// correlation with a condition in words; otherwise there is none.
	Any      []Presence
	Generate bool // matches of the base rules are results too
}

// Presence says which bases, by index, must have fired within the timespan and
// which must not.
type Presence struct {
	Must, Never []int
}

// Base is what a correlation is built on: one of both.
type Base struct {
	Rule        *Rule
	Correlation *Correlation
}

// Meta is that of the base.
func (b Base) Meta() *Meta {
	if b.Rule != nil {
		return &b.Rule.Meta
	}
	return &b.Correlation.Meta
}

// Field is what a field of the correlation is called in base i.
func (c *Correlation) Field(field string, i int) string {
	of := c.Aliases[field]
	meta := c.Bases[i].Meta()
	for _, name := range []string{c.Refs[i], meta.ID, meta.Name, meta.Title} {
		if f, ok := of[name]; ok && name != "" {
			return f
		}
	}
	return field
}

// Refusal is a rule that could not be loaded.
type Refusal struct {
	File, Title, ID string
	Line            int
	Reason          string
	Foreign         bool // it is a sound rule for logs of another kind
}

func (r Refusal) String() string {
	where := r.File
	if r.Line > 0 {
		where = fmt.Sprintf("%s:%d", r.File, r.Line)
	}
	if r.Title != "" {
		return fmt.Sprintf("%s: %q: %s", where, r.Title, r.Reason)
	}
	return where + ": " + r.Reason
}

// Set is what was loaded.
type Set struct {
	Rules        []*Rule
	Correlations []*Correlation // those that others are built on come first
	Refused      []Refusal
}

// Len is how many rules were loaded.
func (s *Set) Len() int { return len(s.Rules) + len(s.Correlations) }

// Metas are those of all rules.
func (s *Set) Metas() (all []*Meta) {
	for _, r := range s.Rules {
		all = append(all, &r.Meta)
	}
	for _, c := range s.Correlations {
		all = append(all, &c.Meta)
	}
	return all
}
