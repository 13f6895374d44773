package digest

import (
	"strings"
	"testing"
	"time"

	"ctlog/internal/testkit/trailgen"
)

func at(hour float64) time.Time { return begin.Add(time.Duration(hour * float64(time.Hour))) }

// line makes n digests of an hour each that follow each other from an hour on.
func line(from, n int, previous *made, change func(*made)) (list []*made) {
	for i := range n {
		m := hours(float64(from+i), float64(from+i+1), previous)
		if change != nil {
			change(m)
		}
		list, previous = append(list, m), m
	}
	return list
}

func in(region string) func(*made) { return func(m *made) { m.region = region } }

// without leaves digests out, by their place.
func without(list []*made, out ...int) (rest []*made) {
	for i, m := range list {
		m.make()
		keep := true
		for _, o := range out {
			keep = keep && i != o
		}
		if keep {
			rest = append(rest, m)
		}
	}
	return rest
}

func join(lists ...[]*made) (all []*made) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

func TestChains(t *testing.T) {
	a, b := line(0, 6, nil, nil), line(0, 6, nil, in("eu-west-1"))
	restarted := line(8, 3, nil, nil)
	unsigned := func(m *made) { m.keepOut = true }
	late := func(m *made) { m.backfill = true }
	backfills := line(0, 1, nil, late)
	backfills = append(backfills, line(4, 1, backfills[0], late)...)
	since := func(h float64) func(*Options) { return func(o *Options) { o.Since = at(h) } }
	until := func(h float64) func(*Options) { return func(o *Options) { o.Until = at(h) } }
	for _, c := range []struct {
		name    string
		digests []*made
		change  func(*Options)
		want    string
	}{
		{"whole", a, nil, "proven; 6 valid; "},
		{"nothing", nil, nil, "incomplete; ; "},
		{"head", without(a, 0), nil, "proven; 5 valid; ; head 1"},
		{"head, since before", without(a, 0), since(0.5), "tampered; 5 valid 1 missing; ; gap 0.5-1 (1) missing digest"},
		{"head, since after", without(a, 0), since(1.5), "proven; 5 valid; ; head 1"},
		{"two gone at the head, since long before", without(a, 0, 1), since(-1), "tampered; 4 valid 1 missing; ; gap -1-2 (3) missing digest"},
		{"since before the first of all", a, since(-3), "incomplete; 6 valid; ; gap -3-0 (3) the chain begins after --since"},
		{"one gone", without(a, 2), nil, "tampered; 5 valid 1 missing; ; gap 2-3 (1) missing digest"},
		{"three gone", without(a, 1, 2, 3), nil, "tampered; 3 valid 1 missing; ; gap 1-4 (3) missing digest"},
		{"two holes", without(a, 1, 4), nil, "tampered; 4 valid 2 missing; ; gap 1-2 (1) missing digest; gap 4-5 (1) missing digest"},
		{"gone before since", without(a, 1), since(3), "proven; 3 valid; "},
		{"restart", join(a, restarted), nil, "incomplete; 9 valid; ; restart 8; gap 6-8 (2) restart"},
		{"restart at once", join(a, line(6, 3, nil, nil)), nil, "incomplete; 9 valid; ; restart 6"},
		{"restart, the old gone, other regions go on", join(restarted, b, line(6, 5, b[5], in("eu-west-1"))), nil,
			"incomplete; 14 valid; ; gap 0-8 (8) restart: in other regions the chains of this trail are older"},
		{"restart, the old gone, alone", restarted, nil, "proven; 3 valid; "},
		{"tail by another region", join(a, without(b, 3, 4, 5)), nil, "incomplete; 9 valid; ; tail eu-west-1 3 of 6"},
		{"two hours are no tail", join(a, without(b, 4, 5)), nil, "proven; 10 valid; "},
		{"tail by until", a, until(9), "incomplete; 6 valid; ; tail us-east-1 6 of 9"},
		{"until is near", a, until(8), "incomplete; 6 valid; ; tail us-east-1 6 of 8"},
		{"until is the end", a, until(6), "proven; 6 valid; "},
		{"until is a second more", a, until(6 + 1./3600), "incomplete; 6 valid; ; tail us-east-1 6 of 6.000277777777778"},
		{"until and another region", join(a, b[:4]), until(5), "incomplete; 9 valid; ; tail eu-west-1 4 of 5"},
		{"until before the end", a, until(2), "proven; 2 valid; "},
		{"another trail is no yardstick", join(a, line(0, 2, nil, func(m *made) { m.trail = "other" })), nil, "proven; 8 valid; "},
		{"the newest has no metadata", join(a[:5], line(5, 1, a[4], unsigned)), nil, "incomplete; 5 valid 1 unverified; "},
		{"backfill", join(a, []*made{{start: at(0), end: at(5), backfill: true}}), nil, "proven; 7 valid; "},
		{"backfills with time between", join(a, backfills), nil, "proven; 8 valid; "},
		{"a backfill that begins again", join(a, line(0, 1, nil, late), line(4, 1, nil, late)), nil, "incomplete; 8 valid; ; restart 4"},
		{"restart, windows overlap", join(a, []*made{hours(5.5, 7, nil)}), nil, "incomplete; 7 valid; ; restart 5.5"},
		{"a backfill gone", join(a, without(line(0, 4, nil, late), 2)), nil, "tampered; 9 valid 1 missing; "},
		{"windows that do not meet", join(a[:3], []*made{hours(4, 5, a[2])}), nil, "incomplete; 4 valid; ; gap 3-4 (1) the windows of the digests do not meet"},
		{"two that name one that is gone", join(a[:2], []*made{hours(3, 4, hours(2, 3, a[1])), hours(4, 5, hours(2, 3, a[1]))}), nil,
			"tampered; 4 valid 1 missing; ; gap 2-3 (1) missing digest"},
		{"expected and there", a, func(o *Options) { o.ExpectAccounts, o.ExpectRegions = []string{account}, []string{"us-east-1"} }, "proven; 6 valid; "},
		{"expected account", a, func(o *Options) { o.ExpectAccounts = []string{"999999999999"} }, "incomplete; 6 valid; ; absent 999999999999"},
		{"expected regions", a, func(o *Options) {
			o.ExpectAccounts, o.ExpectRegions = []string{account}, []string{"us-east-1", "eu-west-1"}
		}, "incomplete; 6 valid; ; absent 111122223333 eu-west-1"},
		{"expected region", a, func(o *Options) { o.ExpectRegions = []string{"eu-west-1"} }, "incomplete; 6 valid; ; absent eu-west-1"},
		{"one region", join(a, without(b, 2)), func(o *Options) { o.Regions = []string{"us-east-1"} }, "proven; 6 valid; "},
		{"one trail", join(a, line(0, 2, nil, func(m *made) { m.trail = "other" })), func(o *Options) { o.Trails = []string{"other"} }, "proven; 2 valid; "},
		{"no such account", a, func(o *Options) { o.Accounts = []string{"999999999999"} }, "incomplete; ; "},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, verifyCopy(t, copyOf(c.digests...), c.change), c.want)
		})
	}
}

