package jq

import (
	"math/bits"

	"ctlog/parse"
)

// asIs finds out whether jq would print a value as it stands: without white
// space, every string of printable ASCII without escapes, every number an
// integer, no key twice in an object. Of most values of events that is so, and
// then they are copied.
type asIs struct {
	b    []byte
	keys keySet
}

// maxAsIs is how deep it looks; events stay far below it.
const maxAsIs = 32

func (a *asIs) check(b []byte) bool {
	a.b, a.keys = b, a.keys[:0]
	end, ok := a.value(0, 0)
	return ok && end == len(b)
}

// at is the byte at i, 0 behind the end.
func (a *asIs) at(i int) byte {
	if i < len(a.b) {
		return a.b[i]
	}
	return 0
}

func (a *asIs) value(i, depth int) (end int, ok bool) {
	switch c := a.at(i); {
	case depth > maxAsIs:
		return i, false
	case c == '"':
		return parse.SimpleString(a.b, i)
	case c == '{':
		return a.object(i, depth)
	case c == '[':
		return a.list(i, depth)
	case c == '-' || '0' <= c && c <= '9':
		return a.integer(i)
	}
	for end = i; 'a' <= a.at(end) && a.at(end) <= 'z'; end++ {
	}
	return end, end > i // true, false or null: nothing else gets here
}

// integer passes digits; what else a number may have follows them then, and is
// refused there.
func (a *asIs) integer(i int) (end int, ok bool) {
	for end = i + 1; '0' <= a.at(end) && a.at(end) <= '9'; end++ {
	}
	return end, true
}

func (a *asIs) list(i, depth int) (end int, ok bool) {
	if a.at(i+1) == ']' {
		return i + 2, true
	}
	for ok = true; ok; {
		if end, ok = a.value(i+1, depth+1); ok && a.at(end) == ']' {
			return end + 1, true
		}
		i, ok = end, ok && a.at(end) == ','
	}
	return end, false
}

func (a *asIs) object(i, depth int) (end int, ok bool) {
	if a.at(i+1) == '}' {
		return i + 2, true
	}
	here := a.keys.open()
	for {
		if end, ok = a.member(i+1, depth, &here); !ok {
			return end, false
		}
		switch a.at(end) {
		case '}':
			a.keys.close(here)
			return end + 1, true
		case ',':
			i = end
		default:
			return end, false
		}
	}
}

func (a *asIs) member(i, depth int, here *openKeys) (end int, ok bool) {
	if a.at(i) != '"' {
		return i, false
	}
	end, ok = parse.SimpleString(a.b, i)
	if !ok || a.at(end) != ':' || !a.keys.add(here, a.b[i:end]) {
		return end, false
	}
	return a.value(end+1, depth+1)
}

// keySet has the keys of the objects that are open, innermost last.
type keySet [][]byte

// openKeys are those of one object.
type openKeys struct {
	first int
	seen  uint64 // a bit for each, of a hash, so that hardly any are compared
}

func (s keySet) open() openKeys { return openKeys{first: len(s)} }

func (s *keySet) close(o openKeys) { *s = (*s)[:o.first] }

// maxKeys is how many keys of one object are compared with each other.
const maxKeys = 64

// add reports whether a key is surely not there yet: of more than maxKeys nothing
// is sure.
func (s *keySet) add(o *openKeys, key []byte) bool {
	n := len(key)
	hash := (uint(n)*31+uint(key[1]))*31 + uint(key[n/2])*7 + uint(key[n-2])
	bit := bits.RotateLeft64(1, int(hash&63))
	if o.seen&bit != 0 {
		for _, k := range (*s)[o.first:] {
			if string(k) == string(key) {
				return false
			}
		}
	}
	o.seen |= bit
	*s = append(*s, key)
	return len(*s)-o.first <= maxKeys
}
