package jq

import "slices"

// entry is one `key: value` of an object construction.
type entry struct {
	key   *node
	fixed string // the key, when it is the same for every input
	val   *node
}

func (c *compiler) object(e *Expr) *node {
	var entries []entry
	simple := true
	for i := 0; i < len(e.Kids); i += 2 {
		en := entry{val: c.compile(e.Kids[i+1])}
		if key := e.Kids[i]; key.IsLiteral(String) {
			en.fixed = key.Value.Text()
		} else {
			en.key = c.compile(key)
		}
		simple = simple && en.key == nil && en.val.one != nil
		entries = append(entries, en)
	}
	if simple {
		return fixedObject(entries)
	}
	return &node{many: func(r *run, e *env, in Value, f yield) error {
		return build(r, e, in, entries, &tree{}, f)
	}}
}

// fixedObject is an object whose keys are known and whose values are single.
func fixedObject(entries []entry) *node {
	return &node{one: func(r *run, e *env, in Value) (Value, bool, error) {
		t := &tree{vals: make([]Value, 0, len(entries)), keys: make([]string, 0, len(entries))}
		for _, en := range entries {
			v, ok, err := en.val.one(r, e, in)
			if err != nil || !ok {
				return null, false, err
			}
			t.set(en.fixed, v)
		}
		return Value{kind: Object, tree: t}, true, nil
	}}
}

// build goes through every combination; the first entry varies slowest.
func build(r *run, e *env, in Value, entries []entry, t *tree, f yield) error {
	if len(entries) == 0 {
		return f(Value{kind: Object, tree: t})
	}
	en := entries[0]
	with := func(key string) error {
		return en.val.each(r, e, in, func(v Value) error {
			return build(r, e, in, entries[1:], t.with(key, v).tree, f)
		})
	}
	if en.key == nil {
		return with(en.fixed)
	}
	return en.key.each(r, e, in, func(k Value) error {
		if k.kind != String {
			return fail("Cannot use %s as object key", r.short(k))
		}
		return with(string(r.str(k)))
	})
}

// interpolated is a string of parts that are strings.
func interpolated(parts []*node) *node {
	n := &node{many: func(r *run, e *env, in Value, f yield) error {
		return interpolate(r, e, in, parts, nil, f)
	}}
	if !slices.ContainsFunc(parts, func(p *node) bool { return p.one == nil }) {
		n.one = func(r *run, e *env, in Value) (Value, bool, error) { return concat(r, e, in, parts) }
	}
	return n
}

func concat(r *run, e *env, in Value, parts []*node) (Value, bool, error) {
	texts := make([][]byte, len(parts))
	for i := len(parts) - 1; i >= 0; i-- { // jq's order: it tells which error comes first
		v, ok, err := parts[i].one(r, e, in)
		if err != nil || !ok {
			return null, false, err
		}
		texts[i] = r.str(v)
	}
	return textBytes(slices.Concat(texts...)), true, nil
}

// interpolate goes through every combination; the last part varies slowest.
func interpolate(r *run, e *env, in Value, parts []*node, tail []byte, f yield) error {
	if len(parts) == 0 {
		return f(textBytes(tail))
	}
	n := len(parts) - 1
	return parts[n].each(r, e, in, func(v Value) error {
		return interpolate(r, e, in, parts[:n], slices.Concat(r.str(v), tail), f)
	})
}

// formatted is `@name`.
func formatted(name string) *node {
	f := formats[name]
	n := single(func(r *run, _ *env, in Value) (Value, error) { return f(r, in) })
	n.row = rowFormats[name]
	return n
}
