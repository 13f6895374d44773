package detect

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ctlog/detect/expr"
	"ctlog/parse"
)

// Sight is what was there to be seen: which event sources there were, and which
// of the fields that a rule needs some event had that the rule could have been
// about. Without them a rule is blind, and that it found nothing tells nothing.
type Sight struct {
	engine  *Engine
	sources map[string]bool // raw
	many    bool            // there were more
	fields  []bool          // by index: some event has the field
	missing [][]int32       // by rule: slots without which it cannot hold, and that no candidate had
	tried   []bool          // by rule: it had a candidate
}

func newSight(e *Engine) Sight {
	s := Sight{engine: e, sources: map[string]bool{}, fields: make([]bool, len(e.indexes)), missing: make([][]int32, len(e.rules)), tried: make([]bool, len(e.rules))}
	for i := range e.rules {
		s.missing[i] = e.rules[i].fields
	}
	return s
}

// seeSource notes the event's source.
func (m *Matcher) seeSource() {
	raw := m.look(m.engine.source).raw
	if raw == nil || m.sight.sources[string(raw)] {
		return
	}
	if m.sight.many = m.sight.many || len(m.sight.sources) >= maxSources; !m.sight.many {
		m.sight.sources[string(raw)] = true
	}
}

// maxSources is far more than there are services.
const maxSources = 10_000

func (s *Sight) misses(rule int32) bool { return !s.tried[rule] || len(s.missing[rule]) > 0 }

// seeFields notes which fields a candidate of the rule has.
func (m *Matcher) seeFields(r int32, p *program) {
	m.sight.tried[r] = true
	left := m.sight.missing[r]
	if !slices.ContainsFunc(left, m.present) {
		return
	}
	m.sight.missing[r] = slices.DeleteFunc(slices.Clone(left), m.present)
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
	for i := range s.fields {
		s.fields[i] = s.fields[i] || o.fields[i]
	}
	for i := range s.missing {
		s.tried[i] = s.tried[i] || o.tried[i]
		s.missing[i] = slices.DeleteFunc(slices.Clone(s.missing[i]), func(slot int32) bool { return !slices.Contains(o.missing[i], slot) })
	}
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
	if !s.tried[rule] && len(p.indexes) > 0 && !slices.ContainsFunc(p.indexes, func(i int32) bool { return s.fields[i] }) {
		return "no event has " + s.engine.slots[s.engine.indexes[p.indexes[0]].slot].path.Text
	}
	if s.tried[rule] && len(s.missing[rule]) > 0 {
		return fmt.Sprintf("no event that it is about has %s", s.engine.slots[s.missing[rule][0]].path.Text)
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
