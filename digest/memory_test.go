package digest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"ctlog/internal/testkit/trailgen"
	"ctlog/source"
)

// begin is when the trails of these tests begin.
var begin = time.Date(2024, 1, 9, 8, 0, 0, 0, time.UTC)

// quick is the key that they are signed with.
var quick = trailgen.NewKey("quick", false, begin.Add(-48*time.Hour), begin.Add(30*24*time.Hour))

// trail is a small one; change adjusts it.
func trail(hours int, change func(*trailgen.Signed)) *trailgen.Copy {
	s := trailgen.Signed{Keys: []trailgen.Key{quick}}
	s.Seed, s.Start, s.Hours, s.FilesPerHour, s.RecordsPerFile = 5, begin, hours, 2, 2
	if change != nil {
		change(&s)
	}
	return s.Copy()
}

// clone is a copy to be tampered with; making a trail takes longer.
func clone(c *trailgen.Copy) *trailgen.Copy {
	twin := *c
	twin.Objects = map[string]*trailgen.Stored{}
	for p, o := range c.Objects {
		stored := *o
		twin.Objects[p] = &stored
	}
	return &twin
}

func twoRegions(s *trailgen.Signed) { s.Regions = []string{"us-east-1", "eu-west-1"} }

// memory is a Store in memory.
type memory struct {
	files  []File
	bodies map[string][]byte // inflated
	once   bool              // it can be read only once
	passes int
}

// memoryOf holds a copy as the command would hand it over.
func memoryOf(c *trailgen.Copy) *memory {
	m := &memory{bodies: map[string][]byte{}}
	for _, p := range slices.Sorted(maps.Keys(c.Objects)) {
		m.add(p, c.Objects[p].Bytes)
	}
	return m
}

func (m *memory) add(path string, stored []byte) {
	body, members, err := inflate(stored)
	f := File{Path: "copy/" + path, Key: path, Name: names(path), Stored: sha256.Sum256(stored), Members: members, Err: err, Read: true}
	if short := source.ShortKey(path); short != "" {
		f.Key = short
	}
	if err == nil {
		f.Sum = sha256.Sum256(body)
	}
	hasEvents := bytes.Contains(body, []byte(`"eventName"`))
	if f.Name.Kind == Unknown && (hasEvents || bytes.Contains(body, []byte(`"Records"`))) {
		f.Name.Kind = Log
	}
	f.Events = f.Name.Kind == Other && hasEvents && !bytes.Contains(body, []byte(`"Insight"`))
	if f.Name.Kind == Unknown && bytes.Contains(body, []byte(`"digestStartTime"`)) {
		f.Name.Kind = DigestFile
	}
	if f.Name.Kind == DigestFile && err == nil {
		f.Digest, f.Err = Parse(body)
		if members > 1 {
			f.Digest, f.Err = nil, errors.New("more than one member")
		}
	}
	m.files = append(m.files, f)
	m.bodies[f.Path] = body
}

func inflate(stored []byte) (body []byte, members int, err error) {
	if len(stored) > 0 && stored[0] == '{' {
		return stored, 0, nil
	}
	for rest := bytes.NewReader(stored); members == 0 || rest.Len() > 0; members++ {
		z, err := gzip.NewReader(rest)
		if err != nil {
			return nil, members, err
		}
		z.Multistream(false)
		b, err := io.ReadAll(z)
		if err != nil {
			return nil, members, err
		}
		body = append(body, b...)
	}
	return body, members, nil
}

func names(s string) Name {
	k := source.ParseKey(s)
	kinds := map[source.Kind]Kind{source.KindUnknown: Unknown, source.KindMetadata: Unknown, source.KindLog: Log, source.KindDigest: DigestFile}
	kind, ok := kinds[k.Kind]
	if !ok {
		kind = Other
	}
	n := Name{kind, k.Account, k.Org, k.Region, k.Time, k.Trail, k.HomeRegion, k.Backfill, k.Foreign, ""}
	if kind == Other {
		n.Word = k.Kind.String()
	}
	return n
}

