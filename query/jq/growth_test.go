package jq

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"ctlog/parse"
)

// wide is an event of which one member has n members, another n elements, and a
// third 64 bytes of text for each.
func wide(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"o":{`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"key%d":%d`, (i*7919)%n, i)
	}
	b.WriteString(`},"l":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%d"`, (i*7919)%n)
	}
	b.WriteString(`],"s":"`)
	for i := range n {
		fmt.Fprintf(&b, "a%d\\u003d ", i%10)
	}
	b.WriteString(`"}`)
	return b.Bytes()
}

// growing are programs whose time may grow with the size of the event, and with
// its logarithm, but not with its square.
var growing = []string{
	// objects
	`.o`, `.o | keys`, `.o | to_entries`, `.o | with_entries(.value += 1)`, `.o | map_values(. + 1)`, `.o | add`, `.o | del(.key1)`, `.o | del(.[])`, `.o | length`,
	`.o | [paths]`, `.o | tojson`, `.o | [tostream]`, `.o | fromstream(tostream)`, `.o | walk(.)`, `.o == (.o | map_values(.))`, `.o + .o`, `.o * {a: {b: 1}}`, `.o * .o`, `[.o | ..] | length`,
	`.o | . as $o | reduce keys[] as $k (0; . + $o[$k])`, `.o as $o | [$o | keys[] | $o[.]] | length`, `.o as $o | [$o | keys[] | select(. as $k | $o | has($k))] | length`,
	`reduce (.o | keys[]) as $k ({}; .[$k] = 1) | length`, `reduce (.o | keys[]) as $k ({}; .[$k] += 1) | length`, `reduce (.o | keys[]) as $k ({}; . + {($k): 1}) | length`,
	`[.o | keys[] | {(.): 1}] | add | length`, `.o | with_entries(select(.value > 5)) | length`, `.o | to_entries | from_entries | length`, `INDEX(.o[]; .) | length`,
	`.o as $o | reduce ($o | keys[]) as $k ($o; .[$k] = null) | length`, `.o as $o | [$o | keys[] | . as $k | $o | .[$k] = 1 | length] | add`,
	`.o | contains({key1: 1})`, `.o | [leaf_paths] | length`, `[.o | paths] as $p | .o | delpaths($p)`, `.o as $o | reduce (.o | paths) as $p (0; . + ($o | getpath($p)))`, `.o | pick(.[])`,
	`.o | group_by(.)?`, `.o | (.. |= .) | length`, `[.o, .o] | unique | length`, `.o | any(. < 0)`, `.o | @json`, `.o | "\(.)" | length`, `.o | [.[]] | @csv`,
	`.o as $o | [.l[] | try ($o | tonumber) catch 1] | add`, `[.o | to_entries[] | .key] | sort | length`,
	// arrays
	`.l`, `.l | sort`, `.l | group_by(.) | length`, `.l | unique`, `.l - .l[1:]`, `.l | map(. + "x")`, `.l as $l | [range($l | length) | $l[.]] | length`, `.l as $l | [range($l | length) | $l[-1]] | length`,
	`reduce .l[] as $x ([]; . + [$x]) | length`, `reduce .l[] as $x ([]; .[length] = $x) | length`, `.l | (.[] |= "x")`, `.l | del(.[])`, `.l | del(.[:10], .[-10:])`, `.l | indices(["1", "2"])`, `.l | index("5")`,
	`.l | to_entries | length`, `.l | [.] | transpose | length`, `.l | map([.]) | transpose | length`, `.l | map([.]) | add | length`, `.l | reverse`, `.l | flatten`, `[.l | paths] | length`, `.l | join(",")`,
	`.l | map([.]) | flatten | length`, `.l | first, last, .[5], .[-5]`, `[limit(5; .l[])]`, `.l | [foreach .[] as $x (0; . + 1)] | length`, `.l as $l | $l | index($l[100:200])`, `.l | min, max`,
	`reduce .l[] as $x (.l; .[0] = $x) | length`, `[.l[] | tonumber] | add`, `.l | del(.[range(0; length; 2)]) | length`, `.l | to_entries | map(.value) | @tsv`,
	`[.l[:100][]] as $l | .l as $a | $a | contains($l)`,
	// strings
	`.s | length`, `.s | ascii_downcase | length`, `.s | [match("a"; "g") | .offset] | length`, `.s | gsub("a"; "b") | length`, `.s | gsub("(?<x>[0-9])"; .x + .x) | length`, `.s | split(" ") | length`,
	`.s | [splits(" ")] | length`, `.s | [scan("[0-9]")] | length`, `.s | indices("a1") | length`, `.s | explode | implode | length`, `reduce .l[] as $x (""; . + $x) | length`, `[.l[]] | add | length`,
	`.s | . + . | indices(.) | length`, `.s as $s | [.l[] | select(. == $s)] | length`, `.s as $s | [.l[] | try ($s | keys) catch 1] | length`, `.s | @base64 | @base64d | length`, `.s | test("b")`,
	`.s | ltrimstr("a") | length`, `.s | tojson | fromjson | length`, `.s | sub("a1"; "b") | length`, `.s[10:-10] | length`, `add(.l[]) | length`, `.s | [limit(1000; range(0; length; 10)) as $i | $i] | length`,
}

