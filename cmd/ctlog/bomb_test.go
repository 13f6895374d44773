package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ctlog/internal/testkit/trailgen"
)

// Digests that list the same invented log a hundred thousand times, in some
// kilobytes, cost what they weigh and not what they say.
func TestDigestBombs(t *testing.T) {
	trail := trailgen.Signed{Trail: trailgen.Trail{Hours: 2, RecordsPerFile: 1}}
	c := trail.Copy()
	dir := t.TempDir()
	if err := c.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	genuine := c.Digests()[0]
	content, err := os.ReadFile(filepath.Join(dir, genuine))
	if err != nil {
		t.Fatal(err)
	}
	entry := `{"s3Bucket":"b","s3Object":"AWSLogs/x","hashValue":"` + strings.Repeat("0", 64) + `","hashAlgorithm":"SHA-256"},`
	bomb := bytes.Replace(inflate(t, content), []byte(`"logFiles":[`), []byte(`"logFiles":[`+strings.Repeat(entry, 100_000)), 1)
	writeFile(t, filepath.Join(dir, genuine), compress(bomb))
	keys := writeFile(t, filepath.Join(t.TempDir(), "keys.json"), trail.PublicKeys())
	status, out, _ := in(t, "", "verify", "--json", "--keys", keys, dir)
	if status != exitTampered || !strings.Contains(out, `"status":"unreadable"`) || strings.Contains(out, `"key":"AWSLogs/x"`) {
		t.Errorf("status %d, %s", status, out)
	}
}

func inflate(t *testing.T, b []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}
