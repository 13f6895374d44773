package query

import (
	"strings"

	"ctlog/parse"
	"ctlog/query/jq"
	"ctlog/query/need"
)

// inferCall is what is known of a builtin. To make the plan know one more,
// write such a function and list it; one that is not listed may do anything.
type inferCall = func(f *inference, in absValue, args []*jq.Expr, at *env) result

var builtins map[string]inferCall

func init() {
	builtins = map[string]inferCall{
		"empty/0": func(*inference, absValue, []*jq.Expr, *env) result { return outcome() },
		"not/0": func(_ *inference, in absValue, _ []*jq.Expr, _ *env) result {
			r := outcome(in)
			return outcome(truth(r.some(falsy), r.some(truthy))...)
		},
		"select/1": func(f *inference, in absValue, a []*jq.Expr, at *env) result {
			r := f.expr(a[0], in, at)
			in.need = r.some(truthy)
			r.outs = []absValue{in}
			return r
		},
		"recurse/0": func(f *inference, in absValue, _ []*jq.Expr, at *env) result {
			return f.expr(&jq.Expr{Op: jq.OpRecurse}, in, at)
		},
		"values/0": ofKinds(except(jq.Null)), "nulls/0": ofKinds(kindsOf(jq.Null)), "booleans/0": ofKinds(booleans),
		"numbers/0": ofKinds(kindsOf(jq.Number)), "strings/0": ofKinds(kindsOf(jq.String)), "arrays/0": ofKinds(kindsOf(jq.Array)),
		"objects/0": ofKinds(kindsOf(jq.Object)), "iterables/0": ofKinds(kindsOf(jq.Array, jq.Object)), "scalars/0": ofKinds(except(jq.Array, jq.Object)),
		"any/0": inferQuantifier(true), "any/1": inferQuantifier(true), "any/2": inferQuantifier(true),
		"all/0": inferQuantifier(false), "all/1": inferQuantifier(false), "all/2": inferQuantifier(false),
		"IN/1": inferIn, "IN/2": inferIn, "index/1": inferIndex, "has/1": inferHas, "contains/1": inferContains,
		"startswith/1": inferAffix(true, false), "endswith/1": inferAffix(false, true),
		"test/1": inferRegex(booleans), "test/2": inferRegex(booleans), "match/1": inferRegex(kindsOf(jq.Object)), "match/2": inferRegex(kindsOf(jq.Object)),
		"capture/1": inferRegex(kindsOf(jq.Object)), "capture/2": inferRegex(kindsOf(jq.Object)), "scan/1": inferRegex(kindsOf(jq.String, jq.Array)),
		"ascii_downcase/0": inferFold(strings.ToLower), "ascii_upcase/0": inferFold(strings.ToUpper),
		"ltrimstr/1": inferTrim, "rtrimstr/1": inferTrim, "split/1": inferSplit, "tostring/0": inferToString,
		"length/0": inferMade(kindsOf(jq.Number), except(jq.False, jq.True)), "type/0": inferMade(kindsOf(jq.String), anyKind),
		"tojson/0": inferMade(kindsOf(jq.String), anyKind),
		"first/1":  inferStream, "last/1": inferStream, "limit/2": inferLimit, "isempty/1": inferEmpty, "map/1": inferMap,
	}
	for _, name := range strings.Fields(catchable) {
		builtins[name] = inferComputed
	}
}

// catchable builtins compute something from their input and arguments, or
// fail in a way that try catches.
const catchable = `
	tonumber/0 fromjson/0 add/0 join/1 keys/0 keys_unsorted/0 to_entries/0 from_entries/0 with_entries/1 sort/0 sort_by/1
	group_by/1 unique/0 unique_by/1 min/0 max/0 min_by/1 max_by/1 reverse/0 flatten/0 flatten/1 inside/1 utf8bytelength/0
	explode/0 implode/0 floor/0 sqrt/0 now/0 fromdate/0 todate/0 fromdateiso8601/0 mktime/0 gmtime/0 strftime/1 strptime/1
	sub/2 sub/3 gsub/2 gsub/3 split/2 indices/1 rindex/1 getpath/1 paths/0 del/1 map_values/1 nth/1 first/0 last/0 path/1
	range/1 range/2`

