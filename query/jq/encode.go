package jq

import (
	"unicode/utf16"
	"unicode/utf8"
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
	built    bool // from trees, all the way down
	most     int  // what is behind so many bytes may be left out; 0: nothing
	depth    int
}

// oneLine is the format of what is no output: strings in strings, error messages.
var oneLine = &Format{}

// print gives the run's printer, which prints one value at a time.
func (r *run) print(f *Format, verbatim bool) *printer {
	r.printer = printer{Format: f, r: r, verbatim: verbatim}
	return &r.printer
}

func (p *printer) value(dst []byte, v Value) []byte {
	switch {
	case v.kind >= Array:
		return p.container(dst, v)
	case !p.Colour:
		return p.scalar(dst, v)
	}
	dst = append(dst, colourOf(v.kind)...)
	return append(p.scalar(dst, v), colourOff...)
}

// container prints text from the text itself, in one pass, if it can.
func (p *printer) container(dst []byte, v Value) []byte {
	switch {
	case !v.raw || p.built || p.most > 0:
		return p.tree(dst, v)
	case p.Sort:
		return p.whole(dst, v)
	case p.plainly() && p.r.asIs.check(v.b):
		return append(dst, v.b...)
	}
	start, depth := len(dst), p.depth
	s := stream{p: p, scanner: scanner{b: v.b}, keys: p.r.keys[:0]}
	dst, ok := s.value(dst)
	p.r.keys = s.keys
	if ok {
		return dst
	}
	p.depth = depth
	return p.whole(dst[:start], v)
}

// whole prints text after taking it apart all the way down.
func (p *printer) whole(dst []byte, v Value) []byte {
	built := *p
	built.built = true
	return built.tree(dst, deep(v))
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
	s := p.r.str(v)
	if p.most > 0 && len(s) > p.most {
		s = s[:p.most]
	}
	return p.quote(dst, s)
}

func (p *printer) full(dst []byte) bool { return p.most > 0 && len(dst) > p.most }

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
		if p.full(dst) {
			break
		}
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
	var order []int
	if p.Sort {
		order = t.sorted()
	}
	for i := range t.keys {
		if p.full(dst) {
			break
		}
		at := i
		if p.Sort {
			at = order[i]
		}
		if i > 0 {
			dst = p.nest(dst, ",")
		}
		dst = p.quote(p.beforeKey(p.newline(dst)), []byte(t.keys[at]))
		dst = p.value(p.behindKey(dst), t.vals[at])
	}
	return p.close(dst, "}", len(t.keys))
}

func (p *printer) beforeKey(dst []byte) []byte {
	if p.Colour {
		dst = append(append(dst, colourOff...), colourKey...)
	}
	return dst
}

func (p *printer) behindKey(dst []byte) []byte {
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
