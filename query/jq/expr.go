package jq

// Expr is a part of a program whose names are bound and whose shorthands are
// written out: `.a.b` is .a | .b, `[.[]?]` has a try in it, `"\(x)"` is x put
// through @text between two texts. Everything that is to be known of a program is
// found on this form: what it is run on, what it can do, how it is evaluated.
type Expr struct {
	Op   Op
	Kids []*Expr // what it is made of, see Op; nil for a part that is not there

	Value    Value      // of OpLiteral
	Name     string     // of a member, a builtin, a format, an operator
	Up       int        // how many environments further up what it refers to was bound
	Slot     int        // of OpGlobal
	Lenient  bool       // of OpIndex: what cannot be indexed gives nothing
	Func     *Func      // of OpCall
	Patterns []*Pattern // of what binds variables; several are alternatives (?//)
}

// Op is what an Expr does.
type Op int

// Kids are named in their order.
const (
	OpIdentity  Op = iota // .
	OpRecurse             // ..
	OpIterate             // .[]
	OpMember              // .Name
	OpIndex               // base[key]; both see the same input
	OpSlice               // the key that stands for from:to
	OpLiteral             // Value
	OpEnv                 // $ENV
	OpGlobal              // variable number Slot of the command line
	OpVar                 // a variable
	OpParam               // a parameter, evaluated as where the argument was written
	OpCall                // a function of the program, with arguments
	OpBuiltin             // the builtin Name, as select/1, with arguments
	OpPipe                // left, right
	OpComma               // left, right
	OpAlt                 // left // right
	OpAnd                 // left, right
	OpOr                  // left, right
	OpBinary              // left Name right: arithmetic and comparison
	OpNegate              // Name is - or +
	OpAssign              // paths = values
	OpModify              // paths |= update
	OpUpdate              // paths Name= values
	OpArray               // [values]
	OpObject              // key, value, key, value…
	OpString              // the texts of its parts in one
	OpFormat              // @csv is Name
	OpIf                  // condition, then, else
	OpTry                 // body, catch
	OpReduce              // source, start, update
	OpForeach             // source, start, update, extract
	OpBind                // source as $x | body
	OpLabel               // label $x | body
	OpBreak               // break $x
	OpUndefined           // the name of nothing
)

// Func is a function of a program.
type Func struct {
	Name   string
	Params []Param
	Body   *Expr
	depth  int // of environments where it stands
}

// Param is a parameter. ByValue ones are variables, too: of several values of the
// argument each in turn.
type Param struct {
	Name    string // without the dollar sign
	ByValue bool
}

// Pattern binds a variable, or takes a value apart.
type Pattern struct {
	Var   string // with the dollar sign; "" where Parts are bound
	Array bool   // Parts are elements
	Parts []Part
}

// Part is one part of a value in a pattern.
type Part struct {
	Key   *Expr    // sees the value as its input
	Var   string   // $name: pattern binds the part itself, too
	Inner *Pattern // nil where only Var is bound
}

// Vars are the variables in the order in which they are bound, an environment
// each.
func (p *Pattern) Vars() (names []string) {
	if p.Var != "" {
		return []string{p.Var}
	}
	for _, part := range p.Parts {
		if part.Var != "" {
			names = append(names, part.Var)
		}
		if part.Inner != nil {
			names = append(names, part.Inner.Vars()...)
		}
	}
	return names
}

// Bound are the variables that the patterns of an expression bind, in the order of
// their environments: of alternatives each once, null where it is not in the one
// that matched.
func (e *Expr) Bound() (names []string) {
	if len(e.Patterns) == 1 {
		return e.Patterns[0].Vars()
	}
	seen := map[string]bool{}
	for _, p := range e.Patterns {
		for _, name := range p.Vars() {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// Env is a chain of environments, innermost first: for each variable, parameter
// and label around a place one, whatever a pass over the program knows of it. An
// Expr says how many further up what it refers to stands, so that no pass looks
// for names.
type Env[T any] struct {
	up  *Env[T]
	Val T
}

// Push adds an environment; a nil Env has none.
func (e *Env[T]) Push(v T) *Env[T] { return &Env[T]{e, v} }

// Climb goes n environments up.
func (e *Env[T]) Climb(n int) *Env[T] {
	for range n {
		e = e.up
	}
	return e
}

// Visit calls f for an expression and all that it is made of, functions that are
// called included, each once.
func (e *Expr) Visit(f func(*Expr)) { e.visit(f, map[*Func]bool{}) }

func (e *Expr) visit(f func(*Expr), seen map[*Func]bool) {
	if e == nil {
		return
	}
	f(e)
	for _, kid := range e.Kids {
		kid.visit(f, seen)
	}
	for _, p := range e.Patterns {
		p.visit(f, seen)
	}
	if e.Func != nil && !seen[e.Func] {
		seen[e.Func] = true
		e.Func.Body.visit(f, seen)
	}
}

func (p *Pattern) visit(f func(*Expr), seen map[*Func]bool) {
	for _, part := range p.Parts {
		part.Key.visit(f, seen)
		if part.Inner != nil {
			part.Inner.visit(f, seen)
		}
	}
}

// IsLiteral reports whether an expression is one value whatever its input is, and
// of a kind.
func (e *Expr) IsLiteral(k Kind) bool { return e.Op == OpLiteral && e.Value.kind == k }

// Chain gives what is piped, one after the other.
func (e *Expr) Chain() []*Expr {
	if e.Op != OpPipe {
		return []*Expr{e}
	}
	return append(e.Kids[0].Chain(), e.Kids[1].Chain()...)
}

// identical is `.`.
var identical = &Expr{Op: OpIdentity}

// piped pipes, without needless identities.
func piped(l, r *Expr) *Expr {
	switch {
	case l.Op == OpIdentity:
		return r
	case r.Op == OpIdentity:
		return l
	}
	return &Expr{Op: OpPipe, Kids: []*Expr{l, r}}
}
