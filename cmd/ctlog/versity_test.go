package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"ctlog/internal/testkit/cloudtest"
	"ctlog/internal/testkit/trailgen"
)

// versity is versitygw, a real S3 server, on folders of a test's own. CloudTrail
// is beside it, with the keys that it publishes.
type versity struct {
	url    string
	client *s3.Client
	trail  *cloudtest.Server
	proxy  *proxy // between ctlog and it
}

// versityBinary is where `make test-s3` leaves it.
func versityBinary() string {
	if path := os.Getenv("CTLOG_VERSITYGW"); path != "" {
		return path
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "ctlog-test", "versitygw")
}

// newVersity starts the server; without it the test is skipped.
func newVersity(t *testing.T) *versity {
	t.Helper()
	binary := versityBinary()
	if _, err := os.Stat(binary); err != nil {
		t.Skip("versitygw is not there: `make test-s3` builds it, in some minutes, and runs this")
	}
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	data, old := t.TempDir(), t.TempDir()
	address := freeAddress(t)
	cmd := exec.Command(binary, "--port", address, "--access", "AKIAIOSFODNN7EXAMPLE", "--secret", "example", "--quiet", "--keep-alive", "posix", "--versioning-dir", old, data)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	if !answers(address) {
		t.Fatalf("versitygw does not answer: %s", said.String())
	}
	v := &versity{url: "http://" + address, trail: cloudtest.New(t)}
	v.client = s3.New(s3.Options{
		BaseEndpoint: &v.url, UsePathStyle: true, Region: "us-east-1", DisableLogOutputChecksumValidationSkipped: true,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "example", ""),
	})
	v.proxy = newProxy(t, v.url)
	v.env(t)
	return v
}

// env points the AWS SDK to the proxy, and CloudTrail's part of it to the keys.
func (v *versity) env(t *testing.T) {
	v.trail.Env(t)
	t.Setenv("AWS_ENDPOINT_URL_S3", v.proxy.URL)
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func answers(address string) bool {
	for range 100 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

// hold makes a bucket of a copy.
func (v *versity) hold(t *testing.T, held *trailgen.Copy, versioned bool) {
	t.Helper()
	v.trail.Hold(held)
	if _, err := v.client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &held.Bucket}); err != nil {
		t.Fatal(err)
	}
	if versioned {
		_, err := v.client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
			Bucket: &held.Bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	keys := make(chan string)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for key := range keys {
				if err := v.put(t.Context(), held.Bucket, key, held.Objects[key]); err != nil {
					t.Errorf("%q: %v", key, err)
				}
			}
		})
	}
	for _, key := range slices.Sorted(maps.Keys(held.Objects)) {
		keys <- key
	}
	close(keys)
	wg.Wait()
}

func (v *versity) put(ctx context.Context, bucket, key string, o *trailgen.Stored) error {
	_, err := v.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(o.Bytes), Metadata: o.Metadata})
	return err
}

func (v *versity) hide(t *testing.T, bucket, key string) {
	t.Helper()
	if _, err := v.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key}); err != nil {
		t.Fatal(err)
	}
}

// onDisk writes a copy and its keys.
func onDisk(t *testing.T, held *trailgen.Copy) (dir, keys string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "copy")
	if err := held.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	return dir, writeFile(t, filepath.Join(t.TempDir(), "keys.json"), trailgen.PublicKeys(held.Keys...))
}

// What is said of a trail in a bucket, whatever was done to it, is what is said
// of a copy of it; so are the matches of a search.
func TestVersityVerdicts(t *testing.T) {
	v := newVersity(t)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	every := 8
	if os.Getenv("CTLOG_NIGHTLY") != "" {
		every = 1
	}
	for i, f := range trailgen.Faults {
		if i%every != 0 {
			continue
		}
		s := lastingTrail()
		s.Hours, s.Late, s.Keys = 8, 1, s.Keys[:1]
		s.Rotate = 0
		held := s.Copy()
		f.Apply(held, rand.New(rand.NewPCG(uint64(i), 1)))
		held.Bucket = fmt.Sprintf("fault-%d", i)
		v.hold(t, held, false)
		dir, keys := onDisk(t, held)
		at := "s3://" + held.Bucket
		for _, args := range [][]string{
			{"verify", "--json", "--verbose", "--keys", keys}, {"verify", "--json", "--keys", keys, "--since", "2024-01-09T10:00", "--until", "2024-01-09T14:00"},
			{"grep", "-c", `.awsRegion=="eu-west-1"`}, {"grep", "--count", "true"}, {"grep", "--verified", "--keys", keys, "-r", ".eventID"},
		} {
			wantStatus, want, _ := in(t, "", append(args, dir)...)
			gotStatus, got, stderr := in(t, "", append(args, at)...)
			if got = strings.ReplaceAll(got, at+"/", dir+"/"); got != want || gotStatus != wantStatus || want == "" && args[0] == "verify" {
				t.Errorf("%s %q: status %d, want %d; %d bytes, want %d\n%s", f.Name, args, gotStatus, wantStatus, len(got), len(want), stderr)
			}
		}
	}
}

