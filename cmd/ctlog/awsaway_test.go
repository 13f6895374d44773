package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ctlog/internal/testkit/cloudtest"
)

// refuse answers as S3 does, and as CloudTrail does.
func refuse(status int, code, cloudtrail string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-Amz-Target") == "" {
			cloudtest.Refuse(w, status, code)
			return true
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":%q,"message":"as the test wants it"}`, cloudtrail)
		return true
	}
}

// Whatever is in the way of AWS, each command says so in one line, says what to
// do in another, and ends with status 2 within ten seconds.
func TestAWSIsAway(t *testing.T) {
	for _, c := range []struct {
		name, want string
		env        map[string]string
		intercept  func(http.ResponseWriter, *http.Request) bool
	}{
		{"wrong key", "the credentials are wrong", nil, refuse(403, "InvalidAccessKeyId", "UnrecognizedClientException")},
		{"wrong secret", "the credentials are wrong", nil, refuse(403, "SignatureDoesNotMatch", "InvalidSignatureException")},
		{"expired", "the credentials have expired", nil, refuse(400, "ExpiredToken", "ExpiredTokenException")},
		{"denied", "access denied", nil, refuse(403, "AccessDenied", "AccessDeniedException")},
		{"no credentials", "no usable AWS credentials: none were found", map[string]string{"AWS_ACCESS_KEY_ID": ""}, nil},
		{"no such profile", "AWS configuration: ", map[string]string{"AWS_PROFILE": "nosuch"}, nil},
		{"no network", "cannot reach 127.0.0.1:1: ", map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, nil},
		{"no name", "cannot reach nosuch.invalid: ", map[string]string{"AWS_ENDPOINT_URL": "http://nosuch.invalid"}, nil},
		{"no answer", "no answer in time", nil, func(_ http.ResponseWriter, r *http.Request) bool {
			io.Copy(io.Discard, r.Body) // only then it is noticed that nobody waits any more
			<-r.Context().Done()
			return true
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "no answer" {
				nightly(t)
			}
			cloud, held, _, _ := inCloud(t, late)
			cloud.Intercept(c.intercept)
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			keysAt := strings.Replace(cmp.Or(c.env["AWS_ENDPOINT_URL"], cloud.URL), "http://nosuch", "https://nosuch", 1)
			at, dir := "s3://"+held.Bucket, filepath.Join(t.TempDir(), "copy")
			var wg sync.WaitGroup
			for _, args := range [][]string{
				{"grep", "true", at}, {"count", "--by", "eventName", at}, {"verify", at}, {"verify", "--versions", at}, {"fetch", at, dir}, {"fetch", "--dry-run", at, dir},
				{"keys", "fetch", "--keys-endpoint", keysAt, "--region", "us-east-1", "--since", "2024-01-01", "-o", filepath.Join(dir, "keys.json")},
			} {
				wg.Go(func() {
					began := time.Now()
					status, out, stderr := in(t, "", args...)
					lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
					if spent := time.Since(began); status != exitTrouble || len(lines) != 2 || !strings.Contains(lines[0], c.want) || !strings.HasPrefix(lines[1], "ctlog: hint: ") || spent > 10*time.Second {
						t.Errorf("%q: status %d after %s\n%s%s", args, status, spent, out, stderr)
					}
				})
			}
			wg.Wait()
			if _, err := os.Stat(dir); err == nil {
				t.Error("a folder was made for nothing")
			}
		})
	}
}
