package jq

import (
	"bytes"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// function of the input and the values of the arguments.
type pure = func(r *run, in Value, args []Value) (Value, error)

// functions are the builtins that work on values. To add one, write it and
// list it here with the number of its arguments.
var functions map[string]pure

func init() {
	functions = map[string]pure{
		"length/0": length, "utf8bytelength/0": byteLength, "keys/0": keys, "keys_unsorted/0": keysUnsorted,
		"has/1": has, "contains/1": contains, "inside/1": inside, "type/0": typeOf,
		"tostring/0": toString, "tonumber/0": toNumber, "tojson/0": toJSON, "fromjson/0": fromJSON,
		"ascii_downcase/0": mapASCII('A', 'Z', "ascii_downcase"), "ascii_upcase/0": mapASCII('a', 'z', "ascii_upcase"),
		"startswith/1": startsWith, "endswith/1": endsWith, "ltrimstr/1": trimPrefix, "rtrimstr/1": trimSuffix,
		"trim/0": trimmed(strings.TrimSpace), "ltrim/0": trimmed(trimLeft), "rtrim/0": trimmed(trimRight),
		"split/1": split, "split/2": splitRegex, "join/1": join, "explode/0": explode, "implode/0": implode,
		"add/0": addAll, "reverse/0": reverse, "sort/0": sorted, "unique/0": unique, "min/0": least, "max/0": greatest,
		"flatten/0": flatten, "flatten/1": flatten, "first/0": firstElement, "last/0": lastElement,
		"nth/1": nth, "setpath/2": setPath, "delpaths/1": delPaths, "to_entries/0": toEntries, "from_entries/0": fromEntries,
		"indices/1": indices, "index/1": firstIndex, "rindex/1": lastIndex, "env/0": func(*run, Value, []Value) (Value, error) { return environment(), nil },
		"input_filename/0": func(r *run, _ Value, _ []Value) (Value, error) { return r.file, nil },
		"transpose/0":      transpose, "halt/0": halt, "halt_error/0": haltError0, "halt_error/1": haltError1,
		"debug/0": same, "stderr/0": same,
		"toarray/0": toArray, "toboolean/0": toBoolean, "bsearch/1": binarySearch, "builtins/0": builtinNames, "format/1": formatAs,
		"trimstr/1": func(r *run, in Value, a []Value) (Value, error) {
			in, _ = trimPrefix(r, in, a)
			return trimSuffix(r, in, a)
		},
		"infinite/0": fixed(math.Inf(1)), "nan/0": fixed(math.NaN()),
		"abs/0":  abs,
		"test/1": test, "test/2": test,
		"now/0": now, "mktime/0": mktime, "gmtime/0": gmtime, "localtime/0": localtime, "strflocaltime/1": strflocaltime, "strftime/1": strftime, "strptime/1": strptime,
		"todate/0": todate, "fromdate/0": fromdate, "fromdateiso8601/0": fromdate, "todateiso8601/0": todate, "date/0": todate,
	}
}

// apply calls f for every combination of the arguments; the first varies
// slowest.
func apply(f pure, args []*node) *node {
	switch len(args) {
	case 0:
		return single(func(r *run, _ *env, in Value) (Value, error) { return f(r, in, nil) })
	case 1:
		return binary(identity, args[0], func(r *run, in, a Value) (Value, error) {
			args := r.room(1)
			args[0] = a
			return f(r, in, args)
		})
	}
	n := &node{many: func(r *run, e *env, in Value, out yield) error {
		return combinations(r, e, in, args, r.room(len(args))[:0], func(vals []Value) error {
			v, err := f(r, in, vals)
			if err != nil {
				return err
			}
			return out(v)
		})
	}}
	if !slices.ContainsFunc(args, func(a *node) bool { return a.one == nil }) {
		n.one = func(r *run, e *env, in Value) (Value, bool, error) {
			vals := r.room(len(args))
			for i, a := range args {
				v, ok, err := a.one(r, e, in)
				if err != nil || !ok {
					return null, false, err
				}
				vals[i] = v
			}
			v, err := f(r, in, vals)
			return v, err == nil, err
		}
	}
	return n
}

// combinations gives every combination of values of the arguments.
func combinations(r *run, e *env, in Value, args []*node, vals []Value, f func([]Value) error) error {
	if len(args) == 0 {
		return f(slices.Clone(vals))
	}
	return args[0].each(r, e, in, func(v Value) error {
		return combinations(r, e, in, args[1:], append(vals, v), f)
	})
}

func fixed(n float64) pure {
	return func(*run, Value, []Value) (Value, error) { return number(n), nil }
}

func abs(r *run, in Value, _ []Value) (Value, error) {
	if in.kind != Number {
		return null, fail("%s has no absolute value", r.short(in))
	}
	if in.num() < 0 {
		return number(-in.num()), nil
	}
	return in, nil
}

func length(r *run, in Value, _ []Value) (Value, error) {
	switch in.kind {
	case Null:
		return number(0), nil
	case Number:
		return number(math.Abs(in.num())), nil
	case String:
		return number(float64(utf8.RuneCount(r.str(in)))), nil
	case Array, Object:
		return number(float64(r.count(in))), nil
	}
	return null, fail("%s has no length", r.short(in))
}

func byteLength(r *run, in Value, _ []Value) (Value, error) {
	if in.kind != String {
		return null, fail("%s only strings have UTF-8 byte length", r.short(in))
	}
	return number(float64(len(r.str(in)))), nil
}

func keys(r *run, in Value, _ []Value) (Value, error) {
	if in.kind == Object {
		return texts(slices.Sorted(slices.Values(r.members(in).keys))), nil
	}
	return keysUnsorted(r, in, nil)
}

func keysUnsorted(r *run, in Value, _ []Value) (Value, error) {
	switch in.kind {
	case Object:
		return texts(r.members(in).keys), nil
	case Array:
		out := make([]Value, r.count(in))
		for i := range out {
			out[i] = number(float64(i))
		}
		return list(out), nil
	}
	return null, fail("%s has no keys", r.short(in))
}

func texts(ss []string) Value {
	out := make([]Value, len(ss))
	for i, s := range ss {
		out[i] = text(s)
	}
	return list(out)
}

func has(r *run, in Value, a []Value) (Value, error) {
	key := a[0]
	switch {
	case in.kind == Object && key.kind == String:
		return boolean(r.has(in, string(r.str(key)))), nil
	case in.kind == Array && key.kind == Number:
		return boolean(key.num() >= 0 && key.num() < float64(r.count(in))), nil
	case in.kind == Null && (key.kind == String || key.kind == Number):
		return no, nil
	}
	return null, fail("Cannot check whether %s has a %s key", in.kind.String(), key.kind.String())
}

func contains(r *run, in Value, a []Value) (Value, error) {
	ok, err := r.contains(in, a[0])
	return boolean(ok), err
}

func inside(r *run, in Value, a []Value) (Value, error) {
	ok, err := r.contains(a[0], in)
	return boolean(ok), err
}

func typeOf(_ *run, in Value, _ []Value) (Value, error) { return text(in.kind.String()), nil }

func toString(r *run, in Value, _ []Value) (Value, error) {
	if in.kind == String {
		return in, nil
	}
	return textBytes(r.json(in)), nil
}

func toJSON(r *run, in Value, _ []Value) (Value, error) { return textBytes(r.json(in)), nil }

func toNumber(r *run, in Value, _ []Value) (Value, error) {
	switch in.kind {
	case Number:
		return in, nil
	case String:
		s := r.str(in)
		if v, err := load(s); err == nil && v.kind == Number {
			return v, nil
		}
		if n, err := strconv.ParseFloat(string(s), 64); err == nil && !bytes.ContainsAny(s, "_xXpPiInN+ ") {
			return number(n), nil // jq takes 08 and .5 too
		}
		return null, fail("Invalid numeric literal (while parsing '%s')", s)
	}
	return null, fail("%s cannot be parsed as a number", r.short(in))
}

func fromJSON(r *run, in Value, _ []Value) (Value, error) {
	if in.kind != String {
		return null, fail("%s only strings can be parsed", r.short(in))
	}
	s := r.str(in)
	v, err := load(s)
	if err != nil {
		return null, fail("%s (while parsing '%s')", err, s)
	}
	return v, nil
}

func mapASCII(from, to byte, name string) pure {
	return func(r *run, in Value, _ []Value) (Value, error) {
		if in.kind != String {
			return null, fail("%s input must be a string", name)
		}
		s := r.str(in)
		out := r.keep(s)
		for i, c := range out {
			if from <= c && c <= to {
				out[i] ^= 0x20
			}
		}
		return textBytes(out), nil
	}
}

func startsWith(r *run, in Value, a []Value) (Value, error) {
	if in.kind != String || a[0].kind != String {
		return null, fail("startswith() requires string inputs")
	}
	return boolean(bytes.HasPrefix(r.str(in), r.str(a[0]))), nil
}

func endsWith(r *run, in Value, a []Value) (Value, error) {
	if in.kind != String || a[0].kind != String {
		return null, fail("endswith() requires string inputs")
	}
	return boolean(bytes.HasSuffix(r.str(in), r.str(a[0]))), nil
}

func trimPrefix(r *run, in Value, a []Value) (Value, error) {
	if in.kind != String || a[0].kind != String {
		return in, nil
	}
	return textBytes(bytes.TrimPrefix(r.str(in), r.str(a[0]))), nil
}

func trimSuffix(r *run, in Value, a []Value) (Value, error) {
	if in.kind != String || a[0].kind != String {
		return in, nil
	}
	return textBytes(bytes.TrimSuffix(r.str(in), r.str(a[0]))), nil
}

func trimmed(f func(string) string) pure {
	return func(r *run, in Value, _ []Value) (Value, error) {
		if in.kind != String {
			return null, fail("%s cannot be trimmed", r.short(in))
		}
		return text(f(string(r.str(in)))), nil
	}
}

const blanks = " \t\n\v\f\r"

func trimLeft(s string) string  { return strings.TrimLeft(s, blanks) }
func trimRight(s string) string { return strings.TrimRight(s, blanks) }

func split(r *run, in Value, a []Value) (Value, error) {
	if in.kind != String || a[0].kind != String {
		return null, fail("split input and separator must be strings")
	}
	return r.split(r.str(in), r.str(a[0])), nil
}

func join(r *run, in Value, a []Value) (Value, error) {
	vals, err := r.iterableOnly(in)
	if err != nil {
		return null, err
	}
	if len(vals) == 0 {
		return empty, nil
	}
	if a[0].kind != String && len(vals) > 1 {
		return null, fail("%s and %s cannot be added", r.short(in), r.short(a[0]))
	}
	var out []byte
	for i, v := range vals {
		if i > 0 {
			out = append(out, r.str(a[0])...)
		}
		switch v.kind {
		case Null:
		case String:
			out = append(out, r.str(v)...)
		case Array, Object:
			return null, fail("%s and %s cannot be added", r.short(textBytes(out)), r.short(v))
		default:
			out = append(out, r.json(v)...)
		}
	}
	return textBytes(out), nil
}

func explode(r *run, in Value, _ []Value) (Value, error) {
	if in.kind != String {
		return null, fail("%s cannot be exploded", r.short(in))
	}
	var out []Value
	for _, c := range string(r.str(in)) {
		out = append(out, number(float64(c)))
	}
	return list(out), nil
}

func implode(r *run, in Value, _ []Value) (Value, error) {
	if in.kind != Array {
		return null, fail("%s cannot be imploded", r.short(in))
	}
	var out []byte
	for _, v := range r.elements(in) {
		if v.kind != Number {
			return null, fail("Unicode codepoint must be numeric")
		}
		out = utf8.AppendRune(out, rune(max(-1, min(v.num(), utf8.MaxRune+1))))
	}
	return textBytes(out), nil
}

// environment is $ENV, as jq has it: filters may depend on it, results never
// go anywhere but to stdout.
func environment() Value {
	t := new(tree)
	env := os.Environ()
	slices.Sort(env)
	for _, kv := range env {
		if k, v, ok := strings.Cut(kv, "="); ok {
			t.set(k, text(v))
		}
	}
	t.share()
	return Value{kind: Object, tree: t}
}

func halt(_ *run, _ Value, _ []Value) (Value, error) { return null, &haltError{v: null} }

func haltError0(_ *run, in Value, _ []Value) (Value, error) { return null, &haltError{in, 5} }

func haltError1(_ *run, in Value, a []Value) (Value, error) {
	if a[0].kind != Number {
		return null, fail("halt_error/1: number required")
	}
	return null, &haltError{in, int(a[0].num())}
}

func toArray(_ *run, in Value, _ []Value) (Value, error) {
	if in.kind == Array {
		return in, nil
	}
	return list([]Value{in}), nil
}

func same(_ *run, in Value, _ []Value) (Value, error) { return in, nil }

func toBoolean(r *run, in Value, _ []Value) (Value, error) {
	switch {
	case in.kind == True, in.kind == False:
		return in, nil
	case in.kind == String && string(r.str(in)) == "true":
		return yes, nil
	case in.kind == String && string(r.str(in)) == "false":
		return no, nil
	}
	return null, fail("%s cannot be parsed as a boolean", r.short(in))
}

// builtinNames lists what isBuiltin knows, the names of our own aside.
func builtinNames(*run, Value, []Value) (Value, error) {
	names := slices.Concat(slices.Collect(maps.Keys(generators)), slices.Collect(maps.Keys(functions)), slices.Collect(maps.Keys(prelude())))
	slices.Sort(names)
	return texts(slices.DeleteFunc(names, func(s string) bool { return s[0] == '_' })), nil
}

func formatAs(r *run, in Value, a []Value) (Value, error) {
	if a[0].kind != String {
		return null, fail("%s is not a valid format", r.short(a[0]))
	}
	f := formats["@"+string(r.str(a[0]))]
	if f == nil {
		return null, fail("%s is not a valid format", r.str(a[0]))
	}
	return f(r, in)
}

// binarySearch gives the place of a value in a sorted array, or, below zero, that
// where it would be: -1 for the first. Of equal ones it finds that which jq finds.
func binarySearch(r *run, in Value, a []Value) (Value, error) {
	if in.kind == Null || in.kind == String && len(r.str(in)) == 0 || in.kind == Object && r.count(in) == 0 {
		return number(-1), nil
	}
	if in.kind != Array {
		return null, cannotIndex(r, in, number(0))
	}
	vals := r.elements(in)
	from, to := 0, len(vals)-1
	for from <= to {
		mid := (from + to) / 2
		switch c := r.compare(vals[mid], a[0]); {
		case c == 0:
			return number(float64(mid)), nil
		case c < 0:
			from = mid + 1
		default:
			to = mid - 1
		}
	}
	return number(float64(-1 - from)), nil
}
