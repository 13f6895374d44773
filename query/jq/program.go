package jq

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/itchyny/gojq"

	"ctlog/parse"
)

// Per is whether a program is meant for events or for documents.
type Per int

const (
	PerAuto     Per = iota // the program itself tells
	PerEvent               // once for each event
	PerDocument            // once for each document, as jq does
)

// Var is a variable from the command line; Value is JSON text.
type Var struct {
	Name  string // without the dollar sign
	Value []byte
}

// Options of Compile.
type Options struct {
	Per        Per
	Slurp      bool     // all documents as one array
	NullInput  bool     // null instead of the documents, which input and inputs give
	Vars       []Var    // $name and $ARGS.named
	Positional [][]byte // $ARGS.positional, JSON texts
	Brute      bool     // let gojq evaluate everything on decoded values
}

// Program is a compiled filter. It is immutable and may be shared.
type Program struct {
	mode    Mode
	array   bool
	body    *Expr        // what is run, after `.Records[] |` was taken off
	node    *node        // nil when gojq evaluates
	members *parse.Names // of events: those that the program names
	globals []Value
	names   []string // of the globals, with the dollar sign
	whole   *gojq.Query
	code    *gojq.Code // for Brute
	opts    Options
}

// CompileError points at what is wrong with a filter.
type CompileError struct {
	Filter string
	Offset int // in bytes, -1 when it is not about a place
	Msg    string
}

func (e *CompileError) Error() string {
	if e.Offset < 0 {
		return "filter: " + e.Msg
	}
	line, column := e.place()
	return fmt.Sprintf("filter: %s\n    %s\n    %s^", e.Msg, line, strings.Repeat(" ", column))
}

// place gives the line that holds the offset, and where in it.
func (e *CompileError) place() (line string, column int) {
	at := min(e.Offset, len(e.Filter))
	start := strings.LastIndexByte(e.Filter[:at], '\n') + 1
	line, _, _ = strings.Cut(e.Filter[start:], "\n")
	return strings.ReplaceAll(line, "\t", " "), len([]rune(e.Filter[start:at]))
}

// Compile parses and compiles a filter.
func Compile(filter string, o Options) (*Program, error) {
	q, err := parseFilter(filter)
	if err != nil {
		return nil, err
	}
	p := &Program{whole: q, opts: o}
	if err := p.variables(); err != nil {
		return nil, err
	}
	if p.body, err = resolve(q, p.names); err != nil {
		return nil, &CompileError{filter, -1, err.Error()}
	}
	p.mode, p.body, p.array = mode(p.body, o)
	if o.Brute {
		if p.code, err = p.reference(nil); err != nil {
			return nil, &CompileError{filter, -1, err.Error()}
		}
		return p, nil
	}
	c := &compiler{functions: map[*Func]*function{}, slots: &slots{}}
	p.node = c.compile(p.body)
	p.members = parse.NewNames(c.slots.names...)
	return p, nil
}

// Parse gives the resolved form of a filter, as far as its names are known; err is
// what is wrong with its grammar.
func Parse(filter string) (*Expr, error) {
	q, err := parseFilter(filter)
	if err != nil {
		return nil, err
	}
	e, _ := resolve(q, nil)
	return e, nil
}

func parseFilter(filter string) (*gojq.Query, error) {
	q, err := gojq.Parse(filter)
	if err == nil {
		return q, nil
	}
	var pe *gojq.ParseError
	if !errors.As(err, &pe) {
		return nil, &CompileError{filter, -1, err.Error()}
	}
	return nil, &CompileError{filter, max(0, pe.Offset-len(pe.Token)), pe.Error()}
}

// variables sets up $name for each variable, and $ARGS.
func (p *Program) variables() error {
	named := new(tree)
	for _, v := range p.opts.Vars {
		value, err := load(v.Value)
		if err != nil {
			return fmt.Errorf("variable $%s: %w", v.Name, err)
		}
		p.names = append(p.names, "$"+v.Name)
		p.globals = append(p.globals, value)
		named.set(v.Name, value)
	}
	named.share()
	var positional []Value
	for i, raw := range p.opts.Positional {
		v, err := load(raw)
		if err != nil {
			return fmt.Errorf("positional argument %d: %w", i+1, err)
		}
		positional = append(positional, v)
	}
	args := object([]string{"positional", "named"}, []Value{list(positional), {kind: Object, tree: named}})
	p.names = append(p.names, "$ARGS")
	p.globals = append(p.globals, args)
	return nil
}

// Mode tells what the program is run on.
func (p *Program) Mode() Mode { return p.mode }

// MeansArray reports that of a document that is an array the program, which is
// otherwise about events, means the array: length counts its elements.
func (p *Program) MeansArray() bool { return p.array }

// Body is what is run: once for each event or document.
func (p *Program) Body() *Expr { return p.body }

// Global is the value of the variable that an OpGlobal names by its slot.
func (p *Program) Global(slot int) Value { return p.globals[slot] }

// Brute reports whether gojq evaluates the program.
func (p *Program) Brute() bool { return p.opts.Brute }

// FilterError is an error that the program raised on its input.
type FilterError struct {
	Msg string
	// Halt is set when the program asked for the end of everything, with Code
	// as exit status and Msg for stderr, verbatim.
	Halt bool
	Code int
}

func (e *FilterError) Error() string { return e.Msg }

