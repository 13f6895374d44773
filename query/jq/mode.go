package jq

import (
	"slices"
	"strings"
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
func mode(e *Expr, o Options) (Mode, *Expr) {
	a := analysis{}
	a.expr(e, true, nil)
	rest, ok := afterRecords(e)
	switch {
	case o.Slurp || o.NullInput || a.inputs:
		return ModeInputs, e
	case o.Per == PerDocument:
		return ModeDocument, e
	case ok:
		return ModeEach, rest
	case a.document && o.Per == PerAuto:
		return ModeDocument, e
	}
	return ModeEvent, e
}

// documentKeys are the members by which a filter addresses a document.
var documentKeys = []string{"Records", "Events", "logFiles", "logEvents"}

// arraysOnly are builtins that fail on an event, which is an object.
var arraysOnly = []string{"map", "sort", "sort_by", "group_by", "unique", "unique_by", "min_by", "max_by", "flatten", "transpose", "INDEX", "from_entries", "reverse"}

// elementwise builtins see their arguments on the elements of their input.
var elementwise = []string{"map", "map_values", "with_entries", "sort_by", "group_by", "unique_by", "min_by", "max_by", "any", "all", "walk", "INDEX"}

// analysis follows the root input through a program. Its methods take whether the
// input of a part is the root and tell whether its output may be.
type analysis struct {
	document, inputs bool
	depth            int
}

// rooted is what is known of an environment.
type rooted struct {
	root bool  // a variable holds the root
	arg  *Expr // of a parameter, in at
	at   *Env[rooted]
}

func (a *analysis) expr(e *Expr, root bool, env *Env[rooted]) bool {
	switch e.Op {
	case OpIdentity, OpRecurse:
		return root
	case OpIterate:
		a.document = a.document || root
	case OpMember:
		a.document = a.document || root && slices.Contains(documentKeys, e.Name)
	case OpIndex:
		a.index(e, root, env)
	case OpVar:
		return env.Climb(e.Up).Val.root
	case OpParam:
		return a.param(env.Climb(e.Up).Val, root)
	case OpCall:
		return a.enter(e, root, env)
	case OpBuiltin:
		return a.builtin(e, root, env)
	case OpPipe:
		return a.expr(e.Kids[1], a.expr(e.Kids[0], root, env), env)
	case OpComma, OpAlt:
		return a.all(e.Kids, root, env)
	case OpAssign, OpUpdate:
		a.all(e.Kids, root, env)
		return root
	case OpModify:
		a.expr(e.Kids[0], root, env)
		a.expr(e.Kids[1], false, env)
		return root
	case OpIf:
		a.expr(e.Kids[0], root, env)
		return a.all(e.Kids[1:], root, env)
	case OpTry:
		a.all(e.Kids[1:], false, env)
		return a.expr(e.Kids[0], root, env)
	case OpLabel:
		return a.expr(e.Kids[0], root, env.Push(rooted{}))
	case OpBind:
		return a.expr(e.Kids[1], root, a.bound(e, root, env))
	case OpReduce, OpForeach:
		inner := a.bound(e, root, env)
		a.all(e.Kids[2:], a.expr(e.Kids[1], root, env), inner)
	default:
		a.all(e.Kids, root, env)
	}
	return false
}

// all goes through parts that may be missing.
func (a *analysis) all(es []*Expr, root bool, env *Env[rooted]) (out bool) {
	for _, e := range es {
		if e != nil {
			out = a.expr(e, root, env) || out
		}
	}
	return out
}

// index: a number or a slice of the root is of an array.
func (a *analysis) index(e *Expr, root bool, env *Env[rooted]) {
	on, key := a.expr(e.Kids[0], root, env), e.Kids[1]
	if on && (key.IsLiteral(Number) || key.Op == OpSlice || key.Op == OpNegate) {
		a.document = true
	}
	a.expr(key, root, env)
}

// bound gives the environments of the variables that e binds to its source.
func (a *analysis) bound(e *Expr, root bool, env *Env[rooted]) *Env[rooted] {
	source := a.expr(e.Kids[0], root, env)
	for _, p := range e.Patterns {
		a.document = a.document || source && p.Array
		for _, part := range p.Parts {
			a.document = a.document || source && slices.Contains(documentKeys, part.Key.Value.Text())
		}
	}
	for range e.Bound() {
		env = env.Push(rooted{root: source && e.Patterns[0].Var != ""})
	}
	return env
}

// maxInline bounds how deep calls are followed; beyond it a program is
// recursive and has been seen already.
const maxInline = 12

func (a *analysis) builtin(e *Expr, root bool, env *Env[rooted]) bool {
	name, _, _ := strings.Cut(e.Name, "/")
	a.inputs = a.inputs || name == "input" || name == "inputs"
	a.document = a.document || root && slices.Contains(arraysOnly, name)
	out := a.all(e.Kids, root && !slices.Contains(elementwise, name), env)
	switch name {
	case "select", "recurse", "debug", "values", "objects":
		return root
	case "first", "last", "limit", "nth", "until", "skip":
		return out
	}
	return false
}

func (a *analysis) param(p rooted, root bool) bool {
	if a.depth++; a.depth > maxInline {
		a.depth--
		return false
	}
	defer func() { a.depth-- }()
	return a.expr(p.arg, root, p.at)
}

func (a *analysis) enter(e *Expr, root bool, env *Env[rooted]) bool {
	if a.depth++; a.depth > maxInline {
		a.depth--
		return false
	}
	defer func() { a.depth-- }()
	inner := env.Climb(e.Up)
	for i, p := range e.Func.Params {
		arg := rooted{arg: e.Kids[i], at: env}
		if p.ByValue {
			arg.root = a.expr(e.Kids[i], root, env)
		}
		inner = inner.Push(arg)
	}
	return a.expr(e.Func.Body, root, inner)
}

// afterRecords recognises `.Records[] | F` in its spellings and gives F. What
// jq does to the document as a whole can then be done event by event.
func afterRecords(e *Expr) (*Expr, bool) {
	parts := e.Chain()
	if len(parts) < 2 || !isTried(parts[0], func(e *Expr) bool { return e.Op == OpMember && e.Name == "Records" }) ||
		!isTried(parts[1], func(e *Expr) bool { return e.Op == OpIterate }) {
		return nil, false
	}
	rest := identical
	for _, part := range parts[2:] {
		rest = piped(rest, part)
	}
	return rest, true
}

// isTried reports whether an expression is something, with a `?` or without.
func isTried(e *Expr, is func(*Expr) bool) bool {
	if e.Op == OpTry && e.Kids[1] == nil {
		e = e.Kids[0]
	}
	return is(e)
}
