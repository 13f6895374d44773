package jq

import "math"

// generators are the builtins that see their arguments as programs, not values.
// To add one, write a function from nodes to a node and list it here.
var generators map[string]func(args []*node) *node

func init() {
	generators = map[string]func([]*node) *node{
		"empty/0":            func([]*node) *node { return none },
		"not/0":              func([]*node) *node { return not },
		"select/1":           func(a []*node) *node { return choose(a[0], identity, none) },
		"map/1":              func(a []*node) *node { return collected(pipe(iterate, a[0])) },
		"values/0":           func([]*node) *node { return choose(kinds(func(k Kind) bool { return k != Null }), identity, none) },
		"nulls/0":            ofKind(Null, Null),
		"booleans/0":         ofKind(False, True),
		"numbers/0":          ofKind(Number, Number),
		"strings/0":          ofKind(String, String),
		"arrays/0":           ofKind(Array, Array),
		"objects/0":          ofKind(Object, Object),
		"iterables/0":        ofKind(Array, Object),
		"scalars/0":          ofKind(Null, String),
		"recurse_down/0":     func([]*node) *node { return recurse },
		"scalars_or_empty/0": ofKind(Null, String),
		"recurse/0":          func([]*node) *node { return recurse },
		"any/0":              func([]*node) *node { return quantify(iterate, identity, true) },
		"all/0":              func([]*node) *node { return quantify(iterate, identity, false) },
		"any/1":              func(a []*node) *node { return quantify(iterate, a[0], true) },
		"all/1":              func(a []*node) *node { return quantify(iterate, a[0], false) },
		"any/2":              func(a []*node) *node { return quantify(a[0], a[1], true) },
		"all/2":              func(a []*node) *node { return quantify(a[0], a[1], false) },
		"IN/1":               func(a []*node) *node { return among(identity, a[0]) },
		"IN/2":               func(a []*node) *node { return within(a[0], a[1]) },
		"first/1":            func(a []*node) *node { return firstOf(a[0]) },
		"last/1":             func(a []*node) *node { return lastOf(a[0]) },
		"isempty/1":          func(a []*node) *node { return isEmpty(a[0]) },
		"limit/2":            func(a []*node) *node { return limit(a[0], a[1]) },
		"range/1":            func(a []*node) *node { return ranged(constant(number(0)), a[0], constant(number(1))) },
		"range/2":            func(a []*node) *node { return ranged(a[0], a[1], constant(number(1))) },
		"range/3":            func(a []*node) *node { return ranged(a[0], a[1], a[2]) },
		"path/1":             func(a []*node) *node { return pathOf(a[0]) },
		"del/1":              func(a []*node) *node { return deleted(a[0]) },
		"getpath/1":          func(a []*node) *node { return pathGetter(a[0]) },
		"tostream/0":         func([]*node) *node { return toStream },
		"error/0":            func([]*node) *node { return raise(identity) },
		"error/1":            func(a []*node) *node { return raise(a[0]) },
		"input/0":            func([]*node) *node { return single(func(r *run, _ *env, _ Value) (Value, error) { return r.input() }) },
		"sort_by/1":          func(a []*node) *node { return keyed(a[0], sortBy) },
		"group_by/1":         func(a []*node) *node { return keyed(a[0], groupBy) },
		"unique_by/1":        func(a []*node) *node { return keyed(a[0], uniqueBy) },
		"min_by/1":           func(a []*node) *node { return keyed(a[0], minBy) },
		"max_by/1":           func(a []*node) *node { return keyed(a[0], maxBy) },
		"add/1":              func(a []*node) *node { return sum(a[0]) },
		"inputs/0":           func([]*node) *node { return inputs },
		"sub/2":              func(a []*node) *node { return substitute(a[0], a[1], constant(empty), "") },
		"sub/3":              func(a []*node) *node { return substitute(a[0], a[1], a[2], "") },
		"gsub/2":             func(a []*node) *node { return substitute(a[0], a[1], constant(empty), "g") },
		"gsub/3":             func(a []*node) *node { return substitute(a[0], a[1], a[2], "g") },
		"match/1":            func(a []*node) *node { return pipe(apply(matching, a), iterate) },
		"match/2":            func(a []*node) *node { return pipe(apply(matching, a), iterate) },
	}
}

var not = single(func(_ *run, _ *env, in Value) (Value, error) { return boolean(!in.truth()), nil })

