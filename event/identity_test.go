package event

import "testing"

func TestID(t *testing.T) {
	for raw, want := range map[string]string{
		`{"eventID":"a"}`: `"a"`, `{"eventId":"b"}`: `"b"`, `{"eventID":"","eventId":"b"}`: `"b"`, `{"eventID":1}`: "", `{}`: "", `[]`: "", `{"eventID":"a","eventId":"b"}`: `"a"`,
	} {
		if got := string(ID([]byte(raw))); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}

func TestAppendPrincipal(t *testing.T) {
	for _, c := range []struct{ kind, user, issuer, want string }{
		{`"IAMUser"`, `"arn:aws:iam::1:user/b\u006fb"`, ``, `"arn:aws:iam::1:user/bob"`},
		{`"AssumedRole"`, `"arn:aws:sts::1:assumed-role/r/s"`, `"arn:aws:iam::1:role/r"`, `"arn:aws:iam::1:role/r"`},
		{`"AssumedRole"`, `"arn:aws:sts::1:assumed-role/r/s"`, ``, `"arn:aws:sts::1:assumed-role/r"`},
		{`"AssumedRole"`, `"arn:aws:sts::1:assumed-role/r/s"`, `""`, `"arn:aws:sts::1:assumed-role/r"`},
		{``, ``, ``, `null`},
	} {
		if got := string(AppendPrincipal(nil, []byte(c.kind), []byte(c.user), []byte(c.issuer))); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestWrites(t *testing.T) {
	for _, c := range []struct {
		readOnly, name string
		want           bool
	}{
		{`true`, "DeleteTrail", false}, {`"true"`, "DeleteTrail", false}, {`false`, "GetObject", true}, {``, "GetObject", false}, {``, "PutObject", true}, {``, "", false}, {`null`, "ListUsers", false},
	} {
		if got := Writes([]byte(c.readOnly), []byte(c.name)); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestAppendCall(t *testing.T) {
	for _, c := range [][3]string{{"iam.amazonaws.com", "CreateUser", "iam:CreateUser"}, {"x", "", "x:"}, {"", "", ":"}} {
		if got := string(AppendCall(nil, []byte(c[0]), []byte(c[1]))); got != c[2] {
			t.Errorf("%q", got)
		}
	}
	if SourceOf("iam") != "iam.amazonaws.com" {
		t.Error(SourceOf("iam"))
	}
}

func TestSortKey(t *testing.T) {
	last := SortKey([]byte(`null`))
	for _, s := range []string{`"0001-01-01T00:00:00Z"`, `"1960-01-01T00:00:00Z"`, `"2024-01-09T10:00:00Z"`, `"2024-01-09T10:00:00.5Z"`, `"9999-01-01T00:00:00Z"`} {
		key := SortKey([]byte(s))
		if key <= last {
			t.Errorf("%s: %d after %d", s, key, last)
		}
		last = key
	}
}

func TestNearestMember(t *testing.T) {
	for name, want := range map[string]string{
		"eventname": "eventName", "sourceIpAddres": "sourceIPAddress", "acountId": "accountId", "arn": "", "foo": "", "Record": "Records", "userNmae": "userName", "userIdentity": "", "ARN": "arn", "accessKey": "",
	} {
		if got := NearestMember(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
