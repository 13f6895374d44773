package digest

import (
	"errors"
	"path"
	"strings"
	"testing"

	"ctlog/internal/testkit/trailgen"
)

func TestCommon(t *testing.T) {
	for _, c := range []struct {
		a, b string
		n    int
	}{
		{"x.json.gz", "x.json.gz", 1}, {"x.json", "x.json.gz", 1}, {"x.json.zst", "x.json.gz", 1}, {"x.json", "y.json", 0},
		{"a/x.json", "x.json.gz", 1}, {"a/x.json", "a/x.json", 2}, {"/a/x.json", "a/x.json", 2}, {"b/x.json", "a/x.json", 1},
		{"q/a/b/x.json", "p/a/b/x.json.gz", 3}, {"../a/x", "a/x", 2}, {"/x", "/x", 1}, {"", "", 1}, {"..", "../..", 1}, {"//x", "//x", 1}, {"./a/x", "a/x", 2},
	} {
		if n := common(c.a, c.b); n != c.n {
			t.Errorf("%q and %q have %d in common, want %d", c.a, c.b, n, c.n)
		}
	}
}

const (
	early = "20240109T0830Z_AbCdEfGhIjKlMnOp"
	later = "20240109T0930Z_QrStUvWxYz012345"
)

// twoBuckets is a copy in which the same base names stand for different files:
// the trail "main" with and without a prefix.
func twoBuckets() (*trailgen.Copy, []*made) {
	a, b := hours(0, 1, nil, early), hours(0, 1, nil)
	b.folder, b.trail = "pre/", "other"
	b.logs[logKey("pre/", "us-east-1", early)] = "another content"
	return copyOf(a, b), []*made{a, b}
}

func TestSameNames(t *testing.T) {
	c, digests := twoBuckets()
	expect(t, verifyCopy(t, c, nil), "proven; 2 valid; 2 valid")

	moved := clone(c)
	for p, o := range c.Objects {
		delete(moved.Objects, p)
		moved.Objects["bucket/of/x/"+p] = o
	}
	o := optionsFor(t, c)
	expect(t, verify(t, memoryOf(moved), o), "proven; 2 valid; 2 valid")

	swapped := clone(c)
	x, y := logKey("", "us-east-1", early), logKey("pre/", "us-east-1", early)
	swapped.Objects[x], swapped.Objects[y] = c.Objects[y], c.Objects[x]
	expect(t, verify(t, memoryOf(swapped), o), "tampered; 2 valid; 2 altered")

	lacking := clone(c)
	delete(lacking.Objects, y)
	r := verify(t, memoryOf(lacking), o)
	expect(t, r, "tampered; 2 valid; 1 valid 1 missing")
	if it := itemAt(t, r, x); it.Key != x || it.ListedBy != digests[0].object {
		t.Errorf("%+v", it)
	}
}

// In one flat folder the name alone does not tell which of two is meant: what
// the content agrees with is.
func TestSameNamesFlat(t *testing.T) {
	whole, _ := twoBuckets()
	x, y := logKey("", "us-east-1", early), logKey("pre/", "us-east-1", early)
	for gone, there := range map[string]string{x: y, y: x} {
		c := clone(whole)
		delete(c.Objects, gone)
		o := optionsFor(t, c)
		trailgen.FaultNamed("flattened").Apply(c, nil)
		m := memoryOf(c)
		for range 2 {
			r := verify(t, m, o)
			if it := itemAt(t, r, path.Base(there)); it.Status != Valid || it.Key != there {
				t.Errorf("%+v", it)
			}
			m.files[0], m.files[1], m.files[2] = m.files[2], m.files[0], m.files[1]
		}
	}
}

