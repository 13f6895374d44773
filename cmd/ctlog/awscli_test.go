package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ctlog/internal/testkit/trailgen"
)

// TestAWSCLI compares verify with `aws cloudtrail validate-logs` on random
// trails with random faults: each fault alone, then CTLOG_CASES combinations.
// CTLOG_SEED gives others; one case is repeated by its name, as in
// -run TestAWSCLI/cases/0017.
//
// The rule: what the CLI calls valid is valid here, what it calls INVALID is
// not, but for the cases in awsWrong; and the gaps that it tells of are found
// here. The CLI looks at less than verify does;
// what it passes over is not compared.
func TestAWSCLI(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("takes most of a minute; make test runs it without the race detector")
	}
	t.Setenv("XDG_CONFIG_HOME", t.TempDir()) // no keys but those of the case
	pool := make(chan *awsRegion, awsProcesses)
	for range cap(pool) {
		pool <- newRegion(t)
	}
	seed, faults, count := number("CTLOG_SEED", 1), visibleFaults(), &comparison{n: map[string]int{}}
	t.Run("cases", func(t *testing.T) {
		for n := range number("CTLOG_CASES", 200) + len(faults) {
			t.Run(fmt.Sprintf("%04d", n), func(t *testing.T) {
				t.Parallel()
				at := <-pool
				defer func() { pool <- at }()
				c := newAWSCase(t, seed, n, faults)
				c.compare(t, at.validate(t, c), count)
			})
		}
	})
	count.log(t)
}

// awsProcesses is how many of the CLI run at a time.
const awsProcesses = 2

// awsRegion is a CLI and the cloud that it talks to.
type awsRegion struct {
	cloud *cloud
	cli   *awsCLI
}

func newRegion(t *testing.T) *awsRegion {
	c := newCloud(t)
	return &awsRegion{c, newAWS(t, c.URL)}
}

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// comparison counts what was compared, and which exceptions were made.
type comparison struct {
	sync.Mutex
	n map[string]int
}

func (c *comparison) add(name string) {
	c.Lock()
	defer c.Unlock()
	c.n[name]++
}

func (c *comparison) log(t *testing.T) {
	t.Logf("compared: %d valid, %d INVALID, %d of them signed for another bucket", c.n["valid"], c.n["INVALID"], c.n["elsewhere"])
	for _, w := range awsWrong {
		t.Logf("%4d × %s", c.n[w.name], w.name)
	}
	if c.n["INVALID"] == 0 && c.n["valid"] == 0 {
		t.Error("nothing was compared")
	}
}

// visibleFaults are those that the CLI can be asked about. It reads a bucket by
// its keys: of files that all lie in one folder it sees none.
func visibleFaults() []trailgen.Fault {
	return slices.DeleteFunc(slices.Clone(trailgen.Faults), func(f trailgen.Fault) bool { return f.Name == "flattened" })
}

// awsCase is one trail, what was delivered, and what became of it.
type awsCase struct {
	*trailgen.Copy
	seed      int
	trail     trailgen.Signed
	faults    []string
	delivered map[string]trailgen.Stored
	namedBy   map[string]string // the digest that lists a log, or is the successor of a digest
	since     bool              // verify is told when the copy begins, as the CLI is
	dir       string
}

func newAWSCase(t *testing.T, seed, n int, faults []trailgen.Fault) *awsCase {
	r := rand.New(rand.NewPCG(uint64(seed), uint64(n)))
	c := &awsCase{seed: seed, trail: randomTrail(r), delivered: map[string]trailgen.Stored{}, namedBy: map[string]string{}, since: r.IntN(2) == 0, dir: t.TempDir()}
	c.Copy = c.trail.Copy()
	c.note(t)
	some := faults[n%len(faults):][:1]
	if n >= len(faults) {
		some = nil
		for range r.IntN(5) {
			some = append(some, faults[r.IntN(len(faults))])
		}
	}
	for _, f := range some {
		c.faults = append(c.faults, f.Name)
		f.Apply(c.Copy, r)
	}
	if r.IntN(8) == 0 { // it is read from another bucket than it was delivered to
		c.Bucket += "-replica"
		c.faults = append(c.faults, "bucket")
	}
	if err := c.WriteTo(filepath.Join(c.dir, "copy")); err != nil {
		t.Fatal(err)
	}
	return c
}

// note keeps what was delivered before anything happens to it.
func (c *awsCase) note(t *testing.T) {
	for key, o := range c.Objects {
		c.delivered[key] = *o
		if !strings.Contains(key, "_CloudTrail-Digest_") {
			continue
		}
		var d struct {
			PreviousDigestS3Object string
			LogFiles               []struct{ S3Object string }
		}
		content, _, err := firstMember(o.Bytes)
		if err != nil || json.Unmarshal(content, &d) != nil {
			t.Fatal("no digest: ", key)
		}
		c.namedBy[d.PreviousDigestS3Object] = key
		for _, l := range d.LogFiles {
			c.namedBy[l.S3Object] = key
		}
	}
}

