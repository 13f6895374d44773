package detect

import (
	"cmp"
	"slices"

	"ctlog/detect/expr"
	"ctlog/detect/rule"
	"ctlog/parse"
)

// Engine is a number of rules compiled together. It is immutable and may be
// shared.
type Engine struct {
	rules   []program
	tests   []test
	slots   []slot
	tops    *parse.Names // the members of events that slots begin with
	inner   []*parse.Names
	indexes []index
	always  []int32 // rules without a clue
	source  int32   // the slot of eventSource
	needs   []int32 // those of all rules
}

// program is a compiled rule.
type program struct {
	root    step
	clues   []clue
	needs   []int32  // slots without which it cannot hold, see Sight
	sources []string // eventSources of which the event must have one, if any
}

// step is a node of a condition.
type step struct {
	op   expr.Op
	subs []step
	test int32
	cost int
}

// test is a question that one rule or more ask.
type test struct {
	*expr.Test
	slot int32 // -1: it is about the whole event
}

// NewEngine compiles rules.
func NewEngine(rules []*rule.Rule) *Engine {
	c := newCompiler()
	for _, r := range rules {
		c.rule(r)
	}
	return c.finish()
}

func newCompiler() *compiler {
	c := &compiler{tests: map[string]int32{}, slots: map[string]int32{}, tops: map[string]int32{}, indexes: map[int32]int32{}}
	c.engine.source = c.slot(eventSource)
	return c
}

// finish gives what was put together.
func (c *compiler) finish() *Engine {
	c.engine.tops = parse.NewNames(c.names...)
	for _, names := range c.inner {
		var compiled *parse.Names
		if len(names) > 0 {
			compiled = parse.NewNames(names...)
		}
		c.engine.inner = append(c.engine.inner, compiled)
	}
	return &c.engine
}

// compiler puts rules together.
type compiler struct {
	engine  Engine
	tests   map[string]int32 // by key
	slots   map[string]int32 // by key
	tops    map[string]int32 // by name
	indexes map[int32]int32  // by slot
	names   []string
	inner   [][]string // by top
}

func (c *compiler) rule(r *rule.Rule) {
	n := int32(len(c.engine.rules))
	p := program{root: c.compile(gather(r.Condition)), sources: sourcesOf(r.Condition)}
	for _, path := range required(r.Condition) {
		short, ok := visible(path)
		if !ok {
			continue
		}
		slot := c.slot(short)
		if p.needs = append(p.needs, slot); !slices.Contains(c.engine.needs, slot) {
			c.engine.needs = append(c.engine.needs, slot)
		}
	}
	clues, ok := cluesOf(r.Condition)
	if !ok {
		c.engine.always = append(c.engine.always, n)
	}
	for _, cl := range clues {
		at := c.index(c.slot(cl.path))
		c.engine.indexes[at].add(cl, n)
	}
	p.clues = clues
	c.engine.rules = append(c.engine.rules, p)
}

// compile makes steps of a node; of parts that are joined the cheapest come
// first, since the order does not matter to what holds.
func (c *compiler) compile(n *expr.Node) step {
	s := step{op: n.Op}
	if n.Op == expr.OpTest {
		s.test = c.test(n.Test)
		s.cost = c.cost(s.test)
		return s
	}
	for _, sub := range n.Subs {
		one := c.compile(sub)
		s.cost += one.cost
		s.subs = append(s.subs, one)
	}
	slices.SortStableFunc(s.subs, func(a, b step) int { return cmp.Compare(a.cost, b.cost) })
	return s
}

// cost is about how long a test takes.
func (c *compiler) cost(i int32) int {
	t := &c.engine.tests[i]
	cost := 1
	switch {
	case t.slot < 0:
		return 1000
	case t.Kind == expr.Same:
		cost = 500
	case t.Kind == expr.Regex, t.Kind == expr.Network, t.Kind == expr.Part:
		cost = 100
	case t.Kind == expr.Like && !t.Pattern.Exact():
		cost = 20
	}
	return cost + 4*(len(t.Path.Steps)-1)
}

func (c *compiler) test(t *expr.Test) int32 {
	key := t.Key()
	if at, ok := c.tests[key]; ok {
		return at
	}
	at := int32(len(c.engine.tests))
	c.tests[key] = at
	compiled := test{t, -1}
	if t.Path != nil && t.Kind != expr.Within && t.Kind != expr.Finds {
		compiled.slot = c.slot(t.Path)
	}
	c.engine.tests = append(c.engine.tests, compiled)
	return at
}

// slot gives the number of a path.
func (c *compiler) slot(path *expr.Path) int32 {
	key := path.Key()
	if at, ok := c.slots[key]; ok {
		return at
	}
	s := slot{path: path, top: -1, rest: path.Steps, nested: -1}
	if name, ok := path.Top(); ok {
		s.top, s.rest = c.top(name), path.Steps[1:]
		if len(s.rest) > 0 && s.rest[0].Kind == expr.Member {
			s.nested = c.nested(s.top, s.rest[0].Name)
		}
	}
	at := int32(len(c.engine.slots))
	c.slots[key] = at
	c.engine.slots = append(c.engine.slots, s)
	return at
}

func (c *compiler) top(name string) int32 {
	if at, ok := c.tops[name]; ok {
		return at
	}
	at := int32(len(c.names))
	c.tops[name] = at
	c.names, c.inner = append(c.names, name), append(c.inner, nil)
	return at
}

func (c *compiler) nested(top int32, name string) int32 {
	at := slices.Index(c.inner[top], name)
	if at < 0 {
		at = len(c.inner[top])
		c.inner[top] = append(c.inner[top], name)
	}
	return int32(at)
}

func (c *compiler) index(slot int32) int32 {
	if at, ok := c.indexes[slot]; ok {
		return at
	}
	at := int32(len(c.engine.indexes))
	c.indexes[slot] = at
	c.engine.indexes = append(c.engine.indexes, index{slot: slot, is: map[string][]int32{}, has: map[string][]int32{}})
	return at
}

// gather makes one test of alternatives that compare a field with texts.
func gather(n *expr.Node) *expr.Node {
	if n.Op == expr.OpTest {
		return n
	}
	out := &expr.Node{Op: n.Op}
	sets := map[string]*expr.Test{}
	for _, sub := range n.Subs {
		sub = gather(sub)
		if n.Op != expr.OpAny || !isPlainText(sub) {
			out.Subs = append(out.Subs, sub)
			continue
		}
		key := sub.Test.Path.Key()
		if sets[key] == nil {
			sets[key] = &expr.Test{Path: sub.Test.Path, Kind: expr.OneOf, Set: map[string]bool{}}
			out.Subs = append(out.Subs, expr.One(sets[key]))
		}
		sets[key].Set[expr.Fold(sub.Test.Pattern.Literal())] = true
	}
	return out
}

// isPlainText: a field is compared with a text that is no number, in any case.
func isPlainText(n *expr.Node) bool {
	if n.Op != expr.OpTest || n.Test.Kind != expr.Like || n.Test.Path == nil {
		return false
	}
	p := n.Test.Pattern
	return p.Exact() && !p.Cased && !p.Numeric()
}
