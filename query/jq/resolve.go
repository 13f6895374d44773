package jq

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// scope is what names mean at a place in the program.
type scope struct {
	up    *scope
	name  string // "$x" for a variable, "f/1" for a function, "*$x" for a label
	depth int    // how many environments there are, with this one's
	fn    *Func
	slot  int // of a variable of the command line, -1 otherwise
}

func (s *scope) find(name string) *scope {
	for ; s != nil; s = s.up {
		if s.name == name {
			return s
		}
	}
	return nil
}

func (s *scope) height() int {
	if s == nil {
		return 0
	}
	return s.depth
}

// bind adds an environment.
func (s *scope) bind(name string) *scope {
	return &scope{up: s, name: name, depth: s.height() + 1, slot: -1}
}

// also gives the innermost environment a second name.
func (s *scope) also(name string) *scope {
	return &scope{up: s, name: name, depth: s.depth, slot: -1}
}

func (s *scope) define(fn *Func) *scope {
	fn.depth = s.height()
	return &scope{up: s, name: arity(fn.Name, len(fn.Params)), depth: fn.depth, fn: fn, slot: -1}
}

func (s *scope) global(name string, slot int) *scope {
	return &scope{up: s, name: name, depth: s.height(), slot: slot}
}

func arity(name string, n int) string { return name + "/" + strconv.Itoa(n) }

// resolver turns gojq's syntax tree into an Expr.
type resolver struct {
	err     error // the first
	prelude bool  // names with an underscore in front are known, too
}

// resolve binds the names of a program in which there are variables of these
// names.
func resolve(q *gojq.Query, globals []string) (*Expr, error) {
	var s *scope
	for i, name := range globals {
		s = s.global(name, i)
	}
	r := &resolver{}
	for _, i := range q.Imports {
		r.fail(i.ImportPath+i.IncludePath, "cannot load module: %q", i.ImportPath+i.IncludePath)
	}
	e := r.query(q, s)
	return e, r.err
}

// fail takes note of an error; what is resolved on is only looked at for hints.
func (r *resolver) fail(name, format string, args ...any) *Expr {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
	return &Expr{Op: OpUndefined, Name: name}
}

func (r *resolver) query(q *gojq.Query, s *scope) *Expr {
	for _, def := range q.FuncDefs {
		s = r.define(def, s)
	}
	switch {
	case len(q.Patterns) > 0:
		e := &Expr{Op: OpBind, Kids: []*Expr{r.query(q.Left, s)}}
		inner := r.patterns(e, q.Patterns, s)
		e.Kids = append(e.Kids, r.query(q.Right, inner))
		return e
	case q.Term != nil:
		return r.term(q.Term, s)
	case q.Right == nil:
		return identical
	}
	return r.operator(q.Op, r.query(q.Left, s), r.query(q.Right, s), q)
}

// define resolves a function, whose body sees itself and its parameters.
func (r *resolver) define(def *gojq.FuncDef, s *scope) *scope {
	fn := &Func{Name: def.Name}
	for _, arg := range def.Args {
		name, byValue := strings.CutPrefix(arg, "$")
		fn.Params = append(fn.Params, Param{name, byValue})
	}
	s = s.define(fn)
	inner := s
	for _, p := range fn.Params {
		if p.ByValue {
			inner = inner.bind("$" + p.Name).also(arity(p.Name, 0))
		} else {
			inner = inner.bind(arity(p.Name, 0))
		}
	}
	fn.Body = r.query(def.Body, inner)
	return s
}

var plainOps = map[gojq.Operator]Op{
	gojq.OpComma: OpComma, gojq.OpAlt: OpAlt, gojq.OpAnd: OpAnd, gojq.OpOr: OpOr, gojq.OpAssign: OpAssign, gojq.OpModify: OpModify,
}

func (r *resolver) operator(op gojq.Operator, left, right *Expr, q *gojq.Query) *Expr {
	if op == gojq.OpPipe {
		return piped(left, right)
	}
	kids := []*Expr{left, right}
	if plain, ok := plainOps[op]; ok {
		e := &Expr{Op: plain, Kids: kids}
		if plain == OpAssign {
			e.Name = q.Left.String() // for a hint
		}
		return e
	}
	name := op.String()
	if arithmetic[name] != nil {
		return &Expr{Op: OpBinary, Name: name, Kids: kids}
	}
	return &Expr{Op: OpUpdate, Name: strings.TrimSuffix(name, "="), Kids: kids}
}

