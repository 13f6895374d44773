package digest

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"ctlog/internal/testkit/trailgen"
)

// unsignedDigest is one that anybody can have written: nothing proves it.
func unsignedDigest(a, b float64, previous *made, change func(map[string]any)) *made {
	m := hours(a, b, previous)
	m.keepOut, m.change = true, change
	return m
}

// What nothing proves counts against nothing: genuine digests stay valid, and
// nobody misses what a made-up one names or follows.
func TestUnprovenRefutesNothing(t *testing.T) {
	a, b := line(0, 6, nil, nil), line(0, 6, nil, in("eu-west-1"))
	year2099 := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC).Sub(begin).Hours()
	bad := func(hash bool) func(map[string]any) {
		return func(fields map[string]any) {
			fields["previousDigestSignature"] = strings.Repeat("00", 128)
			if hash {
				fields["previousDigestHashValue"] = strings.Repeat("0", 64)
			}
		}
	}
	elsewhere := func(m *made, place string) *made { m.make().object = place + m.object; return m }
	for _, c := range []struct {
		name    string
		digests []*made
		change  func(*Options)
		want    string
	}{
		{"a successor with a bad signature", join(a, []*made{unsignedDigest(6, 7, a[5], bad(false))}), nil, "incomplete; 6 valid 1 unverified; "},
		{"a successor with another hash", join(a, []*made{unsignedDigest(6, 7, a[5], bad(true))}), nil, "tampered; 6 valid 1 altered; "},
		{"a successor with another hash, the genuine one has no metadata",
			join(a[:5], line(5, 1, a[4], func(m *made) { m.keepOut = true }), []*made{unsignedDigest(6, 7, a[5], bad(true))}), nil,
			"incomplete; 5 valid 2 unverified; "},
		{"of 2099", join(a, b, []*made{unsignedDigest(year2099, year2099+1, nil, nil)}), nil, "incomplete; 12 valid 1 unverified; "},
		{"of 2099, with a predecessor", join(a, b, []*made{unsignedDigest(year2099, year2099+1, a[5], bad(false))}), nil, "incomplete; 12 valid 1 unverified; "},
		{"of 2099, with one that is not here", join(a, b, []*made{unsignedDigest(year2099, year2099+1, hours(7, 8, nil), bad(false))}), nil,
			"incomplete; 12 valid 1 unverified; "},
		{"of 2099, in a region of its own", join(a, b, []*made{func() *made {
			m := unsignedDigest(year2099, year2099+1, nil, nil)
			m.region = "ap-south-1"
			return m
		}()}), nil, "incomplete; 12 valid 1 unverified; "},
		{"meets no --until", join(a, []*made{unsignedDigest(6, 9, a[5], bad(false))}), func(o *Options) { o.Until = at(8) },
			"incomplete; 6 valid 1 unverified; ; tail us-east-1 6 of 8"},
		{"meets no --expect-region", join(a, []*made{func() *made {
			m := unsignedDigest(0, 1, nil, nil)
			m.region = "ap-south-1"
			return m
		}()}), func(o *Options) { o.ExpectRegions = []string{"ap-south-1"} }, "incomplete; 6 valid 1 unverified; ; tail ap-south-1 1 of 6; absent ap-south-1"},
		{"a copy in another folder says another key", join(a, []*made{elsewhere(unsignedDigest(2, 3, a[1], bad(false)), "x/")}), nil,
			"tampered; 6 valid 1 altered; "},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, verifyCopy(t, copyOf(c.digests...), c.change), c.want)
		})
	}
}

// A digest whose own hash is proven is in its place even if its key is not at
// hand: what is before it must be there.
func TestHashLinksAreWalked(t *testing.T) {
	change := func(m *made) {
		m.change = func(fields map[string]any) { fields["digestPublicKeyFingerprint"] = "unknown" }
	}
	old := line(0, 4, nil, change)
	list := join(old, line(4, 3, old[3], nil))
	expect(t, verifyCopy(t, copyOf(list...), nil), "incomplete; 3 valid 4 unverified; ")
	expect(t, verifyCopy(t, copyOf(without(list, 1)...), nil), "incomplete; 3 valid 3 unverified; ; gap 1-2 (1) missing digest")
	expect(t, verifyCopy(t, copyOf(list...), func(o *Options) { o.Keys = nil }), "incomplete; 7 unverified; ")
}

