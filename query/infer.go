package query

import (
	"github.com/itchyny/gojq"

	"ctlog/parse"
	"ctlog/query/need"
)

// The plan follows a program through its syntax tree without an event: for
// each part it infers what may come out of it, and what must stand in the
// event for that to happen. What it does not know it takes for anything, so
// the needs of a whole program are necessary whatever the event is.

// kindSet is a set of kinds.
type kindSet = parse.Kinds

const (
	anyKind  = parse.AnyKind
	falsy    = kindSet(1<<Null | 1<<False)
	booleans = parse.Booleans
)

func kindsOf(list ...Kind) kindSet { return parse.KindsOf(list...) }

// except is every other kind.
func except(list ...Kind) kindSet { return anyKind &^ kindsOf(list...) }

// origin is what is known of where a value comes from.
type origin int

const (
	made  origin = iota // computed: its text need not stand in the event
	whole               // a value, or a key, of the event
	piece               // strings in it are parts of strings of the event
)

// out is something that may come out of a part of a program, under the
// condition that the event has what it needs.
type out struct {
	need  *need.Requirement
	kinds kindSet
	from  origin
	fold  bool   // the case of its letters may have been changed
	key   string // of the member that it is the value of
	fixed *Value // it is this very value
	elems []out  // what may be in the array
}

// narrow restricts an out to some kinds; ok is false when it has none of them.
func (o out) narrow(k kindSet) (out, bool) {
	left := o.kinds & k
	if left == 0 || o.need == need.MatchNone {
		return out{}, false
	}
	if left != o.kinds && o.key != "" && o.from == whole {
		o.need = need.AllOf(o.need, need.HasKeyOf(o.key, left))
	}
	o.kinds = left
	return o, true
}

// when adds a condition.
func (o out) when(n *need.Requirement) out {
	o.need = need.AllOf(o.need, n)
	return o
}

// result is what may happen in a part of a program: outputs, an error that
// try would catch, or something that the inference does not know and nothing
// catches.
type result struct {
	outs      []out
	err, hard *need.Requirement
}

func outcome(outs ...out) result { return result{outs, need.MatchNone, need.MatchNone} }

// unknown is anything, whenever there is an input at all.
func unknown(in out) result {
	return result{[]out{{need: in.need, kinds: anyKind}}, in.need, in.need}
}

// maxOuts bounds how many outs are told apart.
const maxOuts = 48

func (r *result) add(o out) {
	for i := range r.outs {
		if same := &r.outs[i]; same.merges(o) {
			same.need = need.AnyOf(same.need, o.need)
			return
		}
	}
	r.outs = append(r.outs, o)
	if len(r.outs) > maxOuts {
		r.outs = []out{{need: r.some(anyKind), kinds: anyKind}}
	}
}

// merges: outs that differ in nothing but their needs are one.
func (o *out) merges(p out) bool {
	plain := o.fixed == nil && p.fixed == nil && o.elems == nil && p.elems == nil
	return plain && o.kinds == p.kinds && o.from == p.from && o.fold == p.fold && o.key == p.key
}

// and joins the results of parts that both may happen.
func (r *result) and(s result) {
	for _, o := range s.outs {
		r.add(o)
	}
	r.failure(s)
}

// failure takes over how s may fail.
func (r *result) failure(s result) {
	r.err, r.hard = need.AnyOf(r.err, s.err), need.AnyOf(r.hard, s.hard)
}

func (r *result) fails(o out, k kindSet) {
	if bad, ok := o.narrow(k); ok {
		r.err = need.AnyOf(r.err, bad.need)
	}
}

// some is what an output of one of the kinds needs.
func (r *result) some(k kindSet) *need.Requirement {
	n := need.MatchNone
	for _, o := range r.outs {
		if o, ok := o.narrow(k); ok {
			n = need.AnyOf(n, o.need)
		}
	}
	return n
}

// truth gives true and false under their needs.
func truth(yes, no *need.Requirement) (outs []out) {
	for _, o := range []out{{need: yes, kinds: kindsOf(True)}, {need: no, kinds: kindsOf(False)}} {
		if o.need != need.MatchNone {
			outs = append(outs, o)
		}
	}
	return outs
}

// names are what is in force at a place: variables, functions, arguments.
type names struct {
	up   *names
	name string
	args int
	def  *gojq.FuncDef
	arg  *gojq.Query // an argument, with where it was written
	at   *names
	val  *out // a variable
}

// inference is one run over a program.
type inference struct {
	gojq    bool // gojq evaluates: some builtins are stricter there
	globals map[string]Value
	depth   int // of calls
	steps   int
}

