package sigma

import (
	"strconv"
	"strings"

	"ctlog/detect/expr"
)

// valueKind is what a value of a detection item is.
type valueKind int

const (
	textValue valueKind = iota
	numberValue
	boolValue
	nullValue
	regexValue
)

// value is one value of an item on its way through the modifiers.
type value struct {
	kind   valueKind
	raw    string       // as it is written
	pieces []expr.Piece // of text and numbers
	at     *node
}

// newValue reads a scalar. Under the modifier re, text is taken as it is.
func newValue(n *node, regex bool) (value, error) {
	if !n.isScalar() {
		return value{}, wrong(n, "a value that is a map or a list; fields below others are written as parent.child")
	}
	v := value{raw: n.text, at: n}
	if regex && !n.isNull() {
		v.kind = regexValue
		return v, nil
	}
	switch n.tag {
	case "!!null":
		v.kind = nullValue
		return v, nil
	case "!!bool":
		v.kind = boolValue
	case "!!int", "!!float":
		text, err := plainNumber(n)
		if err != nil {
			return v, err
		}
		v.kind, v.raw = numberValue, text
	default:
		v.pieces = split(n.text)
		return v, nil
	}
	v.pieces = []expr.Piece{{Text: v.raw}}
	return v, nil
}

// plainNumber gives a number as JSON would write it, where YAML has more ways.
func plainNumber(n *node) (string, error) {
	if _, ok := expr.ParseDecimal([]byte(n.text)); ok {
		return n.text, nil
	}
	text := strings.ReplaceAll(n.text, "_", "")
	digits := strings.TrimLeft(text, "+-")
	switch {
	case len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "0123456789") == "":
		return n.text, nil // 012345670123 is an account, not an octal number
	case n.tag == "!!int":
		if i, err := strconv.ParseInt(text, 0, 64); err == nil {
			return strconv.FormatInt(i, 10), nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f-f != 0 {
		return "", wrong(n, "%q is not a finite number", n.text)
	}
	return strconv.FormatFloat(f, 'g', -1, 64), nil
}

// split finds the wildcards in a value: * and ? unless a backslash stands
// before them; of two backslashes one is left, before anything else a backslash
// is one.
func split(s string) (pieces []expr.Piece) {
	var text strings.Builder
	wildcard := func(p expr.Piece) {
		if text.Len() > 0 {
			pieces = append(pieces, expr.Piece{Text: text.String()})
			text.Reset()
		}
		pieces = append(pieces, p)
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`*?\`, s[i+1]) >= 0:
			i++
			text.WriteByte(s[i])
		case c == '*':
			wildcard(expr.AnyMany)
		case c == '?':
			wildcard(expr.AnyOne)
		default:
			text.WriteByte(c)
		}
	}
	if text.Len() > 0 {
		pieces = append(pieces, expr.Piece{Text: text.String()})
	}
	return pieces
}

// literal gives the text of a value without wildcards.
func (v *value) literal() (text string, ok bool) {
	switch {
	case len(v.pieces) == 0:
		return "", v.kind == textValue
	case len(v.pieces) == 1 && v.pieces[0].Text != "":
		return v.pieces[0].Text, true
	}
	return "", false
}

// number reads the value as one.
func (v *value) number() (expr.Decimal, bool) {
	return expr.ParseDecimal([]byte(strings.TrimSpace(v.raw)))
}
