package query

import (
	"github.com/itchyny/gojq"

	"ctlog/query/need"
)

// constantOut is a value that stands in the program.
func constantOut(v Value, in out) out {
	return out{need: in.need, kinds: kindsOf(v.kind), fixed: &v}
}

// fixedTerm gives the value of a term that is the same for every input.
func fixedTerm(t *gojq.Term) (Value, bool) {
	if len(t.SuffixList) > 0 {
		return null, false
	}
	switch t.Type {
	case gojq.TermTypeNull:
		return null, true
	case gojq.TermTypeTrue:
		return yes, true
	case gojq.TermTypeFalse:
		return no, true
	case gojq.TermTypeNumber:
		return literalNumber(t.Number), true
	case gojq.TermTypeUnary:
		v, ok := fixedTerm(t.Unary.Term)
		if t.Unary.Op == gojq.OpSub {
			v = number(-v.num())
		}
		return v, ok && v.kind == Number
	case gojq.TermTypeString:
		return text(t.Str.Str), len(t.Str.Queries) == 0
	case gojq.TermTypeQuery:
		return fixedQuery(t.Query)
	case gojq.TermTypeArray:
		return fixedArray(t.Array.Query)
	case gojq.TermTypeObject:
		return fixedObjectOf(t.Object)
	}
	return null, false
}

func fixedQuery(q *gojq.Query) (Value, bool) {
	if q == nil || q.Term == nil || len(q.FuncDefs) > 0 || len(q.Patterns) > 0 {
		return null, false
	}
	return fixedTerm(q.Term)
}

func fixedArray(q *gojq.Query) (Value, bool) {
	var vals []Value
	for q != nil && q.Op == gojq.OpComma && len(q.FuncDefs) == 0 && len(q.Patterns) == 0 {
		v, ok := fixedQuery(q.Right)
		if !ok {
			return null, false
		}
		vals = append([]Value{v}, vals...)
		q = q.Left
	}
	if q != nil {
		v, ok := fixedQuery(q)
		if !ok {
			return null, false
		}
		vals = append([]Value{v}, vals...)
	}
	return list(vals), true
}

func fixedObjectOf(o *gojq.Object) (Value, bool) {
	t := new(tree)
	for _, kv := range o.KeyVals {
		key := kv.Key
		if kv.KeyString != nil && len(kv.KeyString.Queries) == 0 {
			key = kv.KeyString.Str
		}
		v, ok := fixedQuery(kv.Val)
		if !ok || key == "" || key[0] == '$' {
			return null, false
		}
		t.set(key, v)
	}
	return Value{kind: Object, tree: t}, true
}

// iterate is `.[]`.
func (f *inference) iterate(o out) result {
	r := outcome()
	r.fails(o, except(Array, Object))
	in, ok := o.narrow(kindsOf(Array, Object))
	switch {
	case !ok:
	case o.elems != nil:
		for _, e := range o.elems {
			r.add(e.when(in.need))
		}
	case o.fixed != nil:
		for _, v := range fixedElements(*o.fixed) {
			r.add(constantOut(v, in))
		}
	default:
		r.add(out{need: in.need, kinds: anyKind, from: in.from, fold: in.fold})
	}
	return r
}

func fixedElements(v Value) []Value {
	r := &run{}
	if v.kind == Object {
		return r.members(v).vals
	}
	return r.elements(v)
}

// index is base[key]; lenient drops the errors of indexing.
func (f *inference) index(base result, i *gojq.Index, lenient bool, in out, env *names) result {
	name, ok := fixedName(i)
	if !ok {
		return f.indexComputed(base, i, lenient, in, env)
	}
	return through(base, func(o out) result {
		r := memberOf(o, name)
		if lenient {
			r.err = need.MatchNone
		}
		return r
	})
}

// fixedName is the name in .name, ."name" and .["name"].
func fixedName(i *gojq.Index) (string, bool) {
	if v, ok := fixedQuery(i.Start); ok && v.kind == String && !i.IsSlice {
		return string(v.b), true
	}
	return indexName(i), i.Name != "" || i.Str != nil && len(i.Str.Queries) == 0
}

