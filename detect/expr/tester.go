package expr

import (
	"bytes"
	"net/netip"

	"ctlog/parse"
)

// Tester asks tests about an event's bytes. It belongs to one goroutine, and
// does not allocate once its buffers have grown, but for reading an IPv6
// address and comparing two fields.
type Tester struct {
	event   []byte
	tight   bool // it has no white space between tokens
	plain   *Plain
	found   bool // the path led somewhere
	scratch Text
	compact []byte
}

// Text is the text of one scalar, folded when that is asked for. It keeps its
// buffers from one scalar to the next.
type Text struct {
	kind   byte // of the raw value, { for the text of an object
	text   []byte
	folded []byte
	isFold bool
	buffer []byte
}

// Set makes it the text of a raw scalar.
func (c *Text) Set(raw []byte) {
	c.kind, c.isFold, c.text = raw[0], false, raw
	if raw[0] == '"' {
		c.text = parse.Text(c.buffer[:0], raw)
		if len(raw) != len(c.text)+2 && cap(c.text) > cap(c.buffer) {
			c.buffer = c.text[:0]
		}
	}
}

// Bytes is the text.
func (c *Text) Bytes() []byte { return c.text }

// Folded is the text with its letters folded.
func (c *Text) Folded() []byte {
	if !c.isFold {
		c.folded, c.isFold = fold(c.folded[:0], c.text), true
	}
	return c.folded
}

// Reset begins with another event; tight tells that it has no white space
// between tokens.
func (x *Tester) Reset(event []byte, tight bool) {
	x.event, x.tight, x.plain = event, tight, nil
}

// At asks about the value that steps lead to from raw, nil for an absent one.
func (x *Tester) At(t *Test, raw []byte, steps []Step) bool {
	x.found = false
	hit := raw != nil && x.walk(t, raw, steps)
	switch t.Kind {
	case Null, Unlike:
		return hit || !x.found
	case Exists:
		return x.found
	}
	return hit
}

// Scalar asks about a scalar that is not null and whose text is known.
func (x *Tester) Scalar(t *Test, c *Text) bool {
	switch t.Kind {
	case Exists:
		return true
	case Null, IsNull:
		return false
	case IsTrue, IsFalse:
		return c.kind == map[Kind]byte{IsTrue: 't', IsFalse: 'f'}[t.Kind]
	case Unlike:
		return c.unlike(t)
	}
	return x.holds(t, c)
}

// Event asks a test that has no path.
func (x *Tester) Event(t *Test) bool {
	switch t.Kind {
	case Within:
		x.scratch.kind, x.scratch.text, x.scratch.isFold = '{', x.event, false
		return x.scratch.like(t.Pattern)
	case Finds:
		return bytes.Contains(x.event, t.Needle) && t.Regexp.Match(x.event)
	}
	return x.below(t, x.event)
}

// Ask asks any test about the event.
func (x *Tester) Ask(t *Test) bool {
	if t.Path == nil || t.Kind == Within || t.Kind == Finds {
		return x.Event(t)
	}
	return x.At(t, x.event, t.Path.Steps)
}

func (x *Tester) walk(t *Test, raw []byte, steps []Step) bool {
	if len(steps) == 0 {
		x.found = true
		return x.value(t, raw)
	}
	s := steps[0]
	switch {
	case raw[0] == '[' && !t.Path.Strict, raw[0] == '[' && s.Kind == EachElement:
		if t.Path.Strict {
			steps = steps[1:]
		}
		return x.each(t, raw, steps)
	case raw[0] == '{' && s.Kind == Member:
		v, ok := parse.Field(raw, s.Name)
		return ok && x.walk(t, v, steps[1:])
	case raw[0] == '{' && s.Kind == EachMember:
		for c := parse.Inside(raw); ; {
			_, v, ok := c.Member()
			if !ok || x.walk(t, v, steps[1:]) {
				return ok
			}
		}
	case raw[0] == '[' && s.Kind == Element:
		c := parse.Inside(raw)
		for n := 0; ; n++ {
			v, ok := c.Element()
			if !ok || n == s.At {
				return ok && x.walk(t, v, steps[1:])
			}
		}
	}
	return false
}

func (x *Tester) each(t *Test, raw []byte, steps []Step) bool {
	for c := parse.Inside(raw); ; {
		v, ok := c.Element()
		if !ok || x.walk(t, v, steps) {
			return ok
		}
	}
}