func kinds(ok func(Kind) bool) *node {
	return single(func(_ *run, _ *env, in Value) (Value, error) { return boolean(ok(in.kind)), nil })
}

func ofKind(from, to Kind) func([]*node) *node {
	return func([]*node) *node {
		return choose(kinds(func(k Kind) bool { return from <= k && k <= to }), identity, none)
	}
}

func collected(n *node) *node {
	return single(func(r *run, e *env, in Value) (Value, error) {
		vals, err := n.collect(r, e, in)
		return list(vals), err
	})
}

// quantify is any when want is true, all when it is false: it ends at the
// first value whose condition decides.
func quantify(source, cond *node, want bool) *node {
	decide := func(r *run, e *env, v Value, found *bool) error {
		return cond.each(r, e, v, func(c Value) error {
			if c.truth() == want {
				*found = true
				return errEnough
			}
			return nil
		})
	}
	return single(func(r *run, e *env, in Value) (Value, error) {
		found := false
		err := source.each(r, e, in, func(v Value) error { return decide(r, e, v, &found) })
		if err == errEnough {
			err = nil
		}
		return boolean(found == want), err
	})
}

// among is IN(stream): whether the input of source equals one of the values.
func among(source, stream *node) *node {
	return pipe(source, single(func(r *run, e *env, in Value) (Value, error) {
		return search(r, e, in, in, stream)
	}))
}

func search(r *run, e *env, in, want Value, stream *node) (Value, error) {
	found := false
	err := stream.each(r, e, in, func(v Value) error {
		if r.equal(want, v) {
			found = true
			return errEnough
		}
		return nil
	})
	if err == errEnough {
		err = nil
	}
	return boolean(found), err
}

// within is IN(source; stream).
func within(source, stream *node) *node {
	return single(func(r *run, e *env, in Value) (Value, error) {
		found := false
		err := source.each(r, e, in, func(v Value) error {
			ok, err := search(r, e, in, v, stream)
			if err == nil && ok.truth() {
				found = true
				return errEnough
			}
			return err
		})
		if err == errEnough {
			err = nil
		}
		return boolean(found), err
	})
}

