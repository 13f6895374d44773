package triage

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"unsafe"

	"ctlog/event"
	"ctlog/parse"
)

// A batch is handed on when it has so many events, or keys of so many bytes.
const (
	batchEvents = 4096
	batchBytes  = 1 << 20
)

// Batch is some events in a row, each with the value that it counts for, or
// with several.
type Batch struct {
	values Table // never full: rows stay where they are
	events []occurrence
	starts []int32 // where each event begins, when they have several values
}

// occurrence is what is kept of an event for one value: a row of the batch, -1 once the
// event has been dropped.
type occurrence struct {
	value  int32
	failed bool
	when   int64
	bytes  int64
}

// Drop takes the event that was read as number i out again.
func (b *Batch) Drop(i int) {
	if len(b.starts) == 0 {
		b.events[i].value = -1
		return
	}
	end := len(b.events)
	if i+1 < len(b.starts) {
		end = int(b.starts[i+1])
	}
	for j := int(b.starts[i]); j < end; j++ {
		b.events[j].value = -1
	}
}

// Size is how many bytes of memory the batch holds.
func (b *Batch) Size() int {
	return cap(b.events)*int(unsafe.Sizeof(occurrence{})) + cap(b.values.rows)*int(unsafe.Sizeof(Row{})) + 4*cap(b.values.index) + b.values.bytes
}

var batches = sync.Pool{New: func() any {
	return &Batch{values: Table{maxValues: math.MaxInt, maxBytes: math.MaxInt}}
}}

// Absorb merges a batch into the table. The batch must not be used any more.
func (t *Table) Absorb(b *Batch) { b.Drain(t.Add) }

// Drain hands over what the events that were not dropped add to each value. The
// batch must not be used any more.
func (b *Batch) Drain(add func(key []byte, s Seen)) {
	for _, e := range b.events {
		if e.value >= 0 {
			b.values.rows[e.value].Seen.add(e.seen())
		}
	}
	for i := range b.values.rows {
		if r := &b.values.rows[i]; r.Count > 0 {
			add(r.Key, r.Seen)
		}
	}
	b.values.reset()
	b.events, b.starts = b.events[:0], b.starts[:0]
	batches.Put(b)
}

// Fields says what events are counted by.
type Fields struct {
	names  []string
	all    *event.Columns
	every  int   // which of the names is that of several values, -1 when none is
	failed int   // where errorCode stands, 0 when it is not asked for
	sum    int   // where the number stands that is added up, 0 when none is
	bucket int64 // nanoseconds; 0 when time does not matter
}

// added are the columns that a result has beside the fields.
var added = []string{"count", "sum", "errors", "first", "last", "bucket"}

// NewFields reads a list of paths as event.ParseColumns does.
func NewFields(list string) (*Fields, error) {
	by, err := columnsOf(list)
	if err != nil {
		return nil, err
	}
	f := newFields(by, 0, false)
	for i := range by.Names() {
		if one := by.Column(i); one.Every() {
			if f.every >= 0 {
				return nil, fmt.Errorf("only one field may have several values, as %q has", by.Names()[i])
			}
			f.every = i
		}
	}
	return f, nil
}

// Sum adds the number of a field up, beside the count.
func (f *Fields) Sum(path string) error {
	c, err := event.ParseColumn(path)
	if err != nil {
		return err
	}
	f.sum, f.all = len(f.all.Names()), f.all.And(c)
	return nil
}

func columnsOf(list string) (*event.Columns, error) {
	c, err := event.ParseColumns(list)
	if err != nil {
		return nil, err
	}
	for i, n := range c.Names() {
		if slices.Contains(added, n) {
			return nil, fmt.Errorf("%q is a column of the result, not a field of events", n)
		}
		if slices.Contains(c.Names()[:i], n) {
			return nil, fmt.Errorf("%q is there twice", n)
		}
	}
	return c, nil
}

