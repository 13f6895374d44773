package match

import (
	"bytes"
	"strings"

	"ctlog/query/need"
)

// glob is a pattern in which `*` stands for anything. It is kept as the pieces
// between the stars.
type glob struct {
	pieces []string
	fold   bool
}

func newGlob(pattern string, fold bool) glob {
	g := glob{fold: fold}
	var piece strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '*':
			g.pieces = append(g.pieces, piece.String())
			piece.Reset()
		case c == '\\' && i+1 < len(pattern):
			i++
			piece.WriteByte(pattern[i])
		default:
			piece.WriteByte(c)
		}
	}
	g.pieces = append(g.pieces, piece.String())
	if fold {
		for i, p := range g.pieces {
			g.pieces[i] = strings.ToLower(p)
		}
	}
	return g
}

// match reports whether the whole of s matches.
func (g *glob) match(s []byte) bool {
	if g.fold && !isASCII(s) {
		s = bytes.ToLower(s)
	}
	first, last := g.pieces[0], g.pieces[len(g.pieces)-1]
	if len(g.pieces) == 1 {
		return g.equal(s, first)
	}
	if len(s) < len(first)+len(last) || !g.equal(s[:len(first)], first) || !g.equal(s[len(s)-len(last):], last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, p := range g.pieces[1 : len(g.pieces)-1] {
		i := g.index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return true
}

func (g *glob) equal(s []byte, piece string) bool {
	if g.fold {
		return len(s) == len(piece) && need.EqualFold(s, piece)
	}
	return string(s) == piece
}

func (g *glob) index(s []byte, piece string) int {
	switch {
	case piece == "":
		return 0
	case g.fold:
		return need.IndexFold(s, piece, 0)
	}
	return bytes.Index(s, []byte(piece))
}

// within reports whether pieces in lower case are in b, in their order. Where there
// is no star, the beginning and the end are those of words.
func within(b []byte, pieces []string) bool {
	at := 0
	for k, p := range pieces {
		for p != "" {
			i := need.IndexFold(b, p, at)
			if i < 0 {
				return false
			}
			at = i + len(p)
			if (k > 0 || startsWord(b, i)) && (k < len(pieces)-1 || endsWord(b, at)) {
				break
			}
			at = i + 1
		}
	}
	return true
}

// isASCII reports whether Go's folding of letters changes letters of ASCII only.
func isASCII(b []byte) bool {
	return bytes.IndexFunc(b, func(c rune) bool { return c > '~' }) < 0
}
