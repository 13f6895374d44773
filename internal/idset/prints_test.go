package idset

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// adder is what both kinds of sets are.
type adder interface {
	Add(Entry) Verdict
	Len() int
}

// Prints say of random IDs, events that come again and events that differ what
// a Set says. They differ by chance in one run of ten million, or, for what
// differs, where eleven bits of checksum agree.
func TestPrintsAreASet(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var exact Set
	var prints Prints
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
	var prints Prints
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

func BenchmarkPrints(b *testing.B) {
	for _, s := range []adder{new(Set), new(Prints)} {
		b.Run(fmt.Sprintf("%T", s), func(b *testing.B) {
			r := rand.New(rand.NewPCG(5, 6))
			var e Entry
			for b.Loop() {
				a, c := r.Uint64(), r.Uint64()
				for i := range 8 {
					e.id[i], e.id[i+8] = byte(a>>(8*i)), byte(c>>(8*i))
				}
				e.sum = a | 1
				s.Add(e)
			}
		})
	}
}
