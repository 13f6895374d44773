package detect

import (
	"ctlog/detect/expr"
	"ctlog/detect/rule"
	"ctlog/parse"
)

// Brute finds out which rules hold the plain way: every rule on every event,
// decoded. It is the reference that a Matcher must agree with.
type Brute struct {
	rules   []*rule.Rule
	matched []int32
}

// NewBrute makes one.
func NewBrute(rules []*rule.Rule) *Brute { return &Brute{rules: rules} }

// Match is that of a Matcher.
func (b *Brute) Match(e *parse.Event) []int32 {
	b.matched = b.matched[:0]
	event := expr.Decode(e.Raw)
	for i, r := range b.rules {
		if event.Holds(r.Condition) {
			b.matched = append(b.matched, int32(i))
		}
	}
	return b.matched
}
