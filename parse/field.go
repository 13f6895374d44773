package parse

import "bytes"

// Cursor goes through the members of an object or the elements of an array
// without decoding them. The bytes must have been passed as JSON before; on
// others it ends early but never outside of them.
type Cursor struct {
	b []byte
	i int
}

// Inside gives a cursor at the first member or element of a raw object or
// array. For another value the cursor is at its end already.
func Inside(raw []byte) Cursor {
	i := space(raw, 0)
	if i == len(raw) || raw[i] != '{' && raw[i] != '[' {
		return Cursor{raw, len(raw)}
	}
	return Cursor{raw, i + 1}
}

// Member gives the next member of an object: the key as a raw string, quotes
// included, and the raw value.
func (c *Cursor) Member() (key, value []byte, ok bool) {
	i := c.item()
	if i == len(c.b) || c.b[i] != '"' {
		c.i = len(c.b)
		return nil, nil, false
	}
	end := skipString(c.b, i)
	if key = c.b[i:end]; len(key) < 2 {
		c.i = len(c.b)
		return nil, nil, false
	}
	if i = space(c.b, end); i < len(c.b) && c.b[i] == ':' {
		i = space(c.b, i+1)
	}
	c.i = skip(c.b, i)
	return key, c.b[i:c.i], true
}

// Element gives the next raw element of an array.
func (c *Cursor) Element() (value []byte, ok bool) {
	i := c.item()
	if i == len(c.b) || c.b[i] == ']' {
		c.i = len(c.b)
		return nil, false
	}
	if c.i = skip(c.b, i); c.i == i {
		c.i = len(c.b)
		return nil, false
	}
	return c.b[i:c.i], true
}

// item passes white space and a comma.
func (c *Cursor) item() int {
	i := space(c.b, c.i)
	if i < len(c.b) && c.b[i] == ',' {
		i = space(c.b, i+1)
	}
	return i
}

// KeyIs reports whether a raw key, quotes included, stands for name.
func KeyIs(key []byte, name string) bool {
	inside := key[1 : len(key)-1]
	if len(inside) == len(name) {
		return string(inside) == name && bytes.IndexByte(inside, '\\') < 0
	}
	if len(inside) < len(name) || bytes.IndexByte(inside, '\\') < 0 {
		return false
	}
	var buf [64]byte
	return string(AppendText(buf[:0], key)) == name
}

// Field gives the raw value at a path of object keys. Of duplicate keys the
// last one counts, as in jq.
func Field(raw []byte, path ...string) (value []byte, ok bool) {
	for _, name := range path {
		if raw, ok = member(raw, name); !ok {
			return nil, false
		}
	}
	return raw, true
}

func member(raw []byte, name string) (found []byte, ok bool) {
	for c := Inside(raw); ; {
		key, value, more := c.Member()
		if !more {
			return found, ok
		}
		if KeyIs(key, name) {
			found, ok = value, true
		}
	}
}
