package triage

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"slices"

	"ctlog/event"
)

// Up to so many different values, in so many bytes, a table is exact. Beyond
// that it keeps the more frequent ones.
const (
	MaxValues = 1 << 18
	MaxBytes  = 32 << 20
)

// Seen is what is known of the events that share a value.
type Seen struct {
	Count, Errors int64
	First, Last   int64 // eventTime in nanoseconds since 1970; event.NoTime when no event has one
	Bytes         int64 // transferred out, where that was asked for
}

// seen is what one event adds.
func (e *occurrence) seen() Seen {
	s := Seen{Count: 1, First: e.when, Last: e.when, Bytes: e.bytes}
	if e.failed {
		s.Errors = 1
	}
	return s
}

// add joins two accounts of different events; the order does not matter.
func (s *Seen) add(o Seen) {
	s.Count += o.Count
	s.Errors += o.Errors
	s.Bytes += o.Bytes
	if s.First == event.NoTime || o.First != event.NoTime && o.First < s.First {
		s.First = o.First
	}
	s.Last = max(s.Last, o.Last)
}

// Row is a value with its events. Key holds the values of the fields as they
// stand inside of a JSON array. MaxError is how many more events the value may
// have had before the table, being full, took it in.
type Row struct {
	Key []byte
	Seen
	MaxError int64
	hash     uint64
}

// Table counts values. The zero value is an empty table that is exact up to
// MaxValues and MaxBytes.
//
// Beyond them it is a Misra-Gries summary: when it is full the rarer half of
// the values is evicted, and the count of the most frequent of these is what
// any value may be short of. With N events and room for k values that is at
// most 2N/k. Such summaries merge without losing that bound (Agarwal and
// others, Mergeable Summaries, 2012).
type Table struct {
	Total Seen // of all events, exact

	rows       []Row
	index      []uint32 // row+1 by hash; 0 is free
	keys       []byte   // the chunk that keys are put into
	bytes      int      // of all keys
	errorBound int64    // what a value that is not here may have had

	maxValues, maxBytes int // 0 means the constants

	// aside counts what begins with its prefix apart; nil means nothing.
	aside  *Table
	prefix []byte

	// pinned says which rows matter though they are rare; nil means none.
	pinned func(rows []Row) []bool
}

var seed = maphash.MakeSeed()

// Add counts events that share a key.
func (t *Table) Add(key []byte, s Seen) {
	if t.aside != nil && bytes.HasPrefix(key, t.prefix) {
		t.aside.Add(key, s)
		return
	}
	t.total(s)
	t.rows[t.slot(key)].Seen.add(s)
}

func (t *Table) total(s Seen) {
	if t.Total.Count == 0 {
		t.Total.First, t.Total.Last = event.NoTime, event.NoTime
	}
	t.Total.add(s)
}

// place gives the row of a key; a new one makes room first if it has to.
func (t *Table) slot(key []byte) int {
	hash := maphash.Bytes(seed, key)
	if i := t.find(hash, key); i >= 0 {
		return i
	}
	if t.full() {
		t.evict()
	}
	if 4*(len(t.rows)+1) > 3*len(t.index) {
		t.reindex(max(2*len(t.index), 64))
	}
	t.rows = append(t.rows, Row{Key: t.keep(key), Seen: Seen{First: event.NoTime, Last: event.NoTime}, MaxError: t.errorBound, hash: hash})
	t.enter(len(t.rows) - 1)
	return len(t.rows) - 1
}

func (t *Table) find(hash uint64, key []byte) int {
	if len(t.index) == 0 {
		return -1
	}
	mask := uint64(len(t.index) - 1)
	for i := hash & mask; t.index[i] != 0; i = (i + 1) & mask {
		r := &t.rows[t.index[i]-1]
		if r.hash == hash && bytes.Equal(r.Key, key) {
			return int(t.index[i] - 1)
		}
	}
	return -1
}

