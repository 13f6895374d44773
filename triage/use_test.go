package triage

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ctlog/event"
)

// used is an event of a role's session.
func used(key, session, ip, agent, minute, more string) string {
	return fmt.Sprintf(`{"eventTime":"2024-01-09T10:%s:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","sourceIPAddress":%q,"userAgent":%q,"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/R/%s","accessKeyId":%q,"sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::1:role/R"}}}%s}`,
		minute, ip, agent, session, key, more)
}

// reasonsOf gives the reasons of the first entry.
func reasonsOf(since int64, events ...string) (list []string) {
	for _, r := range profiles(facts(ByPrincipal, since, events), since, nil)[0].Reasons {
		list = append(list, r.Text)
	}
	return list
}

// What a thief does with the credentials of a session, and what owners do.
func TestSessionsUsedElsewhere(t *testing.T) {
	const agent, boto = "aws-sdk-go/1.41.4 (go1.18.3; linux; amd64) amazon-ssm-agent/", "Boto3/1.26 md/Botocore#1.29"
	const lambda = "Boto3/1.26 exec-env/AWS_Lambda_python3.9 md/Botocore#1.29"
	for name, c := range map[string]struct {
		events []string
		want   string
	}{
		"an instance's, of another key":     {[]string{used("ASIA1", "i-0dbc91f429e48eeed", "3.225.16.109", agent, "00", ""), used("ASIA2", "i-0dbc91f429e48eeed", "192.168.10.20", "aws-sdk-go-v2/1.17.0 os/linux", "05", "")}, "credentials of instance i-0dbc91f429e48eeed were used from 192.168.0.0/16 with aws-sdk-go-v2, before from 3.225.0.0/16 with aws-sdk-go"},
		"another client on the instance":    {[]string{used("ASIA1", "i-0dbc91f429e48eeed", "3.225.16.109", agent, "00", ""), used("ASIA1", "i-0dbc91f429e48eeed", "3.225.16.109", boto, "05", "")}, ""},
		"an instance, through an endpoint":  {[]string{used("ASIA1", "i-0dbc91f429e48eeed", "3.225.16.109", agent, "00", ""), used("ASIA1", "i-0dbc91f429e48eeed", "10.0.1.10", boto, "05", `,"vpcEndpointId":"vpce-1"`)}, ""},
		"an instance, by service":           {[]string{used("ASIA1", "i-0dbc91f429e48eeed", "3.225.16.109", agent, "00", ""), used("ASIA1", "i-0dbc91f429e48eeed", "AWS Internal", "AWS Internal", "05", "")}, ""},
		"an instance, version 6 beside 4":   {[]string{used("ASIA1", "i-0dbc91f429e48eeed", "3.225.16.109", agent, "00", ""), used("ASIA1", "i-0dbc91f429e48eeed", "2600:1f18::1", boto, "05", "")}, ""},
		"a function's":                      {[]string{used("ASIA1", "fn", "3.225.16.109", lambda, "00", ""), used("ASIA1", "fn", "203.0.113.66", "aws-cli/2.9", "05", "")}, "credentials of a function or a container, ASIA1, were used outside of it: from 203.0.0.0/16 with aws-cli"},
		"a function in two networks":        {[]string{used("ASIA1", "fn", "3.225.16.109", lambda, "00", ""), used("ASIA2", "fn", "54.1.16.109", lambda, "05", "")}, ""},
		"a role's":                          {[]string{used("ASIA1", "alice", "192.0.2.1", boto, "00", ""), used("ASIA1", "alice", "203.0.113.66", boto, "05", "")}, "a session's key, ASIA1, was used from 2 networks: 192.0.0.0/16, 203.0.0.0/16"},
		"a role's, masked":                  {[]string{used("ASIA1", "alice", "075.050.255.67", boto, "00", ""), used("ASIA1", "alice", "253.252.51.07", boto, "05", "")}, "a session's key, ASIA1, was used from 2 networks: 075.050.0.0/16, 253.252.0.0/16"},
		"a role's, next door":               {[]string{used("ASIA1", "alice", "192.0.2.1", boto, "00", ""), used("ASIA1", "alice", "192.0.77.1", boto, "05", "")}, ""},
		"a role's, two sessions":            {[]string{used("ASIA1", "alice", "192.0.2.1", boto, "00", ""), used("ASIA2", "alice", "203.0.113.66", boto, "05", "")}, ""},
		"a role's, also private":            {[]string{used("ASIA1", "alice", "192.0.2.1", boto, "00", ""), used("ASIA1", "alice", "10.0.0.1", boto, "05", "")}, ""},
		"a role's, version 6 beside 4":      {[]string{used("ASIA1", "alice", "192.0.2.1", boto, "00", ""), used("ASIA1", "alice", "2001:db8::1", boto, "05", "")}, ""},
		"a role's, two networks, version 6": {[]string{used("ASIA1", "alice", "2001:db8::1", boto, "00", ""), used("ASIA1", "alice", "2001:db9::1", boto, "05", "")}, "a session's key, ASIA1, was used from 2 networks: 2001:db8::/32, 2001:db9::/32"},
	} {
		got := strings.Join(slices.DeleteFunc(reasonsOf(event.NoTime, c.events...), func(r string) bool {
			return strings.HasPrefix(r, "a session's key") && !strings.HasPrefix(c.want, "a session's") && c.want != ""
		}), "; ")
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

// Keys that were used from several networks are still counted as one.
func TestKeysAreCountedAsOne(t *testing.T) {
	e := profiles(facts(ByPrincipal, event.NoTime, []string{used("ASIA1", "a", "192.0.2.1", "x", "00", ""), used("ASIA2", "a", "192.0.2.1", "x", "01", ""), used("ASIA2", "a", "203.0.113.1", "y", "02", "")}), event.NoTime, nil)[0]
	if got := texts(e.Values[KindKey]); !slices.Equal(got, []string{"ASIA2×2", "ASIA1×1"}) {
		t.Errorf("%q", got)
	}
}

// many are calls a second apart, or so many seconds.
func many(n int, step time.Duration, source, name, ip string) (events []string) {
	at := time.Date(2024, 1, 9, 10, 4, 50, 0, time.UTC)
	for i := range n {
		events = append(events, call("a", source, name, at.Add(time.Duration(i)*step).Format(time.RFC3339), ip, ""))
	}
	return events
}

func TestManyAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		events []string
		want   string
	}{
		"objects":           {many(1168, 25*time.Second/1168, "s3", "GetObject", "192.0.2.1"), "many reads at once: 1168 s3:GetObject in 24 s, from 2024-01-09T10:04:50Z on"},
		"all day":           {many(20000, time.Second/4, "s3", "GetObject", "192.0.2.1"), ""},
		"a day's, slowly":   {many(2000, 30*time.Second, "s3", "GetObject", "192.0.2.1"), ""},
		"few":               {many(400, time.Millisecond, "s3", "GetObject", "192.0.2.1"), ""},
		"deletes":           {many(60, time.Second, "dynamodb", "DeleteBackup", "192.0.2.1"), "many deletes at once: 60 dynamodb:DeleteBackup in 59 s, from 2024-01-09T10:04:50Z on"},
		"a service deletes": {many(60, time.Second, "dynamodb", "DeleteBackup", "cloudformation.amazonaws.com"), ""},
	} {
		if got := strings.Join(reasonsOf(event.NoTime, c.events...), "; "); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
	busy := append(many(3000, 30*time.Second, "s3", "GetObject", "192.0.2.1"), many(900, 20*time.Millisecond, "s3", "GetObject", "203.0.113.66")...)
	if got := reasonsOf(event.NoTime, busy...); len(got) != 1 || !strings.HasPrefix(got[0], "many reads at once: 91") {
		t.Errorf("amid others: %q", got)
	}
}

// A principal's own errors are no reason, refusals are; and root's failed logins.
func TestErrorsThatAreReasons(t *testing.T) {
	failing := func(code, arn string) (events []string) {
		for range 6 {
			events = append(events, strings.Replace(call("a", "s3", "GetBucketPolicy", "2024-01-09T10:00:00Z", "192.0.2.1", `,"errorCode":"`+code+`"`), "arn:aws:iam::1:user/a", arn, 1))
		}
		return events
	}
	for code, want := range map[string]string{"AccessDenied": "6 of 6 calls were refused, mostly AccessDenied", "ThrottlingException": "", "NoSuchBucketPolicy": ""} {
		if got := strings.Join(reasonsOf(event.NoTime, failing(code, "arn:aws:iam::1:user/a")...), "; "); got != want {
			t.Errorf("%s: %s", code, got)
		}
	}
	if got := reasonsOf(event.NoTime, failing("AccessDenied", "arn:aws:iam::1:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX")...); len(got) > 0 {
		t.Errorf("service-linked: %q", got)
	}
	root := `{"eventTime":"2024-01-09T10:00:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","errorMessage":"Failed authentication","userIdentity":{"type":"Root","arn":"arn:aws:iam::1:root"},"responseElements":{"ConsoleLogin":"Failure"},"additionalEventData":{"MFAUsed":"No"}}`
	if got := reasonsOf(event.NoTime, root); !slices.Contains(got, "console login as root failed once") {
		t.Errorf("root: %q", got)
	}
}
