package idset

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// adder is what both kinds of sets are.
type adder interface {
	Add(Entry) Verdict
	Len() int
}

// Fingerprints say of random IDs, events that come again and events that differ what
// a Set says. They differ by chance in one run of ten million, or, for what
// differs, where eleven bits of checksum agree.
func TestPrintsAreASet(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var exact Set
	var prints FingerprintSet
	said := map[[2]Verdict]int{}
	for range 300_000 {
		i := r.IntN(150_000)
		id := fmt.Appendf(nil, "%08x-0000-4000-8000-%012x", i, i*7919)
		event := fmt.Appendf(nil, "%d %v", i, r.IntN(20) == 0)
		e := Of(id, event)
		said[[2]Verdict{exact.Add(e), prints.Add(e)}]++
	}
	for pair, n := range said {
		if pair[0] != pair[1] && (pair != [2]Verdict{Differs, Same} || n > 100) {
			t.Errorf("exact %d, prints %d: %d times", pair[0], pair[1], n)
		}
	}
	if said[[2]Verdict{Differs, Differs}] < 1000 || prints.Len() != exact.Len() {
		t.Errorf("%v, %d IDs of %d", said, prints.Len(), exact.Len())
	}
}

// An ID costs no more than twelve bytes, and at no time all of them twice.
func TestPrintsAreSmall(t *testing.T) {
	var prints FingerprintSet
	r := rand.New(rand.NewPCG(3, 4))
	for range 400_000 {
		var e Entry
		for i := range e.id {
			e.id[i] = byte(r.Uint32())
		}
		e.sum = r.Uint64() | 1
		prints.Add(e)
	}
	slots := 0
	for _, p := range prints.parts {
		slots += cap(p.slots)
	}
	if perID := float64(8*slots) / float64(prints.Len()); perID > 12.5 {
		t.Errorf("%.1f bytes an ID", perID)
	}
}

// aLog is how many IDs are added at a time.
const aLog = 500

// BenchmarkAdd adds half a million IDs, a log at a time, to an empty set.
func BenchmarkAdd(b *testing.B) {
	ids := randomEntries(1000 * aLog)
	b.Run("set", func(b *testing.B) { addAll(b, ids, func() adder { return new(Set) }, nil) })
	b.Run("prints", func(b *testing.B) { addAll(b, ids, func() adder { return new(FingerprintSet) }, nil) })
	b.Run("prints, warmed", func(b *testing.B) {
		addAll(b, ids, func() adder { return new(FingerprintSet) }, func(a adder, log []Entry) { a.(*FingerprintSet).Prefetch(log) })
	})
}

func randomEntries(n int) []Entry {
	random := rand.NewChaCha8([32]byte{})
	entries := make([]Entry, n)
	for i := range entries {
		random.Read(entries[i].id[:])
		entries[i].sum = random.Uint64() | 1
	}
	return entries
}

func addAll(b *testing.B, ids []Entry, empty func() adder, prefetched func(adder, []Entry)) {
	for b.Loop() {
		set := empty()
		for log := range slices.Chunk(ids, aLog) {
			if prefetched != nil {
				prefetched(set, log)
			}
			for _, e := range log {
				set.Add(e)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(ids)), "ns/ID")
}