// elapsed is the processor time that a program takes for an event, printing
// included.
func elapsed(t *testing.T, p *Program, event []byte, f *Format) time.Duration {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r := p.Runner(ctx)
	var out []byte
	var err error
	spent := processorTime(func() {
		err = r.Event(parse.Event{Raw: event}, func(v Value) error {
			out = r.Append(out[:0], v, f)
			return nil
		})
	})
	if err != nil {
		t.Fatal(p.whole, err)
	}
	return spent
}

// Time does not grow with the square of an event's size.
func TestTimeGrowsWithSize(t *testing.T) {
	events := map[int][]byte{1: wide(2_500), times: wide(2_500 * times)}
	for _, filter := range growing {
		p := compiledFor(t, filter, Options{Per: PerEvent})
		notQuadratic(t, filter, func(n int) time.Duration { return elapsed(t, p, events[n], &Format{}) })
	}
}

// times is how much larger the larger one is of two sizes that are compared.
const times = 8

// notQuadratic compares the processor time for one size with that for a larger
// one. What looks wrong is measured again: caches, and the collector's help, make
// a difference.
func notQuadratic(t *testing.T, what string, run func(n int) time.Duration) {
	t.Helper()
	const most = times * times / 2
	one, more := time.Duration(1<<62), time.Duration(1<<62)
	for range 6 {
		one, more = min(one, run(1)), min(more, run(times))
		if more < most*one || more < 5*time.Millisecond {
			return
		}
		runtime.GC()
	}
	t.Errorf("%s: %v, and for %d times as much %v", what, one, times, more)
}

func TestPrintingGrowsWithSize(t *testing.T) {
	twice := func(n int) []byte { // a key twice makes a slower way
		return append(bytes.TrimSuffix(wide(n), []byte("}")), `,"o":{"a":1,"b":1.0,"a":2}}`...)
	}
	for name, f := range map[string]*Format{"plain": {}, "sorted": {Sort: true}, "pretty": {Indent: "  "}, "colour": {Colour: true}, "ascii": {ASCII: true}, "safe": {Safe: true}} {
		for _, make := range []func(int) []byte{wide, twice} {
			events := map[int][]byte{1: make(10_000), times: make(10_000 * times)}
			p := compiledFor(t, ".", Options{})
			notQuadratic(t, name, func(n int) time.Duration { return elapsed(t, p, events[n], f) })
			r := p.Runner(t.Context())
			notQuadratic(t, name+" of an event", func(n int) time.Duration {
				return processorTime(func() { r.AppendEvent(nil, events[n], f) })
			})
		}
	}
}

// What is nested deeply is not passed again for each level.
func TestDepthCostsNothing(t *testing.T) {
	inside := strings.Repeat(`{"a":1.0,"b":"x\u003d"},`, 2000) + "0"
	event := func(depth int) []byte {
		return []byte(`{"l":` + strings.Repeat("[", depth) + inside + strings.Repeat("]", depth) + `}`)
	}
	for _, filter := range []string{`.`, `[..] | length`, `[.. | numbers] | length`, `.l | tojson | length`, `.l | flatten | length`} {
		p := compiledFor(t, filter, Options{Per: PerEvent})
		for _, f := range []*Format{{}, {Sort: true}, {Colour: true}} {
			shallow, nested := event(15), event(15*times*times)
			notQuadratic(t, filter, func(n int) time.Duration { return elapsed(t, p, map[int][]byte{1: shallow, times: nested}[n], f) })
		}
	}
}

// A run ends soon after its context, whatever it is at.
func TestEndIsHeard(t *testing.T) {
	event := wide(80_000)
	for _, filter := range []string{
		`.o | [range(1000) as $i | map_values(. + $i)]`, `.l as $l | [$l[] as $x | $l | map(. == $x)]`, `.o | until(false; .)`, `[range(1e9)]`, `reduce range(1e9) as $i (.o; .key1 = $i)`,
		`.o as $o | [.l[] | $o | del(.[])]`, `[.l[] | $__loc__ | .. ] | [.[] as $x | .[] as $y | 1]`, `.s | [range(1e6) as $i | gsub("a"; "b")]`, `.l | [.[] as $x | .[] | contains($x)]`,
		`last(range(1e9))`, `first(range(1e9) | select(. < 0))`, `any(range(1e9); . < 0)`, `[limit(1e9; repeat(1))]`, `label $out | range(1e9) | if . < 0 then break $out else empty end`, `.l | combinations(5)?`,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		start := time.Now()
		err := compiledFor(t, filter, Options{Per: PerEvent}).Runner(ctx).Event(parse.Event{Raw: event}, func(Value) error { return nil })
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s: ended %v after it was to, with %v", filter, d, err)
		}
		cancel()
	}
}
