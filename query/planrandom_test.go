package query

import (
	"math/rand/v2"
	"strings"
	"testing"

	"ctlog/parse"
	"ctlog/query/match"
)

// condition makes what stands inside select: programs that a plan can use.
func (d dice) condition(depth int) string {
	if depth == 0 {
		return d.test()
	}
	c := func() string { return d.condition(depth - 1) }
	switch d.IntN(14) {
	case 0, 1:
		return "(" + c() + ") and (" + c() + ")"
	case 2, 3:
		return "(" + c() + ") or (" + c() + ")"
	case 4:
		return "(" + c() + " | not)"
	case 5:
		return "(" + c() + ")?"
	case 6:
		return "any(" + d.of(".[]?", "..", ".a[]?", ".a, .b", ".userIdentity") + "; " + c() + ")"
	case 7:
		return "if " + c() + " then " + c() + " else " + d.of("false", "null", c()) + " end"
	case 8:
		return "[" + d.path() + ", " + d.path() + "] | " + d.of("any", "all", "map(strings)", "any(.[]?; "+c()+")", "first | "+c())
	case 9:
		return "try (" + c() + ") catch " + d.of("false", "true", ". == \"x\"")
	case 10:
		return "def f($x; g): " + d.of(`g == $x`, `.a == $x`, `$x | g`, `g | . == x`) + "; f(" + d.subject() + "; " + d.subject() + ")"
	case 11:
		return d.subject() + " as $x | " + d.of(`$x == "GetObject"`, c(), `[.a, "abc"] | index($x)`, `["abc", "GetObject"] | index($x)`, `$x | `+d.test())
	}
	return d.test()
}

// subject is what a test looks at.
func (d dice) subject() string {
	return d.of(d.path(), d.path(), ".eventName", ".eventName?", `(.eventName // "abc")`, `(.eventName // "")`, "(.userIdentity.eventName?)", ".userIdentity.a", "(.. | strings)",
		"(.a | tostring)", `(.eventName | strings)`, `(.eventName | ascii_downcase)`, `(.a | strings | ascii_upcase)`, `(.a | split("/")? | .[0]?)`, `(.a | ltrimstr("a"))`, ".[]?", `"GetObject"`, `.["x y"]`)
}

func (d dice) word() string {
	return d.of(`"GetObject"`, `"getobject"`, `"Object"`, `"abc"`, `"a=b"`, `"x/y"`, `"x/y.z"`, `"Missing"`, `"é"`, `"eventName"`, `"K"`, `"\"c"`, `""`)
}

func (d dice) test() string {
	s := d.subject()
	switch d.IntN(12) {
	case 0, 1, 2:
		return s + " == " + d.of(d.word(), d.word(), d.literal())
	case 3:
		return s + " " + d.of("!=", "<", ">=") + " " + d.word()
	case 4, 5:
		return "(" + s + d.of("", ` // ""`) + " | " + d.of("startswith", "endswith", "contains") + "(" + d.word() + "))"
	case 6:
		return "(" + s + d.of("", ` // ""`, " | strings") + " | test(" + d.of(`"Object"`, `"^Get(Obj|x)ect$"`, `"miss+ing|[Gg]et"`, `"getobject"; "i"`, `"k.s"; "i"`, `"a=?b"`, `"y\\.z"`, `"(?i)ABC"`, `"["`, `"(x|y)/[yz]"`) + "))"
	case 7:
		return "(" + s + " | IN(" + d.word() + ", " + d.word() + "))"
	case 8:
		return "contains(" + d.of(`{eventName: "Get"}`, `{a: {b: "abc"}}`, `{a: ["abc"]}`, `{n: 1}`) + ")"
	case 9:
		return "(" + s + " | has(" + d.of(`"a"`, `"x y"`, `"eventName"`) + d.of(")", ")?") + ")"
	case 10:
		return s
	}
	return "(" + s + " | ascii_downcase) == " + d.word()
}

// spelled writes a word of an event as nobody would but everybody may.
func (d dice) respelled(event string) string {
	switch d.IntN(8) {
	case 0:
		return strings.Replace(event, "GetObject", `Get\u004fbject`, 1)
	case 1:
		return strings.Replace(event, `"eventName"`, `"event\u004Eame"`, 1)
	case 2:
		return strings.Replace(event, "x/y", `x\/y`, 1)
	case 3:
		return strings.Replace(event, "GetObject", "get\u212abject\u017f K", 1)
	case 4:
		return strings.ReplaceAll(event, ": ", " :\n\t")
	}
	return event
}

