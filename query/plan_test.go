package query

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"ctlog/query/jq"
	"ctlog/query/match"
)

var writeGolden = flag.Bool("update", false, "write the golden files anew")

// planned are filters whose plans stand in testdata/plans.golden.
var planned = []struct {
	filter string
	vars   []jq.Var
}{
	{filter: `select(.eventName=="PutBucketPolicy")`},
	{filter: `.eventName == "PutBucketPolicy"`},
	{filter: `.Records[] | select(.eventName == "ConsoleLogin" or .eventName == "AssumeRole") | .eventID`},
	{filter: `select(.eventName == "ConsoleLogin" and .errorCode)`},
	{filter: `select(.errorCode)`},
	{filter: `select(.errorCode != null) | .errorCode`},
	{filter: `.errorCode == null`},
	{filter: `select(.eventName != "Decrypt")`},
	{filter: `select(.eventName == "Decrypt" | not)`},
	{filter: `select((.errorCode // "") == "AccessDenied")`},
	{filter: `select((.errorCode // "AccessDenied") == "AccessDenied")`},
	{filter: `select(.userIdentity.arn == "arn:aws:iam::111122223333:user/bob")`},
	{filter: `select(.userIdentity.arn? == "arn:aws:iam::111122223333:user/bob")`},
	{filter: `select(.userIdentity.sessionContext.sessionIssuer.userName? // "" | startswith("ci-"))`},
	{filter: `select(.eventName | startswith("Create"))`},
	{filter: `select(.eventName? // "" | startswith("Create"))`},
	{filter: `select(.userAgent // "" | test("curl|wget/1"))`},
	{filter: `select(.userAgent // "" | test("kali.*[Ll]inux"; "i"))`},
	{filter: `select(.userAgent | strings | test("^(Boto3|aws-(cli|sdk))/"; "x"))`},
	{filter: `select(.userAgent // "" | contains("python"))`},
	{filter: `select(contains({userIdentity: {type: "Root"}, eventName: "ConsoleLogin"}))`},
	{filter: `select(.errorCode // "" | ascii_downcase == "accessdenied")`},
	{filter: `select(.eventName | IN("CreateUser", "CreateAccessKey"))`},
	{filter: `select(.eventName as $n | ["CreateUser", "DeleteUser"] | index($n))`},
	{filter: `select(.eventName as $n | any($names[]; . == $n))`, vars: []jq.Var{{Name: "names", Value: []byte(`["CreateUser","DeleteTrail"]`)}}},
	{filter: `select(.accessKey == $key)`, vars: []jq.Var{{Name: "key", Value: []byte(`"AKIAEXAMPLE"`)}}},
	{filter: `def is($n): .eventName == $n; select(is("StopLogging"))`},
	{filter: `def root: .userIdentity.type? == "Root"; select(root and .eventName == "ConsoleLogin")`},
	{filter: `.Records[] | select(.eventName=="RunInstances") | select(.errorCode == null) | [.eventTime, .sourceIPAddress] | @tsv`},
	{filter: `.Records[] | [.eventTime, .eventName] | @tsv`},
	{filter: `select(any(.resources[]?; .ARN? == "arn:aws:s3:::secret"))`},
	{filter: `select([.resources[]?.accountId?] | any(. == "444455556666"))`},
	{filter: `select(.requestParameters | has("bucketName"))`},
	{filter: `select(.requestParameters.q? == "a=b&c/d\"e")`},
	{filter: `select(.responseElements.n? == 243.0)`},
	{filter: `select(.readOnly == false)`},
	{filter: `if .eventName == "StopLogging" then "stopped" elif .errorCode then "failed" else empty end`},
	{filter: `.Records[] | if .eventName == "StopLogging" then "stopped" else false end`},
	{filter: `select(.eventName == "A") , select(.eventName == "B")`},
	{filter: `select(.. | strings | . == "AKIAEXAMPLE")`},
	{filter: `select(any(..; . == "AKIAEXAMPLE"))`},
	{filter: `select(.eventName == "X") | error("no")`},
	{filter: `select(try error("x") catch . == "x")`},
	{filter: `select(.requestParameters.policyDocument? | fromjson? | .Version? == "2012-10-17")`},
	{filter: `first(select(.eventName == "X")), (limit(1; .b) | empty)`},
	{filter: `select(.eventSource | split(".")? | .[0]? == "iam")`},
	{filter: `select(.sourceIPAddress | ltrimstr("10.") == "0.0.1")`},
	{filter: `select(.eventName | tostring | endswith("Trail"))`},
	{filter: `reduce .resources[]? as $r (0; . + 1)`},
	{filter: `select(.["eventName"] == "X" and .["x y"]? != 3)`},
}