// memberOf is `.name` of one out.
func memberOf(o out, name string) result {
	r := outcome()
	r.fails(o, except(Null, Object))
	if in, ok := o.narrow(kindsOf(Null)); ok {
		r.add(out{need: in.need, kinds: kindsOf(Null)})
	}
	in, ok := o.narrow(kindsOf(Object))
	switch {
	case !ok:
	case o.fixed != nil:
		r.add(constantOut((&run{}).field(*o.fixed, name), in))
	case o.from == whole:
		r.add(out{need: in.need, kinds: kindsOf(Null)})
		r.add(out{need: need.AllOf(in.need, need.HasKey(name)), kinds: anyKind, from: whole, key: name})
	default:
		r.add(out{need: in.need, kinds: anyKind, from: in.from, fold: in.fold})
	}
	return r
}

// indexComputed is an index that is no plain name: a number, a slice, what a
// query gives.
func (f *inference) indexComputed(base result, i *gojq.Index, lenient bool, in out, env *names) result {
	r := result{nil, base.err, base.hard}
	key := need.MatchNone
	for _, q := range []*gojq.Query{i.Start, i.End, {Term: &gojq.Term{Type: gojq.TermTypeString, Str: i.Str}}} {
		if q == nil || q.Term != nil && q.Term.Type == gojq.TermTypeString && q.Term.Str == nil {
			continue
		}
		k := f.query(q, in, env)
		r.failure(k)
		key = need.AnyOf(key, k.some(anyKind))
	}
	for _, o := range base.outs {
		o = o.when(key)
		if !lenient {
			r.fails(o, anyKind)
		}
		if null, ok := o.narrow(kindsOf(Null)); ok {
			r.add(out{need: null.need, kinds: kindsOf(Null)})
		}
		if o, ok := o.narrow(kindsOf(String, Array, Object)); ok {
			r.add(out{need: o.need, kinds: anyKind, from: o.part(), fold: o.fold})
		}
	}
	return r
}

func (f *inference) array(a *gojq.Array, in out, env *names) result {
	if v, ok := fixedArray(a.Query); ok {
		return outcome(constantOut(v, in))
	}
	r := f.query(a.Query, in, env)
	elems := r.outs
	if elems == nil {
		elems = []out{{need: need.MatchNone}}
	}
	r.outs = []out{{need: in.need, kinds: kindsOf(Array), elems: elems}}
	return r
}

// object needs an output of each key and value; none of them, no object.
func (f *inference) object(o *gojq.Object, in out, env *names) result {
	if v, ok := fixedObjectOf(o); ok {
		return outcome(constantOut(v, in))
	}
	r, have := outcome(), in.need
	for _, kv := range o.KeyVals {
		e := f.entry(kv, in, env)
		r.failure(e)
		have = need.AllOf(have, e.some(anyKind))
	}
	r.outs = []out{{need: have, kinds: kindsOf(Object)}}
	return r
}

func (f *inference) entry(kv *gojq.ObjectKeyVal, in out, env *names) result {
	switch {
	case kv.KeyQuery != nil, kv.KeyString != nil && len(kv.KeyString.Queries) > 0:
		return unknown(in)
	case kv.Val != nil:
		return f.query(kv.Val, in, env)
	case kv.KeyString != nil:
		return memberOf(in, kv.KeyString.Str)
	case kv.Key == "" || kv.Key[0] == '$' || kv.Key[0] == '@':
		return unknown(in)
	}
	return memberOf(in, kv.Key)
}

// text is a string with interpolations, or a format.
func (f *inference) text(t *gojq.Term, in out, env *names) result {
	if t.Type == gojq.TermTypeString && len(t.Str.Queries) == 0 {
		return outcome(constantOut(text(t.Str.Str), in))
	}
	r, have := outcome(), in.need
	if t.Str == nil {
		r = f.formatted(t.Format, in)
	} else {
		for _, q := range t.Str.Queries {
			part := f.query(q, in, env)
			r.failure(part)
			have = need.AllOf(have, part.some(anyKind))
			if _, written := fixedQuery(q); !written {
				r.failure(through(part, func(o out) result { return f.formatted(t.Format, o) }))
			}
		}
	}
	r.outs = []out{{need: have, kinds: kindsOf(String)}}
	return r
}

// formatted is how a format may fail.
func (f *inference) formatted(format string, in out) result {
	r := outcome()
	switch format {
	case "", "@text", "@json":
	case "@tsv", "@csv":
		r.fails(in, except(Array))
		if in.elems == nil {
			r.fails(in, kindsOf(Array))
		}
		for _, e := range in.elems {
			r.fails(e.when(in.need), kindsOf(Array, Object))
		}
	default:
		r.fails(in, anyKind)
	}
	return r
}
