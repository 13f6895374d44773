package detect

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"ctlog/detect/expr"
	"ctlog/detect/rule"
	"ctlog/parse"
)

var update = flag.Bool("update", false, "write golden files anew")

// pysigma is a Python that has pySigma 2.0.1 and pysigma-backend-sqlite 2.1.1,
// which .ci/run installs.
func pysigma(t *testing.T) string {
	python := os.Getenv("CTLOG_PYSIGMA")
	if python == "" {
		t.Skip("pySigma is not here: CTLOG_PYSIGMA names a Python that has it")
	}
	if out, err := exec.Command(python, "-c", "import sigma.backends.sqlite").CombinedOutput(); err != nil {
		t.Skipf("pySigma is not here: %s", out)
	}
	return python
}

// The rules of SigmaHQ and suzaku on every event of the samples and on events
// made of the rules: pySigma finds the same but for what is listed, each with
// the decision that it comes of.
func TestAgainstPySigma(t *testing.T) {
	python := pysigma(t)
	s := othersRules(t, "sigmahq", "suzaku")
	events := realEvents(t)
	for i, r := range s.Rules {
		events = append(events, made(r, !strings.HasSuffix(r.File, "_attempt.yml") && (strings.Contains(r.File, "sigmahq") || i%20 == 0))...)
	}
	files, _ := filepath.Glob(filepath.Join(shared, "sigma", "*", "*.yml"))
	peer := ask(t, python, s, events, files)
	for name, text := range peer.Errors {
		t.Errorf("pySigma on %s: %s", name, text)
	}
	m := NewEngine(s.Rules).Matcher()
	hits := make([]map[int]bool, len(s.Rules))
	for i := range hits {
		hits[i] = map[int]bool{}
	}
	for n, e := range events {
		for _, r := range m.Match(&parse.Event{Raw: []byte(e)}) {
			hits[r][n] = true
		}
	}
	differences := map[string]int{}
	agreed, unexplained := 0, 0
	for i, r := range s.Rules {
		theirs := map[int]bool{}
		for _, n := range peer.Rules[r.ID] {
			theirs[n] = true
		}
		for n, e := range events {
			if hits[i][n] == theirs[n] {
				if theirs[n] {
					agreed++
				}
				continue
			}
			reason := decision(r, e)
			if reason == "" {
				if unexplained++; unexplained <= 20 {
					t.Errorf("%s (%s) on %s: ctlog says %v, pySigma %v", r.Title, r.Condition, e, hits[i][n], theirs[n])
				}
				continue
			}
			differences[fmt.Sprintf("%s: ctlog %v, pySigma %v: %s", reason, hits[i][n], theirs[n], r.Title)]++
		}
	}
	if agreed < 2000 {
		t.Errorf("%d matches that both find: this tells little", agreed)
	}
	t.Logf("%d events, %d matches that both find, %d kinds of differences", len(events), agreed, len(differences))
	golden(t, "testdata/pysigma.golden", differences)
}

func golden(t *testing.T, name string, lines map[string]int) {
	t.Helper()
	var b strings.Builder
	for _, l := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintf(&b, "%s ×%d\n", l, lines[l])
	}
	if *update {
		if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the differences are not those of %s; -update writes it anew:\n%s", name, b.String())
	}
}

// decision gives the decision of the package expr that a difference comes of.
func decision(r *rule.Rule, event string) (reason string) {
	plain := expr.Decode([]byte(event))
	r.Condition.Tests(func(t *expr.Test) {
		if reason != "" || t.Path == nil {
			return
		}
		value, null, structured := flat(plain, t.Path)
		text, _ := value.(string)
		switch {
		case structured:
			reason = "any member of an array, and what is below an object"
		case null && t.Kind == expr.Exists:
			reason = "a field that is null is present"
		case strings.IndexFunc(text, func(c rune) bool { return c > unicode.MaxASCII }) >= 0:
			reason = "case is that of Unicode"
		case t.Kind == expr.Regex && strings.HasSuffix(text, "\n"):
			reason = "$ is the end, not the line feed before it"
		case t.Kind == expr.Like && t.Pattern.Numeric() && text == "":
			reason = "numbers are compared as numbers"
		}
	})
	return reason
}

// flat gives what SQLite gets for a field: one value.
func flat(p *expr.Plain, path *expr.Path) (value any, null, structured bool) {
	if !p.Holds(expr.One(&expr.Test{Path: path, Kind: expr.Exists})) {
		return nil, false, false
	}
	text, ok := p.Value(path)
	if !ok {
		return nil, true, p.Holds(expr.Not(expr.One(&expr.Test{Path: path, Kind: expr.Null})))
	}
	raw, _ := parse.Field(p.Raw(), strings.Split(path.Text, ".")...)
	switch {
	case len(raw) == 0 || raw[0] == '[' || raw[0] == '{':
		return text, false, true
	case raw[0] == '"' || raw[0] == 't' || raw[0] == 'f':
		return text, false, false
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n, false, false
	}
	return text, false, false
}

