package main

import (
	"ctlog/internal/idset"
	"ctlog/internal/term"
)

// tellDuplicates says what was left out, always or only if something was. That
// there are several events of one ID is said even to who wants to hear nothing:
// one of them is forged, and it may be the one that was kept.
func (a *app) tellDuplicates(d *idset.Deduper, always bool) {
	if d.Dropped > 0 || always {
		a.voice.Note("%s left out", term.Plural(d.Dropped, "duplicate event"))
	}
	for _, of := range []struct {
		n    int64
		kept string
	}{{d.Outweighed, "proven event with the same eventID, which was kept"}, {d.Differed, "event with the same eventID that was kept"}} {
		if of.n > 0 {
			verb := "differ"
			if of.n == 1 {
				verb = "differs"
			}
			a.voice.Error("%s of them %s from the %s", term.Count(of.n), verb, of.kept)
		}
	}
}
