package coverage

import (
	"iter"
	"slices"

	"ctlog/event"
	"ctlog/triage"
)

// DigestState is what digests say of a cell.
type DigestState uint8

const (
	DigestAbsent   DigestState = iota // none stands for any of it
	DigestPartial                     // they stand for a part of it: a trail begins or ends there
	DigestGap                         // a trail goes on, and none stands for a part of it
	DigestUnproven                    // they stand for all of it, and not all of it is proven
	DigestProven                      // valid ones stand for all of it, and its logs are what they list
	DigestTampered                    // one is missing or bad, or a log is not what it should be
)

// String gives the word that stands in results.
func (s DigestState) String() string {
	return [...]string{"absent", "partial", "gap", "unproven", "proven", "tampered"}[s]
}

// CellState is what a cell tells of what happened.
type CellState uint8

const (
	NoLogs     CellState = iota // no events, no logs, no digest: nothing is known
	NoEvents                    // no events in the logs that are here; whether these are all is not known
	Hole                        // no events, and there should be more logs or digests
	NoActivity                  // no events, and digests say that there were no other logs
	Activity                    // events
)

// String gives the word that stands in results.
func (s CellState) String() string {
	return [...]string{"no logs", "no events", "gap", "no activity", "activity"}[s]
}

// Cell is one area in one stretch of time.
type Cell struct {
	Start                  int64
	Events, Files, Missing int64
	Unproven               int64 // events of files that are not proven, where files are judged: not among Events
	Digest                 DigestState
	State                  CellState
}

// Row is one area.
type Row struct {
	Area
	Events, Files, Unproven int64
	known                   *known
	cells                   map[int64]tally // by the map's step, once they were asked for
}

// Map is a coverage as cells of equal length, row by row.
type Map struct {
	From, To, Step int64
	Rows           []Row // that have anything
	Judged         bool  // proven events are told from others
	parts          spans // that the columns stand for: not for holes of over a year
	c              *Coverage
}

// Span is the time that a map has to have; ok is false when there is none.
func (c *Coverage) Span() (from, to int64, ok bool) {
	from, to = c.since, c.until
	first, last := int64(event.NoTime), int64(event.NoTime)
	for _, k := range c.areas {
		if a, b, has := k.extent(c.Step()); has {
			if first == event.NoTime || a < first {
				first = a
			}
			last = max(last, b)
		}
	}
	if from == event.NoTime {
		from = first
	}
	if to == event.NoTime {
		to = last
	}
	return from, to, first != event.NoTime && from < to
}

// extent is from the first to the last moment that anything says something
// about.
func (k *known) extent(step int64) (from, to int64, ok bool) {
	from, to = event.NoTime, event.NoTime
	reach := func(a, b int64) {
		if from == event.NoTime || a < from {
			from = a
		}
		to = max(to, b)
	}
	for at := range k.cells {
		if at != event.NoTime {
			reach(at, at+step)
		}
	}
	for _, s := range []spans{k.claimed, k.gaps, k.faulted} {
		if len(s) > 0 {
			reach(s[0].from, s[len(s)-1].to)
		}
	}
	return from, to, from != event.NoTime
}

// LeastStep is the shortest step by which a map has few enough cells to be given
// out: nobody looks at more of them.
func (c *Coverage) LeastStep() int64 {
	return max(c.Step(), c.StepFor(maxMapCells/max(1, int64(c.Areas()))))
}

// maxMapCells is how many cells a map has at most.
const maxMapCells = 1 << 20

// StepFor gives the shortest step by which a map has no more columns than that.
func (c *Coverage) StepFor(columns int64) int64 {
	for _, s := range Steps[c.step:] {
		if step := int64(s); c.parts(step).columns(step) <= columns {
			return step
		}
	}
	return int64(Steps[len(Steps)-1])
}

// Columns is how many cells a row has.
func (m *Map) Columns() int64 { return m.parts.columns(m.Step) }

// At is where a column begins; those of a map without holes follow each other.
func (m *Map) At(column int64) int64 {
	if len(m.parts) == 0 {
		return m.From + column*m.Step
	}
	for _, p := range m.parts {
		n := (p.to - p.from) / m.Step
		if column < n {
			return p.from + column*m.Step
		}
		column -= n
	}
	return m.To
}

