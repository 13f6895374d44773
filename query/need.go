package query

import (
	"slices"
	"strings"
)

// need is a necessary condition on the bytes of an event: an AND/OR tree of
// things that must stand in them. It is monotone: what holds for an event holds
// for any document that has the event in it as it is.
//
// Needs are immutable and kept simple while they are built: a part that another
// part implies is left out.
type need struct {
	op   needOp
	subs []*need // of needAll and needAny, at least two
	leaf *leaf
	size int // leaves
}

type needOp int

const (
	needNothing needOp = iota // always holds
	needNever
	needLeaf
	needAll
	needAny
)

var (
	nothing = &need{op: needNothing}
	never   = &need{op: needNever}
)

// maxLeaves bounds a need. Beyond it bytes cost more than what they save.
const maxLeaves = 64

// allOf holds when a and b do.
func allOf(a, b *need) *need {
	switch {
	case a.op == needNever || b.op == needNever:
		return never
	case a.size+b.size > maxLeaves:
		if a.size <= b.size && a.op != needNothing {
			return a
		}
		return b
	}
	return combine(needAll, a, b)
}

// anyOf holds when a or b does.
func anyOf(a, b *need) *need {
	if a.op == needNothing || b.op == needNothing || a.size+b.size > maxLeaves {
		return nothing
	}
	return combine(needAny, a, b)
}

func combine(op needOp, a, b *need) *need {
	switch stronger := op == needAll; {
	case a.implies(b):
		return pick(stronger, a, b)
	case b.implies(a):
		return pick(stronger, b, a)
	}
	var parts []*need
	for _, p := range append(a.parts(op), b.parts(op)...) {
		parts = addPart(op, parts, p)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	n := &need{op: op, subs: parts}
	for _, p := range parts {
		n.size += p.size
	}
	if len(parts) == 0 {
		n.op = map[needOp]needOp{needAll: needNothing, needAny: needNever}[op]
	}
	return n
}

func pick(first bool, a, b *need) *need {
	if first {
		return a
	}
	return b
}

// parts are what op joins in n; its neutral element has none.
func (n *need) parts(op needOp) []*need {
	switch {
	case n.op == op:
		return slices.Clip(n.subs)
	case op == needAll && n.op == needNothing, op == needAny && n.op == needNever:
		return nil
	}
	return []*need{n}
}

// addPart adds one part unless it is redundant, and drops what it makes so.
func addPart(op needOp, parts []*need, p *need) []*need {
	stronger := func(a, b *need) bool { return a.implies(b) }
	if op == needAny {
		stronger = func(a, b *need) bool { return b.implies(a) }
	}
	if slices.ContainsFunc(parts, func(q *need) bool { return stronger(q, p) }) {
		return parts
	}
	parts = slices.DeleteFunc(slices.Clone(parts), func(q *need) bool { return stronger(p, q) })
	return append(parts, p)
}

// implies is sound, not complete: false means that nothing is known.
func (n *need) implies(m *need) bool {
	switch {
	case n.op == needNever, m.op == needNothing:
		return true
	case n.op == needLeaf && m.op == needLeaf:
		return n.leaf.implies(m.leaf)
	case m.op == needAll:
		return !slices.ContainsFunc(m.subs, func(s *need) bool { return !n.implies(s) })
	case n.op == needAny:
		return !slices.ContainsFunc(n.subs, func(s *need) bool { return !s.implies(m) })
	}
	return m.op == needAny && slices.ContainsFunc(m.subs, n.implies) ||
		n.op == needAll && slices.ContainsFunc(n.subs, func(s *need) bool { return s.implies(m) })
}

// ordered puts what is likely to be missing first.
func (n *need) ordered() *need {
	if len(n.subs) == 0 {
		return n
	}
	o := &need{op: n.op, size: n.size}
	for _, s := range n.subs {
		o.subs = append(o.subs, s.ordered())
	}
	if n.op == needAll {
		slices.SortStableFunc(o.subs, func(a, b *need) int { return a.cost() - b.cost() })
	}
	return o
}

// cost of a look: rare bytes are found missing soonest.
func (n *need) cost() int {
	if n.op == needLeaf {
		return n.leaf.cost()
	}
	total := 0
	for _, s := range n.subs {
		total += s.cost()
	}
	return total
}

// holds reports whether b has what is needed, spelled without escapes.
func (n *need) holds(b []byte) bool {
	switch n.op {
	case needNever:
		return false
	case needLeaf:
		return n.leaf.in(b)
	case needAll:
		for _, s := range n.subs {
			if !s.holds(b) {
				return false
			}
		}
	case needAny:
		for _, s := range n.subs {
			if s.holds(b) {
				return true
			}
		}
		return false
	}
	return true
}

// folds reports whether the case of letters is disregarded anywhere.
func (n *need) folds() bool {
	return n.op == needLeaf && n.leaf.fold || slices.ContainsFunc(n.subs, (*need).folds)
}

func (n *need) String() string {
	switch n.op {
	case needNever:
		return "never"
	case needLeaf:
		return n.leaf.String()
	case needNothing:
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
	return strings.Join(parts, map[needOp]string{needAll: " and ", needAny: " or "}[n.op])
}
