package triage

import (
	"reflect"
	"strings"
	"testing"
)

// identity is an event of somebody.
func identity(source, name, when, who, more string) string {
	return `{"eventTime":"2024-01-09T` + when + `:00Z","eventSource":"` + source + `.amazonaws.com","eventName":"` + name + `","sourceIPAddress":"192.0.2.1","userIdentity":{` + who + `}` + more + `}`
}

// given is the part of an event that gives out a key.
func given(key, role string) string {
	return `,"requestParameters":{"roleArn":"` + role + `"},"responseElements":{"credentials":{"accessKeyId":"` + key + `"}}`
}

const (
	mallory = `"type":"IAMUser","principalId":"AIDAM","arn":"arn:aws:iam::111122223333:user/mallory","accountId":"111122223333","accessKeyId":"AKIAM"`
	inRole  = `"type":"AssumedRole","principalId":"AROA1:s","arn":"arn:aws:sts::111122223333:assumed-role/One/s","accessKeyId":"ASIA1","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/One"}}`
)

// Every way to get at a session that CloudTrail records is followed.
func TestKindsOfLineage(t *testing.T) {
	for name, c := range map[string]struct {
		id     string
		events []string
		want   string
	}{
		"AssumeRole": {"ASIA1", []string{
			identity("sts", "AssumeRole", "10:00", mallory, given("ASIA1", "One")), identity("s3", "GetObject", "10:01", inRole, ""),
		}, "AKIAM ×1\n  *ASIA1 by sts:AssumeRole of One in e0 ×1\n"},
		"AssumeRoleWithSAML": {"ASIA1", []string{
			identity("sts", "AssumeRoleWithSAML", "10:00", `"type":"SAMLUser","principalId":"idp=:jdoe","userName":"jdoe","identityProvider":"idp="`, given("ASIA1", "One")),
			identity("s3", "GetObject", "10:01", inRole, ""),
		}, "jdoe ×1\n  *ASIA1 by sts:AssumeRoleWithSAML of One in e0 ×1\n"},
		"AssumeRoleWithWebIdentity": {"arn:aws:sts::111122223333:assumed-role/One/s", []string{
			identity("sts", "AssumeRoleWithWebIdentity", "10:00", `"type":"WebIdentityUser","principalId":"oidc:app:repo","userName":"repo","identityProvider":"oidc"`, given("ASIA1", "One")),
			identity("s3", "GetObject", "10:01", inRole, ""),
		}, "repo ×1\n  *ASIA1 by sts:AssumeRoleWithWebIdentity of One in e0 ×1\n"},
		"GetSessionToken": {"AKIAM", []string{
			identity("sts", "GetSessionToken", "10:00", mallory, `,"responseElements":{"credentials":{"accessKeyId":"ASIAT"}}`),
			identity("s3", "GetObject", "10:01", strings.Replace(mallory, "AKIAM", "ASIAT", 1), ""),
		}, "*AKIAM ×1\n  ASIAT by sts:GetSessionToken of  in e0 ×1\n"},
		"GetFederationToken": {"AKIAM", []string{
			identity("sts", "GetFederationToken", "10:00", mallory, `,"requestParameters":{"name":"fed"},"responseElements":{"credentials":{"accessKeyId":"ASIAF"}}`),
			identity("s3", "GetObject", "10:01", `"type":"FederatedUser","principalId":"111122223333:fed","arn":"arn:aws:sts::111122223333:federated-user/fed","accessKeyId":"ASIAF"`, ""),
		}, "*AKIAM ×1\n  ASIAF by sts:GetFederationToken of  in e0 ×1\n"},
		"CreateAccessKey": {"AKIANEW", []string{
			identity("iam", "CreateAccessKey", "10:00", mallory, `,"requestParameters":{"userName":"bob"},"responseElements":{"accessKey":{"accessKeyId":"AKIANEW","userName":"bob"}}`),
			identity("s3", "GetObject", "10:01", `"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/bob","accessKeyId":"AKIANEW"`, ""),
		}, "AKIAM ×1\n  *AKIANEW by iam:CreateAccessKey of  in e0 ×1\n"},
		"CreateLoginProfile and a console session with keys that change": {"AKIAM", []string{
			identity("iam", "CreateLoginProfile", "10:00", mallory, `,"requestParameters":{"userName":"bob"}`),
			identity("signin", "ConsoleLogin", "10:05", `"type":"IAMUser","principalId":"AIDAB","accountId":"111122223333","arn":"arn:aws:iam::111122223333:user/staff/bob","userName":"bob"`, ""),
			identity("s3", "ListBuckets", "10:06", consoleOf("bob", "ASIAB1", "10:05"), ""), identity("iam", "ListUsers", "10:07", consoleOf("bob", "ASIAB2", "10:05"), ""),
			identity("s3", "ListBuckets", "09:06", consoleOf("bob", "ASIAB0", "09:05"), ""), // before he had that password
			identity("s3", "ListBuckets", "10:06", consoleOf("eve", "ASIAE", "10:05"), ""),
		}, "*AKIAM ×1\n  arn:aws:iam::111122223333:user/staff/bob by iam:CreateLoginProfile of  in e0 ×1\n  ASIAB1+ASIAB2 by iam:CreateLoginProfile of  in e0 ×2\n"},
		"a refused CreateLoginProfile gives nothing": {"AKIAM", []string{
			identity("iam", "CreateLoginProfile", "10:00", mallory, `,"errorCode":"AccessDenied","requestParameters":{"userName":"bob"}`),
			identity("s3", "ListBuckets", "10:06", consoleOf("bob", "ASIAB1", "10:05"), ""),
		}, "*AKIAM ×1\n"},
		"chaining across accounts, recorded in both": {"ASIA2", []string{
			identity("sts", "AssumeRole", "10:00", mallory, given("ASIA1", "One")),
			identity("sts", "AssumeRole", "10:01", `"type":"AWSAccount","principalId":"AROA1:s","accountId":"111122223333"`, given("ASIA2", "arn:aws:iam::444455556666:role/Two")),
			identity("sts", "AssumeRole", "10:01", inRole, given("ASIA2", "arn:aws:iam::444455556666:role/Two")),
			identity("s3", "GetObject", "10:02", `"type":"AssumedRole","principalId":"AROA2:s","arn":"arn:aws:sts::444455556666:assumed-role/Two/s","accessKeyId":"ASIA2"`, ""),
		}, "AKIAM ×1\n  ASIA1 by sts:AssumeRole of One in e0 ×1\n    *ASIA2 by sts:AssumeRole of arn:aws:iam::444455556666:role/Two in e2 ×1\n"},
		"chaining across accounts, of which one is there": {"ASIA2", []string{
			identity("sts", "AssumeRole", "10:01", `"type":"AWSAccount","principalId":"AROA1:s","accountId":"111122223333"`, given("ASIA2", "Two")),
			identity("s3", "GetObject", "10:02", `"type":"AssumedRole","arn":"arn:aws:sts::444455556666:assumed-role/Two/s","accessKeyId":"ASIA2"`, ""),
		}, "AROA1:s ×1\n  *ASIA2 by sts:AssumeRole of Two in e0 ×1\n"},
		"a role that assumes itself": {"ASIA1", []string{
			identity("sts", "AssumeRole", "10:00", inRole, given("ASIA1", "One")), identity("sts", "AssumeRole", "10:01", inRole, given("ASIA9", "One")),
			identity("sts", "AssumeRole", "10:02", strings.Replace(inRole, "ASIA1", "ASIA9", 1), given("ASIA1", "One")),
		}, "*ASIA1 ×2\n  ASIA9 by sts:AssumeRole of One in e1 ×1\n"},
	} {
		if got := trace(c.id, c.events...); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", name, got, c.want)
		}
	}
}

