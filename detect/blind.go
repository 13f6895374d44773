package detect

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ctlog/detect/expr"
	"ctlog/parse"
)

// Sight is what was there to be seen: which event sources there were, and which
// of the fields that rules need some event had. Without them a rule is blind, and
// that it found nothing tells nothing.
//
// Of what is below requestParameters, responseElements and the like only those
// count: a call that was made without some parameter could have had it.
type Sight struct {
	engine  *Engine
	sources map[string]bool // raw
	last    []byte          // one of them
	many    bool            // there were more
	unseen  []int32         // slots of Engine.needs that no event had
}

func newSight(e *Engine) Sight {
	return Sight{engine: e, sources: map[string]bool{}, unseen: slices.Clone(e.needs)}
}

// visible gives the part of a path that an event has to have: of the caller's
// identity the member, of others the beginning.
func visible(p *expr.Path) (*expr.Path, bool) {
	if _, ok := p.Top(); !ok {
		return nil, false
	}
	n := 1
	if p.Steps[0].Name == "userIdentity" && len(p.Steps) > 1 && p.Steps[1].Kind == expr.Member {
		n = 2
	}
	short := &expr.Path{Steps: p.Steps[:n], Strict: p.Strict}
	for i, s := range short.Steps {
		if i > 0 {
			short.Text += "."
		}
		short.Text += s.Name
	}
	return short, true
}

// seeSource notes the event's source.
func (m *Matcher) seeSource() {
	raw := m.look(m.engine.source).raw
	if raw == nil || bytes.Equal(raw, m.sight.last) || m.sight.sources[string(raw)] {
		return
	}
	m.sight.last = append(m.sight.last[:0], raw...)
	if m.sight.many = m.sight.many || len(m.sight.sources) >= maxSources; !m.sight.many {
		m.sight.sources[string(raw)] = true
	}
}

// maxSources is far more than there are services.
const maxSources = 10_000

// seeFields notes which fields the event has that none had before.
func (m *Matcher) seeFields() {
	if !slices.ContainsFunc(m.sight.unseen, m.present) {
		return
	}
	m.sight.unseen = slices.DeleteFunc(m.sight.unseen, m.present)
}

func (m *Matcher) present(slot int32) bool {
	f := m.look(slot)
	if f.state != complex {
		return f.state != absent
	}
	s := &m.engine.slots[slot]
	exists := expr.Test{Path: s.path, Kind: expr.Exists}
	if s.top < 0 {
		return m.tester.At(&exists, m.event.Raw, s.path.Steps)
	}
	return m.tester.At(&exists, m.tops[s.top], s.rest)
}

// Sight is what the matcher's events had.
func (m *Matcher) Sight() *Sight { return &m.sight }

// Add takes in what another matcher of the same engine saw.
func (s *Sight) Add(o *Sight) {
	maps.Copy(s.sources, o.sources)
	s.many = s.many || o.many
	s.unseen = slices.DeleteFunc(s.unseen, func(slot int32) bool { return !slices.Contains(o.unseen, slot) })
}

// Sight is that of no events yet.
func (e *Engine) Sight() *Sight {
	s := newSight(e)
	return &s
}

// Blind says why a rule could not have found anything, "" when it could.
func (s *Sight) Blind(rule int) string {
	p := &s.engine.rules[rule]
	if len(p.sources) > 0 && !s.many && !slices.ContainsFunc(p.sources, s.seen) {
		return "no event is from " + strings.Join(slices.Compact(slices.Sorted(slices.Values(p.sources))), ", ")
	}
	for _, slot := range p.needs {
		if slices.Contains(s.unseen, slot) {
			return "no event has " + s.engine.slots[slot].path.Text
		}
	}
	return ""
}

// seen reports whether some event is from a source.
func (s *Sight) seen(source string) bool {
	for raw := range s.sources {
		if expr.Fold(string(parse.AppendText(nil, []byte(raw)))) == source {
			return true
		}
	}
	return false
}

// Explain says what an event must have to be looked at for a rule.
func (e *Engine) Explain(rule int) string {
	p := &e.rules[rule]
	if slices.Contains(e.always, int32(rule)) {
		return "any event"
	}
	var texts []string
	for _, c := range p.clues {
		texts = append(texts, c.String())
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), " or ")
}

func quote(s string) string { return fmt.Sprintf("%q", s) }
