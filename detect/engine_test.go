package detect

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ctlog/detect/pattern"
	"ctlog/detect/rule"
	"ctlog/detect/sigma"
	"ctlog/parse"
	"ctlog/query/need"
)

// Evidence and rules of others, which are not part of the repository.
const shared = "../../shared/data"

func othersRules(t testing.TB, dirs ...string) *rule.Set {
	t.Helper()
	var l sigma.Loader
	for _, d := range dirs {
		if err := l.Dir(filepath.Join(shared, "sigma", d)); err != nil {
			t.Skip("the rules of SigmaHQ and suzaku are not here")
		}
	}
	return l.Set()
}

// eachEvent calls f for every event below a directory.
func eachEvent(t testing.TB, dir string, f func(name string, e *parse.Event)) {
	t.Helper()
	d := parse.NewDecoder(parse.Limits{})
	err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(name, "/sigma/") {
			return err
		}
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		body, err := d.Open(file, -1, false)
		if err != nil {
			return nil
		}
		body.Index()
		for e, err := range body.Events() {
			if err == nil && e.Raw[0] == '{' {
				f(name, &e)
			}
		}
		return nil
	})
	if err != nil {
		t.Skip(err)
	}
}

func TestOthersRulesOnRealEvents(t *testing.T) {
	s := othersRules(t, "sigmahq", "suzaku")
	m, b := NewEngine(s.Rules).Matcher(), NewBrute(s.Rules)
	events, hits := 0, map[int32]int{}
	eachEvent(t, shared, func(name string, e *parse.Event) {
		events++
		want, got := b.Match(e), m.Match(e)
		if !slices.Equal(want, got) {
			t.Fatalf("%s: event %s: %v, plainly %v", name, e.Raw, titles(s.Rules, got), titles(s.Rules, want))
		}
		for _, r := range got {
			hits[r]++
		}
	})
	if events < 1000 || len(hits) < 50 {
		t.Errorf("%d events, %d rules with a match: this tells little", events, len(hits))
	}
	t.Logf("%d events, %d rules with a match", events, len(hits))
}

func titles(rules []*rule.Rule, list []int32) (out []string) {
	for _, i := range list {
		out = append(out, rules[i].Title)
	}
	return out
}

// one runs both ways on one event.
func one(t *testing.T, rules []*rule.Rule, event string) []int32 {
	t.Helper()
	content := []byte(`{"Records":[` + event + `]}`)
	body, err := parse.NewDecoder(parse.Limits{}).Open(bytes.NewReader(content), -1, false)
	if err != nil {
		t.Fatal(err)
	}
	body.Index()
	var out []int32
	for e, err := range body.Events() {
		if err != nil {
			t.Fatalf("%s: %s", event, err)
		}
		want := NewBrute(rules).Match(&e)
		m := NewEngine(rules).Matcher()
		for range 2 {
			if out = m.Match(&e); !slices.Equal(out, want) {
				t.Fatalf("%v on %s: %v, plainly %v", conditions(rules), event, out, want)
			}
		}
	}
	return out
}

func conditions(rules []*rule.Rule) string {
	var b strings.Builder
	for _, r := range rules {
		fmt.Fprintf(&b, "%s\n", r.Condition)
	}
	return b.String()
}

// generator makes rules and events that have something to do with each other.
type generator struct{ *rand.Rand }

func (g generator) pick(list ...string) string { return list[g.IntN(len(list))] }

var fields = []string{"eventName", "eventSource", "errorCode", "userAgent", "userIdentity.type", "userIdentity.arn", "requestParameters", "requestParameters.name", "requestParameters.items.id", "readOnly", "resources.ARN", "eventTime", "sourceIPAddress"}

func (g generator) word() string {
	return g.pick("GetObject", "getobject", "PutObject", "s3.amazonaws.com", "AccessDenied", "Root", "aws-cli/2", "kali", "22", "22.0", "true", "x", "", "arn:aws:iam::1:user/bob", "K\u212a", "203.0.113.9", "a\nb", "2024-01-09T23:05:00Z")
}

func (g generator) value() string {
	w := g.word()
	switch g.IntN(6) {
	case 0:
		w = w[:g.IntN(len(w)+1)]
		w = strings.ToValidUTF8(w, "")
	case 1:
		w = strings.ToUpper(w)
	}
	if strings.Contains(w, "\n") || g.IntN(2) == 0 {
		return fmt.Sprintf("%q", w)
	}
	return "'" + w + "'"
}