// answers are pySigma's: by ID the events.
type answers struct {
	Rules        map[string][]int   `json:"rules"`
	Correlations map[string][]alert `json:"correlations"`
	Errors       map[string]string  `json:"errors"`
}

type alert struct {
	Group  []string `json:"group"`
	From   float64  `json:"from"`
	To     float64  `json:"to"`
	Events []int    `json:"events"`
}

func ask(t *testing.T, python string, s *rule.Set, events []string, files []string) (a answers) {
	t.Helper()
	paths := map[string]*expr.Path{"eventTime": expr.NewPath("eventTime")}
	titles := map[string]string{}
	for _, r := range s.Rules {
		titles[r.Title] = r.ID
		r.Condition.Tests(func(test *expr.Test) {
			for _, p := range []*expr.Path{test.Path, test.Other} {
				if p != nil {
					paths[p.Text] = p
				}
			}
		})
	}
	for _, c := range s.Correlations {
		for i := range c.Bases {
			for _, f := range slices.Concat(c.GroupBy, c.Threshold.Fields) {
				paths[c.Field(f, i)] = expr.NewPath(c.Field(f, i))
			}
		}
	}
	job := struct {
		Files  []string          `json:"files"`
		Fields []string          `json:"fields"`
		Events []map[string]any  `json:"events"`
		Titles map[string]string `json:"titles"`
	}{Files: files, Fields: append(slices.Sorted(maps.Keys(paths)), "everything"), Titles: map[string]string{}}
	for _, c := range s.Correlations {
		for _, ref := range c.Refs {
			job.Titles[ref] = titles[ref]
		}
	}
	for _, e := range events {
		plain, columns := expr.Decode([]byte(e)), map[string]any{}
		for name, p := range paths {
			if v, _, _ := flat(plain, p); v != nil {
				columns[name] = v
			}
		}
		job.Events = append(job.Events, columns)
	}
	input, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "testdata/pysigma.py")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func realEvents(t *testing.T) (events []string) {
	eachEvent(t, shared, func(_ string, e *parse.Event) { events = append(events, string(e.Raw)) })
	return events
}

// made makes events of a rule: one a branch of its normal form and, if asked
// for, near misses, several a literal.
func made(r *rule.Rule, near bool) (events []string) {
	for _, branch := range branches(r.Condition) {
		values := map[string]string{"eventTime": `"2024-01-09T10:00:00Z"`}
		for _, t := range branch {
			if v := satisfying(t); v != "" {
				values[t.Path.Dotted()] = v
			}
		}
		events = append(events, eventOf(values))
		if !near {
			continue
		}
		for _, field := range slices.Sorted(maps.Keys(values)) {
			for _, v := range misses(values[field]) {
				changed := maps.Clone(values)
				if changed[field] = v; v == "" {
					delete(changed, field)
				}
				events = append(events, eventOf(changed))
			}
		}
	}
	return events
}

// branches are the ways in which n can hold, the first of them.
func branches(n *expr.Node) [][]*expr.Test {
	const most = 40
	switch n.Op {
	case expr.OpTest:
		return [][]*expr.Test{{n.Test}}
	case expr.OpNot:
		return [][]*expr.Test{nil}
	case expr.OpAny:
		var all [][]*expr.Test
		for _, s := range n.Subs {
			all = append(all, branches(s)...)
		}
		return all[:min(len(all), most)]
	}
	all := [][]*expr.Test{nil}
	for _, s := range n.Subs {
		var next [][]*expr.Test
		for _, head := range all {
			for _, tail := range branches(s) {
				next = append(next, slices.Concat(head, tail))
			}
		}
		all = next[:min(len(next), most)]
	}
	return all
}

// satisfying gives a JSON value that meets a test, "" for an absent one.
func satisfying(t *expr.Test) string {
	switch {
	case t.Path == nil || t.Kind == expr.Null:
		return ""
	case t.Kind == expr.Regex:
		return `"arn:aws:iam::111122223333:user/someone"`
	case t.Kind != expr.Like:
		return `"something"`
	}
	var b strings.Builder
	for _, p := range t.Pattern.Pieces {
		switch {
		case p.Text != "":
			b.WriteString(p.Text)
		case !p.Many:
			b.WriteByte('q')
		}
	}
	return jsonText(b.String())
}

