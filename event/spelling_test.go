package event

import "testing"

func TestNearest(t *testing.T) {
	for path, want := range map[string]string{
		"sourceIpAddress": "sourceIPAddress", "eventNmae": "eventName", "eventname": "eventName", "arn": "userIdentity.arn", "userName": "userIdentity.userName",
		"userIdentity.username": "userIdentity.userName", "userIdentity.sesionContext.sourceIdentity": "userIdentity.sessionContext.sourceIdentity",
		"mfaAuthenticated": "userIdentity.sessionContext.attributes.mfaAuthenticated", "erorCode": "errorCode",
		"eventName": "", "requestParameters.bucketName": "", "a": "", "": "", "ünlängst": "",
	} {
		if got := Nearest(path); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"abc", "abc", 0}} {
		if got := distance(c.a, c.b); got != c.want || distance(c.b, c.a) != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
