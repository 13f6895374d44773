package digest

import (
	"slices"
	"testing"

	"ctlog/internal/testkit/trailgen"
)

// faults are the outcomes for every fault that a copy can have, of a trail of
// two regions, six hours, two logs an hour: verdict, digests, logs.
var faults = map[string][3]string{
	"log-byte":                {"tampered", "12 valid", "23 valid 1 altered"},
	"log-deleted":             {"tampered", "12 valid", "23 valid 1 missing"},
	"log-emptied":             {"tampered", "12 valid", "23 valid 1 unreadable"},
	"log-truncated":           {"tampered", "12 valid", "23 valid 1 unreadable"},
	"log-trailer-cut":         {"tampered", "12 valid", "23 valid 1 unreadable"},
	"log-garbage-behind":      {"tampered", "12 valid", "23 valid 1 unreadable"},
	"log-second-member":       {"tampered", "12 valid", "23 valid 1 altered"},
	"log-empty-member":        {"proven", "12 valid", "24 valid"},
	"log-recompressed":        {"proven", "12 valid", "24 valid"},
	"log-gunzipped":           {"proven", "12 valid", "24 valid"},
	"log-renamed":             {"proven", "12 valid", "24 valid"},
	"log-copied":              {"proven", "12 valid", "24 valid 1 duplicate"},
	"log-downloaded-twice":    {"proven", "12 valid", "24 valid 1 duplicate"},
	"log-copied-elsewhere":    {"proven", "12 valid", "24 valid 1 duplicate"},
	"log-copied-foreign":      {"proven", "12 valid", "24 valid 1 duplicate"},
	"log-foreign":             {"tampered", "12 valid", "24 valid 1 unreferenced"},
	"log-as-insight":          {"incomplete", "12 valid", "24 valid 1 uncovered"},
	"log-as-network":          {"incomplete", "12 valid", "24 valid 1 uncovered"},
	"log-as-aggregated":       {"incomplete", "12 valid", "24 valid 1 uncovered"},
	"insight":                 {"proven", "12 valid", "24 valid"},
	"log-twin":                {"tampered", "12 valid", "24 valid 1 unreferenced"},
	"log-injected":            {"tampered", "12 valid", "24 valid 1 unreferenced"},
	"log-event-removed":       {"tampered", "12 valid", "23 valid 1 altered"},
	"log-oldest-deleted":      {"incomplete", "12 valid", "23 valid 1 outside"},
	"before-restart-deleted":  {"proven", "12 valid", "24 valid"}, // there was none
	"region-restarted":        {"incomplete", "7 valid", "14 valid"},
	"logs-swapped":            {"tampered", "12 valid", "22 valid 2 altered"},
	"digest-recompressed":     {"proven", "12 valid", "24 valid"},
	"digest-reformatted":      {"tampered", "11 valid 1 altered", "22 valid 2 unverified"},
	"digest-deleted":          {"tampered", "11 valid 1 missing", "22 valid 2 uncovered"},
	"digests-deleted":         {"tampered", "9 valid 1 missing", "18 valid 6 uncovered"},
	"digest-oldest-deleted":   {"incomplete", "11 valid", "22 valid 2 uncovered"},
	"digest-emptied":          {"tampered", "11 valid 1 unreadable", "22 valid 2 uncovered"},
	"digest-truncated":        {"tampered", "11 valid 1 unreadable", "22 valid 2 uncovered"},
	"digest-trailer-cut":      {"tampered", "11 valid 1 unreadable", "22 valid 2 uncovered"},
	"digest-garbage-behind":   {"tampered", "11 valid 1 unreadable", "22 valid 2 uncovered"},
	"digest-empty-member":     {"tampered", "11 valid 1 unreadable", "22 valid 2 uncovered"},
	"digest-foreign":          {"tampered", "11 valid 1 altered", "22 valid 2 uncovered"},
	"digest-foreign-known":    {"tampered", "11 valid 1 altered", "22 valid 2 uncovered"},
	"digest-replayed":         {"tampered", "11 valid 1 altered", "22 valid 2 uncovered"},
	"digest-renamed":          {"proven", "12 valid", "24 valid"},
	"digests-renamed":         {"proven", "12 valid", "24 valid"},
	"digests-lowercased":      {"proven", "12 valid", "24 valid"},
	"digest-downloaded-twice": {"proven", "13 valid", "24 valid"},
	"digest-as-another":       {"tampered", "11 valid 1 altered 1 missing", "22 valid 2 unverified"},
	"digest-junk-successor":   {"incomplete", "12 valid 1 unverified", "24 valid"},
	"digest-junk-hash":        {"tampered", "12 valid 1 altered", "24 valid"},
	"digest-junk-2099":        {"incomplete", "12 valid 1 unverified", "24 valid"},
	"newest-two-cut-off":      {"proven", "8 valid", "16 valid"},
	"metadata-junk":           {"proven", "12 valid", "24 valid"},
	"digests-cut-off":         {"incomplete", "6 valid", "12 valid 12 uncovered"},
	"all-cut-off":             {"proven", "6 valid", "12 valid"},
	"digests-gone":            {"incomplete", "", "24 uncovered"},
	"region-cut-off":          {"incomplete", "9 valid", "18 valid"},
	"region-gone":             {"incomplete", "6 valid", "12 valid 12 uncovered"},
	"metadata-lost":           {"incomplete", "10 valid 2 unverified", "20 valid 4 unverified"},
	"metadata-garbage":        {"proven", "12 valid", "24 valid"},
	"metadata-garbage-newest": {"tampered", "11 valid 1 altered", "22 valid 2 unverified"},
	"flattened":               {"proven", "12 valid", "24 valid"},
}

