package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Every cell of copies with all kinds of lacks is what a plain reckoning gives.
func TestCoverageIsRight(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	met := map[string]int{}
	for seed := range 10 {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		b := newPlainBucket(t, r)
		args := []string{"coverage", "-o", "json", filepath.Join(b.dir, "bucket")}
		if b.keys = seed%4 > 0; b.keys {
			args = append(args, "--keys", filepath.Join(b.dir, "keys.json"))
		}
		want := b.plainCells(t)
		_, out, stderr := in(t, "", args...)
		rows := decode(t, out)
		for _, row := range rows {
			hour, _ := row["hour"].(string)
			id := fmt.Sprintf("%s %s", row["region"], hour[:len("2024-01-09T10")])
			got := fmt.Sprintf("%s files, %s events, %s missing, %s, %s, %v unproven", row["files"], row["events"], row["missing"], row["digest"], row["state"], row["unproven"])
			if got != want[id] || row["account"] != plainAccount || row["hours"].(json.Number) != "1" {
				t.Errorf("seed %d, %s: %s, want %s", seed, id, got, want[id])
			}
			met[row["digest"].(string)]++
			met[row["state"].(string)]++
		}
		if len(rows) != len(want) {
			t.Errorf("seed %d: %d cells, want %d\n%s", seed, len(rows), len(want), stderr)
		}
		if t.Failed() {
			return
		}
	}
	for _, word := range []string{"proven", "tampered", "gap", "partial", "unproven", "absent", "activity", "no activity", "no events", "no logs"} {
		if met[word] == 0 {
			t.Errorf("no cell was %q: the test does not test it", word)
		}
	}
}

// jq, sort and uniq give the same counts of real logs.
func TestCoverageLikeUniq(t *testing.T) {
	dir := filepath.Join(realData(t), "invictus")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no real logs here")
	}
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("no jq")
	}
	const peer = `find "$0" -name '*.gz' | xargs zcat | jq -r '.Records[] | "218007301253 \(.awsRegion) \(.eventTime[:13]):00:00Z"' | LC_ALL=C sort | uniq -c | awk '{print $2, $3, $4, $1}'`
	want, err := exec.Command("sh", "-c", peer, dir).Output()
	if err != nil || len(want) == 0 {
		t.Fatalf("%v, %d bytes", err, len(want))
	}
	_, out, _ := in(t, "", "coverage", "-q", "--dedupe=false", "-o", "json", dir)
	var got strings.Builder
	files := 0
	for _, row := range decode(t, out) {
		n, _ := row["files"].(json.Number).Int64()
		files += int(n)
		if e := row["events"].(json.Number); e != "0" {
			fmt.Fprintln(&got, row["account"], row["region"], row["hour"], e)
		}
	}
	if got.String() != string(want) {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
	names, err := filepath.Glob(filepath.Join(dir, "AWSLogs/*/CloudTrail/*/*/*/*/*.gz"))
	if err != nil || files != len(names) || files == 0 {
		t.Errorf("%d files, want %d (%v)", files, len(names), err)
	}
}

// Neither workers nor packing show.
func TestCoverageJobsDoNotShow(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	b := newPlainBucket(t, rand.New(rand.NewPCG(9, 9)))
	keys, bucket := filepath.Join(b.dir, "keys.json"), filepath.Join(b.dir, "bucket")
	packed := filepath.Join(b.dir, "bucket.tar.gz")
	if out, err := exec.Command("tar", "-C", b.dir, "-czf", packed, "bucket").CombinedOutput(); err != nil {
		t.Skipf("%s: %s", err, out)
	}
	for _, more := range [][]string{nil, {"-o", "json"}, {"--findings", "-o", "csv"}, {"--bucket", "6h"}} {
		want := ""
		for _, jobs := range []string{"1", "2", "8"} {
			for _, path := range []string{bucket, packed} {
				_, out, _ := in(t, "", append([]string{"coverage", "--jobs", jobs, "--keys", keys, path}, more...)...)
				if want == "" {
					want = out
				}
				if out != want || out == "" {
					t.Fatalf("%q: --jobs %s on %s changes the result", more, jobs, path)
				}
			}
		}
	}
}

