package query

import (
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// entry is one `key: value` of an object construction.
type entry struct {
	key   *node
	fixed string // the key, when it is the same for every input
	val   *node
}

func (c *compiler) object(o *gojq.Object, s *scope) (*node, error) {
	var entries []entry
	simple := true
	for _, kv := range o.KeyVals {
		en, err := c.entry(kv, s)
		if err != nil {
			return nil, err
		}
		simple = simple && en.key == nil && en.val.one != nil
		entries = append(entries, en)
	}
	if simple {
		return fixedObject(entries), nil
	}
	return &node{many: func(r *run, e *env, in Value, f yield) error {
		return build(r, e, in, entries, &tree{}, f)
	}}, nil
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

func (c *compiler) entry(kv *gojq.ObjectKeyVal, s *scope) (en entry, err error) {
	switch {
	case kv.KeyString != nil && len(kv.KeyString.Queries) == 0:
		en.fixed = kv.KeyString.Str
	case kv.KeyString != nil:
		en.key, err = c.str(kv.KeyString, formatText, s)
	case kv.KeyQuery != nil:
		en.key, err = c.query(kv.KeyQuery, s)
	default:
		en.fixed = strings.TrimPrefix(kv.Key, "$")
	}
	if err != nil {
		return en, err
	}
	switch {
	case kv.Val != nil:
		en.val, err = c.query(kv.Val, s)
	case strings.HasPrefix(kv.Key, "$"):
		en.val, err = c.variable(kv.Key, s)
	case en.key != nil:
		en.val = indexBy(identity, en.key)
	default:
		en.val = c.member(en.fixed)
	}
	if kv.Key == "$__loc__" {
		en.fixed = "__loc__"
	}
	return en, err
}

// str compiles a string with interpolations, each put through format.
func (c *compiler) str(t *gojq.String, format formatter, s *scope) (*node, error) {
	if len(t.Queries) == 0 {
		return constant(text(t.Str)), nil
	}
	parts := make([]*node, len(t.Queries))
	for i, q := range t.Queries {
		if q.Term != nil && q.Term.Type == gojq.TermTypeString && len(q.Term.Str.Queries) == 0 && len(q.Term.SuffixList) == 0 && len(q.FuncDefs) == 0 {
			parts[i] = constant(text(q.Term.Str.Str))
			continue
		}
		n, err := c.query(q, s)
		if err != nil {
			return nil, err
		}
		parts[i] = pipe(n, single(func(r *run, _ *env, v Value) (Value, error) { return format(r, v) }))
	}
	n := &node{many: func(r *run, e *env, in Value, f yield) error {
		return interpolate(r, e, in, parts, nil, f)
	}}
	if !slices.ContainsFunc(parts, func(p *node) bool { return p.one == nil }) {
		n.one = func(r *run, e *env, in Value) (Value, bool, error) { return concat(r, e, in, parts) }
	}
	return n, nil
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

// format compiles `@name` and `@name "string"`.
func (c *compiler) format(name string, t *gojq.String, s *scope) (*node, error) {
	f := formats[name]
	switch {
	case f == nil:
		return nil, foreign(name)
	case t == nil:
		n := single(func(r *run, _ *env, in Value) (Value, error) { return f(r, in) })
		n.row = rowFormats[name]
		return n, nil
	}
	return c.str(t, f, s)
}
