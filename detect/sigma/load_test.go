package sigma

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ctlog/detect/expr"
	"ctlog/detect/rule"
)

// others are the rules of others, which are not part of the repository.
const others = "../../../shared/data/sigma"

func TestRulesOfOthers(t *testing.T) {
	if _, err := os.Stat(others); err != nil {
		t.Skip("the rules of SigmaHQ and suzaku are not here")
	}
	var l Loader
	if err := l.Dir(others); err != nil {
		t.Fatal(err)
	}
	s := l.Set()
	for _, r := range s.Refused {
		t.Errorf("refused: %s", r)
	}
	for _, m := range s.Metas() {
		if m.ID == "" || m.Author == "" || m.Line == 0 || m.File == "" {
			t.Errorf("%s: incomplete: %+v", m.File, m)
		}
	}
	if len(s.Rules) < 790 || len(s.Correlations) != 5 {
		t.Errorf("%d rules and %d correlations in %d files", len(s.Rules), len(s.Correlations), l.Files())
	}
	hints := 0
	for _, c := range s.Correlations {
		hints += len(c.Hints)
	}
	if hints != 5 {
		t.Errorf("%d hints on correlations that name their rules by title, not 5", hints)
	}
}

// load reads one file of rules.
func load(text string) *rule.Set {
	var l Loader
	l.Add("test.yml", []byte(text))
	return l.Set()
}

const head = "title: T\nlogsource: {product: aws, service: cloudtrail}\n"

// holds loads a rule with one detection and asks it about an event.
func holds(t *testing.T, detection, event string) bool {
	t.Helper()
	s := load(head + "detection:\n" + detection)
	if len(s.Rules) != 1 {
		t.Fatalf("%s\nrefused: %v", detection, s.Refused)
	}
	return expr.Decode([]byte(event)).Holds(s.Rules[0].Condition)
}

