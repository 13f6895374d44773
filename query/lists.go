package query

import (
	"bytes"
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
	var out []byte
	for _, v := range vals {
		out = append(out, r.str(v)...)
	}
	return textBytes(out)
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
	vals, err := r.iterableOnly(in)
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
		s, sub := r.str(v), r.str(key)
		for from := 0; len(sub) > 0; {
			i := bytes.Index(s[from:], sub)
			if i < 0 {
				break
			}
			out = append(out, number(float64(utf8.RuneCount(s[:from+i]))))
			_, n := utf8.DecodeRune(s[from+i:])
			from += i + n
		}
	case v.kind == Array && key.kind == Array:
		vals, sub := r.elements(v), r.elements(key)
		for i := 0; len(sub) > 0 && i+len(sub) <= len(vals); i++ {
			if r.compareLists(vals[i:i+len(sub)], sub) == 0 {
				out = append(out, number(float64(i)))
			}
		}
	case v.kind == Array:
		for i, e := range r.elements(v) {
			if r.equal(e, key) {
				out = append(out, number(float64(i)))
			}
		}
	}
	return list(out)
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
	out := make([]Value, width)
	for i := range out {
		column := make([]Value, len(rows))
		for k, row := range rows {
			column[k] = at(r.elements(row), i)
		}
		out[i] = list(column)
	}
	return list(out), nil
}
