package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/query"
	"ctlog/query/jq"
	"ctlog/query/match"
)

// search is one run of grep: what was compiled from the flags.
type search struct {
	app        *app
	flags      *grepFlags
	filters    []string
	positional [][]byte
	conditions *match.Conditions
	programs   []*jq.Program
	integrity  integrity
	plan       *query.Plan // nil when it would not help, or must not

	format   output.Format
	columns  *event.Columns
	values   jq.Format   // how values are printed
	raw      bool        // strings without quotes
	terminal bool        // results go to one
	loose    atomic.Bool // rows are not what the default fields are about
}

// mode is that of the programs; they must agree.
func (s *search) mode() jq.Mode {
	if len(s.programs) == 0 {
		return jq.ModeEvent
	}
	return s.programs[len(s.programs)-1].Mode()
}

// compile compiles the filters. Several of them must all be about events: each
// but the last is a condition.
func (s *search) compile() error {
	o, err := s.options()
	if err != nil {
		return err
	}
	for _, f := range s.filters {
		p, err := jq.Compile(f, o)
		if err != nil {
			return s.explain(f, err)
		}
		if hint := query.Hint(f); hint != "" {
			s.app.voice.Hint("%s", hint)
		}
		s.programs = append(s.programs, p)
	}
	if len(s.programs) > 1 {
		for i, p := range s.programs {
			if p.Mode() != jq.ModeEvent && p.Mode() != jq.ModeEach {
				return misuse("use one filter, or --per event", "several filters, and %s is about whole documents", s.filters[i])
			}
		}
	}
	if err := s.agree(); err != nil {
		return err
	}
	s.plan = s.newPlan()
	return nil
}

// agree refuses what makes no sense together.
func (s *search) agree() error {
	g, mode := s.flags, s.mode()
	whole := mode == jq.ModeDocument || mode == jq.ModeInputs
	switch {
	case whole && s.conditions != nil:
		return misuse("write the condition into the filter, or use --per event", "field flags look at events, the filter at whole documents")
	case whole && (g.invert || g.source || g.dedupe || g.sorts.value != ""):
		return misuse("use --per event", "-v, --source, --dedupe and --sort look at events, the filter at whole documents")
	case g.list && g.count:
		return misuse("", "-l and --count exclude each other")
	case g.most < 0:
		return misuse("", "-m takes a number from 1 on")
	}
	return nil
}

func (s *search) options() (jq.Options, error) {
	g := s.flags
	o := jq.Options{Slurp: g.slurp, NullInput: g.null, Brute: g.brute, Positional: s.positional}
	switch g.per.value {
	case "event":
		o.Per = jq.PerEvent
	case "document":
		o.Per = jq.PerDocument
	}
	for _, n := range s.app.jqVars {
		value, err := n.json()
		if err != nil {
			return o, misuse("", "--%s %s: %s", n.option, n.name, err)
		}
		o.Vars = append(o.Vars, jq.Var{Name: n.name, Value: value})
	}
	return o, nil
}

// json is the value of a variable from the command line.
func (n jqVariable) json() ([]byte, error) {
	switch n.option {
	case "arg":
		return quoteJSON(n.value), nil
	case "argjson":
		if !json.Valid([]byte(n.value)) {
			return nil, fmt.Errorf("%q is no JSON", n.value)
		}
		return []byte(n.value), nil
	}
	b, err := os.ReadFile(n.value)
	if err != nil {
		return nil, err
	}
	if n.option == "rawfile" {
		return quoteJSON(string(b)), nil
	}
	return slurp(b)
}

// slurp makes one array of the JSON values in a file.
func slurp(b []byte) ([]byte, error) {
	var all []json.RawMessage
	for d := json.NewDecoder(bytes.NewReader(b)); ; {
		var v json.RawMessage
		err := d.Decode(&v)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	if all == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(all)
}

func quoteJSON(s string) []byte {
	b, err := json.Marshal(strings.ToValidUTF8(s, "\ufffd"))
	if err != nil {
		return []byte(`""`)
	}
	return b
}

// explain adds what was probably meant to an error in a filter.
func (s *search) explain(filter string, err error) error {
	hint := cmp.Or(query.Hint(filter), hintOnDot(err))
	if onPath := hintOnPath(filter); onPath != "" {
		hint = onPath
	}
	return misuse(hint, "%s", err)
}

// hintOnDot is on the name of a field without its dot, which jq takes for a
// function.
func hintOnDot(err error) string {
	_, name, ok := strings.Cut(err.Error(), "function not defined: ")
	name, _, _ = strings.Cut(name, "/")
	if !ok || !slices.Contains(event.Fields(), name) {
		return ""
	}
	return "a field begins with a dot: ." + name
}

// formats settles how results are printed.
func (s *search) formats(cmd *cobra.Command) (err error) {
	g := s.flags
	if s.format, err = output.ParseFormat(g.format); err != nil {
		return misuse("", "-o: %s", err)
	}
	s.terminal = term.IsTerminal(s.app.stdout)
	fields := g.columns
	if fields == "" {
		fields = s.defaultFields(term.Width(s.app.stdout))
	} else if !s.format.Tabular() {
		return misuse("add -o tsv, -o csv or -o table", "--fields is for tables")
	}
	if s.columns, err = event.ParseColumns(fields); err != nil {
		return misuse("", "--fields: %s", err)
	}
	for _, name := range s.columns.Names() {
		if near := event.Nearest(name); near != "" {
			s.app.voice.Hint("events have no %s; is %s meant?", name, near)
		}
	}
	s.raw = g.raw || g.join
	colour := s.app.style().On() && !g.plain || g.colour
	s.values = jq.Format{Sort: g.sort, ASCII: g.ascii, Colour: colour && s.format == output.JSONL, Safe: s.terminal}
	switch {
	case g.indent < 0 || g.indent > 7:
		return misuse("", "--indent takes 0 to 7")
	case g.tab:
		s.values.Indent = "\t"
	case g.indent > 0:
		s.values.Indent = strings.Repeat(" ", g.indent)
	case g.pretty:
		s.values.Indent = "  "
	}
	if s.format != output.JSONL && (s.raw || s.values.Indent != "") {
		return misuse("", "-r, -j, --tab, --indent and --pretty go with -o jsonl only")
	}
	return nil
}

// defaultFields are those that can be read on a terminal of that width.
func (s *search) defaultFields(width int) string {
	if s.format != output.Table || width <= 0 || width >= output.NarrowWidth || s.flags.count || s.flags.list {
		return output.DefaultFields
	}
	s.app.voice.Hint("the terminal is narrow: without eventSource and awsRegion; --fields names others")
	return output.NarrowFields
}
