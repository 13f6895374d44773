package jq

import (
	"slices"
	"unicode/utf8"
)

// iterableOnly gives the values of an array or object.
func (r *run) iterableOnly(in Value) ([]Value, error) {
	switch in.kind {
	case Array:
		return r.elements(in), nil
	case Object:
		return r.members(in).vals, nil
	}
	return nil, notIterable(r, in)
}

func arrayOnly(r *run, in Value, what string) ([]Value, error) {
	if in.kind != Array {
		return nil, fail("%s cannot be %s, as it is not an array", r.short(in), what)
	}
	return r.elements(in), nil
}

func addAll(r *run, in Value, _ []Value) (Value, error) {
	vals, err := r.iterableOnly(in)
	if err != nil {
		return null, err
	}
	if len(vals) > 1 && vals[0].kind == String && !slices.ContainsFunc(vals, func(v Value) bool { return v.kind != String }) {
		return r.concat(vals), nil
	}
	total := null
	for _, v := range vals {
		if total, err = add(r, total, v); err != nil {
			return null, err
		}
	}
	return total, nil
}

func (r *run) concat(vals []Value) Value {
	parts := make([][]byte, len(vals))
	for i, v := range vals {
		parts[i] = r.str(v)
	}
	return textBytes(slices.Concat(parts...))
}

func reverse(r *run, in Value, _ []Value) (Value, error) {
	switch in.kind {
	case Null:
		return list(nil), nil
	case String:
		s := []rune(string(r.str(in)))
		slices.Reverse(s)
		return text(string(s)), nil
	case Array:
		out := slices.Clone(r.elements(in))
		slices.Reverse(out)
		return list(out), nil
	}
	return null, fail("Cannot reverse %s", r.short(in))
}

func sorted(r *run, in Value, _ []Value) (Value, error) {
	vals, err := arrayOnly(r, in, "sorted")
	if err != nil {
		return null, err
	}
	return sortBy(r, vals, vals), nil
}

func unique(r *run, in Value, _ []Value) (Value, error) {
	vals, err := arrayOnly(r, in, "sorted")
	if err != nil {
		return null, err
	}
	return uniqueBy(r, vals, vals), nil
}

func sortBy(r *run, vals, keys []Value) Value {
	out := make([]Value, len(vals))
	for i, at := range r.sortedBy(vals, keys) {
		out[i] = vals[at]
	}
	return list(out)
}

func groupBy(r *run, vals, keys []Value) Value {
	var groups []Value
	var group []Value
	order := r.sortedBy(vals, keys)
	for i, at := range order {
		if i > 0 && r.compare(keys[order[i-1]], keys[at]) != 0 {
			groups = append(groups, list(group))
			group = nil
		}
		group = append(group, vals[at])
	}
	if group != nil {
		groups = append(groups, list(group))
	}
	return list(groups)
}

func uniqueBy(r *run, vals, keys []Value) Value {
	var out []Value
	order := r.sortedBy(vals, keys)
	for i, at := range order {
		if i == 0 || r.compare(keys[order[i-1]], keys[at]) != 0 {
			out = append(out, vals[at])
		}
	}
	return list(out)
}

func minBy(r *run, vals, keys []Value) Value {
	best := -1
	for i := range vals {
		if best < 0 || r.compare(keys[i], keys[best]) < 0 {
			best = i
		}
	}
	return at(vals, best)
}

func maxBy(r *run, vals, keys []Value) Value {
	best := -1
	for i := range vals {
		if best < 0 || r.compare(keys[i], keys[best]) >= 0 {
			best = i
		}
	}
	return at(vals, best)
}

func at(vals []Value, i int) Value {
	if i < 0 || i >= len(vals) {
		return null
	}
	return vals[i]
}

func least(r *run, in Value, _ []Value) (Value, error) {
	vals, err := arrayOnly(r, in, "compared")
	return minBy(r, vals, vals), err
}

func greatest(r *run, in Value, _ []Value) (Value, error) {
	vals, err := arrayOnly(r, in, "compared")
	return maxBy(r, vals, vals), err
}

func flatten(r *run, in Value, a []Value) (Value, error) {
	depth := 1e9
	if len(a) > 0 {
		if a[0].kind != Number || a[0].num() < 0 {
			return null, fail("flatten depth must not be negative")
		}
		depth = a[0].num()
	}
	vals, err := r.iterableOnly(nested(in))
	if err != nil {
		return null, err
	}
	return list(r.flat(nil, vals, depth)), nil
}

func (r *run) flat(out, vals []Value, depth float64) []Value {
	for _, v := range vals {
		if v.kind == Array && depth > 0 {
			out = r.flat(out, r.elements(v), depth-1)
		} else {
			out = append(out, v)
		}
	}
	return out
}

func firstElement(r *run, in Value, _ []Value) (Value, error) { return r.index(in, number(0)) }
func lastElement(r *run, in Value, _ []Value) (Value, error)  { return r.index(in, number(-1)) }

func nth(r *run, in Value, a []Value) (Value, error) { return r.index(in, a[0]) }

func setPath(r *run, in Value, a []Value) (Value, error) {
	if a[0].kind != Array {
		return null, fail("Path must be specified as an array")
	}
	return r.setPath(in, r.elements(a[0]), a[1])
}

