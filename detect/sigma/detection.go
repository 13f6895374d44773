package sigma

import (
	"strings"

	"ctlog/detect/expr"
)

// block is what a rule looks for: conditions with names, in their order, and
// how they go together.
type block struct {
	names []string
	nodes map[string]*expr.Node
	hint  func(format string, args ...any)
}

// newBlock reads the members of detection or filter but for those in leave.
func newBlock(n *node, hint func(string, ...any), leave ...string) (*block, error) {
	b := &block{nodes: map[string]*expr.Node{}, hint: hint}
	if !n.isMap() {
		return nil, wrong(n, "it has to be a map of named conditions")
	}
next:
	for i, key := range n.keys {
		for _, l := range leave {
			if key.text == l {
				continue next
			}
		}
		node, err := b.detection(n.subs[i])
		if err != nil {
			return nil, err
		}
		b.names = append(b.names, key.text)
		b.nodes[key.text] = node
	}
	return b, nil
}

// detection reads one named condition: a map whose items must all hold, a list
// of which one must, or a keyword.
func (b *block) detection(n *node) (*expr.Node, error) {
	var nodes []*expr.Node
	switch {
	case n.isMap() && len(n.keys) > 0:
		for i, key := range n.keys {
			one, err := b.item(key, key.text, n.subs[i])
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, one)
		}
		return expr.All(nodes...), nil
	case n.isList() && len(n.subs) > 0:
		for _, sub := range n.subs {
			one, err := b.detection(sub)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, one)
		}
		return expr.Any(nodes...), nil
	case n.isScalar():
		return b.item(n, "", n)
	}
	return nil, wrong(n, "an empty condition")
}

// item reads a field with modifiers and its values.
func (b *block) item(key *node, name string, values *node) (*expr.Node, error) {
	parts := strings.Split(name, "|")
	it := &item{at: key, field: strings.TrimSpace(parts[0]), mods: parts[1:]}
	list := []*node{values}
	if values.isList() {
		if list = values.subs; len(list) == 0 {
			return nil, wrong(values, "%s has an empty list for values: it could never hold", orKeyword(it.field))
		}
	}
	for _, n := range list {
		v, err := newValue(n, it.regex())
		if err != nil {
			return nil, err
		}
		it.values = append(it.values, v)
	}
	if err := it.modify(); err != nil {
		return nil, err
	}
	return it.node(b)
}

func orKeyword(field string) string {
	if field == "" {
		return "a keyword"
	}
	return field
}

// node joins what is asked for the values.
func (it *item) node(b *block) (*expr.Node, error) {
	var nodes []*expr.Node
	for _, v := range it.values {
		one, err := it.test(v)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, one)
	}
	n := expr.Any(nodes...)
	if it.all {
		n = expr.All(nodes...)
		if len(nodes) == 1 {
			b.hint("line %d: all has a single value", it.at.line)
		}
	}
	if it.neq {
		n = expr.Not(n)
	}
	return n, nil
}
