package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ctlog/internal/testkit/cloudtest"
	"ctlog/internal/testkit/trailgen"
)

// lastingTrail is a signed trail of several days.
func lastingTrail() trailgen.Signed {
	start := time.Date(2024, 1, 9, 8, 0, 0, 0, time.UTC)
	return trailgen.Signed{
		Trail: trailgen.Trail{Seed: 4, Prefix: "audit", Accounts: []string{"111122223333"}, Regions: []string{"eu-west-1", "us-east-1"}, Start: start, Hours: 40, FilesPerHour: 1, RecordsPerFile: 3},
		Keys:  []trailgen.Key{quickKey("quick", start), quickKey("second", start)}, Rotate: 20,
	}
}

// Trails are made once; each test has a copy of its own.
var lasting, late = sync.OnceValue(func() *trailgen.Copy { return lastingTrail().Copy() }), sync.OnceValue(func() *trailgen.Copy { return lateTrail().Copy() })

// inCloud holds a trail in a bucket and on disk.
func inCloud(t *testing.T, trail func() *trailgen.Copy) (c *cloud, held *trailgen.Copy, dir, keys string) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	made := *trail()
	c, held, dir = newCloud(t), &made, filepath.Join(t.TempDir(), "copy")
	held.Objects = maps.Clone(held.Objects)
	c.hold(held)
	c.Env(t)
	if err := held.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	return c, held, dir, writeFile(t, filepath.Join(t.TempDir(), "keys.json"), trailgen.PublicKeys(held.Keys...))
}

// What is found in a bucket is what is found in a copy of it.
func TestBucketIsAsTheCopy(t *testing.T) {
	c, held, dir, keys := inCloud(t, lasting)
	at := "s3://" + held.Bucket + "/audit"
	local := filepath.Join(dir, "audit")
	for _, args := range [][]string{
		{"grep", "true"}, {"grep", "--count", "--region", "eu-west-1"}, {"grep", "--since", "2024-01-10", "--until", "2024-01-10T12:00"},
		{"grep", "-v", "--since", "2024-01-10"}, {"grep", "-r", "--event-name", "Get*", "--filter", ".eventID"},
		{"grep", "--verified", "--keys", keys, "--metadata", filepath.Join(dir, "ctlog-metadata.jsonl"), "--since", "2024-01-10"},
		{"grep", "--stats", "--count", ".logFiles"}, {"grep", "-n", "[inputs|.Records|length]|add"},
		{"verify", "--keys", keys, "--metadata", filepath.Join(dir, "ctlog-metadata.jsonl"), "--json", "--verbose"},
		{"verify", "--keys", keys, "--metadata", filepath.Join(dir, "ctlog-metadata.jsonl"), "--json", "--since", "2024-01-10", "--until", "2024-01-11"},
		{"verify", "--keys", keys, "--metadata", filepath.Join(dir, "ctlog-metadata.jsonl"), "--json", "--region", "us-east-1", "--until", "2024-01-10T20:00"},
	} {
		wantStatus, want, _ := in(t, "", append(args, local)...)
		gotStatus, got, stderr := in(t, "", append(args, at)...)
		if got = strings.ReplaceAll(got, at, local); got != want || gotStatus != wantStatus || want == "" {
			t.Errorf("%q: status %d, want %d; %d bytes, want %d\n%s", args, gotStatus, wantStatus, len(got), len(want), stderr)
		}
	}
	c.Asked()
	in(t, "", "grep", "--since", "2024-01-10", "--until", "2024-01-10T02:00", at)
	if asked := c.Asked(); len(asked) > 150 {
		t.Errorf("%d requests for two hours", len(asked))
	}
}