func TestLogs(t *testing.T) {
	first := hours(0, 1, nil, early)
	second := hours(1, 2, first, later)
	third := hours(2, 3, second)
	fourth := hours(3, 4, third)
	last := hours(4, 5, fourth)
	whole := copyOf(first, second, third, fourth, last)
	log := func(name string) string { return logKey("", "us-east-1", name) }
	put := func(p, content string) func(*trailgen.Copy) {
		return func(c *trailgen.Copy) { c.Objects[p] = &trailgen.Stored{Bytes: trailgen.Gzip([]byte(content))} }
	}
	drop := func(paths ...string) func(*trailgen.Copy) {
		return func(c *trailgen.Copy) {
			for _, p := range paths {
				delete(c.Objects, p)
			}
		}
	}
	both := func(all ...func(*trailgen.Copy)) func(*trailgen.Copy) {
		return func(c *trailgen.Copy) {
			for _, apply := range all {
				apply(c)
			}
		}
	}
	insight := strings.Replace(log("20240109T0940Z_Forged0123456789"), "_CloudTrail_", "_CloudTrail-Insight_", 1)
	rename := func(from, to string) func(*trailgen.Copy) {
		return func(c *trailgen.Copy) { c.Objects[to] = c.Objects[from]; delete(c.Objects, from) }
	}
	for _, k := range []struct {
		name   string
		apply  func(*trailgen.Copy)
		option func(*Options)
		want   string
	}{
		{"whole", func(*trailgen.Copy) {}, nil, "proven; 5 valid; 2 valid"},
		{"injected", put(log("20240109T0940Z_Forged0123456789"), `{"Records":[]}`), nil, "tampered; 5 valid; 2 valid 1 unreferenced"},
		{"injected in an empty hour", put(log("20240109T1040Z_Forged0123456789"), "x"), nil, "tampered; 5 valid; 2 valid 1 unreferenced"},
		{"injected in the last hour", put(log("20240109T1240Z_Forged0123456789"), "x"), nil, "incomplete; 5 valid; 2 valid 1 uncovered"},
		{"injected in the minute in which the last begins", put(log("20240109T1159Z_Forged0123456789"), "x"), nil, "tampered; 5 valid; 2 valid 1 unreferenced"},
		{"after the end", put(log("20240109T1340Z_Forged0123456789"), "x"), nil, "incomplete; 5 valid; 2 valid 1 uncovered"},
		{"before the beginning", put(log("20240109T0740Z_Forged0123456789"), "x"), nil, "incomplete; 5 valid; 2 valid 1 uncovered"},
		{"of another region", put(logKey("", "eu-west-1", "20240109T0940Z_Forged0123456789"), "x"), nil, "incomplete; 5 valid; 2 valid 1 uncovered"},
		{"without a name", put("AWSLogs/evil.json.gz", `{"Records":[]}`), nil, "incomplete; 5 valid; 2 valid 1 uncovered"},
		{"unvalidated trail", put(log("20240109T0940Z_Forged0123456789"), "x"), func(o *Options) { o.UnvalidatedTrail = true }, "incomplete; 5 valid; 2 valid 1 uncovered"},
		{"insight", put(insight, "x"), nil, "proven; 5 valid; 2 valid"},
		{"events as insight", put(insight, events(call("1", "ConsoleLogin", 1.5, ""))), nil, "incomplete; 5 valid; 2 valid 1 uncovered"},
		{"insight, cut off", func(c *trailgen.Copy) { c.Objects[insight] = &trailgen.Stored{Bytes: trailgen.Gzip([]byte("x"))[:9]} }, nil, "incomplete; 5 valid; 2 valid 1 uncovered"},
		{"without a name, since", put("evil.json.gz", events(call("1", "ConsoleLogin", 1.5, ""))), func(o *Options) { o.Since = at(1) }, "incomplete; 4 valid; 1 valid 1 uncovered"},
		{"renamed", rename(log(early), "any.json.gz"), nil, "proven; 5 valid; 2 valid"},
		{"renamed by the hour", rename(log(early), log("20240109T1030Z_AbCdEfGhIjKlMnOp")), nil, "proven; 5 valid; 2 valid"},
		{"overwritten by another", put(log(early), "content of "+later), nil, "tampered; 5 valid; 1 valid 1 altered"},
		{"copied to another name", put(log("20240109T0931Z_QrStUvWxYz012345"), "content of "+later), nil, "proven; 5 valid; 2 valid 1 duplicate"},
		{"downloaded twice", put(strings.Replace(log(later), ".json", " (1).json", 1), "content of "+later), nil, "proven; 5 valid; 2 valid 1 duplicate"},
		{"copied to another folder", put("backup/"+path.Base(log(later)), "content of "+later), nil, "proven; 5 valid; 2 valid 1 duplicate"},
		{"copied to a foreign name", put("a.log", "content of "+later), nil, "proven; 5 valid; 2 valid 1 duplicate"},
		{"copied to another kind's name", put(insight, "content of "+later), nil, "proven; 5 valid; 2 valid 1 duplicate"},
		{"two copies, gone itself", both(put("a.json.gz", "content of "+later), rename(log(later), "b.json.gz")), nil, "proven; 5 valid; 2 valid 1 duplicate"},
		{"copied and overwritten", both(put("copy.json.gz", "content of "+later), put(log(later), "evil")), nil, "tampered; 5 valid; 2 valid 1 altered"},
		{"copied, no keys", put("a.json.gz", "content of "+later), func(o *Options) { o.Keys = nil }, "incomplete; 5 unverified; 3 unverified"},
		{"foreign", put(path.Dir(log(later))+"/evil.json.gz", "x"), nil, "tampered; 5 valid; 2 valid 1 unreferenced"},
		{"foreign, at the end", put(strings.Replace(log("20240109T1340Z_Forged0123456789"), ".json", " (1).json", 1), "x"), nil, "tampered; 5 valid; 2 valid 1 unreferenced"},
		{"foreign, as its twin", both(put(log("20240109T1340Z_Uncovered0123456"), "x"), put(strings.Replace(log("20240109T1340Z_Uncovered0123456"), ".json", " (1).json", 1), "x")), nil, "incomplete; 5 valid; 2 valid 2 uncovered"},
		{"the first gone", drop(log(early)), nil, "incomplete; 5 valid; 1 valid 1 outside"},
		{"the first gone, since before", drop(log(early)), func(o *Options) { o.Since = at(0.25) }, "tampered; 5 valid; 1 valid 1 missing"},
		{"the second gone", drop(log(later)), nil, "tampered; 5 valid; 1 valid 1 missing"},
		{"all gone", drop(log(early), log(later)), nil, "tampered; 5 valid; 1 missing 1 outside"},
		{"digest gone", drop(second.object), nil, "tampered; 4 valid 1 missing; 1 valid 1 uncovered; gap 1-2 (1) missing digest"},
		{"digest unproven", put(last.object, "{}"), nil, "tampered; 4 valid 1 unreadable; 2 valid"},
		{"no keys", func(*trailgen.Copy) {}, func(o *Options) { o.Keys = nil }, "incomplete; 5 unverified; 2 unverified"},
		{"no keys, changed", put(log(later), "x"), func(o *Options) { o.Keys = nil }, "tampered; 5 unverified; 1 altered 1 unverified"},
		{"no keys, injected", put(log("20240109T0940Z_Forged0123456789"), "x"), func(o *Options) { o.Keys = nil }, "incomplete; 5 unverified; 2 unverified 1 uncovered"},
	} {
		t.Run(k.name, func(t *testing.T) {
			c := clone(whole)
			o := optionsFor(t, c)
			k.apply(c)
			if k.option != nil {
				k.option(&o)
			}
			expect(t, verify(t, memoryOf(c), o), k.want)
		})
	}
}