// A copy that was fetched is the bucket, proves itself, and is not fetched
// twice.
func TestVersityFetch(t *testing.T) {
	v := newVersity(t)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	made := *late()
	held := &made
	v.hold(t, held, false)
	dir := filepath.Join(t.TempDir(), "copy")
	for run, want := range []int{len(held.Objects), 0} {
		v.proxy.asked.Store(0)
		status, _, stderr := in(t, "", "fetch", "s3://"+held.Bucket, dir)
		if n := int(v.proxy.asked.Load()); status != exitOK || n != want {
			t.Errorf("run %d: status %d, %d objects asked for, want %d\n%s", run, status, n, want, stderr)
		}
	}
	whole(t, held, dir)
	if got, _ := os.ReadFile(filepath.Join(dir, "ctlog-metadata.jsonl")); !bytes.Equal(got, held.MetadataLines()) {
		t.Errorf("metadata: %s", got)
	}
	proves(t, held, dir)
}

// Thousands of keys with anything in them are listed and read, each once.
func TestVersityKeys(t *testing.T) {
	v := newVersity(t)
	held := &trailgen.Copy{Bucket: "keys", Objects: map[string]*trailgen.Stored{}}
	add := func(key string, n int) {
		held.Objects[key] = &trailgen.Stored{Bytes: trailgen.Gzip(fmt.Appendf(nil, `{"Records":[{"eventID":"%d","eventName":"A"}]}`, n))}
	}
	for i := range 1050 {
		add(fmt.Sprintf("many/%d.json.gz", i), i)
	}
	for i, name := range []string{"a b", "a+b", "ü", "日本/語", "a%2Fb", "=&?", "a;b,c", "e\u0301", "'\"", "~!@#$^()[]{}|"} {
		add("odd/"+name+"/x.json.gz", 5000+i)
	}
	v.hold(t, held, false)
	dir, _ := onDisk(t, held)
	at := "s3://keys"
	v.proxy.asked.Store(0)
	status, got, stderr := in(t, "", "grep", "-r", ".eventID", at)
	if n := int(v.proxy.asked.Load()); n != len(held.Objects) {
		t.Errorf("%d objects read of %d", n, len(held.Objects))
	}
	if _, want, _ := in(t, "", "grep", "-r", ".eventID", dir); got != want || status != exitOK || strings.Count(got, "\n") != len(held.Objects) {
		t.Errorf("status %d, %d lines of %d\n%s", status, strings.Count(got, "\n"), len(held.Objects), stderr)
	}
}

// Versions that a server keeps are as those of the tests that have none.
func TestVersityVersions(t *testing.T) {
	v := newVersity(t)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	made := *lasting()
	held := &made
	v.hold(t, held, true)
	_, keys := onDisk(t, held)
	at := "s3://" + held.Bucket
	overwritten, hidden, gone := held.Logs()[11], held.Logs()[31], held.Digests()[21]
	ctx := t.Context()
	err := errors.Join(
		v.put(ctx, held.Bucket, overwritten, altered(held.Objects[overwritten])), v.put(ctx, held.Bucket, overwritten, altered(held.Objects[overwritten])),
		v.put(ctx, held.Bucket, gone, altered(held.Objects[gone])))
	if err != nil {
		t.Fatal(err)
	}
	v.hide(t, held.Bucket, hidden)
	v.hide(t, held.Bucket, gone)
	for _, c := range []struct {
		flag    string
		verdict string
	}{{"--json", "tampered"}, {"--versions", "proven"}} {
		status, out, stderr := in(t, "", "verify", "--json", c.flag, "--keys", keys, at)
		found, _, verdict := historyLines(t, out)
		if verdict != c.verdict || len(found) != 3 || len(found[at+"/"+overwritten].Versions) != 3 || found[at+"/"+hidden].Reason != "hidden by a delete marker" || found[at+"/"+gone].Reason != "overwritten, and hidden by a delete marker" {
			t.Errorf("%s: status %d, %s, %+v\n%s", c.flag, status, verdict, found, stderr)
		}
	}
}

// What AWS says of wrong buckets and credentials this server says too.
func TestVersityRefuses(t *testing.T) {
	v := newVersity(t)
	if status, _, stderr := in(t, "", "grep", "true", "s3://no-such-bucket"); status != exitTrouble || !strings.Contains(stderr, "there is no such bucket") {
		t.Errorf("status %d, %s", status, stderr)
	}
	v.hold(t, &trailgen.Copy{Bucket: "empty", Objects: map[string]*trailgen.Stored{"x": {Bytes: []byte("{}")}}}, false)
	t.Setenv("AWS_SECRET_ACCESS_KEY", "another")
	if status, _, stderr := in(t, "", "grep", "true", "s3://empty"); status != exitTrouble || !strings.Contains(stderr, "the secret key does not belong") || !strings.Contains(stderr, "ctlog: hint: ") {
		t.Errorf("status %d, %s", status, stderr)
	}
}
