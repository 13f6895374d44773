package need

import (
	"slices"
	"strings"
)

// Requirement is a necessary condition on the bytes of an event: an AND/OR tree
// of things that must be in them. It is monotone: what holds for an event holds
// for any document that has the event in it as it is.
//
// Requirements are immutable and kept simple while they are built: a part that
// another part implies is left out.
type Requirement struct {
	op   operation
	subs []*Requirement // of opAnd and opOr, at least two
	leaf *leaf
	size int // leaves
}

type operation int

const (
	opAll operation = iota // always holds
	opNone
	opLeaf
	opAnd
	opOr
)

// The requirements of everything and of what cannot be.
var (
	MatchAll  = &Requirement{op: opAll}
	MatchNone = &Requirement{op: opNone}
)

// MaxLeaves bounds a requirement: more texts cost more than what they save.
const MaxLeaves = 64

// AllOf holds when a and b do.
func AllOf(a, b *Requirement) *Requirement {
	switch {
	case a.op == opNone || b.op == opNone:
		return MatchNone
	case a.size+b.size > MaxLeaves:
		if a.size <= b.size && a.op != opAll {
			return a
		}
		return b
	}
	return combine(opAnd, a, b)
}

// AnyOf holds when a or b does.
func AnyOf(a, b *Requirement) *Requirement {
	if a.op == opAll || b.op == opAll || a.size+b.size > MaxLeaves {
		return MatchAll
	}
	return combine(opOr, a, b)
}

func combine(op operation, a, b *Requirement) *Requirement {
	switch stronger := op == opAnd; {
	case a.implies(b):
		return pick(stronger, a, b)
	case b.implies(a):
		return pick(stronger, b, a)
	}
	var parts []*Requirement
	for _, p := range append(a.parts(op), b.parts(op)...) {
		parts = addPart(op, parts, p)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	n := &Requirement{op: op, subs: parts}
	for _, p := range parts {
		n.size += p.size
	}
	if len(parts) == 0 {
		n.op = map[operation]operation{opAnd: opAll, opOr: opNone}[op]
	}
	return n
}

func pick(first bool, a, b *Requirement) *Requirement {
	if first {
		return a
	}
	return b
}

// parts are what op joins in n; its neutral element has none.
func (n *Requirement) parts(op operation) []*Requirement {
	switch {
	case n.op == op:
		return slices.Clip(n.subs)
	case op == opAnd && n.op == opAll, op == opOr && n.op == opNone:
		return nil
	}
	return []*Requirement{n}
}

// addPart adds one part unless it is redundant, and drops what it makes so.
func addPart(op operation, parts []*Requirement, p *Requirement) []*Requirement {
	stronger := func(a, b *Requirement) bool { return a.implies(b) }
	if op == opOr {
		stronger = func(a, b *Requirement) bool { return b.implies(a) }
	}
	if slices.ContainsFunc(parts, func(q *Requirement) bool { return stronger(q, p) }) {
		return parts
	}
	parts = slices.DeleteFunc(slices.Clone(parts), func(q *Requirement) bool { return stronger(p, q) })
	return append(parts, p)
}

// implies is sound, not complete: false means that nothing is known.
func (n *Requirement) implies(m *Requirement) bool {
	switch {
	case n.op == opNone, m.op == opAll:
		return true
	case n.op == opLeaf && m.op == opLeaf:
		return n.leaf.implies(m.leaf)
	case m.op == opAnd:
		return !slices.ContainsFunc(m.subs, func(s *Requirement) bool { return !n.implies(s) })
	case n.op == opOr:
		return !slices.ContainsFunc(n.subs, func(s *Requirement) bool { return !s.implies(m) })
	}
	return m.op == opOr && slices.ContainsFunc(m.subs, n.implies) ||
		n.op == opAnd && slices.ContainsFunc(n.subs, func(s *Requirement) bool { return s.implies(m) })
}

// Ordered puts what is likely to be missing first.
func (n *Requirement) Ordered() *Requirement {
	if len(n.subs) == 0 {
		return n
	}
	o := &Requirement{op: n.op, size: n.size}
	for _, s := range n.subs {
		o.subs = append(o.subs, s.Ordered())
	}
	if n.op == opAnd {
		slices.SortStableFunc(o.subs, func(a, b *Requirement) int { return a.cost() - b.cost() })
	}
	return o
}

// cost of a look: rare bytes are found missing soonest.
func (n *Requirement) cost() int {
	if n.op == opLeaf {
		return n.leaf.cost()
	}
	total := 0
	for _, s := range n.subs {
		total += s.cost()
	}
	return total
}

// Holds reports whether b has what is needed, spelled without escapes.
func (n *Requirement) Holds(b []byte) bool {
	switch n.op {
	case opNone:
		return false
	case opLeaf:
		return n.leaf.in(b)
	case opAnd:
		for _, s := range n.subs {
			if !s.Holds(b) {
				return false
			}
		}
	case opOr:
		for _, s := range n.subs {
			if s.Holds(b) {
				return true
			}
		}
		return false
	}
	return true
}

// Folds reports whether the case of letters is disregarded anywhere.
func (n *Requirement) Folds() bool {
	return n.op == opLeaf && n.leaf.fold || slices.ContainsFunc(n.subs, (*Requirement).Folds)
}

// String writes the requirement down.
func (n *Requirement) String() string {
	switch n.op {
	case opNone:
		return "never"
	case opLeaf:
		return n.leaf.String()
	case opAll:
		return "anything"
	}
	var parts []string
	for _, s := range n.subs {
		text := s.String()
		if len(s.subs) > 0 {
			text = "(" + text + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, map[operation]string{opAnd: " and ", opOr: " or "}[n.op])
}

// Alternatives are what the requirement is met by one of, each as text.
func (n *Requirement) Alternatives() []string {
	if n.op != opOr {
		return []string{n.String()}
	}
	var texts []string
	for _, s := range n.subs {
		texts = append(texts, s.String())
	}
	return texts
}

// AnyOfEach is what it takes to meet what one of the values requires; without a
// value everything does.
func AnyOfEach(values []string, each func(string) *Requirement) *Requirement {
	if len(values) == 0 {
		return MatchAll
	}
	n := MatchNone
	for _, v := range values {
		n = AnyOf(n, each(v))
	}
	return n
}
