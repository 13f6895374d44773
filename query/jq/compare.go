package jq

import (
	"bytes"
	"cmp"
	"slices"
)

// rank orders the types as jq does; false and true are kinds of their own.
func (v Value) rank() int { return int(v.kind) }

// compare is jq's order of all values: null, false, true, numbers, strings by
// code point, arrays by element, objects by their sorted keys and then by the
// values in the order of those. NaN is less than any number.
func (r *run) compare(a, b Value) int {
	if a.kind != b.kind {
		return cmp.Compare(a.rank(), b.rank())
	}
	switch a.kind {
	case Number:
		return compareNumbers(a, b)
	case String:
		return bytes.Compare(r.str(a), r.str(b))
	case Array:
		return r.compareLists(r.elements(a), r.elements(b))
	case Object:
		return r.compareObjects(r.members(a), r.members(b))
	}
	return 0
}

func compareNumbers(a, b Value) int {
	x, y := a.num(), b.num()
	switch {
	case x < y || x != x:
		return -1
	case x > y || y != y:
		return 1
	}
	return 0
}

func (r *run) compareLists(a, b []Value) int {
	for i := range min(len(a), len(b)) {
		if c := r.compare(a[i], b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func (r *run) compareObjects(a, b *tree) int {
	inA, inB := a.sorted(), b.sorted()
	for i := range min(len(inA), len(inB)) {
		if c := cmp.Compare(a.keys[inA[i]], b.keys[inB[i]]); c != 0 {
			return c
		}
	}
	if c := cmp.Compare(len(inA), len(inB)); c != 0 {
		return c
	}
	for i := range inA {
		if c := r.compare(a.vals[inA[i]], b.vals[inB[i]]); c != 0 {
			return c
		}
	}
	return 0
}

// equal is compare == 0 with a short way for what events are asked most: is
// this string that one.
func (r *run) equal(a, b Value) bool {
	if a.kind == String && b.kind == String {
		return bytes.Equal(r.str(a), r.str(b))
	}
	return r.compare(a, b) == 0
}

// sortedBy sorts values by the keys beside them; both slices are changed.
func (r *run) sortedBy(vals, keys []Value) []int {
	order := make([]int, len(vals))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return r.compare(keys[i], keys[j]) })
	return order
}
