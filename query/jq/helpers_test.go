package jq

import "testing"

const someEvent = `{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Data\u003dPipe/bob","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"userName":"Data\u003dPipe"}}},"eventTime":"2024-01-09T10:05:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"::ffff:203.0.113.9","errorCode":"Client.AccessDenied","readOnly":"true","eventID":"id","requestParameters":{"q":"x\u0026y"}}`

func compiledFor(t testing.TB, filter string, o Options) *Program {
	t.Helper()
	p, err := Compile(filter, o)
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	return p
}
