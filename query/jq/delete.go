package jq

import "slices"

// deletePaths removes paths, all of one array or object together: one after the
// other would copy it for each.
func (r *run) deletePaths(v Value, paths []Value) (Value, error) {
	lists := make([][]Value, len(paths))
	for i, p := range paths {
		lists[i] = r.elements(p)
	}
	slices.SortFunc(lists, r.compareLists)
	return r.deleteSorted(v, lists, 0)
}

// deleteSorted removes paths that are the same up to depth.
func (r *run) deleteSorted(v Value, paths [][]Value, depth int) (_ Value, err error) {
	if len(paths) == 0 {
		return v, nil
	}
	if len(paths[0]) == depth || v.kind == Null {
		return null, nil
	}
	var gone []Value
	for len(paths) > 0 {
		n, key := 1, paths[0][depth]
		for n < len(paths) && r.equal(paths[n][depth], key) {
			n++
		}
		if len(paths[0]) == depth+1 {
			gone = append(gone, key)
		} else if v, err = r.deleteInside(v, key, paths[:n], depth+1); err != nil {
			return null, err
		}
		paths = paths[n:]
	}
	return r.deleteKeys(v, gone)
}

func (r *run) deleteInside(v, key Value, paths [][]Value, depth int) (Value, error) {
	inner, err := r.index(v, key)
	if err != nil || inner.kind == Null {
		return v, err
	}
	if inner, err = r.deleteSorted(inner, paths, depth); err != nil {
		return null, err
	}
	return r.setKey(v, key, inner)
}

// deleteKeys removes members, elements and slices; negative numbers and slices
// mean the array as it is before.
func (r *run) deleteKeys(v Value, keys []Value) (Value, error) {
	if len(keys) == 0 || v.kind == Null {
		return v, nil
	}
	t := r.treeOf(v).flat()
	edges := make([]int, t.len()+1) // where what is removed begins less where it ends
	for _, key := range keys {
		from, to, err := r.removed(v, t, key)
		if err != nil {
			return null, err
		}
		edges[from]++
		edges[to]--
	}
	left, gone := new(tree), 0
	for i, e := range t.vals {
		if gone += edges[i]; gone > 0 {
			continue
		}
		left.vals = append(left.vals, e)
		if v.kind == Object {
			left.keys = append(left.keys, t.keys[i])
		}
	}
	if left.len() == t.len() {
		return v, nil
	}
	return Value{kind: v.kind, tree: left}, nil
}

// removed tells which of the values of v, whose tree is t, a key removes.
func (r *run) removed(v Value, t *tree, key Value) (from, to int, err error) {
	i := -1
	switch {
	case v.kind == Object && key.kind == String:
		i = t.find(string(r.str(key)))
	case v.kind == Array && key.kind == Number:
		i = place(key.num(), t.len())
	case v.kind == Array && key.kind == Object:
		return r.bounds(key, t.len())
	case v.kind == Object:
		return 0, 0, fail("Cannot delete field at object index of array")
	case v.kind == Array:
		return 0, 0, fail("Cannot delete field at array index of object")
	default:
		return 0, 0, fail("Cannot delete field at index of %s", v.kind.String())
	}
	if i < 0 || i >= t.len() {
		return 0, 0, nil
	}
	return i, i + 1, nil
}
