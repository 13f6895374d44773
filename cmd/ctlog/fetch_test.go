package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ctlog/internal/term"
	"ctlog/internal/testkit/cloudtest"
	"ctlog/internal/testkit/trailgen"
)

// lateTrail is a trail of a few days whose last digest is of late logs.
func lateTrail() trailgen.Signed {
	s := lastingTrail()
	s.Hours, s.FilesPerHour, s.Late = 22, 2, 1
	return s
}

// proves verifies a folder with no way to AWS.
func proves(t *testing.T, held *trailgen.Copy, dir string, flags ...string) {
	t.Helper()
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	keys := writeFile(t, filepath.Join(t.TempDir(), "keys.json"), trailgen.PublicKeys(held.Keys...))
	if status, out, stderr := in(t, "", append(append([]string{"verify", "--keys", keys}, flags...), dir)...); status != exitOK {
		t.Errorf("status %d\n%s%s", status, out, stderr)
	}
}

func gets(asked []string) (n int) {
	for _, a := range asked {
		if strings.HasPrefix(a, "GET ") {
			n++
		}
	}
	return n
}

// The copy is the bucket, proves itself offline, and is not fetched twice.
func TestFetch(t *testing.T) {
	c, held, _, _ := inCloud(t, late)
	held.Objects["audit/notes.txt"] = &trailgen.Stored{Bytes: []byte("no evidence")}
	c.hold(held)
	dir := filepath.Join(t.TempDir(), "copy")
	c.Asked()
	status, out, stderr := in(t, "", "fetch", "s3://"+held.Bucket+"/audit", dir)
	if status != exitOK || out != "" || !strings.Contains(stderr, " 0 there already; 0 findings\n") || !strings.Contains(stderr, "ctlog keys fetch --region eu-west-1,us-east-1 --since 2024-01-0") {
		t.Fatalf("status %d, %q, %q", status, out, stderr)
	}
	if n := gets(c.Asked()); n != len(held.Objects)-1 {
		t.Errorf("%d objects fetched, want %d", n, len(held.Objects)-1)
	}
	delete(held.Objects, "audit/notes.txt")
	c.hold(held)
	sameAs(t, held, dir)
	if got, err := os.ReadFile(filepath.Join(dir, "ctlog-metadata.jsonl")); !bytes.Equal(got, held.MetadataLines()) || err != nil {
		t.Errorf("metadata: %v\n%s", err, got)
	}
	status, _, stderr = in(t, "", "fetch", "s3://"+held.Bucket+"/audit", dir)
	if n := gets(c.Asked()); status != exitOK || n > 0 || !strings.Contains(stderr, "0 objects fetched") {
		t.Errorf("the second run: status %d, %d objects fetched, %s", status, n, stderr)
	}
	proves(t, held, dir)
}

// sameAs holds a folder and its manifest against the bucket.
func sameAs(t *testing.T, held *trailgen.Copy, dir string) {
	t.Helper()
	listed := map[string]bool{}
	manifest, err := os.ReadFile(filepath.Join(dir, "ctlog-manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for text := range bytes.Lines(manifest) {
		var l struct {
			Key, ETag, Version, SHA256 string
			Size                       int
			Modified                   time.Time
		}
		if err := json.Unmarshal(text, &l); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		o := held.Objects[l.Key]
		sum := sha256.Sum256(o.Bytes)
		if l.SHA256 != hex.EncodeToString(sum[:]) || l.ETag != cloudtest.ETag(o.Bytes) || l.Size != len(o.Bytes) || l.Version == "" || !l.Modified.Equal(cloudtest.Modified) {
			t.Errorf("the manifest says %s", text)
		}
		listed[l.Key] = true
	}
	for key, o := range held.Objects {
		if got, err := os.ReadFile(filepath.Join(dir, key)); !bytes.Equal(got, o.Bytes) || !listed[key] {
			t.Errorf("%s: %v, in the manifest: %v", key, err, listed[key])
		}
	}
	whole(t, held, dir)
}

// whole: whatever has a name has all of its bytes.
func whole(t *testing.T, held *trailgen.Copy, dir string) {
	t.Helper()
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		if err != nil || d.IsDir() || strings.HasPrefix(rel, "ctlog-") || strings.HasSuffix(rel, ".ctlog-part") {
			return nil
		}
		got, _ := os.ReadFile(path)
		if o := held.Objects[filepath.ToSlash(rel)]; o == nil || !bytes.Equal(o.Bytes, got) {
			t.Errorf("%s is not what the bucket has", rel)
		}
		return nil
	})
}