func TestMeaning(t *testing.T) {
	for _, c := range []struct {
		detection, event string
		want             bool
	}{
		{"  a: {x: 1, y: 2}\n  condition: a", `{"x":1,"y":2}`, true},
		{"  a: {x: 1, y: 2}\n  condition: a", `{"x":1}`, false},
		{"  a: [{x: 1}, {y: 2}]\n  condition: a", `{"y":2}`, true},
		{"  a: {x: [1, 2]}\n  condition: a", `{"x":2}`, true},
		{"  a: {x|contains|all: [one, two]}\n  condition: a", `{"x":"two and one"}`, true},
		{"  a: {x|contains|all: [one, two]}\n  condition: a", `{"x":"one"}`, false},
		{"  a: {x|neq: 1}\n  condition: a", `{}`, true},
		{"  a: {x|neq: [1, 2]}\n  condition: a", `{"x":2}`, false},
		{"  a: {x: null}\n  condition: a", `{}`, true},
		{"  a: {x: [y, null]}\n  condition: a", `{"x":null}`, true},
		{"  a: {x|exists: true}\n  condition: a", `{"x":null}`, true},
		{"  a: {x|exists: false}\n  condition: a", `{"x":null}`, false},
		{"  a: {x: 'a\\*b'}\n  condition: a", `{"x":"a*b"}`, true},
		{"  a: {x: 'a\\*b'}\n  condition: a", `{"x":"axb"}`, false},
		{`  a: {x: 'a\\*b'}` + "\n  condition: a", `{"x":"a\\xxb"}`, true},
		{`  a: {x: 'a\b'}` + "\n  condition: a", `{"x":"a\\b"}`, true},
		{`  a: {x: 'a\\b'}` + "\n  condition: a", `{"x":"a\\b"}`, true},
		{"  a: {x|startswith: Ab}\n  condition: a", `{"x":"aBc"}`, true},
		{"  a: {x|endswith: bC}\n  condition: a", `{"x":"aBc"}`, true},
		{"  a: {x|startswith|cased: Ab}\n  condition: a", `{"x":"aBc"}`, false},
		{"  a: {x|re: 'b+$'}\n  condition: a", `{"x":"abb"}`, true},
		{"  a: {x|re: 'B+$'}\n  condition: a", `{"x":"abb"}`, false},
		{"  a: {x|re|i: 'B+$'}\n  condition: a", `{"x":"abb"}`, true},
		{"  a: {x|re|s: 'a.b'}\n  condition: a", `{"x":"a\nb"}`, true},
		{"  a: {x|re: 'a.b'}\n  condition: a", `{"x":"a\nb"}`, false},
		{"  a: {x|re|m: '^b'}\n  condition: a", `{"x":"a\nb"}`, true},
		{"  a: {x|cidr: 10.0.0.0/8}\n  condition: a", `{"x":"10.1.2.3"}`, true},
		{"  a: {x|cidr: [192.168.0.0/16, 10.0.0.0/8]}\n  condition: a", `{"x":"AWS Internal"}`, false},
		{"  a: {x|gte: 5}\n  condition: a", `{"x":"5.0"}`, true},
		{"  a: {x|lt: 5}\n  condition: a", `{"x":5}`, false},
		{"  a: {x|hour|gte: 22}\n  condition: a", `{"x":"2024-01-09T22:00:00Z"}`, true},
		{"  a: {x|week: 2}\n  condition: a", `{"x":"2024-01-09T22:00:00Z"}`, true},
		{"  a: {x|fieldref: y}\n  condition: a", `{"x":"A","y":"a"}`, true},
		{"  a: {x|fieldref|endswith: y}\n  condition: a", `{"x":"user/a","y":"a"}`, true},
		{"  a: {x|startswith|fieldref: y}\n  condition: a", `{"x":"a/b","y":"a"}`, true},
		{"  a: {x|windash|contains: ' -f '}\n  condition: a", `{"x":"cmd –f x"}`, true},
		{"  a: {x|base64: foobar}\n  condition: a", `{"x":"Zm9vYmFy"}`, true},
		{"  a: {x|base64offset|contains: foobar}\n  condition: a", `{"x":"IGZvb2Jhcg=="}`, true},
		{"  a: {x|wide|base64offset|contains: ping}\n  condition: a", `{"x":"AHAAaQBuAGcA"}`, true},
		{"  a: {x|utf16|base64: ping}\n  condition: a", `{"x":"//5wAGkAbgBnAA=="}`, true},
		{"  a: [needle, other]\n  condition: a", `{"x":{"y":"a NEEDLE in"}}`, true},
		{"  a: {'|all': [one, two]}\n  condition: a", `{"x":"one","y":"two"}`, true},
		{"  a: {'|re': '^on'}\n  condition: a", `{"x":"one"}`, true},
		{"  a: {x: 1}\n  b: {y: 1}\n  condition: a and not b", `{"x":1}`, true},
		{"  a: {x: 1}\n  b: {y: 1}\n  c: {z: 1}\n  condition: a or b and c", `{"x":1}`, true},
		{"  a: {x: 1}\n  b: {y: 1}\n  c: {z: 1}\n  condition: (a or b) and c", `{"x":1}`, false},
		{"  sel_a: {x: 1}\n  sel_b: {y: 1}\n  condition: 1 of sel_*", `{"y":1}`, true},
		{"  sel_a: {x: 1}\n  sel_b: {y: 1}\n  condition: all of sel_*", `{"y":1}`, false},
		{"  sel: {x: 1}\n  _off: {y: 1}\n  condition: all of them", `{"x":1}`, true},
		{"  sel: {x: 1}\n  _off: {y: 1}\n  condition: 1 of them", `{"y":1}`, false},
		{"  a: {x: 1}\n  b: {y: 1}\n  condition: [a, b]", `{"y":1}`, true},
		{"  a: {x: 1}\n  b: {y: 1}\n  condition: a AND NOT b", `{"x":1}`, true},
		{"  notsel: {x: 1}\n  condition: notsel", `{"x":1}`, true},
		{"  a: {x: 012345670123}\n  condition: a", `{"x":"012345670123"}`, true},
		{"  a: {x: No}\n  condition: a", `{"x":"No"}`, true},
		{"  a: {x: 0x1F}\n  condition: a", `{"x":31}`, true},
		{"  a: {x: 1_000}\n  condition: a", `{"x":1000}`, true},
	} {
		if got := holds(t, c.detection, c.event); got != c.want {
			t.Errorf("%s\non %s: %v", c.detection, c.event, got)
		}
	}
}

