package event

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ctlog/parse"
)

// Column is a field that is looked up in events: a path, or the first of some
// paths at which there is a string that is not empty.
type Column struct {
	name  string
	steps []step
	first []Column
}

// step is a key, an index when isIndex is set, or every element.
type step struct {
	key     string
	at      int
	isIndex bool
	every   bool // of an index
}

// ParseColumn reads a path such as resources[0].ARN, or resources[].ARN, whose value
// is an array of what all elements have there. A leading dot is allowed;
// "user" stands for the best name of the principal.
func ParseColumn(path string) (Column, error) {
	name := strings.TrimPrefix(strings.TrimSpace(path), ".")
	if name == "user" {
		return userColumn, nil
	}
	steps, err := parsePath(name)
	return Column{name: name, steps: steps}, err
}

// FirstOf is a column of the first of some paths of keys that has a text.
func FirstOf(name string, paths []string) Column {
	c := Column{name: name}
	for _, p := range paths {
		c.first = append(c.first, Path(p))
	}
	return c
}

// Path is the column of a path of keys.
func Path(path string) Column {
	c := Column{name: path}
	for key := range strings.SplitSeq(path, ".") {
		c.steps = append(c.steps, step{key: key})
	}
	return c
}

// Key is the column of one key, whatever characters are in it.
func Key(name string) Column { return Column{name: name, steps: []step{{key: name}}} }

var (
	userColumn = FirstOf("user", NamePaths)
	idColumn   = FirstOf(FieldID, IDPaths)
)

// UserColumn is the best name of the principal.
func UserColumn() Column { return userColumn }

// IDColumn is the ID of the event.
func IDColumn() Column { return idColumn }

func parsePath(name string) (steps []step, err error) {
	if strings.Contains(name, "*") {
		return nil, fmt.Errorf("%q is not a field; name those that you want: %s", name, strings.Join(fields, ", "))
	}
	for part := range strings.SplitSeq(name, ".") {
		key, rest, _ := strings.Cut(part, "[")
		if key == "" {
			return nil, fmt.Errorf("%q is no field; write eventName, userIdentity.arn or resources[0].ARN", name)
		}
		steps = append(steps, step{key: key})
		for rest != "" {
			number, more, ok := strings.Cut(rest, "]")
			every := ok && number == ""
			if every {
				number = "0"
			}
			at, err := strconv.Atoi(number)
			if !ok || err != nil || at < 0 || more != "" && more[0] != '[' {
				return nil, fmt.Errorf("%q has no index in its brackets", name)
			}
			steps = append(steps, step{at: at, isIndex: true, every: every})
			rest = strings.TrimPrefix(more, "[")
		}
	}
	return steps, nil
}

// find gives the raw value of a column, nil when it is absent.
func (c *Column) find(raw []byte) []byte {
	for i := range c.first {
		if v := c.first[i].find(raw); HasText(v) {
			return v
		}
	}
	if c.first != nil {
		return nil
	}
	return follow(raw, c.steps)
}

// follow goes on from a value.
func follow(v []byte, steps []step) []byte {
	for i, s := range steps {
		if v == nil {
			return nil
		}
		if s.every {
			return every(v, steps[i+1:])
		}
		if s.isIndex {
			v = element(v, s.at)
		} else {
			v, _ = parse.Field(v, s.key)
		}
	}
	return v
}

// every gives an array of what the elements of a value have at the end of some
// steps, nil where none has anything.
func every(raw []byte, steps []step) (all []byte) {
	if len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	nested := hasEvery(steps)
	for c := parse.Inside(raw); ; {
		e, ok := c.Element()
		if !ok {
			break
		}
		v := follow(e, steps)
		if nested && len(v) > 2 {
			v = v[1 : len(v)-1] // of its elements
		}
		if v != nil {
			all = append(append(all, ','), v...)
		}
	}
	if all == nil {
		return nil
	}
	all[0] = '['
	return append(all, ']')
}

func hasEvery(steps []step) bool {
	return slices.ContainsFunc(steps, func(s step) bool { return s.every })
}

// Every reports whether the value of a column is an array of those of several
// elements.
func (c *Column) Every() bool { return hasEvery(c.steps) }

func element(raw []byte, n int) []byte {
	if len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	for c := parse.Inside(raw); ; n-- {
		v, ok := c.Element()
		if !ok {
			return nil
		}
		if n == 0 {
			return v
		}
	}
}

// Columns are fields that are looked up together. They are immutable and may be
// shared.
type Columns struct {
	list  []Column
	names []string
}

// NewColumns puts columns together.
func NewColumns(list ...Column) *Columns {
	c := &Columns{list: list}
	for i := range list {
		c.names = append(c.names, list[i].name)
	}
	return c
}

// ParseColumns reads a list of paths such as "eventTime,resources[0].ARN".
func ParseColumns(list string) (*Columns, error) {
	var columns []Column
	for path := range strings.SplitSeq(list, ",") {
		c, err := ParseColumn(path)
		if err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return NewColumns(columns...), nil
}

// And gives the columns with others behind them.
func (c *Columns) And(more ...Column) *Columns {
	return NewColumns(append(append([]Column{}, c.list...), more...)...)
}

// Names are the fields as they stand in headers.
func (c *Columns) Names() []string { return c.names }

// Column gives one of the columns.
func (c *Columns) Column(i int) Column { return c.list[i] }

// Finder looks all columns up in one pass over an event. It belongs to one
// goroutine.
type Finder struct {
	paths *parse.Finder
	raw   [][]byte
	want  []wanted
}

// wanted is where a column stands: at one path, with what is left to go from
// there, or at the first of some.
type wanted struct {
	at    []int
	rest  []step
	first bool
}

// Finder makes a finder of the columns.
func (c *Columns) Finder() *Finder {
	f := &Finder{}
	var paths [][]string
	for _, column := range c.list {
		w := wanted{first: column.first != nil}
		if !w.first {
			column.first = []Column{column}
		}
		for _, one := range column.first {
			var path []string
			path, w.rest = keysOf(one.steps)
			w.at, paths = append(w.at, len(paths)), append(paths, path)
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
func (f *Finder) Find(e parse.Event) {
	f.paths.Find(&e, f.raw)
}

// Value is the raw value of column i, nil when it is absent. It is a part of
// the event.
func (f *Finder) Value(i int) []byte {
	w := &f.want[i]
	if !w.first {
		return follow(f.raw[w.at[0]], w.rest)
	}
	for _, at := range w.at {
		if v := f.raw[at]; HasText(v) {
			return v
		}
	}
	return nil
}
