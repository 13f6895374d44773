package jq

import (
	"testing"

	"ctlog/parse"
)

func TestAsIs(t *testing.T) {
	for _, c := range []struct {
		raw  string
		want bool
	}{
		{`{}`, true}, {`[]`, true}, {`{"a":{"b":[1,-2,"x",true,null]},"b":{}}`, true}, {`[[],{},[{"a":0}]]`, true},
		{`{"a":1,"b":2,"a":3}`, false}, {`{"x":{"a":1},"y":{"a":1}}`, true}, {`{"x":[{"a":1,"a":1}]}`, false},
		{`{"a":1.0}`, false}, {`[1e3]`, false}, {`["é"]`, false}, {"[\"\x7f\"]", false}, {`["\n"]`, false}, {`{"\u0061":1}`, false},
		{`[1 ]`, false}, {`[ 1]`, false}, {`{"a": 1}`, false}, {`{"a" :1}`, false}, {`{"":1,"":2}`, false}, {`["long enough to be more than eight","\\"]`, false},
	} {
		if got := new(asIs).check([]byte(c.raw)); got != c.want {
			t.Errorf("%s: %v", c.raw, got)
		}
	}
}

// What is printed as it stands is what would be printed part by part.
func FuzzAsIs(f *testing.F) {
	f.Add(someEvent)
	f.Add(string(parse.Compact(nil, []byte(someEvent))))
	f.Add(`{"a":[1,-0,{"b":"c"}],"a":{}}`)
	f.Fuzz(func(t *testing.T, raw string) {
		v, err := load([]byte(raw))
		if err != nil || v.kind < Array {
			return
		}
		r := &run{}
		p := printer{Format: &Format{}, r: r}
		if got := string(p.tree(nil, v)); r.asIs.check([]byte(raw)) && got != raw {
			t.Fatalf("%s is printed as %s", raw, got)
		}
		sorted := printer{Format: &Format{Sort: true}, r: r}
		if one, other := string(sorted.value(nil, v)), string(sorted.value(nil, mustLoad(t, p.value(nil, v)))); one != other {
			t.Fatalf("%s: %s printed plainly is another value: %s", raw, one, other)
		}
	})
}

func mustLoad(t *testing.T, raw []byte) Value {
	v, err := load(raw)
	if err != nil {
		t.Fatalf("printed %s: %v", raw, err)
	}
	return v
}
