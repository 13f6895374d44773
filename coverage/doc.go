// Package coverage tells of which accounts, regions and hours there are events,
// log files and digests. It is both rivers at once: a Reading is the store of a
// verification whose first pass also reads the events, so that files are opened,
// inflated and hashed once.
//
// An hour without logs, of which nothing is known, is told from an hour without
// activity, of which a digest says that there were no logs.
//
// Order of reading: reader.go (where an event happened), coverage.go (what is
// known of areas and hours), spans.go (for which times digests stand), eras.go
// (what is too far away to be shown), map.go (cells), findings.go (what is not
// there), reading.go (all that along with a verification).
package coverage