// inputs is every document that is left.
var inputs = &node{many: func(r *run, _ *env, _ Value, f yield) error {
	for {
		v, err := r.input()
		if err == errNoInput {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(v); err != nil {
			return err
		}
	}
}}

func firstOf(n *node) *node {
	return &node{
		one: func(r *run, e *env, in Value) (Value, bool, error) { return n.first(r, e, in) },
		path: func(r *run, e *env, in Value, at *step, f pathYield) error {
			var v Value
			var found *step
			ok := false
			err := n.paths(r, e, in, at, func(x Value, s *step) error {
				v, found, ok = x, s, true
				return errEnough
			})
			if err != nil && err != errEnough || !ok {
				return err
			}
			return f(v, found)
		},
	}
}

func lastOf(n *node) *node {
	return &node{
		one: func(r *run, e *env, in Value) (v Value, ok bool, err error) {
			err = n.each(r, e, in, func(x Value) error {
				v, ok = x, true
				return nil
			})
			return v, ok, err
		},
		path: func(r *run, e *env, in Value, at *step, f pathYield) error {
			var v Value
			var found *step
			ok := false
			err := n.paths(r, e, in, at, func(x Value, s *step) error {
				v, found, ok = x, s, true
				return nil
			})
			if err != nil || !ok {
				return err
			}
			return f(v, found)
		},
	}
}

func isEmpty(n *node) *node {
	return single(func(r *run, e *env, in Value) (Value, error) {
		_, ok, err := n.first(r, e, in)
		return boolean(!ok), err
	})
}

// limit gives the first so many values. Its own end is told from that of a
// limit around it by the counter.
func limit(count, n *node) *node {
	counted := func(r *run, e *env, in Value, run func(full func() bool) error) error {
		return count.each(r, e, in, func(c Value) error {
			left, done := c.num(), false
			if left <= 0 {
				return nil
			}
			err := run(func() bool { left--; done = left <= 0; return done })
			if done && err == errEnough {
				return nil
			}
			return err
		})
	}
	return &node{
		many: func(r *run, e *env, in Value, f yield) error {
			return counted(r, e, in, func(full func() bool) error {
				return n.each(r, e, in, func(v Value) error {
					last := full()
					if err := f(v); err != nil || !last {
						return err
					}
					return errEnough
				})
			})
		},
		path: func(r *run, e *env, in Value, at *step, f pathYield) error {
			return counted(r, e, in, func(full func() bool) error {
				return n.paths(r, e, in, at, func(v Value, at *step) error {
					last := full()
					if err := f(v, at); err != nil || !last {
						return err
					}
					return errEnough
				})
			})
		},
	}
}

func ranged(from, to, by *node) *node {
	return &node{many: func(r *run, e *env, in Value, f yield) error {
		return from.each(r, e, in, func(a Value) error {
			return to.each(r, e, in, func(b Value) error {
				return by.each(r, e, in, func(c Value) error {
					if a.kind != Number || b.kind != Number || c.kind != Number {
						return fail("Range bounds must be numeric")
					}
					return r.count3(a.num(), b.num(), c.num(), f)
				})
			})
		})
	}}
}

func (r *run) count3(from, to, by float64, f yield) error {
	if by == 0 && from < to {
		by = math.SmallestNonzeroFloat64 // an endless run, ended by the context
	}
	for x := from; by > 0 && x < to || by < 0 && x > to; x += by {
		if err := r.tick(); err != nil {
			return err
		}
		if err := f(number(x)); err != nil {
			return err
		}
	}
	return nil
}

func pathOf(n *node) *node {
	return &node{many: func(r *run, e *env, in Value, f yield) error {
		return n.paths(r, e, in, nil, func(_ Value, at *step) error { return f(list(at.list())) })
	}}
}

// toStream gives each scalar with its path, and the path of the last part of each
// array and object behind it.
var toStream = &node{many: func(r *run, _ *env, in Value, f yield) error { return r.toStream(in, nil, f) }}

func (r *run) toStream(in Value, at *step, f yield) error {
	var last *step
	if in.kind >= Array {
		err := iterate.path(r, nil, nested(in), at, func(v Value, s *step) error {
			last = s
			return r.toStream(v, s, f)
		})
		if err != nil {
			return err
		}
	}
	if last == nil {
		return f(list([]Value{list(at.list()), in}))
	}
	return f(list([]Value{list(last.list())}))
}

func deleted(n *node) *node {
	return single(func(r *run, e *env, in Value) (Value, error) {
		paths, err := pathOf(n).collect(r, e, in)
		if err != nil {
			return null, err
		}
		return r.deletePaths(in, paths)
	})
}

func pathGetter(path *node) *node {
	get := func(r *run, in, p Value) (Value, error) {
		if p.kind != Array {
			return null, fail("Path must be specified as an array")
		}
		return r.getPath(in, r.elements(p))
	}
	n := binary(identity, path, get)
	n.path = func(r *run, e *env, in Value, at *step, f pathYield) error {
		return path.each(r, e, in, func(p Value) error {
			v, err := get(r, in, p)
			if err != nil {
				v = null
			}
			for _, k := range r.elements(p) {
				at = &step{at, k}
			}
			return f(v, at)
		})
	}
	return n
}

func raise(n *node) *node {
	thrower := func(r *run, e *env, in Value) error {
		v, ok, err := n.first(r, e, in)
		if err != nil || !ok {
			return err
		}
		return &valueError{v}
	}
	return &node{
		one:  func(r *run, e *env, in Value) (Value, bool, error) { return null, false, thrower(r, e, in) },
		path: func(r *run, e *env, in Value, _ *step, _ pathYield) error { return thrower(r, e, in) },
	}
}

// keyed computes a key for each element of the input and hands both on.
func keyed(key *node, f func(r *run, vals, keys []Value) Value) *node {
	return single(func(r *run, e *env, in Value) (Value, error) {
		if in.kind != Array {
			return null, fail("Cannot index %s with number", in.kind.String())
		}
		vals := r.elements(in)
		keys := make([]Value, len(vals))
		for i, v := range vals {
			k, err := key.collect(r, e, v)
			if err != nil {
				return null, err
			}
			keys[i] = list(k)
		}
		return f(r, vals, keys), nil
	})
}

func sum(n *node) *node {
	return single(func(r *run, e *env, in Value) (Value, error) {
		total := null
		err := n.each(r, e, in, func(v Value) (err error) {
			total, err = add(r, total, v)
			return err
		})
		return total, err
	})
}
