package scan

import (
	"context"

	"ctlog/internal/ordered"
	"ctlog/parse"
)

// worker is what belongs to one goroutine.
type worker[P any] struct {
	config  Config
	decoder *parse.Decoder
	handle  Handler[P]
	batch   batch
}

// work scans one object. Its end is put into the slot when its sum is known.
func (w *worker[P]) work(ctx context.Context, it item, slot *ordered.Slot[result[P]]) {
	put := func(r result[P], cost int) bool {
		if !w.batch.empty() {
			if slot.Offer(r, cost) {
				return true
			}
			w.batch.flush() // this slot's turn may not come before
		}
		return slot.Put(r, cost)
	}
	out, later := w.scanOne(ctx, it, func(f File) error {
		return w.handle(ctx, f, func(p P, cost int) bool { return put(result[P]{part: p}, cost) })
	})
	if later == nil {
		put(result[P]{end: &out}, 0)
		return
	}
	slot.Keep()
	w.batch.add(later, func(sum [32]byte) {
		out.Sum, out.Hashed = sum, true
		slot.Put(result[P]{end: &out}, 0)
		slot.Finish()
	})
}

// Rest implements ordered.Rester.
func (w *worker[P]) Rest() { w.batch.flush() }