// A day's folder copied alone: what is outside, what is uncovered, and where
// the rest is.
func TestOneDay(t *testing.T) {
	c := trail(50, func(s *trailgen.Signed) { s.FilesPerHour, s.RecordsPerFile = 2, 1 }) // from 8:00 on
	o := optionsFor(t, c)
	for p := range c.Objects {
		if !strings.Contains(p, "/2024/01/10/") {
			delete(c.Objects, p)
		}
	}
	// The digest of 00:05 is about logs from 23:05 on; those of midnight have
	// no digest on their day.
	r := verify(t, memoryOf(c), o)
	expect(t, r, "incomplete; 24 valid; 47 valid 1 outside 1 uncovered; head 15.091944444444444")
	want := "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2024/01/11/ AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/09/ AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/11/"
	if got := strings.Join(r.Folders, " "); got != want {
		t.Errorf("folders %s, want %s", got, want)
	}
}

// Whatever part of a trail was downloaded as folders and files are named, it is
// not tampered with, and between the times that are suggested it is proven.
func TestPartialDownloads(t *testing.T) {
	whole := trail(50, func(s *trailgen.Signed) { twoRegions(s); s.FilesPerHour, s.RecordsPerFile = 2, 1 })
	hours := func(from, to float64) func(string) bool { // by the time in the name
		return func(p string) bool {
			t := names(p).Time
			return !t.Before(at(from)) && t.Before(at(to))
		}
	}
	has := func(part string) func(string) bool { return func(p string) bool { return strings.Contains(p, part) } }
	for name, k := range map[string]struct {
		keep  func(string) bool
		whole bool // nothing is lacking
		fits  bool
	}{
		"a day":             {has("/2024/01/10/"), false, true},
		"the first day":     {has("/2024/01/09/"), false, true},
		"the last day":      {has("/2024/01/11/"), false, true},
		"some hours":        {hours(19, 23), false, true},
		"one region":        {has("/us-east-1/"), true, false},
		"a day of a region": {func(p string) bool { return has("/2024/01/10/")(p) && has("/eu-west-1/")(p) }, false, true},
		"two days of logs, one of digests": {func(p string) bool {
			return has("/2024/01/10/")(p) || has("/2024/01/09/")(p) && has("/CloudTrail/")(p)
		}, false, true},
		"logs alone":                  {has("/CloudTrail/"), false, false},
		"digests of one region alone": {func(p string) bool { return has("/CloudTrail/")(p) || has("/us-east-1/")(p) }, false, false},
	} {
		c := clone(whole)
		o := optionsFor(t, c)
		for p := range c.Objects {
			if !k.keep(p) {
				delete(c.Objects, p)
			}
		}
		r := verify(t, memoryOf(c), o)
		want := Incomplete
		if k.whole {
			want = Proven
		}
		if r.Verdict != want || (r.Partial == nil) != k.whole {
			t.Errorf("%s: %s, %+v", name, told(r), r.Partial)
			continue
		}
		if r.Partial == nil {
			continue
		}
		if n := r.Logs[Outside] + r.Logs[Uncovered]; r.Partial.Outside+r.Partial.Uncovered != n {
			t.Errorf("%s: %+v of %d", name, r.Partial, n)
		}
		o.Since, o.Until = r.Partial.Since, r.Partial.Until
		if fits := !o.Since.IsZero() || !o.Until.IsZero(); fits != k.fits {
			t.Errorf("%s: from %s to %s", name, o.Since, o.Until)
		} else if r := verify(t, memoryOf(c), o); fits && (r.Verdict != Proven || r.Logs[Valid] < 6) {
			t.Errorf("%s: between %s and %s: %s", name, o.Since, o.Until, told(r))
		}
	}
}

