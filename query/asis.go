package query

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
	keys [][]byte // of the objects that are open
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
	first, seen := len(a.keys), uint64(0)
	for {
		if end, ok = a.member(i+1, depth, first, &seen); !ok {
			return end, false
		}
		switch a.at(end) {
		case '}':
			a.keys = a.keys[:first]
			return end + 1, true
		case ',':
			i = end
		default:
			return end, false
		}
	}
}

func (a *asIs) member(i, depth, first int, seen *uint64) (end int, ok bool) {
	if a.at(i) != '"' {
		return i, false
	}
	end, ok = parse.SimpleString(a.b, i)
	if !ok || a.at(end) != ':' || !a.fresh(a.b[i:end], first, seen) {
		return end, false
	}
	return a.value(end+1, depth+1)
}

// fresh takes a key into the list and reports whether it was not there; seen has
// a bit for each that is, of a hash, so that hardly any are compared.
func (a *asIs) fresh(key []byte, first int, seen *uint64) bool {
	n := len(key)
	hash := (uint(n)*31+uint(key[1]))*31 + uint(key[n/2])*7 + uint(key[n-2])
	bit := bits.RotateLeft64(1, int(hash&63))
	if *seen&bit != 0 {
		for _, k := range a.keys[first:] {
			if string(k) == string(key) {
				return false
			}
		}
	}
	*seen |= bit
	a.keys = append(a.keys, key)
	return true
}
