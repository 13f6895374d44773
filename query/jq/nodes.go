package jq

// identity is `.`.
var identity = &node{
	one:  func(_ *run, _ *env, in Value) (Value, bool, error) { return in, true, nil },
	path: func(_ *run, _ *env, in Value, at *step, f pathYield) error { return f(in, at) },
}

// none is `empty`.
var none = &node{
	one:  func(*run, *env, Value) (Value, bool, error) { return null, false, nil },
	path: func(*run, *env, Value, *step, pathYield) error { return nil },
}

// iterate is `.[]`.
var iterate = &node{
	many: func(r *run, _ *env, in Value, f yield) error {
		if in.kind < Array {
			return notIterable(r, in)
		}
		return r.each(in, f)
	},
	path: func(r *run, _ *env, in Value, at *step, f pathYield) error {
		switch in.kind {
		case Array:
			i := -1
			return r.each(in, func(v Value) error {
				i++
				return f(v, &step{at, number(float64(i))})
			})
		case Object:
			t, i := r.members(in), -1
			return r.each(in, func(v Value) error {
				i++
				return f(v, &step{at, text(t.keys[i])})
			})
		}
		return notIterable(r, in)
	},
}

func notIterable(r *run, v Value) error {
	if v.kind == Null {
		return fail("Cannot iterate over null (null)")
	}
	return fail("Cannot iterate over %s", r.short(v))
}

// recurse is `..`.
var recurse = &node{
	many: func(r *run, _ *env, in Value, f yield) error { return r.recurse(in, f) },
	path: func(r *run, _ *env, in Value, at *step, f pathYield) error { return r.recursePaths(in, at, f) },
}

func (r *run) recurse(in Value, f yield) error {
	if err := f(in); err != nil || in.kind < Array {
		return err
	}
	in = nested(in)
	return r.each(in, func(v Value) error { return r.recurse(v, f) })
}

func (r *run) recursePaths(in Value, at *step, f pathYield) error {
	if err := f(in, at); err != nil || in.kind < Array {
		return err
	}
	in = nested(in)
	return iterate.path(r, nil, in, at, func(v Value, at *step) error { return r.recursePaths(v, at, f) })
}

// indexing is `base[key]`: both see the same input, and for several keys the
// whole of base is gone through for each. Lenient, as `base[key]?`, it passes over
// what cannot be indexed.
func indexing(base, key *node, lenient bool) *node {
	n := &node{
		many: func(r *run, e *env, in Value, f yield) error {
			return key.each(r, e, in, func(k Value) error {
				return base.each(r, e, in, func(v Value) error {
					got, err := r.index(v, k)
					if err != nil {
						return unless(lenient, err)
					}
					return f(got)
				})
			})
		},
		path: func(r *run, e *env, in Value, at *step, f pathYield) error {
			return key.each(r, e, in, func(k Value) error {
				return base.paths(r, e, in, at, func(v Value, at *step) error {
					got, err := r.index(v, k)
					if err != nil {
						return unless(lenient, err)
					}
					return f(got, &step{at, k})
				})
			})
		},
	}
	if base.one == nil || key.one == nil {
		return n
	}
	n.one = func(r *run, e *env, in Value) (Value, bool, error) {
		k, ok, err := key.one(r, e, in)
		if err != nil || !ok {
			return null, false, err
		}
		v, ok, err := base.one(r, e, in)
		if err != nil || !ok {
			return null, false, err
		}
		v, err = r.index(v, k)
		return v, err == nil, unless(lenient, err)
	}
	return n
}

func unless(lenient bool, err error) error {
	if lenient {
		return nil
	}
	return err
}

func pipe(l, r *node) *node {
	if l == identity {
		return r
	}
	n := &node{
		many: func(rn *run, e *env, in Value, f yield) error {
			return l.each(rn, e, in, func(v Value) error { return r.each(rn, e, v, f) })
		},
		path: func(rn *run, e *env, in Value, at *step, f pathYield) error {
			return l.paths(rn, e, in, at, func(v Value, at *step) error { return r.paths(rn, e, v, at, f) })
		},
	}
	if l.one != nil {
		n.many = func(rn *run, e *env, in Value, f yield) error {
			v, ok, err := l.one(rn, e, in)
			if err != nil || !ok {
				return err
			}
			return r.each(rn, e, v, f)
		}
	}
	if l.items != nil && r.row != nil {
		n.one = rowOf(l.items, r.row)
	} else if l.one != nil && r.one != nil {
		n.one = func(rn *run, e *env, in Value) (Value, bool, error) {
			v, ok, err := l.one(rn, e, in)
			if err != nil || !ok {
				return null, false, err
			}
			return r.one(rn, e, v)
		}
	}
	return n
}

func comma(l, r *node) *node {
	return &node{
		many: func(rn *run, e *env, in Value, f yield) error {
			if err := l.each(rn, e, in, f); err != nil {
				return err
			}
			return r.each(rn, e, in, f)
		},
		path: func(rn *run, e *env, in Value, at *step, f pathYield) error {
			if err := l.paths(rn, e, in, at, f); err != nil {
				return err
			}
			return r.paths(rn, e, in, at, f)
		},
	}
}

