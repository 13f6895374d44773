package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ctlog/internal/testkit/cloudtest"
	"ctlog/internal/testkit/trailgen"
)

// TestRatioToAWS measures `verify s3://` beside `aws cloudtrail validate-logs`,
// in turn, on the same server, for `make bench-s3`: what each takes from its
// start to its end, and of the processors' time.
func TestRatioToAWS(t *testing.T) {
	rounds := number("CTLOG_RATIO", 0)
	if rounds == 0 {
		t.Skip("CTLOG_RATIO=3 measures, in three rounds, as `make bench-s3` does")
	}
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("the AWS CLI is not installed")
	}
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, events := range []int{10, 100} {
		start := time.Date(2024, 1, 9, 8, 0, 0, 0, time.UTC)
		trail := trailgen.Signed{
			Trail: trailgen.Trail{Seed: 4, Accounts: []string{"111122223333"}, Regions: []string{"us-east-1"}, Start: start, Hours: 48, FilesPerHour: 40, RecordsPerFile: events},
			Name:  "main", Keys: []trailgen.Key{quickKey("quick", start)},
		}
		held := trail.Copy()
		size := 0
		for _, o := range held.Objects {
			size += len(o.Bytes)
		}
		t.Logf("%d digests, %d logs of %d events, %.1f MB", len(held.Digests()), len(held.Logs()), events, float64(size)/1e6)
		for _, delay := range []time.Duration{0, 10 * time.Millisecond} {
			t.Run(fmt.Sprintf("%d events, in process, %v late", events, delay), func(t *testing.T) {
				c := cloudtest.New(t)
				c.Hold(held)
				c.Env(t)
				c.Intercept(func(http.ResponseWriter, *http.Request) bool { time.Sleep(delay); return false })
				ratioToAWS(t, trail, held, rounds)
			})
		}
		t.Run(fmt.Sprintf("%d events, versitygw", events), func(t *testing.T) {
			v := newVersity(t)
			v.hold(t, held, false)
			t.Setenv("AWS_ENDPOINT_URL_S3", v.url)
			ratioToAWS(t, trail, held, rounds)
		})
	}
}

func ratioToAWS(t *testing.T, trail trailgen.Signed, held *trailgen.Copy, rounds int) {
	config := writeFile(t, filepath.Join(t.TempDir(), "config"), []byte("[default]\ns3 =\n    addressing_style = path\n"))
	t.Setenv("AWS_CONFIG_FILE", config)
	t.Setenv("AWS_PAGER", "")
	for _, name := range []string{"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"} { // what is empty counts for the CLI
		if os.Getenv(name) == "" {
			os.Unsetenv(name) // t.Setenv puts it back
		}
	}
	begin, end := trail.Start.Format(time.RFC3339), trail.Start.Add(time.Duration(trail.Hours+1)*time.Hour).Format(time.RFC3339)
	theirs := []string{
		"aws", "cloudtrail", "validate-logs", "--region", "us-east-1", "--account-id", trail.Accounts[0],
		"--trail-arn", "arn:aws:cloudtrail:us-east-1:" + trail.Accounts[0] + ":trail/" + trail.Name,
		"--s3-bucket", held.Bucket, "--start-time", begin, "--end-time", end,
	}
	ours := []string{built(t), "verify", "--fetch-keys", "--keys-endpoint", os.Getenv("AWS_ENDPOINT_URL"), "s3://" + held.Bucket}
	var wall, cpu [2][]time.Duration
	for range rounds {
		for i, args := range [][]string{ours, theirs} {
			began := time.Now()
			cmd := exec.Command(args[0], args[1:]...)
			out, err := cmd.CombinedOutput()
			wall[i] = append(wall[i], time.Since(began))
			cpu[i] = append(cpu[i], cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
			if err != nil || !strings.Contains(string(out), [2]string{"PROVEN", "log files valid"}[i]) {
				t.Fatalf("%q: %v\n%s", args, err, out)
			}
		}
	}
	for i, name := range []string{"ctlog", "aws"} {
		t.Logf("%-5s  wall %v  processors %v", name, median(wall[i]), median(cpu[i]))
	}
	t.Logf("ctlog is %.1f × faster, and takes 1/%.1f of the processors' time", float64(median(wall[1]))/float64(median(wall[0])), float64(median(cpu[1]))/float64(median(cpu[0])))
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2].Round(time.Millisecond)
}

// built is ctlog as it is delivered, not as it is tested.
func built(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "ctlog")
	build := exec.Command("go", "build", "-o", bin, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}