// Runner evaluates a program. It belongs to one goroutine and reuses its
// memory from one event to the next.
type Runner struct {
	p          *Program
	r          run
	order      order
	globals    []any      // decoded for gojq
	inputsCode *gojq.Code // for ModeInputs, where gojq needs an iterator of its own
}

// Runner makes a runner that stops, between two values, when ctx ends.
func (p *Program) Runner(ctx context.Context) *Runner {
	noInput := func() (Value, error) { return null, errNoInput }
	return &Runner{p: p, r: run{ctx: ctx, globals: p.globals, input: noInput, file: null, root: root{names: p.members}}}
}

// File sets what input_filename gives.
func (r *Runner) File(path string) { r.r.file = text(path) }

// Event evaluates the program on one event and hands each output to emit. An
// error of the program is a *FilterError; outputs before it have been emitted.
// An error of emit ends the evaluation and is returned as it is.
func (r *Runner) Event(e parse.Event, emit func(Value) error) error {
	r.r.reset()
	r.r.root.take(e)
	return r.value(rawValue(e.Raw), emit)
}

// Document is Event for a whole document.
func (r *Runner) Document(raw []byte, emit func(Value) error) error {
	r.r.reset()
	r.r.root.take(parse.Event{})
	return r.value(rawValue(parse.Compact(nil, raw)), emit)
}

func (r *Runner) value(in Value, emit func(Value) error) error {
	if r.p.node == nil {
		return r.reference(in, emit)
	}
	if r.p.node.one != nil {
		v, ok, err := r.p.node.one(&r.r, nil, in)
		if err != nil {
			return filterError(err)
		}
		if !ok {
			return nil
		}
		return emit(v)
	}
	var down error
	err := r.p.node.many(&r.r, nil, in, func(v Value) error {
		down = emit(v)
		return down
	})
	if down != nil {
		return down
	}
	return filterError(err)
}

func filterError(err error) error {
	var halt *haltError
	switch {
	case err == nil || err == errCancelled:
		return err
	case errors.As(err, &halt):
		return haltOf(halt)
	}
	return &FilterError{Msg: err.Error()}
}

func haltOf(h *haltError) error {
	e := &FilterError{Halt: true, Code: h.code}
	switch h.v.kind {
	case Null:
	case String:
		e.Msg = string((&run{}).str(h.v))
	default:
		e.Msg = string((&run{}).json(h.v)) + "\n"
	}
	return e
}

// Inputs evaluates a program of ModeInputs. next gives the documents, io.EOF
// after the last; a document must stay valid until the call after.
func (r *Runner) Inputs(next func() ([]byte, error), emit func(Value) error) error {
	r.r.input = func() (Value, error) {
		if r.r.size > maxKnown {
			r.r.forget()
		}
		raw, err := next()
		if err == io.EOF {
			return null, errNoInput
		}
		if err != nil {
			return null, err
		}
		return own(rawValue(parse.Compact(nil, raw))), nil
	}
	switch {
	case r.p.opts.Slurp:
		return r.slurp(emit)
	case r.p.opts.NullInput:
		return r.value(null, emit)
	}
	for {
		in, err := r.r.input()
		if err == errNoInput {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.value(in, emit); err != nil {
			return err
		}
	}
}

func (r *Runner) slurp(emit func(Value) error) error {
	var all []byte
	sep := byte('[')
	for {
		v, err := r.r.input()
		if err == errNoInput {
			break
		}
		if err != nil {
			return err
		}
		all = append(all, sep)
		all = append(all, r.r.print(oneLine, true).value(nil, v)...)
		sep = ','
	}
	if sep == '[' {
		all = append(all, '[')
	}
	all = append(all, ']')
	if r.p.opts.NullInput { // jq -n -s: the array is what input gives
		given := false
		r.r.input = func() (Value, error) {
			if given {
				return null, errNoInput
			}
			given = true
			return rawValue(all), nil
		}
		return r.value(null, emit)
	}
	return r.value(rawValue(all), emit)
}

// Is reports whether v is the very bytes of raw: an event that the program
// passed through untouched.
func (v Value) Is(raw []byte) bool {
	return v.raw && len(v.b) == len(raw) && len(raw) > 0 && &v.b[0] == &raw[0]
}

// Append prints a value as jq does.
func (r *Runner) Append(dst []byte, v Value, f *Format) []byte {
	return r.r.print(f, false).value(dst, v)
}

// Text gives a string's text, for -r; ok is false for another value.
func (r *Runner) Text(v Value) (s []byte, ok bool) {
	if v.kind != String {
		return nil, false
	}
	return r.r.str(v), true
}

// AppendEvent prints an event with every string and number as it stands,
// white space between tokens aside.
func (r *Runner) AppendEvent(dst, raw []byte, f *Format) []byte {
	if f.verbatim(raw) {
		return parse.Compact(dst, raw)
	}
	r.r.reset()
	return r.r.print(f, true).value(dst, rawValue(raw))
}

// verbatim: nothing of an event would be printed in another way.
func (f *Format) verbatim(raw []byte) bool {
	switch *f {
	case Format{}:
		return true
	case Format{Safe: true}:
		return bytes.IndexFunc(raw, unsafeInEvent) < 0
	}
	return false
}

// unsafeInEvent: characters that Safe would escape, control characters that
// should not have been raw in a string included.
func unsafeInEvent(c rune) bool {
	return c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7f || c == '\ufffd' || unsafeRune(c)
}