// consoleOf is a user in a console session.
func consoleOf(user, key, began string) string {
	return `"type":"IAMUser","principalId":"AIDA` + user + `","arn":"arn:aws:iam::111122223333:user/staff/` + user + `","accessKeyId":"` + key + `","sessionContext":{"attributes":{"creationDate":"2024-01-09T` + began + `:00Z"}}`
}

// The person behind a session is whom the Identity Center names, or the source
// identity.
func TestPersonBehind(t *testing.T) {
	one := strings.TrimSuffix(inRole, "}}") + `},"sourceIdentity":"jane@example.com"}`
	other := strings.Replace(one, "ASIA1", "ASIA2", 1) + `,"onBehalfOf":{"userId":"90067","identityStoreArn":"arn:aws:identitystore::1:identitystore/d-1"}`
	for key, want := range map[string][]string{"ASIA1": {"jane@example.com×1"}, "ASIA2": {"90067×1"}} {
		s := traced(key, identity("s3", "GetObject", "10:00", one, ""), identity("s3", "GetObject", "10:01", other, ""))
		if len(s) != 1 || !reflect.DeepEqual(texts(s[0].Profile.Values[KindPerson]), want) {
			t.Errorf("%s: %v, want %v", key, s, want)
		}
	}
}

// Steps come in the order of time, however often they were made.
func TestSteps(t *testing.T) {
	s := traced("AKIAM",
		identity("s3", "GetObject", "10:02", mallory, `,"readOnly":true`), identity("cloudtrail", "StopLogging", "10:03", mallory, `,"errorCode":"AccessDenied"`),
		identity("s3", "PutObject", "10:01", mallory, `,"readOnly":false`), identity("cloudtrail", "StopLogging", "10:00", mallory, ""))
	var got []string
	for _, step := range s[0].Steps() {
		got = append(got, step.API, map[bool]string{true: "writes", false: "reads"}[step.Writes], step.Why)
	}
	want := []string{"cloudtrail:StopLogging", "writes", "stops the trail", "s3:PutObject", "writes", "", "s3:GetObject", "reads", ""}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
