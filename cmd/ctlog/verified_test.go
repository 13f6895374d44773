package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ctlog/internal/testkit/trailgen"
)

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// attacked runs commands on a copy with attacks.
type attacked struct {
	*attack
	seed  int
	keys  string
	paths []string
}

func attackedCopy(t *testing.T, seed int) attacked {
	a, keys, paths := tampered(t, uint64(seed))
	return attacked{a, seed, keys, paths}
}

// run runs a command on one worker and, now and then, on many, which must not
// show.
func (a attacked) run(args ...string) (status int, out string) {
	a.t.Helper()
	args = append(args, "--keys", a.keys)
	status, out, _ = in(a.t, "", append(append(args, "--jobs", "1"), a.paths...)...)
	if a.r.IntN(4) == 0 {
		if again, got, _ := in(a.t, "", append(append(args, "--jobs", "8"), a.paths...)...); got != out || again != status {
			a.t.Errorf("seed %d: %q: another run gives other bytes: %q\n%.3000s\n%.3000s", a.seed, args, a.log, out, got)
		}
	}
	return status, out
}

// Whatever somebody who cannot sign does to a copy: no forged event comes out of
// --verified, verify proves nothing of which grep finds a forged event, and the
// same evidence gives the same bytes.
func TestVerifiedAttacks(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	met := map[string]int{}
	for seed := range cases(12) {
		a := attackedCopy(t, seed)
		for _, args := range [][]string{
			{"grep", "--filter", "true", "--source"}, {"grep", "--filter", ".Records[]"}, {"grep", "--filter", "inputs", "-n"}, {"grep", "--filter", "true", "--dedupe"},
			{"count", "--by", "eventName"}, {"timeline", "--by", "eventName", "-o", "csv"}, {"summary", "-o", "json"}, {"trace", "arn:aws:iam::111122223333:user/mallory"},
		} {
			_, out := a.run(append(args, "--verified")...)
			if strings.Contains(out, marker) || strings.Contains(out, "mallory") {
				t.Errorf("seed %d: %q gives a forged event: %q\n%.1000s", seed, args, a.log, out)
			}
			if out != "" && args[0] != "trace" {
				met[args[0]]++
			}
		}
		_, all := a.run("grep", "--filter", "true", "--source")
		for line := range strings.Lines(all) {
			if strings.Contains(line, marker) && (strings.Contains(line, `"integrity":"valid"`) || strings.Contains(line, `"integrity":"duplicate"`)) {
				t.Errorf("seed %d: a forged event is said to be valid: %q\n%s", seed, a.log, line)
			}
		}
		status, verdict := a.run("verify")
		if strings.Contains(all, marker) {
			met["forged"]++
			if status == exitOK {
				t.Errorf("seed %d: verify proves a copy with forged events: %q\n%s", seed, a.log, verdict)
			}
		}
		if t.Failed() {
			return
		}
	}
	for _, what := range []string{"grep", "count", "timeline", "summary", "forged"} {
		if met[what] == 0 {
			t.Errorf("no %s: the test does not test it", what)
		}
	}
}

// Of events with one ID the proven one counts, wherever its forged twin is.
func TestProvenTwinCounts(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	twins := 0
	for seed := range cases(12) {
		a := attackedCopy(t, seed+1000)
		names := func(args ...string) map[string][]string {
			_, out := a.run(args...)
			byID := map[string][]string{}
			for line := range strings.Lines(out) {
				if id, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok && !slices.Contains(byID[id], name) {
					byID[id] = append(byID[id], name)
				}
			}
			delete(byID, "eventID")
			return byID
		}
		plain := []string{"grep", "--filter", "true", "-o", "tsv", "--fields", "eventID,eventName"}
		proven, all := names(append(plain, "--verified")...), names(plain...)
		counted := map[string][]string{}
		for _, rest := range names("count", "--by", "eventID,eventName", "-o", "tsv") {
			for _, r := range rest {
				f := strings.Split(r, "\t")
				counted[f[0]] = append(counted[f[0]], f[1])
			}
		}
		delete(counted, "eventID")
		for what, got := range map[string]map[string][]string{"grep --dedupe": names(append(plain, "--dedupe")...), "count": counted} {
			for id, names := range all {
				if len(got[id]) != 1 || proven[id] != nil && got[id][0] != proven[id][0] {
					t.Errorf("seed %d: %s: event %s is %q, proven is %q: %q", seed, what, id, got[id], proven[id], a.log)
				}
				if len(names) > 1 && proven[id] != nil {
					twins++
				}
			}
			if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(all))) {
				t.Errorf("seed %d: %s does not have all events: %q", seed, what, a.log)
			}
		}
		if t.Failed() {
			return
		}
	}
	if twins == 0 {
		t.Error("no proven event had a twin: the test does not test it")
	}
}

