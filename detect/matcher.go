package detect

import (
	"slices"

	"ctlog/detect/expr"
	"ctlog/parse"
)

// Matcher finds out which rules hold for an event. It belongs to one goroutine
// and does not allocate for an event that no rule holds for.
type Matcher struct {
	engine  *Engine
	event   *parse.Event
	epoch   uint64 // of the event: what is noted with another one is of an earlier event
	tops    [][]byte
	picked  []picked
	found   []found
	answers []uint64 // epoch and answer
	looked  []uint64 // by rule: the epoch of the last event that it was looked at for
	matched []int32
	tester  expr.Tester
	caches  []map[string][]int32 // by index: candidates by raw value
	sight   Sight
}

type picked struct {
	epoch  uint64
	values [][]byte
}

// Matcher makes a matcher.
func (e *Engine) Matcher() *Matcher {
	m := &Matcher{engine: e, tops: make([][]byte, e.tops.Len()), picked: make([]picked, len(e.inner)), found: make([]found, len(e.slots)),
		answers: make([]uint64, len(e.tests)), looked: make([]uint64, len(e.rules)), caches: make([]map[string][]int32, len(e.indexes)), sight: newSight(e)}
	for i, names := range e.inner {
		if names != nil {
			m.picked[i].values = make([][]byte, names.Len())
		}
	}
	for i := range m.caches {
		m.caches[i] = map[string][]int32{}
	}
	return m
}

// Match gives the rules that hold for the event, by their place in the engine,
// in rising order. They are valid until the next call.
func (m *Matcher) Match(e *parse.Event) []int32 {
	m.matched = m.matched[:0]
	m.begin(e)
	m.seeSource()
	m.seeFields()
	m.try(m.engine.always)
	for i := range m.engine.indexes {
		m.try(m.candidates(i))
	}
	if len(m.matched) > 1 {
		slices.Sort(m.matched)
	}
	return m.matched
}

// begin takes up another event.
func (m *Matcher) begin(e *parse.Event) {
	m.event = e
	m.epoch++
	m.tester.Reset(e.Raw, e.Compact())
	e.Pick(m.engine.tops, m.tops)
}

// candidates gives the rules that have a clue in a field.
func (m *Matcher) candidates(i int) []int32 {
	x := &m.engine.indexes[i]
	f := m.look(x.slot)
	switch f.state {
	case absent:
		return nil
	case null:
		return x.there
	case complex:
		return x.all
	}
	cache := m.caches[i]
	if list, ok := cache[string(f.raw)]; ok {
		return list
	}
	list := x.candidates(f.words().Folded())
	if len(cache) < maxCached && len(f.raw) < maxCachedText {
		cache[string(f.raw)] = list
	}
	return list
}

// How many values of a field candidates are remembered for, and of what length:
// names and user agents repeat, ARNs of sessions less so.
const (
	maxCached     = 4096
	maxCachedText = 512
)

// try evaluates rules that have not been looked at for this event.
func (m *Matcher) try(rules []int32) {
	for _, r := range rules {
		if m.looked[r] == m.epoch {
			continue
		}
		m.looked[r] = m.epoch
		if m.holds(&m.engine.rules[r].root) {
			m.matched = append(m.matched, r)
		}
	}
}

func (m *Matcher) holds(s *step) bool {
	switch s.op {
	case expr.OpTest:
		return m.ask(s.test)
	case expr.OpNot:
		return !m.holds(&s.subs[0])
	case expr.OpAll:
		for i := range s.subs {
			if !m.holds(&s.subs[i]) {
				return false
			}
		}
		return true
	}
	for i := range s.subs {
		if m.holds(&s.subs[i]) {
			return true
		}
	}
	return false
}
