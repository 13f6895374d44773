package jq

import "errors"

// binder binds the variables of patterns to parts of a value and goes on with
// every way to do so.
type binder func(r *run, e *env, v Value, next func(*env) error) error

// bind is `source as pattern | body`.
func (c *compiler) bind(e *Expr) *node {
	source, match, body := c.compile(e.Kids[0]), c.binder(e), c.compile(e.Kids[1])
	return &node{
		many: func(r *run, e *env, in Value, f yield) error {
			return unshielded(source.each(r, e, in, func(v Value) error {
				return match(r, e, v, func(e *env) error {
					return body.each(r, e, in, func(v Value) error { return shielded(f(v)) })
				})
			}))
		},
		path: func(r *run, e *env, in Value, at *step, f pathYield) error {
			return unshielded(source.each(r, e, in, func(v Value) error {
				return match(r, e, v, func(e *env) error {
					return body.paths(r, e, in, at, func(v Value, at *step) error { return shielded(f(v, at)) })
				})
			}))
		},
	}
}

// shield is around an error from further down the program, which no pattern is to
// be blamed for.
type shield struct{ err error }

func (s *shield) Error() string { return s.err.Error() }

func shielded(err error) error {
	if err == nil {
		return nil
	}
	return &shield{err}
}

func unshielded(err error) error {
	if s, ok := err.(*shield); ok {
		return s.err
	}
	return err
}

func (c *compiler) binder(e *Expr) binder {
	if len(e.Patterns) == 1 {
		return c.pattern(e.Patterns[0])
	}
	return c.alternatives(e.Patterns, e.Bound())
}

// alternatives tries patterns until with one of them neither it nor what comes of
// it raises an error.
func (c *compiler) alternatives(patterns []*Pattern, vars []string) binder {
	binders := make([]binder, len(patterns))
	for i, p := range patterns {
		binders[i] = c.rearranged(p, vars)
	}
	return func(r *run, e *env, v Value, next func(*env) error) (err error) {
		for _, bind := range binders {
			if err = bind(r, e, v, next); err == nil {
				return nil
			}
			if _, ok := caught(err); !ok {
				return err
			}
		}
		return err
	}
}

// rearranged binds a pattern's variables in the order of vars, and those that it
// does not have to null.
func (c *compiler) rearranged(p *Pattern, vars []string) binder {
	bind, own := c.pattern(p), p.Vars()
	at := make([]int, len(vars)) // how far up each stands, -1 for null
	for i, name := range vars {
		at[i] = -1
		for k, o := range own {
			if o == name {
				at[i] = len(own) - 1 - k
			}
		}
	}
	return func(r *run, e *env, v Value, next func(*env) error) error {
		return bind(r, e, v, func(bound *env) error {
			all := e
			for _, up := range at {
				got := null
				if up >= 0 {
					got = bound.Climb(up).Val.v
				}
				all = all.Push(frame{v: got})
			}
			return next(all)
		})
	}
}

func bindVariable(_ *run, e *env, v Value, next func(*env) error) error {
	return next(e.Push(frame{v: v}))
}

func (c *compiler) pattern(p *Pattern) (all binder) {
	if p.Var != "" {
		return bindVariable
	}
	for _, part := range p.Parts {
		one := c.part(p, part)
		if first := all; first == nil {
			all = one
		} else {
			all = func(r *run, e *env, v Value, next func(*env) error) error {
				return first(r, e, v, func(e *env) error { return one(r, e, v, next) })
			}
		}
	}
	return all
}

// part binds an element, or `key: pattern`, `$name` or `$name: pattern`.
func (c *compiler) part(p *Pattern, part Part) binder {
	key, inner := c.compile(part.Key), binder(nil)
	if part.Inner != nil {
		inner = c.pattern(part.Inner)
	}
	return func(r *run, e *env, v Value, next func(*env) error) error {
		return key.each(r, e, v, func(k Value) error {
			if err := p.takes(r, v, k); err != nil {
				return err
			}
			got, err := r.index(v, k)
			if err != nil {
				return err
			}
			e := e
			if part.Var != "" {
				e = e.Push(frame{v: got})
			}
			if inner == nil {
				return next(e)
			}
			return inner(r, e, got, next)
		})
	}
}

