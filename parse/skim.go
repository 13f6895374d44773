package parse

import (
	"encoding/binary"
	"math/bits"
)

// outcome is how skimming a value ended.
type outcome int

const (
	whole   outcome = iota // the value ends before the returned index
	partial                // the buffer ends inside the value
	broken                 // the byte at the returned index cannot stand there
	tooDeep                // nesting went beyond MaxDepth at the returned index
)

// nest is a stack of one bit a level: set for an object, clear for an array.
type nest struct {
	bits  [MaxDepth/64 + 1]uint64
	depth int
}

func (n *nest) push(object bool) bool {
	if n.depth == MaxDepth {
		return false
	}
	word, bit := &n.bits[n.depth/64], uint64(1)<<(n.depth%64)
	*word &^= bit
	if object {
		*word |= bit
	}
	n.depth++
	return true
}

func (n *nest) inObject() bool {
	return n.bits[(n.depth-1)/64]>>((n.depth-1)%64)&1 == 1
}

// skim finds the end of the JSON value that starts at b[i], white space before
// it aside, and checks its grammar on the way: RFC 8259, but that control
// characters may stand in strings, as jq lets them. final says that nothing
// follows b, which is what ends a number at the top level.
//
// Invariant: i ≤ returned index ≤ len(b).
func skim(b []byte, i int, final bool) (int, outcome) {
	var n nest
	for {
		// A value starts here.
		i = space(b, i)
		if i == len(b) {
			return i, partial
		}
		var o outcome
		switch c := b[i]; {
		case c == '"':
			i, o = skimString(b, i)
		case c == '{' || c == '[':
			if !n.push(c == '{') {
				return i, tooDeep
			}
			if i = space(b, i+1); i == len(b) {
				return i, partial
			}
			if b[i] != c+2 { // '{'+2 == '}', '['+2 == ']'
				if c == '{' {
					if i, o = skimKey(b, i); o != whole {
						return i, o
					}
				}
				continue
			}
			i++
			n.depth--
		case c == '-' || '0' <= c && c <= '9':
			i, o = skimNumber(b, i, final)
		default:
			i, o = skimLiteral(b, i)
		}
		if o != whole {
			return i, o
		}
		// A value ended here: close what it closes.
		for {
			if n.depth == 0 {
				return i, whole
			}
			if i = space(b, i); i == len(b) {
				return i, partial
			}
			c := b[i]
			if c == ',' {
				i++
				break
			}
			if n.inObject() && c != '}' || !n.inObject() && c != ']' {
				return i, broken
			}
			i++
			n.depth--
		}
		if n.inObject() {
			if i, o = skimKey(b, i); o != whole {
				return i, o
			}
		}
	}
}

// skimKey passes `"key" :`.
func skimKey(b []byte, i int) (int, outcome) {
	i = space(b, i)
	if i == len(b) {
		return i, partial
	}
	if b[i] != '"' {
		return i, broken
	}
	i, o := skimString(b, i)
	if o != whole {
		return i, o
	}
	if i = space(b, i); i == len(b) {
		return i, partial
	}
	if b[i] != ':' {
		return i, broken
	}
	return i + 1, whole
}

// space passes JSON's white space.
func space(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skimString passes the string whose opening quote is b[i] and checks its
// escapes.
func skimString(b []byte, i int) (int, outcome) {
	for i++; ; {
		i = quoteOrEscape(b, i)
		if i == len(b) {
			return i, partial
		}
		if b[i] == '"' {
			return i + 1, whole
		}
		if i+1 == len(b) {
			return len(b), partial
		}
		switch b[i+1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			i += 2
		case 'u':
			if i+6 > len(b) {
				return len(b), partial
			}
			if hex4(b[i+2:i+6]) < 0 {
				return i, broken
			}
			i += 6
		default:
			return i, broken
		}
	}
}

const (
	ones   = 0x0101010101010101
	highs  = 0x8080808080808080
	quotes = '"' * ones
	slants = '\\' * ones
)

// quoteOrEscape gives the index of the first quote or backslash at or after
// i, len(b) when there is none. Eight bytes a turn: a zero byte in x^pattern
// is found by the borrow it causes, and the lowest one found is exact.
func quoteOrEscape(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		q, s := x^quotes, x^slants
		if hit := ((q - ones) &^ q & highs) | ((s - ones) &^ s & highs); hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for ; i < len(b); i++ {
		if b[i] == '"' || b[i] == '\\' {
			return i
		}
	}
	return i
}

// hex4 reads four hexadecimal digits, -1 when they are none.
func hex4(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

func digits(b []byte, i int) int {
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	return i
}

// skimNumber passes -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?.
func skimNumber(b []byte, i int, final bool) (int, outcome) {
	if b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	default:
		var o outcome
		if i, o = someDigits(b, i); o != whole {
			return i, o
		}
	}
	if i < len(b) && b[i] == '.' {
		var o outcome
		if i, o = someDigits(b, i+1); o != whole {
			return i, o
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		var o outcome
		if i, o = someDigits(b, i); o != whole {
			return i, o
		}
	}
	if i == len(b) && !final {
		return i, partial
	}
	return i, whole
}

func someDigits(b []byte, i int) (int, outcome) {
	if i == len(b) {
		return i, partial
	}
	if end := digits(b, i); end > i {
		return end, whole
	}
	return i, broken
}

func skimLiteral(b []byte, i int) (int, outcome) {
	var word string
	switch b[i] {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	case 'n':
		word = "null"
	}
	for k := range len(word) {
		if i+k == len(b) {
			return len(b), partial
		}
		if b[i+k] != word[k] {
			return i + k, broken
		}
	}
	if word == "" {
		return i, broken
	}
	return i + len(word), whole
}

// skip finds the end of a value that skim has passed before: same answer,
// less work. On bytes that skim has not passed it still ends within b.
func skip(b []byte, i int) int {
	i = space(b, i)
	if i >= len(b) {
		return len(b)
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' && b[i] > ' ' {
		i++
	}
	return i
}

func skipString(b []byte, i int) int {
	for i = quoteOrEscape(b, i+1); i < len(b) && b[i] == '\\'; {
		i = quoteOrEscape(b, min(i+2, len(b)))
	}
	return min(i+1, len(b))
}

func skipNested(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = skipString(b, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return len(b)
}

// Valid reports whether b is exactly one JSON value, white space around it
// aside, as an *Error with the offset when it is not.
func Valid(b []byte) error {
	i, o := skim(b, 0, true)
	if o == whole {
		if i = space(b, i); i < len(b) {
			o = broken
		}
	}
	if o == whole {
		return nil
	}
	return &Error{Err: o.reason(), Offset: int64(i)}
}

func (o outcome) reason() error {
	switch o {
	case partial:
		return ErrTruncated
	case tooDeep:
		return ErrDepth
	}
	return ErrSyntax
}
