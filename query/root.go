package query

import "ctlog/parse"

// root is the event in hand with its members, found in one pass when the first
// of them is asked for: programs ask for several, and each look-up of its own
// would go through the whole event.
type root struct {
	event   parse.Event
	indexed bool
	escaped bool     // some key has a backslash in it
	keys    [][]byte // raw strings
	vals    [][]byte
}

// take forgets the last event.
func (t *root) take(event parse.Event) { t.event, t.indexed = event, false }

func (t *root) is(raw []byte) bool {
	return len(raw) > 0 && len(raw) == len(t.event.Raw) && &raw[0] == &t.event.Raw[0]
}

// member gives the last member of that name, as jq does.
func (t *root) member(name string) ([]byte, bool) {
	if !t.indexed {
		t.index()
	}
	for i := len(t.keys) - 1; i >= 0; i-- {
		key := t.keys[i]
		is := len(key) == len(name)+2 && string(key[1:len(key)-1]) == name
		if t.escaped {
			is = parse.KeyIs(key, name)
		}
		if is {
			return t.vals[i], true
		}
	}
	return nil, false
}

func (t *root) index() {
	t.keys, t.vals, t.escaped = t.event.Members(t.keys[:0], t.vals[:0])
	t.indexed = true
}

// lookUp gives the raw member of a raw object.
func (r *run) lookUp(object []byte, name string) ([]byte, bool) {
	if r.root.is(object) {
		return r.root.member(name)
	}
	return parse.Field(object, name)
}
