package main

import (
	"slices"

	"ctlog/internal/idset"
	"ctlog/internal/term"
)

// ids remembers which were seen, exactly or for counting.
type ids interface {
	Add(idset.Entry) idset.Verdict
	Look(idset.Entry) idset.Verdict
}

// deduper keeps one of the events that share an ID: the first, in the order of
// the evidence, so that --jobs does not decide which one that is. A proven one
// comes before all that are not: what is proven is read first.
type deduper struct {
	seen, weak ids // IDs of events, and of events in files that are not proven
	dropped    int64
	differed   int64 // of those, with other bytes than the one that was kept
	outweighed int64 // with other bytes than a proven one
	conflicts  []string
}

// identity is what tells events apart that are on their way in one piece.
type identity struct {
	entries  []idset.Entry  // the zero Entry is that of an event without an ID
	others   map[int]string // the IDs that are not UUIDs
	unproven bool           // they are in a file that is judged, and not proven
}

// add notes the event that comes next; id is nil when it has none.
func (y *identity) add(id, event []byte) {
	var e idset.Entry
	if id != nil {
		e = idset.Of(id, event)
		if !e.IsUUID() {
			if y.others == nil {
				y.others = map[int]string{}
			}
			y.others[len(y.entries)] = clipped(id)
		}
	}
	y.entries = append(y.entries, e)
}

// longestText is how much is told of a text that can be of any length.
const longestText = 100

func clipped(text []byte) string { return string(text[:min(len(text), longestText)]) }

// text is the ID of the event with that number, as far as it was kept.
func (y *identity) text(n int) string {
	if e := y.entries[n]; e.IsUUID() {
		return e.UUID()
	}
	return y.others[n]
}

// fresh reports whether an event counts. It is called in the order in which
// files are read.
func (d *deduper) fresh(y *identity, n int) bool {
	e, set := y.entries[n], d.seen
	if e == (idset.Entry{}) {
		return true
	}
	if y.unproven {
		set = d.weak
		switch d.seen.Look(e) {
		case idset.Same:
			d.dropped++
			return false
		case idset.Differs:
			d.dropped++
			d.outweighed++
			d.conflict(y.text(n))
			return false
		}
	}
	switch set.Add(e) {
	case idset.Same:
		d.dropped++
		return false
	case idset.Differs:
		d.dropped++
		d.differed++
		d.conflict(y.text(n))
		return false
	}
	return true
}

// someConflicts is how many IDs are named of which there are several events.
const someConflicts = 3

func (d *deduper) conflict(id string) {
	if len(d.conflicts) < someConflicts && !slices.Contains(d.conflicts, id) {
		d.conflicts = append(d.conflicts, id)
	}
}

// report says what was left out, always or only if something was. That there
// are several events of one ID is said even to who wants to hear nothing:
// one of them is forged, and it may be the one that was kept.
func (d *deduper) report(v *term.Voice, always bool) {
	if d.dropped > 0 || always {
		v.Note("%s left out", term.Plural(d.dropped, "duplicate event"))
	}
	for _, of := range []struct {
		n    int64
		kept string
	}{{d.outweighed, "proven event with the same eventID, which was kept"}, {d.differed, "event with the same eventID that was kept"}} {
		if of.n > 0 {
			verb := "differ"
			if of.n == 1 {
				verb = "differs"
			}
			v.Error("%s of them %s from the %s", term.Count(of.n), verb, of.kept)
		}
	}
}