// maxCalled bounds how deep calls are followed: beyond it a program recurses.
const maxCalled = 12

// call follows a call of what the program defines: a function, or an argument.
func (f *inference) call(e *jq.Expr, in absValue, at *env) result {
	if f.depth++; f.depth > maxCalled {
		f.depth--
		return unknown(in)
	}
	defer func() { f.depth-- }()
	to := at.Climb(e.Up)
	if e.Op == jq.OpParam {
		return f.expr(to.Val.arg, in, to.Val.at)
	}
	return f.enter(e, 0, in, at, to)
}

// enter binds the arguments one by one; one by value has each of its values.
func (f *inference) enter(e *jq.Expr, i int, in absValue, caller, at *env) result {
	if i == len(e.Kids) {
		return f.expr(e.Func.Body, in, at)
	}
	arg := known{arg: e.Kids[i], at: caller}
	if !e.Func.Params[i].ByValue {
		return f.enter(e, i+1, in, caller, at.Push(arg))
	}
	return through(f.expr(e.Kids[i], in, caller), func(v absValue) result {
		arg.val = &v
		return f.enter(e, i+1, in.when(v.need), caller, at.Push(arg))
	})
}

// inferComputed: nothing is known of the output; arguments may see anything.
func inferComputed(f *inference, in absValue, args []*jq.Expr, at *env) result {
	r := result{[]absValue{anything(in.need)}, in.need, need.MatchNone}
	for _, a := range args {
		r.failure(f.expr(a, anything(in.need), at))
	}
	return r
}

// inferMade is a builtin that takes some kinds and gives some.
func inferMade(gives, takes parse.Kinds) inferCall {
	return func(_ *inference, in absValue, _ []*jq.Expr, _ *env) result {
		r := outcome(absValue{need: in.need, kinds: gives})
		r.fails(in, anyKind&^takes)
		return r
	}
}

func ofKinds(k parse.Kinds) inferCall {
	return func(_ *inference, in absValue, _ []*jq.Expr, _ *env) result {
		if in, ok := in.narrow(k); ok {
			return outcome(in)
		}
		return outcome()
	}
}

func inferQuantifier(want bool) inferCall {
	return func(f *inference, in absValue, args []*jq.Expr, at *env) result {
		source := iterate(in)
		if len(args) == 2 {
			source = f.expr(args[0], in, at)
		}
		cond := source
		if len(args) > 0 {
			cond = through(source, func(v absValue) result { return f.expr(args[len(args)-1], v, at) })
		}
		r := result{truth(cond.some(truthy), in.need), cond.err, cond.uncaught}
		if !want {
			r.outs = truth(in.need, cond.some(falsy))
		}
		return r
	}
}

// inferIn is IN(stream) and IN(source; stream).
func inferIn(f *inference, in absValue, args []*jq.Expr, at *env) result {
	source, stream := outcome(in), f.expr(args[len(args)-1], in, at)
	if len(args) == 2 {
		source = f.expr(args[0], in, at)
	}
	r := compare("==", source, stream)
	r.outs = truth(r.some(kindsOf(jq.True)), in.need)
	return r
}

// inferIndex knows index(x) of an array that the program wrote down.
func inferIndex(f *inference, in absValue, args []*jq.Expr, at *env) result {
	if in.fixed == nil || in.fixed.Kind() != jq.Array {
		return inferComputed(f, in, args, at)
	}
	sought := f.expr(args[0], in, at)
	found := need.MatchNone
	for _, o := range sought.outs {
		for _, v := range in.fixed.Elements() {
			found = need.AnyOf(found, need.AllOf(o.need, equality(constant(v, in), o)))
		}
		if o, ok := o.narrow(kindsOf(jq.Array)); ok { // the place of a part of the array
			found = need.AnyOf(found, o.need)
		}
	}
	sought.outs = []absValue{{need: found, kinds: kindsOf(jq.Number)}, {need: in.need, kinds: kindsOf(jq.Null)}}
	return sought
}

