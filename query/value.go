package query

import (
	"bytes"
	"math"
	"slices"
	"strconv"

	"ctlog/parse"
)

// Kind is a JSON type, in jq's order of types.
type Kind uint8

const (
	Null Kind = iota
	False
	True
	Number
	String
	Array
	Object
)

// name is the word that jq's type gives.
func (k Kind) name() string {
	return [...]string{"null", "boolean", "boolean", "number", "string", "array", "object"}[k]
}

// Value is a JSON value: a piece of an event's original bytes for as long as
// nothing more is asked of it, or something that a program made. Values are
// immutable; those that came from an event are valid until the call of emit
// that they were given to returns.
type Value struct {
	kind Kind
	raw  bool    // b is JSON text
	b    []byte  // JSON text, or the decoded text of a string
	n    float64 // a number that is not raw
	tree *tree   // an array or object that is not raw
}

// tree is an array's elements, or an object's values beside its keys, which
// stand in the order of their insertion, as jq prints them.
type tree struct {
	vals []Value
	keys []string
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
	v := Value{raw: true, b: b}
	switch b[0] {
	case '{':
		v.kind = Object
	case '[':
		v.kind = Array
	case '"':
		v.kind = String
	case 't':
		return yes
	case 'f':
		return no
	case 'n':
		return null
	default:
		v.kind = Number
	}
	return v
}

// Kind tells the value's type.
func (v Value) Kind() Kind { return v.kind }

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

// str is the decoded text of a string, nil for another value. It must not be
// changed.
func (r *run) str(v Value) []byte {
	if !v.raw {
		return v.b
	}
	inside := v.b[1 : len(v.b)-1]
	if parse.Literal(inside) {
		return inside
	}
	start := len(r.text)
	r.text = parse.AppendText(r.text, v.b)
	return r.text[start:len(r.text):len(r.text)]
}

// elements gives an array's elements. They must not be changed.
func (r *run) elements(v Value) []Value {
	if !v.raw {
		return v.tree.vals
	}
	start := len(r.slab)
	for c := parse.Inside(v.b); ; {
		raw, ok := c.Element()
		if !ok {
			break
		}
		r.slab = append(r.slab, rawValue(raw))
	}
	return r.slab[start:len(r.slab):len(r.slab)]
}

// members gives an object as a tree. Of duplicate keys the last value stands
// in the place of the first, as in jq.
func (r *run) members(v Value) *tree {
	if !v.raw {
		return v.tree
	}
	t := new(tree)
	for c := parse.Inside(v.b); ; {
		key, raw, ok := c.Member()
		if !ok {
			return t
		}
		t.set(string(parse.AppendText(nil, key)), rawValue(raw))
	}
}

func (t *tree) find(key string) int { return slices.Index(t.keys, key) }

// set changes t itself: only for trees that nobody else has seen yet.
func (t *tree) set(key string, v Value) {
	if i := t.find(key); i >= 0 {
		t.vals[i] = v
		return
	}
	t.keys = append(t.keys, key)
	t.vals = append(t.vals, v)
}

// with gives a copy in which key has another value.
func (t *tree) with(key string, v Value) Value {
	fresh := &tree{vals: slices.Clone(t.vals), keys: t.keys[:len(t.keys):len(t.keys)]}
	fresh.set(key, v)
	return Value{kind: Object, tree: fresh}
}

// field gives an object's member, null when it is absent.
func (r *run) field(v Value, key string) Value {
	if v.raw {
		if raw, ok := parse.Field(v.b, key); ok {
			return rawValue(raw)
		}
		return null
	}
	if i := v.tree.find(key); i >= 0 {
		return v.tree.vals[i]
	}
	return null
}

// has reports whether an object has a member.
func (r *run) has(v Value, key string) bool {
	if v.raw {
		_, ok := parse.Field(v.b, key)
		return ok
	}
	return v.tree.find(key) >= 0
}

// count is the number of elements or members.
func (r *run) count(v Value) int {
	switch {
	case !v.raw:
		return len(v.tree.vals)
	case v.kind == Object:
		return len(r.members(v).keys)
	}
	n := 0
	for c := parse.Inside(v.b); ; n++ {
		if _, ok := c.Element(); !ok {
			return n
		}
	}
}

// each calls f for an object's or array's values in order.
func (r *run) each(v Value, f func(Value) error) error {
	vals := []Value(nil)
	if v.kind == Object {
		vals = r.members(v).vals
	} else {
		vals = r.elements(v)
	}
	for _, e := range vals {
		if err := f(e); err != nil {
			return err
		}
	}
	return nil
}

// own copies a value out of buffers that will be used again.
func own(v Value) Value {
	v.b = bytes.Clone(v.b)
	return v
}
