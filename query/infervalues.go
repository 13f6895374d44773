package query

import (
	"ctlog/query/jq"
	"ctlog/query/need"
)

// constant is a value that is written in the program.
func constant(v jq.Value, in absValue) absValue {
	return absValue{need: in.need, kinds: kindsOf(v.Kind()), fixed: &v}
}

// iterate is `.[]` of a value.
func iterate(v absValue) result {
	r := outcome()
	r.fails(v, except(jq.Array, jq.Object))
	in, ok := v.narrow(kindsOf(jq.Array, jq.Object))
	switch {
	case !ok:
	case v.elems != nil:
		for _, e := range v.elems {
			r.add(e.when(in.need))
		}
	case v.fixed != nil:
		for _, e := range v.fixed.Elements() {
			r.add(constant(e, in))
		}
	default:
		r.add(absValue{need: in.need, kinds: anyKind, from: in.from, fold: in.fold})
	}
	return r
}

// member is `.name` of a value.
func member(v absValue, name string) result {
	r := outcome()
	r.fails(v, except(jq.Null, jq.Object))
	if in, ok := v.narrow(kindsOf(jq.Null)); ok {
		r.add(absValue{need: in.need, kinds: kindsOf(jq.Null)})
	}
	in, ok := v.narrow(kindsOf(jq.Object))
	switch {
	case !ok:
	case v.fixed != nil:
		r.add(constant(v.fixed.Member(name), in))
	case v.from == verbatim:
		r.add(absValue{need: in.need, kinds: kindsOf(jq.Null)})
		r.add(absValue{need: need.AllOf(in.need, need.HasKey(name)), kinds: anyKind, from: verbatim, key: name})
	default:
		r.add(absValue{need: in.need, kinds: anyKind, from: in.from, fold: in.fold})
	}
	return r
}

// index is an index that is no plain name: a number, a slice, what a program
// gives.
func (f *inference) index(e *jq.Expr, in absValue, at *env) result {
	base, parts := f.expr(e.Kids[0], in, at), e.Kids[1:]
	if e.Kids[1].Op == jq.OpSlice {
		parts = e.Kids[1].Kids
	}
	r, key := result{nil, base.err, base.uncaught}, in.need
	for _, part := range parts {
		k := f.expr(part, in, at)
		r.failure(k)
		key = need.AllOf(key, k.some(anyKind))
	}
	for _, v := range base.outs {
		v = v.when(key)
		if !e.Lenient {
			r.fails(v, anyKind)
		}
		if null, ok := v.narrow(kindsOf(jq.Null)); ok {
			r.add(absValue{need: null.need, kinds: kindsOf(jq.Null)})
		}
		if v, ok := v.narrow(kindsOf(jq.String, jq.Array, jq.Object)); ok {
			r.add(absValue{need: v.need, kinds: anyKind, from: v.part(), fold: v.fold})
		}
	}
	return r
}

// part is where a part of a value comes from.
func (v absValue) part() origin {
	if v.from == computed {
		return computed
	}
	return substring
}

func (f *inference) array(e *jq.Expr, in absValue, at *env) result {
	r := f.expr(e.Kids[0], in, at)
	elems := r.outs
	if elems == nil {
		elems = []absValue{{need: need.MatchNone}}
	}
	r.outs = []absValue{{need: in.need, kinds: kindsOf(jq.Array), elems: elems}}
	return r
}

// object needs an output of each key and value; none of them, no object.
func (f *inference) object(e *jq.Expr, in absValue, at *env) result {
	r, have := outcome(), in.need
	for i := 0; i < len(e.Kids); i += 2 {
		key, val := f.expr(e.Kids[i], in, at), f.expr(e.Kids[i+1], in, at)
		for _, k := range key.outs {
			r.fails(k, except(jq.String))
		}
		r.failure(key)
		r.failure(val)
		have = need.AllOf(have, need.AllOf(key.some(kindsOf(jq.String)), val.some(anyKind)))
	}
	r.outs = []absValue{{need: have, kinds: kindsOf(jq.Object)}}
	return r
}

// text is a string with interpolations.
func (f *inference) text(e *jq.Expr, in absValue, at *env) result {
	r, have := outcome(), in.need
	for _, part := range e.Kids {
		p := f.expr(part, in, at)
		r.failure(p)
		have = need.AllOf(have, p.some(anyKind))
	}
	r.outs = []absValue{{need: have, kinds: kindsOf(jq.String)}}
	return r
}

// formatted is a format, and how it may fail.
func formatted(name string, in absValue) result {
	r := outcome(absValue{need: in.need, kinds: kindsOf(jq.String)})
	switch name {
	case "@text", "@json":
	case "@tsv", "@csv":
		r.fails(in, except(jq.Array))
		if in.elems == nil {
			r.fails(in, kindsOf(jq.Array))
		}
		for _, e := range in.elems {
			r.fails(e.when(in.need), kindsOf(jq.Array, jq.Object))
		}
	default:
		r.fails(in, anyKind)
	}
	return r
}