func (r *resolver) term(t *gojq.Term, s *scope) *Expr {
	e := r.head(t, s)
	for i, suffix := range t.SuffixList {
		// Only the last suffix is tried: an error before it, or in its key, stays one.
		lenient := i+1 < len(t.SuffixList) && t.SuffixList[i+1].Optional
		switch {
		case suffix.Optional && (i == 0 || t.SuffixList[i-1].Optional):
			e = &Expr{Op: OpTry, Kids: []*Expr{e, nil}}
		case suffix.Optional: // together with the one before
		case suffix.Iter:
			e = piped(e, tried(&Expr{Op: OpIterate}, lenient))
		default:
			e = r.index(e, suffix.Index, lenient, s)
		}
	}
	return e
}

func tried(e *Expr, lenient bool) *Expr {
	if !lenient {
		return e
	}
	return &Expr{Op: OpTry, Kids: []*Expr{e, nil}}
}

func literal(v Value) *Expr {
	if v.tree != nil {
		v.tree.share()
	}
	return &Expr{Op: OpLiteral, Value: v}
}

// head is a term without its suffixes.
func (r *resolver) head(t *gojq.Term, s *scope) *Expr {
	switch t.Type {
	case gojq.TermTypeIdentity:
		return identical
	case gojq.TermTypeRecurse:
		return &Expr{Op: OpRecurse}
	case gojq.TermTypeNull:
		return literal(null)
	case gojq.TermTypeTrue:
		return literal(yes)
	case gojq.TermTypeFalse:
		return literal(no)
	case gojq.TermTypeNumber:
		return literal(literalNumber(t.Number))
	case gojq.TermTypeIndex:
		return r.index(identical, t.Index, false, s)
	case gojq.TermTypeFunc:
		return r.call(t.Func, s)
	case gojq.TermTypeObject:
		return r.object(t.Object, s)
	case gojq.TermTypeArray:
		return r.array(t.Array, s)
	case gojq.TermTypeUnary:
		return r.unary(t.Unary, s)
	case gojq.TermTypeFormat:
		return r.format(t.Format, t.Str, s)
	case gojq.TermTypeString:
		return r.text(t.Str, "@text", s)
	}
	return r.compound(t, s)
}

// compound are terms that begin with a word.
func (r *resolver) compound(t *gojq.Term, s *scope) *Expr {
	switch t.Type {
	case gojq.TermTypeIf:
		return r.branch(t.If.Cond, t.If.Then, t.If.Elif, t.If.Else, s)
	case gojq.TermTypeTry:
		return &Expr{Op: OpTry, Kids: []*Expr{r.query(t.Try.Body, s), r.optional(t.Try.Catch, s)}}
	case gojq.TermTypeReduce:
		return r.fold(OpReduce, t.Reduce.Query, t.Reduce.Patterns, []*gojq.Query{t.Reduce.Start, t.Reduce.Update}, s)
	case gojq.TermTypeForeach:
		return r.fold(OpForeach, t.Foreach.Query, t.Foreach.Patterns, []*gojq.Query{t.Foreach.Start, t.Foreach.Update, t.Foreach.Extract}, s)
	case gojq.TermTypeLabel:
		return &Expr{Op: OpLabel, Kids: []*Expr{r.query(t.Label.Body, s.bind("*"+t.Label.Ident))}}
	case gojq.TermTypeBreak:
		to := s.find("*" + t.Break)
		if to == nil {
			return r.fail(t.Break, "$*label-%s is not defined", strings.TrimPrefix(t.Break, "$"))
		}
		return &Expr{Op: OpBreak, Up: s.height() - to.depth}
	}
	return r.query(t.Query, s)
}

func (r *resolver) optional(q *gojq.Query, s *scope) *Expr {
	if q == nil {
		return nil
	}
	return r.query(q, s)
}

// fold is `source as pattern (start; step…)`: start does not see the variables.
func (r *resolver) fold(op Op, source *gojq.Query, patterns []*gojq.Pattern, steps []*gojq.Query, s *scope) *Expr {
	e := &Expr{Op: op, Kids: []*Expr{r.query(source, s), r.query(steps[0], s)}}
	inner := r.patterns(e, patterns, s)
	for _, step := range steps[1:] {
		e.Kids = append(e.Kids, r.optional(step, inner))
	}
	return e
}

