package query

import (
	"fmt"
	"strings"

	"ctlog/event"
	"ctlog/parse"
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
	need *need
	fold bool   // the case of letters does not matter everywhere
	why  string // nothing is refused
}

// NewPlan derives the plan of a search: the field flags, then programs one
// after the other, each but the last a condition.
func NewPlan(f Fields, programs ...*Program) *Plan {
	n, p := nothing, &Plan{why: "no condition names a text or a field that must be there"}
	for i := len(programs) - 1; i >= 0; i-- {
		n, p.why = programs[i].need(n, i == len(programs)-1)
	}
	p.need = allOf(f.need(), n).ordered()
	p.fold = p.need.folds()
	return p
}

// need is what it takes for the program to have an effect, and that of what
// comes after it; why says what keeps it from needing anything.
func (p *Program) need(after *need, last bool) (n *need, why string) {
	if p.mode != ModeEvent && p.mode != ModeEach {
		return nothing, "the filter is about whole documents"
	}
	f := &inference{gojq: p.node == nil, globals: map[string]Value{}}
	for i, name := range p.names {
		f.globals[name] = p.globals[i]
	}
	r := f.query(p.source, out{need: nothing, kinds: kindsOf(Object), from: whole}, nil)
	prints := anyKind &^ falsy
	if last && p.mode == ModeEach {
		prints = anyKind
	}
	fails := anyOf(r.err, r.hard)
	why = fmt.Sprintf("no text or field is certain to be in an event that the filter prints something for, or there are over %d to choose from", maxLeaves)
	if fails == nothing {
		why = "no text or field is certain to be in an event that the filter raises an error on, and errors count"
	}
	return anyOf(fails, allOf(r.some(prints), after)), why
}

// Any reports whether the plan refuses anything at all.
func (p *Plan) Any() bool { return p.need != nothing }

// May reports whether b, an event or a document that holds events as they are,
// has what is needed. False is certain.
func (p *Plan) May(b []byte) bool {
	return p.Finds(b) || parse.Escaped(b)
}

// Finds is May for bytes of which something else has shown that parse.Escaped
// does not hold.
func (p *Plan) Finds(b []byte) bool { return p.need.holds(b) || p.fold && hasOdd(b) }

// String writes the plan down.
func (p *Plan) String() string { return p.need.String() }

// Alternatives are what the plan needs one of, each as text.
func (p *Plan) Alternatives() []string {
	if p.need.op != needAny {
		return []string{p.String()}
	}
	var texts []string
	for _, s := range p.need.subs {
		texts = append(texts, s.String())
	}
	return texts
}

// Why says why nothing is refused, where nothing is.
func (p *Plan) Why() string { return p.why }

// need of the field flags: an event without it does not match.
func (f *Fields) need() *need {
	n := nothing
	globs := func(patterns []string, keys ...string) {
		n = allOf(n, globsNeed(patterns, f.IgnoreCase, keys))
	}
	globs(f.EventName, event.FieldName)
	globs(f.EventSource, event.FieldSource)
	globs(f.ErrorCode, event.FieldErrorCode)
	globs(f.Region, event.FieldRegion)
	globs(f.Account, "recipientAccountId", "accountId")
	globs(f.UserAgent, event.FieldAgent)
	globs(f.User, event.FieldIdentity)
	globs(f.AccessKey, "accessKeyId")
	globs(f.EventID, event.IDPaths...)
	n = allOf(n, alternatives(f.SourceIP, func(s string) *need { return addressNeed(s, f.IgnoreCase) }))
	return allOf(n, alternatives(f.Contains, func(s string) *need { return literal(s, f.IgnoreCase, false, false, "") }))
}

// alternatives: without a value there is no condition.
func alternatives(values []string, one func(string) *need) *need {
	if len(values) == 0 {
		return nothing
	}
	n := never
	for _, v := range values {
		n = anyOf(n, one(v))
	}
	return n
}

// globsNeed needs the pieces between the stars, and in any case the key.
func globsNeed(patterns []string, fold bool, keys []string) *need {
	n := alternatives(patterns, func(pattern string) *need { return globNeed(pattern, fold) })
	if n == nothing && len(patterns) > 0 {
		n = alternatives(keys, hasKey)
	}
	return n
}

func globNeed(pattern string, fold bool) *need {
	n := nothing
	for _, piece := range newGlob(pattern, fold).pieces {
		n = allOf(n, literal(piece, fold, false, false, ""))
	}
	return n
}

// addressNeed: an IPv4 address is written one way, or inside an IPv6 address
// that begins ::ffff:; IPv6 has too many spellings.
func addressNeed(s string, fold bool) *need {
	p, isNet, err := parseNet(s)
	switch {
	case err != nil, isNet && !p.Addr().Is4():
		return nothing
	case !isNet:
		return globNeed(s, fold)
	}
	octets := strings.Split(p.Addr().String(), ".")[:p.Bits()/8]
	front := strings.Join(octets, ".")
	if len(octets) == 0 {
		return nothing
	}
	if len(octets) < 4 {
		front += "."
	}
	return anyOf(literal(front, false, false, false, ""), literal("ffff:", true, false, false, ""))
}
