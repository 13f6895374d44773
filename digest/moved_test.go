package digest

import (
	"strings"
	"testing"
)

// inBucket signs a digest for a bucket.
func inBucket(bucket string) func(*made) {
	return func(m *made) {
		m.change = func(fields map[string]any) {
			fields["digestS3Bucket"] = bucket
			if m.previous != nil && m.previous.bucket != "" {
				fields["previousDigestS3Bucket"] = m.previous.bucket
			}
		}
		m.bucket = bucket
	}
}

// A digest is signed for a bucket. One that was read from another, or expected
// in another, or that follows those of another, proves nothing about this one.
func TestMoved(t *testing.T) {
	a := line(0, 4, nil, nil)
	changed := join(a, line(4, 2, a[3], inBucket("new")))
	from := func(bucket string) func(*memory, *Options) {
		return func(m *memory, _ *Options) {
			for i := range m.files {
				m.files[i].Bucket = bucket
			}
		}
	}
	expected := func(bucket string) func(*memory, *Options) {
		return func(_ *memory, o *Options) { o.ExpectBucket = bucket }
	}
	for _, c := range []struct {
		name    string
		digests []*made
		change  func(*memory, *Options)
		want    string
	}{
		{"read from where it is signed for", a, from("b"), "proven; 4 valid; "},
		{"read from elsewhere", a, from("c"), "incomplete; 4 valid; ; moved 4 to b, not c"},
		{"read from elsewhere, as expected", a, func(m *memory, o *Options) { from("c")(m, o); expected("b")(m, o) }, "proven; 4 valid; "},
		{"expected", a, expected("b"), "proven; 4 valid; "},
		{"expected elsewhere", a, expected("c"), "incomplete; 4 valid; ; moved 4 to b, not c"},
		{"changed", changed, nil, "incomplete; 6 valid; ; moved 1 to new, not b"},
		{"changed, the old gone", changed[4:], nil, "incomplete; 2 valid; ; head 4; moved 1 to new, not b"},
		{"changed, the new expected", changed, expected("new"), "incomplete; 6 valid; ; moved 4 to b, not new; moved 1 to new, not b"},
		{"changed, the new read", changed, from("new"), "incomplete; 6 valid; ; moved 4 to b, not new; moved 1 to new, not b"},
		{"changed before --since", changed, func(_ *memory, o *Options) { o.Since = at(5) }, "proven; 1 valid; "},
		{"unproven", a, func(m *memory, o *Options) { from("c")(m, o); o.Keys = nil }, "incomplete; 4 unverified; "},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := copyOf(c.digests...)
			m, o := memoryOf(all), optionsFor(t, all)
			if c.change != nil {
				c.change(m, &o)
			}
			expect(t, verify(t, m, o), c.want)
		})
	}
	r := verifyCopy(t, copyOf(changed...), nil)
	if f := findingsOf(r, Moved)[0]; f.First != changed[4].object || !f.From.Equal(at(4)) || !f.To.Equal(at(5)) || f.Reason != movedInChain || f.Account != account {
		t.Errorf("%+v", f)
	}
	if len(r.Spans) != 2 || r.Spans[0].Bucket != "b" || r.Spans[1].Bucket != "new" {
		t.Errorf("%+v", r.Spans)
	}
}

// A copy in another bucket beside the original is only one more copy.
func TestReplicaBesideOriginal(t *testing.T) {
	all := copyOf(line(0, 3, nil, nil)...)
	m, o := memoryOf(all), optionsFor(t, all)
	for _, f := range m.files {
		f.Bucket = "replica"
		f.Path = strings.Replace(f.Path, "copy/", "a/", 1)
		m.files = append(m.files, f)
	}
	for i := range m.files[:3] {
		m.files[i].Bucket = "b"
	}
	expect(t, verify(t, m, o), "proven; 6 valid; ")
}

// Keys that are used as they should not be leave the evidence incomplete,
// unless the user takes them.
func TestKeyUse(t *testing.T) {
	a := line(0, 4, nil, nil)
	region := func(name string) func(*Options) { return func(o *Options) { o.Keys[0].Origin.Region = name } }
	accepted := func(change func(*Options), fingerprint string) func(*Options) {
		return func(o *Options) { change(o); o.AcceptKeys = []string{"00", fingerprint} }
	}
	misnamed := func(o *Options) { o.Keys[0].Fingerprint = "0123" }
	for _, c := range []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"of the region", region("us-east-1"), "proven; 4 valid; "},
		{"of another", region("eu-west-1"), "incomplete; 4 valid; ; key 4"},
		{"of another, accepted", accepted(region("eu-west-1"), strings.ToUpper(quick.Fingerprint())), "proven; 4 valid; ; key 4 accepted"},
		{"of another, another accepted", accepted(region("eu-west-1"), "11"), "incomplete; 4 valid; ; key 4"},
		{"misnamed, accepted by its name", accepted(misnamed, "0123"), "proven; 4 valid; ; key 4 accepted"},
		{"misnamed, accepted by its MD5", accepted(misnamed, quick.Fingerprint()), "proven; 4 valid; ; key 4 accepted"},
		{"out of time, accepted", accepted(func(o *Options) { o.Keys[0].End = at(2) }, quick.Fingerprint()), "proven; 4 valid; ; key 2 accepted"},
		{"twice, once of the region", func(o *Options) {
			o.Keys = append(o.Keys, o.Keys[0])
			region("eu-west-1")(o)
			o.Keys[1].Origin.Region = "us-east-1"
		}, "proven; 4 valid; "},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, verifyCopy(t, copyOf(a...), c.change), c.want)
		})
	}
}

// A report names the keys that proved something.
func TestKeysInReport(t *testing.T) {
	a := line(0, 4, nil, nil)
	r := verifyCopy(t, copyOf(a...), func(o *Options) {
		o.Keys[0].Origin.Source = "--keys keys.json"
		o.Keys = append(o.Keys, PublicKey{Fingerprint: "00", RSA: o.Keys[0].RSA})
		o.Since = at(1)
	})
	if len(r.Keys) != 1 || r.Keys[0].Fingerprint != quick.Fingerprint() || r.Keys[0].Digests != 3 || r.Keys[0].Origin.Source != "--keys keys.json" || r.Keys[0].DER == [32]byte{} {
		t.Errorf("%+v", r.Keys)
	}
}
