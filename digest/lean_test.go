package digest

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// hourly is a Store of one chain of unsigned digests, each of which is made when
// it is handed over, as from a file, so that only what is kept of them is held.
type hourly int

func (n hourly) Files(_ context.Context, _ func(FileID, Name) bool, take func(File) error) error {
	signatures, before := &Signatures{}, (*Digest)(nil)
	for i := range int(n) {
		object := func(i int) string {
			at := begin.Add(time.Duration(i) * time.Hour)
			return "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/" + at.Format("2006/01/02") +
				"/111122223333_CloudTrail-Digest_us-east-1_main_us-east-1_" + at.Format("20060102T150405Z") + ".json.gz"
		}
		content := fmt.Sprintf(`{"awsAccountId":"111122223333","digestStartTime":%q,"digestEndTime":%q,"digestS3Bucket":"b","digestS3Object":%q,
			"digestPublicKeyFingerprint":"00","digestSignatureAlgorithm":"SHA256withRSA","previousDigestS3Bucket":"b","previousDigestS3Object":%q,
			"previousDigestHashValue":%q,"previousDigestHashAlgorithm":"SHA-256","previousDigestSignature":%q,"logFiles":[]}`,
			begin.Add(time.Duration(i-1)*time.Hour).Format(time.RFC3339), begin.Add(time.Duration(i)*time.Hour).Format(time.RFC3339),
			object(i), object(i-1), strings.Repeat("ab", 32), fmt.Sprintf("%0512x", i))
		d, err := Parse([]byte(content))
		if err != nil {
			return err
		}
		path := "copy/" + object(i)
		d.Share(path, before)
		d.Previous.Signature = signatures.Share(d.Previous.Object, d.Previous.Signature)
		before = d
		if err := take(File{Path: path, Key: path[5:], Name: names(path), Digest: d, Sum: d.Sum, Read: true, Members: 1}); err != nil {
			return err
		}
	}
	return nil
}

func (hourly) Events(context.Context, func(FileID) bool, []string, func(FileID, []byte) error) error {
	return nil
}

// What is held for a digest bounds how many can be verified: a large
// organisation has hundreds of thousands. Logs and the collector come on top.
func TestMemoryOfADigest(t *testing.T) {
	const n, most = 20_000, 1_250
	live := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := live()
	r, err := Verify(t.Context(), hourly(n), Options{Names: names})
	if err != nil || r.Digests[Unverified] != n {
		t.Fatal(r.Digests, err)
	}
	each := (live() - before) / n
	runtime.KeepAlive(r)
	t.Logf("%d bytes a digest", each)
	if each > most {
		t.Errorf("%d bytes are held for each digest, want at most %d", each, most)
	}
}
