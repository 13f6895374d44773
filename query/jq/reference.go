package jq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/bytedance/sonic"
	"github.com/itchyny/gojq"

	"ctlog/parse"
)

// This file lets gojq evaluate the program as it is written, under Options.Brute:
// the reference for everything else in this package.

// decoding keeps numbers as they are written; gojq takes json.Number. Strings
// share the memory of what is decoded, which must be nobody else's.
var decoding = sonic.Config{UseNumber: true}.Froze()

// reference compiles the program for gojq; inputs is what input gives.
func (p *Program) reference(inputs gojq.Iter) (*gojq.Code, error) {
	options := []gojq.CompilerOption{
		gojq.WithVariables(p.names),
		gojq.WithEnvironLoader(environ),
		gojq.WithFunction("input_filename", 0, 0, func(any, []any) any { return nil }),
		gojq.WithFunction("keys_unsorted", 0, 0, keysOfAny),
		gojq.WithFunction("toarray", 0, 0, arrayOfAny),
	}
	if inputs != nil {
		options = append(options, gojq.WithInputIter(inputs))
	}
	return gojq.Compile(p.whole, options...)
}

// keysOfAny is keys_unsorted, which gojq does not have: its maps know no order.
func keysOfAny(x any, _ []any) any {
	switch x := x.(type) {
	case map[string]any:
		var keys []any
		for _, k := range slices.Sorted(maps.Keys(x)) {
			keys = append(keys, k)
		}
		return keys
	case []any:
		keys := make([]any, len(x))
		for i := range keys {
			keys[i] = i
		}
		return keys
	}
	return fmt.Errorf("%s has no keys", gojq.TypeOf(x))
}

func arrayOfAny(x any, _ []any) any {
	if list, ok := x.([]any); ok {
		return list
	}
	return []any{x}
}

func environ() []string {
	env := environment()
	var out []string
	for i, k := range env.tree.keys {
		out = append(out, k+"="+string(env.tree.vals[i].b))
	}
	return out
}

// toAny decodes a value for gojq.
func (r *Runner) toAny(v Value) (any, error) {
	raw := v.b
	if !v.raw {
		raw = r.r.json(v)
	}
	if v.kind == String && parse.Literal(raw[1:len(raw)-1]) {
		return string(raw[1 : len(raw)-1]), nil
	}
	var out any
	if err := decoding.UnmarshalFromString(string(raw), &out); err != nil {
		return nil, &FilterError{Msg: "the event cannot be decoded: " + firstLine(err.Error())}
	}
	return doubles(out), nil
}

// doubles makes numbers that are no integers what jq computes with, so that
// 243.0 is printed as 243 even inside a string.
func doubles(x any) any {
	switch x := x.(type) {
	case json.Number:
		if !isInteger([]byte(x)) {
			return parseNumber([]byte(x))
		}
	case []any:
		for i, v := range x {
			if changes(v) {
				x[i] = doubles(v)
			}
		}
	case map[string]any:
		for k, v := range x {
			if changes(v) {
				x[k] = doubles(v)
			}
		}
	}
	return x
}

// changes reports whether doubles can have an effect: most of what an event
// has are strings, and setting a member of a map costs.
func changes(x any) bool {
	switch x.(type) {
	case json.Number, []any, map[string]any:
		return true
	}
	return false
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// reference evaluates with gojq. A program for the events of a document is given
// a document of one.
func (r *Runner) reference(in Value, emit func(Value) error) error {
	decoded, err := r.toAny(in)
	if err != nil {
		return err
	}
	code := r.p.code
	if r.p.mode == ModeInputs {
		if code, err = r.codeWithInputs(); err != nil {
			return err
		}
	}
	if err := r.variables(); err != nil {
		return err
	}
	r.order = order{r: &r.r, program: r.p.body, shapes: r.order.shapes}
	r.order.source(decoded, in)
	if r.p.mode == ModeEach {
		decoded = map[string]any{"Records": []any{decoded}}
	}
	return r.drain(code.RunWithContext(r.r.ctx, decoded, r.globals...), emit)
}

// variables decodes the values of global variables once.
func (r *Runner) variables() error {
	for _, g := range r.p.globals[len(r.globals):] {
		v, err := r.toAny(g)
		if err != nil {
			return err
		}
		r.globals = append(r.globals, v)
	}
	return nil
}

func (r *Runner) drain(iter gojq.Iter, emit func(Value) error) error {
	for {
		out, ok, err := next(iter)
		if err != nil || !ok {
			return err
		}
		if err, failed := out.(error); failed {
			return r.foreignError(err)
		}
		if err := emit(r.order.value(out)); err != nil {
			return err
		}
	}
}

// next asks gojq for a value. It panics on some programs: that is an error of the
// filter, and the search goes on.
func next(iter gojq.Iter) (out any, ok bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &FilterError{Msg: fmt.Sprintf("gojq broke down: %v", p)}
		}
	}()
	out, ok = iter.Next()
	return out, ok, nil
}

func (r *Runner) foreignError(err error) error {
	var halt *gojq.HaltError
	switch {
	case errors.As(err, &halt):
		return haltOf(&haltError{r.order.value(halt.Value()), halt.ExitCode()})
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return errCancelled
	}
	return &FilterError{Msg: err.Error()}
}

// codeWithInputs compiles once more, with this runner's documents as inputs.
func (r *Runner) codeWithInputs() (*gojq.Code, error) {
	if r.inputsCode == nil {
		code, err := r.p.reference(inputIter{r})
		if err != nil {
			return nil, err
		}
		r.inputsCode = code
	}
	return r.inputsCode, nil
}