func TestPlansAreAsWritten(t *testing.T) {
	var got bytes.Buffer
	for _, p := range planned {
		plan := NewPlan(match.Fields{}, compiledFor(t, p.filter, jq.Options{Vars: p.vars}))
		got.WriteString(p.filter + "\n    " + plan.String() + "\n")
	}
	golden(t, "testdata/plans.golden", got.Bytes())
}

// Plans of field flags.
func TestPlansOfFields(t *testing.T) {
	for _, c := range []struct {
		f    match.Fields
		want string
	}{
		{match.Fields{}, "anything"},
		{match.Fields{EventName: []string{"Put*Policy", "StopLogging"}}, "(`Policy` and `Put`) or `StopLogging`"},
		{match.Fields{ErrorCode: []string{"*"}}, "`\"errorCode\"` or `\"errorMessage\"` or `\"ConsoleLogin\"`"},
		{match.Fields{User: []string{"Bob"}, IgnoreCase: true}, "`bob` in any case"},
		{match.Fields{SourceIP: []string{"203.0.113.9"}}, "`203.0.113.9` or `ffff:` in any case"},
		{match.Fields{SourceIP: []string{"10.16.0.0/12", "lambda*"}}, "`10.` or `ffff:` in any case or `lambda`"},
		{match.Fields{SourceIP: []string{"2001:db8::/32"}}, "anything"},
		{match.Fields{SourceIP: []string{"0.0.0.0/4"}}, "anything"},
		{match.Fields{Contains: []string{`"a b":"c&d"`}}, "`a b` and `d` and `c` and `:`"},
		{match.Fields{AccessKey: []string{"AKIAEXAMPLE"}, Region: []string{"eu-*"}}, "`AKIAEXAMPLE` and `eu-`"},
	} {
		if got := NewPlan(c.f).String(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.f, got, c.want)
		}
	}
}

// Texts are found however the event is laid out, and a spelling that hides
// them is seen.
func TestPlanOnBytes(t *testing.T) {
	plan := NewPlan(match.Fields{}, compiledFor(t, `select(.eventName == "GetObject" and .n.x? != null)`, jq.Options{}))
	for _, c := range []struct {
		event string
		want  bool
	}{
		{`{"eventName":"GetObject","n":{"x":1}}`, true},
		{"{\"eventName\" :\n\t\"GetObject\", \"n\" : {\"x\": 1}}", true},
		{`{"eventName":"GetObject"}`, false},
		{`{"eventName":"GetObjectAcl","n":{"x":1}}`, false},
		{`{"event":"GetObject","n":{"x":1}}`, false},
		{`{"eventName":"G\u0065tObject","n":{"x":1}}`, true},
		{`{"eventName":"PutObject","n":{"x":"\u003d\u0026"}}`, false},
		{`{"eventName":"GetObject","n":{"x":null}}`, false},
		{`{"eventName":"GetObject","n":{"x"`, false},
		{`"eventName":"GetObject","n":{"x":`, true},
	} {
		if got := plan.May([]byte(c.event)); got != c.want {
			t.Errorf("%s: %v", c.event, got)
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *writeGolden {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s (go test -update writes it anew): %s", name, firstDifference(got, want))
	}
}

func BenchmarkPlan(b *testing.B) {
	doc := []byte(`{"Records":[` + strings.Repeat(someEvent+",", 500) + someEvent + "]}")
	for _, filter := range []string{`select(.eventName == "PutBucketPolicy")`, `select(.userIdentity.arn == "arn:aws:iam::1:user/x")`, `select(.userAgent // "" | test("kali"; "i"))`} {
		b.Run(filter, func(b *testing.B) {
			plan := NewPlan(match.Fields{}, compiledFor(b, filter, jq.Options{}))
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if plan.May(doc) {
					b.Fatal("the plan lets the document through")
				}
			}
		})
	}
}