func TestRefused(t *testing.T) {
	detection := func(s string) string { return head + "detection:\n" + s }
	correlation := func(s string) string {
		return detection("  a: {x: 1}\n  condition: a") + "\nname: base\n---\ntitle: C\ncorrelation:\n" + s
	}
	for _, c := range []struct{ text, want string }{
		{detection("  a: {x|expand: '%admins%'}\n  condition: a"), `test.yml:4: "T": the placeholder %admins% has no values here`},
		{detection("  a: {x|magic: 1}\n  condition: a"), `unknown modifier "magic"`},
		{detection("  a: {x: []}\n  condition: a"), "empty list"},
		{detection("  a: {x: {y: 1}}\n  condition: a"), "parent.child"},
		{detection("  a: {x: 1}\n  condition: all of b*"), "all of b*: no such condition"},
		{detection("  a: {x: 1}\n  condition: a | count() > 5"), "write a correlation"},
		{detection("  a: {x: 1}\n  condition: a near b"), "near is not part"},
		{detection("  a: {x: 1}\n  condition: b"), `names "b"`},
		{detection("  a: {x: 1}\n  condition: 2 of a*"), "1 of, any of and all of"},
		{detection("  a: {x: 1}\n  condition: (a"), "not closed"},
		{detection("  a: {x: 1}\n  condition: a a"), `unexpected "a"`},
		{detection("  a: {x: 1}\n  condition: not"), "ends early"},
		{detection("  a: {x: 1}"), "no condition"},
		{detection("  a: {x|re: '(?=x)'}\n  condition: a"), "look-around"},
		{detection("  a: {x|re: '(a)\\1'}\n  condition: a"), "back-references"},
		{detection("  a: {x|re: '('}\n  condition: a"), "missing closing"},
		{detection("  a: {x|cidr: nonsense}\n  condition: a"), "not a network"},
		{detection("  a: {x|gt: many}\n  condition: a"), "not a number"},
		{detection("  a: {x|exists: maybe}\n  condition: a"), "true or false"},
		{detection("  a: {x|contains|re: a}\n  condition: a"), "re has to come first"},
		{detection("  a: {x|contains: null}\n  condition: a"), "null has no text"},
		{detection("  a: {x|base64: 'a*'}\n  condition: a"), "wildcards do not go together"},
		{detection("  a: {x: 1, x: 2}\n  condition: a"), `"x" is there twice`},
		{detection("  a: &a [*a]\n  condition: a"), "contains itself"},
		{"title: T\nlogsource: {product: windows}\ndetection: {a: x, condition: a}", "it is for windows"},
		{"title: T\ndetection: {a: x, condition: a}", "no logsource"},
		{"logsource: {product: aws}\ndetection: {a: x, condition: a}", "no title"},
		{head + "level: urgent\ndetection: {a: x, condition: a}", `unknown level "urgent"`},
		{"just text", "not a map"},
		{"title: [unclosed", "not YAML"},
		{head + "detection:\n  a: {x: 1}\n condition: a", "not YAML"},
		{"title: T\nlogsource: {product: aws}\nfilter: {rules: [nobody], a: {x: 1}, condition: not a}", "about none of the rules"},
		{correlation("  type: event_count\n  rules: [gone]\n  timespan: 1m\n  condition: {gte: 2}"), `"gone", which was not loaded`},
		{correlation("  type: sums\n  rules: [base]\n  timespan: 1m\n  condition: {gte: 2}"), "unknown type"},
		{correlation("  type: event_count\n  rules: [base]\n  timespan: soon\n  condition: {gte: 2}"), "15m"},
		{correlation("  type: event_count\n  rules: [base]\n  timespan: 1m"), "no condition"},
		{correlation("  type: event_count\n  rules: [base]\n  timespan: 1m\n  condition: {gte: 2, lt: 5}"), "needs one of"},
		{correlation("  type: event_count\n  rules: [base]\n  timespan: 1m\n  condition: {lt: 1}"), "cannot be told from logs"},
		{correlation("  type: value_count\n  rules: [base]\n  timespan: 1m\n  condition: {gte: 2}"), "needs the field"},
		{correlation("  type: value_percentile\n  rules: [base]\n  timespan: 1m\n  condition: {gte: 2, field: x}"), "percentile"},
		{correlation("  type: temporal\n  rules: [base, base]\n  timespan: 1m"), "twice"},
		{correlation("  type: temporal\n  timespan: 1m\n  condition: not base"), "cannot be told from logs"},
		{correlation("  type: temporal\n  rules: [base, C]\n  timespan: 1m"), "built on itself"},
	} {
		s := load(c.text)
		var all []string
		for _, r := range s.Refused {
			all = append(all, r.String())
		}
		if got := strings.Join(all, "\n"); !strings.Contains(got, c.want) || len(s.Refused) != 1 {
			t.Errorf("%s\nrefused: %s\nnot: %s", c.text, got, c.want)
		}
	}
}

