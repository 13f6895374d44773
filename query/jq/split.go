package jq

import "ctlog/parse"

// This file takes JSON text apart. What is small is split again each time; what
// is large is kept once it is asked for a second time, so that looking each of
// 80,000 members up does not go through all of them each time.

// known is what is kept of a large value, by where its text begins.
type known struct {
	looks int    // for single values
	tree  *tree  // of an array or object
	text  []byte // of a string
}

const (
	// minLarge is the size of text from which on it is kept what was found in it.
	minLarge = 1 << 12
	// maxKnown is how much text may be known when another document is read: those
	// that are read one after the other are one run.
	maxKnown = 16 << 20
	// maxLooks is how often a large value is gone through for a single one of its
	// own before all of them are kept.
	maxLooks = 4
)

// large gives what is kept of a value.
func (r *run) large(v Value) *known {
	at := &v.b[0]
	k := r.known[at]
	if k == nil {
		if r.known == nil {
			r.known = map[*byte]*known{}
		}
		k = new(known)
		r.known[at] = k
		r.size += len(v.b)
	}
	return k
}

// forget drops what is known of large values.
func (r *run) forget() {
	clear(r.known)
	r.size = 0
}

// str is the decoded text of a string, nil for another value. It must not be
// changed.
func (r *run) str(v Value) []byte {
	if !v.raw {
		return v.b
	}
	if len(v.b) < minLarge {
		return r.decoded(v.b)
	}
	k := r.large(v)
	if k.text == nil {
		k.text = r.decoded(v.b)
	}
	return k.text
}

func (r *run) decoded(raw []byte) []byte {
	inside := raw[1 : len(raw)-1]
	if parse.Literal(inside) {
		return inside
	}
	if len(r.text) > maxText {
		return parse.AppendText(nil, raw)
	}
	start := len(r.text)
	r.text = parse.AppendText(r.text, raw)
	return r.text[start:len(r.text):len(r.text)]
}

// elements gives an array's elements. They must not be changed.
func (r *run) elements(v Value) []Value {
	switch {
	case v.tree != nil:
		return v.tree.flat().vals
	case len(v.b) >= minLarge:
		return r.apart(v).vals
	}
	start := len(r.slab)
	if start > maxSlab {
		return splitElements(nil, v.b)
	}
	r.slab = splitElements(r.slab, v.b)
	return r.slab[start:len(r.slab):len(r.slab)]
}

func splitElements(dst []Value, raw []byte) []Value {
	for c := parse.Inside(raw); ; {
		e, ok := c.Element()
		if !ok {
			return dst
		}
		dst = append(dst, rawValue(e))
	}
}

// members gives an object as a flat tree. Of duplicate keys the last value stands
// in the place of the first, as in jq.
func (r *run) members(v Value) *tree {
	switch {
	case v.tree != nil:
		return v.tree.flat()
	case len(v.b) >= minLarge:
		return r.apart(v)
	}
	return splitMembers(v.b)
}

func splitMembers(raw []byte) *tree {
	t := new(tree)
	for c := parse.Inside(raw); ; {
		key, e, ok := c.Member()
		if !ok {
			return t
		}
		t.set(string(parse.AppendText(nil, key)), rawValue(e))
	}
}

// treeOf gives an array or object as a tree.
func (r *run) treeOf(v Value) *tree {
	switch {
	case v.tree != nil:
		return v.tree
	case v.kind == Object:
		return r.members(v)
	case len(v.b) >= minLarge:
		return r.apart(v)
	}
	return &tree{vals: r.elements(v)}
}

// apart gives the tree of a large value.
func (r *run) apart(v Value) *tree {
	k := r.large(v)
	switch {
	case k.tree != nil:
	case v.kind == Object:
		k.tree = splitMembers(v.b)
	default:
		k.tree = &tree{vals: splitElements(nil, v.b)}
	}
	return k.tree
}

// looked counts a look for a single value in a large one, and gives its tree if
// there have been many.
func (r *run) looked(v Value) *tree {
	if v.tree != nil || len(v.b) < minLarge {
		return v.tree
	}
	k := r.large(v)
	if k.looks++; k.tree == nil && k.looks <= maxLooks {
		return nil
	}
	return r.apart(v)
}

// get gives an object's member; ok is false when it is absent.
func (r *run) get(v Value, key string) (_ Value, ok bool) {
	if t := r.looked(v); t != nil {
		return t.get(key)
	}
	raw, ok := parse.Field(v.b, key)
	if !ok {
		return null, false
	}
	return rawValue(raw), true
}

// field gives an object's member, null when it is absent.
func (r *run) field(v Value, key string) Value {
	found, _ := r.get(v, key)
	return found
}

// has reports whether an object has a member.
func (r *run) has(v Value, key string) bool {
	_, ok := r.get(v, key)
	return ok
}

// element gives an array's element, null when it is absent; negative numbers
// count from the end.
func (r *run) element(v Value, n float64) Value {
	if t := r.looked(v); t != nil {
		if i := place(n, t.len()); i >= 0 && i < t.len() {
			return t.at(i)
		}
		return null
	}
	if n < 0 {
		return at(r.elements(v), place(n, r.count(v)))
	}
	c := parse.Inside(v.b)
	for i := place(n, 0); i >= 0; i-- {
		raw, ok := c.Element()
		if !ok {
			break
		}
		if i == 0 {
			return rawValue(raw)
		}
	}
	return null
}

// count is the number of elements or members.
func (r *run) count(v Value) int {
	switch {
	case v.tree != nil:
		return v.tree.len()
	case v.kind == Object:
		return len(r.members(v).keys)
	}
	if t := r.looked(v); t != nil {
		return t.len()
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
		if err := r.tick(); err != nil {
			return err
		}
		if err := f(e); err != nil {
			return err
		}
	}
	return nil
}
