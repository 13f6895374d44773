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
}

// work scans one object and puts its end into the slot behind what the handler
// gave.
func (w *worker[P]) work(ctx context.Context, it item, slot *ordered.Slot[result[P]]) {
	out := w.scanOne(ctx, it, func(f File) error {
		return w.handle(ctx, f, func(p P, cost int) bool { return slot.Put(result[P]{part: p}, cost) })
	})
	slot.Put(result[P]{end: &out}, 0)
}
