package triage

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ctlog/parse"
)

// traced gives the beginnings of what events with the IDs e0, e1… say of id.
func traced(id string, events ...string) []*Session {
	r := NewTraceReader(id)
	for i, e := range events {
		r.Add(parse.Event{Raw: []byte(strings.Replace(e, "{", fmt.Sprintf(`{"eventID":"e%d",`, i), 1))})
	}
	table := NewTraceTable(id)
	table.Absorb(r.Take())
	return Trace(table, id, nil)
}

// trace draws it.
func trace(id string, events ...string) string {
	var b strings.Builder
	var draw func(list []*Session, indent string)
	draw = func(list []*Session, indent string) {
		for _, s := range list {
			mark := ""
			if s.Asked {
				mark = "*"
			}
			fmt.Fprintf(&b, "%s%s%s", indent, mark, strings.Join(s.Keys, "+"))
			if s.Forwarded {
				b.WriteString(" in its name")
			} else if s.From != nil {
				fmt.Fprintf(&b, " by %s of %s in %s", s.By.API, s.By.Role, s.By.EventID)
			}
			if s.Profile != nil {
				fmt.Fprintf(&b, " ×%d", s.Profile.All.Count)
			}
			b.WriteString("\n")
			draw(s.Next, indent+"  ")
		}
	}
	draw(traced(id, events...), "")
	return b.String()
}

// gives is an event in which a key is given out.
func gives(user, to, when string) string {
	return call(user, "sts", "AssumeRole", when, "192.0.2.1", `,"requestParameters":{"roleArn":"role/R"},"responseElements":{"credentials":{"accessKeyId":"AKIA`+strings.ToUpper(to)+`"}}`)
}

func TestTrace(t *testing.T) {
	// a gives out b, b gives out c and d, c is used, d is not; x has no part in it.
	events := []string{
		gives("a", "b", "2024-01-09T10:00:00Z"), gives("b", "c", "2024-01-09T11:00:00Z"), gives("b", "d", "2024-01-09T12:00:00Z"),
		call("c", "s3", "GetObject", "2024-01-09T13:00:00Z", "203.0.113.9", ""), call("x", "s3", "GetObject", "2024-01-09T13:00:00Z", "192.0.2.1", ""),
		gives("a", "x", "2024-01-09T14:00:00Z"),
	}
	whole := `AKIAA ×2
  *AKIAB by sts:AssumeRole of role/R in e0 ×2
    AKIAC by sts:AssumeRole of role/R in e1 ×1
    AKIAD by sts:AssumeRole of role/R in e2
`
	branch := `AKIAA ×2
  AKIAB by sts:AssumeRole of role/R in e0 ×2
    *AKIAC by sts:AssumeRole of role/R in e1 ×1
`
	for id, want := range map[string]string{
		"AKIAB": whole, "arn:aws:iam::1:user/b": whole, "e2": whole, "E1": whole,
		"AKIAC": branch, "203.0.113.9": branch, "e3": branch,
		"AKIAD": "AKIAA ×2\n  AKIAB by sts:AssumeRole of role/R in e0 ×2\n    *AKIAD by sts:AssumeRole of role/R in e2\n",
		"none":  "",
	} {
		if got := trace(id, events...); got != want {
			t.Errorf("%s: got\n%swant\n%s", id, got, want)
		}
	}
}

// Console sessions change keys; who and when they began is what stays.
func TestTraceJoinsKeysOfASession(t *testing.T) {
	one := `{"eventName":"%s","eventTime":"2024-01-09T10:0%d:00Z","userIdentity":{"type":"AssumedRole","principalId":"AROA:alice","accessKeyId":"%s","sessionContext":{"attributes":{"creationDate":"2024-01-09T10:00:00Z"}}}}`
	got := trace("ASIA2", fmt.Sprintf(one, "A", 1, "ASIA1"), fmt.Sprintf(one, "B", 2, "ASIA2"), fmt.Sprintf(one, "A", 3, "ASIA3"))
	if want := "*ASIA2+ASIA1+ASIA3 ×3\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

// Evidence may say what cannot be: circles, keys given out twice, and chains
// without end.
func TestTraceOfLies(t *testing.T) {
	got := trace("AKIAA", gives("a", "b", "2024-01-09T10:00:00Z"), gives("b", "a", "2024-01-09T11:00:00Z"), gives("c", "b", "2024-01-09T09:00:00Z"), gives("a", "a", "2024-01-09T09:00:00Z"))
	if n := strings.Count(got, "AKIAA"); n != 1 {
		t.Errorf("%d times in\n%s", n, got)
	}
	var chain []string
	for i := range 3000 {
		chain = append(chain, gives(fmt.Sprint("u", i), fmt.Sprint("u", i+1), "2024-01-09T10:00:00Z"))
	}
	if got := trace("AKIAU1500", chain...); !strings.Contains(got, "*AKIAU1500") {
		t.Error("a long chain is lost")
	}
}

// Many passwords given to a user and many sessions of that user, and keys that
// two gave out, are no work of their product.
func TestTraceOfManyPasswords(t *testing.T) {
	const n = 8_000
	table := NewTraceTable("AKIAGIVER")
	r := NewTraceReader("AKIAGIVER")
	add := func(event string, args ...any) {
		if r.Add(parse.Event{Raw: fmt.Appendf(nil, event, args...)}); r.Full() {
			table.Absorb(r.Take())
		}
	}
	at := func(second int) string {
		return time.Date(2024, 1, 9, 0, 0, second, 0, time.UTC).Format(time.RFC3339)
	}
	for i := range n {
		add(`{"eventTime":%q,"eventSource":"iam.amazonaws.com","eventName":"UpdateLoginProfile","eventID":"m%d","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::1:user/giver","accountId":"1","accessKeyId":"AKIAGIVER"},"requestParameters":{"userName":"v"}}`, at(2*n-i), i)
		add(`{"eventTime":%q,"eventSource":"s3.amazonaws.com","eventName":"GetObject","eventID":"s%d","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::1:user/v","principalId":"P%d","accountId":"1","accessKeyId":"ASIA%d","sessionContext":{"attributes":{"creationDate":"2024-01-09T00:00:00Z"}}}}`, at(n+i), i, i, i)
	}
	table.Absorb(r.Take())
	roots := Trace(table, "AKIAGIVER", nil)
	if len(roots) != 1 || len(roots[0].Next) != n-1 || roots[0].Next[0].By.EventID != fmt.Sprintf("m%d", n-1) {
		t.Fatalf("%d roots, %d sessions", len(roots), len(roots[0].Next))
	}
}
