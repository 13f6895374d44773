package query

import (
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"ctlog/parse"
)

// Format says how values are printed.
type Format struct {
	Indent string // "" prints on one line
	Sort   bool   // keys in alphabetical order, as jq's -S
	ASCII  bool   // only ASCII, as jq's -a
	Colour bool   // jq's colours
	Safe   bool   // escape what a terminal might act on: C1 controls and bidirectional overrides
}

// jq's colours: null, false, true, numbers, strings, and what holds others.
const (
	colourNull   = "\x1b[1;30m"
	colourPlain  = "\x1b[0;39m"
	colourString = "\x1b[0;32m"
	colourNest   = "\x1b[1;39m"
	colourKey    = "\x1b[34;1m"
	colourOff    = "\x1b[0m"
)

func colourOf(k Kind) string {
	switch k {
	case Null:
		return colourNull
	case String:
		return colourString
	case Array, Object:
		return colourNest
	}
	return colourPlain
}

// printer appends values in one format.
type printer struct {
	*Format
	r        *run
	verbatim bool // print strings and numbers as they stand in the source
	depth    int
}

func (p *printer) value(dst []byte, v Value) []byte {
	switch v.kind {
	case Array, Object:
		if v.raw && p.plainly() {
			return p.plain(dst, v)
		}
		return p.tree(dst, v)
	}
	if !p.Colour {
		return p.scalar(dst, v)
	}
	dst = append(dst, colourOf(v.kind)...)
	return append(p.scalar(dst, v), colourOff...)
}

// plainly: on one line, and no more about it.
func (p *printer) plainly() bool { return p.Indent == "" && !p.Sort && !p.Colour }

// tree prints an array or object part by part.
func (p *printer) tree(dst []byte, v Value) []byte {
	if v.kind == Array {
		return p.list(dst, p.r.elements(v))
	}
	return p.object(dst, v)
}

func (p *printer) scalar(dst []byte, v Value) []byte {
	switch v.kind {
	case Null:
		return append(dst, "null"...)
	case False:
		return append(dst, "false"...)
	case True:
		return append(dst, "true"...)
	case Number:
		switch {
		case v.raw && p.verbatim:
			return append(dst, v.b...)
		case v.raw:
			return appendLiteral(dst, v.b)
		}
		return appendNumber(dst, v.n)
	}
	if v.raw && p.verbatim && !p.Safe && !p.ASCII {
		return append(dst, v.b...)
	}
	return p.quote(dst, p.r.str(v))
}

func (p *printer) nest(dst []byte, s string) []byte {
	if p.Colour {
		dst = append(append(dst, colourOff...), colourNest...)
	}
	return append(dst, s...)
}

func (p *printer) open(dst []byte, s string) []byte {
	if p.Colour {
		dst = append(dst, colourNest...)
	}
	return append(dst, s...)
}

func (p *printer) newline(dst []byte) []byte {
	if p.Indent == "" {
		return dst
	}
	dst = append(dst, '\n')
	for range p.depth {
		dst = append(dst, p.Indent...)
	}
	return dst
}

func (p *printer) close(dst []byte, s string, n int) []byte {
	if p.depth--; n > 0 {
		dst = p.newline(dst)
	}
	dst = p.nest(dst, s)
	if p.Colour {
		dst = append(dst, colourOff...)
	}
	return dst
}

func (p *printer) list(dst []byte, vals []Value) []byte {
	dst = p.open(dst, "[")
	p.depth++
	for i, v := range vals {
		if i > 0 {
			dst = p.nest(dst, ",")
		}
		dst = p.value(p.newline(dst), v)
	}
	return p.close(dst, "]", len(vals))
}

func (p *printer) object(dst []byte, v Value) []byte {
	t := p.r.members(v)
	dst = p.open(dst, "{")
	p.depth++
	order := p.order(t)
	for i, k := range order {
		if i > 0 {
			dst = p.nest(dst, ",")
		}
		dst = p.key(p.newline(dst), t.keys[k])
		dst = p.value(dst, t.vals[k])
	}
	return p.close(dst, "}", len(order))
}