func (m *memory) Files(_ context.Context, read func(FileID, Name) bool, take func(File) error) error {
	if m.passes++; m.once && m.passes > 1 {
		return ErrOnce
	}
	for _, f := range m.files {
		if f.Name.Kind != DigestFile && !read(f.ID(), f.Name) {
			f.Sum, f.Members, f.Err, f.Read = [32]byte{}, 0, nil, false
		}
		if err := take(f); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Events(_ context.Context, wanted func(FileID) bool, texts []string, take func(FileID, []byte) error) error {
	if m.once {
		return ErrOnce
	}
	for _, f := range m.files {
		if !wanted(f.ID()) {
			continue
		}
		var doc struct{ Records []json.RawMessage }
		json.Unmarshal(m.bodies[f.Path], &doc)
		for _, raw := range doc.Records {
			if !slices.ContainsFunc(texts, func(s string) bool { return bytes.Contains(raw, []byte(s)) }) {
				continue
			}
			if err := take(f.ID(), raw); err != nil {
				return err
			}
		}
	}
	return nil
}

// optionsFor is what is known beside a copy: its keys and kept metadata.
func optionsFor(t testing.TB, c *trailgen.Copy) Options {
	t.Helper()
	keys, err := ParseKeys(trailgen.PublicKeys(c.Keys...))
	if err != nil {
		t.Fatal(err)
	}
	return Options{Keys: keys, Signatures: signaturesOf(t, c), Names: names}
}

func signaturesOf(t testing.TB, c *trailgen.Copy) *Signatures {
	s := &Signatures{}
	for line := range bytes.Lines(c.MetadataLines()) {
		if err := s.Add(line, ""); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func verify(t testing.TB, s Store, o Options) *Report {
	t.Helper()
	r, err := Verify(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	check(t, r)
	return r
}

func verifyCopy(t testing.TB, c *trailgen.Copy, change func(*Options)) *Report {
	t.Helper()
	o := optionsFor(t, c)
	if change != nil {
		change(&o)
	}
	return verify(t, memoryOf(c), o)
}

// check is what holds of every report, whatever the evidence.
func check(t testing.TB, r *Report) {
	t.Helper()
	var digests, logs Counts
	last := Item{}
	for it := range r.Items() {
		if it.Digest {
			digests[it.Status]++
		} else {
			logs[it.Status]++
		}
		if it.Status == Undecided || it.Status >= statuses {
			t.Errorf("%s has no status", it.Key)
		}
		if it.Status != Valid && it.Reason == "" {
			t.Errorf("%s is %s for no reason", it.Key, it.Status)
		}
		if last.Key > it.Key || last.Key == it.Key && last.Path > it.Path {
			t.Errorf("%q %q stands before %q %q", last.Key, last.Path, it.Key, it.Path)
		}
		if last.Key == it.Key && last.Path == it.Path && last.Member == it.Member && last.Digest == it.Digest && it.Key != "" {
			t.Errorf("%q %q stands there twice", it.Key, it.Path)
		}
		last = it
	}
	if digests != r.Digests || logs != r.Logs {
		t.Errorf("the items are %v and %v, counted are %v and %v", digests, logs, r.Digests, r.Logs)
	}
	checkVerdict(t, r)
}

func checkVerdict(t testing.TB, r *Report) {
	t.Helper()
	bad, open := 0, 0
	for s := range statuses {
		n := r.Digests[s] + r.Logs[s]
		switch s {
		case Undecided, Valid, Duplicate:
		case Altered, Missing, Unreadable, Unreferenced:
			bad += n
		default:
			open += n
		}
	}
	gaps := 0
	for _, f := range r.Findings {
		if f.Kind == Gap {
			gaps++
			if f.Hours < 0 || f.To.Before(f.From) {
				t.Errorf("a gap of %d hours, %s to %s", f.Hours, f.From, f.To)
			}
		}
		switch f.Kind {
		case Gap, Tail, Absent, Moved, Restart:
			open++
		case Key:
			if !f.Accepted {
				open++
			}
		case Conflict:
			bad++
		}
	}
	want := Proven
	if open > 0 || r.Digests.Total() == 0 {
		want = Incomplete
	}
	if bad > 0 {
		want = Tampered
	}
	if r.Unread() > 0 && bad == 0 {
		want = Incomplete
	}
	if n := r.unproven(); r.Unproven != n || r.Verdict == Proven && n > r.Other {
		t.Errorf("%s, unproven %d, counted %d, other %d", r.Verdict, r.Unproven, n, r.Other)
	}
	if r.CountBeside(BesideOther) != r.Other {
		t.Errorf("%d other, %d named", r.Other, r.CountBeside(BesideOther))
	}
	if r.Verdict != want || gaps != r.Gaps {
		t.Errorf("verdict %s, want %s; %d gaps, counted %d", r.Verdict, want, gaps, r.Gaps)
	}
}

// dump is all of a report as text.
func dump(r *Report) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Verdict, counted(r.Digests), "/", counted(r.Logs), r.Other, r.Gaps, r.Chains, r.From, r.To)
	for it := range r.Items() {
		fmt.Fprintf(&b, "%+v\n", it)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%+v\n", f)
	}
	fmt.Fprintf(&b, "%+v\n%+v\n%v\n%+v\n%v\n%+v\n%+v\n", r.Spans, r.Lacking, r.Folders, r.Beside, r.Unproven, r.Partial, r.Keys)
	return b.String()
}

// counted is "3 valid 1 altered".
func counted(c Counts) string {
	var list []string
	for s, n := range c {
		if n > 0 {
			list = append(list, fmt.Sprintf("%d %s", n, Status(s)))
		}
	}
	return strings.Join(list, " ")
}

// itemAt gives the item of a file.
func itemAt(t testing.TB, r *Report, path string) Item {
	t.Helper()
	for it := range r.Items() {
		if it.Path == "copy/"+path {
			return it
		}
	}
	t.Fatalf("nothing is said about %s", path)
	return Item{}
}

// findingsOf gives the findings of a kind.
func findingsOf(r *Report, kind FindingKind) (list []Finding) {
	for _, f := range r.Findings {
		if f.Kind == kind {
			list = append(list, f)
		}
	}
	return list
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
