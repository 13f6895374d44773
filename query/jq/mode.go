package jq

import (
	"slices"
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

// mode finds out what a program is meant for and gives the program to run. array
// says that of a document that is an array it means the array, and not its elements.
func mode(e *Expr, o Options) (m Mode, run *Expr, array bool) {
	a := analysis{}
	a.expr(e, true, nil)
	rest, ok := afterRecords(e)
	switch {
	case o.Slurp || o.NullInput || a.inputs:
		return ModeInputs, e, false
	case o.Per == PerDocument:
		return ModeDocument, e, false
	case ok:
		return ModeEach, rest, false
	case a.document && o.Per == PerAuto:
		return ModeDocument, e, false
	}
	return ModeEvent, e, a.array && o.Per == PerAuto
}

// documentKeys are the members by which a filter addresses a document.
var documentKeys = []string{"Records", "Events", "logFiles", "logEvents"}

// arraysOnly are builtins that fail on an event, which is an object.
var arraysOnly = []string{"map/1", "sort/0", "sort_by/1", "group_by/1", "unique/0", "unique_by/1", "min/0", "max/0", "min_by/1", "max_by/1",
	"flatten/0", "flatten/1", "transpose/0", "INDEX/1", "from_entries/0", "reverse/0", "first/0", "last/0", "nth/1", "join/1", "add/0"}

// ofArrays are builtins that say something of an event, and something else of an
// array of events.
var ofArrays = []string{"length/0", "add/0", "to_entries/0", "keys/0", "keys_unsorted/0", "any/0", "any/1", "all/0", "all/1"}

// elementwise builtins see their arguments on the elements of their input, but for
// those that come first and say what the elements are.
var elementwise = map[string]int{"map/1": 0, "map_values/1": 0, "with_entries/1": 0, "sort_by/1": 0, "group_by/1": 0, "unique_by/1": 0,
	"min_by/1": 0, "max_by/1": 0, "any/1": 0, "all/1": 0, "any/2": 1, "all/2": 1, "walk/1": 0, "INDEX/1": 0, "INDEX/2": 1}

// keeping are builtins whose output is their input, or has the members of it.
var keeping = []string{"select/1", "recurse/0", "recurse/1", "recurse/2", "debug/0", "debug/1", "values/0", "objects/0", "iterables/0", "del/1", "delpaths/1",
	"setpath/2", "walk/1", "with_entries/1", "map_values/1"}

// passing are builtins that give what their last argument gives.
var passing = []string{"first/1", "last/1", "limit/2", "nth/2", "until/2", "skip/2"}

// analysis follows the root input through a program. Its methods take whether the
// input of a part is the root, or made of it with its members, and tell whether
// its output may be.
type analysis struct {
	document, inputs bool
	array            bool // it asks for something that arrays have too
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
	case OpBinary:
		merged := e.Name == "+" || e.Name == "*"
		return a.all(e.Kids, root, env) && merged
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
	a.document = a.document || on && ofDocument(key)
	a.expr(key, root, env)
}

// ofDocument reports whether a key is one of a document and not of an event.
func ofDocument(key *Expr) bool {
	return key.IsLiteral(Number) || key.Op == OpSlice || key.Op == OpNegate ||
		key.IsLiteral(String) && slices.Contains(documentKeys, key.Value.Text())
}

// beginning is the first element of a path that is written as an array.
func beginning(path *Expr) *Expr {
	for path.Op == OpArray && len(path.Kids) > 0 || path.Op == OpComma {
		path = path.Kids[0]
	}
	if path.IsLiteral(Array) {
		if parts := path.Value.Elements(); len(parts) > 0 {
			return literal(parts[0])
		}
	}
	return path
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
	name := e.Name
	a.inputs = a.inputs || name == "input/0" || name == "inputs/0"
	if root {
		a.array = a.array || slices.Contains(ofArrays, name)
		a.document = a.document || slices.Contains(arraysOnly, name)
		switch name {
		case "has/1":
			a.document = a.document || ofDocument(e.Kids[0])
		case "getpath/1":
			a.document = a.document || ofDocument(beginning(e.Kids[0]))
		}
	}
	within, inside := elementwise[name]
	out := false
	for i, kid := range e.Kids {
		out = a.expr(kid, root && (!inside || i < within), env) || out
	}
	switch {
	case slices.Contains(keeping, name):
		return root
	case slices.Contains(passing, name):
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
