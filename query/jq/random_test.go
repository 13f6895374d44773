package jq

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

	"ctlog/internal/testkit/jqgen"
	"ctlog/parse"
)

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
	d := jqgen.Dice{Rand: rand.New(rand.NewPCG(seed(), 3)), Sorted: false}
	for range cases(t, 20_000) / 4 {
		filter, event := d.Program(1+d.IntN(3)), d.Value(3)
		if event[0] != '{' {
			continue
		}
		native, _ := bothOutputs(t, filter, event)
		checkInLog(t, filter, event, native)
	}
}

// checkInLog holds what comes of an event in a log against what comes of it
// alone.
func checkInLog(t *testing.T, filter, event, native string) {
	t.Helper()
	compact := parse.Compact(nil, []byte(event))
	p := compiledFor(t, filter, Options{Per: PerEvent})
	if got := outputsIn(t.Context(), p, compact); got != native {
		t.Errorf("%s\non %s in a log\n%salone\n%s", filter, event, got, native)
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

// The native evaluator gives what gojq gives, on random programs and events.
func TestRandomAgainstBrute(t *testing.T) {
	d := jqgen.Dice{Rand: rand.New(rand.NewPCG(seed(), 2)), Sorted: true}
	bad := 0
	for i := range cases(t, 20_000) {
		filter, event := d.Program(1+d.IntN(3)), d.Value(3)
		native, brute := bothOutputs(t, filter, event)
		known := native != brute && knownDifference(filter, native, brute) != ""
		if event[0] == '{' && i%4 == 0 {
			checkInLog(t, filter, event, native)
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
	d := jqgen.Dice{Rand: rand.New(rand.NewPCG(5, 6)), Sorted: false}
	bad := 0
	for range cases(t, 300) {
		filter, event := d.Program(1+d.IntN(2)), d.Value(3)
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
		if err != nil {
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
