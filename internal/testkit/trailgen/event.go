package trailgen

import (
	"fmt"
	"strings"
	"time"
)

// call is an API that the people of a trail use.
type call struct {
	source, name string
	write        bool
	weight       int
	params       string // JSON with %s for random letters
	answer       string
	extra        string
}

var calls = []call{
	{"s3.amazonaws.com", "GetObject", false, 30, `{"bucketName":"example-data-%s","Host":"example-data.s3.amazonaws.com","key":"reports/2024/%s\u0026part=1.parquet"}`, "null", `{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"%s","bytesTransferredOut":%d.0}`},
	{"s3.amazonaws.com", "PutObject", true, 8, `{"bucketName":"example-data-%s","key":"in/%s"}`, `{"x-amz-server-side-encryption":"AES256"}`, `{"bytesTransferredIn":%d,"bytesTransferredOut":0}`},
	{"s3.amazonaws.com", "ListBuckets", false, 4, `{"Host":"s3.amazonaws.com"}`, "null", ""},
	{"sts.amazonaws.com", "GetCallerIdentity", false, 10, "null", "null", ""},
	{"kms.amazonaws.com", "Decrypt", false, 20, `{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::example-data-%s"}}`, "null", ""},
	{"ec2.amazonaws.com", "DescribeInstances", false, 15, `{"instancesSet":{},"filterSet":{"items":[{"name":"tag:Name","valueSet":{"items":[{"value":"web-%s"}]}}]}}`, "null", ""},
	{"ec2.amazonaws.com", "RunInstances", true, 1, `{"instancesSet":{"items":[{"imageId":"ami-%s","minCount":1,"maxCount":1}]},"instanceType":"m5.large"}`, `{"requestId":"%s","reservationId":"r-0example"}`, ""},
	{"iam.amazonaws.com", "ListRoles", false, 3, `"maxItems=100"`, "null", ""},
	{"iam.amazonaws.com", "CreateUser", true, 1, `{"userName":"new-%s"}`, `{"user":{"userName":"new-user","createDate":"Jan 9, 2024, 10:05:00\u202fAM"}}`, ""},
	{"signin.amazonaws.com", "ConsoleLogin", true, 1, "null", `{"ConsoleLogin":"Success"}`, `{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No","MFAUsed":"Yes"}`},
	{"lambda.amazonaws.com", "Invoke", true, 6, `{"functionName":"arn:aws:lambda:us-east-1:111122223333:function:job-%s","invocationType":"Event"}`, "null", `{"customerEksId":"%s"}`},
	{"logs.amazonaws.com", "CreateLogStream", true, 5, `{"logGroupName":"/aws/lambda/job","logStreamName":"2024/01/09/[$LATEST]%s"}`, "null", ""},
	{"rds.amazonaws.com", "DescribeDBInstances", false, 3, `{"maxRecords":100,"createdAfter":1.704787200123E9}`, "null", ""},
	{"sts.amazonaws.com", "AssumeRole", false, 22, `{"roleArn":"arn:aws:iam::111122223333:role/Admin","roleSessionName":"s-%s","durationSeconds":3600}`,
		`{"credentials":{"accessKeyId":"%K","sessionToken":"%L","expiration":"Jan 9, 2024, 11:05:00\u202fAM"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLEEXAMPLE000:s","arn":"arn:aws:sts::111122223333:assumed-role/Admin/s"}}`, ""},
	{"iam.amazonaws.com", "PutRolePolicy", true, 14, `{"roleName":"ci-runner","policyName":"inline","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"%L\",\"Effect\":\"Allow\",\"Action\":[\"s3:Get*\"],\"Resource\":\"arn:aws:s3:::%L/*\"}]}"}`, "null", ""},
	{"secretsmanager.amazonaws.com", "GetSecretValue", false, 2, `{"secretId":"prod/db-%s"}`, "null", ""},
}

var totalWeight = func() (n int) {
	for _, c := range calls {
		n += c.weight
	}
	return n
}()

// denials are the errors that events have; some have no message, some codes a
// prefix.
var denials = []struct{ code, message string }{
	{"AccessDenied", "User: arn:aws:iam::111122223333:user/bob is not authorized to perform: this action because no identity-based policy allows it"},
	{"AccessDenied", ""},
	{"Client.UnauthorizedOperation", "You are not authorized to perform this operation. Encoded authorization failure message: "},
	{"NoSuchKey", "The specified key does not exist."},
	{"ThrottlingException", "Rate exceeded"},
}

