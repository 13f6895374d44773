package detect

import "math/big"

// ranks are numbers of which any can be had by its rank: a treap, which is a
// search tree by the numbers and a heap by priorities that look random and are
// the same in every run.
type ranks struct {
	root *rankNode
	seed uint64
}

type rankNode struct {
	value       *big.Int
	count, size int
	priority    uint64
	left, right *rankNode
}

func (n *rankNode) total() int {
	if n == nil {
		return 0
	}
	return n.size
}

func (n *rankNode) sum() *rankNode {
	n.size = n.count + n.left.total() + n.right.total()
	return n
}

func (r *ranks) len() int { return r.root.total() }

// next gives a priority (splitmix64).
func (r *ranks) next() uint64 {
	r.seed += 0x9e3779b97f4a7c15
	z := r.seed
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (r *ranks) insert(v *big.Int) { r.root = r.put(r.root, v) }

func (r *ranks) put(n *rankNode, v *big.Int) *rankNode {
	if n == nil {
		return &rankNode{value: v, count: 1, size: 1, priority: r.next()}
	}
	switch c := v.Cmp(n.value); {
	case c == 0:
		n.count++
	case c < 0:
		if n.left = r.put(n.left, v); n.left.priority > n.priority {
			return n.rotateRight()
		}
	default:
		if n.right = r.put(n.right, v); n.right.priority > n.priority {
			return n.rotateLeft()
		}
	}
	return n.sum()
}

func (n *rankNode) rotateRight() *rankNode {
	up := n.left
	n.left, up.right = up.right, n
	n.sum()
	return up.sum()
}

func (n *rankNode) rotateLeft() *rankNode {
	up := n.right
	n.right, up.left = up.left, n
	n.sum()
	return up.sum()
}

func (r *ranks) delete(v *big.Int) { r.root = r.root.take(v) }

func (n *rankNode) take(v *big.Int) *rankNode {
	if n == nil {
		return nil
	}
	switch c := v.Cmp(n.value); {
	case c < 0:
		n.left = n.left.take(v)
	case c > 0:
		n.right = n.right.take(v)
	case n.count > 1:
		n.count--
	default:
		return n.left.join(n.right)
	}
	return n.sum()
}

// join puts two trees together, the numbers of n being the smaller ones.
func (n *rankNode) join(o *rankNode) *rankNode {
	switch {
	case n == nil:
		return o
	case o == nil:
		return n
	case n.priority > o.priority:
		n.right = n.right.join(o)
		return n.sum()
	}
	o.left = n.join(o.left)
	return o.sum()
}

// at gives the number of rank k, from 0.
func (r *ranks) at(k int) *big.Int {
	for n := r.root; n != nil; {
		left := n.left.total()
		switch {
		case k < left:
			n = n.left
		case k < left+n.count:
			return n.value
		default:
			k -= left + n.count
			n = n.right
		}
	}
	return new(big.Int)
}
