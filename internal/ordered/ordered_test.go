package ordered

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func numbers(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// Every item gives a random number of results, workers are slowed at random,
// and the output must still be the sequential one.
func TestOrder(t *testing.T) {
	for _, jobs := range []int{1, 2, 8} {
		var want, got []int
		for i := range 500 {
			for k := range i % 7 {
				want = append(want, i*10+k)
			}
		}
		work := func(_ context.Context, _ struct{}, i int, s *Slot[int]) {
			if rand.IntN(20) == 0 {
				time.Sleep(time.Millisecond)
			}
			for k := range i % 7 {
				s.Put(i*10+k, Held/3) // full after four: later slots have to wait
			}
		}
		err := Run(t.Context(), Config{Jobs: jobs}, numbers(500), func() struct{} { return struct{}{} }, work,
			func(n int) error { got = append(got, n); return nil })
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("jobs %d: err %v, %d results, want %d in order", jobs, err, len(got), len(want))
		}
	}
}

func TestWorkersKeepTheirState(t *testing.T) {
	var made atomic.Int32
	err := Run(t.Context(), Config{Jobs: 3}, numbers(100), func() *int { made.Add(1); return new(int) },
		func(_ context.Context, n *int, _ int, s *Slot[int]) { *n++; s.Put(*n, 1) },
		func(int) error { return nil })
	if err != nil || made.Load() != 3 {
		t.Fatalf("err %v, %d worker states made, want 3", err, made.Load())
	}
}

// What waits in slots is bounded however many items there are.
func TestWindowBoundsWorkInFlight(t *testing.T) {
	var started, drained, worst atomic.Int64
	work := func(_ context.Context, _ int, i int, s *Slot[int]) {
		if d := started.Add(1) - drained.Load(); d > worst.Load() {
			worst.Store(d)
		}
		s.Put(i, 1)
	}
	err := Run(t.Context(), Config{Jobs: 2, Window: 5}, numbers(300), func() int { return 0 }, work,
		func(int) error { time.Sleep(100 * time.Microsecond); drained.Add(1); return nil })
	if err != nil || worst.Load() > 7 {
		t.Fatalf("err %v, %d items in flight, want at most 7", err, worst.Load())
	}
}

func TestEmitErrorEndsTheRun(t *testing.T) {
	full := errors.New("disk full")
	before := runtime.NumGoroutine()
	err := Run(t.Context(), Config{Jobs: 4}, numbers(1_000_000), func() int { return 0 },
		func(_ context.Context, _ int, i int, s *Slot[int]) {
			for s.Put(i, Held) && i%3 == 0 {
			}
		},
		func(n int) error {
			if n == 1 {
				return full
			}
			if n == 0 && rand.IntN(100) == 0 {
				return full
			}
			return nil
		})
	if !errors.Is(err, full) {
		t.Fatalf("err = %v, want %v", err, full)
	}
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before { // those that only wake others need a moment
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines left over", runtime.NumGoroutine()-before)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	work := func(ctx context.Context, _ int, i int, s *Slot[int]) {
		if i == 3 {
			<-ctx.Done()
		}
		s.Put(i, 1)
	}
	time.AfterFunc(20*time.Millisecond, cancel)
	err := Run(ctx, Config{Jobs: 2}, numbers(1_000_000), func() int { return 0 }, work, func(int) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("err = %v, want %v", err, context.Canceled)
	}
}

// A slot that is not at the head holds its bytes bounded: its worker waits.
func TestFullSlotWaitsForItsTurn(t *testing.T) {
	var put atomic.Int64
	gate := make(chan struct{})
	work := func(_ context.Context, _ int, i int, s *Slot[int]) {
		if i == 0 {
			<-gate
			return
		}
		for range 100 {
			s.Put(i, Held/4)
			put.Add(1)
		}
	}
	time.AfterFunc(50*time.Millisecond, func() {
		if n := put.Load(); n > 6 {
			t.Errorf("%d results were held, want about four", n)
		}
		close(gate)
	})
	err := Run(t.Context(), Config{Jobs: 2}, numbers(2), func() int { return 0 }, work, func(int) error { return nil })
	if err != nil || put.Load() != 100 {
		t.Errorf("err %v after %d results, want 100", err, put.Load())
	}
}