func inferHas(f *inference, in absValue, args []*jq.Expr, at *env) result {
	return through(f.expr(args[0], in, at), func(key absValue) result {
		r := outcome(absValue{need: key.need, kinds: booleans})
		in := in.when(key.need)
		if key.fixed == nil || key.fixed.Kind() != jq.String {
			r.fails(in, anyKind)
			return r
		}
		r.fails(in, except(jq.Object, jq.Null))
		name, has := key.fixed.Text(), need.MatchNone
		if in, ok := in.narrow(kindsOf(jq.Object)); ok && in.from == verbatim {
			has = need.AllOf(in.need, need.HasKey(name))
		} else if ok {
			has = in.need
		}
		r.outs = truth(has, key.need)
		return r
	})
}

func inferContains(f *inference, in absValue, args []*jq.Expr, at *env) result {
	return through(f.expr(args[0], in, at), func(arg absValue) result {
		in := in.when(arg.need)
		r := outcome(truth(in.need, in.need)...)
		if arg.fixed == nil || arg.fixed.Kind() < jq.String {
			r.fails(in, anyKind)
			return r
		}
		k := kindsOf(arg.fixed.Kind())
		r.fails(in, anyKind&^k)
		r.outs = in.ask(k, in.contains(*arg.fixed), func(v jq.Value) bool { return jq.Contains(v, *arg.fixed) })
		return r
	})
}

// ask gives the answer to a question about values of some kinds: yes needs has,
// unless the value is known.
func (v absValue) ask(k parse.Kinds, has *need.Requirement, yes func(jq.Value) bool) []absValue {
	switch {
	case v.kinds&k == 0:
		return nil
	case v.fixed == nil:
		return truth(need.AllOf(v.need, has), v.need)
	case yes(*v.fixed):
		return truth(v.need, need.MatchNone)
	}
	return truth(need.MatchNone, v.need)
}

// contains is what it takes for a value to have another in it, as contains means
// it.
func (v absValue) contains(o jq.Value) *need.Requirement {
	n, inside := need.MatchAll, absValue{from: v.from, fold: v.fold}
	switch o.Kind() {
	case jq.String:
		return v.has(o.Text(), false, false)
	case jq.Array:
		for _, e := range o.Elements() {
			n = need.AllOf(n, inside.contains(e))
		}
	case jq.Object:
		for _, key := range o.Keys() {
			if v.from == verbatim {
				n = need.AllOf(n, need.HasKey(key))
			}
			n = need.AllOf(n, inside.contains(o.Member(key)))
		}
	}
	return n
}

func inferAffix(front, end bool) inferCall {
	return func(f *inference, in absValue, args []*jq.Expr, at *env) result {
		return through(f.expr(args[0], in, at), func(arg absValue) result {
			in := in.when(arg.need)
			r := outcome(truth(in.need, in.need)...)
			r.fails(in, except(jq.String))
			if arg.fixed == nil || arg.fixed.Kind() != jq.String {
				r.fails(in, anyKind)
				return r
			}
			s := arg.fixed.Text()
			r.outs = in.ask(kindsOf(jq.String), in.has(s, front, end), func(v jq.Value) bool {
				return front && strings.HasPrefix(v.Text(), s) || end && strings.HasSuffix(v.Text(), s)
			})
			return r
		})
	}
}

func inferRegex(gives parse.Kinds) inferCall {
	return func(f *inference, in absValue, args []*jq.Expr, at *env) result {
		re, ok := f.fixedString(args[0], in, at)
		flags, plain := "", true
		if len(args) == 2 {
			flags, plain = f.fixedString(args[1], in, at)
		}
		if !ok || !plain {
			return inferComputed(f, in, args, at)
		}
		x, err := jq.CompileRegex(re, flags)
		if err != nil {
			return inferComputed(f, in, args, at)
		}
		r := outcome(in.ask(kindsOf(jq.String), regexNeed(re, flags, in), func(v jq.Value) bool { return x.MatchString(v.Text()) })...)
		if gives != booleans {
			r.outs = []absValue{{need: r.some(kindsOf(jq.True)), kinds: gives}}
		}
		r.fails(in, except(jq.String))
		return r
	}
}

