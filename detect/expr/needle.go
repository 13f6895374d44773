package expr

import (
	"regexp"
	"regexp/syntax"
)

// Needle gives a text that must be in whatever re finds something in, the
// longest that is plain to be seen, "" without one.
func Needle(re *regexp.Regexp) string {
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return ""
	}
	return needle(tree.Simplify())
}

func needle(n *syntax.Regexp) (text string) {
	switch n.Op {
	case syntax.OpLiteral:
		if n.Flags&syntax.FoldCase == 0 {
			text = string(n.Rune)
		}
	case syntax.OpConcat:
		for _, sub := range n.Sub {
			if t := needle(sub); len(t) > len(text) {
				text = t
			}
		}
	case syntax.OpCapture, syntax.OpPlus:
		text = needle(n.Sub[0])
	case syntax.OpRepeat:
		if n.Min > 0 {
			text = needle(n.Sub[0])
		}
	}
	return text
}
