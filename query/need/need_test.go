package need

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"ctlog/parse"
)

// random makes a requirement, and the plain way to ask it.
func random(d *rand.Rand, depth int) (*Requirement, func(b []byte) bool) {
	if depth == 0 || d.IntN(4) == 0 {
		l := Literal{Text: []string{"abcd", "abcde", "bcd", "xyz0", "ABcd", "a b"}[d.IntN(6)], Fold: d.IntN(3) == 0, Front: d.IntN(3) == 0, End: d.IntN(3) == 0}
		text := l.Text
		if l.Front {
			text = `"` + text
		}
		if l.End {
			text += `"`
		}
		return l.Requirement(), func(b []byte) bool {
			if l.Fold {
				return bytes.Contains(bytes.ToLower(b), []byte(strings.ToLower(text)))
			}
			return bytes.Contains(b, []byte(text))
		}
	}
	a, inA := random(d, depth-1)
	b, inB := random(d, depth-1)
	if d.IntN(2) == 0 {
		return AllOf(a, b), func(x []byte) bool { return inA(x) && inB(x) }
	}
	return AnyOf(a, b), func(x []byte) bool { return inA(x) || inB(x) }
}

// However requirements are simplified and put in order, they hold where what they
// were made of holds.
func TestRequirements(t *testing.T) {
	d := rand.New(rand.NewPCG(1, 2))
	holds := 0
	for range 3000 {
		n, plain := random(d, 4)
		var b []byte
		for range 1 + d.IntN(4) {
			b = append(b, []string{`"abcd"`, ` abcde `, `"ABCD`, "bcd", `xyz0"`, `"a b"`, ","}[d.IntN(7)]...)
		}
		want := plain(b)
		if want {
			holds++
		}
		for _, n := range []*Requirement{n, n.Ordered()} {
			if n.Holds(b) != want {
				t.Fatalf("%s on %s: %v", n, b, !want)
			}
		}
	}
	if holds < 300 || holds > 2700 {
		t.Errorf("%d of 3000 hold: the test tests little", holds)
	}
}

func TestKeys(t *testing.T) {
	for _, c := range []struct {
		n    *Requirement
		b    string
		want bool
	}{
		{HasKey("readOnly"), `{"readOnly":1}`, true}, {HasKey("readOnly"), `{"readOnlyX":1}`, false},
		{HasKeyOf("k1234", parse.KindsOf(parse.String)), "{\"k1234\" :\n\"x\"}", true}, {HasKeyOf("k1234", parse.KindsOf(parse.String)), `{"k1234":1}`, false},
		{HasKeyOf("k1234", parse.KindsOf(parse.Null, parse.True)), `{"k1234":false,"k1234":null}`, true}, {HasKeyOf("k1234", parse.KindsOf(parse.Number)), `{"k1234":-1}`, true},
		{Literal{Text: "abcd", Front: true, Key: "k"}.Requirement(), `{"k": "abcdef"}`, true}, {Literal{Text: "abcd", Front: true, Key: "k"}.Requirement(), `{"l":"abcd","k":"x"}`, false},
		{MatchAll, "", true}, {MatchNone, "x", false},
	} {
		if got := c.n.Holds([]byte(c.b)); got != c.want {
			t.Errorf("%s in %s: %v", c.n, c.b, got)
		}
	}
}

// Beyond MaxLeaves something is given up, and never too much is asked.
func TestLeavesAreBounded(t *testing.T) {
	n, m := MatchAll, MatchNone
	text := func(i int) Literal {
		return Literal{Text: "text" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + string(rune('a'+i/26))}
	}
	var all []byte
	for i := range 3 * MaxLeaves {
		n, m = AllOf(n, text(i).Requirement()), AnyOf(m, text(i).Requirement())
		all = append(all, text(i).Text...)
	}
	if !n.Holds(all) || n.size > MaxLeaves || m != MatchAll {
		t.Errorf("%d leaves; %s", n.size, m)
	}
}