func newFields(by *event.Columns, bucket int64, errors bool) *Fields {
	f := &Fields{names: by.Names(), every: -1, bucket: bucket, all: by.And(event.Path(event.FieldTime), event.IDColumn())}
	if errors {
		f.failed = len(f.all.Names())
		for _, path := range event.FailurePaths {
			f.all = f.all.And(event.Path(path))
		}
	}
	return f
}

// Names are the fields as they stand in headers.
func (f *Fields) Names() []string { return f.names }

// Absent gives the fields that no event of a table has.
func (f *Fields) Absent(t *Table) (names []string) {
	found := make([]bool, len(f.names))
	for _, r := range t.rows {
		values := event.Values(r.Key)
		for i, v := range values[len(values)-len(f.names):] { // a bucket stands before them
			found[i] = found[i] || string(v) != "null"
		}
		if !slices.Contains(found, false) {
			return nil
		}
	}
	for i, name := range f.names {
		if !found[i] && len(t.rows) > 0 {
			names = append(names, name)
		}
	}
	return names
}

// Reader reads events into batches. It belongs to one goroutine and does not
// allocate once its buffers have grown.
type Reader struct {
	*Fields
	finder *event.Finder
	batch  *Batch
	key    []byte
}

// Reader makes a reader.
func (f *Fields) Reader() *Reader {
	return &Reader{Fields: f, finder: f.all.Finder(), batch: batches.Get().(*Batch)}
}

// Add reads an event and gives its raw eventID, nil when it has none.
func (r *Reader) Add(e parse.Event) (id []byte) {
	r.finder.Find(e)
	n := len(r.names)
	one := occurrence{when: event.InstantOf(r.finder.Value(n))}
	if r.sum > 0 {
		one.bytes = wholeNumber(r.finder.Value(r.sum))
	}
	if r.every >= 0 {
		r.several(one)
		return r.finder.Value(n + 1)
	}
	r.key = r.key[:0]
	if r.bucket > 0 {
		r.key = event.AppendTime(r.key, BucketOf(one.when, r.bucket))
	}
	for i := range n {
		if len(r.key) > 0 {
			r.key = append(r.key, ',')
		}
		r.key = event.AppendValue(r.key, r.finder.Value(i))
	}
	if r.failed > 0 {
		one.failed = event.Failed(r.finder.Value(r.failed), r.finder.Value(r.failed+1), r.finder.Value(r.failed+2))
	}
	one.value = int32(r.batch.values.slot(r.key))
	r.batch.events = append(r.batch.events, one)
	return r.finder.Value(n + 1)
}

// several counts an event for each of the values that one of its fields has, for
// the same value once.
func (r *Reader) several(one occurrence) {
	from := len(r.batch.events)
	r.batch.starts = append(r.batch.starts, int32(from))
	count := func(value []byte) {
		r.key = r.key[:0]
		for i := range r.names {
			if i > 0 {
				r.key = append(r.key, ',')
			}
			if i == r.every {
				r.key = event.AppendValue(r.key, value)
			} else {
				r.key = event.AppendValue(r.key, r.finder.Value(i))
			}
		}
		one.value = int32(r.batch.values.slot(r.key))
		if !slices.ContainsFunc(r.batch.events[from:min(len(r.batch.events), from+mostCompared)], func(o occurrence) bool { return o.value == one.value }) {
			r.batch.events = append(r.batch.events, one)
		}
	}
	values := r.finder.Value(r.every)
	if len(values) == 0 {
		count(nil)
		return
	}
	for c := parse.Inside(values); ; {
		v, ok := c.Element()
		if !ok {
			return
		}
		count(v)
	}
}

// mostCompared bounds how many values of one event are told apart: nothing may cost
// the square of what an event has.
const mostCompared = 256

// Full tells that the batch should be taken.
func (r *Reader) Full() bool {
	return len(r.batch.events) >= batchEvents || r.batch.values.bytes >= batchBytes
}

// Take gives the batch away and begins another.
func (r *Reader) Take() *Batch {
	b := r.batch
	r.batch = batches.Get().(*Batch)
	return b
}