func delPaths(r *run, in Value, a []Value) (Value, error) {
	if a[0].kind != Array {
		return null, fail("Paths must be specified as an array")
	}
	for _, p := range r.elements(a[0]) {
		if p.kind != Array {
			return null, fail("Path must be specified as an array")
		}
	}
	return r.deletePaths(in, r.elements(a[0]))
}

func toEntries(r *run, in Value, _ []Value) (Value, error) {
	keys, err := keysUnsorted(r, in, nil)
	if err != nil {
		return null, err
	}
	vals, err := r.iterableOnly(in)
	out := make([]Value, len(vals))
	for i, v := range vals {
		out[i] = object([]string{"key", "value"}, []Value{keys.tree.vals[i], v})
	}
	return list(out), err
}

func fromEntries(r *run, in Value, _ []Value) (Value, error) {
	vals, err := r.iterableOnly(in)
	if err != nil {
		return null, err
	}
	out := new(tree)
	for _, e := range vals {
		key, err := r.entryKey(e)
		if err != nil {
			return null, err
		}
		v, err := r.anyField(e, "value", "Value", "v", "V")
		if err != nil {
			return null, err
		}
		out.set(key, v)
	}
	return Value{kind: Object, tree: out}, nil
}

// entryKey is the key of an entry, under any of the names that jq takes.
func (r *run) entryKey(e Value) (string, error) {
	k, err := r.anyField(e, "key", "Key", "k", "K", "name", "Name")
	if err != nil {
		return "", err
	}
	switch k.kind {
	case String:
		return string(r.str(k)), nil
	case Array, Object:
		return "", fail("Cannot use %s as object key", r.short(k))
	}
	return string(r.json(k)), nil
}

// anyField gives the first member that is there and not null or false; false
// stands if nothing better comes.
func (r *run) anyField(e Value, names ...string) (Value, error) {
	fallback := null
	for _, n := range names {
		v, err := r.index(e, text(n))
		if err != nil {
			return null, err
		}
		if v.truth() {
			return v, nil
		}
		if v.kind == False {
			fallback = v
		}
	}
	return fallback, nil
}

func (r *run) indices(v, key Value) Value {
	var out []Value
	switch {
	case v.kind == String && key.kind == String:
		s, runes := r.str(v), runes{}
		occurrences(s, r.str(key), func(a, b byte) bool { return a == b }, func(i int) {
			out = append(out, number(runes.to(s, i)))
		})
	case v.kind == Array && key.kind == Array:
		occurrences(r.elements(v), r.elements(key), r.equal, func(i int) { out = append(out, number(float64(i))) })
	case v.kind == Array:
		for i, e := range r.elements(v) {
			if r.equal(e, key) {
				out = append(out, number(float64(i)))
			}
		}
	}
	return list(out)
}

// occurrences calls found for each place where sub begins in s, overlapping ones
// too, in time linear in both (Knuth, Morris and Pratt, 1977).
func occurrences[T any](s, sub []T, equal func(a, b T) bool, found func(int)) {
	if len(sub) == 0 {
		return
	}
	border := make([]int, len(sub)+1) // of each beginning of sub: the longest proper one that ends it
	border[0] = -1
	for i, k := 0, -1; i < len(sub); i++ {
		for k >= 0 && !equal(sub[i], sub[k]) {
			k = border[k]
		}
		k++
		border[i+1] = k
	}
	for i, k := 0, 0; i < len(s); i++ {
		for k == len(sub) || k >= 0 && !equal(s[i], sub[k]) {
			k = border[k]
		}
		if k++; k == len(sub) {
			found(i + 1 - k)
		}
	}
}

// runes counts code points on the way through a text.
type runes struct{ bytes, n int }

// to gives how many there are before the byte at i; i never decreases.
func (c *runes) to(s []byte, i int) float64 {
	c.n += utf8.RuneCount(s[c.bytes:i])
	c.bytes = i
	return float64(c.n)
}

// indices gives all places of a value; where neither strings nor arrays are
// meant, jq 1.6 takes it for `.[value]`, and so do we.
func indices(r *run, in Value, a []Value) (Value, error) {
	switch {
	case in.kind == Array, in.kind == String && a[0].kind == String:
		return r.indices(in, a[0]), nil
	}
	return r.index(in, a[0])
}

func firstIndex(r *run, in Value, a []Value) (Value, error) {
	all, err := indices(r, in, a)
	if err != nil {
		return null, err
	}
	return r.index(all, number(0))
}

func lastIndex(r *run, in Value, a []Value) (Value, error) {
	all, err := indices(r, in, a)
	if err != nil {
		return null, err
	}
	return r.index(all, number(-1))
}

func transpose(r *run, in Value, _ []Value) (Value, error) {
	rows, err := arrayOnly(r, in, "transposed")
	if err != nil {
		return null, err
	}
	width := 0
	for _, row := range rows {
		if row.kind != Array {
			return null, cannotIndex(r, row, number(0))
		}
		width = max(width, r.count(row))
	}
	if width*len(rows) > maxArray {
		return null, fail("more than %d cells cannot be transposed", maxArray)
	}
	columns := make([][]Value, width)
	for i := range columns {
		columns[i] = make([]Value, len(rows))
	}
	for k, row := range rows {
		for i, v := range r.elements(row) {
			columns[i][k] = v
		}
	}
	out := make([]Value, width)
	for i, c := range columns {
		out[i] = list(c)
	}
	return list(out), nil
}
