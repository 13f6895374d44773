// Package search is one run of grep: which events match, how they are rendered,
// and how the results of all workers come together in the order of the evidence.
//
// A Search is what was asked for, checked once. A Run reads evidence, in one scan
// or in several, and prints what matches, or hands it to a Sink as events with
// their place: for a report, an export, or a part of a larger search. How single
// files ended and which errors the filter raised is told to a Reporter. What a
// search comes to is a Result; what that is worth an exit status or a hint is for
// the command to say.
//
// Order of reading: search.go (Options), run.go (Run, Result, Reporter),
// worker.go (one event), render.go (its bytes), collect.go (results in order),
// sink.go (results as events), inputs.go (a filter that sees all documents as one
// stream), plan.go and scope.go (what is not read at all); then editions.go
// (different events with one ID).
package search
