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
	"time"
)

// Held is how many bytes of results a slot may hold before its turn comes, and
// how many for each worker the line may. Most files of a search give a few
// kilobytes; a file that gives more stalls its worker, not the memory.
const Held = 4 << 20

// patience is how long a worker that keeps slots open waits for another item
// before it rests. The walk hands items on in microseconds unless it has to wait
// for something itself, or for the line to move.
const patience = time.Millisecond

// Rester is a worker's state that may leave an item for later, to do several at
// once: work then calls the slot's Keep.
type Rester interface {
	// Rest finishes every slot that is open still: there is no item at hand,
	// and what is behind the open slots waits.
	Rest()
}

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
		wg.Go(func() { labour(ctx, newWorker(), tasks, work) })
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

func labour[T, W, R any](ctx context.Context, w W, tasks <-chan task[T, R], work func(context.Context, W, T, *Slot[R])) {
	for t := range tasks {
		for kept := do(ctx, w, t, work); kept; {
			next, ok := soon(tasks)
			if !ok {
				any(w).(Rester).Rest()
				break
			}
			do(ctx, w, next, work)
		}
	}
}

// do works on one item and reports whether its slot stays open. When the run
// is over there is nothing to do.
func do[T, W, R any](ctx context.Context, w W, t task[T, R], work func(context.Context, W, T, *Slot[R])) bool {
	if ctx.Err() != nil {
		return false
	}
	if work(ctx, w, t.item, t.slot); t.slot.kept {
		return true
	}
	t.slot.Finish()
	return false
}

// soon waits for an item only so long.
func soon[T any](tasks <-chan T) (t T, ok bool) {
	select {
	case t, ok = <-tasks:
		return t, ok
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case t, ok = <-tasks:
	case <-timer.C:
	}
	return t, ok
}
