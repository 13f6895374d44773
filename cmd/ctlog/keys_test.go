package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ctlog/digest"
	"ctlog/internal/testkit/cloudtest"
	"ctlog/internal/testkit/trailgen"
)

// Keys that are lacking are asked for, of the regions and times that lack them,
// and only when that is wished.
func TestFetchKeys(t *testing.T) {
	c, held, dir, _ := inCloud(t, lasting)
	for _, path := range []string{"s3://" + held.Bucket, dir} {
		c.Asked()
		if status, _, _ := in(t, "", "verify", path); status != exitIncomplete {
			t.Errorf("%s without keys: status %d", path, status)
		}
		if asked := c.Asked(); slices.ContainsFunc(asked, func(a string) bool { return strings.HasPrefix(a, "KEYS") }) {
			t.Errorf("%s: asked unbidden", path)
		}
		status, out, stderr := in(t, "", "verify", "--fetch-keys", "--keys-endpoint", c.URL, "--report", filepath.Join(t.TempDir(), "report"), path)
		if status != exitOK {
			t.Errorf("%s: status %d\n%s%s", path, status, out, stderr)
		}
		asked := slices.DeleteFunc(c.Asked(), func(a string) bool { return !strings.HasPrefix(a, "KEYS") })
		if strings.Join(asked, ", ") != "KEYS eu-west-1, KEYS us-east-1" {
			t.Errorf("%s: asked %q", path, asked)
		}
	}
	if status, out, stderr := in(t, "", "grep", "--verified", "--fetch-keys", "--keys-endpoint", c.URL, "--count", "true", dir); status != exitOK || stderr != "" {
		t.Errorf("grep: status %d, %s%s", status, out, stderr)
	}
}

// Regions whose keys are refused are named, and prove nothing.
func TestFetchKeysRefused(t *testing.T) {
	c, held, _, _ := inCloud(t, lasting)
	c.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-Amz-Target") == "" {
			return false
		}
		w.Header().Set("X-Amzn-ErrorType", "AccessDeniedException")
		w.WriteHeader(http.StatusBadRequest)
		w.Write([]byte(`{"__type":"AccessDeniedException","message":"no"}`))
		return true
	})
	status, out, stderr := in(t, "", "verify", "--fetch-keys", "--keys-endpoint", c.URL, "s3://"+held.Bucket)
	if status != exitIncomplete || !strings.Contains(out, "80 unverified") || !strings.Contains(stderr, "ctlog: --fetch-keys: us-east-1: access denied\n") || !strings.Contains(stderr, "ctlog: --fetch-keys: eu-west-1: access denied\nctlog: hint: cloudtrail:ListPublicKeys is needed") {
		t.Errorf("status %d\n%s%s", status, out, stderr)
	}
}

// All pages are fetched, each key once, in the form that is read again.
func TestKeysFetchListAdd(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	start := time.Date(2024, 1, 9, 0, 0, 0, 0, time.UTC)
	s := cloudtest.New(t)
	s.Env(t)
	fresh := func() trailgen.Key { return trailgen.FreshKey(start, start.AddDate(1, 0, 0)) }
	one := fresh()
	s.Hold(&trailgen.Copy{Keys: []trailgen.Key{one, fresh(), fresh(), fresh(), fresh()}})
	file := filepath.Join(t.TempDir(), "keys.json")
	status, out, stderr := in(t, "", "keys", "fetch", "--keys-endpoint", s.URL, "--region", "us-east-1,eu-west-1", "--since", "2024-01-01", "--until", "2024-02-01", "-o", file)
	if status != exitOK || out != "" || stderr != "" {
		t.Fatalf("status %d, %q, %q", status, out, stderr)
	}
	if asked := s.Asked(); len(asked) != 6 {
		t.Errorf("asked %q, want three pages of two regions", asked)
	}
	content, _ := os.ReadFile(file)
	if keys, err := digest.ParseKeys(content); len(keys) != 10 || err != nil {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	if _, out, _ = in(t, "", "keys", "list", file); strings.Count(out, "  yes  ") != 10 {
		t.Errorf("list says\n%s", out)
	}
	wrong := writeFile(t, filepath.Join(t.TempDir(), "wrong.json"), []byte(strings.ReplaceAll(string(content), one.Fingerprint(), strings.Repeat("0", 32))))
	if _, out, _ = in(t, "", "keys", "list", wrong); strings.Count(out, "no: "+one.Fingerprint()) != 2 {
		t.Errorf("list says\n%s", out)
	}
	plain := writeFile(t, filepath.Join(t.TempDir(), "plain.json"), trailgen.PublicKeys(one, fresh()))
	for _, want := range []string{"2 keys of ", "were there already"} {
		if status, _, stderr := in(t, "", "keys", "add", plain); status != exitOK || !strings.Contains(stderr, want) {
			t.Errorf("add: status %d, %q", status, stderr)
		}
	}
	if _, out, _ = in(t, "", "keys", "list"); strings.Count(out, "\n") != 3 {
		t.Errorf("the store has\n%s", out)
	}
}

func TestKeysWrongUse(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	s := cloudtest.New(t)
	s.Env(t)
	bad := writeFile(t, filepath.Join(t.TempDir(), "bad"), []byte("{}"))
	for want, args := range map[string]string{
		"no --region": "fetch", "no --since": "fetch --region us-east-1", "--since is not before --until": "fetch --region us-east-1 --since 2024-01-02 --until 2024-01-01",
		"--since: ": "fetch --region us-east-1 --since soon", "us-east-1: CloudTrail publishes no key": "fetch --keys-endpoint " + s.URL + " --region us-east-1 --since 7d",
		"no FILE": "add", "no PublicKeyList": "add " + bad, "no PublicKeyList in it": "list " + bad, "of keys": "drop",
	} {
		if status, out, stderr := in(t, "", append([]string{"keys"}, strings.Fields(args)...)...); status != exitTrouble || !strings.Contains(stderr, want) {
			t.Errorf("%s: status %d, %q, %q", args, status, out, stderr)
		}
	}
}
