package parse

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// IsString reports whether the raw value is a JSON string.
func IsString(raw []byte) bool { return len(raw) > 1 && raw[0] == '"' }

// Text gives what a raw JSON string stands for. It is raw's own inside when
// there is nothing to decode, else dst with the text appended; either way it
// is valid only as long as both are. A value that is no string gives nil.
func Text(dst, raw []byte) []byte {
	if !IsString(raw) {
		return nil
	}
	if inside := raw[1 : len(raw)-1]; Literal(inside) {
		return inside
	}
	return AppendText(dst, raw)[len(dst):]
}

// Literal reports whether what stands between the quotes of a raw string is the
// string's text.
func Literal(inside []byte) bool {
	return Simple(inside) || bytes.IndexByte(inside, '\\') < 0 && utf8.Valid(inside)
}

// Simple reports whether s has only printable ASCII without a backslash, as
// almost all strings of events: then it means itself in most formats.
func Simple(s []byte) bool {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if odd8(binary.LittleEndian.Uint64(s[i:])) != 0 {
			return false
		}
	}
	if i == len(s) {
		return true
	}
	if i > 0 { // some bytes twice
		return odd8(binary.LittleEndian.Uint64(s[len(s)-8:])) == 0
	}
	for _, c := range s {
		if c < ' ' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

// SimpleString passes the string whose opening quote is b[i] if what stands in
// it is simple; end is the index behind it.
func SimpleString(b []byte, i int) (end int, ok bool) {
	for i++; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote := x ^ quotes
		if hit := odd8(x) | (quote-ones)&^quote&highs; hit != 0 {
			i += bits.TrailingZeros64(hit) / 8 // the lowest one is exact
			return i + 1, b[i] == '"'
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c < ' ' || c == '\\' || c >= 0x7f {
			return i + 1, c == '"'
		}
	}
	return i, false
}

// odd8 marks the highest bit of each of eight bytes that is not simple: a borrow
// into it shows one that is too small, a carry one that is too large. Behind the
// first there may be marks that are wrong.
func odd8(x uint64) uint64 {
	slash := x ^ slants
	return (x | (x + ones) | (x-' '*ones)&^x | (slash-ones)&^slash) & highs
}

// AppendText appends what a raw JSON string stands for, as UTF-8. A lone
// surrogate and a byte that is no UTF-8 become U+FFFD, as in jq.
func AppendText(dst, raw []byte) []byte {
	if !IsString(raw) {
		return dst
	}
	for s := raw[1 : len(raw)-1]; len(s) > 0; {
		n := bytes.IndexByte(s, '\\')
		if n < 0 {
			return appendValid(dst, s)
		}
		dst = appendValid(dst, s[:n])
		var used int
		dst, used = appendEscape(dst, s[n:])
		s = s[n+used:]
	}
	return dst
}

func appendValid(dst, s []byte) []byte {
	if utf8.Valid(s) {
		return append(dst, s...)
	}
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		dst = utf8.AppendRune(dst, r)
		s = s[n:]
	}
	return dst
}

// plainEscapes maps the letter of a two-byte escape to what it stands for.
var plainEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// appendEscape decodes the escape at the head of s and says how long it was.
func appendEscape(dst, s []byte) ([]byte, int) {
	if len(s) >= 2 && plainEscapes[s[1]] != 0 {
		return append(dst, plainEscapes[s[1]]), 2
	}
	if len(s) < 6 || s[1] != 'u' || hex4(s[2:6]) < 0 {
		return append(dst, s[0]), 1 // not an escape: only in bytes that skim refuses
	}
	r := hex4(s[2:6])
	if utf16.IsSurrogate(r) {
		if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
			if pair := utf16.DecodeRune(r, hex4(s[8:12])); pair != utf8.RuneError {
				return utf8.AppendRune(dst, pair), 12
			}
		}
		r = utf8.RuneError
	}
	return utf8.AppendRune(dst, r), 6
}

// Compact appends raw without its insignificant white space, every token as it
// was.
func Compact(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		start := i
		for i < len(raw) && raw[i] > ' ' {
			if raw[i] == '"' {
				i = skipString(raw, i)
			} else {
				i++
			}
		}
		dst = append(dst, raw[start:i]...)
		for i < len(raw) && raw[i] <= ' ' {
			i++
		}
	}
	return dst
}

// StringEnd gives the index behind the JSON string whose opening quote is
// b[i], len(b) when it does not end.
func StringEnd(b []byte, i int) int { return skipString(b, i) }

// AppendTSV appends text as jq's @tsv writes it: tab, line feed, carriage
// return and backslash as two characters each.
func AppendTSV(dst, s []byte) []byte {
	if Simple(s) || !bytes.ContainsAny(s, "\t\n\r\\") {
		return append(dst, s...)
	}
	for _, c := range s {
		switch c {
		case '\t':
			dst = append(dst, `\t`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\\':
			dst = append(dst, `\\`...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
