package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ctlog/internal/testkit/trailgen"
)

// plainLog and plainDigest are what a bucket had, and whether the copy has it.
type plainLog struct {
	trailgen.Object
	region           string
	delivered        time.Time
	here, altered    bool
	listed, inOldest bool // by a digest that is here; by the oldest one
}

type plainDigest struct {
	region   string
	from, to time.Time
	here     bool
	logs     []string
}

// plainBucket is a trail of some regions of which files get lost and altered.
type plainBucket struct {
	regions []string
	logs    map[string]*plainLog
	digests map[string][]*plainDigest // by region, oldest first
	dir     string
	keys    bool // are used

	first, last time.Time // that anything is about
}

// reach makes the map have a time.
func (b *plainBucket) reach(from, to time.Time) {
	if b.first.IsZero() || from.Before(b.first) {
		b.first = from
	}
	if to.After(b.last) {
		b.last = to
	}
}

const plainAccount = "111122223333"

func newPlainBucket(t *testing.T, r *rand.Rand) *plainBucket {
	b := &plainBucket{regions: []string{"us-east-1", "eu-west-1", "sa-east-1"}, logs: map[string]*plainLog{}, digests: map[string][]*plainDigest{}, dir: t.TempDir()}
	trail := trailgen.Signed{Quiet: 2 + r.IntN(3), Dormant: map[string]int{"sa-east-1": r.IntN(20)},
		Trail: trailgen.Trail{Seed: r.Uint64(), Regions: b.regions, Hours: 14, FilesPerHour: 2, RecordsPerFile: 5, Repeat: 10 * r.IntN(2)}}
	writeFile(t, filepath.Join(b.dir, "keys.json"), trail.PublicKeys())
	var metadata []byte
	end := map[string]time.Time{} // of a region's digests, where they are cut off
	if r.IntN(2) == 0 {
		end["eu-west-1"] = time.Date(2024, 1, 9, 16+r.IntN(6), 0, 0, 0, time.UTC)
	}
	for o := range trail.Objects() {
		parts := strings.Split(filepath.Base(o.Key), "_")
		region := parts[2]
		if parts[1] == "CloudTrail" {
			at, err := time.Parse("20060102T1504Z", parts[3])
			if err != nil {
				t.Fatal(err)
			}
			b.logs[o.Key] = &plainLog{Object: o, region: region, delivered: at, here: r.IntN(9) > 0, altered: r.IntN(15) == 0}
			b.write(t, o, b.logs[o.Key].here, b.logs[o.Key].altered)
			continue
		}
		var doc struct {
			DigestStartTime, DigestEndTime time.Time
			LogFiles                       []struct{ S3Object string }
		}
		if err := json.Unmarshal(o.Body, &doc); err != nil {
			t.Fatal(err)
		}
		d := &plainDigest{region: region, from: doc.DigestStartTime, to: doc.DigestEndTime, here: r.IntN(8) > 0}
		if cut := end[region]; !cut.IsZero() && d.to.After(cut) {
			d.here = false
		}
		for _, l := range doc.LogFiles {
			d.logs = append(d.logs, l.S3Object)
		}
		b.digests[region] = append(b.digests[region], d)
		b.write(t, o, d.here, false)
		line, _ := json.Marshal(map[string]any{"bucket": "example-trail-logs", "key": o.Key, "metadata": o.Metadata})
		metadata = append(append(metadata, line...), '\n')
	}
	writeFile(t, filepath.Join(b.dir, "bucket", "ctlog-metadata.jsonl"), metadata)
	return b
}

func (b *plainBucket) write(t *testing.T, o trailgen.Object, here, altered bool) {
	if !here {
		return
	}
	body := o.Body
	if altered {
		body = []byte(strings.Replace(string(body), `"eventVersion"`, `"eventversion"`, 1))
	}
	path := filepath.Join(b.dir, "bucket", o.Key)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, trailgen.Gzip(body))
}

// plainTally is what falls into one hour of a region.
type plainTally struct {
	files, events, missing int
	unproven               int // with keys; not among the events
	tampered, lost, weak   bool
}

const plainHour = "2006-01-02T15"

// tallies counts events and logs, from what is known of the bucket rather than
// from the files.
func (b *plainBucket) tallies(t *testing.T) map[string]*plainTally {
	tallies := map[string]*plainTally{}
	at := func(region string, now time.Time) *plainTally {
		now = now.Truncate(time.Hour)
		b.reach(now, now.Add(time.Hour))
		id := region + " " + now.Format(plainHour)
		if tallies[id] == nil {
			tallies[id] = new(plainTally)
		}
		return tallies[id]
	}
	proven, others := b.events(t)
	for unproven, counts := range []map[string]int{proven, others} {
		for id, n := range counts {
			region, hour, _ := strings.Cut(id, " ")
			now, err := time.Parse(plainHour, hour)
			if err != nil {
				t.Fatal(err)
			}
			at(region, now).events += n * (1 - unproven)
			at(region, now).unproven += n * unproven
		}
	}
	for _, l := range b.logs {
		if !l.here && !l.listed {
			continue
		}
		c := at(l.region, l.delivered)
		if l.here {
			c.files++
			bad := l.listed && l.altered
			c.tampered, c.lost = c.tampered || bad, c.lost || bad
			c.weak = c.weak || !l.listed || !b.keys
			continue
		}
		c.missing, c.lost = c.missing+1, true
		c.tampered = c.tampered || !(l.inOldest && b.before(l))
	}
	return tallies
}

