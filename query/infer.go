package query

import (
	"ctlog/parse"
	"ctlog/query/jq"
	"ctlog/query/need"
)

// The plan follows a program without an event, by abstract interpretation: for each
// part it infers what may come out of it, and what must be in the event for that to
// happen. What it does not know it takes for anything, so what a whole program
// needs is necessary whatever the event is.

const (
	anyKind  = parse.AnyKind
	booleans = parse.Booleans
	falsy    = parse.Kinds(1<<jq.Null | 1<<jq.False)
	truthy   = anyKind &^ falsy
)

var kindsOf = parse.KindsOf

// except is every other kind.
func except(list ...jq.Kind) parse.Kinds { return anyKind &^ kindsOf(list...) }

// origin is what is known of where a value comes from.
type origin int

const (
	computed  origin = iota // its text need not be in the event
	verbatim                // a value, or a key, of the event
	substring               // strings in it are parts of strings of the event
)

// absValue is something that may come out of a part of a program, under the
// condition that the event has what it needs.
type absValue struct {
	need  *need.Requirement
	kinds parse.Kinds
	from  origin
	fold  bool       // the case of its letters may have been changed
	key   string     // of the member that it is the value of
	fixed *jq.Value  // it is this very value
	elems []absValue // what may be in the array
}

// narrow restricts a value to some kinds; ok is false when it has none of them.
func (v absValue) narrow(k parse.Kinds) (absValue, bool) {
	left := v.kinds & k
	if left == 0 || v.need == need.MatchNone {
		return absValue{}, false
	}
	if left != v.kinds && v.key != "" && v.from == verbatim {
		v.need = need.AllOf(v.need, need.HasKeyOf(v.key, left))
	}
	v.kinds = left
	return v, true
}

// when adds a condition.
func (v absValue) when(n *need.Requirement) absValue {
	v.need = need.AllOf(v.need, n)
	return v
}

// result is what may happen in a part of a program: outputs, an error that try
// would catch, or something that is not known and that nothing catches.
type result struct {
	outs          []absValue
	err, uncaught *need.Requirement
}

func outcome(outs ...absValue) result { return result{outs, need.MatchNone, need.MatchNone} }

// anything is what is not known, under a condition.
func anything(n *need.Requirement) absValue { return absValue{need: n, kinds: anyKind} }

// unknown is anything, whenever there is an input at all.
func unknown(in absValue) result {
	return result{[]absValue{anything(in.need)}, in.need, in.need}
}

// maxOuts bounds how many outputs are told apart.
const maxOuts = 48

func (r *result) add(v absValue) {
	for i := range r.outs {
		if same := &r.outs[i]; same.merges(v) {
			same.need = need.AnyOf(same.need, v.need)
			return
		}
	}
	r.outs = append(r.outs, v)
	if len(r.outs) > maxOuts {
		r.outs = []absValue{anything(r.some(anyKind))}
	}
}

// merges: values that differ in nothing but their needs are one.
func (v *absValue) merges(o absValue) bool {
	plain := v.fixed == nil && o.fixed == nil && v.elems == nil && o.elems == nil
	return plain && v.kinds == o.kinds && v.from == o.from && v.fold == o.fold && v.key == o.key
}

// and joins the results of parts that both may happen.
func (r *result) and(s result) {
	for _, v := range s.outs {
		r.add(v)
	}
	r.failure(s)
}

// failure takes over how s may fail.
func (r *result) failure(s result) {
	r.err, r.uncaught = need.AnyOf(r.err, s.err), need.AnyOf(r.uncaught, s.uncaught)
}

// fails: a value of these kinds is an error.
func (r *result) fails(v absValue, k parse.Kinds) {
	if bad, ok := v.narrow(k); ok {
		r.err = need.AnyOf(r.err, bad.need)
	}
}

// some is what an output of one of the kinds needs.
func (r *result) some(k parse.Kinds) *need.Requirement {
	n := need.MatchNone
	for _, v := range r.outs {
		if v, ok := v.narrow(k); ok {
			n = need.AnyOf(n, v.need)
		}
	}
	return n
}