// What lies far from the time that was asked for is read when it is listed.
func TestLateLogs(t *testing.T) {
	late := &made{start: at(70), end: at(75), backfill: true, logs: map[string]string{logKey("", "us-east-1", early): "late"}}
	c := copyOf(append(line(0, 3, nil, nil), late)...)
	since := func(o *Options) { o.Since = at(72) }
	m := memoryOf(c)
	o := optionsFor(t, c)
	since(&o)
	expect(t, verify(t, m, o), "proven; 1 valid; 1 valid")
	if m.passes != 2 {
		t.Errorf("%d passes", m.passes)
	}
}

// Of evidence that can be read only once, what was not read is not altered.
func TestLateLogsOnce(t *testing.T) {
	late := &made{start: at(70), end: at(75), backfill: true, logs: map[string]string{logKey("", "us-east-1", early): "late"}}
	c := copyOf(append(line(0, 3, nil, nil), late)...)
	m, o := memoryOf(c), optionsFor(t, c)
	o.Since, m.once = at(72), true
	expect(t, verify(t, m, o), "incomplete; 1 valid; 1 unverified")
}

// Two members of an archive may have one name: each is read, late or not, and
// judged by its own content.
func TestLateLogsOfOneName(t *testing.T) {
	name := logKey("", "us-east-1", early)
	late := &made{start: at(70), end: at(75), backfill: true, logs: map[string]string{name: "late"}}
	c := copyOf(append(line(0, 3, nil, nil), late)...)
	m, o := memoryOf(c), optionsFor(t, c)
	m.add(name, trailgen.Gzip([]byte("evil")))
	for i := range m.files {
		m.files[i].Member = i + 1
	}
	m.bodies = nil // they are kept by path
	o.Since = at(72)
	expect(t, verify(t, m, o), "tampered; 1 valid; 1 valid 1 altered")
}

// Several gzip members are no fault when all of them together are what is
// listed, and are remarked.
func TestMembers(t *testing.T) {
	for fault, status := range map[string]Status{"log-empty-member": Valid, "log-second-member": Altered} {
		c := trail(3, nil)
		trailgen.FaultNamed(fault).Apply(c, random(1))
		n := 0
		for it := range verifyCopy(t, c, nil).Items() {
			if strings.HasPrefix(it.Reason, "2 gzip members") {
				n++
				if it.Status != status {
					t.Errorf("%s: %s, want %s", fault, it.Status, status)
				}
			}
		}
		if n != 1 {
			t.Errorf("%s: %d logs are said to have two members", fault, n)
		}
	}
}

