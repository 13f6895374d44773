package query

import (
	"slices"

	"github.com/itchyny/gojq"
)

// Mode is what a program is run on.
type Mode int

const (
	// ModeEvent runs the program once for each event; true, false and null
	// decide about the event itself.
	ModeEvent Mode = iota
	// ModeEach runs what follows `.Records[] |` once for each event and prints
	// whatever it gives, as jq would for the whole document.
	ModeEach
	// ModeDocument runs the program once for each document.
	ModeDocument
	// ModeInputs runs the program once over all documents: -s, -n, input.
	ModeInputs
)

func (m Mode) String() string {
	return [...]string{"event", "event by event of a document", "document", "all documents"}[m]
}

// mode finds out what a program is meant for and gives the program to run.
func mode(q *gojq.Query, o Options) (Mode, *gojq.Query) {
	a := analysis{vars: map[string]bool{}}
	a.query(q, true, nil)
	switch {
	case o.Slurp || o.NullInput || a.inputs:
		return ModeInputs, q
	case o.Per == PerEvent:
		if rest, ok := afterRecords(q); ok {
			return ModeEach, rest
		}
		return ModeEvent, q
	case o.Per == PerDocument:
		return ModeDocument, q
	}
	if rest, ok := afterRecords(q); ok {
		return ModeEach, rest
	}
	if a.document {
		return ModeDocument, q
	}
	return ModeEvent, q
}

// documentKeys are the members by which a filter addresses a document.
var documentKeys = []string{"Records", "Events", "logFiles", "logEvents"}

// arraysOnly are builtins that fail on an event, which is an object.
var arraysOnly = []string{"map", "sort", "sort_by", "group_by", "unique", "unique_by", "min_by", "max_by", "flatten", "transpose", "INDEX", "from_entries", "reverse"}

// elementwise builtins see their arguments on the elements of their input.
var elementwise = []string{"map", "map_values", "with_entries", "sort_by", "group_by", "unique_by", "min_by", "max_by", "any", "all", "walk", "INDEX"}

// analysis follows the root input through the syntax tree. Its methods take
// whether the input of a part is the root and tell whether its output may be.
type analysis struct {
	document, inputs bool
	vars             map[string]bool // whether a variable holds the root
	depth            int
}

// binding is a function in force: one of the program, or an argument.
type closure struct {
	up   *closure
	name string
	args int
	def  *gojq.FuncDef
	arg  *gojq.Query
	env  *closure
}

func (a *analysis) query(q *gojq.Query, root bool, env *closure) bool {
	for _, def := range q.FuncDefs {
		env = &closure{up: env, name: def.Name, args: len(def.Args), def: def}
	}
	switch {
	case len(q.Patterns) > 0:
		bound := a.query(q.Left, root, env)
		for _, p := range q.Patterns {
			a.pattern(p, bound)
		}
		return a.query(q.Right, root, env)
	case q.Term != nil:
		return a.term(q.Term, root, env)
	case q.Right == nil:
		return root
	}
	l := a.query(q.Left, root, env)
	switch q.Op {
	case gojq.OpPipe:
		return a.query(q.Right, l, env)
	case gojq.OpComma, gojq.OpAlt:
		r := a.query(q.Right, root, env)
		return l || r
	case gojq.OpModify:
		a.query(q.Right, false, env)
		return root
	}
	a.query(q.Right, root, env)
	return root && slices.Contains([]gojq.Operator{gojq.OpAssign, gojq.OpUpdateAdd, gojq.OpUpdateSub, gojq.OpUpdateMul, gojq.OpUpdateDiv, gojq.OpUpdateMod, gojq.OpUpdateAlt}, q.Op)
}

func (a *analysis) pattern(p *gojq.Pattern, root bool) {
	if p.Name != "" {
		a.vars[p.Name] = root
		return
	}
	if root && len(p.Array) > 0 {
		a.document = true
	}
	for _, o := range p.Object {
		if root && slices.Contains(documentKeys, o.Key) {
			a.document = true
		}
	}
}

func (a *analysis) term(t *gojq.Term, root bool, env *closure) bool {
	out := a.head(t, root, env)
	for _, s := range t.SuffixList {
		switch {
		case s.Iter:
			a.document = a.document || out
			out = false
		case s.Index != nil:
			out = a.index(s.Index, out, root, env)
		}
	}
	return out
}