// What a changed byte does depends on the byte.
var anyOutcome = []string{"digest-byte", "digest-stored-byte", "log-stored-byte"}

func TestFaults(t *testing.T) {
	whole := trail(6, twoRegions)
	for _, f := range trailgen.Faults {
		t.Run(f.Name, func(t *testing.T) {
			c := clone(whole)
			f.Apply(c, random(3))
			r := verifyCopy(t, c, nil)
			got := [3]string{r.Verdict.String(), counted(r.Digests), counted(r.Logs)}
			if want, ok := faults[f.Name]; got != want && !slices.Contains(anyOutcome, f.Name) {
				t.Errorf("got %q, want %q (known: %v)", got, want, ok)
			}
		})
	}
}

// Two faults at once: reports hold together, and no fault hides another.
func TestFaultsInPairs(t *testing.T) {
	whole := trail(4, nil)
	for i, a := range trailgen.Faults {
		for j, b := range trailgen.Faults {
			if (7*i+j)%12 != 0 { // all pairs take a while
				continue
			}
			c := clone(whole)
			r := random(uint64(i*100 + j))
			a.Apply(c, r)
			b.Apply(c, r)
			verifyCopy(t, c, nil)
		}
	}
}

// The order in which a store hands files over decides nothing.
func TestOrderIndependence(t *testing.T) {
	whole := trail(5, func(s *trailgen.Signed) { twoRegions(s); s.Late = 1; s.Restart = []int{3} })
	for i, f := range trailgen.Faults {
		c := clone(whole)
		f.Apply(c, random(uint64(i)))
		trailgen.FaultNamed("log-copied").Apply(c, random(uint64(i)+7))
		m, o := memoryOf(c), optionsFor(t, c)
		want := dump(verify(t, m, o))
		for k := range 2 {
			random(uint64(k)).Shuffle(len(m.files), func(a, b int) { m.files[a], m.files[b] = m.files[b], m.files[a] })
			if got := dump(verify(t, m, o)); got != want {
				t.Fatalf("%s: in another order:\n%s\nwant\n%s", f.Name, got, want)
			}
		}
	}
}

// What grep --verified is told of a file is what verify says.
func TestTrustAgrees(t *testing.T) {
	whole := trail(6, twoRegions)
	for i, f := range trailgen.Faults {
		c := clone(whole)
		f.Apply(c, random(uint64(i)))
		m, o := memoryOf(c), optionsFor(t, c)
		trust, err := Read(t.Context(), m, o)
		if err != nil {
			t.Fatal(err)
		}
		r := verify(t, m, o)
		said := map[string]Item{}
		for it := range r.Items() {
			said[it.Path] = it
		}
		for _, file := range m.files {
			status, reason := trust.Judge(file)
			if file.Name.Kind == DigestFile {
				if status != said[file.Path].Status {
					t.Errorf("%s: %s: %s, verify says %s", f.Name, file.Path, status, said[file.Path].Status)
				}
				continue
			}
			it := said[file.Path]
			alike := status == it.Status && reason == it.Reason || status.Proven() && it.Status.Proven() // which of two is the copy is known when both were read
			if it.Status != Undecided && !alike {
				t.Errorf("%s: %s: %s %q, verify says %s %q", f.Name, file.Path, status, reason, it.Status, it.Reason)
			}
		}
	}
}