// Junk beside a good signature costs nothing, however much there is; junk alone
// says that none verifies.
func TestJunkSignatures(t *testing.T) {
	a := line(0, 3, nil, nil)
	junk := func(n int) func(*Options) {
		return func(o *Options) {
			for i := range n {
				if err := o.Signatures.Add(fmt.Appendf(nil, `{"key":%q,"metadata":{"signature":"%0256x"}}`, a[2].object, i), "junk.jsonl"); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, n := range []int{1, few - 1, few, 20, 3000} {
		expect(t, verifyCopy(t, copyOf(a...), junk(n)), "proven; 3 valid; ")
		c := copyOf(a...)
		c.Objects[a[2].object].Metadata = nil
		expect(t, verifyCopy(t, c, junk(n)), "tampered; 2 valid 1 altered; ")
	}
	// The signature that the successors have, among those of many made-up ones.
	c := copyOf(a...)
	c.Objects[a[1].object].Metadata = nil
	for i := range 40 {
		m := unsignedDigest(2, 2.5+float64(i)/100, a[1], func(fields map[string]any) { fields["previousDigestSignature"] = fmt.Sprintf("%0256x", i) })
		c.Objects[m.make().object] = &trailgen.Stored{Bytes: trailgen.Gzip(m.content)}
	}
	if it := itemAt(t, verifyCopy(t, c, nil), a[1].object); it.Status != Valid || it.Signature != "successor" || it.SignatureFrom != a[2].object {
		t.Errorf("%+v", it)
	}
}

// A signature tells what it is over, if it is one of the key's.
func TestRecover(t *testing.T) {
	key := optionsFor(t, copyOf()).Keys[0]
	d, err := Parse(genuine())
	if err != nil {
		t.Fatal(err)
	}
	good := signatureBytes(sign(genuine()))
	if sum, ok := key.recover(good); !ok || sum != d.Signed || !key.verifies(sum, good) {
		t.Errorf("%x, %v", sum, ok)
	}
	for i := range good {
		bad := append([]byte{}, good...)
		bad[i] ^= 1
		if sum, ok := key.recover(bad); ok {
			t.Errorf("byte %d: %x", i, sum)
		}
	}
	for _, bad := range [][]byte{nil, good[1:], append(good, 0), make([]byte, len(good))} {
		if sum, ok := key.recover(bad); ok {
			t.Errorf("%x: %x", bad, sum)
		}
	}
}

// What could not be opened is neither altered nor missing.
func TestUnreadDigest(t *testing.T) {
	a := line(0, 4, nil, nil)
	closed := func(i int) *Report {
		c := copyOf(a...)
		m, o := memoryOf(c), optionsFor(t, c)
		for k := range m.files {
			if f := &m.files[k]; strings.HasSuffix(f.Path, a[i].object) {
				f.Digest, f.Err, f.Closed, f.Read = nil, os.ErrPermission, true, false
			}
		}
		return verify(t, m, o)
	}
	expect(t, closed(1), "incomplete; 3 valid 1 unread; ")
	expect(t, closed(3), "incomplete; 3 valid 1 unread; ")
	if it := itemAt(t, closed(1), a[1].object); it.Key != a[1].object || it.Reason != os.ErrPermission.Error() {
		t.Errorf("%+v", it)
	}
}

// A digest under a name that is none of a digest's takes full part: in its
// chain, and for the logs that it lists.
func TestRenamedDigests(t *testing.T) {
	whole := trail(6, nil)
	renamed := clone(whole)
	for i, path := range whole.Digests() {
		o := renamed.Objects[path]
		delete(renamed.Objects, path)
		renamed.Objects[fmt.Sprintf("evidence/%d.json.gz", i)] = &trailgen.Stored{Bytes: o.Bytes}
	}
	r := verify(t, memoryOf(renamed), optionsFor(t, whole))
	expect(t, r, "proven; 6 valid; 12 valid")
	for i := range whole.Digests() {
		if it := itemAt(t, r, fmt.Sprintf("evidence/%d.json.gz", i)); it.Key != whole.Digests()[i] || it.Reason != "under another name: "+it.Path {
			t.Errorf("%+v", it)
		}
	}
	delete(renamed.Objects, "evidence/3.json.gz")
	expect(t, verify(t, memoryOf(renamed), optionsFor(t, whole)), "tampered; 5 valid 1 missing; 10 valid 2 uncovered; gap 3.0919444444444446-4.091944444444445 (1) missing digest")
}

// Metadata is found by the file's own name too, which head-object was called
// with.
func TestRenamedMetadata(t *testing.T) {
	m := hours(0, 1, nil).make()
	store := &memory{bodies: map[string][]byte{}}
	store.add("d.json", m.content)
	o := optionsFor(t, copyOf())
	if err := o.Signatures.Add([]byte(`{"Metadata":{"signature":"`+m.signature+`"}}`), "copy/d.json.metadata.json"); err != nil {
		t.Fatal(err)
	}
	r := verify(t, store, o)
	if it := itemAt(t, r, "d.json"); it.Status != Valid || it.SignatureFrom != "copy/d.json.metadata.json" {
		t.Errorf("%+v", it)
	}
}
