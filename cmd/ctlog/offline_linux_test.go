package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// The commands, as they are built, open no socket unless a PATH is s3:// or
// they exist to call AWS: the system calls say so.
func TestOfflineOpensNoSocket(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	if testing.Short() {
		t.Skip("builds ctlog")
	}
	if out, err := exec.Command(strace, "-f", "-e", "trace=socket", "true").CombinedOutput(); err != nil {
		t.Skipf("strace may not trace here: %s", out)
	}
	inCloud(t, lasting) // settings that lead to an AWS
	bin := built(t)
	sockets := func(args ...string) (n int, out string) {
		cmd := exec.Command(strace, append([]string{"-f", "-qq", "-e", "trace=socket", "-e", "signal=none", bin}, args...)...)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		cmd.Run() // which ends as ctlog does
		return strings.Count(stderr.String(), "socket("), stdout.String()
	}
	evidence, keys := "../../testdata/evidence", "../../testdata/keys.json"
	for _, args := range [][]string{
		{"verify", "--keys", keys, evidence}, {"verify", evidence}, {"grep", "--count", "true", evidence}, {"grep", "--verified", "--keys", keys, "true", evidence},
		{"count", "--by", "eventName", evidence}, {"timeline", evidence}, {"summary", evidence}, {"trace", "ASIAHGMMLD6TOOHGMHC4", evidence}, {"keys", "list", keys}, {"grep", "--help"},
	} {
		if n, out := sockets(args...); n > 0 || out == "" {
			t.Errorf("%q opens %d sockets\n%s", args, n, out)
		}
	}
	if n, _ := sockets("grep", "--count", "true", "s3://bucket"); n == 0 {
		t.Error("no socket is seen where there must be some: the test sees nothing")
	}
}

// Where there is no network at all, not even to this computer, the offline
// commands do what they do elsewhere.
func TestOfflineWithoutNetwork(t *testing.T) {
	if err := exec.Command("unshare", "-rn", "true").Run(); err != nil {
		t.Skip("unshare -rn is not permitted here")
	}
	bin := self(t)
	for _, args := range [][]string{
		{"verify", "--keys", "../../testdata/keys.json", "../../testdata/evidence"}, {"grep", "--count", "true", "../../testdata/evidence"}, {"summary", "../../testdata/evidence"},
	} {
		want, _ := exec.Command(bin, args...).Output()
		got, _ := exec.Command("unshare", append([]string{"-rn", bin}, args...)...).Output()
		if !bytes.Equal(got, want) || len(want) == 0 {
			t.Errorf("%q: %s", args, got)
		}
	}
}