// index: on is whether the root is indexed, root whether it is the input that
// a computed key sees.
func (a *analysis) index(i *gojq.Index, on, root bool, env *closure) bool {
	name := i.Name
	if i.Str != nil && len(i.Str.Queries) == 0 {
		name = i.Str.Str
	}
	if on && (name == "" && (i.IsSlice || isNumber(i.Start)) || slices.Contains(documentKeys, name)) {
		a.document = true
	}
	for _, q := range []*gojq.Query{i.Start, i.End} {
		if q != nil {
			a.query(q, root, env)
		}
	}
	return false
}

func isNumber(q *gojq.Query) bool {
	return q != nil && q.Term != nil && (q.Term.Type == gojq.TermTypeNumber || q.Term.Type == gojq.TermTypeUnary)
}

func (a *analysis) head(t *gojq.Term, root bool, env *closure) bool {
	switch t.Type {
	case gojq.TermTypeIdentity, gojq.TermTypeRecurse:
		return root
	case gojq.TermTypeIndex:
		return a.index(t.Index, root, root, env)
	case gojq.TermTypeFunc:
		return a.call(t.Func, root, env)
	case gojq.TermTypeObject:
		for _, kv := range t.Object.KeyVals {
			a.some(root, env, kv.KeyQuery, kv.Val)
			if kv.Val == nil && root && slices.Contains(documentKeys, kv.Key) {
				a.document = true
			}
		}
	case gojq.TermTypeArray:
		a.some(root, env, t.Array.Query)
	case gojq.TermTypeUnary:
		a.term(t.Unary.Term, root, env)
	case gojq.TermTypeFormat, gojq.TermTypeString:
		if t.Str != nil {
			a.some(root, env, t.Str.Queries...)
		}
	case gojq.TermTypeIf:
		return a.branch(t.If, root, env)
	case gojq.TermTypeTry:
		a.some(false, env, t.Try.Catch)
		return a.query(t.Try.Body, root, env)
	case gojq.TermTypeReduce:
		a.fold(t.Reduce.Query, t.Reduce.Patterns, t.Reduce.Start, root, env, t.Reduce.Update)
	case gojq.TermTypeForeach:
		a.fold(t.Foreach.Query, t.Foreach.Patterns, t.Foreach.Start, root, env, t.Foreach.Update, t.Foreach.Extract)
	case gojq.TermTypeLabel:
		return a.query(t.Label.Body, root, env)
	case gojq.TermTypeQuery:
		return a.query(t.Query, root, env)
	}
	return false
}

func (a *analysis) some(root bool, env *closure, qs ...*gojq.Query) {
	for _, q := range qs {
		if q != nil {
			a.query(q, root, env)
		}
	}
}

func (a *analysis) fold(source *gojq.Query, ps []*gojq.Pattern, start *gojq.Query, root bool, env *closure, rest ...*gojq.Query) {
	bound := a.query(source, root, env)
	for _, p := range ps {
		a.pattern(p, bound)
	}
	acc := a.query(start, root, env)
	a.some(acc, env, rest...)
}

func (a *analysis) branch(i *gojq.If, root bool, env *closure) bool {
	a.query(i.Cond, root, env)
	out := a.query(i.Then, root, env)
	for _, e := range i.Elif {
		a.query(e.Cond, root, env)
		out = a.query(e.Then, root, env) || out
	}
	if i.Else == nil {
		return out || root
	}
	return a.query(i.Else, root, env) || out
}

// maxInline bounds how deep calls are followed; beyond it a program is
// recursive and has been seen already.
const maxInline = 12

func (a *analysis) call(f *gojq.Func, root bool, env *closure) bool {
	if len(f.Name) > 0 && f.Name[0] == '$' {
		return a.vars[f.Name]
	}
	for c := env; c != nil; c = c.up {
		if c.name == f.Name && c.args == len(f.Args) {
			return a.enter(c, f.Args, root, env)
		}
	}
	if f.Name == "input" || f.Name == "inputs" {
		a.inputs = true
	}
	if root && slices.Contains(arraysOnly, f.Name) {
		a.document = true
	}
	inner := root && !slices.Contains(elementwise, f.Name)
	out := false
	for _, arg := range f.Args {
		out = a.query(arg, inner, env) || out
	}
	switch f.Name {
	case "select", "recurse", "debug", "values", "objects":
		return root
	case "first", "last", "limit", "nth", "until", "skip":
		return out
	}
	return false
}

