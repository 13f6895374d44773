package query

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// bind compiles `source as pattern | body`, with `?//` between patterns going
// to gojq.
func (c *compiler) bind(q *gojq.Query, s *scope) (*node, error) {
	if len(q.Patterns) > 1 {
		return nil, foreign("?//")
	}
	source, err := c.query(q.Left, s)
	if err != nil {
		return nil, err
	}
	match, inner, err := c.pattern(q.Patterns[0], s)
	if err != nil {
		return nil, err
	}
	body, err := c.query(q.Right, inner)
	if err != nil {
		return nil, err
	}
	return &node{
		many: func(r *run, e *env, in Value, f yield) error {
			return source.each(r, e, in, func(v Value) error {
				return match(r, e, v, func(e *env) error { return body.each(r, e, in, f) })
			})
		},
		path: func(r *run, e *env, in Value, at *step, f pathYield) error {
			return source.each(r, e, in, func(v Value) error {
				return match(r, e, v, func(e *env) error { return body.paths(r, e, in, at, f) })
			})
		},
	}, nil
}

// matcher binds a pattern's variables to parts of a value and goes on with
// every way to do so.
type matcher func(r *run, e *env, v Value, next func(*env) error) error

func (c *compiler) pattern(p *gojq.Pattern, s *scope) (matcher, *scope, error) {
	switch {
	case p.Name != "":
		return bindVariable, s.bind(p.Name, false), nil
	case len(p.Array) > 0:
		return c.arrayPattern(p.Array, s)
	}
	return c.objectPattern(p.Object, s)
}

func bindVariable(_ *run, e *env, v Value, next func(*env) error) error {
	return next(&env{up: e, v: v})
}

// then matches first, and second on the same value.
func then(first, second matcher) matcher {
	if first == nil {
		return second
	}
	return func(r *run, e *env, v Value, next func(*env) error) error {
		return first(r, e, v, func(e *env) error { return second(r, e, v, next) })
	}
}

func (c *compiler) arrayPattern(ps []*gojq.Pattern, s *scope) (all matcher, _ *scope, err error) {
	for i, p := range ps {
		var inner matcher
		if inner, s, err = c.pattern(p, s); err != nil {
			return nil, nil, err
		}
		key := number(float64(i))
		all = then(all, func(r *run, e *env, v Value, next func(*env) error) error {
			if v.kind != Array && v.kind != Null {
				return cannotIndex(r, v, key)
			}
			got, err := r.index(v, key)
			if err != nil {
				return err
			}
			return inner(r, e, got, next)
		})
	}
	return all, s, nil
}

func (c *compiler) objectPattern(ps []*gojq.PatternObject, s *scope) (all matcher, _ *scope, err error) {
	for _, p := range ps {
		var one matcher
		if one, s, err = c.memberPattern(p, s); err != nil {
			return nil, nil, err
		}
		all = then(all, one)
	}
	return all, s, nil
}

// memberPattern is `key: pattern`, `$name` or `$name: pattern`.
func (c *compiler) memberPattern(p *gojq.PatternObject, s *scope) (matcher, *scope, error) {
	key, err := c.patternKey(p, s)
	if err != nil {
		return nil, nil, err
	}
	variable := strings.HasPrefix(p.Key, "$")
	if variable {
		s = s.bind(p.Key, false)
	}
	var inner matcher
	if p.Val != nil {
		if inner, s, err = c.pattern(p.Val, s); err != nil {
			return nil, nil, err
		}
	}
	return func(r *run, e *env, v Value, next func(*env) error) error {
		return key.each(r, e, v, func(k Value) error {
			if k.kind != String {
				return fail("Cannot index %s with %s", v.kind.String(), k.kind.String())
			}
			got, err := r.index(v, k)
			if err != nil {
				return err
			}
			e := e
			if variable {
				e = &env{up: e, v: got}
			}
			if inner == nil {
				return next(e)
			}
			return inner(r, e, got, next)
		})
	}, s, nil
}

func (c *compiler) patternKey(p *gojq.PatternObject, s *scope) (*node, error) {
	switch {
	case p.KeyString != nil:
		return c.str(p.KeyString, formatText, s)
	case p.KeyQuery != nil:
		return c.query(p.KeyQuery, s)
	}
	return constant(text(strings.TrimPrefix(p.Key, "$"))), nil
}

// fold is what reduce and foreach have in common: `source as pattern (start;
// step …)`.
type fold struct {
	source, start, step *node
	match               matcher
	inner               *scope // with the pattern's variables
}