// fixedString gives an argument that is one string whatever the input is.
func (f *inference) fixedString(q *jq.Expr, in absValue, at *env) (string, bool) {
	r := f.expr(q, in, at)
	if len(r.outs) != 1 || r.outs[0].fixed == nil || r.outs[0].fixed.Kind() != jq.String || r.err != need.MatchNone || r.uncaught != need.MatchNone {
		return "", false
	}
	return r.outs[0].fixed.Text(), true
}

func inferFold(change func(string) string) inferCall {
	return func(_ *inference, in absValue, _ []*jq.Expr, _ *env) result {
		r := outcome()
		r.fails(in, except(jq.String))
		switch {
		case in.kinds&kindsOf(jq.String) == 0:
		case in.fixed != nil && isASCII(in.fixed.Text()):
			r.add(constant(jq.NewText(change(in.fixed.Text())), in))
		default:
			r.add(absValue{need: in.need, kinds: kindsOf(jq.String), from: in.from, fold: true, key: in.key})
		}
		return r
	}
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return c > '~' }) < 0
}

// inferTrim: what is no string passes through.
func inferTrim(f *inference, in absValue, args []*jq.Expr, at *env) result {
	return through(f.expr(args[0], in, at), func(arg absValue) result {
		in := in.when(arg.need)
		r := outcome(absValue{need: in.need, kinds: in.kinds, from: in.part(), fold: in.fold})
		return r
	})
}

func inferSplit(f *inference, in absValue, args []*jq.Expr, at *env) result {
	return through(f.expr(args[0], in, at), func(arg absValue) result {
		in := in.when(arg.need)
		r := outcome()
		r.fails(in, except(jq.String))
		if in.kinds&kindsOf(jq.String) == 0 {
			return r
		}
		r.fails(arg.when(in.need), except(jq.String))
		r.add(absValue{need: in.need, kinds: kindsOf(jq.Array), from: in.part(), fold: in.fold})
		return r
	})
}

func inferToString(_ *inference, in absValue, _ []*jq.Expr, _ *env) result {
	r := outcome()
	if in.kinds&kindsOf(jq.String) != 0 {
		same := in
		same.kinds = kindsOf(jq.String)
		r.add(same)
	}
	for kind := jq.Null; kind <= jq.True; kind++ {
		if in, ok := in.narrow(kindsOf(kind)); ok {
			r.add(constant(jq.NewText([]string{"null", "false", "true"}[kind]), in))
		}
	}
	if other, ok := in.narrow(kindsOf(jq.Number, jq.Array, jq.Object)); ok {
		r.add(absValue{need: other.need, kinds: kindsOf(jq.String)})
	}
	return r
}

func inferStream(f *inference, in absValue, args []*jq.Expr, at *env) result {
	return f.expr(args[0], in, at)
}

func inferLimit(f *inference, in absValue, args []*jq.Expr, at *env) result {
	if !args[0].IsLiteral(jq.Number) || args[0].Value.Number() < 0 {
		return unknown(in)
	}
	return f.expr(args[1], in, at)
}

func inferEmpty(f *inference, in absValue, args []*jq.Expr, at *env) result {
	r := f.expr(args[0], in, at)
	r.outs = truth(in.need, r.some(anyKind))
	return r
}

func inferMap(f *inference, in absValue, args []*jq.Expr, at *env) result {
	r := through(iterate(in), func(v absValue) result { return f.expr(args[0], v, at) })
	elems := append([]absValue{{need: need.MatchNone}}, r.outs...)
	r.outs = []absValue{{need: in.need, kinds: kindsOf(jq.Array), elems: elems}}
	return r
}
