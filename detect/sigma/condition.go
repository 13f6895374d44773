package sigma

import (
	"fmt"
	"regexp"
	"strings"

	"ctlog/detect/expr"
)

const (
	// maxTokens bounds a condition. Real ones stay under 60.
	maxTokens = 10_000
	// maxParens is how deep parentheses may nest.
	maxParens = 200
)

// language is what the words of a condition mean.
type language[N any] struct {
	all, any func(...N) N
	not      func(N) N
	name     func(string) (N, error)
	// of gives the names that a pattern with * means; without it the condition
	// has no "1 of".
	of func(pattern string) []string
}

// parser parses a condition in words: not before and before or.
type parser[N any] struct {
	language[N]
	tokens []string
	depth  int
	caps   string // a keyword that was written in capitals
}

var tokenRE = regexp.MustCompile(`[A-Za-z0-9_*?.\-]+|[()]|\S`)

// parseCondition parses text; caps is a keyword in capitals, "" without one.
func parseCondition[N any](text string, l language[N]) (n N, caps string, err error) {
	p := &parser[N]{language: l, tokens: tokenRE.FindAllString(text, maxTokens+1)}
	switch {
	case len(p.tokens) == 0:
		return n, "", fmt.Errorf("the condition is empty")
	case len(p.tokens) > maxTokens:
		return n, "", fmt.Errorf("the condition has more than %d words", maxTokens)
	}
	if n, err = p.or(); err == nil && len(p.tokens) > 0 {
		err = p.unexpected()
	}
	return n, p.caps, err
}

func (p *parser[N]) unexpected() error {
	if len(p.tokens) == 0 {
		return fmt.Errorf("the condition ends early")
	}
	switch t := p.tokens[0]; {
	case t == "|":
		return fmt.Errorf("aggregations behind | are not part of Sigma 2; write a correlation")
	case strings.EqualFold(t, "near"):
		return fmt.Errorf("near is not part of Sigma 2; write a temporal correlation")
	default:
		return fmt.Errorf("unexpected %q in the condition", t)
	}
}

// keyword takes a word, in capitals too.
func (p *parser[N]) keyword(word string) bool {
	if len(p.tokens) == 0 || !strings.EqualFold(p.tokens[0], word) {
		return false
	}
	if p.tokens[0] != word {
		p.caps = p.tokens[0]
	}
	p.tokens = p.tokens[1:]
	return true
}

func (p *parser[N]) or() (N, error)  { return p.joined("or", p.and, p.any) }
func (p *parser[N]) and() (N, error) { return p.joined("and", p.term, p.all) }

func (p *parser[N]) joined(word string, part func() (N, error), join func(...N) N) (n N, err error) {
	var nodes []N
	for {
		one, err := part()
		if err != nil {
			return n, err
		}
		if nodes = append(nodes, one); !p.keyword(word) {
			return join(nodes...), nil
		}
	}
}

func (p *parser[N]) term() (n N, err error) {
	negated := false
	for p.keyword("not") {
		negated = !negated
	}
	if n, err = p.operand(); err == nil && negated {
		n = p.not(n)
	}
	return n, err
}

func (p *parser[N]) operand() (n N, err error) {
	if len(p.tokens) == 0 {
		return n, p.unexpected()
	}
	t := p.tokens[0]
	if t == "(" {
		return p.parens()
	}
	if len(p.tokens) > 1 && strings.EqualFold(p.tokens[1], "of") && p.of != nil {
		return p.selector()
	}
	lower := strings.ToLower(t)
	if lower == "and" || lower == "or" || lower == "near" || strings.Trim(t, wordCharacters) != "" {
		return n, p.unexpected()
	}
	p.tokens = p.tokens[1:]
	return p.name(t)
}

const wordCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."

func (p *parser[N]) parens() (n N, err error) {
	if p.depth++; p.depth > maxParens {
		return n, fmt.Errorf("parentheses nested deeper than %d", maxParens)
	}
	p.tokens = p.tokens[1:]
	if n, err = p.or(); err != nil {
		return n, err
	}
	if len(p.tokens) == 0 || p.tokens[0] != ")" {
		return n, fmt.Errorf("a parenthesis is not closed")
	}
	p.tokens = p.tokens[1:]
	p.depth--
	return n, nil
}

// selector reads "1 of x*", "any of x*", "all of them".
func (p *parser[N]) selector() (n N, err error) {
	quantifier := p.tokens[0]
	join := p.any
	switch strings.ToLower(quantifier) {
	case "1", "any":
	case "all":
		join = p.all
	default:
		return n, fmt.Errorf("%q of: Sigma has 1 of, any of and all of", quantifier)
	}
	for _, t := range p.tokens[:2] {
		if t != strings.ToLower(t) {
			p.caps = t
		}
	}
	if p.tokens = p.tokens[2:]; len(p.tokens) == 0 || strings.Trim(p.tokens[0], wordCharacters+"*") != "" {
		return n, p.unexpected()
	}
	pattern := p.tokens[0]
	p.tokens = p.tokens[1:]
	names := p.of(pattern)
	if len(names) == 0 {
		return n, fmt.Errorf("%s of %s: no such condition", quantifier, pattern)
	}
	var nodes []N
	for _, name := range names {
		one, err := p.name(name)
		if err != nil {
			return n, err
		}
		nodes = append(nodes, one)
	}
	return join(nodes...), nil
}

// condition parses a condition about the block's names.
func (b *block) condition(at *node, text string) (*expr.Node, error) {
	used, total := map[string]bool{}, 0
	l := language[*expr.Node]{all: expr.All, any: expr.Any, not: expr.Not, of: b.matching}
	l.name = func(name string) (*expr.Node, error) {
		n, ok := b.nodes[name]
		if !ok {
			return nil, fmt.Errorf("the condition names %q, which is not defined", name)
		}
		used[name] = true
		if total += n.Size(); total > maxCondition {
			return nil, fmt.Errorf("the condition comes to more than %d tests", maxCondition)
		}
		return n, nil
	}
	n, caps, err := parseCondition(text, l)
	if err != nil {
		return nil, wrong(at, "%s", err)
	}
	if caps != "" {
		b.hint("line %d: %s is written in capitals; Sigma has %s", at.line, caps, strings.ToLower(caps))
	}
	for _, name := range b.names {
		if !used[name] && !strings.HasPrefix(name, "_") {
			b.hint("%s is defined and not used in the condition", name)
		}
	}
	return n, nil
}

// maxCondition bounds what a condition may come to when it names the same parts
// again and again.
const maxCondition = 200_000

// matching gives the names that a pattern means; them leaves those out that
// begin with an underscore.
func (b *block) matching(pattern string) (names []string) {
	glob := pattern
	if strings.EqualFold(pattern, "them") {
		glob = "*"
	}
	var pieces []expr.Piece
	for i, text := range strings.Split(glob, "*") {
		if i > 0 {
			pieces = append(pieces, expr.AnyMany)
		}
		if text != "" {
			pieces = append(pieces, expr.Piece{Text: text})
		}
	}
	p := expr.NewPattern(pieces, true, false)
	for _, name := range b.names {
		if p.Match(name) && (!strings.HasPrefix(name, "_") || strings.HasPrefix(pattern, "_")) {
			names = append(names, name)
		}
	}
	return names
}
