package match

import (
	"strconv"
	"sync"

	"ctlog/event"
	"ctlog/internal/idset"
	"ctlog/parse"
)

// Hit is how often an indicator was found: in how many events, an event that was
// delivered twice counting once, and when the first and the last of them were.
type Hit struct {
	Events      int64
	First, Last int64 // event.NoTime when no event says when
}

// tally counts hits. What it comes to does not depend on who adds first.
type tally struct {
	mu   sync.Mutex
	hits []Hit
	seen idset.FingerprintSet // of events by indicator
	key  []byte
}

func (t *tally) begin(n int) {
	t.hits = make([]Hit, n)
	for i := range t.hits {
		t.hits[i] = Hit{First: event.NoTime, Last: event.NoTime}
	}
}

// count notes which indicators hit an event that all conditions hold for.
func (ind *Indicators) count(raw []byte) {
	at := ind.Hits(raw)
	now, _ := parse.Field(raw, event.FieldTime)
	when, id := event.InstantOf(now), parse.Text(nil, event.ID(raw))
	t := &ind.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.hits == nil {
		t.begin(len(ind.list))
	}
	for _, i := range at {
		t.hits[i].at(when)
		if len(id) > 0 {
			t.key = append(append(strconv.AppendInt(t.key[:0], int64(i), 10), ' '), id...)
			if t.seen.Add(idset.Of(t.key, nil)) != idset.New {
				continue
			}
		}
		t.hits[i].Events++
	}
}

func (h *Hit) at(when int64) {
	if when == event.NoTime {
		return
	}
	if h.First == event.NoTime || when < h.First {
		h.First = when
	}
	h.Last = max(h.Last, when)
}

// Found gives the hits of each indicator, in the order of List, once all matchers
// are done.
func (ind *Indicators) Found() []Hit {
	ind.tally.mu.Lock()
	defer ind.tally.mu.Unlock()
	if ind.tally.hits == nil {
		ind.tally.begin(len(ind.list))
	}
	return ind.tally.hits
}
