package query

import (
	"fmt"

	"ctlog/parse"
	"ctlog/query/jq"
	"ctlog/query/match"
	"ctlog/query/need"
)

// Plan is what can be asked of bytes before a program is asked of an event: a
// necessary condition for the program to print something or to raise an error,
// and for the field flags to hold. It is derived from the syntax tree and the
// flags (infer.go) and lets too much through, never too little: an event that
// it refuses is one on which the program gives nothing, without an error. The
// counts of matched, not matched and errored events stay what they are.
//
// It is immutable and may be shared. Nothing of the evaluator knows of it.
type Plan struct {
	need *need.Requirement
	fold bool   // the case of letters does not matter everywhere
	why  string // nothing is refused
}

// NewPlan derives the plan of a search: the field flags, then programs one
// after the other, each but the last a condition.
func NewPlan(f match.Fields, programs ...*jq.Program) *Plan {
	n, p := need.MatchAll, &Plan{why: "no condition names a text or a field that must be there"}
	for i := len(programs) - 1; i >= 0; i-- {
		n, p.why = needs(programs[i], n, i == len(programs)-1)
	}
	p.need = need.AllOf(f.Requirement(), n).Ordered()
	p.fold = p.need.Folds()
	return p
}

// needs is what it takes for a program to have an effect, and that of what comes
// after it; why says what keeps it from needing anything.
func needs(p *jq.Program, after *need.Requirement, last bool) (n *need.Requirement, why string) {
	switch {
	case p.Brute():
		return need.MatchAll, "the reference evaluates it"
	case p.Mode() != jq.ModeEvent && p.Mode() != jq.ModeEach:
		return need.MatchAll, "the filter is about whole documents"
	}
	f := &inference{program: p}
	r := f.expr(p.Body(), absValue{need: need.MatchAll, kinds: kindsOf(jq.Object), from: verbatim}, nil)
	prints := truthy
	if last && p.Mode() == jq.ModeEach {
		prints = anyKind
	}
	fails := need.AnyOf(r.err, r.uncaught)
	why = fmt.Sprintf("no text or field is certain to be in an event that the filter prints something for, or there are over %d to choose from", need.MaxLeaves)
	if fails == need.MatchAll {
		why = "no text or field is certain to be in an event that the filter raises an error on, and errors count"
	}
	return need.AnyOf(fails, need.AllOf(r.some(prints), after)), why
}

// Any reports whether the plan refuses anything at all.
func (p *Plan) Any() bool { return p.need != need.MatchAll }

// May reports whether b, an event or a document that holds events as they are,
// has what is needed. False is certain.
func (p *Plan) May(b []byte) bool {
	return p.Finds(b) || parse.Escaped(b)
}

// Finds is May for bytes of which something else has shown that parse.Escaped
// does not hold.
func (p *Plan) Finds(b []byte) bool { return p.need.Holds(b) || p.fold && need.HasOdd(b) }

// String writes the plan down.
func (p *Plan) String() string { return p.need.String() }

// Alternatives are what the plan needs one of, each as text.
func (p *Plan) Alternatives() []string { return p.need.Alternatives() }

// Why says why nothing is refused, where nothing is.
func (p *Plan) Why() string { return p.why }
