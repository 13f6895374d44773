package jq

import (
	"bytes"
	"slices"
	"testing"

	"ctlog/parse"
)

// frugal are filters that allocate nothing for an event once their buffers
// have grown.
var frugal = []string{
	`select(.eventName == "GetObject")`,
	`.eventName == "GetObject"`,
	`select(.errorCode != null and .userIdentity.type == "AssumedRole")`,
	`select(.eventName | startswith("Get"))`,
	`select(.userAgent // "" | test("curl"; "i"))`,
	`select(.errorCode | ascii_downcase == "accessdenied")`,
	`select(.requestParameters.q?)`,
	`.userIdentity.arn`,
	`[.eventTime, .eventName, .sourceIPAddress, .userIdentity.arn, .errorCode] | @tsv`,
	`[.eventTime, .eventName, .sourceIPAddress, .userIdentity.arn, .errorCode] | @csv`,
	`.Records[] | select(.eventName == "GetObject") | [.eventTime, .eventName] | @tsv`,
}

func TestFrugalFilters(t *testing.T) {
	for _, filter := range frugal {
		event := evaluation(t, filter)
		if n := testing.AllocsPerRun(100, event); n > 0 {
			t.Errorf("%s: %v allocations an event", filter, n)
		}
		if n := testing.AllocsPerRun(100, evaluationOf(t, filter, inLog(t))); n > 0 {
			t.Errorf("%s: %v allocations an event in a log", filter, n)
		}
	}
}

// evaluation gives a function that evaluates a program on one event and prints
// what comes out.
func evaluation(t testing.TB, filter string) func() {
	return evaluationOf(t, filter, parse.Event{Raw: []byte(someEvent)})
}

// inLog gives someEvent as it comes out of a log, with its members known.
func inLog(t testing.TB) (event parse.Event) {
	compact := parse.Compact(nil, []byte(someEvent))
	log := slices.Concat([]byte(`{"Records":[`), compact, []byte(`]}`))
	body, err := parse.NewDecoder(parse.Limits{}).Open(bytes.NewReader(log), int64(len(log)), false)
	if err != nil {
		t.Fatal(err)
	}
	body.Index()
	for e := range body.Events() {
		event = e
	}
	return event
}

func evaluationOf(t testing.TB, filter string, event parse.Event) func() {
	p := compiledFor(t, filter, Options{})
	r := p.Runner(t.Context())
	var out []byte
	f := &Format{}
	emit := func(v Value) error {
		out = r.Append(out[:0], v, f)
		return nil
	}
	return func() {
		if err := r.Event(event, emit); err != nil {
			t.Fatal(filter, err)
		}
	}
}

func BenchmarkEvent(b *testing.B) {
	for _, filter := range frugal {
		b.Run(filter, func(b *testing.B) {
			event := evaluationOf(b, filter, inLog(b))
			b.SetBytes(int64(len(someEvent)))
			b.ReportAllocs()
			for b.Loop() {
				event()
			}
		})
	}
}
