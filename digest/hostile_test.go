package digest

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"ctlog/internal/testkit/trailgen"
)

// forgery makes evidence out of bytes: digests and logs whose names, windows,
// hashes and signatures are of a few kinds, so that they meet.
type forgery struct{ script []byte }

func (f *forgery) next(n int) int {
	if len(f.script) == 0 {
		return 0
	}
	b := f.script[0]
	f.script = f.script[1:]
	return int(b) % n
}

var (
	forgedTimes = []time.Time{at(0), at(1), at(2), at(3), at(4), at(5), {}, time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 1e9, time.UTC)}
	forgedLogs  = []string{early, later, "20240109T1030Z_AbCdEfGhIjKlMnOp", "20240109T1130Z_AbCdEfGhIjKlMnOp"}
	folders     = []string{"", "pre/", "AWSLogs/"}
	regions     = []string{"us-east-1", "eu-west-1"}
	contents    = []string{"a", "b", events(call("1", "StopLogging", 2, ofMain))}
)

func (f *forgery) time() time.Time { return forgedTimes[f.next(len(forgedTimes))] }

func (f *forgery) log() string {
	return logKey(folders[f.next(3)], regions[f.next(2)], forgedLogs[f.next(len(forgedLogs))])
}

// digest is one that may name any other, or itself.
func (f *forgery) digest(others []*made) *made {
	m := &made{start: f.time(), end: f.time(), region: regions[f.next(2)], folder: folders[f.next(3)], backfill: f.next(8) == 1, keepOut: f.next(3) == 0, logs: map[string]string{}}
	if !m.start.Before(m.end) {
		m.start = m.end.Add(-time.Hour)
	}
	if n := len(others); n > 0 && f.next(4) > 0 {
		m.previous = others[f.next(n)]
	}
	for range f.next(4) {
		m.logs[f.log()] = contents[f.next(3)]
	}
	lie := f.next(6)
	m.change = func(fields map[string]any) { f.lie(lie, fields) }
	return m.make()
}

// lie changes what a digest says, before it is signed.
func (f *forgery) lie(kind int, fields map[string]any) {
	switch kind {
	case 1:
		fields["digestS3Object"] = fields["previousDigestS3Object"]
	case 2:
		fields["previousDigestS3Object"] = fields["digestS3Object"]
	case 3:
		fields["digestPublicKeyFingerprint"] = "unknown"
	case 4:
		if fields["previousDigestHashValue"] != nil {
			fields["previousDigestHashValue"] = strings.Repeat("0", 64)
		}
	}
}

// copy makes all of it.
func (f *forgery) copy() *trailgen.Copy {
	var digests []*made
	for range 1 + f.next(7) {
		digests = append(digests, f.digest(digests))
	}
	c := copyOf(digests...)
	for range f.next(4) {
		c.Objects[f.log()] = &trailgen.Stored{Bytes: trailgen.Gzip([]byte(contents[f.next(3)]))}
	}
	for range f.next(3) {
		m := digests[f.next(len(digests))]
		f.spoil(c, m)
	}
	return c
}

func (f *forgery) spoil(c *trailgen.Copy, m *made) {
	o := c.Objects[m.object]
	if o == nil {
		return
	}
	switch f.next(8) {
	case 5: // under a name that is none
		delete(c.Objects, m.object)
		c.Objects["x/"+fmt.Sprint(f.next(3))+".json"] = o
	case 6: // in lower case
		c.Objects["x/"+strings.ToLower(m.object)] = o
	case 7: // under another's name, in lower case
		c.Objects[strings.ToLower(strings.Replace(m.object, "T1", "T0", 1))] = o
	case 0:
		delete(c.Objects, m.object)
	case 1: // under another name
		c.Objects["AWSLogs/x/"+m.object[strings.LastIndexByte(m.object, '/')+1:]] = o
	case 2:
		c.Objects[m.object] = &trailgen.Stored{Bytes: []byte("{}")}
	case 3:
		c.Objects[m.object] = &trailgen.Stored{Bytes: m.content, Metadata: map[string]string{"signature": hex.EncodeToString(m.content[:64])}}
	case 4:
		c.Objects[m.object] = &trailgen.Stored{Bytes: append(m.content[:len(m.content)-1:len(m.content)-1], ' ', '}')}
	}
}