// enter puts a row into the index, which has a free slot.
func (t *Table) enter(row int) {
	mask := uint64(len(t.index) - 1)
	i := t.rows[row].hash & mask
	for t.index[i] != 0 {
		i = (i + 1) & mask
	}
	t.index[i] = uint32(row + 1)
}

func (t *Table) reindex(size int) {
	if size == len(t.index) {
		clear(t.index)
	} else {
		t.index = make([]uint32, size)
	}
	for i := range t.rows {
		t.enter(i)
	}
}

// keep copies a key into a chunk: rows share few large allocations.
func (t *Table) keep(key []byte) []byte {
	t.bytes += len(key)
	if cap(t.keys)-len(t.keys) < len(key) {
		t.keys = make([]byte, 0, max(len(key), min(2*cap(t.keys), 1<<20), 4<<10))
	}
	n := len(t.keys)
	t.keys = append(t.keys, key...)
	return t.keys[n:len(t.keys):len(t.keys)]
}

func (t *Table) full() bool {
	return len(t.rows) > 0 && (len(t.rows) >= cmp.Or(t.maxValues, MaxValues) || t.bytes >= cmp.Or(t.maxBytes, MaxBytes))
}

// evict drops the rarer half of the rows and whatever is as rare as that. Rows
// that matter stay, as long as they are not the better part of the table.
func (t *Table) evict() {
	keep := t.pins()
	var most []int64
	for i, r := range t.rows {
		if !keep[i] {
			most = append(most, r.Count+r.MaxError)
		}
	}
	slices.Sort(most)
	t.errorBound = max(t.errorBound, most[len(most)/2])
	old := t.rows
	t.rows, t.keys, t.bytes = t.rows[:0], nil, 0
	for i, r := range old {
		if keep[i] || r.Count+r.MaxError > t.errorBound {
			r.Key = t.keep(r.Key)
			t.rows = append(t.rows, r)
		}
	}
	clear(old[len(t.rows):])
	t.reindex(len(t.index))
}

// pins gives the rows that are not to be evicted.
func (t *Table) pins() []bool {
	if t.pinned != nil {
		keep, n, size := t.pinned(t.rows), 0, 0
		for i, r := range t.rows {
			if keep[i] {
				n, size = n+1, size+len(r.Key)
			}
		}
		if 2*n < len(t.rows) && 2*size < t.bytes {
			return keep
		}
	}
	return make([]bool, len(t.rows))
}

// Merge adds what another table has counted. As long as both are exact the
// order of merging does not matter.
func (t *Table) Merge(o *Table) {
	if t.aside != nil && o.aside != nil {
		t.aside.Merge(o.aside)
	}
	if o.errorBound > 0 {
		for i := range t.rows {
			t.rows[i].MaxError += o.errorBound
		}
		t.errorBound += o.errorBound
	}
	if o.Total.Count > 0 {
		t.total(o.Total)
	}
	for i := range o.rows {
		r := &o.rows[i]
		at := t.slot(r.Key)
		if t.rows[at].Count == 0 {
			t.rows[at].MaxError = t.errorBound - o.errorBound + r.MaxError
		} else {
			t.rows[at].MaxError += r.MaxError - o.errorBound
		}
		t.rows[at].Seen.add(r.Seen)
	}
}

// Exact reports whether no value was evicted.
func (t *Table) Exact() bool { return t.errorBound == 0 }

// ErrorBound is by how much any count may be too low, and how many events a value
// that is not here may have had.
func (t *Table) ErrorBound() int64 { return t.errorBound }

// Len is how many different values there are.
func (t *Table) Len() int { return len(t.rows) }

// Rows gives the values, the most frequent first, then in the order of their
// bytes. They are valid until the table changes.
func (t *Table) Rows() []Row {
	rows := slices.Clone(t.rows)
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), bytes.Compare(a.Key, b.Key))
	})
	return rows
}

// reset empties the table and keeps its memory.
func (t *Table) reset() {
	clear(t.index)
	t.rows, t.keys, t.bytes, t.errorBound, t.Total = t.rows[:0], t.keys[:0], 0, 0, Seen{}
}