// A document that is broken does not take others with it, and lines are those of
// the file.
func TestOneOfMany(t *testing.T) {
	s := load("# a comment\n---\n" + head + "detection: {a: {x: 1}, condition: a}\n---\ntitle: [\n---\n" + head + "id: 2\ndetection: {a: {x|no: 1}, condition: a}\n...\n---\n" + head + "id: 3\ndetection: {a: {x: 1}, condition: a}\n")
	if len(s.Rules) != 2 || len(s.Refused) != 2 || s.Rules[0].Line != 3 || s.Rules[1].Line != 15 {
		t.Fatalf("%d rules: %+v, refused %v", len(s.Rules), s.Rules, s.Refused)
	}
	if a, b := s.Refused[0], s.Refused[1]; a.Line != 7 || b.Line != 12 {
		t.Errorf("refused in other lines: %v", s.Refused)
	}
}

// Collections repeat rules: the same one again is none, another one is refused.
func TestSameID(t *testing.T) {
	one := head + "id: AB\ndetection: {a: {x: 1}, condition: a}\n---\n"
	if s := load(one + strings.Replace(one, "AB", "ab", 1)); len(s.Rules) != 1 || len(s.Refused) > 0 || len(s.Rules[0].Hints) != 2 {
		t.Errorf("%d rules, %v", len(s.Rules), s.Refused)
	}
	if s := load(one + strings.Replace(one, "x: 1", "x: 2", 1)); len(s.Rules) != 1 || len(s.Refused) != 1 {
		t.Errorf("%d rules, %v", len(s.Rules), s.Refused)
	}
}

func TestFilters(t *testing.T) {
	s := load(head + "id: 1\ndetection: {a: {x: 1}, condition: a}\n---\n" + head + "id: 2\ndetection: {a: {x: 1}, condition: a}\n---\n" +
		"title: F\nlogsource: {product: aws}\nfilter: {rules: ['1'], f: {user: admin}, condition: not f}")
	if len(s.Rules) != 2 || len(s.Refused) > 0 {
		t.Fatal(s.Refused)
	}
	event := expr.Decode([]byte(`{"x":1,"user":"admin"}`))
	if event.Holds(s.Rules[0].Condition) || !event.Holds(s.Rules[1].Condition) {
		t.Error("the filter is about the first rule alone")
	}
}

func TestGlobal(t *testing.T) {
	s := load("action: global\ntitle: T\nlevel: high\nlogsource: {product: aws}\ndetection: {condition: a}\n---\nid: 1\ndetection: {a: {x: 1}}\n---\nid: 2\nlevel: low\ndetection: {a: {x: 2}}")
	if len(s.Rules) != 2 || s.Rules[0].Level != rule.High || s.Rules[1].Level != rule.Low {
		t.Fatalf("%+v %v", s.Rules, s.Refused)
	}
}

