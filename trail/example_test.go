package trail_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ctlog/digest"
	"ctlog/internal/scan"
	"ctlog/internal/testkit/trailgen"
	"ctlog/source"
	"ctlog/trail"
)

// A copy on disk is verified, and then once more with a log that was altered.
func ExampleCopy() {
	dir, _ := os.MkdirTemp("", "example")
	defer os.RemoveAll(dir)
	signed := trailgen.Signed{}
	signed.Start, signed.Hours, signed.FilesPerHour, signed.RecordsPerFile = time.Date(2024, 1, 9, 8, 0, 0, 0, time.UTC), 3, 1, 2
	made := signed.Copy()
	if err := made.WriteTo(dir); err != nil {
		log.Fatal(err)
	}
	keys, err := digest.ParseKeys(trailgen.PublicKeys(made.Keys...))
	if err != nil {
		log.Fatal(err)
	}

	verify := func() {
		signatures := &digest.Signatures{}
		c := &trail.Copy{Scan: scan.Config{Paths: []string{dir}, Jobs: 2, Source: source.Options{}}, Signatures: signatures}
		report, err := digest.Verify(context.Background(), c, digest.Options{Keys: keys, Signatures: signatures, Names: trail.ParseName})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(report.Verdict, report.Digests[digest.Valid], "digests,", report.Logs[digest.Valid], "logs")
		for it := range report.Items() {
			if it.Status != digest.Valid {
				fmt.Println(it.Status, strings.TrimPrefix(it.Path, dir))
			}
		}
	}
	verify()
	// Someone rewrites a log: its events are whole, and no longer CloudTrail's.
	forged := trailgen.Gzip([]byte(`{"Records":[]}`))
	if err := os.WriteFile(filepath.Join(dir, made.Logs()[0]), forged, 0o600); err != nil {
		log.Fatal(err)
	}
	verify()
	// Output:
	// proven 3 digests, 3 logs
	// tampered 3 digests, 2 logs
	// altered /AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/09/111122223333_CloudTrail_us-east-1_20240109T0900Z_lFrNKhyHVfCPe8Uu.json.gz
}
