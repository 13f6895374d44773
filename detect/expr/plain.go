package expr

import (
	"net/netip"
	"strings"
	"time"

	"ctlog/event"
	"ctlog/parse"
)

// Plain is an event decoded for evaluation the plain way.
type Plain struct {
	raw  []byte
	root *value
}

// value is a decoded JSON value.
type value struct {
	kind byte     // s n t f 0 for scalars, [ and {
	text string   // of a string as it decodes, else as it is written, compact
	keys []string // of an object
	subs []*value // of an object or array
}

// Decode decodes an event.
func Decode(raw []byte) *Plain { return &Plain{raw, decode(raw)} }

func decode(raw []byte) *value {
	v := &value{}
	switch c := raw[0]; c {
	case '"':
		v.kind, v.text = 's', string(parse.AppendText(nil, raw))
		return v
	case '{':
		v.kind = c
		for c := parse.Inside(raw); ; {
			key, sub, ok := c.Member()
			if !ok {
				break
			}
			v.keys = append(v.keys, string(parse.AppendText(nil, key)))
			v.subs = append(v.subs, decode(sub))
		}
	case '[':
		v.kind = c
		for c := parse.Inside(raw); ; {
			sub, ok := c.Element()
			if !ok {
				break
			}
			v.subs = append(v.subs, decode(sub))
		}
	case 't', 'f':
		v.kind = c
	case 'n':
		v.kind = '0'
	default:
		v.kind = 'n'
	}
	v.text = string(parse.Compact(nil, raw))
	return v
}

// Holds evaluates a condition.
func (p *Plain) Holds(n *Node) bool {
	switch n.Op {
	case OpAll:
		for _, s := range n.Subs {
			if !p.Holds(s) {
				return false
			}
		}
		return true
	case OpAny:
		for _, s := range n.Subs {
			if p.Holds(s) {
				return true
			}
		}
		return false
	case OpNot:
		return !p.Holds(n.Subs[0])
	}
	return p.test(n.Test)
}

func (p *Plain) test(t *Test) bool {
	switch t.Kind {
	case Within:
		return like(t.Pattern, string(p.raw))
	case Finds:
		return t.Regexp.Match(p.raw)
	}
	if t.Path == nil {
		return p.holdsAnywhere(t)
	}
	values := follow(p.root, t.Path.Steps, t.Path.Strict)
	switch t.Kind {
	case Exists:
		return len(values) > 0
	case Null:
		return len(values) == 0 || some(values, func(v *value) bool { return some(members(v), isNull) })
	case IsNull:
		return some(values, isNull)
	case IsTrue:
		return some(values, func(v *value) bool { return v.kind == 't' })
	case IsFalse:
		return some(values, func(v *value) bool { return v.kind == 'f' })
	case Unlike:
		return len(values) == 0 || some(values, func(v *value) bool { return isScalar(v) && unlike(t, v) })
	}
	return some(values, func(v *value) bool {
		return some(candidates(v, t.Path.Strict), func(c *value) bool { return p.holdsFor(t, c) })
	})
}

func isNull(v *value) bool   { return v.kind == '0' }
func isScalar(v *value) bool { return v.kind != '[' && v.kind != '{' }

func some(values []*value, f func(*value) bool) bool {
	for _, v := range values {
		if f(v) {
			return true
		}
	}
	return false
}

// holdsAnywhere: keywords are about every scalar of the event.
func (p *Plain) holdsAnywhere(t *Test) bool {
	return some(scalars(p.root), func(c *value) bool { return p.holdsFor(t, c) })
}

// holdsFor asks about one candidate.
func (p *Plain) holdsFor(t *Test, c *value) bool {
	switch t.Kind {
	case Like:
		return likeValue(t.Pattern, c)
	case Regex:
		return t.Regexp.MatchString(c.text)
	case Network:
		a, err := netip.ParseAddr(c.text)
		return err == nil && len(c.text) <= maxAddress && t.Prefix.Contains(a.WithZone("").Unmap())
	case Compare:
		d, ok := ParseDecimal([]byte(c.text))
		return ok && t.Order.Holds(d.Compare(t.Decimal))
	case Part:
		when, ok := ReadTime(c.text)
		return ok && t.Order.Holds(DecimalOf(t.Clock.of(when)).Compare(t.Decimal))
	}
	others := follow(p.root, t.Other.Steps, t.Other.Strict)
	return some(others, func(v *value) bool {
		return some(candidates(v, t.Other.Strict), func(o *value) bool { return same(t, c.text, o.text) })
	})
}

// same: the field's text has the other's where it has to be.
func same(t *Test, text, other string) bool {
	if !t.Cased {
		text, other = string(fold(nil, text)), string(fold(nil, other))
	}
	switch t.Side {
	case Front:
		return strings.HasPrefix(text, other)
	case Back:
		return strings.HasSuffix(text, other)
	case Inside:
		return strings.Contains(text, other)
	}
	return text == other
}

// follow gives the values that steps lead to.
func follow(v *value, steps []Step, strict bool) (values []*value) {
	if len(steps) == 0 {
		return []*value{v}
	}
	if v.kind == '[' && !strict {
		for _, s := range v.subs {
			values = append(values, follow(s, steps, strict)...)
		}
		return values
	}
	for _, next := range v.next(steps[0]) {
		values = append(values, follow(next, steps[1:], strict)...)
	}
	return values
}

