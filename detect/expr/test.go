package expr

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"time"
)

// Kind is what a Test asks.
type Kind int

// The kinds of tests. The first group is about the candidates of a value, see
// the package's comment; a Strict path has only the scalars that it leads to
// for candidates.
const (
	Like    Kind = iota // Pattern
	Regex               // Regexp finds something
	Network             // Prefix has the address
	Compare             // a number that Order and Decimal say
	Part                // a part of the time, Clock, that Order and Decimal say
	Same                // the other field, Other, has the same text, or one that Side says

	Null    // null or absent
	Exists  // present, null too
	IsNull  // present and null
	IsTrue  // true
	IsFalse // false
	Unlike  // absent, or a scalar that Pattern, or without one Regexp, does not match

	Within // Pattern matches the event as it is written
	Finds  // Regexp finds something there

	OneOf // one of Set, folded: what an engine makes of many tests of kind Like
)

// Order is how numbers compare.
type Order int

// The orders.
const (
	Equal Order = iota
	Less
	LessOrEqual
	Greater
	GreaterOrEqual
)

// Holds reports whether a comparison with that result is in order.
func (o Order) Holds(cmp int) bool {
	switch o {
	case Less:
		return cmp < 0
	case LessOrEqual:
		return cmp <= 0
	case Greater:
		return cmp > 0
	case GreaterOrEqual:
		return cmp >= 0
	}
	return cmp == 0
}

func (o Order) String() string { return [...]string{"=", "<", "<=", ">", ">="}[o] }

// Clock is a part of a time, in UTC.
type Clock int

// The parts of a time; weeks are those of ISO 8601.
const (
	Minute Clock = iota
	Hour
	Day
	Week
	Month
	Year
)

func (c Clock) of(t time.Time) int {
	switch c {
	case Minute:
		return t.Minute()
	case Hour:
		return t.Hour()
	case Day:
		return t.Day()
	case Week:
		_, week := t.ISOWeek()
		return week
	case Month:
		return int(t.Month())
	}
	return t.Year()
}

func (c Clock) String() string {
	return [...]string{"minute", "hour", "day", "week", "month", "year"}[c]
}

// Side is where the other field's text must be.
type Side int

// The sides.
const (
	Whole Side = iota
	Front
	Back
	Inside
)

// Test is a question about an event. It is immutable.
type Test struct {
	Path    *Path // nil: every scalar of the event
	Kind    Kind
	Pattern *Pattern
	Regexp  *regexp.Regexp
	Needle  []byte // that Regexp finds nothing without; none is known when it is empty
	Prefix  netip.Prefix
	Order   Order
	Decimal Decimal
	Clock   Clock
	Other   *Path
	Side    Side
	Cased   bool // of Same
	Set     map[string]bool
}

// Key tells tests apart: those with one key hold for the same events.
func (t *Test) Key() string {
	k := fmt.Sprintf("%s %d ", t.Path.Key(), t.Kind)
	switch t.Kind {
	case Like, Within:
		return k + t.Pattern.key()
	case Unlike:
		if t.Pattern == nil {
			return k + "re " + t.Regexp.String()
		}
		return k + t.Pattern.key()
	case Regex, Finds:
		return k + t.Regexp.String()
	case Network:
		return k + t.Prefix.String()
	case Compare, Part:
		return k + fmt.Sprint(t.Order, t.Clock) + t.Decimal.String()
	case Same:
		return k + fmt.Sprint(t.Side, t.Cased) + t.Other.Key()
	case OneOf:
		return k + fmt.Sprintf("%q", slices.Sorted(maps.Keys(t.Set)))
	}
	return k
}

// Field is the field that the test is about, as rules write it.
func (t *Test) Field() string {
	if t.Path == nil {
		return "anything"
	}
	return t.Path.Text
}

// String writes the test down.
func (t *Test) String() string {
	f := t.Field()
	switch t.Kind {
	case Like:
		return f + " = " + t.Pattern.String()
	case Unlike:
		if t.Pattern == nil {
			return f + " !~ " + t.Regexp.String() + " (or absent)"
		}
		return f + " != " + t.Pattern.String() + " (or absent)"
	case Regex:
		return f + " =~ " + t.Regexp.String()
	case Network:
		return f + " in " + t.Prefix.String()
	case Compare:
		return fmt.Sprintf("%s %s %s", f, t.Order, t.Decimal)
	case Part:
		return fmt.Sprintf("%s of %s %s %s", t.Clock, f, t.Order, t.Decimal)
	case Same:
		return f + [...]string{" is ", " begins with ", " ends with ", " has "}[t.Side] + t.Other.Text
	case OneOf:
		return fmt.Sprintf("%s in %q", f, slices.Sorted(maps.Keys(t.Set)))
	case Within:
		return "the event is " + t.Pattern.String()
	case Finds:
		return "the event =~ " + t.Regexp.String()
	}
	return f + map[Kind]string{Null: " is null or absent", Exists: " is there", IsNull: " is null", IsTrue: " is true", IsFalse: " is false"}[t.Kind]
}

// NeedsField reports whether the test cannot hold when its field is absent.
func (t *Test) NeedsField() bool {
	return t.Path != nil && t.Kind != Null && t.Kind != Unlike
}
