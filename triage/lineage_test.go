package triage

import (
	"fmt"
	"strings"
	"testing"

	"ctlog/parse"
)

// instanceSession is an event of a session that began when others of its name did.
func instanceSession(name, key, address string) string {
	return fmt.Sprintf(`{"eventName":%q,"eventSource":"ssm.amazonaws.com","eventTime":"2024-01-09T10:05:00Z","sourceIPAddress":%q,"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/R/i-1","principalId":"AROA:i-1","accessKeyId":%q,"sessionContext":{"attributes":{"creationDate":"2024-01-09T10:00:00Z"}}}}`, name, address, key)
}

func minted(key string) string {
	return fmt.Sprintf(`{"eventName":"AssumeRole","eventSource":"sts.amazonaws.com","eventTime":"2024-01-09T10:00:00Z","sourceIPAddress":"ec2.amazonaws.com","userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"},"requestParameters":{"roleArn":"role/R"},"responseElements":{"credentials":{"accessKeyId":%q}}}`, key)
}

// An instance gets two keys in the same second, for sessions of one name. Each was
// given out by an event of its own, and only one of them was stolen.
func TestKeysGivenOutApartStayApart(t *testing.T) {
	events := []string{minted("ASIAA"), minted("ASIAB"), instanceSession("UpdateInstanceInformation", "ASIAA", "192.0.2.1"), instanceSession("DescribeInstances", "ASIAB", "203.0.113.66")}
	want := "ec2.amazonaws.com ×2\n  *ASIAB by sts:AssumeRole of role/R in e1 ×1\n"
	if got := trace("203.0.113.66", events...); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	// A third one, of which no event tells, may be of either, and so is of none.
	events = append(events, instanceSession("ListBuckets", "ASIAC", "192.0.2.9"))
	if got, want := trace("ASIAC", events...), "*ASIAC ×1\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	// With one that was given out, the others of a console session go.
	got := trace("ASIAA", minted("ASIAA"), instanceSession("A", "ASIAA", "192.0.2.1"), instanceSession("B", "ASIAX", "192.0.2.1"))
	if want := "ec2.amazonaws.com ×1\n  *ASIAA+ASIAX by sts:AssumeRole of role/R in e0 ×2\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// What services do in somebody's name, with ever new keys or without any, is
// theirs.
func TestForwardedSessions(t *testing.T) {
	by := `{"eventName":%q,"eventSource":"kms.amazonaws.com","eventTime":"2024-01-09T1%d:00:00Z","sourceIPAddress":%q,"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::1:user/a"%s}}`
	events := []string{
		fmt.Sprintf(by, "Early", 1, "192.0.2.1", `,"accessKeyId":"AKIA1"`), fmt.Sprintf(by, "Late", 5, "192.0.2.1", `,"accessKeyId":"AKIA2"`),
		fmt.Sprintf(by, "Decrypt", 2, "secretsmanager.amazonaws.com", `,"accessKeyId":"ASIAS"`),
		fmt.Sprintf(by, "Decrypt", 3, "AWS Internal", `,"accessKeyId":"ASIAT"`), fmt.Sprintf(by, "Decrypt", 4, "cloudformation.amazonaws.com", ""),
		fmt.Sprintf(by, "Decrypt", 6, "AWS Internal", `,"accessKeyId":"ASIAU"`),
	}
	want := `*AKIA1 ×1
  *ASIAS+ASIAT+arn:aws:iam::1:user/a in its name ×3
*AKIA2 ×1
  *ASIAU in its name ×1
`
	if got := trace("a", events...); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Keys and passwords that are not seen in use are found by the user they are for,
// and so is who did something to a user that did nothing.
func TestTraceFindsWhoIsActedOn(t *testing.T) {
	by := `{"eventName":%q,"eventSource":"iam.amazonaws.com","eventTime":"2024-01-09T10:0%d:00Z","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::1:user/m","accountId":"1","accessKeyId":%q},"requestParameters":{"userName":%q},"responseElements":%s}`
	events := []string{
		fmt.Sprintf(by, "CreateAccessKey", 1, "AKIAM", "eve", `{"accessKey":{"accessKeyId":"AKIAEVE","userName":"eve"}}`),
		fmt.Sprintf(by, "CreateLoginProfile", 2, "AKIAM", "eve", "null"), fmt.Sprintf(by, "AttachUserPolicy", 3, "AKIAN", "eve", "null"),
		fmt.Sprintf(by, "CreateUser", 4, "AKIAO", "eva", "null"),
	}
	want := `AKIAM ×2
  *AKIAEVE by iam:CreateAccessKey of  in e0
  *arn:aws:iam::1:user/eve by iam:CreateLoginProfile of  in e1
AKIAN ×1
`
	for _, id := range []string{"eve", "arn:aws:iam::1:user/eve"} {
		if got := trace(id, events...); got != want {
			t.Errorf("%s: got\n%swant\n%s", id, got, want)
		}
	}
	roots := traced("eve", events...)
	if touched := roots[0].Touched; len(touched) != 2 || touched[0].String() != "user eve, key AKIAEVE" || roots[1].Touched[0].API != "iam:AttachUserPolicy" {
		t.Errorf("%+v", touched)
	}
	if got := roots[0].Next[0].Owner(); got != "arn:aws:iam::1:user/eve" {
		t.Errorf("the key is of %q", got)
	}
	if got := trace("arn:aws:iam::2:user/eve", events...); got != "" {
		t.Errorf("of another account: %s", got)
	}
}

func TestChains(t *testing.T) {
	r := NewTraceReader("")
	for i, e := range []string{gives("a", "b", "2024-01-09T10:00:00Z"), gives("b", "c", "2024-01-09T11:00:00Z"), call("x", "s3", "GetObject", "2024-01-09T13:00:00Z", "192.0.2.1", "")} {
		r.Add(parse.Event{Raw: []byte(strings.Replace(e, "{", fmt.Sprintf(`{"eventID":"e%d",`, i), 1))})
	}
	table := NewTraceTable("")
	table.Absorb(r.Take())
	roots := Chains(table, nil)
	if len(roots) != 1 || roots[0].Keys[0] != "AKIAA" || roots[0].Next[0].Next[0].Keys[0] != "AKIAC" {
		t.Errorf("%+v", roots)
	}
}

// Steps say what they were about.
func TestStepsHaveObjects(t *testing.T) {
	s := traced("AKIAA", call("a", "iam", "AttachUserPolicy", "2024-01-09T10:00:00Z", "192.0.2.1", `,"requestParameters":{"userName":"eve","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`),
		call("a", "iam", "AttachUserPolicy", "2024-01-09T10:01:00Z", "192.0.2.1", `,"requestParameters":{"userName":"eve","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}`))[0].Steps()
	if len(s) != 1 || s[0].Count != 2 || s[0].Weight == 0 || s[0].Why == "" || len(s[0].Objects) != 2 || s[0].Objects[1].Detail != "policy arn:aws:iam::aws:policy/ReadOnlyAccess" {
		t.Errorf("%+v", s)
	}
}
