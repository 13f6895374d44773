package detect

import (
	"ctlog/detect/expr"
	"ctlog/parse"
)

// slot is a field that rules ask about.
type slot struct {
	path   *expr.Path
	top    int32       // the event's member that it begins with, -1: any
	nested int32       // that one's member that it goes on with, -1: none
	rest   []expr.Step // behind top
}

// found is what is known of a slot in the event at hand.
type found struct {
	epoch uint64
	state state
	raw   []byte // of a scalar, or of an object or array at the end
	known bool   // text is that of raw
	text  expr.Text
}

// words gives the text of a scalar.
func (f *found) words() *expr.Text {
	if !f.known {
		f.known = true
		f.text.Set(f.raw)
	}
	return &f.text
}

type state uint8

const (
	absent state = iota
	null
	scalar
	complex // an object or array, at the end or on the way: tests go from the top
)

// look finds a slot's value, once an event.
func (m *Matcher) look(i int32) *found {
	f := &m.found[i]
	if f.epoch == m.epoch {
		return f
	}
	f.epoch, f.known = m.epoch, false
	f.raw, f.state = m.find(&m.engine.slots[i])
	return f
}

func (m *Matcher) find(s *slot) ([]byte, state) {
	if s.top < 0 {
		return m.event.Raw, complex
	}
	raw, rest := m.tops[s.top], s.rest
	if raw != nil && raw[0] == '{' && s.nested >= 0 {
		raw, rest = m.inner(s.top)[s.nested], rest[1:]
	}
	for _, step := range rest {
		if raw == nil {
			return nil, absent
		}
		if raw[0] == '[' || step.Kind != expr.Member {
			return raw, complex
		}
		if raw[0] != '{' {
			return nil, absent
		}
		raw, _ = parse.Field(raw, step.Name)
	}
	switch {
	case raw == nil:
		return nil, absent
	case raw[0] == 'n':
		return raw, null
	case raw[0] == '{' || raw[0] == '[':
		return raw, complex
	}
	return raw, scalar
}

// inner gives the members of a member that any slot asks for.
func (m *Matcher) inner(top int32) [][]byte {
	if p := &m.picked[top]; p.epoch != m.epoch {
		p.epoch = m.epoch
		m.event.PickIn(m.tops[top], m.engine.inner[top], p.values)
	}
	return m.picked[top].values
}

// ask asks a test, once an event.
func (m *Matcher) ask(i int32) bool {
	if known := m.answers[i]; known>>1 == m.epoch {
		return known&1 != 0
	}
	yes := m.answer(&m.engine.tests[i])
	m.answers[i] = m.epoch << 1
	if yes {
		m.answers[i]++
	}
	return yes
}

func (m *Matcher) answer(t *test) bool {
	if t.slot < 0 {
		return m.tester.Event(t.Test)
	}
	f := m.look(t.slot)
	switch f.state {
	case scalar:
		return m.tester.Scalar(t.Test, f.words())
	case complex:
		if s := &m.engine.slots[t.slot]; s.top >= 0 {
			return m.tester.At(t.Test, m.tops[s.top], s.rest)
		}
		return m.tester.At(t.Test, m.event.Raw, t.Path.Steps)
	}
	return m.tester.At(t.Test, f.raw, nil)
}
