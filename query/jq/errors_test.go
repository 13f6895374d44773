package jq

import "testing"

// What is an error in jq is one here, natively and with gojq.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ filter, event string }{
		{`contains(true)`, `false`}, {`contains(1)`, `"1"`}, {`.a.b`, `{"a":"x"}`}, {`.a.b`, `{"a":[1]}`},
		{`.[]`, `1`}, {`[.a, .b] | @tsv`, `{"a":{},"b":[]}`}, {`[.a, (.b | error)] | @csv`, `{"a":{},"b":"first"}`},
		{`.a = error("x")`, `{}`}, {`keys`, `1`}, {`tonumber`, `"x"`}, {`fromjson`, `"{"`}, {`join(",")`, `[[1]]`},
	} {
		for _, brute := range []bool{false, true} {
			got, err := outputs(t.Context(), c.filter, c.event, brute, true)
			if err != nil || got != "error\n" {
				t.Errorf("%s on %s (brute %v): %q, %v", c.filter, c.event, brute, got, err)
			}
		}
	}
}
