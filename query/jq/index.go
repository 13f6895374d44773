package jq

import (
	"math"
	"slices"
	"unicode/utf8"
)

func cannotIndex(r *run, v, key Value) error {
	if key.kind == String {
		return fail(`Cannot index %s with "%s"`, v.kind.String(), r.str(key))
	}
	return fail("Cannot index %s with %s", v.kind.String(), key.kind.String())
}

// index is v[key] for every kind of key.
func (r *run) index(v, key Value) (Value, error) {
	switch {
	case v.kind == Object && key.kind == String:
		return r.field(v, string(r.str(key))), nil
	case v.kind == Array && key.kind == Number:
		return r.element(v, key.num()), nil
	case key.kind == Object && (v.kind == Array || v.kind == String || v.kind == Null):
		return r.slice(v, key)
	case v.kind == Null && (key.kind == String || key.kind == Number || key.kind == Null):
		return null, nil
	case v.kind == Array && key.kind == Array:
		return r.indices(v, key), nil
	}
	return null, cannotIndex(r, v, key)
}

// place turns a number into an index; negative ones count from the end.
func place(n float64, length int) int {
	if math.IsNaN(n) {
		return -1
	}
	i := math.Floor(n)
	if i < 0 {
		i += float64(length)
	}
	return int(max(min(i, math.MaxInt32), -1))
}

// bounds gives the limits of a slice of something of a length.
func (r *run) bounds(key Value, length int) (from, to int, err error) {
	s, e := r.field(key, "start"), r.field(key, "end")
	if s.kind != Null && s.kind != Number || e.kind != Null && e.kind != Number {
		return 0, 0, fail("Start and end indices of an array slice must be numbers")
	}
	to = length
	if s.kind == Number {
		from = clamp(math.Floor(s.num()), length)
	}
	if e.kind == Number {
		to = clamp(math.Ceil(e.num()), length)
	}
	return from, max(from, to), nil
}

func clamp(n float64, length int) int {
	if n < 0 {
		n += float64(length)
	}
	return int(max(0, min(n, float64(length))))
}

func (r *run) slice(v, key Value) (Value, error) {
	switch v.kind {
	case Null:
		_, _, err := r.bounds(key, 0)
		return null, err
	case Array:
		vals := r.elements(v)
		from, to, err := r.bounds(key, len(vals))
		if err != nil {
			return null, err
		}
		return list(vals[from:to:to]), nil
	}
	s := r.str(v)
	from, to, err := r.bounds(key, utf8.RuneCount(s))
	if err != nil {
		return null, err
	}
	start := skipRunes(s, from)
	return textBytes(s[start : start+skipRunes(s[start:], to-from)]), nil
}

// skipRunes gives the length of the first n runes of s.
func skipRunes(s []byte, n int) int {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, size := utf8.DecodeRune(s[i:])
		i += size
	}
	return i
}

// getPath follows a path; what is not there is null.
func (r *run) getPath(v Value, path []Value) (_ Value, err error) {
	for _, key := range path {
		if v.kind == Null {
			return null, nil
		}
		if v, err = r.index(v, key); err != nil {
			return null, err
		}
	}
	return v, nil
}

// maxArray bounds what an assignment beyond an array's end may create.
const maxArray = 1 << 24

// setPath gives v with another value at a path.
func (r *run) setPath(v Value, path []Value, to Value) (Value, error) {
	if len(path) == 0 {
		return to, nil
	}
	key := path[0]
	inner, err := r.index(v, key)
	if err != nil {
		return null, err
	}
	if to, err = r.setPath(inner, path[1:], to); err != nil {
		return null, err
	}
	return r.setKey(v, key, to)
}

func (r *run) setKey(v, key, to Value) (Value, error) {
	switch {
	case key.kind == String:
		if v.kind == Null {
			return object([]string{string(r.str(key))}, []Value{to}), nil
		}
		return r.treeOf(v).with(string(r.str(key)), to), nil
	case key.kind == Number:
		return r.setElement(v, key.num(), to)
	case key.kind == Object:
		return r.setSlice(v, key, to)
	}
	return null, cannotIndex(r, v, key)
}

func (r *run) setElement(v Value, n float64, to Value) (Value, error) {
	t := new(tree)
	if v.kind == Array {
		t = r.treeOf(v)
	}
	i := int(max(math.MinInt32, min(math.Floor(n), math.MaxInt32)))
	if i < 0 {
		if i += t.len(); i < 0 {
			return null, fail("Out of bounds negative array index")
		}
	}
	if i > maxArray {
		return null, fail("Array index too large")
	}
	if gap := i - t.len(); gap > 0 {
		t = t.joined(make([]Value, gap)).tree
	}
	return t.placed(i, to), nil
}

func (r *run) setSlice(v, key, to Value) (Value, error) {
	if to.kind != Array {
		return null, fail("A slice of an array can only be assigned another array")
	}
	if v.kind == String {
		return null, fail("Cannot update field at object index of string")
	}
	var vals []Value
	if v.kind == Array {
		vals = r.elements(v)
	}
	from, end, err := r.bounds(key, len(vals))
	if err != nil {
		return null, err
	}
	return list(slices.Concat(vals[:from], r.elements(to), vals[end:])), nil
}