func jsonText(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// misses are values near one: spelled otherwise, wrapped, or not quite it.
func misses(value string) []string {
	text := string(parse.AppendText(nil, []byte(value)))
	out := []string{"", "null", jsonText(strings.ToUpper(text)), jsonText(text + "\n"), jsonText("x" + text), jsonText(text + "x"), "[" + value + "]", `["other",` + value + "]", `{"inner":` + value + "}", `""`, "true", "22.0"}
	if text != "" {
		out = append(out, fmt.Sprintf(`"\u%04x%s`, text[0], jsonText(text[1:])[1:]), jsonText(text[1:]), jsonText(text[:len(text)-1]))
	}
	if text == "true" || text == "false" {
		out = append(out, text)
	}
	return out
}

// eventOf makes an event of fields.
func eventOf(values map[string]string) string {
	root := map[string]any{}
	for _, field := range slices.Sorted(maps.Keys(values)) {
		names := strings.Split(field, ".")
		at := root
		for _, n := range names[:len(names)-1] {
			next, ok := at[n].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[n] = next
			}
			at = next
		}
		at[names[len(names)-1]] = json.RawMessage(values[field])
	}
	b, err := json.Marshal(root)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// The correlations of suzaku. Counts name the very same events; of what comes in
// order pySigma names one choice of events, so there the stretches of time are
// compared. It wants different times for what has an order, which all have here.
func TestCorrelationsAgainstPySigma(t *testing.T) {
	python := pysigma(t)
	s := othersRules(t, "suzaku")
	r := rand.New(rand.NewPCG(7, 8))
	events := series(r)
	var files []string
	for _, c := range s.Correlations {
		files = append(files, c.File)
	}
	peer := ask(t, python, s, events, files)
	number := map[string]int{}
	for i, e := range events {
		id, _ := parse.Field([]byte(e), "eventID")
		number[string(parse.AppendText(nil, id))] = i
	}
	found := map[string][]alert{}
	_, episodes, _ := outcome(t, s, events, Config{Baseline: NoTime}, r)
	for _, e := range episodes {
		a := alert{From: float64(e.From) / 1e9, To: float64(e.To) / 1e9}
		for _, p := range e.Group {
			a.Group = append(a.Group, strings.ToLower(p.Text))
		}
		slices.Sort(a.Group)
		for _, id := range e.Events {
			a.Events = append(a.Events, number[id])
		}
		if e.Count != int64(len(e.Events)) {
			t.Errorf("%s: %d events, %d named: the series is too dense for this test", e.Correlation.Title, e.Count, len(e.Events))
		}
		found[e.Correlation.ID] = append(found[e.Correlation.ID], a)
	}
	for _, c := range s.Correlations {
		ours, theirs := found[c.ID], peer.Correlations[c.ID]
		if len(ours) == 0 || len(theirs) == 0 {
			t.Errorf("%s: %d episodes, %d alerts, %v", c.Title, len(ours), len(theirs), peer.Errors)
			continue
		}
		if !c.Type.Ordinal() && !slices.Equal(named(ours), named(theirs)) {
			t.Errorf("%s: ctlog names %v, pySigma %v", c.Title, named(ours), named(theirs))
		}
		covered(t, c.Title+": ctlog has what pySigma has not", ours, theirs)
		covered(t, c.Title+": pySigma has what ctlog has not", theirs, ours)
	}
}

// named are the events of all alerts.
func named(alerts []alert) (all []int) {
	for _, a := range alerts {
		all = append(all, a.Events...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// covered: each of some alerts overlaps one of the others of its group.
func covered(t *testing.T, what string, alerts, others []alert) {
	t.Helper()
	for _, a := range alerts {
		if !slices.ContainsFunc(others, func(o alert) bool { return slices.Equal(a.Group, o.Group) && a.From <= o.To && o.From <= a.To }) {
			t.Errorf("%s: %v from %.0f to %.0f", what, a.Group, a.From, a.To)
		}
	}
}

// series makes events that the base rules of suzaku's correlations are about, all
// at different times, in bursts.
func series(r *rand.Rand) (events []string) {
	calls := [][2]string{{"signin.amazonaws.com", "ConsoleLogin"}, {"sts.amazonaws.com", "GetCallerIdentity"}, {"s3.amazonaws.com", "ListBuckets"}, {"iam.amazonaws.com", "CreateUser"},
		{"iam.amazonaws.com", "CreateAccessKey"}, {"iam.amazonaws.com", "ListUsers"}, {"iam.amazonaws.com", "ListRoles"}, {"iam.amazonaws.com", "GetUser"}}
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for n := range 2000 {
		if at = at.Add(time.Duration(1+r.IntN(8)) * time.Second); n%40 == 0 {
			at = at.Add(time.Duration(r.IntN(30)) * time.Minute)
		}
		call := calls[r.IntN(len(calls))]
		values := map[string]string{"eventID": jsonText(fmt.Sprintf("id-%04d", n)), "eventSource": jsonText(call[0]), "eventName": jsonText(call[1]), "eventTime": jsonText(at.Format(time.RFC3339)),
			"sourceIPAddress": jsonText(fmt.Sprintf("203.0.113.%d", r.IntN(3))), "userIdentity.arn": jsonText(fmt.Sprintf("arn:aws:iam::1:user/u%d", r.IntN(3))), "userIdentity.accessKeyId": `"AKIA1"`}
		if call[1] == "ConsoleLogin" {
			values["responseElements.ConsoleLogin"] = `"Failure"`
		}
		if n/200%3 == 2 && call[1] != "ConsoleLogin" {
			values["errorCode"] = `"AccessDenied"`
		}
		events = append(events, eventOf(values))
	}
	return events
}
