package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"unicode"

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
		if g.meantAsText(in, f, p, err) {
			a.voice.Note("%s is not a jq filter: searched for as text; any text is found by -F %s", f, f)
			g.conditions.fields.Contains = []string{f}
			in.text, in.filters = true, nil
			continue
		}
		if err != nil {
			return nil, withHint(f, err)
		}
		if query.Assigns(f) {
			return nil, misuse(query.Hint(f), "%s assigns, and prints every event; '. | %s' is how to mean it", f, f)
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
			return nil, fmt.Errorf("%q is not valid JSON", n.value)
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

// meantAsText reports whether the first argument is no program but a word, an
// address, an ARN or a key: what grep takes. A number is a program that says the
// same of every event.
func (g *grepFlags) meantAsText(in *grepInput, filter string, p *jq.Program, err error) bool {
	if g.explicit() || g.slurp || g.nullInput || len(g.conditions.fields.Contains) > 0 || in.text {
		return false
	}
	if err == nil {
		return strings.Trim(filter, "0123456789") == "" && p.Mode() == jq.ModeEvent
	}
	return plainWord(filter) && hintOnPath(filter) == "" && hintOnDot(err) == "" && (len(in.paths) > 0 || !strings.Contains(filter, "/"))
}

// plainWord reports whether a text has nothing in it that makes a jq program. A
// network is none: -F would find no address in it.
func plainWord(s string) bool {
	if s == "" || s[0] == '.' || s[0] == '-' || s[0] == '$' || s[0] == '@' {
		return false
	}
	for _, c := range s {
		if !(c == '_' || c == '-' || c == '.' || c == ':' || c == '/' || c == '@' || c == '+' || c >= 0x80 && unicode.IsLetter(c) ||
			'0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z') {
			return false
		}
	}
	return !isNetwork(s)
}

func isNetwork(s string) bool {
	_, err := netip.ParsePrefix(s)
	return err == nil
}

// withHint adds what was probably meant to an error in a filter.
func withHint(filter string, err error) error {
	hint := cmp.Or(query.Hint(filter), hintOnDot(err))
	if isNetwork(filter) {
		hint = "a network is for --source-ip " + filter
	}
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
