package jq

import (
	"bytes"
	"math"
	"slices"
)

type operation = func(*run, Value, Value) (Value, error)

// arithmetic has the operators that work on two values.
var arithmetic = map[string]operation{
	"+": add, "-": subtract, "*": multiply, "/": divide, "%": modulo,
	"==": func(r *run, a, b Value) (Value, error) { return boolean(r.equal(a, b)), nil },
	"!=": func(r *run, a, b Value) (Value, error) { return boolean(!r.equal(a, b)), nil },
	"<":  compared(func(c int) bool { return c < 0 }),
	"<=": compared(func(c int) bool { return c <= 0 }),
	">":  compared(func(c int) bool { return c > 0 }),
	">=": compared(func(c int) bool { return c >= 0 }),
	"//": func(_ *run, a, b Value) (Value, error) { return either(a, b), nil }, // of two values that are there, as in //=
}

func either(a, b Value) Value {
	if a.truth() {
		return a
	}
	return b
}

func compared(holds func(int) bool) operation {
	return func(r *run, a, b Value) (Value, error) { return boolean(holds(r.compare(a, b))), nil }
}

func add(r *run, a, b Value) (Value, error) {
	switch {
	case a.kind == Null:
		return b, nil
	case b.kind == Null:
		return a, nil
	case a.kind != b.kind || a.kind == True || a.kind == False:
	case a.kind == Number:
		return number(a.num() + b.num()), nil
	case a.kind == String:
		return r.append(a, b), nil
	case a.kind == Array:
		return r.treeOf(a).joined(r.elements(b)), nil
	case a.kind == Object:
		return r.treeOf(a).merged(r.members(b), func(_, v Value) Value { return v }), nil
	}
	return null, fail("%s and %s cannot be added", r.short(a), r.short(b))
}

// minRoom is how long a string is that gets room to grow.
const minRoom = 256

// append gives the text of both. A long one is given room behind it, so that what
// is added piece by piece is not copied each time: the room belongs to the
// longest string in it.
func (r *run) append(a, b Value) Value {
	s, t := r.str(a), r.str(b)
	if len(s)+len(t) < minRoom {
		return textBytes(slices.Concat(s, t))
	}
	room := a.tree
	if a.raw || room == nil || len(room.text) != len(s) {
		room = &tree{text: append(make([]byte, 0, 2*len(s)+len(t)), s...)}
	}
	room.text = append(room.text, t...)
	return Value{kind: String, b: room.text[:len(room.text):len(room.text)], tree: room}
}

func subtract(r *run, a, b Value) (Value, error) {
	switch {
	case a.kind == Number && b.kind == Number:
		return number(a.num() - b.num()), nil
	case a.kind == Array && b.kind == Array:
		return r.without(a, b), nil
	}
	return null, fail("%s and %s cannot be subtracted", r.short(a), r.short(b))
}

// without gives the elements of a that are not in b, which is sorted for it.
func (r *run) without(a, b Value) Value {
	gone := slices.Clone(r.elements(b))
	slices.SortFunc(gone, r.compare)
	var out []Value
	for _, v := range r.elements(a) {
		if at, _ := slices.BinarySearchFunc(gone, v, r.compare); at == len(gone) || !r.equal(gone[at], v) {
			out = append(out, v)
		}
	}
	return list(out)
}

// maxRepeat bounds what multiplying a string may create.
const maxRepeat = 64 << 20

func multiply(r *run, a, b Value) (Value, error) {
	if a.kind == Number && b.kind == String {
		a, b = b, a
	}
	switch {
	case a.kind == Number && b.kind == Number:
		return number(a.num() * b.num()), nil
	case a.kind == String && b.kind == Number:
		return r.repeat(a, b.num())
	case a.kind == Object && b.kind == Object:
		return r.deepMerge(a, b), nil
	}
	return null, fail("%s and %s cannot be multiplied", r.short(a), r.short(b))
}

func (r *run) repeat(s Value, n float64) (Value, error) {
	if !(n > 0) {
		return null, nil
	}
	times := max(1, int(math.Ceil(min(n, maxRepeat))))
	if len(r.str(s))*times > maxRepeat {
		return null, fail("Repeat string result too long")
	}
	return textBytes(bytes.Repeat(r.str(s), times)), nil
}

func (r *run) deepMerge(a, b Value) Value {
	return r.treeOf(a).merged(r.members(b), func(old, v Value) Value {
		if old.kind == Object && v.kind == Object {
			return r.deepMerge(old, v)
		}
		return v
	})
}

func divide(r *run, a, b Value) (Value, error) {
	switch {
	case a.kind == Number && b.kind == Number:
		if b.num() == 0 {
			return null, fail("%s and %s cannot be divided because the divisor is zero", r.short(a), r.short(b))
		}
		return number(a.num() / b.num()), nil
	case a.kind == String && b.kind == String:
		return r.split(r.str(a), r.str(b)), nil
	}
	return null, fail("%s and %s cannot be divided", r.short(a), r.short(b))
}

func (r *run) split(s, sep []byte) Value {
	if len(s) == 0 {
		return list(nil)
	}
	parts := bytes.Split(s, sep)
	out := make([]Value, len(parts))
	for i, p := range parts {
		out[i] = textBytes(p)
	}
	return list(out)
}

func modulo(r *run, a, b Value) (Value, error) {
	if a.kind != Number || b.kind != Number {
		return null, fail("%s and %s cannot be divided", r.short(a), r.short(b))
	}
	x, y := a.num(), b.num()
	if math.IsNaN(x) || math.IsNaN(y) {
		return number(math.NaN()), nil
	}
	d := truncate(y)
	if d == 0 {
		return null, fail("%s and %s cannot be divided (remainder) because the divisor is zero", r.short(a), r.short(b))
	}
	if d < 0 {
		d = -d
	}
	return number(float64(truncate(x) % d)), nil
}

func truncate(n float64) int64 {
	return int64(max(-math.MaxInt64, min(n, math.MaxInt64-1024)))
}

// contains is jq's containment: substrings, and for containers each part of b
// in some part of a. It is an error for values of two types, but only at the
// top.
func (r *run) contains(a, b Value) (bool, error) {
	if a.kind != b.kind {
		return false, fail("%s and %s cannot have their containment checked", r.short(a), r.short(b))
	}
	return r.holds(a, b), nil
}

func (r *run) holds(a, b Value) bool {
	switch {
	case a.kind == Object && b.kind == Object:
		tb := r.members(b)
		for i, k := range tb.keys {
			if v, ok := r.get(a, k); !ok || !r.holds(v, tb.vals[i]) {
				return false
			}
		}
		return true
	case a.kind == Array && b.kind == Array:
		vals := r.elements(a)
		for _, w := range r.elements(b) {
			if !slices.ContainsFunc(vals, func(v Value) bool { return r.holds(v, w) }) {
				return false
			}
		}
		return true
	case a.kind == String && b.kind == String:
		return bytes.Contains(r.str(a), r.str(b))
	}
	return r.equal(a, b)
}