func literalNumber(s string) Value {
	raw := []byte(s)
	if isInteger(raw) {
		if v, err := load(raw); err == nil {
			return v
		}
	}
	return number(parseNumber(raw))
}

// index is base[key]. What does not depend on the input is piped.
func (r *resolver) index(base *Expr, i *gojq.Index, lenient bool, s *scope) *Expr {
	key := r.key(i, s)
	switch {
	case key.IsLiteral(String):
		return piped(base, tried(&Expr{Op: OpMember, Name: key.Value.Text()}, lenient))
	case key.Op == OpLiteral:
		return piped(base, &Expr{Op: OpIndex, Kids: []*Expr{identical, key}, Lenient: lenient})
	}
	return &Expr{Op: OpIndex, Kids: []*Expr{base, key}, Lenient: lenient}
}

func (r *resolver) key(i *gojq.Index, s *scope) *Expr {
	switch {
	case i.Name != "":
		return literal(text(i.Name))
	case i.Str != nil:
		return r.text(i.Str, "@text", s)
	case !i.IsSlice:
		return r.query(i.Start, s)
	}
	e := &Expr{Op: OpSlice, Kids: []*Expr{literal(null), literal(null)}}
	for k, q := range []*gojq.Query{i.Start, i.End} {
		if q != nil {
			e.Kids[k] = r.query(q, s)
		}
	}
	return e
}

func (r *resolver) unary(u *gojq.Unary, s *scope) *Expr {
	e := r.term(u.Term, s)
	switch {
	case !e.IsLiteral(Number):
		return &Expr{Op: OpNegate, Name: u.Op.String(), Kids: []*Expr{e}}
	case u.Op == gojq.OpSub:
		return literal(number(-e.Value.num()))
	}
	return e
}

func (r *resolver) array(a *gojq.Array, s *scope) *Expr {
	if a.Query == nil {
		return literal(list(nil))
	}
	e := r.query(a.Query, s)
	var vals []Value
	for _, part := range commas(e) {
		if part.Op != OpLiteral {
			return &Expr{Op: OpArray, Kids: []*Expr{e}}
		}
		vals = append(vals, part.Value)
	}
	return literal(list(vals))
}

// commas splits `a, b, c`.
func commas(e *Expr) []*Expr {
	if e.Op != OpComma {
		return []*Expr{e}
	}
	return append(commas(e.Kids[0]), commas(e.Kids[1])...)
}

func (r *resolver) object(o *gojq.Object, s *scope) *Expr {
	e := &Expr{Op: OpObject}
	t, fixed := new(tree), true
	for _, kv := range o.KeyVals {
		key, val := r.entry(kv, s)
		if fixed = fixed && key.IsLiteral(String) && val.Op == OpLiteral; fixed {
			t.set(key.Value.Text(), val.Value)
		}
		e.Kids = append(e.Kids, key, val)
	}
	if fixed {
		return literal(Value{kind: Object, tree: t})
	}
	return e
}

// entry is `key: value`, `name`, `$name`, `"name"` or `(key): value`.
func (r *resolver) entry(kv *gojq.ObjectKeyVal, s *scope) (key, val *Expr) {
	switch {
	case kv.KeyString != nil:
		key = r.text(kv.KeyString, "@text", s)
	case kv.KeyQuery != nil:
		key = r.query(kv.KeyQuery, s)
	default:
		key = literal(text(strings.TrimPrefix(kv.Key, "$")))
	}
	switch {
	case kv.Val != nil:
		return key, r.query(kv.Val, s)
	case strings.HasPrefix(kv.Key, "$"):
		return key, r.variable(kv.Key, s)
	case key.IsLiteral(String):
		return key, &Expr{Op: OpMember, Name: key.Value.Text()}
	}
	return key, &Expr{Op: OpIndex, Kids: []*Expr{identical, key}}
}

