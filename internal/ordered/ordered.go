// Package ordered maps a sequence in parallel and hands the results on in the
// order of the sequence.
//
// Workers take items in order, each item gets a slot, and one consumer empties
// the slots in the order in which they were made, so the order of the results
// never depends on timing. Two bounds keep memory constant: at most Window
// slots exist at a time, and a slot that is not yet at the head of the line
// holds at most Held bytes before its worker has to wait. The slot at the head
// never waits for another, so the line always moves.
package ordered

import (
	"context"
	"iter"
	"sync"
	"time"
)

// Held is how many bytes of results a slot may hold before its turn comes.
// Most files of a search give a few kilobytes; a file that gives more stalls
// its worker, not the memory.
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

// Config says how wide the work is spread.
type Config struct {
	Jobs   int // workers, at least 1
	Window int // slots in flight, at least Jobs; 0 means four a worker
}

func (c Config) window() int {
	if c.Window >= c.Jobs && c.Window > 0 {
		return c.Window
	}
	return 4 * c.Jobs
}

// Slot takes the results of one item.
type Slot[R any] struct {
	mu     sync.Mutex
	wake   sync.Cond
	queue  []R
	held   int
	closed bool // no more results will come
	kept   bool // the worker closes it itself, after work has returned
	dead   bool // the run was cancelled
	forget func() bool
}

// newSlot makes a slot that dies with ctx. The consumer calls forget once the
// slot is exhausted, lest ctx remember every slot there ever was.
func newSlot[R any](ctx context.Context) *Slot[R] {
	s := new(Slot[R])
	s.wake.L = &s.mu
	s.forget = context.AfterFunc(ctx, s.kill)
	return s
}

// Put hands on one result of about cost bytes. It blocks while the slot is
// full and not at the head of the line, and reports false once the run is
// cancelled: the worker should stop then.
func (s *Slot[R]) Put(r R, cost int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.held > Held && !s.dead {
		s.wake.Wait()
	}
	if s.dead {
		return false
	}
	s.queue = append(s.queue, r)
	s.held += cost
	s.wake.Broadcast()
	return true
}

// Full reports whether Put may block. A worker that keeps other slots open must
// finish them first, lest it wait for itself.
func (s *Slot[R]) Full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held > Held
}

// Keep leaves the slot open when work returns. Only a Rester may keep slots, and
// it calls Finish for each.
func (s *Slot[R]) Keep() { s.kept = true }

// Finish says that the worker has put its last result.
func (s *Slot[R]) Finish() {
	s.mu.Lock()
	s.closed = true
	s.wake.Broadcast()
	s.mu.Unlock()
}

// kill releases a worker and a consumer that wait on the slot.
func (s *Slot[R]) kill() {
	s.mu.Lock()
	s.dead = true
	s.wake.Broadcast()
	s.mu.Unlock()
}

// take waits for results and swaps them against the spare slice, which must
// be empty. The second result is false when the slot is exhausted; spare is
// then still the caller's.
func (s *Slot[R]) take(spare []R) ([]R, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) == 0 && !s.closed && !s.dead {
		s.wake.Wait()
	}
	if s.dead || len(s.queue) == 0 {
		return nil, false
	}
	batch := s.queue
	s.queue, s.held = spare, 0
	s.wake.Broadcast()
	return batch, true
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
	tasks := make(chan task[T, R])
	line := make(chan *Slot[R], c.window()-1)
	var wg sync.WaitGroup
	wg.Go(func() { feed(ctx, items, tasks, line) })
	for range max(c.Jobs, 1) {
		wg.Go(func() { labour(ctx, newWorker(), tasks, work) })
	}
	err := drain(ctx, line, emit)
	cancel(err)
	for range line { // lets feed see the cancellation
	}
	wg.Wait()
	return err
}

// feed gives each item a place in the line before a worker can have it.
func feed[T, R any](ctx context.Context, items iter.Seq[T], tasks chan<- task[T, R], line chan<- *Slot[R]) {
	defer close(line)
	defer close(tasks)
	for item := range items {
		slot := newSlot[R](ctx)
		select {
		case line <- slot:
		case <-ctx.Done():
			return
		}
		select {
		case tasks <- task[T, R]{item, slot}:
		case <-ctx.Done():
			return
		}
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

// do works on one item and reports whether its slot stays open.
func do[T, W, R any](ctx context.Context, w W, t task[T, R], work func(context.Context, W, T, *Slot[R])) bool {
	if work(ctx, w, t.item, t.slot); t.slot.kept {
		return true
	}
	t.slot.Finish()
	return false
}

// soon waits for an item only so long.
func soon[T any](tasks <-chan T) (t T, ok bool) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case t, ok = <-tasks:
	case <-timer.C:
	}
	return t, ok
}

func drain[R any](ctx context.Context, line <-chan *Slot[R], emit func(R) error) error {
	var spare []R
	for slot := range line {
		for batch, more := slot.take(spare); more; batch, more = slot.take(spare) {
			if err := emitAll(batch, emit); err != nil {
				return err
			}
			clear(batch)
			spare = batch[:0]
		}
		slot.forget()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return context.Cause(ctx)
}

func emitAll[R any](batch []R, emit func(R) error) error {
	for _, r := range batch {
		if err := emit(r); err != nil {
			return err
		}
	}
	return nil
}
