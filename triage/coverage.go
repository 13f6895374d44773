package triage

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"
	"time"

	"ctlog/event"
	"ctlog/parse"
)

// Place is where events happen and logs are delivered. "" is what nothing says.
type Place struct{ Account, Region string }

func (p Place) compare(o Place) int {
	return cmp.Or(strings.Compare(p.Account, o.Account), strings.Compare(p.Region, o.Region))
}

const hour = int64(time.Hour)

// CoverageSteps are how long a cell may be. Each divides the next, so that
// cells can be joined.
var CoverageSteps = []time.Duration{
	time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	time.Duration(week), 4 * time.Duration(week), 52 * time.Duration(week), 520 * time.Duration(week),
}

// Up to so many places and cells are kept apart. Cells beyond are joined to
// longer ones, which of that many places always have room: twenty-five for the
// years that a time can be in. Places beyond count as one.
const (
	MaxPlaces = 1 << 15
	MaxCells  = 1 << 20
)

// others is the place of what is beyond MaxPlaces.
var others = Place{"(others)", "(others)"}

// Coverage is what is known of places and hours: events by eventTime, log files
// by delivery, and what digests say of both. Joining two of them is a pure
// function, and up to MaxPlaces their order does not matter.
type Coverage struct {
	step   int // index of CoverageSteps
	places map[Place]*known
	cells  int
	facts  *Table // who did what, by place
	lumped bool
	judged bool  // events in files that are proven are told from others
	kept   spans // what it is about, once it is settled

	// Left is what is far away from all that, or is of places of which there is
	// nothing but digests that nothing proves.
	Left struct {
		Events, Files int64
		Places        int
	}

	since, until int64 // what was asked for, event.NoTime where open

	maxPlaces, maxCells int // 0 means the constants
}

// known is what is known of one place.
type known struct {
	Place
	cells                         map[int64]tally // by the beginning of the cell; event.NoTime too
	first                         int64           // eventTime of the first event
	sure                          bool            // first and facts are of proven events
	proven, stated, gaps, faulted spans           // of digests: valid ones, these and unverified ones, time between them, bad ones
}

// tally is what falls into one cell.
type tally struct {
	events, unproven, files, missing int64
	flags                            LogFault
}

// LogFault is what is wrong with a log file.
type LogFault uint8

const (
	Weak       LogFault = 1 << iota // not proven
	Lost                            // it, or what it should have in it, is not here
	Tampering                       // verify says so
	NotHere                         // it counts as missing
	noLogFault LogFault = 0
)

func (t *tally) add(o tally) {
	t.events += o.events
	t.unproven += o.unproven
	t.files += o.files
	t.missing += o.missing
	t.flags |= o.flags
}

// NewCoverage makes one of nothing.
func NewCoverage() *Coverage {
	return &Coverage{places: map[Place]*known{}, facts: NewFactTable(), since: event.NoTime, until: event.NoTime}
}

// Judge says that files are judged: what is absorbed from now on is proven, and
// events of other files are doubted.
func (c *Coverage) Judge() { c.judged = true }

// Judged reports whether proven events are told from others.
func (c *Coverage) Judged() bool { return c.judged }

// Absorb merges a batch of a CoverageReader. It must not be used any more.
func (c *Coverage) Absorb(b *Batch) { b.empty(c.add) }

// Doubt merges a batch of events in files that are not proven. They stand apart:
// who did what where is told of them only if nothing that is proven tells it. So
// what is proven has to be absorbed before.
func (c *Coverage) Doubt(b *Batch) { b.empty(c.doubt) }

func (c *Coverage) doubt(key []byte, s Seen) {
	v := event.Values(key)
	k := c.of(placeIn(v))
	switch isHour := bytes.HasPrefix(key, hourKey); {
	case isHour:
		if !k.sure {
			k.reach(s.First)
		}
		c.tally(k, hourOf(v), tally{unproven: s.Count})
	case !k.sure:
		c.facts.Add(key, s)
	}
}

// reach notes when an event was, if it is the first one.
func (k *known) reach(at int64) {
	if at != event.NoTime && (k.first == event.NoTime || at < k.first) {
		k.first = at
	}
}

// hourOf reads the hour of a fact.
func hourOf(v [][]byte) int64 {
	if hours, err := strconv.ParseInt(string(parse.Text(nil, v[1])), 10, 64); err == nil {
		return hours * hour
	}
	return event.NoTime
}

var hourKey = []byte(`"` + KindHour + `",`)

func (c *Coverage) add(key []byte, s Seen) {
	if !bytes.HasPrefix(key, hourKey) {
		c.facts.Add(key, s)
		return
	}
	v := event.Values(key)
	k := c.of(placeIn(v))
	k.reach(s.First)
	k.sure = c.judged
	c.tally(k, hourOf(v), tally{events: s.Count})
}

// placeIn reads the place of a fact.
func placeIn(v [][]byte) Place {
	return Place{string(parse.Text(nil, v[2])), string(parse.Text(nil, v[3]))}
}

// File counts a log file that was delivered at a place and time.
func (c *Coverage) File(p Place, at int64) { c.tally(c.of(p), at, tally{files: 1}) }

