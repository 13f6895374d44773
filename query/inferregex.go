package query

import (
	"regexp/syntax"
	"strings"
	"unicode"

	"ctlog/query/jq"
	"ctlog/query/need"
)

// regexNeed is what a string must have in it for a regular expression to
// match, as far as literals in the expression tell.
func regexNeed(re, flags string, in absValue) *need.Requirement {
	source, err := jq.RegexSource(re, flags)
	if err != nil {
		return need.MatchAll
	}
	parsed, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return need.MatchAll
	}
	m := matchSet{in: absValue{from: in.from, fold: in.fold}}
	return m.of(parsed).settle(&m)
}

// matchSet follows an expression. What a part matches is known as a whole, as
// a few strings, or by what it needs.
type matchSet struct{ in absValue }

type matched struct {
	exact []string // all that it can match, nil when that is not known
	fold  bool     // of exact
	need  *need.Requirement
}

// maxExact bounds how many strings are told apart.
const maxExact = 24

var matchesAnything = matched{need: need.MatchAll}

func (x matched) settle(m *matchSet) *need.Requirement {
	if x.exact == nil {
		return x.need
	}
	n := need.MatchNone
	for _, s := range x.exact {
		in := m.in
		in.fold = in.fold || x.fold
		n = need.AnyOf(n, in.has(s, false, false))
	}
	return n
}

func (m *matchSet) of(re *syntax.Regexp) matched {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return matched{exact: []string{""}}
	case syntax.OpNoMatch:
		return matched{need: need.MatchNone}
	case syntax.OpLiteral:
		return literalMatch(re)
	case syntax.OpCharClass:
		return classMatch(re)
	case syntax.OpCapture:
		return m.of(re.Sub[0])
	case syntax.OpPlus:
		return matched{need: m.of(re.Sub[0]).settle(m)}
	case syntax.OpRepeat:
		if re.Min > 0 {
			return matched{need: m.of(re.Sub[0]).settle(m)}
		}
	case syntax.OpQuest:
		return m.either(matched{exact: []string{""}}, m.of(re.Sub[0]))
	case syntax.OpConcat:
		return m.concat(re.Sub)
	case syntax.OpAlternate:
		x := m.of(re.Sub[0])
		for _, s := range re.Sub[1:] {
			x = m.either(x, m.of(s))
		}
		return x
	}
	return matchesAnything
}

// literalMatch: an expression that disregards case knows more letters than
// ASCII; the plan gives no answer where those stand.
func literalMatch(re *syntax.Regexp) matched {
	s := string(re.Rune)
	if fold := re.Flags&syntax.FoldCase != 0; fold {
		return matched{exact: []string{strings.ToLower(s)}, fold: true}
	}
	return matched{exact: []string{s}}
}

// classMatch knows classes of a few characters. That [Kk] came from a folded
// letter shows in a third one, beyond ASCII.
func classMatch(re *syntax.Regexp) matched {
	var exact []string
	for i := 0; i < len(re.Rune); i += 2 {
		for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
			if len(exact) == 8 || r > unicode.MaxASCII {
				return matchesAnything
			}
			exact = append(exact, string(r))
		}
	}
	return matched{exact: exact, need: need.MatchNone}
}

func (m *matchSet) either(a, b matched) matched {
	if a.exact != nil && b.exact != nil && a.fold == b.fold && len(a.exact)+len(b.exact) <= maxExact {
		return matched{exact: append(append([]string{}, a.exact...), b.exact...), fold: a.fold}
	}
	return matched{need: need.AnyOf(a.settle(m), b.settle(m))}
}

// concat joins strings as long as they are few; what is not exact cuts them.
func (m *matchSet) concat(subs []*syntax.Regexp) matched {
	run, n, cut := matched{exact: []string{""}}, need.MatchAll, false
	for _, s := range subs {
		x := m.of(s)
		if joined, ok := joinExact(run, x); ok {
			run = joined
			continue
		}
		n, cut = need.AllOf(n, run.settle(m)), true
		if run = x; x.exact == nil {
			n, run = need.AllOf(n, x.need), matched{exact: []string{""}}
		}
	}
	if !cut {
		return run
	}
	return matched{need: need.AllOf(n, run.settle(m))}
}

func joinExact(a, b matched) (matched, bool) {
	if b.exact == nil || len(a.exact)*len(b.exact) > maxExact {
		return matched{}, false
	}
	blank := func(x matched) bool { return strings.Join(x.exact, "") == "" }
	if a.fold != b.fold && !blank(a) && !blank(b) {
		return matched{}, false
	}
	x := matched{fold: a.fold && !blank(a) || b.fold && !blank(b)}
	for _, s := range a.exact {
		for _, t := range b.exact {
			x.exact = append(x.exact, s+t)
		}
	}
	return x, true
}
