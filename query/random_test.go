package query

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"ctlog/parse"
)

// dice makes random programs and events. sorted events have the order of keys
// that gojq's maps have, so that orders can be compared too.
type dice struct {
	*rand.Rand
	sorted bool
}

func (d dice) of(choices ...string) string { return choices[d.IntN(len(choices))] }

var someKeys = []string{"a", "b", "eventName", "n", "userIdentity", "x y"}

func (d dice) key() string { return someKeys[d.IntN(len(someKeys))] }

// value makes JSON text as events have it, awkward spellings included.
func (d dice) value(depth int) string {
	if depth == 0 || d.IntN(3) == 0 {
		return d.of("null", "true", "false", "0", "1", "-1", "243.0", "1.688560107857E9", "2.5", "12345678901234567890", `""`, `"abc"`, `"a\u003db"`,
			`"é\ud83d\ude00"`, `"x/y.z"`, `"{\"a\":1}"`, `"[1,2"`, `"12"`, `"GetObject"`, `"a\tb\"c"`)
	}
	var parts []string
	if d.IntN(3) == 0 {
		for range d.IntN(4) {
			parts = append(parts, d.value(depth-1))
		}
		return "[" + strings.Join(parts, " , ") + "]"
	}
	if d.sorted {
		for _, k := range someKeys {
			if d.IntN(2) == 0 {
				parts = append(parts, strconv.Quote(k)+": "+d.value(depth-1))
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	for range d.IntN(5) {
		parts = append(parts, strconv.Quote(d.key())+": "+d.value(depth-1))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func (d dice) path() string {
	switch d.IntN(9) {
	case 8:
		return "." + d.of("a", "userIdentity") + "." + d.of("a", "b", "n", "eventName")
	case 0:
		return "."
	case 1:
		return `.["x y"]`
	case 2:
		return "." + d.of("a", "b", "n") + "[]?"
	case 3:
		return "." + d.of("a", "b") + "[" + d.of("0", "-1", `"a"`, "1:", ":1") + "]?"
	case 4:
		return "." + d.of("a", "userIdentity") + "?." + d.of("a", "b", "n") + "?"
	}
	return "." + d.of("a", "b", "eventName", "userIdentity", "n") + d.of("", "?")
}

func (d dice) literal() string {
	return d.of("null", "true", "false", "0", "1", "2.5", `"abc"`, `"a=b"`, `"GetObject"`, `""`, "[]", "{}", `["abc"]`)
}

// program makes a filter from a grammar of what responders use.
func (d dice) program(depth int) string {
	if depth == 0 {
		return d.of(d.path(), d.path(), d.literal())
	}
	p := func() string { return d.program(depth - 1) }
	switch d.IntN(31) {
	case 0, 1:
		return p() + " | " + p()
	case 2:
		return p() + ", " + p()
	case 3:
		return "(" + p() + ") " + d.of("==", "!=", "<", "<=", ">", ">=") + " (" + p() + ")"
	case 4:
		return "(" + p() + ") " + d.of("and", "or", "//") + " (" + p() + ")"
	case 5:
		return "(" + p() + ") " + d.of("+", "-", "*", "/") + " (" + p() + ")"
	case 6, 7:
		return "select(" + p() + ")"
	case 29:
		return "{(" + d.path() + " | tostring): " + d.path() + "}"
	case 8:
		return "{a: (" + p() + "), b, \"k\": (" + p() + ")}"
	case 9:
		return "[" + p() + "]"
	case 10:
		return `"\(` + p() + `)-\(` + p() + `)"`
	case 11:
		return "(" + p() + ")?"
	case 12:
		return "if " + p() + " then " + p() + d.of(" else "+p(), "") + " end"
	case 13:
		return d.of("map", "any", "all", "first", "last", "isempty", "map_values", "del", "path", "sort_by", "group_by", "unique_by", "min_by", "max_by") + "(" + p() + ")"
	case 14:
		return "IN(" + p() + ")"
	case 15:
		return d.of("startswith", "endswith", "contains", "split", "join", "has", "ltrimstr", "rtrimstr", "index", "test") + "(" + d.of(`"a"`, `"a=b"`, `"abc"`, p()) + ")"
	case 16, 17:
		return d.of("length", "keys", "tostring", "tonumber", "fromjson", "tojson", "type", "not", "ascii_downcase", "ascii_upcase", "add", "any", "all", "first", "last",
			"sort", "unique", "min", "max", "reverse", "flatten", "values", "empty", "to_entries", "explode", "utf8bytelength", "floor", "@json", "@text", "@tsv", "@csv", "@html", "@base64")
	case 18:
		return "(" + p() + ") as $x | " + d.of("$x", ".a == $x", "[$x, .]", p())
	case 19:
		return "reduce (" + p() + ") as $x (0; . + 1)"
	case 20:
		return "[limit(2; " + p() + ")]"
	case 21:
		return "try (" + p() + ") catch " + d.of(`"caught"`, "type")
	case 22:
		return "[.[]?]" + d.of("", " | length", " | "+p())
	case 23:
		return d.of(".a", ".n", ".a[0]?", ".b?") + " " + d.of("=", "|=", "+=", "//=") + " (" + p() + ")"
	case 24:
		return "[.. | " + d.of("strings", "numbers", "scalars") + "]"
	case 25:
		return "[" + p() + ", " + p() + "] | @" + d.of("tsv", "csv", "json")
	case 26:
		return "def f(g): g | g; f(" + p() + ")"
	case 27:
		return "foreach (" + p() + ") as $x (0; . + 1; [., $x])"
	case 28:
		return "label $out | (" + p() + ") | if type == \"null\" then break $out else . end"
	}
	return d.path()
}

// outputs runs a program on an event and gives its outputs, then "error" if
// it ended in one. Texts of errors differ between implementations.
func outputs(ctx context.Context, filter, event string, brute, sorted bool) (string, error) {
	p, err := Compile(filter, Options{Per: PerDocument, Brute: brute})
	if err != nil {
		return "", err
	}
	r := p.Runner(ctx)
	var out []byte
	n := 0
	err = r.Document([]byte(event), func(v Value) error {
		if n++; n > 200 {
			return errEnough
		}
		out = append(r.Append(out, v, &Format{Sort: sorted}), '\n')
		return nil
	})
	var fe *FilterError
	if errors.As(err, &fe) {
		out = append(out, "error\n"...)
	}
	return string(out), nil
}

// bothOutputs are those of the native evaluator and of gojq, keys sorted.
func bothOutputs(t *testing.T, filter, event string) (native, brute string) {
	t.Helper()
	native, err := outputs(t.Context(), filter, event, false, true)
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	if brute, err = outputs(t.Context(), filter, event, true, true); err != nil {
		t.Fatalf("%s with gojq: %v", filter, err)
	}
	return native, brute
}

// outputsIn is outputs for an event in the middle of a log, where its members
// are known beforehand.
func outputsIn(ctx context.Context, p *Program, event []byte) string {
	r := p.Runner(ctx)
	log := append([]byte(`{"Records":[{"a":"before"},`), event...)
	log = append(log, `,{"a":"behind"}]}`...)
	body, _ := parse.NewDecoder(parse.Limits{}).Open(bytes.NewReader(log), -1, false)
	body.Index()
	var out []byte
	for e := range body.Events() {
		n := 0
		err := r.Event(e, func(v Value) error {
			if n++; n > 200 {
				return errEnough
			}
			if e.Index == 1 {
				out = append(r.Append(out, v, &Format{Sort: true}), '\n')
			}
			return nil
		})
		var fe *FilterError
		if e.Index == 1 && errors.As(err, &fe) {
			out = append(out, "error\n"...)
		}
	}
	return string(out)
}

// Keys twice and in any order: in a log events give what they give alone.
func TestRandomInLog(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(seed(), 3)), false}
	for range cases(t, 20_000) / 4 {
		filter, event := d.program(1+d.IntN(3)), d.value(3)
		if event[0] != '{' {
			continue
		}
		native, brute := bothOutputs(t, filter, event)
		checkInLog(t, filter, event, native, brute)
	}
}

// checkInLog holds what comes of an event in a log, with gojq seeing the members
// that the program uses, against what comes of it alone.
func checkInLog(t *testing.T, filter, event, native, brute string) {
	t.Helper()
	compact := parse.Compact(nil, []byte(event))
	p := compiledFor(t, filter, Options{Per: PerEvent})
	if got := outputsIn(t.Context(), p, compact); p.node != nil && got != native {
		t.Errorf("%s\non %s in a log\n%salone\n%s", filter, event, got, native)
	}
	p = compiledFor(t, filter, Options{Per: PerEvent, Brute: true})
	p.narrow()
	if got := outputsIn(t.Context(), p, compact); got != brute {
		t.Errorf("%s\non %s with the members it uses (%v)\n%swith all\n%s", filter, event, p.members, got, brute)
	}
}

// inText are ways to make a string of an object: there the order of keys shows
// that gojq's maps have lost.
var inText = regexp.MustCompile(`\\\(|tojson|tostring|@|join|explode|ascii|split`)

// addsKeys are ways to put keys into an object one by one.
var addsKeys = regexp.MustCompile(`= \(|add|\) \+ \(`)

// bindsInCondition is a condition with a binding in it, or one that is bound:
// foreach, reduce, as.
var bindsInCondition = regexp.MustCompile(`(select\(|if ).*(foreach|reduce|as \$)|(or|and) .*as \$`)

// constantBehind is a constant behind several values of which one is collected.
var constantBehind = regexp.MustCompile(`, \[.*\| ?\(*(null|true|false|[0-9"\[{])`)

// knownDifference names where gojq, the reference, is not jq.
func knownDifference(filter, native, brute string) string {
	switch {
	case strings.Contains(filter, "ltrimstr"), strings.Contains(filter, "rtrimstr"):
		return "gojq refuses what is no string, jq passes it on"
	case strings.Contains(filter, "first"), strings.Contains(filter, "last"), strings.Contains(filter, "[0]"), strings.Contains(filter, "[-1]"):
		return "gojq indexes strings by number"
	case strings.Contains(filter, "path("), strings.Contains(filter, "del("):
		return "gojq finds out at another time that something is no path"
	case strings.Contains(filter, "map_values"):
		return "gojq refuses null"
	case strings.Contains(filter, "*"):
		return "a string times nothing is null in jq 1.6, empty in gojq"
	case strings.Contains(filter, "has"), strings.Contains(filter, "join"):
		return "gojq takes other keys of null, and other separators"
	case strings.Contains(filter, "index"):
		return "gojq refuses to look for places in what has none"
	case strings.Contains(filter, "reverse"), strings.Contains(filter, "flatten"):
		return "gojq refuses objects"
	case addsKeys.MatchString(filter) && (inText.MatchString(filter) || strings.Contains(filter, "[]") || strings.Contains(filter, "..")):
		return "keys that a program added come sorted inside strings and iterations"
	case strings.Contains(native+brute, "12345678901234567") || strings.Contains(native+brute, "2469135780246913"):
		return "gojq computes with big integers, jq with doubles"
	case strings.ReplaceAll(native, "-0\n", "0\n") == brute:
		return "gojq divides integers: 0 / -1 is 0, in jq -0"
	case bindsInCondition.MatchString(filter):
		return "gojq goes on wrongly behind a condition that binds a variable"
	case constantBehind.MatchString(filter):
		return "gojq leaves a value lying: {a: (1, [.[]] | 2)} has a number for a key"
	}
	return ""
}

func cases(t *testing.T, fallback int) int {
	if n, err := strconv.Atoi(os.Getenv("CTLOG_CASES")); err == nil {
		return n
	}
	if testing.Short() {
		return fallback / 10
	}
	return fallback
}

func seed() uint64 {
	if s, err := strconv.ParseUint(os.Getenv("CTLOG_SEED"), 10, 64); err == nil {
		return s
	}
	return 1
}

// The native evaluator gives what gojq gives, on random programs and events,
// and what the plan refuses is nothing to either.
func TestRandomAgainstBrute(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(seed(), 2)), true}
	bad := 0
	for i := range cases(t, 20_000) {
		filter, event := d.program(1+d.IntN(3)), d.value(3)
		native, brute := bothOutputs(t, filter, event)
		known := native != brute && knownDifference(filter, native, brute) != ""
		if event[0] == '{' {
			checkPlan(t, filter, event, native, false)
		}
		if event[0] == '{' && i%4 == 0 {
			checkInLog(t, filter, event, native, brute)
		}
		if event[0] == '{' && !known {
			checkPlan(t, filter, event, brute, true)
		}
		if native != brute && !known {
			t.Errorf("%s\non %s\nnative\n%sbrute\n%s", filter, event, native, brute)
			if bad++; bad > 12 {
				t.FailNow()
			}
		}
	}
}

// A sample against jq itself, key order included.
func TestRandomAgainstJQ(t *testing.T) {
	needJQ(t)
	d := dice{rand.New(rand.NewPCG(5, 6)), false}
	bad := 0
	for range cases(t, 300) {
		filter, event := d.program(1+d.IntN(2)), d.value(3)
		native, err := outputs(t.Context(), filter, event, false, false)
		if err != nil {
			t.Fatalf("%s: %v", filter, err)
		}
		cmd := exec.Command("jq", "-c", filter)
		cmd.Stdin = strings.NewReader(event)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err = cmd.Run()
		want := stdout.String()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			if exit.ExitCode() == 3 {
				continue // jq 1.6 folds constants and refuses, say, 1 / 0
			}
			want += "error\n"
		}
		if native != want && jqDifference(filter, event, native, want) == "" {
			t.Errorf("%s\non %s\nnative\n%sjq\n%s%s", filter, event, native, want, stderr.String())
			if bad++; bad > 8 {
				t.FailNow()
			}
		}
	}
}

