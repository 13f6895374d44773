package pattern

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"ctlog/detect/expr"
)

const (
	// MaxPattern is how long a pattern may be; CloudWatch's own limit is 1,024.
	MaxPattern = 64 << 10
	// maxDepth is how deep parentheses may nest.
	maxDepth = 100
)

// Parse reads a filter pattern. hint, when it is not "", says what should be
// told though the pattern was read.
func Parse(text string) (n *expr.Node, hint string, err error) {
	text = strings.TrimSpace(text)
	switch {
	case len(text) > MaxPattern:
		return nil, "", fmt.Errorf("the pattern is longer than %d bytes", MaxPattern)
	case text == "":
		return nil, "", fmt.Errorf("the pattern is empty: it matches every event")
	case text[0] == '[':
		return nil, "", fmt.Errorf("a space-delimited pattern is about logs with columns; CloudTrail's events are JSON: { $.eventName = … }")
	case text[0] != '{':
		return parseWords(text)
	}
	p := &parser{rest: text[1:], whole: text}
	if n, err = p.or(); err == nil && !p.take("}") {
		err = p.unexpected("&&, || or }")
	}
	if err == nil && p.blank() != "" {
		err = p.unexpected("nothing")
	}
	if err != nil {
		return nil, "", err
	}
	return n, "", nil
}

// parser reads the JSON form.
type parser struct {
	rest, whole string
	depth       int
}

// blank passes white space and gives what follows.
func (p *parser) blank() string {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	return p.rest
}

func (p *parser) take(token string) bool {
	rest, ok := strings.CutPrefix(p.blank(), token)
	if ok {
		p.rest = rest
	}
	return ok
}

// word takes a keyword, whatever its case.
func (p *parser) word(w string) bool {
	rest := p.blank()
	if len(rest) < len(w) || !strings.EqualFold(rest[:len(w)], w) || len(rest) > len(w) && isName(rest[len(w)]) {
		return false
	}
	p.rest = rest[len(w):]
	return true
}

func (p *parser) unexpected(wanted string) error {
	rest := p.blank()
	if rest == "" {
		return fmt.Errorf("the pattern ends where %s is expected", wanted)
	}
	if len(rest) > 20 {
		rest = strings.ToValidUTF8(rest[:20], "") + "…"
	}
	return fmt.Errorf("%q at character %d, where %s is expected", rest, len(p.whole)-len(p.rest)+1, wanted)
}

func (p *parser) or() (*expr.Node, error)  { return p.joined("||", p.and, expr.Any) }
func (p *parser) and() (*expr.Node, error) { return p.joined("&&", p.term, expr.All) }

func (p *parser) joined(token string, part func() (*expr.Node, error), join func(...*expr.Node) *expr.Node) (*expr.Node, error) {
	var nodes []*expr.Node
	for {
		n, err := part()
		if err != nil {
			return nil, err
		}
		if nodes = append(nodes, n); !p.take(token) {
			return join(nodes...), nil
		}
	}
}

func (p *parser) term() (*expr.Node, error) {
	if !p.take("(") {
		return p.condition()
	}
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("parentheses nested deeper than %d", maxDepth)
	}
	n, err := p.or()
	if err == nil && !p.take(")") {
		err = p.unexpected("&&, || or )")
	}
	p.depth--
	return n, err
}

func (p *parser) condition() (*expr.Node, error) {
	path, err := p.selector()
	if err != nil {
		return nil, err
	}
	t := &expr.Test{Path: path}
	switch {
	case p.word("IS"):
		for word, kind := range map[string]expr.Kind{"NULL": expr.IsNull, "TRUE": expr.IsTrue, "FALSE": expr.IsFalse} {
			if p.word(word) {
				t.Kind = kind
				return expr.One(t), nil
			}
		}
		return nil, p.unexpected("NULL, TRUE or FALSE")
	case p.word("NOT"):
		if !p.word("EXISTS") {
			return nil, p.unexpected("EXISTS")
		}
		t.Kind = expr.Exists
		return expr.Not(expr.One(t)), nil
	}
	return p.comparison(t)
}

var orders = []struct {
	token string
	order expr.Order
}{{"<=", expr.LessOrEqual}, {">=", expr.GreaterOrEqual}, {"<", expr.Less}, {">", expr.Greater}}

func (p *parser) comparison(t *expr.Test) (*expr.Node, error) {
	for _, o := range orders {
		if p.take(o.token) {
			d, ok := expr.ParseDecimal([]byte(p.bare()))
			if !ok {
				return nil, p.unexpected("a number")
			}
			t.Kind, t.Order, t.Decimal = expr.Compare, o.order, d
			return expr.One(t), nil
		}
	}
	unlike := p.take("!=")
	if !unlike && !p.take("=") {
		return nil, p.unexpected("an operator")
	}
	return p.value(t, unlike)
}

