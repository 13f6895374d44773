package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"ctlog/internal/testkit/cloudtest"
	"ctlog/internal/testkit/trailgen"
)

// history is the finding about one object, as --json has it.
type history struct {
	Kind, Status, Key, Bucket, Path, Reason, Verdict string

	Versions []struct {
		ID, Modified, Status string
		Latest, Deleted      bool
	}
}

func historyLines(t *testing.T, out string) (found map[string]history, items map[string]history, verdict string) {
	t.Helper()
	found, items = map[string]history{}, map[string]history{}
	for text := range strings.Lines(out) {
		var h history
		if err := json.Unmarshal([]byte(text), &h); err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		switch h.Kind {
		case "versions":
			found[h.Path] = h
		case "log", "digest":
			if _, twice := items[h.Key]; twice {
				t.Errorf("%s twice", h.Key)
			}
			items[h.Key] = h
		case "summary":
			verdict = h.Verdict
		}
	}
	return found, items, verdict
}

func altered(o *trailgen.Stored) *trailgen.Stored {
	return &trailgen.Stored{Bytes: trailgen.Gzip([]byte(`{"Records":[{"eventName":"Forged"}]}`)), Metadata: o.Metadata}
}

// What was done to a bucket with versions is told, and --versions proves what
// was delivered.
func TestVersions(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		do           func(c *cloud, key string, was *trailgen.Stored)
		plain, all   string // verdicts without and with --versions
		statuses     string // of the versions, newest first
		seen         bool   // without --versions too
	}{
		{"overwritten", "overwritten", func(c *cloud, key string, was *trailgen.Stored) { c.Overwrite(key, altered(was)) }, "tampered", "tampered", "bad valid", true},
		{"hidden", "hidden by a delete marker", func(c *cloud, key string, _ *trailgen.Stored) { c.Hide(key) }, "tampered", "tampered", "- valid", true},
		{"both", "overwritten, and hidden by a delete marker", func(c *cloud, key string, was *trailgen.Stored) { c.Overwrite(key, altered(was)); c.Hide(key) }, "tampered", "tampered", "- bad valid", true},
		{"and back", "overwritten", func(c *cloud, key string, was *trailgen.Stored) {
			c.Overwrite(key, altered(was))
			c.Overwrite(key, was)
		}, "proven", "proven", "valid bad valid", false},
		{"deleted and back", "overwritten", func(c *cloud, key string, was *trailgen.Stored) { c.Hide(key); c.Overwrite(key, was) }, "proven", "proven", "valid - valid", false},
		{"purged", "deleted: a delete marker is left and no version", func(c *cloud, key string, _ *trailgen.Stored) { c.Hide(key); c.Purge(key) }, "tampered", "tampered", "-", true},
		{"many", "overwritten", func(c *cloud, key string, was *trailgen.Stored) {
			for range 1200 {
				c.Overwrite(key, altered(was))
			}
		}, "tampered", "tampered", strings.Repeat("bad ", 1200) + "valid", true},
	} {
		for _, kind := range []string{"log", "digest"} {
			t.Run(c.name+" "+kind, func(t *testing.T) {
				cloud, held, _, keys := inCloud(t, lasting)
				key := held.Logs()[21]
				if kind == "digest" {
					key = held.Digests()[21]
				}
				path := "s3://" + held.Bucket + "/" + key
				c.do(cloud, key, held.Objects[key])
				cloud.Asked()
				_, out, stderr := in(t, "", "verify", "--json", "--keys", keys, "s3://"+held.Bucket)
				found, _, verdict := historyLines(t, out)
				if h := found[path]; verdict != c.plain || c.seen != (h.Reason == c.reason) || len(found) > 1 {
					t.Errorf("%s, %+v\n%s", verdict, found, stderr)
				}
				if asked := slices.DeleteFunc(cloud.Asked(), func(a string) bool { return !strings.HasPrefix(a, "VERSIONS ") }); c.seen && (len(asked) == 0 || !slices.Contains(asked, "VERSIONS "+key)) || !c.seen && len(asked) > 0 {
					t.Errorf("asked %q", asked)
				}
				if hinted := strings.Contains(stderr, "hint: --versions verifies"); hinted != c.seen {
					t.Errorf("hint: %v\n%s", hinted, stderr)
				}
				_, out, stderr = in(t, "", "verify", "--versions", "--json", "--keys", keys, "s3://"+held.Bucket)
				found, items, verdict := historyLines(t, out)
				h := found[path]
				var got []string
				for i, v := range h.Versions {
					switch {
					case v.Latest != (i == 0), v.ID == "", v.Modified == "":
						t.Errorf("%+v", v)
					case v.Deleted:
						got = append(got, "-"+v.Status)
					case v.Status == "valid":
						got = append(got, "valid")
					default:
						got = append(got, strings.NewReplacer("altered", "bad", "unreadable", "bad").Replace(v.Status))
					}
				}
				if verdict != c.all || h.Reason != c.reason || strings.Join(got, " ") != c.statuses || h.Key != key || h.Bucket != held.Bucket || len(found) != 1 {
					t.Errorf("%s, %s, %.100q\n%s", verdict, h.Reason, got, stderr)
				}
				if it := items[key]; c.name != "purged" && (it.Status != "valid" || it.Path != path+"?versionId="+h.Versions[len(h.Versions)-1].ID) {
					t.Errorf("the earliest version does not stand for it: %+v", it)
				}
			})
		}
	}
}