// A span is fetched with what its proof needs, and with little else.
func TestFetchSpan(t *testing.T) {
	c, held, _, _ := inCloud(t, late)
	for _, span := range [][2]string{{"2024-01-09T12:00", "2024-01-09T20:30"}, {"2024-01-10", ""}, {"", "2024-01-09T12:00"}} {
		c.Env(t) // after what proves has set
		dir := t.TempDir()
		args := []string{"--region", "us-east-1", "s3://" + held.Bucket, dir}
		var flags []string
		if span[0] != "" {
			flags = append(flags, "--since", span[0])
		}
		if span[1] != "" {
			flags = append(flags, "--until", span[1])
		}
		c.Asked()
		_, planned, stderr := in(t, "", append(append([]string{"fetch", "--dry-run"}, flags...), args...)...)
		if n := gets(c.Asked()); n > 0 || planned == "" {
			t.Errorf("%v: a dry run fetches %d: %s", span, n, stderr)
		}
		if status, _, stderr := in(t, "", append(append([]string{"fetch"}, flags...), args...)...); status != exitOK {
			t.Errorf("%v: status %d, %s", span, status, stderr)
		}
		asked := c.Asked()
		if n, least := gets(asked), strings.Count(planned, "\n"); n < least || n > least+32 {
			t.Errorf("%v: %d objects fetched, %d were planned", span, n, least)
		}
		if slices.ContainsFunc(asked, func(a string) bool { return strings.Contains(a, "eu-west-1/2024") }) {
			t.Errorf("%v: looked into another region", span)
		}
		proves(t, held, dir, flags...)
		whole(t, held, dir)
	}
}

// A key that could lead out of the folder, or be taken for another, is named
// and not written.
func TestFetchHostileKeys(t *testing.T) {
	c, held, _, _ := inCloud(t, late)
	log := held.Logs()[3]
	base := filepath.Base(log)
	hostile := map[string]string{
		"flat/../../" + base: "no path below a folder", "flat//" + base: "no path below a folder", "flat/./" + base: "no path below a folder",
		"flat/a\x1b[31m/" + base: "characters", "flat/C:/" + base: "characters", "flat/a\\..\\/" + base: "characters", "flat/a\u202e/" + base: "characters",
		"flat/x/" + base: "upper and lower case", "flat/" + strings.Repeat("x", 250) + "/" + base: "too long",
		filepath.Dir(log) + "/../../" + base: "no path below a folder",
	}
	for key := range hostile {
		held.Objects[key] = held.Objects[log]
	}
	for _, key := range []string{"flat/X/" + base, "flat/a b+c/" + base, "flat/ü/" + base} {
		held.Objects[key] = held.Objects[log]
	}
	c.hold(held)
	top := t.TempDir()
	dir, messages := filepath.Join(top, "deep", "copy"), ""
	for _, prefix := range []string{"/audit", "/flat"} {
		status, _, stderr := in(t, "", "fetch", "s3://"+held.Bucket+prefix, dir)
		if status != exitTrouble {
			t.Errorf("%s: status %d, %s", prefix, status, stderr)
		}
		messages += stderr
	}
	for key, want := range hostile {
		if i := strings.Index(messages, "ctlog: "+term.Escape(key)+": its key "); i < 0 || !strings.Contains(strings.SplitN(messages[i:], "\n", 2)[0], want) {
			t.Errorf("%q is not named as %s", key, want)
		}
		delete(held.Objects, key)
	}
	sameAs(t, held, dir)
	if out, _ := filepath.Glob(filepath.Join(top, "*")); len(out) != 1 {
		t.Errorf("written outside: %q", out)
	}
}

