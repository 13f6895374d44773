package detect

import (
	"bytes"
	"slices"

	"ctlog/detect/expr"
)

var eventSource = expr.NewPath("eventSource")

// clue is something about one field that an event must have to be a candidate of
// a rule; of several, one is enough.
type clue struct {
	path *expr.Path
	kind clueKind
	text string // folded
}

type clueKind int

const (
	clueIs    clueKind = iota // the field's text is text
	clueHas                   // it has text
	clueThere                 // the field is there
)

func (c clue) String() string {
	switch c.kind {
	case clueIs:
		return c.path.Text + " = " + quote(c.text)
	case clueHas:
		return c.path.Text + " has " + quote(c.text)
	}
	return c.path.Text
}

// cost is about how many of a thousand events have the clue.
func (c clue) cost() int {
	common := map[string]int{"eventName": 1, "eventSource": 100, "userIdentity.type": 200, "userIdentity.sessionContext.sessionIssuer.type": 200, "errorCode": 20, "eventType": 300, "awsRegion": 200, "readOnly": 500}[c.path.Dotted()]
	if common == 0 {
		common = 10
	}
	switch c.kind {
	case clueHas:
		common *= 3
	case clueThere:
		common = 900
		if text := c.path.Dotted(); text == "errorCode" || text == "errorMessage" {
			common = 100
		}
	}
	return common
}

func costOf(clues []clue) (total int) {
	for _, c := range clues {
		total += c.cost()
	}
	return total
}

// maxClues is how many a rule may have; beyond, every event is a candidate.
const maxClues = 20_000

// cluesOf gives clues of which an event must have one for n to hold. ok is false
// when there are none.
func cluesOf(n *expr.Node) (clues []clue, ok bool) {
	switch n.Op {
	case expr.OpTest:
		return testClue(n.Test)
	case expr.OpNot:
		if sub := n.Subs[0]; sub.Op == expr.OpTest && sub.Test.Kind == expr.Null {
			return []clue{{sub.Test.Path, clueThere, ""}}, true
		}
		return nil, false
	case expr.OpAll:
		for _, sub := range n.Subs {
			if more, found := cluesOf(sub); found && (!ok || costOf(more) < costOf(clues)) {
				clues, ok = more, true
			}
		}
		return clues, ok
	}
	for _, sub := range n.Subs {
		more, found := cluesOf(sub)
		if clues = append(clues, more...); !found || len(clues) > maxClues {
			return nil, false
		}
	}
	return clues, true
}

func testClue(t *expr.Test) ([]clue, bool) {
	c := clue{path: t.Path, kind: clueThere}
	switch {
	case !t.NeedsField() || t.Kind == expr.Within || t.Kind == expr.Finds:
		return nil, false
	case t.Kind == expr.Regex && len(t.Needle) > 0:
		c.kind, c.text = clueHas, expr.Fold(string(t.Needle))
	case t.Kind != expr.Like || t.Pattern.Numeric():
	case t.Pattern.Exact():
		c.kind, c.text = clueIs, expr.Fold(t.Pattern.Literal())
	case t.Pattern.Longest() != "":
		c.kind, c.text = clueHas, expr.Fold(t.Pattern.Longest())
	}
	return []clue{c}, true
}

// index finds candidates by one field.
type index struct {
	slot  int32
	is    map[string][]int32 // by folded text
	has   map[string][]int32
	texts []string // the keys of has
	there []int32
	all   []int32
}

func (x *index) add(c clue, rule int32) {
	put := func(to *[]int32) {
		if n := len(*to); n == 0 || (*to)[n-1] != rule {
			*to = append(*to, rule)
		}
	}
	put(&x.all)
	switch list := x.there; c.kind {
	case clueIs:
		list = x.is[c.text]
		put(&list)
		x.is[c.text] = list
	case clueHas:
		if list = x.has[c.text]; list == nil {
			x.texts = append(x.texts, c.text)
		}
		put(&list)
		x.has[c.text] = list
	default:
		put(&list)
		x.there = list
	}
}

// candidates of a folded text, in rising order.
func (x *index) candidates(text []byte) []int32 {
	found := slices.Concat(x.there, x.is[string(text)])
	for _, t := range x.texts {
		if bytes.Contains(text, []byte(t)) {
			found = append(found, x.has[t]...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// sourcesOf gives the eventSources of which an event must have one for n to
// hold, none when any will do.
func sourcesOf(n *expr.Node) (sources []string) {
	switch n.Op {
	case expr.OpTest:
		if t := n.Test; t.Kind == expr.Like && t.Path != nil && t.Path.Dotted() == eventSource.Text && t.Pattern.Exact() {
			return []string{expr.Fold(t.Pattern.Literal())}
		}
	case expr.OpAll:
		for _, sub := range n.Subs {
			if s := sourcesOf(sub); s != nil && (sources == nil || len(s) < len(sources)) {
				sources = s
			}
		}
	case expr.OpAny:
		for _, sub := range n.Subs {
			s := sourcesOf(sub)
			if s == nil {
				return nil
			}
			sources = append(sources, s...)
		}
	}
	return sources
}

// required gives the fields without which n cannot hold.
func required(n *expr.Node) (paths []*expr.Path) {
	has := func(list []*expr.Path, p *expr.Path) bool {
		return slices.ContainsFunc(list, func(q *expr.Path) bool { return q.Key() == p.Key() })
	}
	switch n.Op {
	case expr.OpTest:
		if t := n.Test; t.NeedsField() && t.Kind != expr.Within && t.Kind != expr.Finds {
			paths = append(paths, t.Path)
			if t.Kind == expr.Same {
				paths = append(paths, t.Other)
			}
		}
	case expr.OpNot:
		if sub := n.Subs[0]; sub.Op == expr.OpTest && sub.Test.Kind == expr.Null {
			paths = append(paths, sub.Test.Path)
		}
	case expr.OpAll:
		for _, sub := range n.Subs {
			for _, p := range required(sub) {
				if !has(paths, p) {
					paths = append(paths, p)
				}
			}
		}
	case expr.OpAny:
		for i, sub := range n.Subs {
			if own := required(sub); i == 0 {
				paths = own
			} else {
				paths = slices.DeleteFunc(slices.Clone(paths), func(p *expr.Path) bool { return !has(own, p) })
			}
			if len(paths) == 0 {
				return nil
			}
		}
	}
	return paths
}