// Of several copies the one that fits best to the key is the log; what decides
// is not which of them comes first.
func TestWhichIsTheCopy(t *testing.T) {
	c := copyOf(line(0, 3, nil, nil)...)
	d := hours(3, 4, nil, "20240109T1130Z_AbCdEfGhIjKlMnOp")
	for p, o := range copyOf(d).Objects {
		c.Objects[p] = o
	}
	key := logKey("", "us-east-1", "20240109T1130Z_AbCdEfGhIjKlMnOp")
	for _, copied := range []string{"aa/" + path.Base(key), "old/" + key, "zz.json.gz"} {
		c.Objects[copied] = c.Objects[key]
	}
	r := verifyCopy(t, c, nil)
	for p, want := range map[string]Status{key: Valid, "aa/" + path.Base(key): Duplicate, "old/" + key: Duplicate, "zz.json.gz": Duplicate} {
		if it := itemAt(t, r, p); it.Status != want || it.Key != key || it.ListedBy != d.object {
			t.Errorf("%s: %+v", p, it)
		}
	}
	delete(c.Objects, key)
	if it := itemAt(t, verifyCopy(t, c, nil), "old/"+key); it.Status != Valid {
		t.Errorf("%+v", it)
	}
	delete(c.Objects, "old/"+key)
	delete(c.Objects, "aa/"+path.Base(key))
	if it := itemAt(t, verifyCopy(t, c, nil), "zz.json.gz"); it.Status != Valid || !strings.Contains(it.Reason, "another name") {
		t.Errorf("%+v", it)
	}
}

// A log whose content is listed twice and that is here once is not missing: a
// copy that calls files by their hash has it once.
func TestOneContentOfTwoLogs(t *testing.T) {
	d := hours(0, 1, nil, early)
	d.logs[logKey("", "us-east-1", later)] = d.logs[logKey("", "us-east-1", early)]
	c := copyOf(d)
	c.Objects["5b2f.json"] = c.Objects[logKey("", "us-east-1", later)]
	delete(c.Objects, logKey("", "us-east-1", later))
	delete(c.Objects, logKey("", "us-east-1", early))
	expect(t, verifyCopy(t, c, nil), "proven; 1 valid; 1 valid")
}

// What is there and could not be opened is unread: not missing, not damaged,
// and never what makes a copy tampered.
func TestUnread(t *testing.T) {
	d := line(0, 3, nil, nil)
	name := logKey("", "us-east-1", "20240109T0930Z_AbCdEfGhIjKlMnOp")
	d[1].logs[name] = "content"
	c := copyOf(d...)
	o := optionsFor(t, c)
	closed := memoryOf(c)
	for i := range closed.files {
		if f := &closed.files[i]; f.Key == name {
			f.Closed, f.Err, f.Sum, f.Stored = true, errors.New("permission denied"), [32]byte{}, [32]byte{}
		}
	}
	r := verify(t, closed, o)
	expect(t, r, "incomplete; 3 valid; 1 unread")
	if it := itemAt(t, r, name); it.Key != name || it.Reason != "permission denied" || it.ListedBy != d[1].object {
		t.Errorf("%+v", it)
	}

	for i := range closed.files {
		if f := &closed.files[i]; f.Key == d[1].object {
			f.Closed, f.Err, f.Digest = true, errors.New("permission denied"), nil
		}
	}
	expect(t, verify(t, closed, o), "incomplete; 2 valid 1 unread; 1 unread")

	delete(c.Objects, name)
	unread := func(path string, opened bool) Beside {
		return Beside{Kind: BesideUnread, Path: path, Closed: !opened, Reason: "r"}
	}
	const lost = "tampered; 3 valid; 1 missing"
	for _, k := range []struct {
		what Beside
		want string
	}{
		{unread("copy/AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/09", false), "incomplete; 3 valid; 1 unread"},
		{unread("copy/AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/09/more.zip", false), "incomplete; 3 valid; 1 unread"},
		{unread("copy/more.zip", false), "incomplete; 3 valid; 1 unread"},
		{unread("copy/AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/10/more.zip", false), lost},
		{unread("copy/AWSLogs/111122223333/CloudTrail/eu-west-1", false), "incomplete; 3 valid; 1 unread"},
		{unread("copy/garbage.json", true), lost},
		{Beside{Kind: BesideSkipped, Path: "copy/README"}, lost},
	} {
		r := verify(t, surrounded{memoryOf(c), []Beside{k.what}}, o)
		if got := told(r); got != k.want || len(r.Beside) != 1 {
			t.Errorf("%s: %s, want %s", k.what.Path, got, k.want)
		}
	}
	// Nor is it proven, when nothing else is wrong.
	c = copyOf(line(0, 3, nil, nil)...)
	r = verify(t, surrounded{memoryOf(c), []Beside{unread("copy/other.zip", false)}}, optionsFor(t, c))
	expect(t, r, "incomplete; 3 valid; ")
}

// surrounded is a Store that knows what is beside.
type surrounded struct {
	*memory
	beside []Beside
}

func (s surrounded) Besides() ([]Beside, []Finding) { return s.beside, nil }