// jqDifference names where jq 1.6 differs by intent.
func jqDifference(filter, event, native, want string) string {
	both := filter + event + native
	switch {
	case strings.Contains(both, "1234567890123456"):
		return "big integers are exact here"
	case strings.Contains(filter, ")?"):
		return "jq 1.6 drops a constant under ?"
	case strings.Contains(filter, "|="), strings.Contains(filter, "map_values"):
		return "jq 1.6 deletes one path after the other under |= empty"
	case strings.Contains(filter, "reverse"):
		return "jq 1.6 refuses strings, 1.7 does not"
	case strings.Contains(filter, "isempty"):
		return "jq 1.6 goes on after the first value"
	}
	return ""
}

func FuzzProgram(f *testing.F) {
	for _, p := range programs[:20] {
		f.Add(p.filter, someEvent)
	}
	f.Fuzz(func(t *testing.T, filter, event string) {
		if _, err := load([]byte(event)); err != nil || strings.Contains(filter, "repeat") || strings.Contains(filter, "input") {
			return
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		p, err := Compile(filter, Options{Per: PerDocument})
		if err != nil || p.node == nil {
			return
		}
		n := 0
		r := p.Runner(ctx)
		r.Document([]byte(event), func(v Value) error {
			if n++; n > 1000 {
				cancel()
				return errEnough
			}
			if _, err := load(r.Append(nil, v, &Format{})); err != nil {
				t.Fatalf("%s on %s printed %s", filter, event, r.Append(nil, v, &Format{}))
			}
			return nil
		})
	})
}