// truth gives true and false under their needs.
func truth(yes, no *need.Requirement) (outs []absValue) {
	for _, v := range []absValue{{need: yes, kinds: kindsOf(jq.True)}, {need: no, kinds: kindsOf(jq.False)}} {
		if v.need != need.MatchNone {
			outs = append(outs, v)
		}
	}
	return outs
}

// known is what an environment holds: a variable, or an argument with where it was
// written.
type known struct {
	val *absValue
	arg *jq.Expr
	at  *env
}

type env = jq.Env[known]

// inference is one run over a program.
type inference struct {
	program *jq.Program
	depth   int // of calls
	steps   int
}

// maxSteps ends the inference of a program that unfolds without end.
const maxSteps = 20_000

func (f *inference) expr(e *jq.Expr, in absValue, at *env) result {
	if f.steps++; f.steps > maxSteps {
		return unknown(in)
	}
	switch e.Op {
	case jq.OpIdentity:
		return outcome(in)
	case jq.OpRecurse:
		return outcome(in, absValue{need: in.need, kinds: anyKind, from: in.from, fold: in.fold})
	case jq.OpIterate:
		return iterate(in)
	case jq.OpMember:
		return member(in, e.Name)
	case jq.OpIndex:
		return f.index(e, in, at)
	case jq.OpLiteral:
		return outcome(constant(e.Value, in))
	case jq.OpGlobal:
		return outcome(constant(f.program.Global(e.Slot), in))
	case jq.OpVar:
		return outcome(at.Climb(e.Up).Val.val.when(in.need))
	case jq.OpParam, jq.OpCall:
		return f.call(e, in, at)
	case jq.OpBuiltin:
		if infer := builtins[e.Name]; infer != nil {
			return infer(f, in, e.Kids, at)
		}
	case jq.OpFormat:
		return formatted(e.Name, in)
	case jq.OpTry:
		return f.try(e, in, at)
	case jq.OpIf:
		return f.branch(e, in, at)
	case jq.OpBind:
		return f.bind(e, in, at)
	default:
		return f.compound(e, in, at)
	}
	return unknown(in)
}

// compound: what is made of the outputs of parts.
func (f *inference) compound(e *jq.Expr, in absValue, at *env) result {
	switch e.Op {
	case jq.OpPipe:
		return through(f.expr(e.Kids[0], in, at), func(v absValue) result { return f.expr(e.Kids[1], v, at) })
	case jq.OpComma:
		r := f.expr(e.Kids[0], in, at)
		r.and(f.expr(e.Kids[1], in, at))
		return r
	case jq.OpAlt:
		return f.alternative(e, in, at)
	case jq.OpAnd, jq.OpOr:
		return f.logic(e, in, at)
	case jq.OpArray:
		return f.array(e, in, at)
	case jq.OpObject:
		return f.object(e, in, at)
	case jq.OpString:
		return f.text(e, in, at)
	case jq.OpBinary:
		if comparisons[e.Name] {
			return compare(e.Name, f.expr(e.Kids[0], in, at), f.expr(e.Kids[1], in, at))
		}
	}
	return unknown(in)
}

// through feeds each output of l to the next part.
func through(l result, next func(absValue) result) result {
	r := result{nil, l.err, l.uncaught}
	for _, v := range l.outs {
		if v.need != need.MatchNone {
			r.and(next(v))
		}
	}
	return r
}

// bind is `source as $x | body`; other patterns take values apart in ways that
// are not followed.
func (f *inference) bind(e *jq.Expr, in absValue, at *env) result {
	if len(e.Patterns) > 1 || e.Patterns[0].Var == "" {
		return unknown(in)
	}
	return through(f.expr(e.Kids[0], in, at), func(v absValue) result {
		return f.expr(e.Kids[1], in.when(v.need), at.Push(known{val: &v}))
	})
}

func (f *inference) try(e *jq.Expr, in absValue, at *env) result {
	body := f.expr(e.Kids[0], in, at)
	r := result{nil, need.MatchNone, body.uncaught}
	for _, v := range body.outs {
		r.add(v)
	}
	if catch := e.Kids[1]; catch != nil && body.err != need.MatchNone {
		r.and(f.expr(catch, anything(body.err), at))
	}
	return r
}

