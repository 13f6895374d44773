package main

import (
	"ctlog/internal/idset"
	"ctlog/internal/term"
)

// deduper keeps the first of the events that share an ID. It sees them in the
// order of the evidence, so that --jobs does not decide which one that is.
type deduper struct {
	seen interface {
		Add(idset.Entry) idset.Verdict
	}
	dropped  int64
	differed int64 // of those, with other bytes than the one that was kept
}

func (d *deduper) fresh(e idset.Entry) bool {
	switch d.seen.Add(e) {
	case idset.Same:
		d.dropped++
		return false
	case idset.Differs:
		d.dropped++
		d.differed++
		return false
	}
	return true
}

// report says what was left out, always or only if something was.
func (d *deduper) report(v *term.Voice, always bool) {
	if d.dropped > 0 || always {
		v.Note("%s left out", term.Plural(d.dropped, "duplicate event"))
	}
	if d.differed > 0 {
		verb := "differ"
		if d.differed == 1 {
			verb = "differs"
		}
		v.Note("%s of them %s from the event with the same eventID that was kept", term.Count(d.differed), verb)
	}
}
