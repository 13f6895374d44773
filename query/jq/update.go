package jq

// assign is `paths = values`: one result for each value.
func assign(l, r *node) *node {
	return &node{many: func(rn *run, e *env, in Value, f yield) error {
		return r.each(rn, e, in, func(v Value) error {
			out := in
			err := l.paths(rn, e, in, nil, func(_ Value, at *step) (err error) {
				out, err = rn.setPath(out, at.list(), v)
				return err
			})
			if err != nil {
				return err
			}
			return f(out)
		})
	}}
}

// modify is `paths |= update`: the first value of update, or without one the
// path is deleted, all of those together at the end.
func modify(l, r *node) *node {
	return single(func(rn *run, e *env, in Value) (Value, error) {
		out := in
		var gone []Value
		err := l.paths(rn, e, in, nil, func(_ Value, at *step) error {
			path := at.list()
			old, err := rn.getPath(out, path)
			if err != nil {
				return err
			}
			v, ok, err := r.first(rn, e, old)
			if err != nil {
				return err
			}
			if !ok {
				gone = append(gone, list(path))
				return nil
			}
			out, err = rn.setPath(out, path, v)
			return err
		})
		if err != nil {
			return null, err
		}
		return rn.deletePaths(out, gone)
	})
}

// update is `paths op= values`: values are computed on the whole input.
func update(l, r *node, op func(*run, Value, Value) (Value, error)) *node {
	return &node{many: func(rn *run, e *env, in Value, f yield) error {
		return r.each(rn, e, in, func(b Value) error {
			out := in
			err := l.paths(rn, e, in, nil, func(_ Value, at *step) error {
				path := at.list()
				old, err := rn.getPath(out, path)
				if err != nil {
					return err
				}
				v, err := op(rn, old, b)
				if err != nil {
					return err
				}
				out, err = rn.setPath(out, path, v)
				return err
			})
			if err != nil {
				return err
			}
			return f(out)
		})
	}}
}
