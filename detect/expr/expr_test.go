package expr

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"
	"testing"
)

// both asks both evaluators, which must agree.
func both(t *testing.T, test *Test, event string) bool {
	t.Helper()
	plain := Decode([]byte(event)).Holds(One(test))
	var x Tester
	for range 2 { // buffers that were used must not matter
		x.Reset([]byte(event), false)
		if x.Ask(test) != plain {
			t.Fatalf("%s on %s: plain says %v, the tester %v", test, event, plain, !plain)
		}
	}
	return plain
}

func pattern(s string) *Pattern {
	var pieces []Piece
	for _, r := range s {
		switch r {
		case '*':
			pieces = append(pieces, AnyMany)
		case '?':
			pieces = append(pieces, AnyOne)
		default:
			pieces = append(pieces, Piece{Text: string(r)})
		}
	}
	return NewPattern(pieces, false, false)
}

func likeTest(field, s string) *Test { return &Test{Path: NewPath(field), Pattern: pattern(s)} }

// The decisions of the package comment, one by one.
func TestDecisions(t *testing.T) {
	number := &Test{Path: NewPath("f"), Pattern: NewPattern([]Piece{{Text: "22"}}, false, true)}
	cased := &Test{Path: NewPath("f"), Pattern: NewPattern([]Piece{{Text: "Kk"}}, true, false)}
	null := &Test{Path: NewPath("f"), Kind: Null}
	exists := &Test{Path: NewPath("f"), Kind: Exists}
	cidr := &Test{Path: NewPath("f"), Kind: Network, Prefix: netip.MustParsePrefix("203.0.113.0/24")}
	deep := &Test{Path: NewPath("a.b"), Kind: Null}
	for _, c := range []struct {
		test  *Test
		event string
		want  bool
	}{
		{null, `{}`, true},
		{null, `{"f":null}`, true},
		{null, `{"f":[1,null]}`, true},
		{null, `{"f":[]}`, false},
		{null, `{"f":{"g":null}}`, false},
		{null, `{"f":1,"f":null}`, true},
		{deep, `{"a":[{"c":1},{"b":1}]}`, false},
		{deep, `{"a":[{"c":1}]}`, true},
		{deep, `{"a":"text"}`, true},
		{exists, `{"f":null}`, true},
		{exists, `{"f":[]}`, true},
		{exists, `{}`, false},
		{likeTest("f", "true"), `{"f":true}`, true},
		{likeTest("f", "TRUE"), `{"f":true}`, true},
		{likeTest("f", "22"), `{"f":22}`, true},
		{likeTest("f", "22"), `{"f":22.0}`, true},
		{likeTest("f", "22"), `{"f":2.2E1}`, true},
		{likeTest("f", "22"), `{"f":"22.0"}`, false},
		{number, `{"f":"22.0"}`, true},
		{number, `{"f":"22"}`, true},
		{number, `{"f":"022"}`, false},
		{likeTest("f", "22*"), `{"f":22.0}`, true},
		{likeTest("f", "x"), `{"f":["y",["x"]]}`, true},
		{likeTest("a.b", "x"), `{"a":[{"b":"y"},{"b":"x"}]}`, true},
		{likeTest("f", "x"), `{"f":{"g":{"h":["x"]}}}`, true},
		{likeTest("f", `*"g":{"h"*`), `{"f": {"g" : {"h":1}}}`, true},
		{likeTest("f", "g"), `{"f":{"g":1}}`, false},
		{likeTest("f", "a*z"), `{"f":"a\nz"}`, true},
		{likeTest("f", "a?z"), `{"f":"a\nz"}`, true},
		{likeTest("f", "a?z"), `{"f":"aéz"}`, true},
		{likeTest("f", "a?z"), `{"f":"az"}`, false},
		{likeTest("f", "*"), `{"f":null}`, false},
		{likeTest("f", "*"), `{"f":""}`, true},
		{likeTest("f", "*"), `{"f":{}}`, true},
		{likeTest("f", "*"), `{}`, false},
		{likeTest("f", ""), `{"f":""}`, true},
		{likeTest("f", ""), `{"f":"x"}`, false},
		{likeTest("f", "KELVIN"), "{\"f\":\"\u212aelvin\"}", true},
		{likeTest("f", "straſe"), `{"f":"STRASE"}`, true},
		{likeTest("f", "a=b"), `{"f":"A\u003dB"}`, true},
		{cased, `{"f":"Kk"}`, true},
		{cased, `{"f":"kk"}`, false},
		{cidr, `{"f":"203.0.113.9"}`, true},
		{cidr, `{"f":"::ffff:203.0.113.9"}`, true},
		{cidr, `{"f":"AWS Internal"}`, false},
		{cidr, `{"f":"ec2.amazonaws.com"}`, false},
		{&Test{Pattern: pattern("*deep*")}, `{"a":[{"b":"so DEEP down"}]}`, true},
		{&Test{Pattern: pattern("*a*")}, `{"a":1}`, false},
		{&Test{Path: NewPath("t"), Kind: Part, Clock: Hour, Order: GreaterOrEqual, Decimal: DecimalOf(22)}, `{"t":"2024-01-09T23:05:00Z"}`, true},
		{&Test{Path: NewPath("t"), Kind: Part, Clock: Hour, Decimal: DecimalOf(21)}, `{"t":"2024-01-09T23:05:00+02:00"}`, true},
		{&Test{Path: NewPath("a"), Kind: Same, Other: NewPath("b")}, `{"a":"X","b":["y","x"]}`, true},
		{&Test{Path: NewPath("a"), Kind: Same, Other: NewPath("b")}, `{"a":"X"}`, false},
		{&Test{Path: NewPath("a"), Kind: Same, Other: NewPath("b"), Side: Inside}, `{"a":"user/bob","b":"BOB"}`, true},
	} {
		if got := both(t, c.test, c.event); got != c.want {
			t.Errorf("%s on %s: %v", c.test, c.event, got)
		}
	}
}

