package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ctlog/internal/testkit/cloudtest"
	"ctlog/internal/testkit/trailgen"
)

// Of 20,000 objects in a bucket, listed page after page, none is lost and none
// comes twice, and memory stays what it is for fewer.
func TestTwentyThousand(t *testing.T) {
	nightly(t)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	held := trailgen.Signed{
		Trail: trailgen.Trail{Seed: 9, Accounts: []string{"111122223333"}, Regions: []string{"eu-west-1", "us-east-1"}, Start: start, Hours: 250, FilesPerHour: 39, RecordsPerFile: 10},
		Keys:  []trailgen.Key{quickKey("quick", start)},
	}.Copy()
	c := cloudtest.New(t)
	c.Hold(held)
	c.Env(t)
	bin, at, dir := built(t), "s3://"+held.Bucket, filepath.Join(t.TempDir(), "copy")
	if n := len(held.Objects); n != 20000 {
		t.Fatalf("%d objects", n)
	}
	out := measured(t, bin, "grep", "-r", ".eventID", at)
	ids := map[string]bool{}
	for id := range strings.Lines(out) {
		ids[id] = true
	}
	if want := len(held.Logs()) * 10; len(ids) != want || strings.Count(out, "\n") != want {
		t.Errorf("%d events, %d different ones, want %d", strings.Count(out, "\n"), len(ids), want)
	}
	once(t, c, held)
	if out := measured(t, bin, "verify", "--fetch-keys", "--keys-endpoint", c.URL, at); !strings.Contains(out, "PROVEN  500 digests and 19,500 logs") {
		t.Errorf("verify: %.300s", out)
	}
	once(t, c, held)
	if out := measured(t, bin, "verify", "--versions", "--fetch-keys", "--keys-endpoint", c.URL, at); !strings.Contains(out, "PROVEN  500 digests and 19,500 logs") {
		t.Errorf("verify --versions: %.300s", out)
	}
	once(t, c, held)
	measured(t, bin, "fetch", at, dir)
	once(t, c, held)
	sameAs(t, held, dir)
	measured(t, bin, "fetch", at, dir)
	if n := gets(c.Asked()); n != 0 {
		t.Errorf("the second fetch reads %d objects", n)
	}
}

// once: every object was read, and none twice.
func once(t *testing.T, c *cloudtest.Server, held *trailgen.Copy) {
	t.Helper()
	read, lists := map[string]int{}, 0
	for _, a := range c.Asked() {
		if key, ok := strings.CutPrefix(a, "GET "); ok {
			read[key]++
		} else {
			lists++
		}
	}
	for key := range held.Objects {
		if read[key] != 1 {
			t.Errorf("%s was read %d times", key, read[key])
		}
	}
	t.Logf("%d objects, %d other requests", len(read), lists)
}

// measured runs ctlog in a process of its own and logs its peak of memory,
// which must stay under 200 MB.
func measured(t *testing.T, bin string, args ...string) string {
	t.Helper()
	cmd := exec.Command(bin, args...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Env = &out, &stderr, append(os.Environ(), "GOMAXPROCS=2")
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended, peaks := make(chan struct{}), make(chan int)
	go func() { peaks <- peakOf(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	close(ended)
	peak := <-peaks
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, stderr.String())
	}
	t.Logf("%-8s peak %d MB, wall %v, processors %v", args[0], peak, time.Since(began).Round(time.Millisecond), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	if peak > 200 || peak == 0 {
		t.Errorf("%q takes %d MB", args, peak)
	}
	return out.String()
}

// peakOf is the most memory, in MB, that a process has in RAM until it ends. What
// wait(2) says begins with what this process has itself.
func peakOf(pid int, ended chan struct{}) (peak int) {
	for {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		for line := range strings.Lines(string(status)) {
			var kb int
			if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 {
				peak = max(peak, kb>>10)
			}
		}
		select {
		case <-ended:
			return peak
		case <-time.After(10 * time.Millisecond):
		}
	}
}