// randomTrail has keys in PKCS#1, since the CLI cannot read others, and no
// organisation, whose ID it would ask AWS for.
func randomTrail(r *rand.Rand) trailgen.Signed {
	start := time.Date(2024, 1, 9, r.IntN(24), 0, 0, 0, time.UTC)
	hours, files := 4+r.IntN(5), 1+r.IntN(2)
	s := trailgen.Signed{
		Trail: trailgen.Trail{
			Seed: r.Uint64(), Prefix: pick(r, "", "", "audit/logs"), Accounts: []string{"111122223333", "444455556666"}[:1+r.IntN(8)/7],
			Regions: []string{"us-east-2", "eu-west-1"}[:1+r.IntN(2)], Start: start,
			Hours: hours, FilesPerHour: files, RecordsPerFile: 1 + r.IntN(3),
		},
		Name: pick(r, "main", "org_trail-1", "a.b"), Home: pick(r, "", "us-west-2"),
		Keys: []trailgen.Key{quickKey("quick", start)}, Quiet: pick(r, 0, 0, 2, 3), Late: r.IntN(files + 1), Slashes: r.IntN(2) == 0,
	}
	if r.IntN(3) == 0 {
		s.Keys, s.Rotate = append(s.Keys, quickKey("second", start)), 1+r.IntN(hours)
	}
	if r.IntN(3) == 0 {
		s.Restart = []int{2 + r.IntN(hours-2)}
	}
	return s
}