// Holes are the stretches of over a year of which nothing is known, and that no
// column stands for.
func (m *Map) Holes() iter.Seq2[int64, int64] {
	return func(yield func(int64, int64) bool) {
		for i := 1; i < len(m.parts); i++ {
			if !yield(m.parts[i-1].to, m.parts[i].from) {
				return
			}
		}
	}
}

// Map makes a map of a settled coverage; step is one of Steps and not
// shorter than Step.
func (c *Coverage) Map(step int64) *Map {
	m := &Map{Step: step, Judged: c.judged, c: c, parts: c.parts(step)}
	if n := len(m.parts); n > 0 {
		m.From, m.To = m.parts[0].from, m.parts[n-1].to
	}
	for _, k := range c.areas {
		r := Row{Area: k.Area, known: k}
		for _, t := range k.cells {
			r.Events, r.Files, r.Unproven = r.Events+t.events, r.Files+t.files, r.Unproven+t.unproven
		}
		m.Rows = append(m.Rows, r)
	}
	slices.SortFunc(m.Rows, func(a, b Row) int { return a.compare(b.Area) })
	return m
}

// Cells gives the cells of a row, one for every column.
func (m *Map) Cells(r *Row) iter.Seq[Cell] { return m.Part(r, 0, m.Columns()) }

// Part gives the cells of some columns.
func (m *Map) Part(r *Row, first, end int64) iter.Seq[Cell] {
	if r.cells == nil {
		r.cells = r.known.joined(m.Step)
	}
	return func(yield func(Cell) bool) {
		for column := first; column < end; column++ {
			at := m.At(column)
			from, to := at, at+m.Step
			if m.c.since != event.NoTime {
				from = max(from, m.c.since)
			}
			if m.c.until != event.NoTime {
				to = min(to, m.c.until)
			}
			if !yield(r.known.cell(at, from, to, r.cells[at])) {
				return
			}
		}
	}
}

// joined gives the cells by a step that may be longer.
func (k *known) joined(step int64) map[int64]tally {
	cells := make(map[int64]tally, len(k.cells))
	for at, t := range k.cells {
		start := triage.BucketOf(at, step)
		t.add(cells[start])
		cells[start] = t
	}
	return cells
}

func (k *known) cell(at, from, to int64, t tally) Cell {
	c := Cell{Start: at, Events: t.events, Unproven: t.unproven, Files: t.files, Missing: t.missing}
	bad := k.faulted.touches(from, to)
	whole := k.claimed.covers(from, to)
	switch {
	case bad || t.flags&Tampering != 0:
		c.Digest = DigestTampered
	case whole && t.flags == 0 && k.proven.covers(from, to):
		c.Digest = DigestProven
	case whole:
		c.Digest = DigestUnproven
	case k.gaps.touches(from, to):
		c.Digest = DigestGap
	case k.claimed.touches(from, to):
		c.Digest = DigestPartial
	}
	switch {
	case t.events > 0, t.unproven > 0 && c.Digest != DigestProven:
		c.State = Activity
	case bad || t.flags&Lost != 0 || c.Digest == DigestGap:
		c.State = Hole
	case whole:
		c.State = NoActivity
	case t.files > 0 || k.claimed.touches(from, to):
		c.State = NoEvents
	}
	return c
}

// Digests sums up what digests say of a row: the worst that there is, and
// DigestPartial when some of what they stand for is proven and some is not.
func (m *Map) Digests(r *Row) DigestState {
	var met [DigestTampered + 1]bool
	for c := range m.Cells(r) {
		met[c.Digest] = true
	}
	switch {
	case met[DigestTampered]:
		return DigestTampered
	case met[DigestGap]:
		return DigestGap
	case len(r.known.claimed) == 0:
		return DigestAbsent
	case r.known.flags() == 0 && slices.Equal(r.known.proven, r.known.claimed):
		return DigestProven
	case met[DigestProven]:
		return DigestPartial
	}
	return DigestUnproven
}

func (k *known) flags() (all LogFault) {
	for _, t := range k.cells {
		all |= t.flags
	}
	return all
}