// maxSteps ends the inference of a program that unfolds without end.
const maxSteps = 20_000

func (f *inference) query(q *gojq.Query, in out, env *names) result {
	if f.steps++; f.steps > maxSteps || q.Meta != nil || len(q.Imports) > 0 {
		return unknown(in)
	}
	for _, def := range q.FuncDefs {
		env = &names{up: env, name: def.Name, args: len(def.Args), def: def}
	}
	switch {
	case len(q.Patterns) > 0:
		return f.bind(q, in, env)
	case q.Term != nil:
		return f.term(q.Term, in, env)
	case q.Right == nil:
		return outcome(in)
	}
	return f.operator(q, in, env)
}

// through feeds each output of l to the next part.
func through(l result, next func(out) result) result {
	r := result{nil, l.err, l.hard}
	for _, o := range l.outs {
		if o.need != need.MatchNone {
			r.and(next(o))
		}
	}
	return r
}

// bind is `source as $x | body`; other patterns take values apart in ways that
// are not followed.
func (f *inference) bind(q *gojq.Query, in out, env *names) result {
	if len(q.Patterns) > 1 || q.Patterns[0].Name == "" {
		return unknown(in)
	}
	return through(f.query(q.Left, in, env), func(o out) result {
		bound := &names{up: env, name: q.Patterns[0].Name, val: &o}
		return f.query(q.Right, in.when(o.need), bound)
	})
}

func (f *inference) term(t *gojq.Term, in out, env *names) result {
	if n := len(t.SuffixList); n > 0 {
		return f.suffix(t, n, in, env)
	}
	switch t.Type {
	case gojq.TermTypeIdentity:
		return outcome(in)
	case gojq.TermTypeRecurse:
		return outcome(in, out{need: in.need, kinds: anyKind, from: in.from, fold: in.fold})
	case gojq.TermTypeIndex:
		return f.index(outcome(in), t.Index, false, in, env)
	case gojq.TermTypeFunc:
		return f.call(t.Func, in, env)
	case gojq.TermTypeObject:
		return f.object(t.Object, in, env)
	case gojq.TermTypeArray:
		return f.array(t.Array, in, env)
	case gojq.TermTypeFormat, gojq.TermTypeString:
		return f.text(t, in, env)
	case gojq.TermTypeIf:
		return f.branch(t.If, in, env)
	case gojq.TermTypeTry:
		return f.try(f.query(t.Try.Body, in, env), t.Try.Catch, env)
	case gojq.TermTypeQuery:
		return f.query(t.Query, in, env)
	}
	if v, ok := fixedTerm(t); ok {
		return outcome(constantOut(v, in))
	}
	return unknown(in)
}

// suffix is a term with its first n suffixes, as the compiler has it.
func (f *inference) suffix(t *gojq.Term, n int, in out, env *names) result {
	if n == 0 {
		bare := *t
		bare.SuffixList = nil
		return f.term(&bare, in, env)
	}
	last := t.SuffixList[n-1]
	if last.Optional {
		return f.optional(t, n-1, in, env)
	}
	base := f.suffix(t, n-1, in, env)
	if last.Iter {
		return through(base, f.iterate)
	}
	return f.index(base, last.Index, false, in, env)
}

// optional is `term?`: gojq tries the whole term, the native evaluator only
// its last suffix; errors are kept where either keeps them.
func (f *inference) optional(t *gojq.Term, n int, in out, env *names) result {
	if n == 0 || t.SuffixList[n-1].Optional {
		return f.try(f.suffix(t, n, in, env), nil, env)
	}
	base, last := f.suffix(t, n-1, in, env), t.SuffixList[n-1]
	if last.Iter {
		return through(base, func(o out) result { return f.try(f.iterate(o), nil, env) })
	}
	return f.index(base, last.Index, true, in, env)
}

func (f *inference) try(body result, catch *gojq.Query, env *names) result {
	r := result{nil, need.MatchNone, body.hard}
	for _, o := range body.outs {
		r.add(o)
	}
	if catch != nil && body.err != need.MatchNone {
		r.and(f.query(catch, out{need: body.err, kinds: anyKind}, env))
	}
	return r
}

