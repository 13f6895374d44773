package query

import "ctlog/parse"

// root is the event in hand with its members, found in one pass when the first
// of them is asked for: programs ask for several, and each look-up of its own
// would go through the whole event.
type root struct {
	event   []byte
	indexed bool
	keys    [][]byte // raw strings
	vals    [][]byte
}

// take forgets the last event.
func (t *root) take(event []byte) { t.event, t.indexed = event, false }

func (t *root) is(raw []byte) bool {
	return len(raw) > 0 && len(raw) == len(t.event) && &raw[0] == &t.event[0]
}

// member gives the last member of that name, as jq does.
func (t *root) member(name string) ([]byte, bool) {
	if !t.indexed {
		t.index()
	}
	for i := len(t.keys) - 1; i >= 0; i-- {
		if parse.KeyIs(t.keys[i], name) {
			return t.vals[i], true
		}
	}
	return nil, false
}

func (t *root) index() {
	t.indexed, t.keys, t.vals = true, t.keys[:0], t.vals[:0]
	for c := parse.Inside(t.event); ; {
		key, val, ok := c.Member()
		if !ok {
			return
		}
		t.keys, t.vals = append(t.keys, key), append(t.vals, val)
	}
}

// lookUp gives the raw member of a raw object.
func (r *run) lookUp(object []byte, name string) ([]byte, bool) {
	if r.root.is(object) {
		return r.root.member(name)
	}
	return parse.Field(object, name)
}
