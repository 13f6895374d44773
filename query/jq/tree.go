package jq

import (
	"cmp"
	"slices"
)

// tree is an array's elements, or an object's values beside its keys, which
// stand in the order of their insertion, as jq prints them. What is large and
// changed becomes a trie; either form is made of the other when it is asked for.
type tree struct {
	vals []Value
	keys []string
	text []byte // of a string instead, with room behind it

	index  map[string]int // of keys, where they are many
	trie   *trie          // the same values; the only form when vals is nil
	copies int            // values that were copied for what it was changed into
	// shared trees belong to a program, which several goroutines may run: they
	// stay as they are.
	shared bool
}

const (
	// maxListed is up to how many keys looking through all of them is as fast as
	// an index.
	maxListed = 16
	// maxSmall is up to how many values a copy costs less than what a trie does.
	maxSmall = 32
	// maxCopies is how many values are copied before what is changed becomes a
	// trie: most are changed once or twice.
	maxCopies = 1 << 13
)

func (t *tree) len() int {
	if t.vals == nil && t.trie != nil {
		return t.trie.n
	}
	return len(t.vals)
}

// flat gives t with vals and keys.
func (t *tree) flat() *tree {
	if t.vals == nil && t.trie != nil {
		t.vals, t.keys = t.trie.flat()
	}
	return t
}

// find gives the place of a key of a flat tree, -1 when it is not there.
func (t *tree) find(key string) int {
	if len(t.keys) <= maxListed {
		return slices.Index(t.keys, key)
	}
	if t.index == nil {
		t.fill()
	}
	if i, ok := t.index[key]; ok {
		return i
	}
	return -1
}

func (t *tree) fill() {
	t.index = make(map[string]int, len(t.keys))
	for i, k := range t.keys {
		t.index[k] = i
	}
}

// sorted gives the places of a flat tree's members in the order of their keys.
func (t *tree) sorted() []int {
	order := make([]int, len(t.keys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(t.keys[i], t.keys[j]) })
	return order
}

// share makes a flat tree ready for several goroutines.
func (t *tree) share() {
	t.shared = true
	if len(t.keys) > maxListed {
		t.fill()
	}
}

// get gives the value of a key.
func (t *tree) get(key string) (Value, bool) {
	if t.vals == nil && t.trie != nil {
		return t.trie.get(hashOf(key), key)
	}
	if i := t.find(key); i >= 0 {
		return t.vals[i], true
	}
	return null, false
}

// at gives the element at i, which is there.
func (t *tree) at(i int) Value {
	if t.vals == nil && t.trie != nil {
		v, _ := t.trie.get(uint64(i), "")
		return v
	}
	return t.vals[i]
}

// set changes t itself: only for flat trees that nobody else has seen yet.
func (t *tree) set(key string, v Value) {
	if i := t.find(key); i >= 0 {
		t.vals[i] = v
		return
	}
	if t.index != nil {
		t.index[key] = len(t.keys)
	}
	t.keys = append(t.keys, key)
	t.vals = append(t.vals, v)
}

// with gives a copy in which key has another value.
func (t *tree) with(key string, v Value) Value {
	if t.changing() {
		return grown(Object, t.tried(Object).with(hashOf(key), key, v))
	}
	fresh := t.copied()
	fresh.set(key, v)
	return Value{kind: Object, tree: fresh}
}

// copied gives a flat copy of an object, to be changed.
func (t *tree) copied() *tree {
	t.flat()
	return &tree{vals: slices.Clone(t.vals), keys: t.keys[:len(t.keys):len(t.keys)], copies: t.copies}
}

// placed gives a copy of an array in which an element is another, or one more is
// behind the last.
func (t *tree) placed(i int, v Value) Value {
	if t.changing() {
		return grown(Array, t.tried(Array).with(uint64(i), "", v))
	}
	vals := make([]Value, max(t.len(), i+1))
	copy(vals, t.flat().vals)
	vals[i] = v
	return Value{kind: Array, tree: &tree{vals: vals, copies: t.copies}}
}

// changing counts one more change, and tells whether it is worth a trie.
func (t *tree) changing() bool {
	n := t.len()
	if t.trie != nil || n <= maxSmall || t.shared {
		return t.trie != nil
	}
	t.copies += n
	return t.copies > maxCopies
}

func grown(kind Kind, t *trie) Value {
	return Value{kind: kind, tree: &tree{trie: t}}
}

// tried gives the values as a trie.
func (t *tree) tried(kind Kind) *trie {
	if t.trie != nil {
		return t.trie
	}
	t.trie = trieOf(t, kind)
	return t.trie
}

// joined gives the elements of both arrays.
func (t *tree) joined(more []Value) Value {
	if len(more) > t.len()/4 || !t.changing() {
		vals := slices.Concat(t.flat().vals, more)
		return Value{kind: Array, tree: &tree{vals: vals, copies: t.copies}}
	}
	built := t.tried(Array)
	for _, v := range more {
		built = built.with(uint64(built.n), "", v)
	}
	return grown(Array, built)
}

// merged gives an object with the members of both: of those that both have, what
// join makes of the two values.
func (t *tree) merged(more *tree, join func(old, v Value) Value) Value {
	if len(more.keys) > t.len()/4 || !t.changing() {
		fresh := t.copied()
		for i, k := range more.keys {
			v := more.vals[i]
			if at := fresh.find(k); at >= 0 {
				v = join(fresh.vals[at], v)
			}
			fresh.set(k, v)
		}
		return Value{kind: Object, tree: fresh}
	}
	built := t.tried(Object)
	for i, k := range more.keys {
		v, hash := more.vals[i], hashOf(k)
		if old, ok := built.get(hash, k); ok {
			v = join(old, v)
		}
		built = built.with(hash, k, v)
	}
	return grown(Object, built)
}