// order gives the indices of an object's members as they are to be printed.
func (p *printer) order(t *tree) []int {
	order := make([]int, len(t.keys))
	for i := range order {
		order[i] = i
	}
	if p.Sort {
		slices.SortFunc(order, func(i, j int) int { return compareStrings(t.keys[i], t.keys[j]) })
	}
	return order
}

func compareStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (p *printer) key(dst []byte, key string) []byte {
	if p.Colour {
		dst = append(append(dst, colourOff...), colourKey...)
	}
	dst = p.quote(dst, []byte(key))
	if p.Colour {
		dst = append(dst, colourOff...)
	}
	dst = p.nest(dst, ":")
	if p.Indent != "" {
		dst = append(dst, ' ')
	}
	if p.Colour {
		dst = append(dst, colourOff...)
	}
	return dst
}

const hexDigits = "0123456789abcdef"

// quote prints a JSON string as jq does: control characters and DEL escaped,
// everything else as UTF-8.
func (p *printer) quote(dst, s []byte) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			dst = append(dst, s[start:i]...)
			dst = escapeByte(dst, c)
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		if p.ASCII || r == utf8.RuneError && n == 1 || p.Safe && unsafeRune(r) {
			dst = append(dst, s[start:i]...)
			if r == utf8.RuneError && !p.ASCII {
				dst = append(dst, "\ufffd"...)
			} else {
				dst = escapeRune(dst, r)
			}
			start = i + n
		}
		i += n
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// unsafeRune knows characters that make a terminal do or show something else:
// C1 controls, and what reorders or hides text.
func unsafeRune(r rune) bool {
	switch {
	case r >= 0x80 && r < 0xa0, r == 0x061c, r == 0xfeff:
		return true
	}
	return r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2060 && r <= 0x2069
}

func escapeByte(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return escapeRune(dst, rune(c))
}

func escapeRune(dst []byte, r rune) []byte {
	if r > 0xffff {
		hi, lo := utf16.EncodeRune(r)
		return escapeRune(escapeRune(dst, hi), lo)
	}
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// compactRaw prints JSON text without building anything: the way of most
// values that a program passes through.
func (p *printer) compactRaw(dst []byte, v Value) []byte {
	c := parse.Inside(v.b)
	if v.kind == Array {
		dst = append(dst, '[')
		for i := 0; ; i++ {
			e, ok := c.Element()
			if !ok {
				return append(dst, ']')
			}
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = p.plain(dst, rawValue(e))
		}
	}
	dst = append(dst, '{')
	for i := 0; ; i++ {
		k, e, ok := c.Member()
		if !ok {
			return append(dst, '}')
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(p.plain(dst, rawValue(k)), ':')
		dst = p.plain(dst, rawValue(e))
	}
}

// plain is value for a compact format without colour or sorting.
func (p *printer) plain(dst []byte, v Value) []byte {
	switch {
	case v.kind < Array:
		return p.scalar(dst, v)
	case v.raw && p.r.asIs.check(v.b):
		return append(dst, v.b...)
	case v.raw && (v.kind == Array || !hasDuplicates(v.b)):
		return p.compactRaw(dst, v)
	}
	return p.tree(dst, v)
}

// hasDuplicates looks for an object that has one key twice: rare enough to be
// evidence of something, and printed by a slower way.
func hasDuplicates(raw []byte) bool {
	var seen [64][]byte
	n := 0
	for c := parse.Inside(raw); ; n++ {
		key, _, ok := c.Member()
		if !ok {
			return false
		}
		if n == len(seen) {
			return true // too many to tell cheaply
		}
		for _, k := range seen[:n] {
			if len(k) == len(key) && string(k) == string(key) {
				return true
			}
		}
		for _, b := range key {
			if b == '\\' {
				return true // might be another key's twin in disguise
			}
		}
		seen[n] = key
	}
}
