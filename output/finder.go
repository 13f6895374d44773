package output

import "ctlog/parse"

// Finder looks all columns up in one pass over an event. It belongs to one
// goroutine.
type Finder struct {
	paths *parse.Finder
	raw   [][]byte
	want  []wanted
}

// wanted is where a column stands: the first of some paths that has a value,
// and what is left to go from there.
type wanted struct {
	at    []int
	rest  []step
	named bool // only a string that is not empty is a value
}

// Finder makes a finder of the columns.
func (c *Columns) Finder() *Finder {
	f := &Finder{}
	var paths [][]string
	for i, name := range c.names {
		var w wanted
		if name == "user" {
			w.named = true
			for _, p := range userPaths {
				w.at, paths = append(w.at, len(paths)), append(paths, p)
			}
		} else {
			path, rest := keysOf(c.steps[i])
			w.rest, w.at, paths = rest, []int{len(paths)}, append(paths, path)
		}
		f.want = append(f.want, w)
	}
	f.paths = parse.NewPaths(paths...).Finder()
	f.raw = make([][]byte, len(paths))
	return f
}

// keysOf splits steps at the first index.
func keysOf(steps []step) (keys []string, rest []step) {
	for i, s := range steps {
		if s.isIndex {
			return keys, steps[i:]
		}
		keys = append(keys, s.key)
	}
	return keys, nil
}

// Find looks the columns of an event up; Value gives them until the next Find.
func (f *Finder) Find(event parse.Event) {
	f.paths.Find(&event, f.raw)
}

// Value is the raw value of column i, nil when it is absent. It is a part of
// the event.
func (f *Finder) Value(i int) []byte {
	w := &f.want[i]
	for _, at := range w.at {
		v := f.raw[at]
		if !w.named {
			return follow(v, w.rest)
		}
		if parse.IsString(v) && len(v) > 2 {
			return v
		}
	}
	return nil
}

// follow goes on from a value.
func follow(v []byte, steps []step) []byte {
	for _, s := range steps {
		if v == nil {
			return nil
		}
		if s.isIndex {
			v = element(v, s.at)
		} else {
			v, _ = parse.Field(v, s.key)
		}
	}
	return v
}