func (m *maker) pick() call {
	n := m.rng.IntN(totalWeight)
	for _, c := range calls {
		if n -= c.weight; n < 0 {
			return c
		}
	}
	return calls[0]
}

// fill puts random letters and numbers where a template wants them: %s a few
// letters, %L many, %d a number, %K the key of one of the people.
func (m *maker) fill(template string) string {
	for strings.Contains(template, "%s") {
		template = strings.Replace(template, "%s", m.letters(12), 1)
	}
	template = strings.Replace(template, "%K", m.someKey(), 1)
	for strings.Contains(template, "%L") {
		template = strings.Replace(template, "%L", m.words(1750), 1)
	}
	for strings.Contains(template, "%d") {
		template = strings.Replace(template, "%d", fmt.Sprint(m.rng.IntN(1<<20)), 1)
	}
	return template
}

// words is text that compresses as policies do.
func (m *maker) words(n int) string {
	var b strings.Builder
	for b.Len() < n {
		c := calls[m.rng.IntN(len(calls))]
		fmt.Fprintf(&b, "%s:%s/%s/", c.source, c.name, m.letters(3))
	}
	return b.String()[:n]
}

// someKey is a key that later events are done with.
func (m *maker) someKey() string {
	for {
		if s := m.sessions[m.rng.IntN(len(m.sessions))]; strings.HasPrefix(s.key, "ASIA") {
			return s.key
		}
	}
}

func (m *maker) uuid() string {
	hi, lo := m.rng.Uint64(), m.rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xfff, lo>>48&0x3fff|0x8000, lo&0xffffffffffff)
}

// event makes one event.
func (m *maker) event(at time.Time) []byte {
	c, who := m.pick(), m.sessions[m.rng.IntN(len(m.sessions))]
	if m.rng.IntN(RareEvery) == 0 {
		c.name, c.write = RareEvent, true
	}
	var b strings.Builder
	version := []string{"1.05", "1.08", "1.09", "1.10"}[m.rng.IntN(4)]
	fmt.Fprintf(&b, `{"eventVersion":"%s",`, version)
	if who.identity != "" {
		fmt.Fprintf(&b, `"userIdentity":%s,`, who.identity)
	}
	fmt.Fprintf(&b, `"eventTime":"%s","eventSource":"%s","eventName":"%s","awsRegion":"%s","sourceIPAddress":"%s","userAgent":"%s",`,
		at.Format("2006-01-02T15:04:05Z"), c.source, c.name, m.region, who.address, who.agent)
	m.outcome(&b, c)
	if c.extra != "" {
		fmt.Fprintf(&b, `"additionalEventData":%s,`, m.fill(c.extra))
	}
	fmt.Fprintf(&b, `"requestID":"%s","eventID":"%s",`, strings.ToUpper(m.letters(16)), m.uuid())
	m.tail(&b, c, version)
	return []byte(b.String())
}

// outcome writes the error, if there is one, the parameters and the answer.
func (m *maker) outcome(b *strings.Builder, c call) {
	answer := m.fill(c.answer)
	if m.rng.IntN(20) == 0 {
		d := denials[m.rng.IntN(len(denials))]
		fmt.Fprintf(b, `"errorCode":"%s",`, d.code)
		if d.message != "" {
			fmt.Fprintf(b, `"errorMessage":"%s",`, d.message)
		}
		answer = "null"
	}
	fmt.Fprintf(b, `"requestParameters":%s,"responseElements":%s,`, m.fill(c.params), answer)
}

// tail writes what stands behind the IDs; readOnly is a string now and then.
func (m *maker) tail(b *strings.Builder, c call, version string) {
	readOnly := fmt.Sprint(!c.write)
	if m.rng.IntN(50) == 0 {
		readOnly = `"` + readOnly + `"`
	}
	fmt.Fprintf(b, `"readOnly":%s,`, readOnly)
	if c.source == "s3.amazonaws.com" || c.source == "kms.amazonaws.com" {
		fmt.Fprintf(b, `"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::example-data/reports/%s"},{"accountId":"%s","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::example-data"}],`, m.letters(8), m.account)
	}
	fmt.Fprintf(b, `"eventType":"AwsApiCall","managementEvent":%v,"recipientAccountId":"%s","eventCategory":"%s"`, c.source != "s3.amazonaws.com", m.account, category(c))
	if version >= "1.08" {
		b.WriteString(`,"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"` + c.source + `"}`)
	}
	b.WriteString("}")
}

func category(c call) string {
	if c.source == "s3.amazonaws.com" || c.name == "Invoke" {
		return "Data"
	}
	return "Management"
}