func (a *analysis) enter(c *closure, args []*gojq.Query, root bool, env *closure) bool {
	if a.depth++; a.depth > maxInline {
		a.depth--
		return false
	}
	defer func() { a.depth-- }()
	if c.arg != nil {
		return a.query(c.arg, root, c.env)
	}
	inner := c
	for i, name := range c.def.Args {
		if name[0] == '$' {
			a.vars[name] = a.query(args[i], root, env)
			name = name[1:]
		}
		inner = &closure{up: inner, name: name, arg: args[i], env: env}
	}
	return a.query(c.def.Body, root, inner)
}

// afterRecords recognises `.Records[] | F` in its spellings and gives F. What
// jq does to the document as a whole can then be done event by event.
func afterRecords(q *gojq.Query) (*gojq.Query, bool) {
	defs := q.FuncDefs
	bare := *q
	bare.FuncDefs = nil
	rest, ok := stripRecords(&bare)
	if !ok {
		return nil, false
	}
	out := *rest
	out.FuncDefs = append(slices.Clone(defs), rest.FuncDefs...)
	return &out, true
}

func stripRecords(q *gojq.Query) (*gojq.Query, bool) {
	switch {
	case len(q.Patterns) > 0:
		return nil, false
	case q.Term != nil:
		return stripTerm(q.Term)
	case q.Op != gojq.OpPipe || q.Left == nil:
		return nil, false
	case isRecords(q.Left):
		return stripIteration(q.Right)
	}
	left, ok := afterRecords(q.Left)
	if !ok {
		return nil, false
	}
	return join2(left, q.Right), true
}

// join2 pipes, without a needless identity.
func join2(left, right *gojq.Query) *gojq.Query {
	if t := left.Term; t != nil && t.Type == gojq.TermTypeIdentity && len(t.SuffixList) == 0 && len(left.FuncDefs) == 0 {
		return right
	}
	return &gojq.Query{Op: gojq.OpPipe, Left: left, Right: right}
}

func isRecords(q *gojq.Query) bool {
	t := q.Term
	return t != nil && len(q.FuncDefs) == 0 && len(t.SuffixList) == 0 && t.Type == gojq.TermTypeIndex && indexName(t.Index) == "Records"
}

func indexName(i *gojq.Index) string {
	if i.Str != nil && len(i.Str.Queries) == 0 {
		return i.Str.Str
	}
	return i.Name
}

// stripIteration takes `.[]` off the head of what follows `.Records |`.
func stripIteration(q *gojq.Query) (*gojq.Query, bool) {
	if q.Op == gojq.OpPipe && len(q.Patterns) == 0 && len(q.FuncDefs) == 0 {
		left, ok := stripIteration(q.Left)
		if !ok {
			return nil, false
		}
		return join2(left, q.Right), true
	}
	t := q.Term
	if t == nil || len(q.FuncDefs) > 0 || t.Type != gojq.TermTypeIdentity || len(t.SuffixList) == 0 || !t.SuffixList[0].Iter {
		return nil, false
	}
	return suffixed(t.SuffixList[1:]), true
}

// suffixed is `.` with suffixes; a `?` that stood behind the iteration is gone
// with it.
func suffixed(list []*gojq.Suffix) *gojq.Query {
	for len(list) > 0 && list[0].Optional {
		list = list[1:]
	}
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeIdentity, SuffixList: list}}
}

// stripTerm recognises `.Records[]…` and a program in parentheses.
func stripTerm(t *gojq.Term) (*gojq.Query, bool) {
	if t.Type == gojq.TermTypeQuery && len(t.SuffixList) == 0 {
		return afterRecords(t.Query)
	}
	if t.Type != gojq.TermTypeIndex || indexName(t.Index) != "Records" {
		return nil, false
	}
	list := t.SuffixList
	for len(list) > 0 && list[0].Optional {
		list = list[1:]
	}
	if len(list) == 0 || !list[0].Iter {
		return nil, false
	}
	return suffixed(list[1:]), true
}
