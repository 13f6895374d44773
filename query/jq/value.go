package jq

import (
	"bytes"
	"math"
	"strconv"

	"ctlog/parse"
)

// Kind is a JSON type, in jq's order of types.
type Kind = parse.Kind

// The kinds of values.
const (
	Null   = parse.Null
	False  = parse.False
	True   = parse.True
	Number = parse.Number
	String = parse.String
	Array  = parse.Array
	Object = parse.Object
)

// Value is a JSON value: a piece of an event's original bytes for as long as
// nothing more is asked of it, or something that a program made. Values are
// immutable; those that came from an event are valid until the call of emit
// that they were given to returns.
type Value struct {
	kind Kind
	raw  bool    // b is JSON text
	b    []byte  // JSON text, or the decoded text of a string
	n    float64 // a number that is not raw
	tree *tree   // an array or object that is not raw; the memory of a string that grows
}

var (
	null  = Value{kind: Null}
	yes   = Value{kind: True}
	no    = Value{kind: False}
	empty = Value{kind: String}
)

func boolean(b bool) Value {
	if b {
		return yes
	}
	return no
}

func number(n float64) Value { return Value{kind: Number, n: n} }

func text(s string) Value { return Value{kind: String, b: []byte(s)} }

func textBytes(b []byte) Value { return Value{kind: String, b: b} }

func list(vals []Value) Value { return Value{kind: Array, tree: &tree{vals: vals}} }

func object(keys []string, vals []Value) Value {
	return Value{kind: Object, tree: &tree{vals: vals, keys: keys}}
}

// rawValue wraps JSON text that parse has passed.
func rawValue(b []byte) Value {
	switch k := parse.KindOf(b[0]); k {
	case True:
		return yes
	case False:
		return no
	case Null:
		return null
	default:
		return Value{kind: k, raw: true, b: b}
	}
}

// Kind tells the value's type.
func (v Value) Kind() Kind { return v.kind }

// Text is the text of a string, "" for another value.
func (v Value) Text() string {
	if v.kind != String {
		return ""
	}
	return string((&run{}).str(v))
}

func (v Value) truth() bool { return v.kind > False }

// num is a number as jq computes with it: a double.
func (v Value) num() float64 {
	if !v.raw {
		return v.n
	}
	return parseNumber(v.b)
}

func parseNumber(b []byte) float64 {
	if n, ok := smallInt(b); ok {
		return float64(n)
	}
	n, err := strconv.ParseFloat(string(b), 64)
	if err != nil && math.IsInf(n, 0) {
		return math.Copysign(math.MaxFloat64, n)
	}
	return n
}

// smallInt reads an integer of up to fifteen digits, which a double holds.
func smallInt(b []byte) (n int64, ok bool) {
	d := b
	if len(d) > 0 && d[0] == '-' {
		d = d[1:]
	}
	if len(d) == 0 || len(d) > 15 || len(d) != len(b) && d[0] == '0' {
		return 0, false
	}
	for _, c := range d {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if len(d) != len(b) {
		n = -n
	}
	return n, true
}

// own copies a value out of buffers that will be used again.
func own(v Value) Value {
	v.b = bytes.Clone(v.b)
	return v
}

// NewText is a string.
func NewText(s string) Value { return text(s) }

// Number is a number as jq computes with it, 0 for another value.
func (v Value) Number() float64 {
	if v.kind != Number {
		return 0
	}
	return v.num()
}

// Elements are the values in an array or an object.
func (v Value) Elements() []Value {
	switch v.kind {
	case Array:
		return (&run{}).elements(v)
	case Object:
		return (&run{}).members(v).vals
	}
	return nil
}

// Keys are those of an object, in its order.
func (v Value) Keys() []string {
	if v.kind != Object {
		return nil
	}
	return (&run{}).members(v).keys
}

// Member is the value of an object's key, null when it is absent.
func (v Value) Member(key string) Value {
	if v.kind != Object {
		return null
	}
	return (&run{}).field(v, key)
}

// Equal reports whether two values are the same to jq.
func Equal(a, b Value) bool { return (&run{}).equal(a, b) }

// Contains reports whether b is in a, as contains means it of values of one kind.
func Contains(a, b Value) bool { return (&run{}).holds(a, b) }
