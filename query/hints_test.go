package query

import (
	"strings"
	"testing"
)

const someEvent = `{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Data\u003dPipe/bob","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"userName":"Data\u003dPipe"}}},"eventTime":"2024-01-09T10:05:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"::ffff:203.0.113.9","errorCode":"Client.AccessDenied","readOnly":"true","eventID":"id","requestParameters":{"q":"x\u0026y"}}`

func TestHints(t *testing.T) {
	for filter, want := range map[string]string{
		`.a = "x"`: "= assigns", `select(.a = 1)`: "= assigns", `select(.a == 1 and .b = 2)`: "= assigns", `.x | select(.a = 1)`: "= assigns",
		`.a |= 1`: "", `.eventName == “x”`: "curly quotes", `.a && .b`: "and", `.a || .b`: "or", `!.a`: "not", `.eventname`: "did you mean .eventName",
		`.userIdentity.acountId`: "did you mean .accountId", `.userIdentity.arn`: "", `.userIdentity.foo`: "",
		`Decrypt`: "-F Decrypt", `.eventName == GetObject`: "double quotes", `.eventName == "Get*"`: "--event-name 'Get*'", `.a == "*"`: "", `.a * .b`: "",
		`.sourceIpAddres`: "did you mean .sourceIPAddress", `.eventName`: "", `.requestParameters.foo`: "",
		`select(.eventName == 'x')`: "double quotes", `.a == "x`: "missing", `.userAgent =~ "x"`: "test", `.Record[]`: "did you mean .Records", `{a: 1} | .b = 2`: "", `.foo`: "",
	} {
		got := Hint(filter)
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("Hint(%q) = %q, want %q", filter, got, want)
		}
	}
}