// effect: an event on which gojq prints something or raises an error. In event
// mode false and null print nothing.
func hasEffect(outputs string, m Mode) bool {
	for line := range strings.Lines(outputs) {
		if m == ModeEach || line != "false\n" && line != "null\n" {
			return true
		}
	}
	return false
}

// checkPlan: what a plan refuses is nothing to the evaluator that it was made
// for, gojq where brute is set: no output and no error.
func checkPlan(t *testing.T, filter, event, outputs string, brute bool) (refused bool) {
	for _, whole := range []string{filter, ".Records[] | " + filter} {
		p, err := Compile(whole, Options{Per: PerEvent, Brute: brute})
		if err != nil {
			t.Fatalf("%s: %v", whole, err)
		}
		plan := NewPlan(match.Fields{}, p)
		if plan.May([]byte(event)) {
			continue
		}
		refused = true
		if hasEffect(outputs, p.Mode()) {
			t.Errorf("%s (brute %v)\nrefuses %s\nby %s\non which there comes\n%s", whole, brute, event, plan, outputs)
		}
	}
	return refused
}

func TestPlanRefusesOnlyNothing(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(seed(), 3)), true}
	refused := 0
	n := cases(t, 20_000)
	for range n {
		filter := d.of("select("+d.condition(d.IntN(3))+")", d.condition(d.IntN(3)), "select("+d.condition(1)+") | "+d.program(1))
		event := d.value(3)
		for event[0] != '{' {
			event = d.value(3)
		}
		event = d.respelled(event)
		for _, brute := range []bool{false, true} {
			got, err := outputs(t.Context(), filter, event, brute, true)
			if err != nil {
				t.Fatalf("%s: %v", filter, err)
			}
			if checkPlan(t, filter, event, got, brute) && !brute {
				refused++
			}
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
		if _, err := load([]byte(event)); err != nil || event[0] != '{' || strings.Contains(filter, "repeat") || strings.Contains(filter, "input") {
			return
		}
		p, err := Compile(filter, Options{Per: PerEvent})
		if err != nil || p.node == nil || NewPlan(match.Fields{}, p).May([]byte(event)) {
			return
		}
		prints := 0
		err = p.Runner(t.Context()).Event(parse.Event{Raw: []byte(event)}, func(v Value) error {
			if p.mode == ModeEach || v.truth() {
				prints++
			}
			return nil
		})
		if err != nil || prints > 0 {
			t.Fatalf("%s refuses %s, on which there come %d values and error %v", filter, event, prints, err)
		}
	})
}

// field flags whose values are cut out of an event: they match, or nearly do.
func (d dice) fields(event string) match.Fields {
	cut := func() []string {
		from := d.IntN(len(event))
		s := event[from : from+d.IntN(min(12, len(event)-from))]
		return []string{d.of(s, strings.ToUpper(s), "*"+s, s+"*", `*`+s+`*`, strings.ReplaceAll(s, `"`, "*"))}
	}
	f := match.Fields{IgnoreCase: d.IntN(2) == 0}
	for _, to := range []*[]string{&f.EventName, &f.UserAgent, &f.User, &f.Contains, &f.ErrorCode, &f.Account} {
		if d.IntN(4) == 0 {
			*to = append(cut(), cut()...)
		}
	}
	if d.IntN(6) == 0 {
		f.SourceIP = []string{d.of("203.0.113.9", "203.0.112.0/20", "::ffff:203.0.113.9", "203.*", "2001:db8::/32", "203.0.113.0/25")}
	}
	return f
}

func TestPlanOfFieldsRefusesNoMatch(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(seed(), 4)), true}
	matches, refused := 0, 0
	for range cases(t, 20_000) {
		event := d.respelled(strings.Replace(someEvent, "::ffff:203.0.113.9", d.of("203.0.113.9", "::ffff:203.0.113.9", "0:0:0:0:0:FFFF:cb00:7109", `203.0.113\u002e9`), 1))
		f := d.fields(event)
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
