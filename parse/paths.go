package parse

// Paths looks several paths up in one pass. It is immutable and may be shared.
type Paths struct {
	root node
	n    int
}

// node is one level of the paths: the members that matter and which results
// end here.
type node struct {
	children []child
	names    *Names // of the children
	leaves   []int  // indices of results that this value is
	below    []int  // indices of all results at or below this node
}

type child struct {
	name string
	node *node
}

// NewPaths compiles paths of object keys.
func NewPaths(paths ...[]string) *Paths {
	p := &Paths{n: len(paths)}
	for i, path := range paths {
		at := &p.root
		at.below = append(at.below, i)
		for _, name := range path {
			at = at.child(name)
			at.below = append(at.below, i)
		}
		at.leaves = append(at.leaves, i)
	}
	p.root.name()
	return p
}

func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c.node
		}
	}
	fresh := new(node)
	n.children = append(n.children, child{name, fresh})
	return fresh
}

// name compiles the names of children, all the way down.
func (n *node) name() {
	var names []string
	for _, c := range n.children {
		c.node.name()
		names = append(names, c.name)
	}
	n.names = NewNames(names...)
}

// Len is how many paths there are, and how long the slice given to Find must
// be.
func (p *Paths) Len() int { return p.n }

// Find sets out[i] to the raw value of path i, nil when it is absent. The
// values are parts of raw.
func (p *Paths) Find(raw []byte, out [][]byte) {
	clear(out[:p.n])
	p.root.find(raw, out)
}

// Finder looks paths up in events. It belongs to one goroutine.
type Finder struct {
	paths  *Paths
	picked [][]byte // the event's members that paths begin with
	inner  [][]byte // the members of one of those
}

// Finder makes a finder of the paths.
func (p *Paths) Finder() *Finder {
	f := &Finder{paths: p, picked: make([][]byte, p.root.names.Len())}
	for _, c := range p.root.children {
		if n := c.node.names.Len(); n > len(f.inner) {
			f.inner = make([][]byte, n)
		}
	}
	return f
}

// Find is Paths.Find for an event; where its members begin is known for most.
func (f *Finder) Find(e *Event, out [][]byte) {
	clear(out[:f.paths.n])
	root := &f.paths.root
	for _, i := range root.leaves {
		out[i] = e.Raw
	}
	e.Pick(root.names, f.picked)
	for i, value := range f.picked {
		if value != nil {
			f.below(e, root.children[i].node, value, out)
		}
	}
}

// below goes on at a member of the event.
func (f *Finder) below(e *Event, n *node, value []byte, out [][]byte) {
	for _, i := range n.leaves {
		out[i] = value
	}
	if len(n.children) == 0 {
		return
	}
	inner := f.inner[:n.names.Len()]
	e.PickIn(value, n.names, inner)
	for i, value := range inner {
		if value != nil {
			n.children[i].node.find(value, out)
		}
	}
}

func (n *node) find(raw []byte, out [][]byte) {
	for _, i := range n.leaves {
		out[i] = raw
	}
	if len(n.children) == 0 {
		return
	}
	for c := Inside(raw); ; {
		key, value, more := c.Member()
		if !more {
			return
		}
		for k := range n.children {
			if KeyIs(key, n.children[k].name) {
				n.children[k].node.refind(value, out)
				break
			}
		}
	}
}

// refind forgets what an earlier duplicate of the key gave.
func (n *node) refind(raw []byte, out [][]byte) {
	for _, i := range n.below {
		out[i] = nil
	}
	n.find(raw, out)
}