func quickKey(name string, start time.Time) trailgen.Key {
	return trailgen.NewKey(name, false, start.AddDate(0, 0, -2), start.AddDate(0, 0, 30))
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// awsLine is what the CLI says of one file.
type awsLine struct{ kind, key, said string }

func (l awsLine) valid() bool { return l.said == "valid" }

// validate has the CLI validate every account and region.
func (g *awsRegion) validate(t *testing.T, c *awsCase) (lines []awsLine) {
	g.cloud.hold(c.Copy)
	home := c.trail.Home
	if home == "" {
		home = c.trail.Regions[0]
	}
	for _, account := range c.trail.Accounts {
		for _, region := range c.trail.Regions {
			args := []string{
				"cloudtrail", "validate-logs", "--verbose", "--region", region, "--account-id", account,
				"--trail-arn", "arn:aws:cloudtrail:" + home + ":" + c.trail.Accounts[0] + ":trail/" + c.trail.Name,
				"--s3-bucket", c.Bucket, "--s3-prefix", c.trail.Prefix,
				"--start-time", c.begins(),
				"--end-time", c.trail.Start.Add(time.Duration(c.trail.Hours+1) * time.Hour).Format(time.RFC3339),
			}
			status, printed := g.cli.run(t, args...)
			if status != 0 && status != 1 {
				t.Fatalf("aws %q: status %d\n%s", args, status, printed)
			}
			lines = append(lines, c.parseAWS(t, printed, account+" "+region)...)
		}
	}
	return lines
}

// begins is before everything that was delivered.
func (c *awsCase) begins() string { return c.trail.Start.Add(-time.Hour).Format(time.RFC3339) }

// parseAWS reads lines such as
//
//	(backfill) Digest file TAB s3://bucket/key TAB INVALID: not found
//	No log files were delivered by CloudTrail between 2024-01-09T09:05:31Z and 2024-01-09T10:05:31Z
//
// The key of a gap is its account, region and end.
func (c *awsCase) parseAWS(t *testing.T, printed, place string) (lines []awsLine) {
	for line := range strings.Lines(printed) {
		line = strings.TrimSpace(line)
		if _, span, ok := strings.Cut(line, "No log files were delivered by CloudTrail between "); ok {
			lines = append(lines, awsLine{"gap", place + " " + strings.Fields(span)[2], "INVALID: gap"})
		}
		f := strings.SplitN(line, "\t", 3)
		if len(f) < 3 {
			continue
		}
		what := strings.ToLower(strings.TrimPrefix(f[0], "(backfill) "))
		l := awsLine{strings.TrimSuffix(what, " file"), strings.TrimPrefix(f[1], "s3://"+c.Bucket+"/"), f[2]}
		if l.kind != "digest" && l.kind != "log" || l.key == f[1] || !l.valid() && !strings.HasPrefix(l.said, "INVALID: ") {
			t.Fatalf("the CLI printed %q", line)
		}
		lines = append(lines, l)
	}
	return lines
}

// ourLine is a line of verify --json.
type ourLine struct {
	Kind, Status, Signature, Key, Path, Reason string // of files
	Account, Region, To, Predecessor           string // of findings
	Verdict                                    string
}

// verify gives the lines of verify --json, by kind and key; those of files
// also by their place, for they are the same if nothing is wrong.
func (c *awsCase) verify(t *testing.T) map[string][]ourLine {
	keys := filepath.Join(c.dir, "keys.json")
	if err := os.WriteFile(keys, trailgen.PublicKeys(c.Keys...), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"verify", "--json", "--keys", keys, "--expect-bucket", c.Bucket, filepath.Join(c.dir, "copy")}
	if c.since {
		args = append(args, "--since", c.begins())
	}
	_, out, stderr := in(t, "", args...)
	lines := map[string][]ourLine{}
	for raw := range strings.Lines(out) {
		var l ourLine
		if err := json.Unmarshal([]byte(raw), &l); err != nil {
			t.Fatalf("%v in %q", err, raw)
		}
		at := l.Kind + " " + c.fullKey(l.Key)
		switch l.Kind {
		case "moved":
			at = "moved"
		case "gap":
			at = "gap " + l.Account + " " + l.Region + " " + l.To
		}
		lines[at] = append(lines[at], l)
		if place := l.Kind + " " + c.place(l.Path); l.Path != "" && place != at {
			lines[place] = append(lines[place], l)
		}
	}
	if len(lines["summary "]) != 1 {
		t.Fatal("no summary: ", stderr)
	}
	return lines
}

// fullKey gives a key its prefix: of a file that is not listed, verify knows
// the key from AWSLogs/ on only.
func (c *awsCase) fullKey(key string) string {
	if c.trail.Prefix != "" && strings.HasPrefix(key, "AWSLogs/") {
		return c.trail.Prefix + "/" + key
	}
	return key
}

// place gives the path below the copy, which is the key unless it was moved.
func (c *awsCase) place(path string) string {
	rel, _ := filepath.Rel(filepath.Join(c.dir, "copy"), path)
	return filepath.ToSlash(rel)
}

// compare holds every line of the CLI against those of verify.
func (c *awsCase) compare(t *testing.T, theirs []awsLine, count *comparison) {
	ours := c.verify(t)
	for _, l := range theirs {
		verdict, _, _ := strings.Cut(l.said, ":")
		count.add(verdict)
		d := dispute{c, l, ours[l.kind+" "+l.key], ours["head "], ours["moved"], loose(ours, l.key)}
		if d.elsewhere() {
			count.add("elsewhere")
		}
		if d.agreed() {
			if summary := ours["summary "][0]; !l.valid() && summary.Verdict == "proven" {
				t.Errorf("%s\nproven, though the CLI says %v", c, l)
			}
			continue
		}
		i := slices.IndexFunc(awsWrong, func(w wrong) bool { return w.applies(d) })
		if i < 0 {
			t.Errorf("%s\n  aws:   %s %s %s\n  ctlog: %+v", c, l.kind, l.key, l.said, d.ours)
			continue
		}
		count.add(awsWrong[i].name)
	}
}

// loose gives the digests of the region that the place of a gap names that are
// not proven.
func loose(ours map[string][]ourLine, key string) (list []ourLine) {
	place := strings.Fields(key)
	for name, lines := range ours {
		if !strings.HasPrefix(name, "digest ") || len(place) < 2 {
			continue
		}
		for _, l := range lines {
			if l.Status != "valid" && l.Status != "missing" && strings.Contains(l.Key+" "+l.Region, place[1]) {
				list = append(list, l)
			}
		}
	}
	return list
}

// String says what a case is made of.
func (c *awsCase) String() string {
	s := c.trail
	return fmt.Sprintf("CTLOG_SEED=%d: faults %v; --since %v, %v %v from %s, %d h, %d logs an hour, rotate %d, restart %v, late %d, quiet %d, slashes %v",
		c.seed, c.faults, c.since, s.Accounts, s.Regions, s.Start.Format(time.RFC3339), s.Hours, s.FilesPerHour, s.Rotate, s.Restart, s.Late, s.Quiet, s.Slashes)
}

// same reports whether an object of the copy has the content that was
// delivered under a key.
func (c *awsCase) same(o *trailgen.Stored, key string) bool {
	genuine, _, err := firstMember(c.delivered[key].Bytes)
	if o == nil || err != nil {
		return false
	}
	content, rest, err := firstMember(o.Bytes)
	return bytes.Equal(o.Bytes, genuine) || err == nil && len(rest) == 0 && bytes.Equal(content, genuine)
}