// item gives a line of a detection.
func (g generator) item() string {
	field := fields[g.IntN(len(fields))]
	switch g.IntN(16) {
	case 0:
		return field + ": null"
	case 1:
		return field + "|exists: " + g.pick("true", "false")
	case 2:
		return field + "|re" + g.pick("", "|i") + ": '" + g.pick("^a", "o", "(?s)a.b", "[0-9]+") + "'"
	case 3:
		return field + "|cidr: " + g.pick("203.0.113.0/24", "0.0.0.0/0")
	case 4:
		return field + "|" + g.pick("lt", "gte") + ": " + g.pick("22", "21.5")
	case 5:
		return field + "|fieldref" + g.pick("", "|contains") + ": " + fields[g.IntN(len(fields))]
	case 6:
		return field + ": " + g.pick("22", "true", "22.00", "'*'", "'?*'")
	case 7:
		return field + "|neq: " + g.value()
	}
	mods := g.pick("", "", "|contains", "|startswith", "|endswith", "|contains|cased", "|contains|all")
	if g.IntN(2) == 0 {
		return field + mods + ": " + g.value()
	}
	return field + mods + ": [" + g.value() + ", " + g.value() + ", " + g.value() + "]"
}

func (g generator) rule() string {
	var b strings.Builder
	b.WriteString("title: T\nlogsource: {product: aws}\ndetection:\n")
	n := 1 + g.IntN(3)
	for i := range n {
		fmt.Fprintf(&b, "  s%d:\n", i)
		for k := range 1 + g.IntN(3) {
			line := g.item()
			switch {
			case strings.HasPrefix(line, "'"):
			case k == 0 && g.IntN(8) == 0:
				fmt.Fprintf(&b, "    '|all': [%s]\n", g.value2())
				continue
			}
			if !strings.Contains(b.String()[strings.LastIndex(b.String(), "  s"):], strings.SplitN(line, ":", 2)[0]+":") {
				fmt.Fprintf(&b, "    %s\n", line)
			}
		}
	}
	b.WriteString("  condition: " + g.condition(n, 2) + "\n")
	return b.String()
}

func (g generator) value2() string {
	for {
		if v := g.value(); len(v) > 2 {
			return v
		}
	}
}

func (g generator) condition(n, depth int) string {
	s := fmt.Sprintf("s%d", g.IntN(n))
	if depth == 0 {
		return s
	}
	switch g.IntN(6) {
	case 0:
		return "not " + s
	case 1:
		return g.pick("1 of s*", "all of them", "any of them")
	case 2, 3:
		return "(" + g.condition(n, depth-1) + g.pick(" and ", " or ", " and not ") + g.condition(n, depth-1) + ")"
	}
	return s
}

func (g generator) json(depth int) string {
	switch g.IntN(10) {
	case 0:
		return g.pick("null", "true", "22", "22.0", "2.2E1")
	case 1, 2:
		if depth > 0 {
			return "[" + g.json(depth-1) + "," + g.json(0) + "]"
		}
	case 3:
		if depth > 0 {
			return `{"name":` + g.json(depth-1) + `,"id":` + g.json(0) + "}"
		}
	}
	s := fmt.Sprintf("%q", g.word())
	if g.IntN(6) == 0 {
		s = strings.ReplaceAll(s, "a", `\u0061`)
	}
	return s
}

func (g generator) event() string {
	var parts []string
	for _, f := range []string{"eventName", "eventSource", "errorCode", "userAgent", "readOnly", "eventTime", "sourceIPAddress"} {
		if g.IntN(4) > 0 {
			parts = append(parts, fmt.Sprintf("%q:%s", f, g.json(g.IntN(2))))
		}
	}
	parts = append(parts, fmt.Sprintf(`"userIdentity":{"type":%s,"arn":%s}`, g.json(0), g.json(1)), `"requestParameters":`+g.json(1))
	if g.IntN(2) == 0 {
		parts = append(parts, fmt.Sprintf(`"requestParameters":{"name":%s,"items":[{"id":%s},{"x":1},{"id":%s}]}`, g.json(1), g.json(1), g.json(0)))
	}
	if g.IntN(3) == 0 {
		parts = append(parts, `"resources":[{"ARN":`+g.json(0)+`}]`, `"eventName":`+g.json(0))
	}
	g.Shuffle(len(parts), func(i, k int) { parts[i], parts[k] = parts[k], parts[i] })
	return "{" + strings.Join(parts, ",") + "}"
}