// What cannot be read is named, and the rest is fetched.
func TestFetchRefused(t *testing.T) {
	c, held, _, _ := inCloud(t, late)
	refused, gone := held.Logs()[20], held.Logs()[25]
	c.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case strings.HasSuffix(r.URL.Path, refused):
			cloudtest.Refuse(w, http.StatusForbidden, "AccessDenied")
		case strings.HasSuffix(r.URL.Path, gone):
			cloudtest.Refuse(w, http.StatusNotFound, "NoSuchKey")
		default:
			return false
		}
		return true
	})
	dir := t.TempDir()
	status, _, stderr := in(t, "", "fetch", "s3://"+held.Bucket, dir)
	if status != exitTrouble || !strings.Contains(stderr, refused+": access denied") || !strings.Contains(stderr, gone+": it is not there") || !strings.Contains(stderr, "2 findings") {
		t.Errorf("status %d, %s", status, stderr)
	}
	delete(held.Objects, refused)
	delete(held.Objects, gone)
	sameAs(t, held, dir)
}

// What changed after it was fetched is named; what is here is kept.
func TestFetchReplacesNothing(t *testing.T) {
	c, held, _, _ := inCloud(t, late)
	dir, at := t.TempDir(), "s3://"+held.Bucket
	log, other := held.Logs()[0], held.Logs()[1]
	if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(other)), 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, other), []byte("mine"))
	if status, _, stderr := in(t, "", "fetch", at, dir); status != exitTrouble || !strings.Contains(stderr, other+": another file has its place") {
		t.Errorf("status %d, %s", status, stderr)
	}
	before := held.Objects[log].Bytes
	held.Objects[log] = &trailgen.Stored{Bytes: []byte("changed")}
	c.hold(held)
	if status, _, stderr := in(t, "", "fetch", at, dir); status != exitTrouble || !strings.Contains(stderr, log+": it was changed in the bucket") {
		t.Errorf("status %d, %s", status, stderr)
	}
	for key, want := range map[string]string{log: string(before), other: "mine"} {
		if got, _ := os.ReadFile(filepath.Join(dir, key)); string(got) != want {
			t.Errorf("%s was replaced", key)
		}
	}
	held.Bucket = "elsewhere"
	c.hold(held)
	if status, _, stderr := in(t, "", "fetch", "s3://elsewhere", dir); status != exitTrouble || !strings.Contains(stderr, "the folder holds a copy of the bucket") {
		t.Errorf("status %d, %s", status, stderr)
	}
}

// Busy servers and broken connections change nothing.
func TestFetchFaultsAtRandom(t *testing.T) {
	c, held, _, _ := inCloud(t, late)
	var n atomic.Uint64
	c.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, ".gz") || rand.New(rand.NewPCG(8, n.Add(1))).IntN(8) > 0 {
			return false
		}
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			conn.Close()
		}
		return true
	})
	dir := t.TempDir()
	if status, _, stderr := in(t, "", "fetch", "s3://"+held.Bucket, dir); status != exitOK {
		t.Errorf("status %d, %s", status, stderr)
	}
	sameAs(t, held, dir)
}

func TestFetchWrongUse(t *testing.T) {
	cloudtest.New(t).Env(t)
	dir := filepath.Join(t.TempDir(), "x")
	for want, args := range map[string]string{
		"fetch takes an s3:// path and a folder": "fetch " + dir + " s3://bucket", "is not a local folder": "fetch s3://a s3://b", "--since: ": "fetch --since soon s3://a " + dir,
		"--since is not before --until": "fetch --since 2024-01-02 --until 2024-01-01 s3://a " + dir, "s3://nosuch: there is no such bucket": "fetch s3://nosuch " + dir,
	} {
		if status, out, stderr := in(t, "", strings.Fields(args)...); status != exitTrouble || !strings.Contains(stderr, want) || out != "" {
			t.Errorf("%s: status %d, %q, %q", args, status, out, stderr)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was made for nothing")
	}
}

// A folder that cannot be written to ends the run before anything is fetched.
func TestFetchIntoAFile(t *testing.T) {
	c, held, _, keys := inCloud(t, late)
	for _, dir := range []string{keys, filepath.Join(keys, "below")} {
		c.Asked()
		if status, _, stderr := in(t, "", "fetch", "s3://"+held.Bucket, dir); status != exitTrouble || !strings.Contains(stderr, "not a directory") || gets(c.Asked()) > 0 {
			t.Errorf("status %d, %s", status, stderr)
		}
	}
}
