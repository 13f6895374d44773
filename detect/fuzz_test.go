package detect

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ctlog/detect/rule"
	"ctlog/detect/sigma"
	"ctlog/parse"
)

// Whatever a rule asks of whatever an event, with and without shortcuts it is the
// same.
func FuzzMatch(f *testing.F) {
	g := generator{rand.New(rand.NewPCG(11, 12))}
	for range 40 {
		f.Add(g.rule(), g.event())
	}
	f.Add("title: T\ndetection: {s: {a.b|re: 'x?'}, condition: not s}", `{"a":[{"b":null},{"b":{"b":"\\ud800"}}],"a":7}`)
	f.Fuzz(func(t *testing.T, text, event string) {
		if len(text) > 4096 || len(event) > 4096 {
			return
		}
		var l sigma.Loader
		l.Add("fuzz.yml", []byte(text))
		rules := l.Set().Rules
		body, err := parse.NewDecoder(parse.Limits{}).Open(strings.NewReader(event), -1, false)
		if err != nil || len(rules) == 0 {
			return
		}
		m, b := NewEngine(rules).Matcher(), NewBrute(rules)
		for e, err := range body.Events() {
			if err != nil || e.Other() {
				continue
			}
			want := slices.Clone(b.Match(&e))
			for range 2 {
				if got := m.Match(&e); !slices.Equal(got, want) {
					t.Fatalf("%s of %s: %v, plainly %v", conditions(rules), e.Raw, got, want)
				}
			}
		}
	})
}

// Finish ends when nobody waits for it any more.
func TestFinishStops(t *testing.T) {
	s := loadSet(t, bases+"title: X\nlevel: high\ncorrelation: {type: event_count, rules: [a], timespan: 1m, condition: {gte: 2}}\n")
	stopped := errors.New("stopped")
	asked := 0
	c := NewProgram(s, func(*rule.Meta) bool { return true }).Collector(Config{Baseline: NoTime, Stop: func() error {
		if asked++; asked > 2 {
			return stopped
		}
		return nil
	}})
	r := c.Reader()
	for range 8000 {
		r.Add(parse.Event{Raw: []byte(happening{name: "A", at: 1_700_000_000}.event())})
	}
	if err := c.Absorb(r.Take()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Finish(Sink{}); !errors.Is(err, stopped) {
		t.Errorf("%v after %d questions", err, asked)
	}
}

// Rules are run in an order of their own, whatever order they were read in.
func TestOrderOfRules(t *testing.T) {
	text := bases + "title: X\nname: x\nlevel: high\ncorrelation: {type: event_count, rules: [a], timespan: 1m, condition: {gte: 2}}\n---\ntitle: Above\nlevel: critical\ncorrelation: {type: event_count, rules: [x], timespan: 1m, condition: {gte: 1}}\n"
	s := loadSet(t, text)
	titles := func(s *rule.Set) (out []string) {
		p := NewProgram(s, func(*rule.Meta) bool { return true })
		for _, r := range p.Rules {
			out = append(out, r.Title)
		}
		for _, c := range p.Correlations {
			out = append(out, c.Title)
		}
		return out
	}
	want := titles(s)
	slices.Reverse(s.Rules)
	if got := titles(s); !slices.Equal(got, want) || !slices.Equal(want, []string{"A", "B", "C", "X", "Above"}) {
		t.Errorf("%v, not %v", got, want)
	}
}