// Fault notes what is wrong with a log that was delivered at a place and time,
// or should have been.
func (c *Coverage) Fault(p Place, at int64, f LogFault) {
	t := tally{flags: f &^ NotHere}
	if f&NotHere != 0 {
		t.missing = 1
	}
	c.tally(c.of(p), at, t)
}

// of gives what is known of a place.
func (c *Coverage) of(p Place) *known {
	k := c.places[p]
	if k == nil && len(c.places) >= cmp.Or(c.maxPlaces, MaxPlaces) {
		c.lumped = true
		p = others
		k = c.places[p]
	}
	if k == nil {
		k = &known{Place: p, cells: map[int64]tally{}, first: event.NoTime}
		c.places[p] = k
	}
	return k
}

func (c *Coverage) tally(k *known, at int64, t tally) {
	c.put(k, bucketOf(at, c.Step()), t)
	for c.cells > cmp.Or(c.maxCells, MaxCells) && c.step < len(CoverageSteps)-1 {
		c.coarsen()
	}
}

func (c *Coverage) put(k *known, at int64, t tally) {
	old, ok := k.cells[at]
	if !ok {
		c.cells++
	}
	old.add(t)
	k.cells[at] = old
}

// coarsen joins cells to those of the next step.
func (c *Coverage) coarsen() {
	c.step++
	c.cells = 0
	for _, k := range c.places {
		fine := k.cells
		k.cells = map[int64]tally{}
		for at, t := range fine {
			c.put(k, bucketOf(at, c.Step()), t)
		}
	}
}

// Step is how long a cell is, in nanoseconds: an hour unless there were too
// many.
func (c *Coverage) Step() int64 { return int64(CoverageSteps[c.step]) }

// Exact reports whether all places are kept apart.
func (c *Coverage) Exact() bool { return !c.lumped }

// Merge adds what another one knows.
func (c *Coverage) Merge(o *Coverage) {
	for c.step < o.step {
		c.coarsen()
	}
	for p, from := range o.places {
		k := c.of(p)
		if from.first != event.NoTime && (k.first == event.NoTime || from.first < k.first && from.sure == k.sure || from.sure && !k.sure) {
			k.first = from.first
		}
		k.sure = k.sure || from.sure
		for at, t := range from.cells {
			c.tally(k, at, t)
		}
		k.proven, k.stated = append(k.proven, from.proven...), append(k.stated, from.stated...)
		k.gaps, k.faulted = append(k.gaps, from.gaps...), append(k.faulted, from.faulted...)
	}
	c.lumped, c.judged = c.lumped || o.lumped, c.judged || o.judged
	c.facts.Merge(o.facts)
}

// CoverageReader reads where and when events happened, and who did what there.
// It belongs to one goroutine.
type CoverageReader struct {
	FactReader
	file Place
}

// NewCoverageReader makes a reader.
func NewCoverageReader() *CoverageReader {
	r := &CoverageReader{FactReader: *newFactReader(factColumns[:])}
	r.by = ByPrincipal
	return r
}

// From says which file the next events are of, as far as its name tells.
func (r *CoverageReader) From(p Place) { r.file = p }

// Add reads an event and gives its raw eventID, nil when it has none.
func (r *CoverageReader) Add(e parse.Event) (id []byte) {
	r.finder.Find(e)
	v := r.finder.Value
	r.batch.starts = append(r.batch.starts, int32(len(r.batch.events)))
	r.now = occurrence{when: event.InstantOf(v(colTime))}
	p := r.place()
	r.who = event.AppendString(append(event.AppendString(r.who[:0], p.Account), ','), p.Region)
	var at []byte
	if r.now.when != event.NoTime {
		at = strconv.AppendInt(nil, bucketOf(r.now.when, hour)/hour, 10)
	}
	r.fact(KindHour, at)
	r.key = r.principal(r.key[:0])
	r.value(KindPrincipal, bytes.Clone(r.key))
	r.fact(KindAPI, r.call())
	if r.file != (Place{}) && r.file != p {
		r.fact(KindVia, []byte(r.file.Account+" "+r.file.Region))
	}
	return v(colID)
}

// place is where an event happened: the account that it was delivered to, which
// the file's name says, else the event, and the region that the event says.
func (r *CoverageReader) place() (p Place) {
	p.Account = r.file.Account
	if p.Account == "" {
		p.Account = r.short(colRecipient)
	}
	if p.Account == "" {
		p.Account = r.short(colCallerAccount)
	}
	if p.Region = r.short(colRegion); p.Region == "" {
		p.Region = r.file.Region
	}
	return p
}

// maxName is how much is kept of an account or a region: a genuine one has
// half of it.
const maxName = 64

func (r *CoverageReader) short(column int) string {
	raw := r.finder.Value(column)
	if !event.HasText(raw) {
		return ""
	}
	text := r.textOf(raw)
	if len(text) > maxName {
		return strings.ToValidUTF8(string(text[:maxName]), "") + "…"
	}
	return strings.ToValidUTF8(string(text), "\ufffd")
}

// Places is how many places there are.
func (c *Coverage) Places() int { return len(c.places) }

// Untimed is how many events have no time.
func (c *Coverage) Untimed() (n int64) {
	for _, k := range c.places {
		n += k.cells[event.NoTime].events + k.cells[event.NoTime].unproven
	}
	return n
}