// value reads what a selector is compared with.
func (p *parser) value(t *expr.Test, unlike bool) (n *expr.Node, err error) {
	rest := p.blank()
	switch {
	case strings.HasPrefix(rest, "%"):
		t.Kind = expr.Regex
		if t.Regexp, err = p.regex(); err == nil {
			t.Needle = []byte(expr.Needle(t.Regexp))
		}
	case strings.HasPrefix(rest, `"`):
		var text string
		text, err = p.quoted()
		t.Pattern = wildcards(text, false)
	default:
		text := p.bare()
		if text == "" {
			return nil, p.unexpected("a value")
		}
		_, number := expr.ParseDecimal([]byte(text))
		t.Pattern = wildcards(text, number)
	}
	if unlike {
		t.Kind = expr.Unlike
	}
	return expr.One(t), err
}

// wildcards makes a pattern of text with stars.
func wildcards(text string, number bool) *expr.Pattern {
	var pieces []expr.Piece
	for i, part := range strings.Split(text, "*") {
		if i > 0 {
			pieces = append(pieces, expr.AnyMany)
		}
		if part != "" {
			pieces = append(pieces, expr.Piece{Text: part})
		}
	}
	return expr.NewPattern(pieces, true, number)
}

// bare reads a value without quotes.
func (p *parser) bare() string {
	rest := p.blank()
	n := strings.IndexAny(rest, " \t\r\n(){}=!<>&|\"%")
	if n < 0 {
		n = len(rest)
	}
	p.rest = rest[n:]
	return rest[:n]
}

func (p *parser) quoted() (string, error) {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return b.String(), nil
		case c == '\\' && i+1 < len(p.rest) && (p.rest[i+1] == '"' || p.rest[i+1] == '\\'):
			i++
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", fmt.Errorf("a string is not closed")
}

// regex reads an expression between percent signs.
func (p *parser) regex() (*regexp.Regexp, error) {
	for i := 1; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '\\':
			i++
		case '%':
			text := p.rest[1:i]
			p.rest = p.rest[i+1:]
			re, err := regexp.Compile(text)
			if err != nil {
				return nil, fmt.Errorf("the regular expression %%%s%%: %w", text, err)
			}
			return re, nil
		}
	}
	return nil, fmt.Errorf("a regular expression is not closed by %%")
}

func isName(c byte) bool {
	return c == '_' || c == '-' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// selector reads a path from $ on.
func (p *parser) selector() (*expr.Path, error) {
	start := p.blank()
	if !p.take("$") {
		return nil, p.unexpected("a selector such as $.eventName")
	}
	path := &expr.Path{Strict: true}
	for {
		s, ok, err := p.step()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		path.Steps = append(path.Steps, s)
	}
	if len(path.Steps) == 0 {
		return nil, p.unexpected("a field: $.eventName")
	}
	path.Text = start[:len(start)-len(p.rest)]
	return path, nil
}

// step reads one step of a selector, where no white space is allowed.
func (p *parser) step() (s expr.Step, ok bool, err error) {
	rest := p.rest
	switch {
	case strings.HasPrefix(rest, ".["):
		return p.bracketed(rest[1:])
	case strings.HasPrefix(rest, "["):
		return p.bracketed(rest)
	case strings.HasPrefix(rest, ".*"):
		p.rest = rest[2:]
		return expr.Step{Kind: expr.EachMember}, true, nil
	case strings.HasPrefix(rest, "."):
		n := 1
		for n < len(rest) && isName(rest[n]) {
			n++
		}
		if n == 1 {
			p.rest = rest[1:]
			return s, false, p.unexpected("a name")
		}
		p.rest = rest[n:]
		return expr.Step{Name: rest[1:n]}, true, nil
	}
	return s, false, nil
}

// bracketed reads [0], [*], ['name'] and ["name"].
func (p *parser) bracketed(rest string) (s expr.Step, ok bool, err error) {
	inside, after, closed := strings.Cut(rest[1:], "]")
	if len(inside) > 0 && (inside[0] == '\'' || inside[0] == '"') {
		quote := inside[:1]
		inside, after, closed = strings.Cut(rest[2:], quote+"]")
		s.Name = inside
	} else if inside == "*" {
		s.Kind = expr.EachElement
	} else {
		s.Kind = expr.Element
		if s.At, err = strconv.Atoi(inside); err != nil || s.At < 0 {
			closed = false
		}
	}
	if !closed {
		return s, false, p.unexpected("an index or a name in brackets")
	}
	p.rest = after
	return s, true, nil
}
