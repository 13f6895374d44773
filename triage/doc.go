// Package triage answers the first questions about a pile of events: how many
// of what, when, and by whom.
//
// A worker reads events into a batch, a compact record of what the question
// needs; whoever has the batches in the order of the evidence drops the events
// that it has seen before and merges the rest into one result. Nothing refers
// to an event's bytes once it has been read, and merging is a pure function of
// what is merged, so that neither workers nor timing decide what comes out.
//
// Order of reading: survey.go (from evidence to batches), table.go (counts of values, in bounded memory; package event
// says how values are compared), batch.go (events on their way there),
// timeline.go (counts over time); then recorder.go (facts of events), facts.go
// (what an event says of who is behind it), summary.go, reasons.go (what stands
// out), telling.go (the calls that do), and trace.go (which session came of
// which); results.go (what comes out, as data). places.go, on its own, knows the
// country and the network of an address.
package triage
