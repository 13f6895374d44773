package query

import (
	"errors"
	"fmt"
	"strings"

	"github.com/itchyny/gojq"
)

// errForeign means that the native evaluator does not know something; the
// program then goes to gojq as a whole.
var errForeign = errors.New("not evaluated natively")

func foreign(what string) error { return fmt.Errorf("%w: %s", errForeign, what) }

// scope is what names mean at a place in the program.
type scope struct {
	up    *scope
	name  string // "$x" for a variable, "f/1" for a function
	depth int    // how many bindings are in force including this one
	fn    *function
	arg   bool // a binding that is called: an argument of a function
	slot  int  // of a global variable, -1 otherwise
}

// function is a definition. body is nil while it is being compiled.
type function struct {
	def   *gojq.FuncDef
	depth int // bindings in force where it stands
	body  *node
	scope *scope
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

// bind adds a variable, or an argument when arg is set.
func (s *scope) bind(name string, arg bool) *scope {
	return &scope{up: s, name: name, depth: s.height() + 1, arg: arg, slot: -1}
}

// also gives the newest binding a second name.
func (s *scope) also(name string, arg bool) *scope {
	return &scope{up: s, name: name, depth: s.depth, arg: arg, slot: -1}
}

func (s *scope) define(def *gojq.FuncDef) *scope {
	fn := &function{def: def, depth: s.height()}
	fn.scope = &scope{up: s, name: fmt.Sprintf("%s/%d", def.Name, len(def.Args)), depth: s.height(), fn: fn, slot: -1}
	return fn.scope
}

func (s *scope) global(name string, slot int) *scope {
	return &scope{up: s, name: name, depth: s.height(), slot: slot}
}

// compiler turns the syntax tree into nodes.
type compiler struct {
	prelude map[string]*function
	slots   slots
}

func (c *compiler) query(q *gojq.Query, s *scope) (*node, error) {
	if q.Meta != nil || len(q.Imports) > 0 {
		return nil, foreign("modules")
	}
	for _, def := range q.FuncDefs {
		s = s.define(def)
		if err := c.body(s.fn); err != nil {
			return nil, err
		}
	}
	switch {
	case len(q.Patterns) > 0:
		return c.bind(q, s)
	case q.Term != nil:
		return c.term(q.Term, s)
	case q.Right == nil:
		return identity, nil
	}
	return c.operator(q, s)
}

// body compiles a function's body in a scope that has its arguments.
func (c *compiler) body(fn *function) (err error) {
	s := fn.scope
	for _, arg := range fn.def.Args {
		if name, ok := strings.CutPrefix(arg, "$"); ok {
			s = s.bind(arg, false).also(name+"/0", true)
		} else {
			s = s.bind(arg+"/0", true)
		}
	}
	body, err := c.query(fn.def.Body, s)
	fn.body = body
	return err
}

func (c *compiler) operator(q *gojq.Query, s *scope) (*node, error) {
	l, err := c.query(q.Left, s)
	if err != nil {
		return nil, err
	}
	r, err := c.query(q.Right, s)
	if err != nil {
		return nil, err
	}
	switch q.Op {
	case gojq.OpPipe:
		return pipe(l, r), nil
	case gojq.OpComma:
		return comma(l, r), nil
	case gojq.OpAnd:
		return logic(l, r, false), nil
	case gojq.OpOr:
		return logic(l, r, true), nil
	case gojq.OpAlt:
		return alternative(l, r), nil
	case gojq.OpAssign:
		return assign(l, r), nil
	case gojq.OpModify:
		return modify(l, r), nil
	}
	if f := arithmetic[q.Op]; f != nil {
		return binary(l, r, f), nil
	}
	if f := arithmetic[updates[q.Op]]; f != nil {
		return update(l, r, f), nil
	}
	return nil, foreign(q.Op.String())
}

func (c *compiler) term(t *gojq.Term, s *scope) (*node, error) {
	if n := len(t.SuffixList); n > 0 {
		return c.suffix(t, n, s)
	}
	switch t.Type {
	case gojq.TermTypeIdentity:
		return identity, nil
	case gojq.TermTypeRecurse:
		return recurse, nil
	case gojq.TermTypeNull:
		return constant(null), nil
	case gojq.TermTypeTrue:
		return constant(yes), nil
	case gojq.TermTypeFalse:
		return constant(no), nil
	case gojq.TermTypeNumber:
		return constant(literalNumber(t.Number)), nil
	case gojq.TermTypeIndex:
		return c.index(identity, t.Index, s)
	case gojq.TermTypeFunc:
		return c.call(t.Func, s)
	case gojq.TermTypeObject:
		return c.object(t.Object, s)
	case gojq.TermTypeArray:
		return c.array(t.Array, s)
	case gojq.TermTypeUnary:
		return c.unary(t.Unary, s)
	case gojq.TermTypeFormat:
		return c.format(t.Format, t.Str, s)
	case gojq.TermTypeString:
		return c.str(t.Str, formatText, s)
	case gojq.TermTypeIf:
		return c.branch(t.If, s)
	case gojq.TermTypeTry:
		return c.try(t.Try, s)
	case gojq.TermTypeReduce:
		return c.reduce(t.Reduce, s)
	case gojq.TermTypeForeach:
		return c.foreach(t.Foreach, s)
	case gojq.TermTypeLabel:
		return c.label(t.Label, s)
	case gojq.TermTypeBreak:
		return c.breakTo(t.Break, s)
	case gojq.TermTypeQuery:
		return c.query(t.Query, s)
	}
	return nil, foreign(t.String())
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

// suffix compiles a term with its first n suffixes.
func (c *compiler) suffix(t *gojq.Term, n int, s *scope) (*node, error) {
	if n == 0 {
		bare := *t
		bare.SuffixList = nil
		return c.term(&bare, s)
	}
	last := t.SuffixList[n-1]
	if last.Optional {
		return c.optional(t, n-1, s)
	}
	base, err := c.suffix(t, n-1, s)
	if err != nil {
		return nil, err
	}
	return c.apply(base, last, s)
}

func (c *compiler) apply(base *node, suffix *gojq.Suffix, s *scope) (*node, error) {
	if suffix.Iter {
		return pipe(base, iterate), nil
	}
	return c.index(base, suffix.Index, s)
}

// optional compiles `term?`: only the last suffix is tried, an error before it
// or in its key stays one.
func (c *compiler) optional(t *gojq.Term, n int, s *scope) (*node, error) {
	if n == 0 || t.SuffixList[n-1].Optional {
		whole, err := c.suffix(t, n, s)
		if err != nil {
			return nil, err
		}
		return attempt(whole, nil), nil
	}
	base, err := c.suffix(t, n-1, s)
	if err != nil {
		return nil, err
	}
	suffix := t.SuffixList[n-1]
	if suffix.Iter {
		return pipe(base, attempt(iterate, nil)), nil
	}
	key, err := c.indexKey(suffix.Index, s)
	if err != nil {
		return nil, err
	}
	return indexTry(base, key), nil
}

func (c *compiler) index(base *node, i *gojq.Index, s *scope) (*node, error) {
	switch {
	case i.Name != "":
		return c.memberOf(base, i.Name), nil
	case i.Str != nil && len(i.Str.Queries) == 0:
		return c.memberOf(base, i.Str.Str), nil
	}
	key, err := c.indexKey(i, s)
	if err != nil {
		return nil, err
	}
	return indexBy(base, key), nil
}

// indexKey compiles what stands in the brackets.
func (c *compiler) indexKey(i *gojq.Index, s *scope) (*node, error) {
	switch {
	case i.Name != "":
		return constant(text(i.Name)), nil
	case i.Str != nil:
		return c.str(i.Str, formatText, s)
	case !i.IsSlice:
		return c.query(i.Start, s)
	}
	return c.sliceKey(i, s)
}

// sliceKey makes the object by which jq describes a slice.
func (c *compiler) sliceKey(i *gojq.Index, s *scope) (_ *node, err error) {
	from, to := constant(null), constant(null)
	if i.Start != nil {
		if from, err = c.query(i.Start, s); err != nil {
			return nil, err
		}
	}
	if i.End != nil {
		if to, err = c.query(i.End, s); err != nil {
			return nil, err
		}
	}
	return binary(from, to, func(_ *run, a, b Value) (Value, error) {
		return object([]string{"start", "end"}, []Value{a, b}), nil
	}), nil
}

func (c *compiler) unary(u *gojq.Unary, s *scope) (*node, error) {
	n, err := c.term(u.Term, s)
	if err != nil {
		return nil, err
	}
	return pipe(n, single(func(r *run, _ *env, in Value) (Value, error) {
		if in.kind != Number {
			return null, fail("%s cannot be negated", r.short(in))
		}
		if u.Op == gojq.OpAdd {
			return in, nil
		}
		return number(-in.num()), nil
	})), nil
}

func (c *compiler) branch(i *gojq.If, s *scope) (*node, error) {
	cond, err := c.query(i.Cond, s)
	if err != nil {
		return nil, err
	}
	then, err := c.query(i.Then, s)
	if err != nil {
		return nil, err
	}
	otherwise := identity
	switch {
	case len(i.Elif) > 0:
		otherwise, err = c.branch(&gojq.If{Cond: i.Elif[0].Cond, Then: i.Elif[0].Then, Elif: i.Elif[1:], Else: i.Else}, s)
	case i.Else != nil:
		otherwise, err = c.query(i.Else, s)
	}
	if err != nil {
		return nil, err
	}
	return choose(cond, then, otherwise), nil
}

func (c *compiler) try(t *gojq.Try, s *scope) (*node, error) {
	body, err := c.query(t.Body, s)
	if err != nil {
		return nil, err
	}
	var catch *node
	if t.Catch != nil {
		if catch, err = c.query(t.Catch, s); err != nil {
			return nil, err
		}
	}
	return attempt(body, catch), nil
}

func (c *compiler) label(l *gojq.Label, s *scope) (*node, error) {
	s = s.bind("*"+l.Ident, false)
	body, err := c.query(l.Body, s)
	if err != nil {
		return nil, err
	}
	return labelled(body), nil
}

func (c *compiler) breakTo(name string, s *scope) (*node, error) {
	to := s.find("*" + name)
	if to == nil {
		return nil, fmt.Errorf("$*label-%s is not defined", strings.TrimPrefix(name, "$"))
	}
	up := s.height() - to.depth
	return &node{many: func(r *run, e *env, _ Value, _ yield) error {
		return &breakError{e.climb(up).mark}
	}, path: func(r *run, e *env, _ Value, _ *step, _ pathYield) error {
		return &breakError{e.climb(up).mark}
	}}, nil
}