// value asks about the value at the end of a path.
func (x *Tester) value(t *Test, raw []byte) bool {
	scalar := raw[0] != '[' && raw[0] != '{'
	switch t.Kind {
	case Exists:
		return true
	case Null:
		return hasNull(raw)
	case IsNull:
		return raw[0] == 'n'
	case IsTrue:
		return raw[0] == 't'
	case IsFalse:
		return raw[0] == 'f'
	case Unlike:
		if !scalar || raw[0] == 'n' {
			return scalar
		}
		x.scratch.Set(raw)
		return x.scratch.unlike(t)
	}
	if t.Path.Strict {
		return scalar && x.scalar(t, raw)
	}
	return x.candidates(t, raw)
}

func hasNull(raw []byte) bool {
	if raw[0] == '[' {
		for c := parse.Inside(raw); ; {
			v, ok := c.Element()
			if !ok || hasNull(v) {
				return ok
			}
		}
	}
	return raw[0] == 'n'
}

// candidates asks about what text is compared with.
func (x *Tester) candidates(t *Test, raw []byte) bool {
	switch raw[0] {
	case '[':
		for c := parse.Inside(raw); ; {
			v, ok := c.Element()
			if !ok || x.candidates(t, v) {
				return ok
			}
		}
	case '{':
		return x.below(t, raw) || x.whole(t, raw)
	}
	return x.scalar(t, raw)
}

func (x *Tester) scalar(t *Test, raw []byte) bool {
	if raw[0] == 'n' {
		return false
	}
	x.scratch.Set(raw)
	return x.holds(t, &x.scratch)
}

// below asks about every scalar below a value.
func (x *Tester) below(t *Test, raw []byte) bool {
	switch raw[0] {
	case '[':
		for c := parse.Inside(raw); ; {
			v, ok := c.Element()
			if !ok || x.below(t, v) {
				return ok
			}
		}
	case '{':
		for c := parse.Inside(raw); ; {
			_, v, ok := c.Member()
			if !ok || x.below(t, v) {
				return ok
			}
		}
	}
	return x.scalar(t, raw)
}

// whole asks about the text of an object.
func (x *Tester) whole(t *Test, raw []byte) bool {
	if !x.tight {
		x.compact = parse.Compact(x.compact[:0], raw)
		raw = x.compact
	}
	x.scratch.kind, x.scratch.text, x.scratch.isFold = '{', raw, false
	return x.holds(t, &x.scratch)
}

// holds asks about one candidate.
func (x *Tester) holds(t *Test, c *Text) bool {
	switch t.Kind {
	case Like:
		return c.like(t.Pattern)
	case OneOf:
		return t.Set[string(c.Folded())]
	case Regex:
		return bytes.Contains(c.text, t.Needle) && t.Regexp.Match(c.text)
	case Network:
		return inNetwork(t.Prefix, c.text)
	case Compare:
		d, ok := ParseDecimal(c.text)
		return ok && t.Order.Holds(d.Compare(t.Decimal))
	case Part:
		when, ok := ReadTime(string(c.text))
		return ok && t.Order.Holds(DecimalOf(t.Clock.of(when)).Compare(t.Decimal))
	case Same:
		return x.same(t, string(c.text))
	}
	return false
}

func (x *Tester) same(t *Test, text string) bool {
	if x.plain == nil {
		x.plain = Decode(x.event)
	}
	return some(follow(x.plain.root, t.Other.Steps, t.Other.Strict), func(v *value) bool {
		return some(candidates(v, t.Other.Strict), func(o *value) bool { return same(t, text, o.text) })
	})
}

// like is likeValue for a text.
func (c *Text) like(p *Pattern) bool {
	text := c.text
	if !p.Cased {
		text = c.Folded()
	}
	if p.matches(text) {
		return true
	}
	if !p.numeric || c.kind == '{' || c.kind == '"' && !p.Number {
		return false
	}
	d, ok := ParseDecimal(c.text)
	return ok && d.Compare(p.decimal) == 0
}

func (c *Text) unlike(t *Test) bool {
	if t.Pattern == nil {
		return !t.Regexp.Match(c.text)
	}
	return !c.like(t.Pattern)
}

// maxAddress is as long as an address can be written.
const maxAddress = 45

func inNetwork(p netip.Prefix, s []byte) bool {
	if len(s) == 0 || len(s) > maxAddress || !isHex(s[0]) && s[0] != ':' {
		return false
	}
	a, err := netip.ParseAddr(string(s))
	return err == nil && p.Contains(a.WithZone("").Unmap())
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }
