// Package detect runs detection rules over events in one pass.
//
// The languages are read by detect/sigma and detect/pattern into rules
// (detect/rule) whose conditions are detect/expr's. An Engine compiles them
// together: a rule is looked at only for events that have one of its clues, most
// often an eventName, which are found by hash; of an event only the fields that
// are asked for are looked up, on its bytes; what several rules ask is asked
// once. Brute does the same the plain way, and must say the same.
//
// Order of reading: engine.go (rules compiled together), clue.go (which rules an
// event is a candidate of), matcher.go (one event), slot.go (a field of it),
// brute.go (the reference), blind.go (what could not have been found).
package detect
