package main

import (
	"bytes"
	"context"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ctlog/internal/testkit/trailgen"
)

// slowly holds a trail behind a proxy that takes its time, up to most for an
// object.
func slowly(t *testing.T, most time.Duration) (c *cloud, held *trailgen.Copy) {
	c, held, _, _ = inCloud(t, late)
	p := newProxy(t, c.URL)
	p.makes(func(path string) fault {
		time.Sleep(rand.N(most))
		if strings.HasSuffix(path, ".gz") {
			return slow // so that files are half written
		}
		return none
	})
	t.Setenv("AWS_ENDPOINT_URL_S3", p.URL)
	return c, held
}

// self is this program under the name by which it is ctlog.
func self(t *testing.T) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "ctlog")
	if err := os.Symlink(program, bin); err != nil {
		t.Skip(err)
	}
	return bin
}

// A fetch that is killed at any moment, CTLOG_KILLS times, leaves no half file
// under a name, and the next run ends what it began: what is there then is, byte
// for byte, what an undisturbed run would have fetched.
func TestFetchKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	kills := number("CTLOG_KILLS", 6)
	c, held := slowly(t, time.Duration(kills)*8*time.Millisecond)
	bin, dir, at := self(t), filepath.Join(t.TempDir(), "copy"), "s3://"+held.Bucket
	unfinished := 0
	for range kills {
		cmd := exec.Command(bin, "fetch", "--jobs", "4", at, dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(20+rand.IntN(250)) * time.Millisecond)
		cmd.Process.Kill()
		if cmd.Wait(); cmd.ProcessState.ExitCode() < 0 {
			unfinished++
		}
		whole(t, held, dir)
	}
	if t.Logf("%d of %d were killed before they ended", unfinished, kills); unfinished < kills/2 {
		t.Error("too few of the runs were killed: the test is too slow")
	}
	c.Env(t)
	t.Setenv("AWS_ENDPOINT_URL_S3", c.URL)
	for range 4 {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Duration(rand.IntN(100))*time.Millisecond, func() { cancel(errInterrupted) })
		var out, stderr bytes.Buffer
		if status := run(ctx, []string{"fetch", "--jobs", "4", at, dir}, nil, &out, &stderr); status != exitInterrupted && status != exitOK {
			t.Errorf("status %d, %s", status, stderr.String())
		}
		whole(t, held, dir)
	}
	undisturbed := filepath.Join(t.TempDir(), "copy")
	for _, dir := range []string{dir, undisturbed} {
		if status, _, stderr := in(t, "", "fetch", at, dir); status != exitOK {
			t.Errorf("status %d, %s", status, stderr)
		}
	}
	sameAs(t, held, dir)
	got, want := filesOf(t, dir), filesOf(t, undisturbed)
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s differs from what an undisturbed run has", name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("left behind: %q", slices.DeleteFunc(slices.Collect(maps.Keys(got)), func(name string) bool { _, ok := want[name]; return ok }))
	}
	proves(t, held, dir)
}

// filesOf are the contents of a folder.
func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Of two runs into one folder the second ends at once, and changes nothing; one
// that only looks may look.
func TestFetchTwice(t *testing.T) {
	_, held := slowly(t, 120*time.Millisecond)
	dir, at := t.TempDir(), "s3://"+held.Bucket
	cmd := exec.Command(self(t), "fetch", "--jobs", "2", at, dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	for deadline := time.Now().Add(20 * time.Second); len(filesOf(t, dir)) < 3; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the first run does not begin")
		}
	}
	status, _, stderr := in(t, "", "fetch", at, dir)
	if status != exitTrouble || !strings.Contains(stderr, "ctlog: "+dir+": another 'ctlog fetch' is writing to that folder; wait until it ends\n") {
		t.Errorf("status %d, %s", status, stderr)
	}
	if status, out, stderr := in(t, "", "fetch", "--dry-run", at, dir); status != exitOK || out == "" {
		t.Errorf("--dry-run: status %d, %s", status, stderr)
	}
}