// next gives where one step leads.
func (v *value) next(s Step) []*value {
	switch {
	case s.Kind == Member && v.kind == '{':
		for i := len(v.keys) - 1; i >= 0; i-- {
			if v.keys[i] == s.Name {
				return v.subs[i : i+1]
			}
		}
	case s.Kind == Element && v.kind == '[' && s.At < len(v.subs):
		return v.subs[s.At : s.At+1]
	case s.Kind == EachElement && v.kind == '[', s.Kind == EachMember && v.kind == '{':
		return v.subs
	}
	return nil
}

// members are those of an array, all the way down, or the value itself.
func members(v *value) (all []*value) {
	if v.kind != '[' {
		return []*value{v}
	}
	for _, s := range v.subs {
		all = append(all, members(s)...)
	}
	return all
}

// scalars are all scalars below a value, those of duplicate keys too.
func scalars(v *value) (all []*value) {
	if isScalar(v) {
		if isNull(v) {
			return nil
		}
		return []*value{v}
	}
	for _, s := range v.subs {
		all = append(all, scalars(s)...)
	}
	return all
}

// candidates are what a test compares with.
func candidates(v *value, strict bool) (all []*value) {
	if strict {
		if !isScalar(v) || isNull(v) {
			return nil
		}
		return []*value{v}
	}
	for _, m := range members(v) {
		if all = append(all, scalars(m)...); m.kind == '{' {
			all = append(all, m)
		}
	}
	return all
}

// likeValue compares a pattern with a candidate.
func likeValue(p *Pattern, c *value) bool {
	if isNull(c) {
		return false
	}
	if like(p, c.text) {
		return true
	}
	if !p.Exact() || c.kind == 's' && !p.Number || c.kind == '{' {
		return false
	}
	want, ok := ParseDecimal([]byte(p.Literal()))
	have, also := ParseDecimal([]byte(c.text))
	return ok && also && want.Compare(have) == 0
}

func unlike(t *Test, v *value) bool {
	if t.Pattern == nil {
		return isNull(v) || !t.Regexp.MatchString(v.text)
	}
	return !likeValue(t.Pattern, v)
}

// like matches a pattern by filling in, piece by piece, which ends of text it
// may have come to.
func like(p *Pattern, text string) bool {
	runes := []rune(text)
	if !p.Cased {
		for i, r := range runes {
			runes[i] = foldRune(r)
		}
	}
	at := make([]bool, len(runes)+1)
	at[0] = true
	for _, piece := range p.Pieces {
		switch {
		case piece.Many:
			for i := range runes {
				at[i+1] = at[i+1] || at[i]
			}
		case piece.Text == "":
			copy(at[1:], at)
			at[0] = false
		default:
			for _, r := range piece.Text {
				if !p.Cased {
					r = foldRune(r)
				}
				for i := len(runes); i > 0; i-- {
					at[i] = at[i-1] && runes[i-1] == r
				}
				at[0] = false
			}
		}
	}
	return at[len(runes)]
}

// ReadTime reads a time as CloudTrail and its exports write it.
func ReadTime(s string) (time.Time, bool) { return event.Time([]byte(s)) }

// Pair is a field and the text in it that a condition was met by.
type Pair struct{ Field, Text string }

// Matched gives what n was met by, if it holds: of alternatives the first, of
// what must not be the case nothing.
func (p *Plain) Matched(n *Node) (pairs []Pair) {
	switch n.Op {
	case OpTest:
		if n.Test.Path != nil {
			if text, ok := p.met(n.Test); ok {
				pairs = append(pairs, Pair{n.Test.Field(), text})
			}
		}
	case OpAll:
		for _, s := range n.Subs {
			pairs = append(pairs, p.Matched(s)...)
		}
	case OpAny:
		for _, s := range n.Subs {
			if p.Holds(s) {
				return p.Matched(s)
			}
		}
	}
	return pairs
}

// met gives the text that a test is met by.
func (p *Plain) met(t *Test) (string, bool) {
	for _, v := range follow(p.root, t.Path.Steps, t.Path.Strict) {
		if t.Kind > Same {
			return v.text, true
		}
		for _, c := range candidates(v, t.Path.Strict) {
			if p.holdsFor(t, c) {
				return c.text, true
			}
		}
	}
	return "", false
}

// Texts gives the candidates of all values that a path leads to.
func (p *Plain) Texts(path *Path) (texts []string) {
	for _, v := range follow(p.root, path.Steps, path.Strict) {
		for _, c := range candidates(v, path.Strict) {
			if isScalar(c) {
				texts = append(texts, c.text)
			}
		}
	}
	return texts
}

// Value gives the text of the one value that a path leads to, or of all of them
// as an array.
func (p *Plain) Value(path *Path) (string, bool) {
	var texts []string
	for _, v := range follow(p.root, path.Steps, path.Strict) {
		if !isNull(v) {
			texts = append(texts, v.text)
		}
	}
	if len(texts) < 2 {
		return strings.Join(texts, ""), len(texts) > 0
	}
	return "[" + strings.Join(texts, ",") + "]", true
}

// Raw is the event's bytes.
func (p *Plain) Raw() []byte { return p.raw }
