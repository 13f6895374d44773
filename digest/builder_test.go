package digest

import (
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"ctlog/internal/testkit/trailgen"
)

// private is the key that quick publishes.
var private = func() *rsa.PrivateKey {
	text, err := os.ReadFile("../internal/testkit/trailgen/keys/quick.pem")
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	return key
}()

// made is a digest that a test writes itself, to say what CloudTrail would not.
type made struct {
	region, trail string
	folder        string // before AWSLogs/
	bucket        string // that it is signed for; set with change
	account       string // that of most of these tests by default
	org           string // with a slash at its end
	start, end    time.Time
	previous      *made
	logs          map[string]string // object → content
	backfill      bool
	change        func(fields map[string]any) // before it is signed
	keepOut       bool                        // it has no metadata

	object    string
	content   []byte
	signature string
}

const account = "111122223333"

// hours makes the digest of the hours from a to b after begin.
func hours(a, b float64, previous *made, logs ...string) *made {
	m := &made{start: begin.Add(time.Duration(a * float64(time.Hour))), end: begin.Add(time.Duration(b * float64(time.Hour))), previous: previous, logs: map[string]string{}}
	for _, l := range logs {
		m.logs[logKey("", "us-east-1", l)] = "content of " + l
	}
	return m
}

// logKey is the key of a log; name is its time and letters.
func logKey(folder, region, name string) string {
	return fmt.Sprintf("%sAWSLogs/%s/CloudTrail/%s/%s/%s/%s/%s_CloudTrail_%s_%s.json.gz", folder, account, region, name[:4], name[4:6], name[6:8], account, region, name)
}

func (m *made) key() string {
	region, name, suffix := m.region, m.trail, ""
	if region == "" {
		region = "us-east-1"
	}
	if name == "" {
		name = "main"
	}
	if m.backfill {
		suffix = "_backfill"
	}
	account := cmp.Or(m.account, account)
	return fmt.Sprintf("%sAWSLogs/%s%s/CloudTrail-Digest/%s/%s/%s_CloudTrail-Digest_%s_%s_us-east-1_%s%s.json.gz",
		m.folder, m.org, account, region, m.end.Format("2006/01/02"), account, region, name, m.end.Format("20060102T150405Z"), suffix)
}

// make writes and signs it, once.
func (m *made) make() *made {
	if m.content != nil {
		return m
	}
	m.object = m.key()
	entries := []any{}
	for _, object := range slices.Sorted(maps.Keys(m.logs)) {
		sum := sha256.Sum256([]byte(m.logs[object]))
		entries = append(entries, map[string]any{"s3Bucket": "b", "s3Object": object, "hashValue": hex.EncodeToString(sum[:]), "hashAlgorithm": "SHA-256"})
	}
	fields := map[string]any{
		"awsAccountId": account, "digestStartTime": m.start.Format(time.RFC3339), "digestEndTime": m.end.Format(time.RFC3339),
		"digestS3Bucket": "b", "digestS3Object": m.object, "digestPublicKeyFingerprint": quick.Fingerprint(), "digestSignatureAlgorithm": "SHA256withRSA",
		"previousDigestS3Bucket": nil, "previousDigestS3Object": nil, "previousDigestHashValue": nil, "previousDigestHashAlgorithm": nil, "previousDigestSignature": nil,
		"logFiles": entries,
	}
	if p := m.previous; p != nil {
		sum := sha256.Sum256(p.make().content)
		fields["previousDigestS3Bucket"], fields["previousDigestS3Object"] = "b", p.object
		fields["previousDigestHashValue"], fields["previousDigestHashAlgorithm"] = hex.EncodeToString(sum[:]), "SHA-256"
		fields["previousDigestSignature"] = p.signature
	}
	if m.change != nil {
		m.change(fields)
	}
	m.content, _ = json.Marshal(fields)
	m.signature = sign(m.content)
	return m
}

// sign signs a digest as CloudTrail does, whatever else it is.
func sign(content []byte) string {
	var d struct {
		DigestEndTime, DigestS3Bucket, DigestS3Object string
		PreviousDigestSignature                       *string
	}
	json.Unmarshal(content, &d)
	previous := "null"
	if d.PreviousDigestSignature != nil {
		previous = *d.PreviousDigestSignature
	}
	sum := sha256.Sum256(content)
	signed := sha256.Sum256([]byte(d.DigestEndTime + "\n" + d.DigestS3Bucket + "/" + d.DigestS3Object + "\n" + hex.EncodeToString(sum[:]) + "\n" + previous))
	signature, err := rsa.SignPKCS1v15(nil, private, crypto.SHA256, signed[:])
	if err != nil {
		panic(err)
	}
	return hex.EncodeToString(signature)
}

// copyOf is a copy with these digests and all logs that they list.
func copyOf(digests ...*made) *trailgen.Copy {
	c := &trailgen.Copy{Bucket: "b", Keys: []trailgen.Key{quick}, Objects: map[string]*trailgen.Stored{}}
	for _, m := range digests {
		m.make()
		o := &trailgen.Stored{Bytes: trailgen.Gzip(m.content)}
		if !m.keepOut {
			o.Metadata = map[string]string{"signature": m.signature}
		}
		c.Objects[m.object] = o
		for object, content := range m.logs {
			c.Objects[object] = &trailgen.Stored{Bytes: trailgen.Gzip([]byte(content))}
		}
	}
	return c
}

// told is a report in a line: verdict, digests, logs, findings.
func told(r *Report) string {
	parts := []string{r.Verdict.String(), counted(r.Digests), counted(r.Logs)}
	for _, f := range r.Findings {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %s", f.Kind, tellTimes(f))))
	}
	return strings.Join(parts, "; ")
}

func tellTimes(f Finding) string {
	hour := func(t time.Time) string { return fmt.Sprintf("%g", t.Sub(begin).Hours()) }
	switch f.Kind {
	case Head:
		return hour(f.Start)
	case Gap:
		return fmt.Sprintf("%s-%s (%d) %s", hour(f.From), hour(f.To), f.Hours, f.Reason)
	case Tail:
		return f.Region + " " + hour(f.End) + " of " + hour(f.Expected)
	case Key:
		return strings.TrimSpace(fmt.Sprint(f.Digests, map[bool]string{true: " accepted"}[f.Accepted]))
	case Restart:
		return hour(f.Start)
	case Moved:
		return fmt.Sprintf("%d to %s, not %s", f.Digests, f.Bucket, f.ExpectedBucket)
	}
	return strings.TrimSpace(f.Account + " " + f.Region)
}

func expect(t *testing.T, r *Report, want string) {
	t.Helper()
	if got := told(r); got != want {
		t.Errorf("got  %s\nwant %s\n%s", got, want, dump(r))
	}
}
