package jq

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"ctlog/parse"
)

// run is what evaluation needs beside the program: buffers that live as long
// as one event, the values of global variables, the end of the context.
type run struct {
	ctx     context.Context
	globals []Value
	input   func() (Value, error) // the next document, errNoInput at the end
	file    Value                 // what input_filename gives

	root  root   // the event
	text  []byte // decoded strings
	known map[*byte]*known
	size  int     // of the text in known
	line  []byte  // a row that is being made
	slab  []Value // elements of arrays, arguments
	trees []tree  // arrays and objects
	calls int     // depth of user functions
	ticks int

	printer printer
	asIs    asIs
	keys    keySet                    // of a printer
	regexes map[string]*regexp.Regexp // those that this run has asked for
	key     []byte                    // of one of them
}

// reset forgets everything of the last event but the buffers.
func (r *run) reset() {
	r.text, r.slab, r.trees, r.calls = r.text[:0], r.slab[:0], r.trees[:0], 0
	if r.size > 0 {
		r.forget()
	}
}

// maxSlab is up to how many values of one event share memory that is used
// again for the next. A program that makes more of them leaves them to the
// collector, lest a loop hold them all.
const maxSlab = 1 << 12

// room gives memory for n values until the event is done with.
func (r *run) room(n int) []Value {
	if len(r.slab)+n > maxSlab {
		return make([]Value, n)
	}
	start := len(r.slab)
	r.slab = slices.Grow(r.slab, n)[:start+n]
	return r.slab[start : start+n : start+n]
}

// maxText is how many bytes of text share such memory.
const maxText = 1 << 20

// keep gives a copy of s that stays until the event is done with.
func (r *run) keep(s []byte) []byte {
	if len(r.text)+len(s) > maxText {
		return bytes.Clone(s)
	}
	start := len(r.text)
	r.text = append(r.text, s...)
	return r.text[start:len(r.text):len(r.text)]
}

// list is list in memory that is used again for the next event.
func (r *run) list(vals []Value) Value {
	if len(r.trees) == maxSlab {
		return list(vals)
	}
	r.trees = append(r.trees, tree{vals: vals})
	return Value{kind: Array, tree: &r.trees[len(r.trees)-1]}
}

// maxCalls bounds recursion: beyond it a program is wrong, or hostile data
// drives it.
const maxCalls = 20_000

// tick looks now and then whether the run is over.
func (r *run) tick() error {
	if r.ticks++; r.ticks&0x3ff == 0 && r.ctx.Err() != nil {
		return errCancelled
	}
	return nil
}

var (
	errNoInput   = errors.New("no more inputs")
	errCancelled = errors.New("cancelled")
)

// valueError is an error that a program can catch; its value is what catch
// gets.
type valueError struct{ v Value }

func (e *valueError) Error() string {
	if e.v.kind == String {
		return string((&run{}).str(e.v))
	}
	return fmt.Sprintf("(not a string): %s", (&run{}).json(e.v))
}

// breakError goes up to its label.
type breakError struct{ label *int }

func (*breakError) Error() string { return "break" }

// haltError ends the whole program.
type haltError struct {
	v    Value
	code int
}

func (e *haltError) Error() string { return "halt" }

func fail(format string, args ...any) error {
	return &valueError{text(fmt.Sprintf(format, args...))}
}

// caught gives what try hands to catch; ok is false for what passes through.
func caught(err error) (v Value, ok bool) {
	var e *valueError
	if errors.As(err, &e) {
		return e.v, true
	}
	if err == errNoInput {
		return text("No more inputs"), true // what jq's catch gets
	}
	return null, false
}

// json prints a value as tojson does.
func (r *run) json(v Value) []byte {
	return r.print(oneLine, false).value(nil, v)
}

// short is a value in an error message: its type and, cut off, its text.
func (r *run) short(v Value) string {
	p := r.print(oneLine, false)
	p.most = 32
	s := p.value(nil, v)
	if len(s) > 14 {
		s = append(s[:11:11], "..."...)
	}
	return fmt.Sprintf("%s (%s)", v.kind.String(), s)
}

// frame is what an environment holds while a program runs.
type frame struct {
	v    Value // of a variable
	arg  *node // of a parameter
	at   *env  // where arg was written
	mark *int  // one passage through a label
}

type env = Env[frame]

// step is the end of a path; nil is the empty path.
type step struct {
	up  *step
	key Value
}

func (s *step) list() []Value {
	var keys []Value
	for ; s != nil; s = s.up {
		keys = append(keys, s.key)
	}
	slices.Reverse(keys)
	return keys
}

type (
	yield     = func(Value) error
	pathYield = func(Value, *step) error
	oneFunc   = func(*run, *env, Value) (Value, bool, error)
)

// node is a compiled part of a program. one is set for what gives one value or
// none: it needs no callback and so allocates nothing.
type node struct {
	one  oneFunc
	many func(*run, *env, Value, yield) error
	path func(*run, *env, Value, *step, pathYield) error

	// What a neighbour can make use of:
	slot  int        // one above that of the member that this node is
	items []*node    // of which it builds an array, each of one value
	row   *rowFormat // in which it prints an array
}

func (n *node) each(r *run, e *env, in Value, f yield) error {
	if n.one == nil {
		return n.many(r, e, in, f)
	}
	v, ok, err := n.one(r, e, in)
	if err != nil || !ok {
		return err
	}
	return f(v)
}

// paths evaluates n as a path expression from in, which stands at path at.
func (n *node) paths(r *run, e *env, in Value, at *step, f pathYield) error {
	if n.path != nil {
		return n.path(r, e, in, at, f)
	}
	return n.each(r, e, in, func(v Value) error {
		return fail("Invalid path expression with result %s", r.json(v))
	})
}

// first gives the first value of n.
func (n *node) first(r *run, e *env, in Value) (v Value, ok bool, err error) {
	if n.one != nil {
		return n.one(r, e, in)
	}
	err = n.many(r, e, in, func(x Value) error {
		v, ok = x, true
		return errEnough
	})
	if err == errEnough {
		err = nil
	}
	return v, ok, err
}

// errEnough ends a generator whose further values are not wanted.
var errEnough = errors.New("enough")

// collect gives all values of n.
func (n *node) collect(r *run, e *env, in Value) ([]Value, error) {
	var out []Value
	err := n.each(r, e, in, func(v Value) error {
		out = append(out, v)
		return nil
	})
	return out, err
}

func single(f func(*run, *env, Value) (Value, error)) *node {
	return &node{one: func(r *run, e *env, in Value) (Value, bool, error) {
		v, err := f(r, e, in)
		return v, err == nil, err
	}}
}

func constant(v Value) *node {
	return single(func(*run, *env, Value) (Value, error) { return v, nil })
}

// load checks JSON text and gives it as a value.
func load(raw []byte) (Value, error) {
	if err := parse.Valid(raw); err != nil {
		return null, err
	}
	return rawValue(parse.Compact(nil, raw)), nil
}