// The fields of findings, and of the digest that is missing.
func TestFindings(t *testing.T) {
	a := line(0, 6, nil, nil)
	r := verifyCopy(t, copyOf(without(a, 0, 3)...), nil)
	head, gap := findingsOf(r, Head), findingsOf(r, Gap)
	if len(head) != 1 || head[0].Predecessor != a[0].object || head[0].Account != account || head[0].Region != "us-east-1" || head[0].Trail != "main" || head[0].HomeRegion != "us-east-1" {
		t.Errorf("head: %+v", head)
	}
	if len(gap) != 1 || !gap[0].From.Equal(at(3)) || !gap[0].To.Equal(at(4)) {
		t.Errorf("gap: %+v", gap)
	}
	for it := range r.Items() {
		if it.Status == Missing && (it.Key != a[3].object || it.Bucket != "b" || it.Path != "" || it.Region != "us-east-1" || it.Trail != "main" || !it.End.Equal(at(4)) || !it.Digest) {
			t.Errorf("missing: %+v", it)
		}
	}
	if len(r.Spans) != 2 || r.Spans[0].Digests != 2 || !r.Spans[0].From.Equal(at(1)) || !r.Spans[0].To.Equal(at(3)) || r.Spans[1].Digests != 2 {
		t.Errorf("spans: %+v", r.Spans)
	}
	if !r.From.Equal(at(1)) || !r.To.Equal(at(6)) || r.Chains != 1 {
		t.Errorf("%s to %s, %d chains", r.From, r.To, r.Chains)
	}
}