// A strict path has scalars only, and leads through no array by itself.
func TestStrict(t *testing.T) {
	path := func(text string, steps ...Step) *Path { return &Path{Text: text, Steps: steps, Strict: true} }
	f := path("$.f", Step{Name: "f"})
	for _, c := range []struct {
		test  *Test
		event string
		want  bool
	}{
		{&Test{Path: f, Pattern: pattern("x")}, `{"f":["x"]}`, false},
		{&Test{Path: f, Kind: Unlike, Pattern: pattern("x")}, `{"f":["x"]}`, false},
		{&Test{Path: f, Kind: Unlike, Pattern: pattern("x")}, `{"f":{}}`, false},
		{&Test{Path: f, Kind: Unlike, Pattern: pattern("x")}, `{}`, true},
		{&Test{Path: f, Kind: Unlike, Pattern: pattern("x")}, `{"f":null}`, true},
		{&Test{Path: f, Kind: Unlike, Pattern: pattern("x")}, `{"f":"x"}`, false},
		{&Test{Path: f, Kind: IsNull}, `{}`, false},
		{&Test{Path: f, Kind: IsNull}, `{"f":null}`, true},
		{&Test{Path: f, Kind: IsTrue}, `{"f":true}`, true},
		{&Test{Path: f, Kind: IsTrue}, `{"f":"true"}`, false},
		{&Test{Path: f, Kind: IsFalse}, `{"f":false}`, true},
		{&Test{Path: path("$.f[1]", Step{Name: "f"}, Step{Kind: Element, At: 1}), Pattern: pattern("y")}, `{"f":["x","y"]}`, true},
		{&Test{Path: path("$.f[*].g", Step{Name: "f"}, Step{Kind: EachElement}, Step{Name: "g"}), Pattern: pattern("y")}, `{"f":[{"g":"x"},{"g":"y"}]}`, true},
		{&Test{Path: path("$.f.*", Step{Name: "f"}, Step{Kind: EachMember}), Pattern: pattern("y")}, `{"f":{"g":"x","h":"y"}}`, true},
		{&Test{Path: path("$.f.g", Step{Name: "f"}, Step{Name: "g"}), Pattern: pattern("y")}, `{"f":[{"g":"y"}]}`, false},
	} {
		if got := both(t, c.test, c.event); got != c.want {
			t.Errorf("%s on %s: %v", c.test, c.event, got)
		}
	}
}

