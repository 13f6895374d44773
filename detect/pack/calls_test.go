package pack_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"ctlog/detect"
	"ctlog/detect/expr"
	"ctlog/detect/pack"
	"ctlog/detect/rule"
	"ctlog/parse"
)

var update = flag.Bool("update", false, "write tells.tsv anew, from the rules of the core pack")

// atLeast is the weight from which on a call alone is telling.
const atLeast = 10

// tells.tsv says what the rules say: of every call that a rule names it is asked
// which rules an event with nothing but that call meets.
func TestTells(t *testing.T) {
	set := load(t, "core")
	want := tellsOf(set)
	if *update {
		if err := os.WriteFile("tells.tsv", []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("tells.tsv")
	if err != nil || string(got) != want {
		t.Errorf("tells.tsv is not what the rules say (%v); go generate ./detect/pack writes it anew", err)
	}
}

// What is looked up is what the rules say, for calls with a date behind their
// name and for such as begin like telling ones, too.
func TestToldAsTheRulesSay(t *testing.T) {
	set := load(t, "core")
	asked := newAsked(set)
	for _, call := range append(asked.calls(), "lambda:UpdateFunctionCode20150331v2", "lambda:CreateFunction20150331", "lambda:CreateFunctionUrlConfig20211031",
		"lambda:GetFunction20150331v2", "lambda:GetFunctionConcurrency", "iam:CreateUserX", "s3:GetObject", "s3:CreateUser", "iam:", "") {
		service, name, _ := strings.Cut(call, ":")
		if got, want := pack.CallTold(call), asked.tell(event(service, name)); got != want {
			t.Errorf("%s: told %+v, the rules say %+v", call, got, want)
		}
	}
	for _, agent := range []string{"aws-cli/2.15 kali", "Boto3 Parrot", "[S3 Browser 11]", "stratus-red-team_x", "aws-cli/2.15"} {
		_, got := pack.AgentTold(agent)
		if want := asked.tell(fmt.Sprintf(`{"userAgent":%q}`, agent)); got != want {
			t.Errorf("%s: told %+v, the rules say %+v", agent, got, want)
		}
	}
}

func event(service, name string) string {
	return fmt.Sprintf(`{"eventSource":%q,"eventName":%q}`, service+".amazonaws.com", name)
}

// asked are rules that can be asked about events.
type asked struct {
	rules   []*rule.Rule
	matcher *detect.Matcher
}

func newAsked(set *rule.Set) *asked {
	return &asked{set.Rules, detect.NewEngine(set.Rules).Matcher()}
}

// tell gives what the weightiest of the rules that an event meets says.
func (a *asked) tell(raw string) (best pack.Tell) {
	for _, i := range a.matcher.Match(&parse.Event{Raw: []byte(raw)}) {
		if r := a.rules[i]; r.Weight >= atLeast && r.Weight > best.Weight {
			best = pack.Tell{Weight: r.Weight, Level: r.Level.String(), Technique: r.Techniques()[0], Reason: r.Reason}
		}
	}
	return best
}

// literals are the texts that a rule compares a field with; of a beginning with
// a star behind it.
func literals(r *rule.Rule, field string) (out []string) {
	r.Condition.Tests(func(t *expr.Test) {
		if t.Kind != expr.Like || t.Path == nil || t.Path.Text != field {
			return
		}
		text := ""
		for _, p := range t.Pattern.Pieces {
			if text += p.Text; p.Many && text != "" {
				text += "*"
			}
		}
		out = append(out, text)
	})
	return out
}

// calls are those that the rules name.
func (a *asked) calls() (calls []string) {
	for _, r := range a.rules {
		for _, source := range literals(r, "eventSource") {
			for _, name := range literals(r, "eventName") {
				calls = append(calls, strings.TrimSuffix(source, ".amazonaws.com")+":"+name)
			}
		}
	}
	slices.Sort(calls)
	return slices.Compact(calls)
}

func tellsOf(set *rule.Set) string {
	a := newAsked(set)
	type row struct {
		kind, text string
		tell       pack.Tell
	}
	var rows []row
	for _, call := range a.calls() {
		service, name, _ := strings.Cut(call, ":")
		rows = append(rows, row{"call", call, a.tell(event(service, strings.TrimSuffix(name, "*")))})
	}
	for _, r := range a.rules {
		for _, agent := range literals(r, "userAgent") {
			rows = append(rows, row{"agent", strings.Trim(agent, "*"), a.tell(fmt.Sprintf(`{"userAgent":%q}`, agent))})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(strings.Compare(b.kind, a.kind), strings.Compare(a.text, b.text))
	})
	var b strings.Builder
	for _, r := range slices.Compact(rows) {
		if t := r.tell; t.Weight > 0 {
			fmt.Fprintf(&b, "%s\t%s\t%d\t%s\t%s\t%s\n", r.kind, r.text, t.Weight, t.Level, t.Technique, t.Reason)
		}
	}
	return b.String()
}