func (f *inference) branch(e *jq.Expr, in absValue, at *env) result {
	cond := f.expr(e.Kids[0], in, at)
	r := result{nil, cond.err, cond.uncaught}
	r.and(f.expr(e.Kids[1], in.when(cond.some(truthy)), at))
	if otherwise := in.when(cond.some(falsy)); otherwise.need != need.MatchNone {
		r.and(f.expr(e.Kids[2], otherwise, at))
	}
	return r
}

func (f *inference) alternative(e *jq.Expr, in absValue, at *env) result {
	l := f.expr(e.Kids[0], in, at)
	r := result{nil, l.err, l.uncaught}
	for _, v := range l.outs {
		if v, ok := v.narrow(truthy); ok {
			r.add(v)
		}
	}
	r.and(f.expr(e.Kids[1], in, at))
	return r
}

// logic: the right side runs when the left side does not decide.
func (f *inference) logic(e *jq.Expr, in absValue, at *env) result {
	l := f.expr(e.Kids[0], in, at)
	on, decided, short := l.some(truthy), l.some(falsy), kindsOf(jq.False)
	if e.Op == jq.OpOr {
		on, decided, short = decided, on, kindsOf(jq.True)
	}
	r := result{nil, l.err, l.uncaught}
	if decided != need.MatchNone {
		r.add(absValue{need: decided, kinds: short})
	}
	if in := in.when(on); in.need != need.MatchNone {
		right := f.expr(e.Kids[1], in, at)
		r.failure(right)
		r.and(outcome(truth(right.some(truthy), right.some(falsy))...))
	}
	return r
}

var comparisons = map[string]bool{"==": true, "!=": true, "<": true, "<=": true, ">": true, ">=": true}

func compare(op string, l, r result) result {
	c := result{nil, need.AnyOf(l.err, r.err), need.AnyOf(l.uncaught, r.uncaught)}
	for _, a := range l.outs {
		for _, b := range r.outs {
			yes := need.AllOf(a.need, b.need)
			no := yes
			switch op {
			case "==":
				yes, no = need.AllOf(yes, equality(a, b)), need.AllOf(no, inequality(a, b))
			case "!=":
				yes, no = need.AllOf(yes, inequality(a, b)), need.AllOf(no, equality(a, b))
			}
			c.and(outcome(truth(yes, no)...))
		}
	}
	return c
}

// equality is what it takes for two values to be equal.
func equality(a, b absValue) *need.Requirement {
	shared := a.kinds & b.kinds
	switch {
	case shared == 0:
		return need.MatchNone
	case a.fixed != nil && b.fixed != nil && shared != kindsOf(jq.String):
		return need.MatchAll
	case a.fixed != nil && b.fixed != nil && !jq.Equal(*a.fixed, *b.fixed):
		return need.MatchNone
	case a.fixed == nil:
		a, b = b, a
	}
	if shared == kindsOf(jq.String) && a.fixed != nil {
		return b.has(a.fixed.Text(), true, true)
	}
	n := need.MatchAll
	for _, v := range []absValue{a, b} {
		if v, ok := v.narrow(shared); ok {
			n = need.AllOf(n, v.need)
		}
	}
	return n
}

// inequality is what it takes for two values to differ: from null, true and false
// something else differs.
func inequality(a, b absValue) *need.Requirement {
	n := need.MatchAll
	for _, pair := range [][2]absValue{{a, b}, {b, a}} {
		if k := pair[0].kinds; k == kindsOf(jq.Null) || k == kindsOf(jq.True) || k == kindsOf(jq.False) {
			v, ok := pair[1].narrow(anyKind &^ k)
			if !ok {
				return need.MatchNone
			}
			n = need.AllOf(n, v.need)
		}
	}
	return n
}

// has is what it takes for a string to have s in it, at its front or at its end.
func (v absValue) has(s string, front, end bool) *need.Requirement {
	if v.from == computed {
		return need.MatchAll
	}
	alone := v.from == verbatim
	return need.Literal{Text: s, Fold: v.fold, Front: alone && front, End: alone && end, Key: v.key}.Requirement()
}