// Where a proof comes from, and that a bad one does not outweigh a good one.
func TestProofs(t *testing.T) {
	a := line(0, 3, nil, nil)
	r := verifyCopy(t, copyOf(a...), nil)
	if it := itemAt(t, r, a[0].object); it.Signature != "metadata" || it.Bucket != "b" || it.Fingerprint != quick.Fingerprint() || !it.Start.Equal(at(0)) || !it.End.Equal(at(1)) {
		t.Errorf("%+v", it)
	}
	c := copyOf(a...)
	c.Objects[a[0].object].Metadata = nil
	c.Objects[a[1].object].Metadata = map[string]string{"signature": "00ff"}
	r = verifyCopy(t, c, nil)
	for _, m := range a[:2] {
		if it := itemAt(t, r, m.object); it.Status != Valid || it.Signature != "successor" {
			t.Errorf("%+v", it)
		}
	}
}

func TestKeyFindings(t *testing.T) {
	a := line(0, 4, nil, nil)
	window := func(from, to float64) func(*Options) {
		return func(o *Options) { o.Keys[0].Start, o.Keys[0].End = at(from), at(to) }
	}
	for _, c := range []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"within", window(1, 4), "proven; 4 valid; "},
		{"over", window(-9, 2), "incomplete; 4 valid; ; key 2"},
		{"not begun", window(2, 9), "incomplete; 4 valid; ; key 1"},
		{"no window", func(o *Options) { o.Keys[0].Start, o.Keys[0].End = time.Time{}, time.Time{} }, "proven; 4 valid; "},
		{"misnamed", func(o *Options) {
			o.Keys[0].Fingerprint = "0123"
		}, "incomplete; 4 valid; ; key 4"},
		{"both", func(o *Options) { window(-9, 2)(o); o.Keys[0].Fingerprint = "0123" }, "incomplete; 4 valid; ; key 4; key 2"},
		{"no keys", func(o *Options) { o.Keys = nil }, "incomplete; 4 unverified; "},
		{"no keys, no metadata", func(o *Options) { o.Keys, o.Signatures = nil, nil }, "incomplete; 4 unverified; "},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, verifyCopy(t, copyOf(a...), c.change), c.want)
		})
	}
}

// A backfill is signed when it is generated, not at the end of its window.
func TestBackfillKey(t *testing.T) {
	m := &made{start: at(0), end: at(5), backfill: true}
	c := copyOf(m)
	keys := func(o *Options) { o.Keys[0].Start = at(100) }
	expect(t, verifyCopy(t, c, keys), "proven; 1 valid; ")
	c.Objects[m.object].Metadata["backfill-generation-timestamp"] = at(90).Format(time.RFC3339)
	expect(t, verifyCopy(t, c, keys), "incomplete; 1 valid; ; key 1")
	c.Objects[m.object].Metadata["backfill-generation-timestamp"] = at(110).Format(time.RFC3339)
	expect(t, verifyCopy(t, c, keys), "proven; 1 valid; ")
}

// What is known of a key is not undone by a copy of it that says less.
func TestRegionOfAKey(t *testing.T) {
	for _, c := range []struct {
		regions, want string
	}{
		{"", "proven; 3 valid; "}, {"us-east-1", "proven; 3 valid; "}, {"eu-west-1", "incomplete; 3 valid; ; key 3"},
		{" eu-west-1", "incomplete; 3 valid; ; key 3"}, {"eu-west-1 ", "incomplete; 3 valid; ; key 3"}, {"eu-west-1 us-east-1", "proven; 3 valid; "},
	} {
		r := verifyCopy(t, copyOf(line(0, 3, nil, nil)...), func(o *Options) {
			known := o.Keys[0]
			o.Keys = nil
			for _, region := range strings.Split(c.regions, " ") {
				known.Origin.Region = region
				o.Keys = append(o.Keys, known)
			}
		})
		expect(t, r, c.want)
	}
}