// takes refuses what is not what the pattern is for.
func (p *Pattern) takes(r *run, v, key Value) error {
	switch {
	case p.Array && v.kind != Array && v.kind != Null:
		return cannotIndex(r, v, key)
	case !p.Array && key.kind != String:
		return fail("Cannot index %s with %s", v.kind.String(), key.kind.String())
	}
	return nil
}

// fold is what reduce and foreach have in common: `source as pattern (start;
// step …)`.
type fold struct {
	source, start, step *node
	match               binder
}

func (c *compiler) fold(e *Expr) *node {
	f := fold{source: c.compile(e.Kids[0]), start: c.compile(e.Kids[1]), step: c.compile(e.Kids[2]), match: c.binder(e)}
	if e.Op == OpReduce {
		return f.reduce()
	}
	extract := identity
	if e.Kids[3] != nil {
		extract = c.compile(e.Kids[3])
	}
	return f.foreach(extract)
}

// each goes through every start value, with turn for every match of the pattern
// and end after the last one.
func (f *fold) each(r *run, e *env, in Value, turn func(e *env, acc *Value) error, end func(acc Value) error) error {
	return f.start.each(r, e, in, func(acc Value) error {
		err := f.source.each(r, e, in, func(v Value) error {
			return unshielded(f.match(r, e, v, func(e *env) error { return turn(e, &acc) }))
		})
		if err != nil {
			return err
		}
		return end(acc)
	})
}

func (f *fold) reduce() *node {
	return &node{many: func(r *run, e *env, in Value, out yield) error {
		return f.each(r, e, in, func(e *env, acc *Value) (err error) {
			*acc, err = last(f.step, r, e, *acc)
			return err
		}, out)
	}}
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

func (f *fold) foreach(extract *node) *node {
	return &node{many: func(r *run, e *env, in Value, out yield) error {
		return f.each(r, e, in, func(e *env, acc *Value) error {
			return f.step.each(r, e, *acc, func(v Value) error {
				*acc = v
				return extract.each(r, e, v, func(v Value) error { return shielded(out(v)) })
			})
		}, func(Value) error { return nil })
	}}
}

func labelled(body *node) *node {
	enter := func(e *env) *env { return e.Push(frame{mark: new(int)}) }
	leave := func(e *env, err error) error {
		var b *breakError
		if errors.As(err, &b) && b.label == e.Val.mark {
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

func breaking(up int) *node {
	return &node{many: func(r *run, e *env, _ Value, _ yield) error {
		return &breakError{e.Climb(up).Val.mark}
	}, path: func(r *run, e *env, _ Value, _ *step, _ pathYield) error {
		return &breakError{e.Climb(up).Val.mark}
	}}
}

// parameter evaluates an argument where it is used, as where it was written.
func parameter(up int) *node {
	return &node{
		many: func(r *run, e *env, in Value, f yield) error {
			b := e.Climb(up).Val
			return b.arg.each(r, b.at, in, f)
		},
		path: func(r *run, e *env, in Value, at *step, f pathYield) error {
			b := e.Climb(up).Val
			return b.arg.paths(r, b.at, in, at, f)
		},
	}
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
		return pass(r, fn.Params, args, e, e.Climb(up), in, body)
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
func pass(r *run, params []Param, args []*node, caller, inner *env, in Value, body func(*env) error) error {
	if len(params) == 0 {
		return body(inner)
	}
	if !params[0].ByValue {
		return pass(r, params[1:], args[1:], caller, inner.Push(frame{arg: args[0], at: caller}), in, body)
	}
	return args[0].each(r, caller, in, func(v Value) error {
		return pass(r, params[1:], args[1:], caller, inner.Push(frame{v: v, arg: args[0], at: caller}), in, body)
	})
}
