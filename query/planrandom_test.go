package query

import (
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"ctlog/internal/testkit/jqgen"
	"ctlog/parse"
	"ctlog/query/jq"
	"ctlog/query/match"
)

// hasEffect: an event on which a program prints something or raises an error. In
// event mode false and null print nothing.
func hasEffect(outputs string, m jq.Mode) bool {
	for line := range strings.Lines(outputs) {
		if m == jq.ModeEach || line != "false\n" && line != "null\n" {
			return true
		}
	}
	return false
}

// errEnough ends a program that goes on.
var errEnough = errors.New("enough")

// outputs runs a program on an event and gives its outputs, then "error" if it
// ended in one.
func outputs(t *testing.T, p *jq.Program, event string) string {
	r, n := p.Runner(t.Context()), 0
	var out []byte
	err := r.Event(parse.Event{Raw: []byte(event)}, func(v jq.Value) error {
		if n++; n > 200 {
			return errEnough
		}
		out = append(r.Append(out, v, &jq.Format{}), '\n')
		return nil
	})
	var fe *jq.FilterError
	if errors.As(err, &fe) {
		out = append(out, "error\n"...)
	}
	return string(out)
}

// checkPlan: what a plan refuses is nothing to the program that it was made for: no
// output and no error.
func checkPlan(t *testing.T, filter, event string) (refused bool) {
	for _, whole := range []string{filter, ".Records[] | " + filter} {
		p := compiledFor(t, whole, jq.Options{Per: jq.PerEvent})
		plan := NewPlan(match.Fields{}, p)
		if plan.May([]byte(event)) {
			continue
		}
		refused = true
		if got := outputs(t, p, event); hasEffect(got, p.Mode()) {
			t.Errorf("%s\nrefuses %s\nby %s\non which there comes\n%s", whole, event, plan, got)
		}
	}
	return refused
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

func dice(second uint64, sorted bool) jqgen.Dice {
	first := uint64(1)
	if s, err := strconv.ParseUint(os.Getenv("CTLOG_SEED"), 10, 64); err == nil {
		first = s
	}
	return jqgen.Dice{Rand: rand.New(rand.NewPCG(first, second)), Sorted: sorted}
}

func TestPlanRefusesOnlyNothing(t *testing.T) {
	d := dice(3, true)
	refused := 0
	n := cases(t, 20_000)
	for i := range n {
		filter := d.Of("select("+d.Condition(d.IntN(3))+")", d.Condition(d.IntN(3)), "select("+d.Condition(1)+") | "+d.Program(1))
		if i%4 == 0 {
			filter = d.Program(1 + d.IntN(3))
		}
		event := d.Value(3)
		for event[0] != '{' {
			event = d.Value(3)
		}
		if checkPlan(t, filter, d.Respelled(event)) {
			refused++
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	if refused < n/20 {
		t.Errorf("only %d of %d events were refused: the test tests nothing", refused, n)
	}
	t.Logf("%d of %d refused", refused, n)
}

func FuzzPlan(f *testing.F) {
	for _, p := range planned {
		f.Add(p.filter, someEvent)
		f.Add(p.filter, `{"eventName":"Get\u004fbject","userIdentity":{"arn":"x\/y"},"errorCode":null}`)
	}
	f.Fuzz(func(t *testing.T, filter, event string) {
		if parse.Valid([]byte(event)) != nil || event[0] != '{' || strings.Contains(filter, "repeat") || strings.Contains(filter, "input") {
			return
		}
		p, err := jq.Compile(filter, jq.Options{Per: jq.PerEvent})
		if err != nil || NewPlan(match.Fields{}, p).May([]byte(event)) {
			return
		}
		if got := outputs(t, p, event); hasEffect(got, p.Mode()) {
			t.Fatalf("%s refuses %s, on which there comes\n%s", filter, event, got)
		}
	})
}

// field flags whose values are cut out of an event: they match, or nearly do.
func fields(d jqgen.Dice, event string) match.Fields {
	cut := func() []string {
		from := d.IntN(len(event))
		s := event[from : from+d.IntN(min(12, len(event)-from))]
		return []string{d.Of(s, strings.ToUpper(s), "*"+s, s+"*", `*`+s+`*`, strings.ReplaceAll(s, `"`, "*"))}
	}
	f := match.Fields{IgnoreCase: d.IntN(2) == 0}
	for _, to := range []*[]string{&f.EventName, &f.UserAgent, &f.User, &f.Contains, &f.ErrorCode, &f.Account} {
		if d.IntN(4) == 0 {
			*to = append(cut(), cut()...)
		}
	}
	if d.IntN(6) == 0 {
		f.SourceIP = []string{d.Of("203.0.113.9", "203.0.112.0/20", "::ffff:203.0.113.9", "203.*", "2001:db8::/32", "203.0.113.0/25")}
	}
	return f
}

func TestPlanOfFieldsRefusesNoMatch(t *testing.T) {
	d := dice(4, true)
	matches, refused := 0, 0
	for range cases(t, 20_000) {
		event := d.Respelled(strings.Replace(someEvent, "::ffff:203.0.113.9", d.Of("203.0.113.9", "::ffff:203.0.113.9", "0:0:0:0:0:FFFF:cb00:7109", `203.0.113\u002e9`), 1))
		f := fields(d, event)
		c, err := f.Compile()
		if err != nil {
			continue
		}
		may := NewPlan(f).May([]byte(event))
		if !may {
			refused++
		}
		if c.Matcher().Match([]byte(event)) {
			if matches++; !may {
				t.Fatalf("%s\nmatches %s\nand is refused by %s", event, c, NewPlan(f))
			}
		}
	}
	if matches < 100 || refused < 100 {
		t.Errorf("%d matches and %d refusals: the test tests little", matches, refused)
	}
}
