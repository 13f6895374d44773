package jq

import (
	"bytes"

	"ctlog/parse"
)

// scanner goes through JSON text that parse has passed, token by token.
type scanner struct {
	b []byte
	i int
}

// head is the byte that the next token begins with, 0 at the end.
func (s *scanner) head() byte {
	for s.i < len(s.b) && s.b[s.i] <= ' ' {
		s.i++
	}
	if s.i == len(s.b) {
		return 0
	}
	return s.b[s.i]
}

// ends passes a comma, or what closes the array or object that is open.
func (s *scanner) ends(close byte) bool {
	c := s.head()
	if c == ',' {
		s.i++
		c = s.head()
	}
	if c == close {
		s.i++
	}
	return c == close || c == 0
}

// scalar passes a string, a number, or a word.
func (s *scanner) scalar() []byte {
	if s.head() == '"' {
		start := s.i
		s.i = parse.StringEnd(s.b, s.i)
		return s.b[start:s.i]
	}
	start := s.i
	for s.i < len(s.b) && bytes.IndexByte([]byte(" \t\r\n,]}"), s.b[s.i]) < 0 {
		s.i++
	}
	return s.b[start:s.i]
}

// key passes a key and its colon.
func (s *scanner) key() []byte {
	key := s.scalar()
	s.head()
	s.i++
	return key
}

// deep takes text apart all the way down, in one pass: of a value that is taken
// apart level by level each level is passed again to find where it ends.
func deep(v Value) Value {
	s := scanner{b: v.b}
	return s.deep()
}

// minDeep is the size of text that is worth it.
const minDeep = 1 << 10

// nested gives an array or object that is about to be taken apart level by level.
func nested(v Value) Value {
	if v.tree == nil && len(v.b) >= minDeep {
		return deep(v)
	}
	return v
}

func (s *scanner) deep() Value {
	t, c := new(tree), s.head()
	start := s.i
	switch s.i++; c {
	case '[':
		for !s.ends(']') {
			t.vals = append(t.vals, s.deep())
		}
	case '{':
		for !s.ends('}') {
			key := s.key()
			t.set(string(parse.AppendText(nil, key)), s.deep())
		}
	default:
		s.i = start
		return rawValue(s.scalar())
	}
	v := rawValue(s.b[start:s.i])
	v.tree = t
	return v
}

// stream prints text token by token.
type stream struct {
	scanner
	p    *printer
	keys keySet
}

// value prints one value. ok is false where an object has a key twice, or might
// have: of those the last value stands in the place of the first.
func (s *stream) value(dst []byte) (_ []byte, ok bool) {
	switch s.head() {
	case '[':
		return s.list(dst)
	case '{':
		return s.object(dst)
	}
	return s.p.value(dst, rawValue(s.scalar())), true
}

func (s *stream) list(dst []byte) (_ []byte, ok bool) {
	dst = s.p.open(dst, "[")
	s.p.depth++
	n := 0
	for s.i++; !s.ends(']'); n++ {
		if n > 0 {
			dst = s.p.nest(dst, ",")
		}
		if dst, ok = s.value(s.p.newline(dst)); !ok {
			return dst, false
		}
	}
	return s.p.close(dst, "]", n), true
}

func (s *stream) object(dst []byte) (_ []byte, ok bool) {
	dst = s.p.open(dst, "{")
	s.p.depth++
	here := s.keys.open()
	n := 0
	for s.i++; !s.ends('}'); n++ {
		if n > 0 {
			dst = s.p.nest(dst, ",")
		}
		key := s.key()
		if bytes.IndexByte(key, '\\') >= 0 || !s.keys.add(&here, key) { // an escape may hide another key's twin
			return dst, false
		}
		dst = s.printKey(s.p.beforeKey(s.p.newline(dst)), key)
		if dst, ok = s.value(s.p.behindKey(dst)); !ok {
			return dst, false
		}
	}
	s.keys.close(here)
	return s.p.close(dst, "}", n), true
}

func (s *stream) printKey(dst, key []byte) []byte {
	if s.p.plainly() {
		return s.p.scalar(dst, rawValue(key))
	}
	return s.p.quote(dst, s.p.r.str(rawValue(key)))
}