func (f *forgery) options(o *Options) {
	if f.next(3) == 0 {
		o.Since = f.time()
	}
	if f.next(3) == 0 {
		o.Until = f.time()
	}
	if f.next(4) == 1 {
		o.Regions = regions[:1]
	}
	if f.next(4) == 1 {
		o.Keys = nil
	}
	o.UnvalidatedTrail = f.next(4) == 1
	switch f.next(6) * len(o.Keys) {
	case 1:
		o.ExpectBucket = "c"
	case 2:
		o.Keys[0].Origin.Region = regions[f.next(2)]
	case 3:
		o.Keys[0].Origin.Region, o.AcceptKeys = regions[f.next(2)], []string{quick.Fingerprint()}
	}
}

// FuzzVerify feeds forged evidence: nothing panics, reports hold together, the
// order of files decides nothing, and Trust agrees.
func FuzzVerify(f *testing.F) {
	r := random(9)
	for range 60 {
		script := make([]byte, 30+r.IntN(120))
		for i := range script {
			script[i] = byte(r.Uint32())
		}
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		forged := &forgery{script}
		c := forged.copy()
		o := optionsFor(t, c)
		forged.options(&o)
		m := memoryOf(c)
		report := verify(t, m, o)
		want := dump(report)
		reversed := &memory{bodies: m.bodies}
		for i := range m.files {
			reversed.files = append(reversed.files, m.files[len(m.files)-1-i])
		}
		if got := dump(verify(t, reversed, o)); got != want {
			t.Fatalf("in reverse order:\n%s\nwant\n%s", got, want)
		}
		compareTrust(t, m, o, report)
	})
}

// compareTrust asks Trust about every log that was reported.
func compareTrust(t *testing.T, m *memory, o Options, r *Report) {
	trust, err := Read(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]Status{}
	for it := range r.Items() {
		said[it.Path] = it.Status
	}
	for _, file := range m.files {
		status, _ := trust.Judge(file)
		alike := status == said[file.Path] || status.Proven() && said[file.Path].Proven() // which of two is the copy is known when both were read
		if file.Name.Kind == Log && said[file.Path] != Undecided && !alike {
			t.Errorf("%s: %s, verify says %s", file.Path, status, said[file.Path])
		}
	}
}

// Windows of ten thousand years do not overflow.
func TestLongWindows(t *testing.T) {
	old := &made{start: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), end: time.Date(1, 1, 1, 1, 0, 0, 0, time.UTC)}
	r := verifyCopy(t, copyOf(old, hours(0, 1, nil)), nil)
	if gap := findingsOf(r, Gap); len(gap) != 1 || gap[0].Hours < 10000*24 {
		t.Errorf("%+v", gap)
	}
}

// What a digest says that nothing proves does not make less of what is proven.
func TestJunkDoesNotCover(t *testing.T) {
	injected := logKey("", "us-east-1", "20240109T0940Z_Forged0123456789")
	junk := &made{start: at(-9), end: at(2.01), keepOut: true, change: func(m map[string]any) { m["digestPublicKeyFingerprint"] = "unknown" }}
	c := copyOf(join(line(0, 5, nil, nil), []*made{junk})...)
	c.Objects[injected] = &trailgen.Stored{Bytes: trailgen.Gzip([]byte("x"))}
	if it := itemAt(t, verifyCopy(t, c, nil), injected); it.Status != Unreferenced {
		t.Errorf("%s: %s", it.Status, it.Reason)
	}
}

