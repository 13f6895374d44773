package idset

import "slices"

// IDs are the IDs of events that are on their way in one piece, in their order.
type IDs struct {
	Entries  []Entry        // the zero Entry is that of an event without an ID
	Unproven bool           // they are in a file that was judged, and not proven
	others   map[int]string // the IDs that are not UUIDs
}

// Add notes the event that comes next; id is its text, nil when it has none.
func (y *IDs) Add(id, event []byte) {
	var e Entry
	if id != nil {
		e = Of(id, event)
		if !e.IsUUID() {
			if y.others == nil {
				y.others = map[int]string{}
			}
			y.others[len(y.Entries)] = Clip(id)
		}
	}
	y.Entries = append(y.Entries, e)
}

// maxText is how much is kept of a text that can be of any length.
const maxText = 100

// Clip is as much of a text as IDs keep of an ID.
func Clip(text []byte) string { return string(text[:min(len(text), maxText)]) }

// Text is the ID of the event with that number, as far as it was kept.
func (y *IDs) Text(n int) string {
	if e := y.Entries[n]; e.IsUUID() {
		return e.UUID()
	}
	return y.others[n]
}

// Store remembers which IDs were seen: a Set exactly, FingerprintSet for counting.
type Store interface {
	Add(Entry) Verdict
	Look(Entry) Verdict
}

// Deduper keeps one of the events that share an ID: the first, in the order of
// the evidence, so that the number of workers does not decide which one that is.
// A proven one comes before all that are not: what is proven is read first.
type Deduper struct {
	Seen, Weak Store // IDs of events, and of events in files that are not proven

	Dropped    int64
	Differed   int64    // of those, with other bytes than the one that was kept
	Outweighed int64    // with other bytes than a proven one
	Conflicts  []string // some of the IDs of which there are several events
}

// Fresh reports whether event n counts. It is called in the order in which files
// are read.
func (d *Deduper) Fresh(ids *IDs, n int) bool {
	e := ids.Entries[n]
	if e == (Entry{}) {
		return true
	}
	if !ids.Unproven {
		return d.drop(d.Seen.Add(e), &d.Differed, ids, n)
	}
	return d.drop(d.Seen.Look(e), &d.Outweighed, ids, n) && d.drop(d.Weak.Add(e), &d.Differed, ids, n)
}

// drop counts an event that was seen before; differing counts it where its bytes
// are others.
func (d *Deduper) drop(v Verdict, differing *int64, ids *IDs, n int) (fresh bool) {
	if v == New {
		return true
	}
	d.Dropped++
	if v == Differs {
		*differing++
		d.conflict(ids.Text(n))
	}
	return false
}

// maxConflicts is how many IDs are named of which there are several events.
const maxConflicts = 3

func (d *Deduper) conflict(id string) {
	if len(d.Conflicts) < maxConflicts && !slices.Contains(d.Conflicts, id) {
		d.Conflicts = append(d.Conflicts, id)
	}
}
