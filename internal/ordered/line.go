package ordered

import (
	"context"
	"sync"
)

// line is the slots that are not emptied yet, the head first.
type line[R any] struct {
	mu     sync.Mutex
	more   sync.Cond // the consumer waits for the head
	room   sync.Cond // workers and feed wait for the line to hold less
	slots  []*Slot[R]
	weight int // of the slots
	window int
	held   int // bytes in all slots
	limit  int
	closed bool // no more slots will come
	dead   bool // the run was cancelled
}

func newLine[R any](c Config) *line[R] {
	l := &line[R]{window: c.window(), limit: Held * max(c.Jobs, 1)}
	l.more.L, l.room.L = &l.mu, &l.mu
	return l
}

// Slot takes the results of one item.
type Slot[R any] struct {
	line   *line[R]
	weight int
	queue  []R
	held   int
	closed bool // no more results will come
}

// open makes a slot behind the others once there is room for it, or none is
// before it. It reports false once the run is cancelled.
func (l *line[R]) open(weight int) (*Slot[R], bool) {
	s := &Slot[R]{line: l, weight: weight}
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.weight > 0 && l.weight+weight > l.window && !l.dead {
		l.room.Wait()
	}
	l.slots = append(l.slots, s)
	l.weight += weight
	return s, !l.dead
}

// close says that there will be no more slots.
func (l *line[R]) close() {
	l.mu.Lock()
	l.closed = true
	l.more.Signal()
	l.mu.Unlock()
}

// kill releases everybody who waits.
func (l *line[R]) kill() {
	l.mu.Lock()
	l.dead = true
	l.more.Signal()
	l.room.Broadcast()
	l.mu.Unlock()
}

// Put hands on one result of about cost bytes. It blocks while the slot, or
// the line as a whole, holds too much and it is not at the head, and reports
// false once the run is cancelled: the worker should stop then.
func (s *Slot[R]) Put(r R, cost int) bool {
	l := s.line
	l.mu.Lock()
	defer l.mu.Unlock()
	for s.full() && !l.dead {
		l.room.Wait()
	}
	if l.dead {
		return false
	}
	s.queue = append(s.queue, r)
	s.held += cost
	l.held += cost
	s.tell()
	return true
}

// full is about a slot that has not been emptied yet, so there is a head.
func (s *Slot[R]) full() bool {
	return s.held > Held || s.line.held > s.line.limit && s != s.line.slots[0]
}

// tell wakes the consumer if it is this slot that it waits for.
func (s *Slot[R]) tell() {
	if s == s.line.slots[0] {
		s.line.more.Signal()
	}
}

// finish says that the worker has put its last result.
func (s *Slot[R]) finish() {
	s.line.mu.Lock()
	s.closed = true
	s.tell()
	s.line.mu.Unlock()
}

// next waits for results of the head and swaps them against the spare slice,
// which must be empty. It reports false when the line has ended.
func (l *line[R]) next(spare []R) ([]R, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.dead {
		switch {
		case len(l.slots) == 0 && l.closed:
			return nil, false
		case len(l.slots) > 0 && len(l.slots[0].queue) > 0:
			return l.take(l.slots[0], spare), true
		case len(l.slots) > 0 && l.slots[0].closed:
			l.pass()
		default:
			l.more.Wait()
		}
	}
	return nil, false
}

func (l *line[R]) take(s *Slot[R], spare []R) []R {
	batch := s.queue
	s.queue = spare
	l.held -= s.held
	s.held = 0
	l.room.Broadcast()
	return batch
}

// pass drops the head, which is exhausted.
func (l *line[R]) pass() {
	l.weight -= l.slots[0].weight
	l.slots[0] = nil
	l.slots = l.slots[1:]
	l.room.Broadcast()
}

func (l *line[R]) drain(ctx context.Context, emit func(R) error) error {
	var spare []R
	for batch, ok := l.next(nil); ok; batch, ok = l.next(spare) {
		for _, r := range batch {
			if err := emit(r); err != nil {
				return err
			}
		}
		clear(batch)
		spare = batch[:0]
	}
	return context.Cause(ctx)
}
