package jq

import "slices"

// function is a compiled Func. body is nil while it is being compiled.
type function struct {
	*Func
	body *node
}

// compiler turns an Expr into nodes.
type compiler struct {
	functions map[*Func]*function
	slots     *slots // nil where members are not those of the event
}

// compile gives the node of an expression.
func (c *compiler) compile(e *Expr) *node {
	switch e.Op {
	case OpIdentity:
		return identity
	case OpRecurse:
		return recurse
	case OpIterate:
		return iterate
	case OpMember:
		return c.member(e.Name)
	case OpLiteral:
		return constant(e.Value)
	case OpEnv:
		return constant(environment())
	case OpGlobal:
		return single(func(r *run, _ *env, _ Value) (Value, error) { return r.globals[e.Slot], nil })
	case OpVar:
		return single(func(_ *run, at *env, _ Value) (Value, error) { return at.Climb(e.Up).Val.v, nil })
	case OpParam:
		return parameter(e.Up)
	case OpCall:
		return invoke(c.function(e.Func), c.all(e.Kids), e.Up)
	case OpBuiltin:
		return c.builtin(e)
	case OpPipe:
		return c.pipe(e)
	case OpArray:
		return c.array(e)
	case OpObject:
		return c.object(e)
	case OpFormat:
		return formatted(e.Name)
	case OpTry:
		return attempt(c.compile(e.Kids[0]), c.optional(e.Kids[1]))
	case OpReduce, OpForeach:
		return c.fold(e)
	case OpBind:
		return c.bind(e)
	case OpLabel:
		return labelled(c.compile(e.Kids[0]))
	case OpBreak:
		return breaking(e.Up)
	}
	return combine(e, c.all(e.Kids))
}

// combine gives the node of what is made of the nodes of its kids alone.
func combine(e *Expr, kids []*node) *node {
	switch e.Op {
	case OpIndex:
		return indexing(kids[0], kids[1], e.Lenient)
	case OpSlice:
		return binary(kids[0], kids[1], sliceKey)
	case OpComma:
		return comma(kids[0], kids[1])
	case OpAlt:
		return alternative(kids[0], kids[1])
	case OpAnd:
		return logic(kids[0], kids[1], false)
	case OpOr:
		return logic(kids[0], kids[1], true)
	case OpBinary:
		return binary(kids[0], kids[1], arithmetic[e.Name])
	case OpUpdate:
		return update(kids[0], kids[1], arithmetic[e.Name])
	case OpAssign:
		return assign(kids[0], kids[1])
	case OpModify:
		return modify(kids[0], kids[1])
	case OpNegate:
		return pipe(kids[0], negate(e.Name))
	case OpString:
		return interpolated(kids)
	}
	return choose(kids[0], kids[1], kids[2]) // OpIf
}

func (c *compiler) all(es []*Expr) []*node {
	nodes := make([]*node, len(es))
	for i, e := range es {
		nodes[i] = c.compile(e)
	}
	return nodes
}

func (c *compiler) optional(e *Expr) *node {
	if e == nil {
		return nil
	}
	return c.compile(e)
}

// pipe is `l | r`; of a member of the event a member is found faster.
func (c *compiler) pipe(e *Expr) *node {
	l := c.compile(e.Kids[0])
	if e.Kids[1].Op == OpMember {
		return c.memberOf(l, e.Kids[1].Name)
	}
	return pipe(l, c.compile(e.Kids[1]))
}

// function compiles a function once; it may call itself.
func (c *compiler) function(f *Func) *function {
	if fn := c.functions[f]; fn != nil {
		return fn
	}
	fn := &function{Func: f}
	c.functions[f] = fn
	fn.body = c.compile(f.Body)
	return fn
}

// builtin is a call of what jq brings along.
func (c *compiler) builtin(e *Expr) *node {
	args := c.all(e.Kids)
	if build := generators[e.Name]; build != nil {
		return build(args)
	}
	if f := functions[e.Name]; f != nil {
		return apply(f, args)
	}
	return invoke(prelude()[e.Name].fn(), args, e.Up)
}

func isBuiltin(name string) bool {
	return generators[name] != nil || functions[name] != nil || prelude()[name] != nil
}

func sliceKey(_ *run, from, to Value) (Value, error) {
	return object([]string{"start", "end"}, []Value{from, to}), nil
}

func negate(sign string) *node {
	return single(func(r *run, _ *env, in Value) (Value, error) {
		switch {
		case in.kind != Number:
			return null, fail("%s cannot be negated", r.short(in))
		case sign == "+":
			return in, nil
		}
		return number(-in.num()), nil
	})
}

// array collects; without callbacks when its parts give one value each.
func (c *compiler) array(e *Expr) *node {
	nodes := c.all(commas(e.Kids[0]))
	if !slices.ContainsFunc(nodes, func(n *node) bool { return n.one == nil }) {
		all := single(func(r *run, e *env, in Value) (Value, error) { return r.gather(nodes, e, in) })
		all.items = nodes
		return all
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
	})
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