// A bucket proves itself: its signatures are those that S3 holds.
func TestVerifyTakesLiveSignatures(t *testing.T) {
	_, held, _, keys := inCloud(t, lasting)
	status, out, stderr := in(t, "", "verify", "--keys", keys, "s3://"+held.Bucket)
	if status != exitOK || !strings.HasPrefix(out, "PROVEN") {
		t.Errorf("status %d\n%s%s", status, out, stderr)
	}
	digests := held.Digests()
	last := *held.Objects[digests[len(digests)-1]]
	last.Metadata = map[string]string{"signature": strings.Repeat("00", 128)}
	held.Objects[digests[len(digests)-1]] = &last
	if status, out, _ = in(t, "", "verify", "--keys", keys, "s3://"+held.Bucket); status != exitTampered {
		t.Errorf("a wrong signature: status %d\n%s", status, out)
	}
}

// One object that is refused is named, and the rest is searched.
func TestRefusedObject(t *testing.T) {
	c, held, _, keys := inCloud(t, lasting)
	refused := held.Logs()[7]
	c.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, refused) {
			return false
		}
		cloudtest.Refuse(w, http.StatusForbidden, "AccessDenied")
		return true
	})
	for _, args := range [][]string{{"grep", "--count", "true"}, {"verify", "--keys", keys}} {
		status, out, stderr := in(t, "", append(args, "s3://"+held.Bucket)...)
		if status != exitTrouble || out == "" || !strings.Contains(stderr, fmt.Sprintf("ctlog: s3://%s/%s: access denied\nctlog: hint: s3:ListBucket and s3:GetObject", held.Bucket, refused)) {
			t.Errorf("%q: status %d, %q, %q", args, status, out, stderr)
		}
	}
}

// Ctrl-C does not wait for a server that does not answer.
func TestInterruptRemote(t *testing.T) {
	c, held, _, _ := inCloud(t, late)
	slow := held.Logs()[9]
	c.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, slow) {
			<-r.Context().Done()
		}
		return false
	})
	for _, args := range [][]string{{"grep", "true", "s3://" + held.Bucket}, {"verify", "s3://" + held.Bucket}, {"fetch", "s3://" + held.Bucket, filepath.Join(t.TempDir(), "copy")}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		var pressed time.Time
		time.AfterFunc(200*time.Millisecond, func() { pressed = time.Now(); cancel(errInterrupted) })
		var out, stderr bytes.Buffer
		status := run(ctx, args, nil, &out, &stderr)
		if spent := time.Since(pressed); status != exitInterrupted || spent > time.Second || !strings.Contains(stderr.String(), "ctlog: interrupted; ") {
			t.Errorf("%s: status %d after %s, %s", args[0], status, spent, stderr.String())
		}
	}
}

// Nothing is asked of AWS unless a PATH is s3://.
func TestDiskStaysOffline(t *testing.T) {
	c, _, dir, keys := inCloud(t, lasting)
	t.Setenv("AWS_PROFILE", "nosuch")
	in(t, "", "grep", "true", dir)
	in(t, "", "verify", "--keys", keys, dir)
	if asked := c.Asked(); len(asked) > 0 {
		t.Errorf("asked %q", slices.Compact(asked))
	}
}

// An archive in a bucket is not read, and that is said: as the PATH itself and
// among others.
func TestArchiveInBucket(t *testing.T) {
	c, held, _, keys := inCloud(t, late)
	packed := held.Tar()
	held.Objects = map[string]*trailgen.Stored{"x/copy.tar": {Bytes: packed}, "x/y/a.json": {Bytes: []byte(`{"eventID":"1","eventName":"A"}`)}}
	c.hold(held)
	for _, at := range []string{"/x/copy.tar", "/x"} {
		for _, args := range [][]string{{"grep", "--count", "true"}, {"verify", "--keys", keys}, {"count", "--by", "eventName"}} {
			status, _, stderr := in(t, "", append(args, "s3://"+held.Bucket+at)...)
			if status != exitTrouble || strings.Count(stderr, "ctlog: s3://"+held.Bucket+"/x/copy.tar: it is an archive, whose members are read on disk only; ") != 1 {
				t.Errorf("%q %s: status %d, %s", args, at, status, stderr)
			}
		}
	}
}