func TestChains(t *testing.T) {
	base := head + "id: 1\nname: base\ndetection: {a: {x: 1}, condition: a}\n---\n"
	chain := "title: Top\nname: top\ncorrelation: {type: temporal, rules: [low, base], group-by: [user], timespan: 1h}\n---\n" +
		"title: Low\nname: low\ncorrelation: {type: event_count, rules: [base], group-by: [user], timespan: 1m, condition: {gte: 3}}\n"
	s := load(base + chain)
	if len(s.Correlations) != 2 || s.Correlations[0].Name != "low" || len(s.Refused) > 0 {
		t.Fatalf("%v", s.Refused)
	}
	s = load(base + strings.Replace(chain, "group-by: [user], timespan: 1m", "timespan: 1m", 1))
	if len(s.Refused) != 1 || !strings.Contains(s.Refused[0].Reason, "it needs user of") {
		t.Fatalf("%v", s.Refused)
	}
}

func TestConditionInWords(t *testing.T) {
	base := ""
	for _, name := range []string{"a", "b", "c"} {
		base += head + "name: " + name + "\ndetection: {s: {x: 1}, condition: s}\n---\n"
	}
	s := load(base + "title: C\ncorrelation: {type: temporal, timespan: 1h, condition: a and (b or not c)}")
	if len(s.Correlations) != 1 || len(s.Correlations[0].Any) != 2 || len(s.Correlations[0].Bases) != 3 {
		t.Fatalf("%+v %v", s.Correlations, s.Refused)
	}
}

func TestBombs(t *testing.T) {
	laughs := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 12; i++ {
		laughs += strings.NewReplacer("N", string(rune('a'+i)), "P", string(rune('a'+i-1))).Replace("N0: &N0 [*P0,*P0,*P0,*P0,*P0,*P0,*P0,*P0,*P0,*P0]\n")
	}
	names := head + "detection:\n"
	for range 300 {
		names += "  s" + strings.Repeat("x", len(names)%97) + string(rune('a'+len(names)%26)) + ": {x: [" + strings.Repeat("1,", 200) + "1]}\n"
	}
	for name, text := range map[string]string{
		"aliases": laughs, "brackets": strings.Repeat("[", 100_000), "maps": strings.Repeat("{a: ", 5000), "indents": deep(3000),
		"parens":    head + "detection: {a: {x: 1}, condition: '" + strings.Repeat("(", 5000) + "a'}",
		"words":     head + "detection: {a: {x: 1}, condition: '" + strings.Repeat("a and ", 20_000) + "a'}",
		"of":        names + "  condition: " + strings.Repeat("1 of them or ", 3000) + "1 of them\n",
		"dashes":    head + "detection: {a: {x|windash: '" + strings.Repeat("-a ", 1000) + "'}, condition: a}",
		"repeats":   head + "detection: {a: {x|re: '((a{1000}){1000}){1000}'}, condition: a}",
		"documents": strings.Repeat("---\n- x\n", 1000),
	} {
		s := load(text)
		if s.Len() > 0 || len(s.Refused) == 0 {
			t.Errorf("%s: %d rules, refused %d", name, s.Len(), len(s.Refused))
		}
	}
}

func deep(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("../pack/*/*.yml")
	for _, name := range files {
		if content, err := os.ReadFile(name); err == nil {
			f.Add(content)
		}
	}
	f.Add([]byte(head + "detection: {a: {x|re|i: 'a*'}, condition: not 1 of a*}"))
	f.Add([]byte("title: C\ncorrelation: {type: temporal, timespan: 1h, condition: a and (b or not c)}\n---\nx: &x [*x]"))
	f.Fuzz(func(t *testing.T, content []byte) {
		var l Loader
		l.Add("fuzz.yml", content)
		s := l.Set()
		for _, r := range s.Rules {
			expr.Decode([]byte(`{"x":"a"}`)).Holds(r.Condition)
			_ = r.Condition.String()
		}
	})
}

func FuzzCondition(f *testing.F) {
	for _, s := range []string{"a and not b", "1 of a* or (all of them)", "not not a", "a |", "NOT a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := &block{names: []string{"a", "b"}, nodes: map[string]*expr.Node{"a": expr.All(), "b": expr.Any()}, hint: func(string, ...any) {}}
		n, err := b.condition(&node{}, text)
		if (n == nil) == (err == nil) {
			t.Errorf("%q: neither a condition nor an error", text)
		}
	})
}
