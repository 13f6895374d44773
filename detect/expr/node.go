package expr

import "strings"

// Op is how a Node joins what is below it.
type Op int

// The operations of a Node.
const (
	OpTest Op = iota
	OpAll     // true of none
	OpAny     // false of none
	OpNot
)

// Node is a condition.
type Node struct {
	Op   Op
	Subs []*Node
	Test *Test // of OpTest
}

// All holds when each of its nodes does.
func All(nodes ...*Node) *Node { return join(OpAll, nodes) }

// Any holds when one of its nodes does.
func Any(nodes ...*Node) *Node { return join(OpAny, nodes) }

// Not holds when n does not.
func Not(n *Node) *Node { return &Node{Op: OpNot, Subs: []*Node{n}} }

// One holds when the test does.
func One(t *Test) *Node { return &Node{Op: OpTest, Test: t} }

func join(op Op, nodes []*Node) *Node {
	if len(nodes) == 1 {
		return nodes[0]
	}
	return &Node{Op: op, Subs: nodes}
}

// Tests calls f for every test below the node, in order.
func (n *Node) Tests(f func(*Test)) {
	if n.Op == OpTest {
		f(n.Test)
	}
	for _, s := range n.Subs {
		s.Tests(f)
	}
}

// Size is how many nodes there are.
func (n *Node) Size() int {
	size := 1
	for _, s := range n.Subs {
		size += s.Size()
	}
	return size
}

// String writes the condition down.
func (n *Node) String() string {
	switch n.Op {
	case OpTest:
		return n.Test.String()
	case OpNot:
		return "not " + n.Subs[0].inner()
	}
	if len(n.Subs) == 0 {
		return map[Op]string{OpAll: "always", OpAny: "never"}[n.Op]
	}
	var parts []string
	for _, s := range n.Subs {
		parts = append(parts, s.inner())
	}
	return strings.Join(parts, map[Op]string{OpAll: " and ", OpAny: " or "}[n.Op])
}

// inner is String as a part of another node's.
func (n *Node) inner() string {
	if len(n.Subs) > 1 {
		return "(" + n.String() + ")"
	}
	return n.String()
}
