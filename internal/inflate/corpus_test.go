package inflate

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// trailJSON makes a log file of n records that compresses as real ones do:
// the same few callers, sources and regions again and again, between
// identifiers that are random.
func trailJSON(seed uint64, n int) []byte {
	g := &trail{r: rand.New(rand.NewPCG(seed, 5))}
	g.callers = 3 + g.r.IntN(12)
	b := []byte(`{"Records":[`)
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = g.record(b, i)
	}
	return append(b, "]}"...)
}

type trail struct {
	r       *rand.Rand
	callers int
}

func (g *trail) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.r.Uint32())
	}
	return b
}

func (g *trail) hex(n int) string { return hex.EncodeToString(g.bytes(n)) }

func (g *trail) uuid() string {
	return g.hex(4) + "-" + g.hex(2) + "-" + g.hex(2) + "-" + g.hex(2) + "-" + g.hex(6)
}

func pick[T any](g *trail, of ...T) T { return of[g.r.IntN(len(of))] }

func (g *trail) record(b []byte, i int) []byte {
	who := g.r.IntN(g.callers)
	b = fmt.Appendf(b, `{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROA%016X:session-%d","arn":"arn:aws:sts::111122223333:assumed-role/worker-%d/session-%d","accountId":"111122223333","accessKeyId":"ASIA%016X","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA%016X","arn":"arn:aws:iam::111122223333:role/worker-%d","accountId":"111122223333","userName":"worker-%d"},"webIdFederationData":{},"attributes":{"creationDate":"2024-03-01T%02d:00:00Z","mfaAuthenticated":"false"}}},`,
		who*1e12, who, who, who, who*77e11, who*1e12, who, who, who%24)
	b = fmt.Appendf(b, `"eventTime":"2024-03-01T12:%02d:%02dZ","awsRegion":"eu-central-1","sourceIPAddress":"10.%d.%d.%d","userAgent":"%s",`,
		i/60%60, i%60, who, g.r.IntN(4), g.r.IntN(256), pick(g, "aws-sdk-go/1.44.298 (go1.20.5; linux; amd64)", "Boto3/1.26.165 Python/3.10.6 Linux/5.19.0-46-generic Botocore/1.29.165", "s3.amazonaws.com"))
	switch g.r.IntN(4) {
	case 0:
		bucket := pick(g, "evidence-221b-bucket", "company-logs-eu", "static-assets-prod")
		b = fmt.Appendf(b, `"eventSource":"s3.amazonaws.com","eventName":"%s","requestParameters":{"bucketName":"%s","Host":"%s.s3.eu-central-1.amazonaws.com","key":"data/%s/part-%05d.parquet"},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"%s","bytesTransferredOut":%d},`,
			pick(g, "GetObject", "PutObject", "GetBucketAcl", "ListObjects"), bucket, bucket, g.hex(4), g.r.IntN(1000), base64.StdEncoding.EncodeToString(g.bytes(56)), g.r.IntN(5000))
	case 1:
		b = fmt.Appendf(b, `"eventSource":"kms.amazonaws.com","eventName":"Decrypt","requestParameters":{"encryptionContext":{"aws:lambda:FunctionArn":"arn:aws:lambda:eu-central-1:111122223333:function:handler-%d"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"},"responseElements":null,"resources":[{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"arn:aws:kms:eu-central-1:111122223333:key/%s"}],`, who, g.uuid())
	case 2:
		b = fmt.Appendf(b, `"eventSource":"ec2.amazonaws.com","eventName":"%s","requestParameters":{"maxResults":%d,"instancesSet":{"items":[{"instanceId":"i-%s"}]},"filterSet":{}},"responseElements":null,`,
			pick(g, "DescribeInstances", "DescribeVolumes", "DescribeSecurityGroups"), g.r.IntN(1000), g.hex(8))
	default:
		b = fmt.Appendf(b, `"eventSource":"sts.amazonaws.com","eventName":"AssumeRole","requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/worker-%d","roleSessionName":"session-%d"},"responseElements":{"credentials":{"accessKeyId":"ASIA%s","sessionToken":"%s","expiration":"Mar 1, 2024, 1:%02d:%02d PM"}},`,
			who, who, g.hex(8), base64.StdEncoding.EncodeToString(g.bytes(90)), g.r.IntN(60), g.r.IntN(60))
	}
	return fmt.Appendf(b, `"requestID":"%s","eventID":"%s","readOnly":%t,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.2","cipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","clientProvidedHostHeader":"eu-central-1.amazonaws.com"}}`,
		g.uuid(), g.uuid(), g.r.IntN(3) > 0)
}

// noise is data that does not compress.
func noise(seed uint64, n int) []byte {
	return (&trail{r: rand.New(rand.NewPCG(seed, 6))}).bytes(n)
}

// pack compresses with klauspost's writer; levels are those of its package.
func pack(tb testing.TB, data []byte, level int) []byte {
	tb.Helper()
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, level)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

// statelessCompression is klauspost's lowest level, which its package gzip
// takes but does not name.
const statelessCompression = -3
