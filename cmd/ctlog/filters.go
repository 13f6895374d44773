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

	"ctlog/event"
	"ctlog/query"
	"ctlog/query/jq"
)

// compile compiles the filters.
func (g *grepFlags) compile(a *app, in *grepInput) (programs []*jq.Program, err error) {
	o, err := g.jqOptions(a, in)
	if err != nil {
		return nil, err
	}
	for _, f := range in.filters {
		p, err := jq.Compile(f, o)
		if err != nil {
			return nil, withHint(f, err)
		}
		if hint := query.Hint(f); hint != "" {
			a.voice.Hint("%s", hint)
		}
		programs = append(programs, p)
	}
	return programs, nil
}

func (g *grepFlags) jqOptions(a *app, in *grepInput) (jq.Options, error) {
	o := jq.Options{Slurp: g.slurp, NullInput: g.nullInput, Brute: g.brute, Positional: in.positional}
	switch g.per.value {
	case "event":
		o.Per = jq.PerEvent
	case "document":
		o.Per = jq.PerDocument
	}
	for _, n := range a.jqVars {
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
		return jsonText(n.value), nil
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
		return jsonText(string(b)), nil
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

// jsonText is text as JSON.
func jsonText(s string) []byte { return event.AppendString(nil, strings.ToValidUTF8(s, "\ufffd")) }

// withHint adds what was probably meant to an error in a filter.
func withHint(filter string, err error) error {
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