func (c *compiler) fold(source *gojq.Query, patterns []*gojq.Pattern, start, step *gojq.Query, s *scope) (f fold, err error) {
	if len(patterns) > 1 {
		return f, foreign("?//")
	}
	if f.source, err = c.query(source, s); err != nil {
		return f, err
	}
	if f.start, err = c.query(start, s); err != nil {
		return f, err
	}
	if f.match, f.inner, err = c.pattern(patterns[0], s); err != nil {
		return f, err
	}
	f.step, err = c.query(step, f.inner)
	return f, err
}

// each goes through every start value, with turn for every match of the pattern
// and end after the last one.
func (f *fold) each(r *run, e *env, in Value, turn func(e *env, acc *Value) error, end func(acc Value) error) error {
	return f.start.each(r, e, in, func(acc Value) error {
		err := f.source.each(r, e, in, func(v Value) error {
			return f.match(r, e, v, func(e *env) error { return turn(e, &acc) })
		})
		if err != nil {
			return err
		}
		return end(acc)
	})
}

func (c *compiler) reduce(t *gojq.Reduce, s *scope) (*node, error) {
	f, err := c.fold(t.Query, t.Patterns, t.Start, t.Update, s)
	return &node{many: func(r *run, e *env, in Value, out yield) error {
		return f.each(r, e, in, func(e *env, acc *Value) (err error) {
			*acc, err = last(f.step, r, e, *acc)
			return err
		}, out)
	}}, err
}

// last gives the last value of n, null when there is none.
func last(n *node, r *run, e *env, in Value) (v Value, err error) {
	v = null
	err = n.each(r, e, in, func(x Value) error {
		v = x
		return r.tick()
	})
	return v, err
}

func (c *compiler) foreach(t *gojq.Foreach, s *scope) (*node, error) {
	f, err := c.fold(t.Query, t.Patterns, t.Start, t.Update, s)
	if err != nil {
		return nil, err
	}
	extract := identity
	if t.Extract != nil {
		if extract, err = c.query(t.Extract, f.inner); err != nil {
			return nil, err
		}
	}
	return &node{many: func(r *run, e *env, in Value, out yield) error {
		return f.each(r, e, in, func(e *env, acc *Value) error {
			return f.step.each(r, e, *acc, func(v Value) error {
				*acc = v
				return extract.each(r, e, v, out)
			})
		}, func(Value) error { return nil })
	}}, nil
}

func labelled(body *node) *node {
	enter := func(e *env) *env { return &env{up: e, mark: new(int)} }
	leave := func(e *env, err error) error {
		var b *breakError
		if errors.As(err, &b) && b.label == e.mark {
			return nil
		}
		return err
	}
	return &node{
		many: func(r *run, e *env, in Value, f yield) error {
			e = enter(e)
			return leave(e, body.each(r, e, in, f))
		},
		path: func(r *run, e *env, in Value, at *step, f pathYield) error {
			e = enter(e)
			return leave(e, body.paths(r, e, in, at, f))
		},
	}
}

// call compiles a variable, a function of the program, or a builtin.
func (c *compiler) call(f *gojq.Func, s *scope) (*node, error) {
	if strings.HasPrefix(f.Name, "$") {
		return c.variable(f.Name, s)
	}
	name := fmt.Sprintf("%s/%d", f.Name, len(f.Args))
	if to := s.find(name); to != nil {
		return c.invoke(to, f.Args, s)
	}
	if build := special[name]; build != nil {
		args, err := c.args(f.Args, s)
		if err != nil {
			return nil, err
		}
		return build(args), nil
	}
	if pure := functions[name]; pure != nil {
		args, err := c.args(f.Args, s)
		if err != nil {
			return nil, err
		}
		return apply(pure, args), nil
	}
	if def := preludeDefs[name]; def != nil {
		return c.fromPrelude(name, def, f.Args, s)
	}
	return nil, foreign(name)
}

func (c *compiler) args(qs []*gojq.Query, s *scope) (args []*node, err error) {
	for _, q := range qs {
		n, err := c.query(q, s)
		if err != nil {
			return nil, err
		}
		args = append(args, n)
	}
	return args, nil
}

func (c *compiler) variable(name string, s *scope) (*node, error) {
	if name == "$__loc__" {
		return constant(object([]string{"file", "line"}, []Value{text("<top-level>"), number(1)})), nil
	}
	to := s.find(name)
	switch {
	case to == nil && name == "$ENV":
		return constant(environment()), nil
	case to == nil:
		return nil, fmt.Errorf("%s is not defined", name)
	case to.slot >= 0:
		return single(func(r *run, _ *env, _ Value) (Value, error) { return r.globals[to.slot], nil }), nil
	}
	up := s.height() - to.depth
	return single(func(_ *run, e *env, _ Value) (Value, error) { return e.climb(up).v, nil }), nil
}