// text is a string with interpolations, each put through a format.
func (r *resolver) text(t *gojq.String, format string, s *scope) *Expr {
	if len(t.Queries) == 0 {
		return literal(text(t.Str))
	}
	e := &Expr{Op: OpString}
	for _, q := range t.Queries {
		part := r.query(q, s)
		if q.Term.Type != gojq.TermTypeString {
			part = piped(part, &Expr{Op: OpFormat, Name: format})
		}
		e.Kids = append(e.Kids, part)
	}
	return e
}

// format is `@name` or `@name "text"`.
func (r *resolver) format(name string, t *gojq.String, s *scope) *Expr {
	switch {
	case formats[name] == nil:
		return r.fail(name, "format not defined: %s", name)
	case t == nil:
		return &Expr{Op: OpFormat, Name: name}
	}
	return r.text(t, name, s)
}

func (r *resolver) branch(cond, then *gojq.Query, elif []*gojq.IfElif, otherwise *gojq.Query, s *scope) *Expr {
	e := &Expr{Op: OpIf, Kids: []*Expr{r.query(cond, s), r.query(then, s), identical}}
	switch {
	case len(elif) > 0:
		e.Kids[2] = r.branch(elif[0].Cond, elif[0].Then, elif[1:], otherwise, s)
	case otherwise != nil:
		e.Kids[2] = r.query(otherwise, s)
	}
	return e
}

// patterns resolves the patterns of e and gives the scope with their variables.
func (r *resolver) patterns(e *Expr, ps []*gojq.Pattern, s *scope) *scope {
	for _, p := range ps {
		one, _ := r.pattern(p, s)
		e.Patterns = append(e.Patterns, one)
	}
	for _, name := range e.Bound() {
		s = s.bind(name)
	}
	return s
}

func (r *resolver) pattern(p *gojq.Pattern, s *scope) (*Pattern, *scope) {
	if p.Name != "" {
		return &Pattern{Var: p.Name}, s.bind(p.Name)
	}
	out := &Pattern{Array: len(p.Array) > 0}
	for i, inner := range p.Array {
		part := Part{Key: literal(number(float64(i)))}
		part.Inner, s = r.pattern(inner, s)
		out.Parts = append(out.Parts, part)
	}
	for _, member := range p.Object {
		part := Part{Key: r.patternKey(member, s)}
		if strings.HasPrefix(member.Key, "$") {
			part.Var, s = member.Key, s.bind(member.Key)
		}
		if member.Val != nil {
			part.Inner, s = r.pattern(member.Val, s)
		}
		out.Parts = append(out.Parts, part)
	}
	return out, s
}

func (r *resolver) patternKey(p *gojq.PatternObject, s *scope) *Expr {
	switch {
	case p.KeyString != nil:
		return r.text(p.KeyString, "@text", s)
	case p.KeyQuery != nil:
		return r.query(p.KeyQuery, s)
	}
	return literal(text(strings.TrimPrefix(p.Key, "$")))
}

// call is a variable, what the program defines, or a builtin.
func (r *resolver) call(f *gojq.Func, s *scope) *Expr {
	if strings.HasPrefix(f.Name, "$") {
		return r.variable(f.Name, s)
	}
	e := &Expr{Op: OpBuiltin, Name: arity(f.Name, len(f.Args)), Up: s.height()}
	for _, arg := range f.Args {
		e.Kids = append(e.Kids, r.query(arg, s))
	}
	to := s.find(e.Name)
	switch {
	case to == nil && isBuiltin(e.Name) && (e.Name[0] != '_' || r.prelude):
	case to == nil:
		r.fail(f.Name, "function not defined: %s", e.Name)
		e.Op, e.Name = OpUndefined, f.Name
	case to.fn != nil:
		e.Op, e.Func, e.Up = OpCall, to.fn, s.height()-to.fn.depth
	default:
		e.Op, e.Up = OpParam, s.height()-to.depth
	}
	return e
}

func (r *resolver) variable(name string, s *scope) *Expr {
	to := s.find(name)
	switch {
	case name == "$__loc__":
		return literal(object([]string{"file", "line"}, []Value{text("<top-level>"), number(1)}))
	case to == nil && name == "$ENV":
		return &Expr{Op: OpEnv}
	case to == nil:
		return r.fail(name, "%s is not defined", name)
	case to.slot >= 0:
		return &Expr{Op: OpGlobal, Slot: to.slot}
	}
	return &Expr{Op: OpVar, Up: s.height() - to.depth}
}