func TestNeedle(t *testing.T) {
	for re, want := range map[string]string{"abc": "abc", "a+bcd": "bcd", "(?i)abc": "", "a|b": "", "(abc)+d": "abc", "(abc)*d": "d", "x(abc){2,}": "abc", "^abc$": "abc", "ab?c": "a", "[ab]c": "c", `a\.b`: "a.b"} {
		if got := Needle(regexp.MustCompile(re)); got != want {
			t.Errorf("%s needs %q, not %q", re, got, want)
		}
	}
}

func TestDecimals(t *testing.T) {
	texts := []string{"0", "-0", "0.0", "1", "-1", "10", "1e1", "1E+1", "100e-1", "0.1", "0.10", "1e-1", "123.456", "-123.456", "9007199254740993", "9007199254740992",
		"1e400", "1e-400", "243.0", "1.688560107857E9", "1688560107.857", "00", "01", "1.", ".5", "+1", "1e", "", "-", "abc", "0x10", "1_000", "Inf"}
	for _, a := range texts {
		da, ok := ParseDecimal([]byte(a))
		if valid := regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$`).MatchString(a); ok != valid {
			t.Errorf("%q reads as a number: %v", a, ok)
		}
		if !ok {
			continue
		}
		if back, ok := ParseDecimal([]byte(da.String())); !ok || back.Compare(da) != 0 {
			t.Errorf("%q is written %q", a, da)
		}
		for _, b := range texts {
			db, ok := ParseDecimal([]byte(b))
			if !ok {
				continue
			}
			ra, _ := new(big.Rat).SetString(a)
			rb, _ := new(big.Rat).SetString(b)
			if got, want := da.Compare(db), ra.Cmp(rb); got != want {
				t.Errorf("%s against %s: %d, not %d", a, b, got, want)
			}
		}
	}
	huge, _ := ParseDecimal([]byte("1e999999999999999999999"))
	if one, _ := ParseDecimal([]byte("1")); huge.Compare(one) != 1 || !strings.Contains(huge.String(), "e") {
		t.Errorf("a huge exponent: %s", huge)
	}
}

var words = []string{"", "a", "b", "ab", "aab", "ABA", "k", "\u212a", "ſ", "s", "true", "null", "22", "22.0", "-1e3", "a\nb", "é", "É", "*", "?", `\`, `"`, "203.0.113.9",
	"::ffff:203.0.113.9", "2001:db8::1", "2024-01-09T23:05:00Z", "2024-02-01 05:00:00", "a=b", "\u1e9e", "ß"}

func randomJSON(r *rand.Rand, depth int) string {
	if depth == 0 || r.IntN(3) > 0 {
		switch r.IntN(8) {
		case 0:
			return []string{"null", "true", "false"}[r.IntN(3)]
		case 1:
			return []string{"22", "22.0", "2.2e1", "-1000", "0", "9007199254740993"}[r.IntN(6)]
		}
		return quote(r, words[r.IntN(len(words))])
	}
	var parts []string
	array := r.IntN(2) == 0
	for range r.IntN(4) {
		part := randomJSON(r, depth-1)
		if !array {
			part = quote(r, []string{"a", "b", "c"}[r.IntN(3)]) + []string{":", " : "}[r.IntN(2)] + part
		}
		parts = append(parts, part)
	}
	body := strings.Join(parts, []string{",", " ,\n"}[r.IntN(2)])
	if array {
		return "[" + body + "]"
	}
	return "{" + body + "}"
}

// quote writes a string, now and then with needless escapes.
func quote(r *rand.Rand, s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c < ' ' || c == '"' || c == '\\' || c < 0x10000 && r.IntN(8) == 0:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String() + `"`
}

func randomPattern(r *rand.Rand) *Pattern {
	var pieces []Piece
	for range r.IntN(5) {
		switch r.IntN(3) {
		case 0:
			pieces = append(pieces, AnyMany)
		case 1:
			pieces = append(pieces, []Piece{AnyOne, {Text: "a"}, {Text: "K"}, {Text: "b"}}[r.IntN(4)])
		default:
			if w := words[r.IntN(len(words))]; w != "" {
				pieces = append(pieces, Piece{Text: w})
			}
		}
	}
	return NewPattern(pieces, r.IntN(3) == 0, r.IntN(3) == 0)
}

func randomPath(r *rand.Rand) *Path {
	if r.IntN(3) > 0 {
		return NewPath([]string{"a", "b", "a.b", "a.a.b", "c"}[r.IntN(5)])
	}
	p := &Path{Text: "$", Strict: true}
	for range 1 + r.IntN(3) {
		p.Steps = append(p.Steps, Step{Kind: StepKind(r.IntN(4)), Name: []string{"a", "b"}[r.IntN(2)], At: r.IntN(3)})
	}
	return p
}

var regexps = []string{"a", "^a+$", "(?i)k", "^$", `\d+`, "(?s)a.b", "[^a]"}

func randomTest(r *rand.Rand) *Test {
	t := &Test{Path: randomPath(r), Kind: Kind(r.IntN(int(OneOf) + 1)), Order: Order(r.IntN(5)), Clock: Clock(r.IntN(6)), Side: Side(r.IntN(4)), Cased: r.IntN(2) == 0}
	t.Pattern, t.Regexp, t.Other = randomPattern(r), regexp.MustCompile(regexps[r.IntN(len(regexps))]), randomPath(r)
	t.Needle = []byte(Needle(t.Regexp))
	t.Prefix = netip.MustParsePrefix([]string{"203.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"}[r.IntN(3)])
	t.Decimal, _ = ParseDecimal([]byte([]string{"22", "0", "-1000", "5", "9007199254740992"}[r.IntN(5)]))
	if t.Kind == OneOf || t.Kind == Within && r.IntN(2) == 0 {
		t.Kind = Like
	}
	if t.Kind == Unlike && r.IntN(3) == 0 {
		t.Pattern = nil
	}
	if r.IntN(8) == 0 && (t.Kind == Like || t.Kind == Regex) {
		t.Path = nil
	}
	return t
}

func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	held := map[Kind]int{}
	var x Tester
	for range 50_000 {
		event, test := "{"+quote(r, "a")+":"+randomJSON(r, 3)+`,"b":`+randomJSON(r, 2)+"}", randomTest(r)
		want := Decode([]byte(event)).Holds(One(test))
		if want {
			held[test.Kind]++
		}
		x.Reset([]byte(event), false)
		if got := x.Ask(test); got != want {
			t.Fatalf("%s (%s)\non %s:\nplain says %v, the tester %v", test, test.Key(), event, want, got)
		}
	}
	for k := Like; k <= Unlike; k++ {
		if held[k] < 10 {
			t.Errorf("kind %d held %d times only: the test tells nothing", k, held[k])
		}
	}
}

func BenchmarkContains(b *testing.B) {
	event := []byte(`{"userAgent":"aws-cli/2.13.0 Python/3.11.4 Linux/5.15.0-1040-aws exe/x86_64.ubuntu.22 prompt/off command/s3.ls"}`)
	test := likeTest("userAgent", "*trufflehog*")
	var x Tester
	b.ReportAllocs()
	for b.Loop() {
		x.Reset(event, true)
		x.Ask(test)
	}
}