// binary applies f to every pair; the right side varies slowest, as in jq.
func binary(l, r *node, f func(*run, Value, Value) (Value, error)) *node {
	n := &node{many: func(rn *run, e *env, in Value, out yield) error {
		return r.each(rn, e, in, func(b Value) error {
			return l.each(rn, e, in, func(a Value) error {
				v, err := f(rn, a, b)
				if err != nil {
					return err
				}
				return out(v)
			})
		})
	}}
	if l.one != nil && r.one != nil {
		n.one = func(rn *run, e *env, in Value) (Value, bool, error) {
			b, ok, err := r.one(rn, e, in)
			if err != nil || !ok {
				return null, false, err
			}
			a, ok, err := l.one(rn, e, in)
			if err != nil || !ok {
				return null, false, err
			}
			v, err := f(rn, a, b)
			return v, err == nil, err
		}
	}
	return n
}

// logic is `and` when short is false, `or` when it is true: short decides
// without the right side.
func logic(l, r *node, short bool) *node {
	n := &node{many: func(rn *run, e *env, in Value, f yield) error {
		return l.each(rn, e, in, func(a Value) error {
			if a.truth() == short {
				return f(boolean(short))
			}
			return r.each(rn, e, in, func(b Value) error { return f(boolean(b.truth())) })
		})
	}}
	if l.one != nil && r.one != nil {
		n.one = func(rn *run, e *env, in Value) (Value, bool, error) {
			a, ok, err := l.one(rn, e, in)
			if err != nil || !ok {
				return null, false, err
			}
			if a.truth() == short {
				return boolean(short), true, nil
			}
			b, ok, err := r.one(rn, e, in)
			return boolean(b.truth()), ok, err
		}
	}
	return n
}

// alternative is `//`: the true values of the left side or, if there are none,
// the right side. Errors of the left side are errors, as in jq 1.6.
func alternative(l, r *node) *node {
	n := &node{
		many: func(rn *run, e *env, in Value, f yield) error {
			found := false
			err := l.each(rn, e, in, func(v Value) error {
				if !v.truth() {
					return nil
				}
				found = true
				return f(v)
			})
			if err != nil || found {
				return err
			}
			return r.each(rn, e, in, f)
		},
		path: func(rn *run, e *env, in Value, at *step, f pathYield) error {
			found := false
			err := l.paths(rn, e, in, at, func(v Value, at *step) error {
				if !v.truth() {
					return nil
				}
				found = true
				return f(v, at)
			})
			if err != nil || found {
				return err
			}
			return r.paths(rn, e, in, at, f)
		},
	}
	if l.one != nil && r.one != nil {
		n.one = func(rn *run, e *env, in Value) (Value, bool, error) {
			v, ok, err := l.one(rn, e, in)
			if err != nil || ok && v.truth() {
				return v, ok, err
			}
			return r.one(rn, e, in)
		}
	}
	return n
}

// guard calls body with a yield that remembers errors from further down the
// program, so that they are told from body's own.
func guard(f yield, body func(yield) error) (down, own error) {
	err := body(func(v Value) error {
		down = f(v)
		return down
	})
	if down != nil {
		return down, nil
	}
	return nil, err
}

// attempt is try; a nil catch swallows the error.
func attempt(body, catch *node) *node {
	n := &node{
		many: func(r *run, e *env, in Value, f yield) error {
			down, err := guard(f, func(f yield) error { return body.each(r, e, in, f) })
			if down != nil {
				return down
			}
			v, ok := caught(err)
			if !ok {
				return err
			}
			if catch == nil {
				return nil
			}
			return catch.each(r, e, v, f)
		},
		path: func(r *run, e *env, in Value, at *step, f pathYield) error {
			var down error
			err := body.paths(r, e, in, at, func(v Value, at *step) error {
				down = f(v, at)
				return down
			})
			if down != nil {
				return down
			}
			v, ok := caught(err)
			if !ok {
				return err
			}
			if catch == nil {
				return nil
			}
			return catch.paths(r, e, v, nil, f)
		},
	}
	if body.one != nil && (catch == nil || catch.one != nil) {
		n.one = func(r *run, e *env, in Value) (Value, bool, error) {
			v, ok, err := body.one(r, e, in)
			if err == nil {
				return v, ok, nil
			}
			if v, ok = caught(err); !ok {
				return null, false, err
			}
			if catch == nil {
				return null, false, nil
			}
			return catch.one(r, e, v)
		}
	}
	return n
}

func choose(cond, then, otherwise *node) *node {
	pick := func(v Value) *node {
		if v.truth() {
			return then
		}
		return otherwise
	}
	n := &node{
		many: func(r *run, e *env, in Value, f yield) error {
			return cond.each(r, e, in, func(v Value) error { return pick(v).each(r, e, in, f) })
		},
		path: func(r *run, e *env, in Value, at *step, f pathYield) error {
			return cond.each(r, e, in, func(v Value) error { return pick(v).paths(r, e, in, at, f) })
		},
	}
	if cond.one == nil {
		return n
	}
	n.many = func(r *run, e *env, in Value, f yield) error {
		v, ok, err := cond.one(r, e, in)
		if err != nil || !ok {
			return err
		}
		return pick(v).each(r, e, in, f)
	}
	if then.one != nil && otherwise.one != nil {
		n.one = func(r *run, e *env, in Value) (Value, bool, error) {
			v, ok, err := cond.one(r, e, in)
			if err != nil || !ok {
				return null, false, err
			}
			return pick(v).one(r, e, in)
		}
	}
	return n
}
