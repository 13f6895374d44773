package triage

import (
	"bytes"

	"ctlog/event"
	"ctlog/parse"
)

// Recorder takes down facts of one event after the other. A fact is a kind, a
// text, and what it is about; events are counted by it. A recorder belongs to
// one goroutine.
type Recorder struct {
	batch *Batch
	about []byte // as the inside of a JSON array
	key   []byte
	text  []byte
	now   occurrence
}

// NewRecorder makes a recorder.
func NewRecorder() Recorder { return Recorder{batch: batches.Get().(*Batch)} }

// Begin begins an event. when is its time, about one JSON value or several that
// commas part: what the facts that follow are about.
func (r *Recorder) Begin(when int64, about []byte) {
	r.begin(occurrence{when: when})
	r.about = append(r.about[:0], about...)
}

func (r *Recorder) begin(e occurrence) {
	r.batch.starts = append(r.batch.starts, int32(len(r.batch.events)))
	r.now = e
}

// value notes a raw value that is a text.
func (r *Recorder) value(k FactKind, raw []byte) {
	if event.HasText(raw) {
		r.fact(k, r.textOf(raw))
	}
}

// textOf is valid until the next call.
func (r *Recorder) textOf(raw []byte) []byte {
	r.text = r.text[:0]
	return parse.Text(r.text, raw)
}

// maxText is how much is kept of a value: nothing genuine is longer.
const maxText = 1024

// Fact counts the event for a text of a kind.
func (r *Recorder) Fact(k FactKind, text []byte) { r.fact(k, text) }

func (r *Recorder) fact(k FactKind, text []byte) {
	if len(text) > maxText {
		text = append(bytes.ToValidUTF8(text[:maxText], nil), "…"...)
	}
	r.key = append(append(r.key[:0], '"'), k...)
	r.key = event.AppendString(append(r.key, '"', ','), text)
	r.key = append(append(r.key, ','), r.about...)
	e := r.now
	e.value = int32(r.batch.values.slot(r.key))
	r.batch.events = append(r.batch.events, e)
}

// Full tells that the batch should be taken.
func (r *Recorder) Full() bool {
	return len(r.batch.events) >= 8*batchEvents || r.batch.values.bytes >= batchBytes
}

// Take gives the batch away and begins another.
func (r *Recorder) Take() *Batch {
	b := r.batch
	r.batch = batches.Get().(*Batch)
	return b
}