// The lines of a map are as wide as they may be, and say what evidence says
// without doing it.
func TestCoverageHostileNames(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a.jsonl"), []byte(`{"eventID":"1","eventTime":"2024-01-09T10:00:00Z","awsRegion":"eu\u001b[31m\nwest-1","recipientAccountId":"1\u202e2","eventName":"A","eventSource":"b\u0007","userIdentity":{"arn":"x\u001b]0;y\u0007"}}
{"eventID":"2","eventTime":"2024-01-10T10:00:00Z","awsRegion":"`+strings.Repeat("x", 300)+`","recipientAccountId":"1\u202e2","eventName":"A\u001b[0m","eventSource":"b\u0007","userIdentity":{"arn":"x\u001b]0;y\u0007"}}
{"eventID":"3","eventTime":"2199-01-10T10:00:00Z","awsRegion":"=cmd()","eventName":"A"}
{"eventID":"4","eventTime":"1900-01-10T10:00:00Z","awsRegion":"=cmd()"}
`))
	for _, args := range [][]string{nil, {"--findings"}, {"--bucket", "1h"}, {"--bucket", "52w"}} {
		_, out, stderr := in(t, "", append([]string{"coverage", dir}, args...)...)
		if strings.ContainsAny(out+stderr, "\x1b\x07\u202e") || !strings.Contains(out, `\x1b`) {
			t.Errorf("%q: %q %q", args, out[:min(len(out), 2000)], stderr)
		}
		for line := range strings.Lines(out) {
			if n := len([]rune(line)); n > 81 {
				t.Errorf("%q: %d columns: %s", args, n, line)
				break
			}
		}
	}
	_, out, _ := in(t, "", "coverage", "-o", "csv", "--bucket", "52w", dir)
	if !strings.Contains(out, `'=cmd()`) {
		t.Errorf("a formula: %.300q", out)
	}
}

// A bucket is covered as a copy of it is, and --since bounds what is listed.
func TestCoverageOfABucket(t *testing.T) {
	c, held, dir, keys := inCloud(t, lasting)
	at, local := "s3://"+held.Bucket+"/audit", filepath.Join(dir, "audit")
	metadata := filepath.Join(dir, "ctlog-metadata.jsonl")
	for _, args := range [][]string{
		{}, {"-o", "json"}, {"--findings", "-o", "json", "--baseline-until", "2024-01-10"}, {"-o", "tsv", "--region", "eu-west-1"},
		{"-o", "tsv", "--since", "2024-01-10T12", "--until", "2024-01-10T18:00"}, {"--since", "2024-01-10T20:00", "--event-name", "Get*"},
	} {
		args = append([]string{"coverage", "--keys", keys, "--metadata", metadata}, args...)
		wantStatus, want, _ := in(t, "", append(args, local)...)
		gotStatus, got, stderr := in(t, "", append(args, at)...)
		if got != want || gotStatus != wantStatus || want == "" {
			t.Errorf("%q: status %d, want %d\n%s\n%s\n%s", args, gotStatus, wantStatus, got, want, stderr)
		}
	}
	c.Asked()
	in(t, "", "coverage", at)
	all := len(c.Asked())
	in(t, "", "coverage", "--since", "2024-01-09", "--until", "2024-01-09T10:00", at)
	if asked := len(c.Asked()); asked >= all || asked == 0 {
		t.Errorf("%d requests for two hours, %d for all", asked, all)
	}
	status, out, stderr := in(t, "", "coverage", "-q", "--fetch-keys", "--keys-endpoint", c.URL, "-o", "tsv", at)
	if status != 0 || !strings.Contains(out, "\tproven\t") || strings.Contains(out, "\tunproven\t") {
		t.Errorf("--fetch-keys: status %d\n%s\n%s", status, out, stderr)
	}
}
