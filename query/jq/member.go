package jq

import "ctlog/parse"

// root is the event in hand. Its members that the program names are found in
// one pass when the first of them is asked for: programs name several, and each
// look-up of its own would go through the whole event.
type root struct {
	event  parse.Event
	names  *parse.Names
	picked [][]byte // their values
	known  bool
	inner  [1][]byte // what memberOf found
}

// take forgets the last event.
func (t *root) take(event parse.Event) { t.event, t.known = event, false }

func (t *root) is(raw []byte) bool {
	return len(raw) > 0 && len(raw) == len(t.event.Raw) && &raw[0] == &t.event.Raw[0]
}

// member is the raw value of the member with the name slot, nil if there is
// none.
func (t *root) member(slot int) []byte {
	if !t.known {
		t.pick()
	}
	return t.picked[slot]
}

func (t *root) pick() {
	if t.picked == nil {
		t.picked = make([][]byte, t.names.Len())
	}
	t.event.Pick(t.names, t.picked)
	t.known = true
}

// memberOf is the member of a member, nil if there is none.
func (t *root) memberOf(object []byte, name *parse.Names) []byte {
	t.event.PickIn(object, name, t.inner[:])
	return t.inner[0]
}

// slots numbers the names of members that a program has.
type slots struct{ names []string }

func (s *slots) of(name string) int {
	for i, n := range s.names {
		if n == name {
			return i
		}
	}
	s.names = append(s.names, name)
	return len(s.names) - 1
}

// member is `.name`.
func (c *compiler) member(name string) *node {
	key := text(name)
	get := func(r *run, in Value) (Value, error) {
		switch in.kind {
		case Object:
			return r.field(in, name), nil
		case Null:
			return null, nil
		}
		return null, cannotIndex(r, in, key)
	}
	n := &node{
		one: func(r *run, _ *env, in Value) (Value, bool, error) {
			v, err := get(r, in)
			return v, err == nil, err
		},
		path: func(r *run, _ *env, in Value, at *step, f pathYield) error {
			v, err := get(r, in)
			if err != nil {
				return err
			}
			return f(v, &step{at, key})
		},
	}
	if c.slots == nil {
		return n
	}
	plain, slot := n.one, c.slots.of(name)
	n.slot = slot + 1
	n.one = func(r *run, e *env, in Value) (Value, bool, error) {
		if in.kind == Object && in.raw && r.root.is(in.b) { // what plain would do, and faster
			return orNull(r.root.member(slot)), true, nil
		}
		return plain(r, e, in)
	}
	return n
}

// memberOf is `base.name`.
func (c *compiler) memberOf(base *node, name string) *node {
	n := pipe(base, c.member(name))
	if base.slot == 0 {
		return n
	}
	plain, slot, names := n.one, base.slot-1, parse.NewNames(name)
	n.one = func(r *run, e *env, in Value) (Value, bool, error) {
		if in.kind != Object || !in.raw || !r.root.is(in.b) {
			return plain(r, e, in)
		}
		outer := r.root.member(slot)
		if outer == nil || outer[0] != '{' {
			return plain(r, e, in)
		}
		return orNull(r.root.memberOf(outer, names)), true, nil
	}
	return n
}

func orNull(raw []byte) Value {
	if raw == nil {
		return null
	}
	return rawValue(raw)
}
