package query

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/itchyny/gojq"

	"ctlog/query/need"
)

// inferCall is what is known of a builtin. To make the plan know one more,
// write such a function and list it; one that is not listed may do anything.
type inferCall = func(f *inference, in out, args []*gojq.Query, env *names) result

var inferCalls map[string]inferCall

func init() {
	inferCalls = map[string]inferCall{
		"empty/0": func(*inference, out, []*gojq.Query, *names) result { return outcome() },
		"not/0": func(_ *inference, in out, _ []*gojq.Query, _ *names) result {
			r := outcome(in)
			return outcome(truth(r.some(falsy), r.some(anyKind&^falsy))...)
		},
		"select/1": func(f *inference, in out, a []*gojq.Query, env *names) result {
			r := f.query(a[0], in, env)
			in.need = r.some(anyKind &^ falsy)
			r.outs = []out{in}
			return r
		},
		"recurse/0": func(f *inference, in out, _ []*gojq.Query, env *names) result {
			return f.term(&gojq.Term{Type: gojq.TermTypeRecurse}, in, env)
		},
		"values/0": inferKinds(except(Null)), "nulls/0": inferKinds(kindsOf(Null)), "booleans/0": inferKinds(booleans),
		"numbers/0": inferKinds(kindsOf(Number)), "strings/0": inferKinds(kindsOf(String)), "arrays/0": inferKinds(kindsOf(Array)),
		"objects/0": inferKinds(kindsOf(Object)), "iterables/0": inferKinds(kindsOf(Array, Object)), "scalars/0": inferKinds(except(Array, Object)),
		"any/0": inferQuantifier(true), "any/1": inferQuantifier(true), "any/2": inferQuantifier(true),
		"all/0": inferQuantifier(false), "all/1": inferQuantifier(false), "all/2": inferQuantifier(false),
		"IN/1": inferIn, "IN/2": inferIn, "index/1": inferIndex, "has/1": inferHas, "contains/1": inferContains,
		"startswith/1": inferAffix(true, false), "endswith/1": inferAffix(false, true),
		"test/1": inferRegex(booleans), "test/2": inferRegex(booleans), "match/1": inferRegex(kindsOf(Object)), "match/2": inferRegex(kindsOf(Object)),
		"capture/1": inferRegex(kindsOf(Object)), "capture/2": inferRegex(kindsOf(Object)), "scan/1": inferRegex(kindsOf(String, Array)),
		"ascii_downcase/0": inferFold(bytes.ToLower), "ascii_upcase/0": inferFold(bytes.ToUpper),
		"ltrimstr/1": inferTrim, "rtrimstr/1": inferTrim, "split/1": inferSplit, "tostring/0": inferToString,
		"length/0": inferMade(kindsOf(Number), except(False, True)), "type/0": inferMade(kindsOf(String), anyKind),
		"tojson/0": inferMade(kindsOf(String), anyKind),
		"first/1":  inferStream, "last/1": inferStream, "limit/2": inferLimit, "isempty/1": inferEmpty, "map/1": inferMap,
	}
	for _, name := range strings.Fields(catchable) {
		inferCalls[name] = inferComputed
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

func (f *inference) call(c *gojq.Func, in out, env *names) result {
	if strings.HasPrefix(c.Name, "$") {
		return outcome(f.variable(c.Name, in, env))
	}
	for n := env; n != nil; n = n.up {
		if n.name == c.Name && n.args == len(c.Args) && n.val == nil {
			return f.enter(n, c.Args, in, env)
		}
	}
	if known := inferCalls[fmt.Sprintf("%s/%d", c.Name, len(c.Args))]; known != nil {
		return known(f, in, c.Args, env)
	}
	if v, ok := fixedTerm(&gojq.Term{Type: constantNames[c.Name]}); ok && len(c.Args) == 0 {
		return outcome(constantOut(v, in))
	}
	return unknown(in)
}

// constantNames are constants that gojq may give as calls.
var constantNames = map[string]gojq.TermType{"null": gojq.TermTypeNull, "true": gojq.TermTypeTrue, "false": gojq.TermTypeFalse}

func (f *inference) variable(name string, in out, env *names) out {
	for n := env; n != nil; n = n.up {
		if n.name == name && n.val != nil {
			return n.val.when(in.need)
		}
	}
	if v, ok := f.globals[name]; ok {
		return constantOut(v, in)
	}
	return out{need: in.need, kinds: anyKind} // $ENV, $__loc__
}

// enter follows a call of what the program defines.
func (f *inference) enter(n *names, args []*gojq.Query, in out, env *names) result {
	if f.depth++; f.depth > maxCalled {
		f.depth--
		return unknown(in)
	}
	defer func() { f.depth-- }()
	if n.arg != nil {
		return f.query(n.arg, in, n.at)
	}
	return f.bindArgs(n, n.def, args, in, env)
}

// bindArgs binds the arguments one by one; a $name has each of its values.
func (f *inference) bindArgs(inner *names, def *gojq.FuncDef, args []*gojq.Query, in out, env *names) result {
	if len(args) == 0 {
		return f.query(def.Body, in, inner)
	}
	param := def.Args[len(def.Args)-len(args)]
	name, byValue := strings.CutPrefix(param, "$")
	bound := &names{up: inner, name: name, arg: args[0], at: env}
	if !byValue {
		return f.bindArgs(bound, def, args[1:], in, env)
	}
	return through(f.query(args[0], in, env), func(o out) result {
		return f.bindArgs(&names{up: bound, name: param, val: &o}, def, args[1:], in.when(o.need), env)
	})
}

// inferComputed: nothing is known of the output; arguments may see anything.
func inferComputed(f *inference, in out, args []*gojq.Query, env *names) result {
	r := result{[]out{{need: in.need, kinds: anyKind}}, in.need, need.MatchNone}
	for _, a := range args {
		r.failure(f.query(a, out{need: in.need, kinds: anyKind}, env))
	}
	return r
}

// inferMade is a builtin that takes some kinds and gives some.
func inferMade(gives, takes kindSet) inferCall {
	return func(_ *inference, in out, _ []*gojq.Query, _ *names) result {
		r := outcome(out{need: in.need, kinds: gives})
		r.fails(in, anyKind&^takes)
		return r
	}
}

func inferKinds(k kindSet) inferCall {
	return func(_ *inference, in out, _ []*gojq.Query, _ *names) result {
		if in, ok := in.narrow(k); ok {
			return outcome(in)
		}
		return outcome()
	}
}

func inferQuantifier(want bool) inferCall {
	return func(f *inference, in out, args []*gojq.Query, env *names) result {
		source := f.iterate(in)
		if len(args) == 2 {
			source = f.query(args[0], in, env)
		}
		cond := source
		if len(args) > 0 {
			cond = through(source, func(o out) result { return f.query(args[len(args)-1], o, env) })
		}
		r := result{truth(cond.some(anyKind&^falsy), in.need), cond.err, cond.hard}
		if !want {
			r.outs = truth(in.need, cond.some(falsy))
		}
		return r
	}
}

// inferIn is IN(stream) and IN(source; stream).
func inferIn(f *inference, in out, args []*gojq.Query, env *names) result {
	source, stream := outcome(in), f.query(args[len(args)-1], in, env)
	if len(args) == 2 {
		source = f.query(args[0], in, env)
	}
	r := inferCompare(gojq.OpEq, source, stream)
	r.outs = truth(r.some(kindsOf(True)), in.need)
	return r
}

// inferIndex knows index(x) of an array that the program wrote down.
func inferIndex(f *inference, in out, args []*gojq.Query, env *names) result {
	if in.fixed == nil || in.fixed.kind != Array {
		return inferComputed(f, in, args, env)
	}
	sought := f.query(args[0], in, env)
	found := need.MatchNone
	for _, o := range sought.outs {
		for _, v := range fixedElements(*in.fixed) {
			found = need.AnyOf(found, need.AllOf(o.need, equality(constantOut(v, in), o)))
		}
		if o, ok := o.narrow(kindsOf(Array)); ok { // the place of a part of the array
			found = need.AnyOf(found, o.need)
		}
	}
	sought.outs = []out{{need: found, kinds: kindsOf(Number)}, {need: in.need, kinds: kindsOf(Null)}}
	return sought
}

func inferHas(f *inference, in out, args []*gojq.Query, env *names) result {
	return through(f.query(args[0], in, env), func(key out) result {
		r := outcome(out{need: key.need, kinds: booleans})
		in := in.when(key.need)
		if key.fixed == nil || key.fixed.kind != String {
			r.fails(in, anyKind)
			return r
		}
		r.fails(in, except(Object, Null))
		if f.gojq {
			r.fails(in, kindsOf(Null))
		}
		name, has := string((&run{}).str(*key.fixed)), need.MatchNone
		if in, ok := in.narrow(kindsOf(Object)); ok && in.from == whole {
			has = need.AllOf(in.need, need.HasKey(name))
		} else if ok {
			has = in.need
		}
		r.outs = truth(has, key.need)
		return r
	})
}

func inferContains(f *inference, in out, args []*gojq.Query, env *names) result {
	return through(f.query(args[0], in, env), func(arg out) result {
		in := in.when(arg.need)
		r := outcome(truth(in.need, in.need)...)
		if arg.fixed == nil || arg.fixed.kind < String {
			r.fails(in, anyKind)
			return r
		}
		k := kindsOf(arg.fixed.kind)
		r.fails(in, anyKind&^k)
		r.outs = in.ask(k, in.contains(*arg.fixed), func(v Value) bool { return (&run{}).holds(v, *arg.fixed) })
		return r
	})
}

// ask gives the answer to a question about values of some kinds: yes needs has,
// unless the value is known.
func (o out) ask(k kindSet, has *need.Requirement, yes func(Value) bool) []out {
	switch {
	case o.kinds&k == 0:
		return nil
	case o.fixed == nil:
		return truth(need.AllOf(o.need, has), o.need)
	case yes(*o.fixed):
		return truth(o.need, need.MatchNone)
	}
	return truth(need.MatchNone, o.need)
}

// contains is what it takes for a value to have v in it, as contains means it.
func (o out) contains(v Value) *need.Requirement {
	r := &run{}
	n := need.MatchAll
	switch v.kind {
	case String:
		return o.has(string(r.str(v)), false, false)
	case Array:
		for _, e := range r.elements(v) {
			n = need.AllOf(n, out{from: o.from, fold: o.fold}.contains(e))
		}
	case Object:
		t := r.members(v)
		for i, k := range t.keys {
			if o.from == whole {
				n = need.AllOf(n, need.HasKey(k))
			}
			n = need.AllOf(n, out{from: o.from, fold: o.fold}.contains(t.vals[i]))
		}
	}
	return n
}

func inferAffix(front, end bool) inferCall {
	return func(f *inference, in out, args []*gojq.Query, env *names) result {
		return through(f.query(args[0], in, env), func(arg out) result {
			in := in.when(arg.need)
			r := outcome(truth(in.need, in.need)...)
			r.fails(in, except(String))
			if arg.fixed == nil || arg.fixed.kind != String {
				r.fails(in, anyKind)
				return r
			}
			s := (&run{}).str(*arg.fixed)
			r.outs = in.ask(kindsOf(String), in.has(string(s), front, end), func(v Value) bool {
				t := (&run{}).str(v)
				return front && bytes.HasPrefix(t, s) || end && bytes.HasSuffix(t, s)
			})
			return r
		})
	}
}

func inferRegex(gives kindSet) inferCall {
	return func(f *inference, in out, args []*gojq.Query, env *names) result {
		re, ok := f.fixedString(args[0], in, env)
		flags, plain := "", true
		if len(args) == 2 {
			flags, plain = f.fixedString(args[1], in, env)
		}
		if !ok || !plain || f.gojq && strings.Trim(flags, "gim") != "" {
			return inferComputed(f, in, args, env)
		}
		has, compiled := regexNeed(re, flags, in), compileRegex(re, flags)
		x, ok := compiled.(*regexp.Regexp)
		if !ok {
			return inferComputed(f, in, args, env)
		}
		r := outcome(in.ask(kindsOf(String), has, func(v Value) bool { return x.Match((&run{}).str(v)) })...)
		if gives != booleans {
			r.outs = []out{{need: r.some(kindsOf(True)), kinds: gives}}
		}
		r.fails(in, except(String))
		return r
	}
}

// fixedString gives an argument that is one string whatever the input is.
func (f *inference) fixedString(q *gojq.Query, in out, env *names) (string, bool) {
	r := f.query(q, in, env)
	if len(r.outs) != 1 || r.outs[0].fixed == nil || r.outs[0].fixed.kind != String || r.err != need.MatchNone || r.hard != need.MatchNone {
		return "", false
	}
	return string((&run{}).str(*r.outs[0].fixed)), true
}

func inferFold(change func([]byte) []byte) inferCall {
	return func(_ *inference, in out, _ []*gojq.Query, _ *names) result {
		r := outcome()
		r.fails(in, except(String))
		switch {
		case in.kinds&kindsOf(String) == 0:
		case in.fixed != nil && isASCII((&run{}).str(*in.fixed)):
			r.add(constantOut(textBytes(change((&run{}).str(*in.fixed))), in))
		default:
			r.add(out{need: in.need, kinds: kindsOf(String), from: in.from, fold: true, key: in.key})
		}
		return r
	}
}

func isASCII(b []byte) bool {
	return bytes.IndexFunc(b, func(c rune) bool { return c > '~' }) < 0
}

// inferTrim: what is no string passes through in jq and fails in gojq.
func inferTrim(f *inference, in out, args []*gojq.Query, env *names) result {
	return through(f.query(args[0], in, env), func(arg out) result {
		in := in.when(arg.need)
		r := outcome(out{need: in.need, kinds: in.kinds, from: in.part(), fold: in.fold})
		if f.gojq {
			r.fails(in, except(String))
			r.fails(arg, except(String))
		}
		return r
	})
}

func inferSplit(f *inference, in out, args []*gojq.Query, env *names) result {
	return through(f.query(args[0], in, env), func(arg out) result {
		in := in.when(arg.need)
		r := outcome()
		r.fails(in, except(String))
		if in.kinds&kindsOf(String) == 0 {
			return r
		}
		r.fails(arg.when(in.need), except(String))
		r.add(out{need: in.need, kinds: kindsOf(Array), from: in.part(), fold: in.fold})
		return r
	})
}

// part is where a part of a value comes from.
func (o out) part() origin {
	if o.from == made {
		return made
	}
	return piece
}

func inferToString(_ *inference, in out, _ []*gojq.Query, _ *names) result {
	r := outcome()
	if in.kinds&kindsOf(String) != 0 {
		same := in
		same.kinds = kindsOf(String)
		r.add(same)
	}
	for kind := Null; kind <= True; kind++ {
		if in, ok := in.narrow(kindsOf(kind)); ok {
			r.add(constantOut(text([]string{"null", "false", "true"}[kind]), in))
		}
	}
	if other, ok := in.narrow(kindsOf(Number, Array, Object)); ok {
		r.add(out{need: other.need, kinds: kindsOf(String)})
	}
	return r
}

func inferStream(f *inference, in out, args []*gojq.Query, env *names) result {
	return f.query(args[0], in, env)
}

func inferLimit(f *inference, in out, args []*gojq.Query, env *names) result {
	if v, ok := fixedQuery(args[0]); !ok || v.kind != Number || v.num() < 0 {
		return unknown(in)
	}
	return f.query(args[1], in, env)
}

func inferEmpty(f *inference, in out, args []*gojq.Query, env *names) result {
	r := f.query(args[0], in, env)
	r.outs = truth(in.need, r.some(anyKind))
	return r
}

func inferMap(f *inference, in out, args []*gojq.Query, env *names) result {
	r := through(f.iterate(in), func(o out) result { return f.query(args[0], o, env) })
	elems := append([]out{{need: need.MatchNone}}, r.outs...)
	r.outs = []out{{need: in.need, kinds: kindsOf(Array), elems: elems}}
	return r
}