func (f *inference) branch(i *gojq.If, in out, env *names) result {
	cond := f.query(i.Cond, in, env)
	r := result{nil, cond.err, cond.hard}
	r.and(f.query(i.Then, in.when(cond.some(anyKind&^falsy)), env))
	otherwise := in.when(cond.some(falsy))
	switch {
	case otherwise.need == need.MatchNone:
	case len(i.Elif) > 0:
		r.and(f.branch(&gojq.If{Cond: i.Elif[0].Cond, Then: i.Elif[0].Then, Elif: i.Elif[1:], Else: i.Else}, otherwise, env))
	case i.Else != nil:
		r.and(f.query(i.Else, otherwise, env))
	default:
		r.add(otherwise)
	}
	return r
}

func (f *inference) operator(q *gojq.Query, in out, env *names) result {
	l := f.query(q.Left, in, env)
	switch q.Op {
	case gojq.OpPipe:
		return through(l, func(o out) result { return f.query(q.Right, o, env) })
	case gojq.OpComma:
		l.and(f.query(q.Right, in, env))
		return l
	case gojq.OpAnd, gojq.OpOr:
		return f.logic(l, q, in, env)
	case gojq.OpAlt:
		r := result{nil, l.err, l.hard}
		for _, o := range l.outs {
			if o, ok := o.narrow(anyKind &^ falsy); ok {
				r.add(o)
			}
		}
		r.and(f.query(q.Right, in, env))
		return r
	case gojq.OpEq, gojq.OpNe, gojq.OpLt, gojq.OpLe, gojq.OpGt, gojq.OpGe:
		return inferCompare(q.Op, l, f.query(q.Right, in, env))
	}
	return unknown(in)
}

// logic: the right side runs when the left side does not decide.
func (f *inference) logic(l result, q *gojq.Query, in out, env *names) result {
	on, short := l.some(anyKind&^falsy), kindsOf(False)
	decided := l.some(falsy)
	if q.Op == gojq.OpOr {
		on, decided, short = decided, on, kindsOf(True)
	}
	r := result{nil, l.err, l.hard}
	if decided != need.MatchNone {
		r.add(out{need: decided, kinds: short})
	}
	if in := in.when(on); in.need != need.MatchNone {
		right := f.query(q.Right, in, env)
		r.failure(right)
		r.and(outcome(truth(right.some(anyKind&^falsy), right.some(falsy))...))
	}
	return r
}

func inferCompare(op gojq.Operator, l, r result) result {
	c := result{nil, need.AnyOf(l.err, r.err), need.AnyOf(l.hard, r.hard)}
	for _, a := range l.outs {
		for _, b := range r.outs {
			yes := need.AllOf(a.need, b.need)
			no := yes
			switch op {
			case gojq.OpEq:
				yes, no = need.AllOf(yes, equality(a, b)), need.AllOf(no, inequality(a, b))
			case gojq.OpNe:
				yes, no = need.AllOf(yes, inequality(a, b)), need.AllOf(no, equality(a, b))
			}
			c.and(outcome(truth(yes, no)...))
		}
	}
	return c
}

// equality is what it takes for two outs to be equal.
func equality(a, b out) *need.Requirement {
	shared := a.kinds & b.kinds
	if shared == 0 {
		return need.MatchNone
	}
	if a.fixed != nil && b.fixed != nil && (shared != kindsOf(String) || !(&run{}).equal(*a.fixed, *b.fixed)) {
		if shared == kindsOf(String) {
			return need.MatchNone
		}
		return need.MatchAll
	}
	if a.fixed == nil {
		a, b = b, a
	}
	if shared == kindsOf(String) && a.fixed != nil {
		return b.has(string((&run{}).str(*a.fixed)), true, true)
	}
	n := need.MatchAll
	for _, o := range []out{a, b} {
		if o, ok := o.narrow(shared); ok {
			n = need.AllOf(n, o.need)
		}
	}
	return n
}

// inequality is what it takes for two outs to differ: from null, true and
// false something else differs.
func inequality(a, b out) *need.Requirement {
	n := need.MatchAll
	for _, pair := range [][2]out{{a, b}, {b, a}} {
		if k := pair[0].kinds; k == kindsOf(Null) || k == kindsOf(True) || k == kindsOf(False) {
			o, ok := pair[1].narrow(anyKind &^ k)
			if !ok {
				return need.MatchNone
			}
			n = need.AllOf(n, o.need)
		}
	}
	return n
}

// has is what it takes for a string to have s in it, at its front or at its
// end.
func (o out) has(s string, front, end bool) *need.Requirement {
	if o.from == made {
		return need.MatchAll
	}
	alone := o.from == whole
	return need.Literal{Text: s, Fold: o.fold, Front: alone && front, End: alone && end, Key: o.key}.Requirement()
}