// The name of a genuine file proves nothing of what else has it, in whatever
// archive, before or after it.
func TestNamesProveNothing(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	dir := t.TempDir()
	a := newAttack(t, rand.New(rand.NewPCG(1, 2)))
	keys := writeFile(t, filepath.Join(dir, "keys.json"), trailgen.PublicKeys(a.copy.Keys...))
	files := a.files()
	genuine := packTar(t, files)
	_, want, _ := in(t, "", "grep", "--verified", "--keys", keys, "true", writeFile(t, filepath.Join(dir, "genuine.tar"), genuine))
	if strings.Count(want, "\n") == 0 {
		t.Fatal("nothing is proven")
	}
	forged := []byte(`{"Records":[` + a.event() + `]}`)
	for _, victim := range []string{a.copy.Digests()[1], a.copy.Logs()[1]} {
		at := slices.IndexFunc(files, func(f packed) bool { return f.name == victim })
		for _, stored := range [][]byte{forged, trailgen.Gzip(forged)} {
			for after := range 2 {
				twice := slices.Insert(slices.Clone(files), at+after, packed{victim, stored})
				for name, archive := range map[string][]byte{"a.tar": packTar(t, twice), "a.tgz": compress(packTar(t, twice)), "a.zip": packZip(t, twice)} {
					path := writeFile(t, filepath.Join(dir, name), archive)
					_, out, _ := in(t, "", "grep", "--verified", "--keys", keys, "true", path)
					if out != want {
						t.Errorf("%s of another content in %s: %d lines, want %d:\n%.500s", victim, name, strings.Count(out, "\n"), strings.Count(want, "\n"), out)
					}
					_, out, _ = in(t, "", "grep", "--source", "--keys", keys, `.eventName | startswith("`+marker+`")`, path)
					if !strings.Contains(out, marker) || strings.Contains(out, `"valid"`) {
						t.Errorf("%s of another content in %s: %s", victim, name, out)
					}
				}
			}
		}
	}
}

// What is too large to be held until it is judged is not proven, and counts.
func TestTooLargeToBeJudged(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	const evidence, keys = "../../testdata/evidence", "../../testdata/keys.json"
	defer func(n int64) { provable = n }(provable)
	provable = 1 << 20
	event := []byte(`{"eventName":"` + marker + `","eventID":"0e0e0e0e-0000-4000-8000-000000000001"}`)
	large := writeFile(t, filepath.Join(t.TempDir(), "large.json.gz"), compress(append(bytes.Repeat([]byte(" "), 2<<20), event...)))
	status, out, stderr := in(t, "", "count", "--by", "eventName", "--event-name", marker, "--keys", keys, large, evidence)
	if status != exitOK || !strings.Contains(out, marker) || !strings.Contains(stderr, "1 of 1 event in files that are not proven") {
		t.Errorf("count: status %d\n%s%s", status, out, stderr)
	}
	status, out, stderr = in(t, "", "grep", "--source", "--event-name", marker, "--keys", keys, large, evidence)
	if status != exitOK || !strings.Contains(out, `"integrity":"unverified"`) {
		t.Errorf("grep: status %d\n%s%s", status, out, stderr)
	}
	status, out, stderr = in(t, "", "grep", "--verified", "--event-name", marker, "--keys", keys, large, evidence)
	if status != exitNone || out != "" || !strings.Contains(stderr, "3 of 19 files are not proven") {
		t.Errorf("grep --verified: status %d\n%s%s", status, out, stderr)
	}
}
