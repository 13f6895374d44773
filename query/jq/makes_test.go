package jq

import "testing"

// Whether a filter only judges events, or makes something of them.
func TestMakes(t *testing.T) {
	for filter, want := range map[string]bool{
		`.eventName == "X"`: false, `select(.a) | select(.b)`: false, `.a | test("x")`: false, `.a == 1 and (.b | not)`: false, `true`: false, `.`: false,
		`if .a then . else empty end`: false, `.a as $x | select($x)`: false, `.a?`: true, `.a`: true, `{a}`: true, `select(.a) | {b}`: true, `{b} | select(.b)`: true,
		`. + {a: 1}`: true, `.a = 1`: true, `., {a}`: true, `.Records[] | .a == 1`: false, `.Records | length`: true, `def f: {a}; f`: true, `def f: f; f`: true, `"x"`: true,
		`.a // .`: true, `try error("x") catch .`: true,
	} {
		p, err := Compile(filter, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if p.Makes() != want {
			t.Errorf("%s makes something: %v, want %v", filter, p.Makes(), want)
		}
	}
}
