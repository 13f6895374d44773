package digest

import (
	"fmt"
	"strings"
	"testing"

	"ctlog/internal/testkit/trailgen"
)

// events is a log's content.
func events(list ...string) string { return `{"Records":[` + strings.Join(list, ",") + `]}` }

// call is an event of the account, at an hour after begin.
func call(id, name string, hour float64, rest string) string {
	return fmt.Sprintf(`{"eventID":%q,"eventName":%q,"eventTime":%q,"recipientAccountId":%q%s}`, id, name, at(hour).Format("2006-01-02T15:04:05Z"), account, rest)
}

// explained gives the events of the gaps of a report.
func explained(r *Report) (ids []string) {
	for _, f := range findingsOf(r, Gap) {
		ids = append(ids, f.Events...)
	}
	return ids
}

const ofMain = `,"requestParameters":{"name":"main"}`

func TestGapExplained(t *testing.T) {
	for name, c := range map[string]struct {
		event string
		want  string
	}{
		"stopped":         {call("e", "StopLogging", 3.9, ofMain), "e"},
		"stopped, by ARN": {call("e", "StopLogging", 3.9, `,"requestParameters":{"name":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}`), "e"},
		"deleted":         {call("e", "DeleteTrail", 3.5, ofMain), "e"},
		"updated":         {call("e", "UpdateTrail", 3.5, ofMain), "e"},
		"selectors":       {call("e", "PutEventSelectors", 3.5, `,"requestParameters":{"trailName":"main"}`), "e"},
		"another trail":   {call("e", "StopLogging", 3.9, `,"requestParameters":{"name":"maine"}`), ""},
		"no trail":        {call("e", "StopLogging", 3.9, ""), ""},
		"another account": {strings.ReplaceAll(call("e", "StopLogging", 3.9, ofMain), account, "999999999999"), ""},
		"escaped":         {call("e", "StopLogging", 3.9, `,"requestParameters":{"name":"arn:aws:cloudtrail:us-east-1:111122223333:trail\/main"}`), "e"},
		"in disorder":     {call("b", "UpdateTrail", 3.9, ofMain) + "," + call("a", "StopLogging", 3.9, ofMain) + "," + call("c", "StopLogging", 3.5, ofMain), "c a b"},
		"no account":      {strings.Replace(call("e", "StopLogging", 3.9, ofMain), "recipientAccountId", "x", 1), "e"},
		"twice":           {call("a", "StopLogging", 3.9, ofMain) + "," + call("a", "StopLogging", 3.9, ofMain), "a"},
		"refused":         {call("e", "StopLogging", 3.9, ofMain+`,"errorCode":"AccessDenied"`), ""},
		"long before":     {call("e", "StopLogging", 1.5, ofMain), ""},
		"something else":  {call("e", "StartLogging", 3.9, ofMain), ""},
		"in a text":       {call("e", "RunInstances", 3.9, `,"x":"StopLogging"`), ""},
		"odd time":        {`{"eventID":"e","eventName":"StopLogging","eventTime":7}`, ""},
		"not an object":   {`["StopLogging"]`, ""},
	} {
		old := line(0, 4, nil, nil)
		old[3].logs[logKey("", "us-east-1", "20240109T1150Z_AbCdEfGhIjKlMnOp")] = events(c.event)
		r := verifyCopy(t, copyOf(join(old, line(6, 2, nil, nil))...), nil)
		if got := strings.Join(explained(r), " "); got != c.want || r.Verdict != Incomplete || r.Gaps != 1 {
			t.Errorf("%s: explained by %q, want %q; %s", name, got, c.want, told(r))
		}
	}
}

// Deleting a digest is seen later than the hour that it was about.
func TestGapByDeletion(t *testing.T) {
	for request, want := range map[string]string{
		`{"bucketName":"b","key":"AWSLogs/111122223333/CloudTrail-Digest/us-east-1/x"}`: "e",
		`{"bucketName":"c","key":"AWSLogs/111122223333/CloudTrail-Digest/us-east-1/x"}`: "",
		`{"bucketName":"b","key":"AWSLogs/111122223333/CloudTrail/us-east-1/x"}`:        "",
		`{"bucketName":"b","key":"AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/x"}`: "",
		`{"bucketName":"b","key":"AWSLogs/999999999999/CloudTrail-Digest/us-east-1/x"}`: "",
	} {
		list := line(0, 6, nil, nil)
		list[5].logs[logKey("", "us-east-1", "20240109T1350Z_AbCdEfGhIjKlMnOp")] = events(call("e", "DeleteObject", 5.5, `,"requestParameters":`+request))
		r := verifyCopy(t, copyOf(without(list, 2)...), nil)
		if got := strings.Join(explained(r), " "); got != want {
			t.Errorf("%s: explained by %q, want %q", request, got, want)
		}
	}
}

