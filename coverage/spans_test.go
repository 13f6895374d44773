package coverage

import (
	"math/rand/v2"
	"testing"
)

// Spans are as sets of moments.
func TestSpansAreSets(t *testing.T) {
	const top = 40
	r := rand.New(rand.NewPCG(7, 8))
	for range 2000 {
		var s spans
		var in [top]bool
		for range r.IntN(6) {
			from := r.Int64N(top)
			to := from + 1 + r.Int64N(top-from)
			s = append(s, span{from, to})
			for i := from; i < to; i++ {
				in[i] = true
			}
		}
		since, until := r.Int64N(top), r.Int64N(top)
		settled, cut := s.settled(), s.settled().within(since, until)
		for from := range int64(top) {
			all, any, left := true, false, false
			for to := from + 1; to <= top; to++ {
				all, any = all && in[to-1], any || in[to-1]
				left = left || in[to-1] && to-1 >= since && to-1 < until
				if settled.covers(from, to) != all || settled.touches(from, to) != any || cut.touches(from, to) != left {
					t.Fatalf("%v settled %v from %d to %d: covers %v, touches %v", s, settled, from, to, all, any)
				}
			}
		}
	}
}
