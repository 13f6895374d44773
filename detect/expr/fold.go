package expr

import (
	"unicode"
	"unicode/utf8"
)

// foldRune gives the one rune that stands for all that differ from r in case
// only: the ASCII letter in lower case where there is one.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if least < utf8.RuneSelf {
		return foldRune(least)
	}
	return least
}

// fold appends s with every rune folded.
func fold[T []byte | string](dst []byte, s T) []byte {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			dst = append(dst, lower[c])
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(len(s), i+utf8.UTFMax)]))
		dst = utf8.AppendRune(dst, foldRune(r))
		i += n
	}
	return dst
}

// Fold gives the text that stands for all that differ from s in case only.
func Fold(s string) string { return string(fold(nil, s)) }

var lower = func() (t [utf8.RuneSelf]byte) {
	for c := range t {
		t[c] = byte(foldRune(rune(c)))
	}
	return t
}()