// A chain that ends early is explained like a gap, by what was done near its
// end.
func TestTailExplained(t *testing.T) {
	for name, c := range map[string]struct {
		event string
		until float64
		want  string
	}{
		"stopped":                  {call("e", "StopLogging", 3.9, ofMain), 9, "e"},
		"stopped a little later":   {call("e", "DeleteTrail", 5.5, ofMain), 9, "e"},
		"stopped long after":       {call("e", "StopLogging", 6.5, ofMain), 9, ""},
		"stopped after --until":    {call("e", "StopLogging", 4.9, ofMain), 4.5, ""},
		"long before":              {call("e", "StopLogging", 1.5, ofMain), 9, ""},
		"another trail":            {call("e", "StopLogging", 3.9, `,"requestParameters":{"name":"other"}`), 9, ""},
		"a stranger's":             {strings.ReplaceAll(call("e", "StopLogging", 3.9, ofMain), account, "999999999999"), 9, ""},
		"the digests were deleted": {call("e", "DeleteObjects", 8, `,"requestParameters":{"bucketName":"b","key":"AWSLogs/111122223333/CloudTrail-Digest/us-east-1/x"}`), 9, "e"},
		"not of this chain":        {call("e", "DeleteObjects", 8, `,"requestParameters":{"bucketName":"b","key":"AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/x"}`), 9, ""},
	} {
		list := line(0, 4, nil, nil)
		list[3].logs[logKey("", "us-east-1", "20240109T1150Z_AbCdEfGhIjKlMnOp")] = events(c.event)
		r := verifyCopy(t, copyOf(list...), func(o *Options) { o.Until = at(c.until) })
		tails := findingsOf(r, Tail)
		if len(tails) != 1 || strings.Join(tails[0].Events, " ") != c.want || len(tails[0].Names) != len(tails[0].Events) {
			t.Errorf("%s: %+v, want %q", name, tails, c.want)
		}
	}
}

// The trail of an organisation can be stopped by another account of it, as far
// as valid digests show that it is one. Whoever has a trail of that name does
// not count.
func TestStrangerExplainsNothing(t *testing.T) {
	const member, stranger = "222233334444", "999999999999"
	for name, c := range map[string]struct {
		org, account string
		want         string
	}{
		"of the organisation":         {"o-1/", member, "e"},
		"of another organisation":     {"o-2/", member, ""},
		"of none":                     {"", stranger, ""},
		"of the organisation, unkown": {"", member, ""},
	} {
		ofOrg := func(m *made) { m.org = "o-1/" }
		chain := join(line(0, 4, nil, ofOrg), line(6, 2, nil, ofOrg))
		other := line(0, 8, nil, func(m *made) { m.org, m.account = c.org, c.account })
		log := strings.ReplaceAll(logKey("", "us-east-1", "20240109T1150Z_AbCdEfGhIjKlMnOp"), account, c.account)
		other[3].logs[log] = events(strings.ReplaceAll(call("e", "StopLogging", 3.9, ofMain), account, c.account))
		r := verifyCopy(t, copyOf(join(chain, other)...), nil)
		if got := strings.Join(explained(r), " "); got != c.want || r.Gaps != 1 {
			t.Errorf("%s: explained by %q, want %q; %s", name, got, c.want, told(r))
		}
	}
}

// Only what is proven explains.
func TestGapByForgery(t *testing.T) {
	old := line(0, 4, nil, nil)
	c := copyOf(join(old, line(6, 2, nil, nil))...)
	c.Objects[logKey("", "us-east-1", "20240109T1150Z_AbCdEfGhIjKlMnOp")] = &trailgen.Stored{Bytes: trailgen.Gzip([]byte(events(call("e", "StopLogging", 3.9, ofMain))))}
	if r := verifyCopy(t, c, nil); len(explained(r)) > 0 {
		t.Error(told(r), explained(r))
	}
}

// A log that no digest lists, whose events are all in proven logs too.
func TestSecondTrail(t *testing.T) {
	a, b := call("1", "ListKeys", 1, ""), call("2", "ListKeys", 1, "")
	list := line(0, 4, nil, nil)
	list[1].logs[logKey("", "us-east-1", later)] = events(a, b)
	for name, c := range map[string]struct {
		content string
		hint    bool
	}{
		"both": {events(b, a), true}, "one": {events(a), true}, "one more": {events(a, call("3", "ListKeys", 1, "")), false}, "none": {events(), false}, "no JSON": {"x", false},
	} {
		m := copyOf(list...)
		second := logKey("", "us-east-1", "20240109T0935Z_Second0123456789")
		m.Objects[second] = &trailgen.Stored{Bytes: trailgen.Gzip([]byte(c.content))}
		it := itemAt(t, verifyCopy(t, m, nil), second)
		if it.Status != Unreferenced || strings.Contains(it.Reason, "second trail") != c.hint {
			t.Errorf("%s: %s, %s", name, it.Status, it.Reason)
		}
	}
}

// Evidence that can be read only once gets no reasons, and the same verdict.
func TestExplainOnce(t *testing.T) {
	c := copyOf(without(line(0, 5, nil, nil), 2)...)
	m, o := memoryOf(c), optionsFor(t, c)
	m.once = true
	expect(t, verify(t, m, o), "tampered; 4 valid 1 missing; ; gap 2-3 (1) missing digest")
}

// An organisation's trail is stopped in the account that owns it.
func TestGapOfOrganisation(t *testing.T) {
	old := line(0, 4, nil, nil)
	elsewhere := strings.ReplaceAll(call("e", "StopLogging", 3.9, `,"requestParameters":{"name":"arn:aws:cloudtrail:us-east-1:999999999999:trail/main"}`), account, "999999999999")
	old[3].logs[logKey("", "us-east-1", "20240109T1150Z_AbCdEfGhIjKlMnOp")] = events(elsewhere)
	all := join(old, line(6, 2, nil, nil))
	for _, m := range all {
		m.org = "o-example/"
	}
	if r := verifyCopy(t, copyOf(all...), nil); strings.Join(explained(r), " ") != "e" {
		t.Error(told(r), explained(r))
	}
}
