package detect

import (
	"slices"
	"strings"

	"ctlog/detect/expr"
	"ctlog/query/need"
)

// Needs says what must be in the bytes of an event for a rule to hold for it, or
// for it to show what has not been seen yet, see Sight. It is need.MatchAll when
// every event has to be looked at.
func (r *Reader) Needs() *need.Requirement {
	if r.program.horizon || r.options.Brute || r.program.needs == need.MatchAll {
		return need.MatchAll
	}
	s := &r.matcher.sight
	if n := len(s.sources) - len(s.unseen); r.unseen == nil || n != r.noted {
		r.unseen, r.noted = need.AnyOf(r.program.needs, s.needs()).Ordered(), n
	}
	return r.unseen
}

// Skip counts events that were not looked at since they do not have what Needs
// says.
func (r *Reader) Skip(events int) { r.batch.Events += int64(events) }

// needsOf is what it takes for any of the rules to hold.
func (e *Engine) needsOf() *need.Requirement {
	if len(e.always) > 0 || len(e.rules) > need.MaxLeaves {
		return need.MatchAll
	}
	n := need.MatchNone
	for i := range e.rules {
		for _, c := range e.rules[i].clues {
			n = need.AnyOf(n, c.requirement())
		}
	}
	return n
}

// requirement is what the clue takes.
func (c clue) requirement() *need.Requirement {
	if c.kind == clueThere {
		return hasMember(c.path)
	}
	word := longestWord(c.text)
	if len(word) < minWord {
		return hasMember(c.path)
	}
	whole := c.kind == clueIs && word == c.text && word != "true" && word != "false"
	return need.Literal{Text: word, Fold: true, Front: whole, End: whole}.Requirement()
}

// hasMember requires a member of the name that a path ends with.
func hasMember(p *expr.Path) *need.Requirement {
	if n := len(p.Steps); n > 0 && p.Steps[n-1].Kind == expr.Member {
		return need.HasKey(p.Steps[n-1].Name)
	}
	return need.MatchAll
}

// minWord: what is shorter stands everywhere.
const minWord = 4

// longestWord gives the longest part of a folded text that is written in an event
// as it is, whatever is around it: a rule may be about the text of a whole object,
// which has other white space than the event.
func longestWord(text string) (longest string) {
	for word := range strings.FieldsFuncSeq(text, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_')
	}) {
		if len(word) > len(longest) {
			longest = word
		}
	}
	return longest
}

// needs is what an event must have to show a source or a field that rules wait
// for and no event had.
func (s *Sight) needs() *need.Requirement {
	n := need.MatchNone
	for i := range s.engine.rules {
		if sources := s.engine.rules[i].sources; !s.many && !slices.ContainsFunc(sources, s.seen) {
			for _, source := range sources {
				n = need.AnyOf(n, need.Literal{Text: source, Fold: true}.Requirement())
			}
		}
	}
	for _, slot := range s.unseen {
		n = need.AnyOf(n, hasMember(s.engine.slots[slot].path))
	}
	return n
}