// Work grows with the size of the evidence, not with its square.
func TestNotQuadratic(t *testing.T) {
	const n = 600
	for name, build := range map[string]func(m *memory, o *Options){
		"copies of a digest under many signatures": func(m *memory, o *Options) {
			d := hours(0, 1, nil).make()
			for i := range n {
				m.add(fmt.Sprintf("%d/%s", i, d.object), []byte(strings.Replace(string(d.content), "{", "{"+strings.Repeat(" ", i), 1)))
				o.Signatures.Add([]byte(fmt.Sprintf(`{"key":%q,"metadata":{"signature":"%0128x"}}`, d.object, i)), fmt.Sprint(i))
				o.Signatures.Add([]byte(fmt.Sprintf(`{"key":%q,"metadata":{"signature":"%0256x"}}`, d.object, i)), "")
			}
		},
		"one name in many folders": func(m *memory, _ *Options) {
			d := hours(0, 1, nil)
			for i := range n {
				d.logs[logKey(fmt.Sprintf("%d/", i), "us-east-1", early)] = "x"
			}
			m.add(d.make().object, d.content)
			for i := range n {
				m.add(fmt.Sprintf("q%d/%s", i, logKey("", "us-east-1", early)), []byte("{}"))
			}
		},
		"one content under many names": func(m *memory, _ *Options) {
			d := hours(0, 1, nil)
			for i := range n {
				d.logs[logKey("", "us-east-1", fmt.Sprintf("20240109T0830Z_%016d", i))] = "{}"
			}
			m.add(d.make().object, d.content)
			for i := range n {
				m.add(logKey("", "us-east-1", fmt.Sprintf("20240109T0830Z_x%015d", i)), []byte("{}"))
			}
		},
		"windows without an end": func(m *memory, _ *Options) {
			for i := range n {
				d := &made{start: time.Date(2, 1, 1, 0, 0, 0, 0, time.UTC), end: at(1).Add(time.Duration(i) * time.Second)}
				m.add(d.make().object, d.content)
				m.add(logKey("", "us-east-1", fmt.Sprintf("20240109T0830Z_x%015d", i)), []byte("{}"))
			}
		},
		"trails without number": func(m *memory, _ *Options) {
			for i := range n {
				d := &made{start: time.Date(2, 1, 1, 0, 0, 0, 0, time.UTC), end: at(1), trail: fmt.Sprint("t", i), keepOut: true}
				m.add(d.make().object, d.content)
				m.add(logKey("", "us-east-1", fmt.Sprintf("20240109T0930Z_x%015d", i)), []byte("{}"))
			}
		},
		"copies of a digest and of the next": func(m *memory, _ *Options) {
			first := hours(0, 1, nil).make()
			next := hours(1, 2, first).make()
			for i := range n {
				for _, d := range []*made{first, next} {
					m.add(fmt.Sprintf("%d/%s", i, d.object), []byte(strings.Replace(string(d.content), "{", "{"+strings.Repeat(" ", i), 1)))
				}
			}
		},
		"keys without number": func(m *memory, o *Options) {
			for i, d := range line(0, n, nil, nil) {
				d.previous, d.change = nil, func(m map[string]any) { m["digestPublicKeyFingerprint"] = fmt.Sprint(i) }
				m.add(d.make().object, d.content)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{bodies: map[string][]byte{}}
			o := optionsFor(t, copyOf())
			build(m, &o)
			start := time.Now()
			r := verify(t, m, o)
			if took := time.Since(start); took > 10*time.Second { // many times what it takes
				t.Errorf("%s for %s, %s", took, counted(r.Digests), counted(r.Logs))
			}
		})
	}
}

// A key is fetched for a region; what says none gives no command.
func TestLackingWithoutRegion(t *testing.T) {
	d := hours(0, 1, nil)
	d.change = func(m map[string]any) { m["digestS3Object"] = "d.json" }
	m := &memory{bodies: map[string][]byte{}}
	m.add("d.json", d.make().content)
	if r := verify(t, m, Options{Names: names}); len(r.Lacking) > 0 || r.Verdict != Incomplete {
		t.Errorf("%s, %+v", told(r), r.Lacking)
	}
}
