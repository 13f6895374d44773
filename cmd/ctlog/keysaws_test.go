package main

import (
	"bytes"
	"encoding/json"
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

// A forger has all that the environment can say of endpoints. Keys come from
// AWS all the same, and only such get into the store.
func TestKeysComeFromAWS(t *testing.T) {
	start := time.Date(2024, 1, 9, 8, 0, 0, 0, time.UTC)
	made := func(seed uint64) *trailgen.Copy {
		key := trailgen.FreshKey(start.AddDate(0, 0, -2), start.AddDate(0, 0, 30))
		return trailgen.Signed{
			Trail: trailgen.Trail{Seed: seed, Accounts: []string{"111122223333"}, Regions: []string{"us-east-1"}, Start: start, Hours: 3, FilesPerHour: 1, RecordsPerFile: 2},
			Keys:  []trailgen.Key{key},
		}.Copy()
	}
	genuine, forged := made(1), made(2)
	aws, forger := cloudtest.New(t), cloudtest.New(t)
	aws.Hold(genuine)
	forger.Hold(forged)
	forger.Env(t)
	config := writeFile(t, filepath.Join(t.TempDir(), "config"), []byte("[default]\nservices = forger\n[services forger]\ncloudtrail =\n  endpoint_url = "+forger.URL+"\n"))
	env := append(os.Environ(), "AWS_ENDPOINT_URL_CLOUDTRAIL="+forger.URL, "AWS_CONFIG_FILE="+config, "XDG_CONFIG_HOME="+t.TempDir())
	env = append(env, aws.AWS(t, "cloudtrail.us-east-1.amazonaws.com", "cloudtrail-fips.us-east-1.amazonaws.com")...)
	bin := self(t)
	ctlog := func(args ...string) (status int, out, stderr string) {
		var o, e bytes.Buffer
		cmd := exec.Command(bin, args...)
		cmd.Env, cmd.Stdout, cmd.Stderr = env, &o, &e
		cmd.Run()
		return cmd.ProcessState.ExitCode(), o.String(), e.String()
	}
	wants := func(want int, text string, args ...string) {
		t.Helper()
		if status, out, stderr := ctlog(args...); status != want || !strings.Contains(out+stderr, text) {
			t.Errorf("%q: status %d, want %d with %q\n%s%s", args, status, want, text, out, stderr)
		}
	}
	at, dir := "s3://"+forged.Bucket, filepath.Join(t.TempDir(), "copy")
	wants(exitIncomplete, "INCOMPLETE", "verify", "--fetch-keys", at)
	wants(exitOK, "objects fetched", "fetch", "--fetch-keys", at, dir)
	if asked := slices.DeleteFunc(forger.Asked(), func(a string) bool { return !strings.HasPrefix(a, "KEYS") }); len(asked) > 0 {
		t.Errorf("the forger was asked: %q", asked)
	}
	wants(exitIncomplete, "INCOMPLETE", "verify", dir)

	// What the forger says counts where it was named, for that run.
	wants(exitOK, "PROVEN", "verify", "--fetch-keys", "--keys-endpoint", forger.URL, dir)
	wants(exitIncomplete, "INCOMPLETE", "verify", dir)
	other := filepath.Join(t.TempDir(), "other")
	wants(exitTrouble, "those of --keys-endpoint are never stored", "fetch", "--fetch-keys", "--keys-endpoint", forger.URL, at, other)
	if _, err := os.Stat(other); err == nil {
		t.Error("fetched before it was refused")
	}
	file := filepath.Join(t.TempDir(), "keys.json")
	wants(exitOK, "", "keys", "fetch", "--keys-endpoint", forger.URL, "--region", "us-east-1", "--since", "2024-01-01", "-o", file)
	wants(exitTrouble, "is not AWS's own endpoint", "keys", "add", file)
	wants(exitTrouble, "not a URL", "verify", "--fetch-keys", "--keys-endpoint", "localhost", dir)
	wants(exitTrouble, "not the name of a region", "keys", "fetch", "--region", "us-east-1.evil.example/", "--since", "2024-01-01")

	// The genuine ones are in the store, with where they are from.
	_, out, stderr := ctlog("keys", "list", "-o", "json")
	var rows []struct{ Fingerprint, Region, Endpoint, Fetched, Origin, SHA256 string }
	if err := json.Unmarshal([]byte(out), &rows); err != nil || len(rows) != 1 {
		t.Fatalf("%v\n%s%s", err, out, stderr)
	}
	if r := rows[0]; r.Fingerprint != genuine.Keys[0].Fingerprint() || r.Region != "us-east-1" || r.Endpoint != "https://cloudtrail.us-east-1.amazonaws.com" || r.Fetched == "" || len(r.SHA256) != 64 {
		t.Errorf("the store has %+v", r)
	}
	dir = filepath.Join(t.TempDir(), "genuine")
	if err := genuine.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	wants(exitOK, "PROVEN", "verify", dir)

	// AWS does not send anyone elsewhere for keys.
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		aws.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, forger.URL, status)
			return true
		})
		forger.Asked()
		wants(exitTrouble, "us-east-1: https://cloudtrail.us-east-1.amazonaws.com redirects to \""+forger.URL, "keys", "fetch", "--region", "us-east-1", "--since", "2024-01-01")
		if asked := forger.Asked(); len(asked) > 0 {
			t.Errorf("%d: the forger was asked: %q", status, asked)
		}
	}
}

// Keys whose origin no file records are told apart.
func TestKeysAddedByTheUser(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	start := time.Date(2024, 1, 9, 0, 0, 0, 0, time.UTC)
	file := writeFile(t, filepath.Join(t.TempDir(), "mine.json"), trailgen.PublicKeys(trailgen.FreshKey(start, start.AddDate(0, 1, 0))))
	if status, _, stderr := in(t, "", "keys", "add", "--region", "eu-west-1", file); status != exitOK {
		t.Fatalf("status %d, %s", status, stderr)
	}
	if _, out, _ := in(t, "", "keys", "list"); !strings.Contains(out, "  eu-west-1  ") || !strings.Contains(out, "added by the user from mine.json, origin not recorded") {
		t.Errorf("the list says\n%s", out)
	}
	stored, _ := filepath.Glob(filepath.Join(config, "ctlog", "keys", "*"))
	if len(stored) != 1 {
		t.Fatalf("the store has %q", stored)
	}
	if info, err := os.Stat(stored[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	test := writeFile(t, filepath.Join(t.TempDir(), "test.json"), trailgen.PublicKeys(trailgen.NewKey("first", true, start, start.AddDate(0, 1, 0))))
	if status, _, stderr := in(t, "", "keys", "add", test); status != exitTrouble || !strings.Contains(stderr, "test keys") {
		t.Errorf("a key of the tests: status %d, %s", status, stderr)
	}
}