// plainCells works the cells out second by second.
func (b *plainBucket) plainCells(t *testing.T) map[string]string {
	b.list()
	tallies, newest := b.tallies(t), b.newest()
	seconds := map[string]map[int64]plainSecond{}
	for region, chain := range b.digests {
		seconds[region] = b.seconds(chain, newest)
	}
	cells := map[string]string{}
	for _, region := range b.regions {
		for now := b.first.Truncate(time.Hour); now.Before(b.last); now = now.Add(time.Hour) {
			id, c := region+" "+now.Format(plainHour), plainTally{}
			if have := tallies[id]; have != nil {
				c = *have
			}
			digest, state := c.judge(seconds[region], now)
			unproven := "<nil>"
			if b.keys {
				unproven = fmt.Sprint(c.unproven)
			}
			cells[id] = fmt.Sprintf("%d files, %d events, %d missing, %s, %s, %s unproven", c.files, c.events, c.missing, digest, state, unproven)
		}
	}
	return cells
}

// judge looks at the seconds of an hour.
func (c *plainTally) judge(seconds map[int64]plainSecond, now time.Time) (digest, state string) {
	whole, some, gap, bad := true, false, false, false
	for i := range 60 * 60 {
		s := seconds[now.Unix()+int64(i)]
		whole, some, gap, bad = whole && s.stated, some || s.stated, gap || s.gap, bad || s.bad
	}
	digest, state = "absent", "no logs"
	switch {
	case bad || c.tampered:
		digest = "tampered"
	case whole && !c.weak && !c.lost && !seconds[now.Unix()].unproven:
		digest = "proven"
	case whole:
		digest = "unproven"
	case gap:
		digest = "gap"
	case some:
		digest = "partial"
	}
	switch {
	case c.events > 0, c.unproven > 0 && digest != "proven":
		state = "activity"
	case bad || c.lost || digest == "gap":
		state = "gap"
	case whole:
		state = "no activity"
	case some || c.files > 0:
		state = "no events"
	}
	return digest, state
}

// newest is the end of the newest digest in any region; only what is proven lets
// others be expected to reach that far.
func (b *plainBucket) newest() (newest time.Time) {
	for _, chain := range b.digests {
		for _, d := range chain {
			if d.here && b.keys && d.to.After(newest) {
				newest = d.to
			}
		}
	}
	return newest
}

// plainSecond is what is known of one second of a region.
type plainSecond struct{ stated, unproven, gap, bad bool }

// seconds marks the seconds of a chain.
func (b *plainBucket) seconds(chain []*plainDigest, newest time.Time) map[int64]plainSecond {
	marks := map[int64]plainSecond{}
	mark := func(from, to time.Time, set func(*plainSecond)) {
		b.reach(from, to)
		for at := from.Unix(); at < to.Unix(); at++ {
			m := marks[at]
			set(&m)
			marks[at] = m
		}
	}
	var last *plainDigest
	for i, d := range chain {
		if !d.here {
			continue
		}
		mark(d.from, d.to, func(m *plainSecond) { m.stated, m.unproven = true, !b.keys })
		if last != nil && last.to.Before(d.from) {
			mark(last.to, d.from, func(m *plainSecond) { m.gap = true })
			if missing := chain[i-1]; b.keys { // the newest of those that are gone is known by name
				mark(missing.from, missing.to, func(m *plainSecond) { m.bad = true })
			}
		}
		last = d
	}
	if last != nil && newest.Sub(last.to) > 2*time.Hour {
		mark(last.to, newest, func(m *plainSecond) { m.gap = true })
	}
	return marks
}

// list notes which logs the digests that are here list.
func (b *plainBucket) list() {
	for _, chain := range b.digests {
		oldest := true
		for _, d := range chain {
			if !d.here {
				continue
			}
			for _, key := range d.logs {
				b.logs[key].listed, b.logs[key].inOldest = true, oldest
			}
			oldest = false
		}
	}
}

// before reports whether a log was delivered before all of its region that are
// here.
func (b *plainBucket) before(l *plainLog) bool {
	for _, o := range b.logs {
		if o.here && o.region == l.region && !o.delivered.After(l.delivered) {
			return false
		}
	}
	return true
}

// events counts those that are here by region and hour, each once: with keys
// those in files that are proven, and then those that are in others alone.
func (b *plainBucket) events(t *testing.T) (proven, others map[string]int) {
	seen := map[string]bool{}
	isProven := func(l *plainLog) bool { return !b.keys || l.listed && !l.altered }
	proven = b.eventsOf(t, seen, isProven)
	return proven, b.eventsOf(t, seen, func(l *plainLog) bool { return !isProven(l) })
}

func (b *plainBucket) eventsOf(t *testing.T, seen map[string]bool, want func(*plainLog) bool) map[string]int {
	counts := map[string]int{}
	for _, l := range b.logs {
		if !l.here || !want(l) {
			continue
		}
		var doc struct {
			Records []struct{ EventID, EventTime, AwsRegion string }
		}
		if err := json.Unmarshal(l.Body, &doc); err != nil {
			t.Fatal(err)
		}
		for _, e := range doc.Records {
			if !seen[e.EventID] {
				counts[e.AwsRegion+" "+e.EventTime[:len("2024-01-09T10")]]++
			}
			seen[e.EventID] = true
		}
	}
	return counts
}