type inputIter struct{ r *Runner }

func (i inputIter) Next() (any, bool) {
	v, err := i.r.r.input()
	if err == errNoInput {
		return nil, false
	}
	if err != nil {
		return err, true
	}
	out, err := i.r.toAny(v)
	if err != nil {
		return err, true
	}
	i.r.order.source(out, v)
	return out, true
}

// order finds the order of keys again, which gojq's maps have lost: a map that
// came through unchanged has that of its source; one that the program wrote
// down has that of the program; one that was derived from a source keeps its
// order as far as it goes. Keys that a program computed come sorted.
type order struct {
	r       *run
	program *Expr
	inputs  []decodedValue      // kept, so that no other map gets the address of one of theirs
	walked  int                 // how many of them are in sources
	sources map[uintptr]Value   // by the address of a map
	shapes  map[string][]string // keys of constructions, by their sorted list
}

// source remembers where decoded maps came from. It is not walked before it is
// needed.
func (o *order) source(decoded any, v Value) {
	if v.kind < Array {
		return
	}
	o.inputs = append(o.inputs, decodedValue{decoded, v})
}

// decodedValue is a value in both forms.
type decodedValue struct {
	decoded any
	v       Value
}

// known gives the maps whose source is known.
func (o *order) known() map[uintptr]Value {
	if o.sources == nil {
		o.sources = map[uintptr]Value{}
	}
	for ; o.walked < len(o.inputs); o.walked++ {
		o.walk(o.inputs[o.walked].decoded, o.inputs[o.walked].v)
	}
	return o.sources
}

func (o *order) walk(decoded any, v Value) {
	switch d := decoded.(type) {
	case map[string]any:
		o.sources[reflect.ValueOf(d).Pointer()] = v
		t := o.r.members(v)
		for i, k := range t.keys {
			o.walk(d[k], t.vals[i])
		}
	case []any:
		for i, e := range o.r.elements(v) {
			if i < len(d) {
				o.walk(d[i], e)
			}
		}
	}
}

// value turns what gojq gives into a Value.
func (o *order) value(x any) Value {
	switch x := x.(type) {
	case nil:
		return null
	case bool:
		return boolean(x)
	case int:
		return Value{kind: Number, raw: true, b: strconv.AppendInt(nil, int64(x), 10)}
	case float64:
		return number(x)
	case *big.Int:
		return Value{kind: Number, raw: true, b: x.Append(nil, 10)}
	case json.Number:
		return Value{kind: Number, raw: true, b: []byte(x)}
	case string:
		return text(x)
	case []any:
		vals := make([]Value, len(x))
		for i, e := range x {
			vals[i] = o.value(e)
		}
		return list(vals)
	case map[string]any:
		return o.object(x)
	}
	return null
}

func (o *order) object(m map[string]any) Value {
	if v, ok := o.known()[reflect.ValueOf(m).Pointer()]; ok {
		return v
	}
	keys := o.keys(m)
	vals := make([]Value, len(keys))
	for i, k := range keys {
		vals[i] = o.value(m[k])
	}
	return object(keys, vals)
}

func (o *order) keys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	if o.shapes == nil {
		o.shapes = map[string][]string{}
		o.program.Visit(func(e *Expr) { addShape(e, o.shapes) })
	}
	if known, ok := o.shapes[strings.Join(keys, "\x00")]; ok {
		return known
	}
	return o.derived(keys)
}

// derived orders keys as the source object does that has most of them.
func (o *order) derived(keys []string) []string {
	var best []string
	shared := 0
	for _, list := range o.lists() {
		n := 0
		for _, k := range list {
			if slices.Contains(keys, k) {
				n++
			}
		}
		if n > shared || n == shared && n > 0 && slices.Compare(list, best) < 0 {
			best, shared = list, n
		}
	}
	rank := func(k string) int {
		if i := slices.Index(best, k); i >= 0 {
			return i
		}
		return len(best)
	}
	slices.SortStableFunc(keys, func(a, b string) int { return rank(a) - rank(b) })
	return keys
}

// lists gives the keys of every object of the inputs.
func (o *order) lists() (lists [][]string) {
	var walk func(Value)
	walk = func(v Value) {
		switch v.kind {
		case Array:
			for _, e := range o.r.elements(v) {
				walk(e)
			}
		case Object:
			t := o.r.members(v)
			lists = append(lists, t.keys)
			for _, e := range t.vals {
				walk(e)
			}
		}
	}
	for _, in := range o.inputs {
		walk(in.v)
	}
	return lists
}

// addShape notes the keys of an object construction, if they are fixed.
func addShape(e *Expr, out map[string][]string) {
	var keys []string
	switch e.Op {
	case OpLiteral:
		addShapeOf(e.Value, out)
	case OpObject:
		for i := 0; i < len(e.Kids); i += 2 {
			key := e.Kids[i]
			if !key.IsLiteral(String) {
				return
			}
			if !slices.Contains(keys, key.Value.Text()) {
				keys = append(keys, key.Value.Text())
			}
		}
		noteShape(keys, out)
	}
}

// addShapeOf notes the keys of the objects in a literal.
func addShapeOf(v Value, out map[string][]string) {
	if v.kind < Array {
		return
	}
	if v.kind == Object {
		noteShape(v.tree.keys, out)
	}
	for _, part := range v.tree.vals {
		addShapeOf(part, out)
	}
}

func noteShape(keys []string, out map[string][]string) {
	name := strings.Join(slices.Sorted(slices.Values(keys)), "\x00")
	if _, taken := out[name]; !taken {
		out[name] = keys
	}
}
