package pattern

import (
	"fmt"
	"strings"

	"ctlog/detect/expr"
)

// parseWords reads the unstructured form.
func parseWords(text string) (n *expr.Node, hint string, err error) {
	p := &parser{rest: text, whole: text}
	var all, some []*expr.Node
	for p.blank() != "" {
		sign := p.rest[0]
		if sign == '-' || sign == '?' {
			p.rest = p.rest[1:]
		}
		one, err := p.textTerm()
		switch {
		case err != nil:
			return nil, "", err
		case sign == '-':
			all = append(all, expr.Not(one))
		case sign == '?':
			some = append(some, one)
		default:
			all = append(all, one)
		}
	}
	switch {
	case len(all) == 0:
		return expr.Any(some...), "", nil
	case len(some) > 0: // as CloudWatch does
		hint = "words with ? beside others are disregarded"
	}
	return expr.All(all...), hint, nil
}

// textTerm reads a word, a phrase or a regular expression.
func (p *parser) textTerm() (*expr.Node, error) {
	rest := p.rest
	if strings.HasPrefix(rest, "%") {
		re, err := p.regex()
		return expr.One(&expr.Test{Kind: expr.Finds, Regexp: re}), err
	}
	var text string
	var err error
	if strings.HasPrefix(rest, `"`) {
		text, err = p.quoted()
	} else {
		n := strings.IndexAny(rest, " \t\r\n")
		if n < 0 {
			n = len(rest)
		}
		text, p.rest = rest[:n], rest[n:]
	}
	if err == nil && text == "" {
		err = fmt.Errorf("an empty word")
	}
	if err != nil {
		return nil, err
	}
	pieces := []expr.Piece{expr.AnyMany, {Text: text}, expr.AnyMany}
	return expr.One(&expr.Test{Kind: expr.Within, Pattern: expr.NewPattern(pieces, true, false)}), nil
}
