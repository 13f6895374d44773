package ordered

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func none() struct{} { return struct{}{} }

// As long as there is an item left, no worker is idle, however long the one at
// the head of the line takes.
func TestSlowHeadStopsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		work := func(_ context.Context, _ struct{}, i int, s *Slot[int]) {
			time.Sleep(time.Millisecond)
			if i == 0 {
				time.Sleep(399 * time.Millisecond)
			}
			s.Put(i, 1)
		}
		var got []int
		start := time.Now()
		err := Run(t.Context(), Config{Jobs: 2, Window: 500}, numbers(400), none, work, func(i int) error { got = append(got, i); return nil })
		if took := time.Since(start); took != 400*time.Millisecond || err != nil {
			t.Errorf("took %v (%v), want 400ms", took, err)
		}
		if len(got) != 400 || !slices.IsSorted(got) {
			t.Errorf("%d results, want 400 in order", len(got))
		}
	})
}

// However many slots there are, what they hold together is bounded, and the
// head goes on.
func TestLineHoldsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var held, most atomic.Int64
		work := func(_ context.Context, _ struct{}, i int, s *Slot[int]) {
			if i == 0 {
				time.Sleep(time.Hour) // all others have put what they can
			}
			for range 3 {
				s.Put(Held/2, Held/2)
				raise(&most, held.Add(Held/2))
			}
		}
		n := 0
		err := Run(t.Context(), Config{Jobs: 2, Window: 100}, numbers(90), none, work, func(cost int) error {
			held.Add(-int64(cost))
			n++
			return nil
		})
		if err != nil || n != 270 {
			t.Errorf("err %v, %d results, want 270", err, n)
		}
		if bound := int64(2+2) * Held; most.Load() > bound || most.Load() < bound/2 {
			t.Errorf("%d bytes were held, want at most %d and more than half of it", most.Load(), bound)
		}
	})
}

func raise(most *atomic.Int64, n int64) {
	for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
	}
}

// heavy weighs four.
type heavy int

func (heavy) Weight() int { return 4 }

func TestWeights(t *testing.T) {
	for window, want := range map[int]int64{4: 1, 9: 2, 2: 1} {
		var now, most atomic.Int64
		items := func(yield func(heavy) bool) {
			for i := range heavy(40) {
				if !yield(i) {
					return
				}
				now.Add(1)
			}
		}
		work := func(_ context.Context, _ struct{}, i heavy, s *Slot[heavy]) { s.Put(i, 1) }
		got := 0
		synctest.Test(t, func(t *testing.T) {
			err := Run(t.Context(), Config{Jobs: 2, Window: window}, items, none, work, func(heavy) error {
				time.Sleep(time.Millisecond) // the line fills
				raise(&most, now.Load())
				now.Add(-1)
				got++
				return nil
			})
			if err != nil || got != 40 {
				t.Errorf("window %d: err %v, %d results", window, err, got)
			}
		})
		// one is being emitted, its place already given to the next
		if most.Load() > want+1 {
			t.Errorf("window %d: %d items on their way, want %d", window, most.Load(), want)
		}
	}
}
