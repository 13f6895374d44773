package jq

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// What is made of a tree leaves it as it was, however often, and whether as a copy
// or as a trie.
func TestTreesStayAsTheyAre(t *testing.T) {
	d := rand.New(rand.NewPCG(seed(), 9))
	type version struct {
		v    Value
		keys []string
		vals map[string]float64
	}
	versions := []version{{v: Value{kind: Object, tree: new(tree)}, vals: map[string]float64{}}}
	for i := range 3000 {
		from := versions[max(0, len(versions)-1-d.IntN(4))]
		key := fmt.Sprint("k", d.IntN(1+i/3))
		to := version{v: from.v.tree.with(key, number(float64(i))), keys: from.keys, vals: maps.Clone(from.vals)}
		if _, there := to.vals[key]; !there {
			to.keys = append(slices.Clip(to.keys), key)
		}
		to.vals[key] = float64(i)
		versions = append(versions, to)
	}
	r, tries := &run{}, 0
	for _, o := range versions {
		if o.v.tree.trie != nil {
			tries++
		}
		for k, n := range o.vals {
			if got, ok := o.v.tree.get(k); !ok || got.num() != n {
				t.Fatalf("%s: %v %v, want %v", k, got.num(), ok, n)
			}
		}
		if _, ok := o.v.tree.get("absent"); ok || o.v.tree.len() != len(o.keys) {
			t.Fatalf("%d members, want %d", o.v.tree.len(), len(o.keys))
		}
		if got := r.members(o.v).keys; !slices.Equal(got, o.keys) {
			t.Fatalf("keys %q, want %q", got, o.keys)
		}
	}
	if tries < 1000 {
		t.Errorf("only %d tries: the test tests little", tries)
	}
}

func TestArraysStayAsTheyAre(t *testing.T) {
	d := rand.New(rand.NewPCG(seed(), 10))
	type version struct {
		v    Value
		vals []float64
	}
	versions := []version{{v: list(nil)}}
	for i := range 3000 {
		from := versions[max(0, len(versions)-1-d.IntN(4))]
		to := version{vals: slices.Clone(from.vals)}
		if at := d.IntN(len(from.vals) + 1); d.IntN(2) == 0 && at < len(from.vals) {
			to.v, to.vals[at] = from.v.tree.placed(at, number(float64(i))), float64(i)
		} else {
			to.v, to.vals = from.v.tree.joined([]Value{number(float64(i))}), append(to.vals, float64(i))
		}
		versions = append(versions, to)
	}
	r, tries := &run{}, 0
	for _, o := range versions {
		if o.v.tree.trie != nil {
			tries++
		}
		for i, n := range o.vals {
			if got := o.v.tree.at(i).num(); got != n {
				t.Fatalf("%d: %v, want %v", i, got, n)
			}
		}
		for i, v := range r.elements(o.v) {
			if v.num() != o.vals[i] {
				t.Fatalf("%d: %v, want %v", i, v.num(), o.vals[i])
			}
		}
	}
	if tries < 1000 {
		t.Errorf("only %d tries: the test tests little", tries)
	}
}

// A string that has grown leaves those that it grew from as they are.
func TestStringsStayAsTheyAre(t *testing.T) {
	r := &run{}
	base := r.append(text(strings.Repeat("x", 300)), text("a"))
	one, two := r.append(base, text("1")), r.append(base, text("2"))
	three := r.append(one, text("3"))
	for v, want := range map[*Value]string{&base: "a", &one: "a1", &two: "a2", &three: "a13"} {
		if got := strings.TrimLeft(string(r.str(*v)), "x"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestOccurrences(t *testing.T) {
	d := rand.New(rand.NewPCG(seed(), 11))
	word := func(n int) []byte {
		b := make([]byte, d.IntN(n))
		for i := range b {
			b[i] = "ab"[d.IntN(2)]
		}
		return b
	}
	for range 2000 {
		s, sub := word(30), word(5)
		var got, want []int
		occurrences(s, sub, func(a, b byte) bool { return a == b }, func(i int) { got = append(got, i) })
		for i := 0; len(sub) > 0 && i+len(sub) <= len(s); i++ {
			if string(s[i:i+len(sub)]) == string(sub) {
				want = append(want, i)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s in %s: %v, want %v", sub, s, got, want)
		}
	}
}

// Deleting many paths at once gives what jq gives.
func TestDeletingAgainstJQ(t *testing.T) {
	needJQ(t)
	var events [][]byte
	for _, e := range []string{`{"a":[0,1,2,3,4,5],"b":{"c":1,"d":[{"e":1,"f":2},{"e":3}]},"n":null}`, `{"a":null,"b":{"d":[]}}`} {
		events = append(events, []byte(e))
	}
	for _, filter := range []string{
		`del(.a[0], .a[-1], .a[2:4])`, `del(.a[-1], .a[5])`, `del(.a[1:], .a[0])`, `del(.b.c, .b.d[0].e, .b.d[0])`, `del(.. | .e?)`, `del(.b.d[].e)`, `del(.n.x, .n[0])`,
		`delpaths([["b"], ["b", "c"], ["a", 10], ["x", "y"]])`, `delpaths([[]])`, `delpaths([])`, `try del(.a.x) catch "no"`, `try del(.b[0]) catch "no"`, `del(.a[:2], .a[1:3])`, `del(.b[]), del(.a[]?), try del(.a[]) catch "no"`,
		`to_entries | del(.[0, 1])`, `del(.a, .b, .n)`, `delpaths([["a", {"start": 1, "end": null}], ["a", 0]])`,
	} {
		compare(t, filter, false, false, nil, events)
	}
}