// invoke calls what the program defines: an argument, or a function.
func (c *compiler) invoke(to *scope, qs []*gojq.Query, s *scope) (*node, error) {
	if to.fn != nil {
		args, err := c.args(qs, s)
		if err != nil {
			return nil, err
		}
		return invoke(to.fn, args, s.height()-to.fn.depth), nil
	}
	up := s.height() - to.depth
	return &node{
		many: func(r *run, e *env, in Value, f yield) error {
			b := e.climb(up)
			return b.fn.each(r, b.env, in, f)
		},
		path: func(r *run, e *env, in Value, at *step, f pathYield) error {
			b := e.climb(up)
			return b.fn.paths(r, b.env, in, at, f)
		},
	}, nil
}

// invoke makes a call of fn, which was defined up bindings ago.
func invoke(fn *function, args []*node, up int) *node {
	enter := func(r *run, e *env, in Value, body func(*env) error) error {
		if r.calls++; r.calls > maxCalls {
			return fail("more than %d nested calls", maxCalls)
		}
		defer func() { r.calls-- }()
		if err := r.tick(); err != nil {
			return err
		}
		return pass(r, fn.def.Args, args, e, e.climb(up), in, body)
	}
	return &node{
		many: func(r *run, e *env, in Value, f yield) error {
			return enter(r, e, in, func(inner *env) error { return fn.body.each(r, inner, in, f) })
		},
		path: func(r *run, e *env, in Value, at *step, f pathYield) error {
			return enter(r, e, in, func(inner *env) error { return fn.body.paths(r, inner, in, at, f) })
		},
	}
}

// pass binds arguments one after the other; `$name` takes every value of its
// argument in turn, while name is the argument itself, evaluated where it is
// used.
func pass(r *run, names []string, args []*node, caller, inner *env, in Value, body func(*env) error) error {
	if len(names) == 0 {
		return body(inner)
	}
	if !strings.HasPrefix(names[0], "$") {
		return pass(r, names[1:], args[1:], caller, &env{up: inner, fn: args[0], env: caller}, in, body)
	}
	return args[0].each(r, caller, in, func(v Value) error {
		return pass(r, names[1:], args[1:], caller, &env{up: inner, v: v, fn: args[0], env: caller}, in, body)
	})
}

// fromPrelude calls a builtin that is written in jq itself.
func (c *compiler) fromPrelude(name string, def *gojq.FuncDef, qs []*gojq.Query, s *scope) (*node, error) {
	args, err := c.args(qs, s)
	if err != nil {
		return nil, err
	}
	fn := c.prelude[name]
	if fn == nil {
		fn = (*scope)(nil).define(def).fn
		c.prelude[name] = fn
		if err := c.body(fn); err != nil {
			return nil, err
		}
	}
	return invoke(fn, args, s.height()), nil
}

// array collects; without callbacks when its parts give one value each.
func (c *compiler) array(a *gojq.Array, s *scope) (*node, error) {
	if a.Query == nil {
		return constant(list(nil)), nil
	}
	parts := commas(a.Query)
	nodes, err := c.args(parts, s)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(nodes, func(n *node) bool { return n.one == nil }) {
		all := single(func(r *run, e *env, in Value) (Value, error) { return r.gather(nodes, e, in) })
		all.items = nodes
		return all, nil
	}
	return single(func(r *run, e *env, in Value) (Value, error) {
		var out []Value
		for _, n := range nodes {
			err := n.each(r, e, in, func(v Value) error {
				out = append(out, v)
				return r.tick()
			})
			if err != nil {
				return null, err
			}
		}
		return list(out), nil
	}), nil
}

// gather builds an array from nodes of one value each.
func (r *run) gather(nodes []*node, e *env, in Value) (Value, error) {
	vals := r.room(len(nodes))[:0]
	for _, n := range nodes {
		v, ok, err := n.one(r, e, in)
		if err != nil {
			return null, err
		}
		if ok {
			vals = append(vals, v)
		}
	}
	return r.list(vals), nil
}

// commas splits `a, b, c`.
func commas(q *gojq.Query) []*gojq.Query {
	if q.Op == gojq.OpComma && len(q.FuncDefs) == 0 {
		return append(commas(q.Left), commas(q.Right)...)
	}
	return []*gojq.Query{q}
}