func TestRandomRules(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(3, 4))}
	matched, refused := 0, 0
	for range 400 {
		var l sigma.Loader
		for i := range 4 {
			l.Add(fmt.Sprint(i), []byte(g.rule()))
		}
		s := l.Set()
		refused += len(s.Refused)
		if r, err := pattern.Rule(fmt.Sprintf("{ $.eventName %s %q || $.requestParameters.items[*].id = %q }", g.pick("=", "!="), g.word(), g.word()), "P", ""); err == nil {
			s.Rules = append(s.Rules, r)
		}
		for range 8 {
			matched += len(one(t, s.Rules, g.event()))
		}
	}
	if matched < 1000 || refused > 100 {
		t.Errorf("%d matches, %d rules refused: this tells little", matched, refused)
	}
	t.Logf("%d matches, %d rules refused", matched, refused)
}

// What a rule holds for has what is said to be needed for it.
func TestNeeds(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(9, 10))}
	refused, matched := 0, 0
	for range 1500 {
		var l sigma.Loader
		l.Add("a", []byte(g.rule()))
		s := l.Set()
		if len(s.Rules) == 0 {
			continue
		}
		p, b := NewProgram(s, func(*rule.Meta) bool { return true }), NewBrute(s.Rules)
		for range 6 {
			raw := []byte(g.event())
			holds := p.needs.Holds(raw) || parse.Escaped(raw) || need.HasOdd(raw)
			hit := len(b.Match(&parse.Event{Raw: raw})) > 0
			if hit && !holds {
				t.Fatalf("%v holds for %s, which is said to lack %s", s.Rules[0].Condition, raw, p.needs)
			}
			if hit {
				matched++
			}
			if !holds {
				refused++
			}
		}
	}
	if refused < 300 || matched < 300 {
		t.Errorf("%d refused, %d matched: this tells little", refused, matched)
	}
	t.Logf("%d refused, %d matched", refused, matched)
}

func TestBlind(t *testing.T) {
	var l sigma.Loader
	for i, d := range []string{
		"{eventSource: guardduty.amazonaws.com, eventName: DeleteDetector}",
		"{eventName: GetObject, requestParameters.layers|contains: x}",
		"{eventName: GetObject, requestParameters.key: y}",
		"{eventName: Other, requestParameters.layers: x}",
		"{tlsDetails.cipherSuite: x}",
		"{eventSource: S3.amazonaws.com, errorCode: null}",
		"{eventName: GetObject, userIdentity.invokedBy: x}",
	} {
		l.Add(fmt.Sprint(i), []byte("title: T\nlogsource: {product: aws}\ndetection: {s: "+d+", condition: s}"))
	}
	s := l.Set()
	if len(s.Rules) != 7 {
		t.Fatal(s.Refused)
	}
	e := NewEngine(s.Rules)
	all := e.Sight()
	for _, raw := range []string{`{"eventSource":"s3.amazonaws.com","eventName":"GetObject","requestParameters":{"key":"k"}}`, `{"eventSource":"s3.amazonaws.com","eventName":"ListBuckets"}`} {
		m := e.Matcher()
		m.Match(&parse.Event{Raw: []byte(raw)})
		all.Add(m.Sight())
	}
	for i, want := range []string{"no event is from guardduty.amazonaws.com", "", "", "", "no event has tlsDetails", "", "no event has userIdentity.invokedBy"} {
		if got := all.Blind(i); got != want {
			t.Errorf("rule %d: %q, not %q", i, got, want)
		}
	}
}

func TestNoAllocationOnAMiss(t *testing.T) {
	s := othersRules(t, "sigmahq", "suzaku")
	m := NewEngine(s.Rules).Matcher()
	e := &parse.Event{Raw: []byte(`{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/bob"},"eventTime":"2024-01-09T10:05:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.9","userAgent":"aws-cli","errorMessage":null,"requestParameters":{"key":"a\u003db"}}`)}
	m.Match(e)
	if n := testing.AllocsPerRun(100, func() { m.Match(e) }); n > 0 {
		t.Errorf("%v allocations for an event", n)
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, c := range []struct {
		name string
		dirs []string
	}{{"57", []string{"sigmahq"}}, {"795", []string{"sigmahq", "suzaku"}}} {
		b.Run(c.name, func(b *testing.B) {
			s := othersRules(b, c.dirs...)
			m := NewEngine(s.Rules).Matcher()
			var events []parse.Event
			eachEvent(b, filepath.Join(shared, "invictus"), func(_ string, e *parse.Event) {
				if len(events) < 2000 {
					events = append(events, parse.Event{Raw: bytes.Clone(e.Raw)})
				}
			})
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m.Match(&events[i%len(events)])
			}
		})
	}
}
