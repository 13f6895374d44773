// Package ordered maps a sequence in parallel and hands the results on in the
// order of the sequence.
//
// Workers take items in order, each item gets a slot in a line, and one
// consumer empties the slots in the order in which they were made, so the order
// of the results never depends on timing. The line is long, so that one item
// that takes its time stops nobody; three bounds keep memory constant all the
// same: what the items in it weigh, the bytes that a slot holds before its turn,
// and those that all hold. The slot at the head never waits for another, so the
// line always moves.
package ordered

import (
	"context"
	"iter"
	"sync"
)

// Held is how many bytes of results a slot may hold before its turn comes, and
// how many for each worker the line may. Most files of a search give a few
// kilobytes; a file that gives more stalls its worker, not the memory.
const Held = 4 << 20

// Weigher is an item that takes more room in the line than others, as when it
// holds memory until it is worked on. Other items weigh 1.
type Weigher interface{ Weight() int }

func weight[T any](item T) int {
	if w, ok := any(item).(Weigher); ok {
		return max(w.Weight(), 1)
	}
	return 1
}

// Config says how wide the work is spread.
type Config struct {
	Jobs   int // workers, at least 1
	Window int // weight of the items in flight, at least Jobs; 0 means four a worker
}

func (c Config) window() int {
	if c.Window >= c.Jobs && c.Window > 0 {
		return c.Window
	}
	return 4 * max(c.Jobs, 1)
}

type task[T, R any] struct {
	item T
	slot *Slot[R]
}

// Run calls work for every item on Jobs goroutines and emit for every result,
// on the calling goroutine, in the order of the items and, within an item, of
// its Puts. Each goroutine makes one worker state with newWorker and keeps it.
//
// Run returns the first error of emit or the cause of ctx's end. It returns
// only after every goroutine it started has ended, the iteration over items
// included.
func Run[T, W, R any](ctx context.Context, c Config, items iter.Seq[T], newWorker func() W,
	work func(context.Context, W, T, *Slot[R]), emit func(R) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l := newLine[R](c)
	defer context.AfterFunc(ctx, l.kill)()
	tasks := make(chan task[T, R], c.window()) // none of them waits for more than a place in the line
	var wg sync.WaitGroup
	wg.Go(func() { feed(items, tasks, l) })
	for range max(c.Jobs, 1) {
		wg.Go(func() { runWorker(ctx, newWorker(), tasks, work) })
	}
	err := l.drain(ctx, emit)
	cancel(err)
	wg.Wait()
	return err
}

// feed gives each item a place in the line before a worker can have it.
func feed[T, R any](items iter.Seq[T], tasks chan<- task[T, R], l *line[R]) {
	defer l.close()
	defer close(tasks)
	for item := range items {
		slot, ok := l.open(weight(item))
		if !ok {
			return
		}
		tasks <- task[T, R]{item, slot}
	}
}

// runWorker works on items until there are none. When the run is over there is
// nothing to do.
func runWorker[T, W, R any](ctx context.Context, w W, tasks <-chan task[T, R], work func(context.Context, W, T, *Slot[R])) {
	for t := range tasks {
		if ctx.Err() == nil {
			work(ctx, w, t.item, t.slot)
			t.slot.finish()
		}
	}
}