// A region that was hidden as a whole, the newest digests with it, is found
// whatever part of the bucket is asked for.
func TestVersionsOfHiddenRegion(t *testing.T) {
	c, held, _, keys := inCloud(t, lasting)
	total := 0
	for _, key := range append(held.Logs(), held.Digests()...) {
		if strings.Contains(key, "/us-east-1/") {
			c.Hide(key)
			total++
		}
	}
	for _, args := range [][]string{nil, {"--region", "us-east-1"}, {"--since", "2024-01-09"}} {
		at := "s3://" + held.Bucket + "/audit/AWSLogs"
		status, out, stderr := in(t, "", append(append([]string{"verify", "--versions", "--json", "--keys", keys}, args...), at)...)
		found, items, verdict := historyLines(t, out)
		if verdict != "tampered" || len(found) != total || status == exitTrouble || len(items) < total {
			t.Errorf("%q: %s, %d of %d found, %d items\n%s", args, verdict, len(found), total, len(items), stderr)
		}
	}
	if status, out, _ := in(t, "", "verify", "--versions", "--keys", keys, "s3://"+held.Bucket); status != exitTampered || !strings.Contains(out, "beside the files\n  versions      audit/AWSLogs/") ||
		!strings.Contains(out, "  version v1  delete marker\n") || !strings.Contains(out, fmt.Sprintf("… and %d more;", total-20)) {
		t.Errorf("status %d\n%s", status, out)
	}
}

// Where nothing was overwritten --versions says what is said without it, and no
// object is read twice.
func TestVersionsOfAnUntouchedBucket(t *testing.T) {
	c, held, _, keys := inCloud(t, late)
	at := "s3://" + held.Bucket
	_, want, _ := in(t, "", "verify", "--json", "--verbose", "--keys", keys, at)
	c.Asked()
	_, got, stderr := in(t, "", "verify", "--versions", "--json", "--verbose", "--keys", keys, at)
	if got != want {
		t.Errorf("%d bytes, want %d\n%s", len(got), len(want), stderr)
	}
	if n := gets(c.Asked()); n != len(held.Objects) {
		t.Errorf("%d objects read of %d", n, len(held.Objects))
	}
}

// Who may not list versions is told so: the verdict stands, unless they were
// asked for.
func TestVersionsRefused(t *testing.T) {
	c, held, dir, keys := inCloud(t, lasting)
	c.Overwrite(held.Logs()[3], altered(held.Objects[held.Logs()[3]]))
	c.Hide(held.Logs()[9])
	c.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Has("versions") {
			cloudtest.Refuse(w, http.StatusForbidden, "AccessDenied")
			return true
		}
		return false
	})
	status, out, stderr := in(t, "", "verify", "--keys", keys, "s3://"+held.Bucket)
	if status != exitTampered || !strings.Contains(out, "TAMPERED  1 altered, 1 missing") || strings.Count(stderr, "not known: access denied to its versions") != 1 || !strings.Contains(stderr, "hint: s3:ListBucketVersions is needed") {
		t.Errorf("status %d\n%s%s", status, out, stderr)
	}
	status, out, stderr = in(t, "", "verify", "--versions", "--keys", keys, "s3://"+held.Bucket)
	if status != exitTrouble || out != "" || !strings.Contains(stderr, "ctlog: s3://"+held.Bucket+": access denied to its versions\nctlog: hint: s3:ListBucketVersions is needed") {
		t.Errorf("--versions: status %d\n%s%s", status, out, stderr)
	}
	if status, _, stderr := in(t, "", "verify", "--versions", "--keys", keys, dir); status != exitTrouble || !strings.Contains(stderr, "ctlog: --versions is for s3:// paths") {
		t.Errorf("on disk: status %d, %s", status, stderr)
	}
}

// Many objects of one folder are asked about together.
func TestVersionsByFolder(t *testing.T) {
	c, held, _, keys := inCloud(t, lasting)
	n := 0
	for _, key := range held.Logs() {
		if strings.Contains(key, "/us-east-1/2024/01/10/") && n < 9 {
			c.Overwrite(key, altered(held.Objects[key]))
			n++
		}
	}
	c.Asked()
	_, out, _ := in(t, "", "verify", "--json", "--keys", keys, "s3://"+held.Bucket)
	found, _, _ := historyLines(t, out)
	asked := slices.DeleteFunc(c.Asked(), func(a string) bool { return !strings.HasPrefix(a, "VERSIONS ") })
	if len(found) != n || len(asked) != 1 || !strings.HasSuffix(asked[0], "/us-east-1/2024/01/10/") {
		t.Errorf("%d of %d found, asked %q", len(found), n, asked)
	}
}
