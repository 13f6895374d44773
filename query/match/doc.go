// Package match decides about one event: whether its fields, its time and its
// addresses are what was asked for, and whether indicators of a list are in it,
// all on the event's original bytes.
//
// Order of reading: fields.go (conditions on fields), glob.go and address.go (on
// one value), requirement.go (what must be in the bytes); then ioc.go (indicators),
// multimatch.go and automaton.go (many of them in one pass).
package match
