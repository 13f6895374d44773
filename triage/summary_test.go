package triage

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"ctlog/event"
	"ctlog/parse"
)

func at(t *testing.T, s string) int64 {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v.UnixNano()
}

// facts makes a table of events; those that drop names are dropped.
func facts(by SubjectKind, since int64, events []string, drop ...int) *Table {
	r := NewFactReader(by, since)
	for _, e := range events {
		r.Add(parse.Event{Raw: []byte(e)})
	}
	b := r.Take()
	for _, i := range drop {
		b.Drop(i)
	}
	table := NewFactTable()
	table.Absorb(b)
	return table
}

// call is an event of a user; more are further members.
func call(user, source, name, when, ip, more string) string {
	return fmt.Sprintf(`{"eventTime":"%s","eventSource":"%s.amazonaws.com","eventName":"%s","sourceIPAddress":"%s","awsRegion":"us-east-1","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::1:user/%s","accessKeyId":"AKIA%s"}%s}`,
		when, source, name, ip, user, strings.ToUpper(user), more)
}

func texts(values []Value) (out []string) {
	for _, v := range values {
		out = append(out, fmt.Sprintf("%s×%d", v.Text, v.Count))
	}
	return out
}

func TestSummary(t *testing.T) {
	role := `{"eventTime":"2024-01-09T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","readOnly":true,"additionalEventData":{"bytesTransferredOut":1500.0},` +
		`"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/R/%s","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::1:role/R"}}}}`
	entries := profiles(facts(ByPrincipal, event.NoTime, []string{
		call("bob", "iam", "CreateAccessKey", "2024-01-09T10:00:00Z", "192.0.2.1", `,"responseElements":{"accessKey":{"accessKeyId":"AKIANEW"}}`),
		call("bob", "sts", "AssumeRole", "2024-01-09T09:00:00Z", "192.0.2.2", `,"readOnly":"true","requestParameters":{"roleArn":"arn:aws:iam::1:role/R"},"responseElements":{"credentials":{"accessKeyId":"ASIANEW"}}`),
		call("bob", "s3", "GetObject", "2024-01-09T11:00:00Z", "192.0.2.1", `,"errorCode":"AccessDenied"`),
		call("bob", "s3", "GetObject", "2024-01-09T12:00:00Z", "192.0.2.9", ""),
		fmt.Sprintf(role, "one"), fmt.Sprintf(role, "two"), `{}`,
	}, 3), event.NoTime, nil)
	if len(entries) != 3 {
		t.Fatalf("%d entries", len(entries))
	}
	bob := entries[0]
	if bob.Name() != "arn:aws:iam::1:user/bob" || bob.All.Count != 3 || bob.All.Errors != 1 || bob.Writes != 1 ||
		bob.All.First != at(t, "2024-01-09T09:00:00Z") || bob.All.Last != at(t, "2024-01-09T11:00:00Z") {
		t.Errorf("bob: %s %+v, %d writes", bob.Name(), bob.All, bob.Writes)
	}
	for kind, want := range map[FactKind][]string{
		KindAddress: {"192.0.2.1×2", "192.0.2.2×1"}, KindCreated: {"AKIANEW×1", "ASIANEW×1"}, KindRole: {"arn:aws:iam::1:role/R×1"},
		KindAPI: {"iam:CreateAccessKey×1", "s3:GetObject×1", "sts:AssumeRole×1"}, KindError: {"AccessDenied×1"}, KindKey: {"AKIABOB×3"},
	} {
		if got := texts(bob.Values[kind]); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
	if want := "iam:CreateAccessKey once: makes a lasting access key (access key AKIANEW)"; len(bob.Reasons) != 1 || bob.Reasons[0].Text != want {
		t.Errorf("reasons %v", bob.Reasons)
	}
	r := entries[1]
	if r.Name() != "arn:aws:iam::1:role/R" || r.All.Count != 2 || r.All.Bytes != 3000 || len(r.Values[KindSession]) != 2 || r.Writes != 0 {
		t.Errorf("role: %+v", r)
	}
	if nobody := entries[2]; string(nobody.Subject) != "null" || nobody.All.Count != 1 || nobody.All.First != event.NoTime {
		t.Errorf("nobody: %+v", nobody)
	}
}

// After a baseline only what is new is a reason.
func TestBaseline(t *testing.T) {
	since := at(t, "2024-01-09T00:00:00Z")
	const before, after = "2024-01-08T10:00:00Z", "2024-01-09T00:00:00Z"
	events := []string{
		call("old", "iam", "CreateUser", before, "192.0.2.1", ""), call("old", "iam", "CreateUser", after, "192.0.2.1", ""),
		call("gone", "cloudtrail", "StopLogging", before, "192.0.2.1", ""),
		call("thief", "s3", "GetObject", before, "192.0.2.1", ""),
		call("thief", "s3", "PutObject", after, "203.0.113.5", ""), call("thief", "iam", "CreateUser", after, "192.0.2.1", `,"errorCode":"AccessDenied"`),
		call("fresh", "s3", "GetObject", after, "192.0.2.7", ""),
	}
	for range 6 {
		events = append(events, call("thief", "s3", "GetObject", after, "192.0.2.1", `,"errorCode":"AccessDenied"`))
	}
	entries := profiles(facts(ByPrincipal, since, events), since, nil)
	got := ""
	for _, e := range entries {
		got += e.Name()[len("arn:aws:iam::1:user/"):] + "\n"
		for _, r := range e.Reasons {
			got += "  " + r.Text + "\n"
		}
	}
	want := `thief
  iam:CreateUser once, all failed, never before: makes a user
  7 of 8 calls were refused, before that 0 of 1, mostly AccessDenied
  new addresses: 203.0.113.5
  new calls: s3:PutObject
fresh
  never seen before
old
gone
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestSubjects(t *testing.T) {
	events := []string{
		call("a", "s3", "GetObject", "2024-01-09T10:00:00Z", "192.0.2.1", ""), call("b", "s3", "GetObject", "2024-01-09T10:00:00Z", "192.0.2.1", ""),
		call("b", "s3", "GetObject", "2024-01-09T10:00:00Z", "192.0.2.2", ""),
	}
	for by, want := range map[SubjectKind]string{ByPrincipal: `"arn:aws:iam::1:user/b"`, ByIP: `"192.0.2.1"`, ByAccessKey: `"AKIAB"`} {
		entries := profiles(facts(by, event.NoTime, events), event.NoTime, nil)
		if len(entries) != 2 || string(entries[0].Subject) != want || entries[0].All.Count != 2 {
			t.Errorf("by %s: %d entries, %s first with %d", by, len(entries), entries[0].Subject, entries[0].All.Count)
		}
		if n := len(entries[0].Values[KindPrincipal]); by == ByIP && n != 2 || by == ByPrincipal && n != 0 {
			t.Errorf("by %s: %d principals", by, n)
		}
	}
}

// Whatever is in an event, reading it is no more than reading it.
func FuzzFacts(f *testing.F) {
	f.Add([]byte(call("a", "s3", "GetObject", "2024-01-09T10:00:00Z", "192.0.2.1", "")))
	f.Add([]byte(`{"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/"},"eventName":7,"additionalEventData":{"bytesTransferredOut":1e400}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, by := range []SubjectKind{ByPrincipal, ByIP, ByAccessKey} {
			table := facts(by, 0, []string{string(raw)})
			for _, e := range profiles(table, 0, nil) {
				if e.All.Count != 1 {
					t.Errorf("%d events of one", e.All.Count)
				}
			}
		}
	})
}

// What is telling is what the rules of the core pack say.
func TestTells(t *testing.T) {
	for api, want := range map[string]string{
		"lambda:UpdateFunctionCode20150331v2": "replaces the code of a function", "lambda:CreateFunction20150331": "brings code",
		"s3:GetObject": "", "iam:CreateUserX": "", "eks:CreateAccessEntry": "gives access to a cluster",
	} {
		if got := tellOf(api); got.Reason != want || (got.Weight > 0) != (want != "") {
			t.Errorf("%s: %+v, not %q", api, got, want)
		}
	}
	if tool, weight := toolOf("[S3 Browser 11.6]"); tool != "s3 browser" || weight == 0 {
		t.Errorf("tool %q, weight %d", tool, weight)
	}
}