func TestLacking(t *testing.T) {
	a, b := line(0, 3, nil, nil), line(1, 3, nil, in("eu-west-1"))
	r := verifyCopy(t, copyOf(join(a, b)...), func(o *Options) { o.Keys = nil })
	want := []KeyNeed{{"eu-west-1", at(2), at(4), []string{quick.Fingerprint()}, 3}, {"us-east-1", at(1), at(3), []string{quick.Fingerprint()}, 3}}
	if len(r.Lacking) != 2 {
		t.Fatalf("%+v", r.Lacking)
	}
	for i, n := range r.Lacking {
		if n.Region != want[i].Region || !n.From.Equal(want[i].From) || !n.To.Equal(want[i].To) || len(n.Fingerprints) != 1 || n.Digests != want[i].Digests || n.Fingerprints[0] != want[i].Fingerprints[0] {
			t.Errorf("%+v, want %+v", n, want[i])
		}
	}
}

// Keys rotate, and are published in two forms.
func TestRotation(t *testing.T) {
	c := trail(6, func(s *trailgen.Signed) {
		s.Keys = append(s.Keys, trailgen.NewKey("second", true, begin, begin.Add(240*time.Hour)))
		s.Rotate, s.Quiet, s.Slashes, s.Org, s.Prefix = 3, 3, true, "o-example", "pre/fix"
	})
	expect(t, verifyCopy(t, c, nil), "proven; 6 valid; 8 valid")
	expect(t, verifyCopy(t, c, func(o *Options) { o.Keys = o.Keys[:1] }), "incomplete; 3 valid 3 unverified; 4 valid 4 unverified")
}

// The key of a digest is what it says itself when its name agrees, else what
// its successor calls it, else its place.
func TestKeysOfDigests(t *testing.T) {
	a := line(0, 3, nil, nil)
	whole := copyOf(a...)
	base := func(i int) string { return a[i].object[strings.LastIndexByte(a[i].object, '/')+1:] }
	for name, c := range map[string]struct {
		from, to string
		content  string
		key      string
		status   Status
	}{
		"in its place":                     {a[1].object, a[1].object, "", a[1].object, Valid},
		"flat":                             {a[1].object, base(1), "", a[1].object, Valid},
		"flat, inflated":                   {a[1].object, strings.TrimSuffix(base(1), ".gz"), "", a[1].object, Valid},
		"flat, unreadable":                 {a[1].object, base(1), "{", a[1].object, Unreadable},
		"flat, unreadable, newest":         {a[2].object, base(2), "{", base(2), Unreadable},
		"in a tree, unreadable, newest":    {a[2].object, "x/" + a[2].object, "{", a[2].object, Unreadable},
		"with the content of an older one": {a[1].object, base(1), string(a[0].content), a[1].object, Altered},
		"newest, with that of an older":    {a[2].object, a[2].object, string(a[0].content), a[2].object, Altered},
		"under no name":                    {a[2].object, "d.json", "", a[2].object, Valid},
		"under no name, in its folder":     {a[1].object, a[1].object[:len(a[1].object)-len(base(1))] + "digest-3.json.gz", "", a[1].object, Valid},
		"in lower case":                    {a[1].object, strings.ToLower(a[1].object), "", a[1].object, Valid},
		"in upper case, flat":              {a[1].object, strings.ToUpper(base(1)), "", a[1].object, Valid},
		"downloaded twice":                 {a[1].object, strings.Replace(base(1), ".json", " (1).json", 1), "", a[1].object, Valid},
		"another's, by its time":           {a[1].object, strings.Replace(base(1), "T100000Z", "T100001Z", 1), "", strings.Replace(base(1), "T100000Z", "T100001Z", 1), Altered},
		"another's, in lower case":         {a[1].object, strings.ToLower(strings.Replace(base(1), "T100000Z", "T100001Z", 1)), "", strings.ToLower(strings.Replace(base(1), "T100000Z", "T100001Z", 1)), Altered},
		"another's, which is named":        {a[1].object, strings.ToLower(base(0)), "", a[0].object, Altered},
	} {
		t.Run(name, func(t *testing.T) {
			moved := clone(whole)
			o := moved.Objects[c.from]
			delete(moved.Objects, c.from)
			if c.content != "" {
				o = &trailgen.Stored{Bytes: []byte(c.content)}
			}
			if strings.HasSuffix(c.to, ".json") && c.content == "" {
				o.Bytes, _, _ = inflate(o.Bytes)
			}
			moved.Objects[c.to] = o
			if it := itemAt(t, verify(t, memoryOf(moved), optionsFor(t, whole)), c.to); it.Key != c.key || it.Status != c.status {
				t.Errorf("%s %s, want %s %s", it.Status, it.Key, c.status, c.key)
			}
		})
	}
}
