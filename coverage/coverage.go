package coverage

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"
	"time"

	"ctlog/event"
	"ctlog/parse"
	"ctlog/triage"
)

// Area is an account and a region: where events happen and logs are delivered.
// "" is what nothing says.
type Area struct{ Account, Region string }

func (p Area) compare(o Area) int {
	return cmp.Or(strings.Compare(p.Account, o.Account), strings.Compare(p.Region, o.Region))
}

const (
	hour = int64(time.Hour)
	day  = 24 * hour
	week = 7 * day
)

// Kinds of facts that a Reader notes beside triage.KindPrincipal and
// triage.KindAPI.
const (
	kindHour  triage.FactKind = "hour"  // the hour that the event falls into
	kindKind  triage.FactKind = "kind"  // what of CloudTrail's kinds of events it is
	kindTrail triage.FactKind = "trail" // a configuration call of a trail
	kindVia   triage.FactKind = "via"   // account and region of a file that has the event of another
)

// Steps are how long a cell may be. Each divides the next, so that
// cells can be joined.
var Steps = []time.Duration{
	time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	time.Duration(week), 4 * time.Duration(week), 52 * time.Duration(week), 520 * time.Duration(week),
}

// Up to so many areas and cells are kept apart. Cells beyond are joined to
// longer ones, which of that many areas always have room: twenty-five for the
// years that a time can be in. Areas beyond count as one.
const (
	MaxAreas = 1 << 15
	MaxCells = 1 << 20
)

// others is the area of what is beyond MaxAreas.
var others = Area{"(others)", "(others)"}

// Coverage is what is known of areas and hours: events by eventTime, log files
// by delivery, and what digests say of both. Joining two of them is a pure
// function, and up to MaxAreas their order does not matter.
type Coverage struct {
	step   int // index of Steps
	areas  map[Area]*known
	cells  int
	facts  *triage.Table // who did what, by area
	lumped bool
	judged bool  // events in files that are proven are told from others
	kept   spans // what it is about, once it is settled

	// Left is what is far away from all that, or is of areas of which there is
	// nothing but digests that nothing proves.
	Left struct {
		Events, Files int64
		Areas         int
	}

	since, until int64 // what was asked for, event.NoTime where open

	maxAreas, maxCells int // 0 means the constants
}

// known is what is known of one area.
type known struct {
	Area
	cells                          map[int64]tally // by the beginning of the cell; event.NoTime too
	first                          int64           // eventTime of the first event
	sure                           bool            // first and facts are of proven events
	proven, claimed, gaps, faulted spans           // of digests: valid ones, these and unverified ones, time between them, bad ones
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

// New makes one of nothing.
func New() *Coverage {
	return &Coverage{areas: map[Area]*known{}, facts: triage.NewFactTable(), since: event.NoTime, until: event.NoTime}
}

// Judge says that files are judged: what is absorbed from now on is proven, and
// events of other files are doubted.
func (c *Coverage) Judge() { c.judged = true }

// Judged reports whether proven events are told from others.
func (c *Coverage) Judged() bool { return c.judged }

// Absorb merges a batch of a Reader. It must not be used any more.
func (c *Coverage) Absorb(b *triage.Batch) { b.Drain(c.add) }

// Doubt merges a batch of events in files that are not proven. They stand apart:
// who did what where is told of them only if nothing that is proven tells it. So
// what is proven has to be absorbed before.
func (c *Coverage) Doubt(b *triage.Batch) { b.Drain(c.doubt) }

func (c *Coverage) doubt(key []byte, s triage.Seen) {
	v := event.Values(key)
	k := c.of(areaIn(v))
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

var hourKey = []byte(`"` + kindHour + `",`)

func (c *Coverage) add(key []byte, s triage.Seen) {
	if !bytes.HasPrefix(key, hourKey) {
		c.facts.Add(key, s)
		return
	}
	v := event.Values(key)
	k := c.of(areaIn(v))
	k.reach(s.First)
	k.sure = c.judged
	c.tally(k, hourOf(v), tally{events: s.Count})
}

// areaIn reads the area of a fact.
func areaIn(v [][]byte) Area {
	return Area{string(parse.Text(nil, v[2])), string(parse.Text(nil, v[3]))}
}

// File counts a log file that was delivered at an area and time.
func (c *Coverage) File(p Area, at int64) { c.tally(c.of(p), at, tally{files: 1}) }

// Fault notes what is wrong with a log that was delivered at an area and time,
// or should have been.
func (c *Coverage) Fault(p Area, at int64, f LogFault) {
	t := tally{flags: f &^ NotHere}
	if f&NotHere != 0 {
		t.missing = 1
	}
	c.tally(c.of(p), at, t)
}

// of gives what is known of an area.
func (c *Coverage) of(p Area) *known {
	k := c.areas[p]
	if k == nil && len(c.areas) >= cmp.Or(c.maxAreas, MaxAreas) {
		c.lumped = true
		p = others
		k = c.areas[p]
	}
	if k == nil {
		k = &known{Area: p, cells: map[int64]tally{}, first: event.NoTime}
		c.areas[p] = k
	}
	return k
}

func (c *Coverage) tally(k *known, at int64, t tally) {
	c.put(k, triage.BucketOf(at, c.Step()), t)
	for c.cells > cmp.Or(c.maxCells, MaxCells) && c.step < len(Steps)-1 {
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
	for _, k := range c.areas {
		fine := k.cells
		k.cells = map[int64]tally{}
		for at, t := range fine {
			c.put(k, triage.BucketOf(at, c.Step()), t)
		}
	}
}

// Step is how long a cell is, in nanoseconds: an hour unless there were too
// many.
func (c *Coverage) Step() int64 { return int64(Steps[c.step]) }

// Exact reports whether all areas are kept apart.
func (c *Coverage) Exact() bool { return !c.lumped }

// Merge adds what another one knows.
func (c *Coverage) Merge(o *Coverage) {
	for c.step < o.step {
		c.coarsen()
	}
	for p, from := range o.areas {
		k := c.of(p)
		if from.first != event.NoTime && (k.first == event.NoTime || from.first < k.first && from.sure == k.sure || from.sure && !k.sure) {
			k.first = from.first
		}
		k.sure = k.sure || from.sure
		for at, t := range from.cells {
			c.tally(k, at, t)
		}
		k.proven, k.claimed = append(k.proven, from.proven...), append(k.claimed, from.claimed...)
		k.gaps, k.faulted = append(k.gaps, from.gaps...), append(k.faulted, from.faulted...)
	}
	c.lumped, c.judged = c.lumped || o.lumped, c.judged || o.judged
	c.facts.Merge(o.facts)
}

// Areas is how many areas there are.
func (c *Coverage) Areas() int { return len(c.areas) }

// Untimed is how many events have no time.
func (c *Coverage) Untimed() (n int64) {
	for _, k := range c.areas {
		n += k.cells[event.NoTime].events + k.cells[event.NoTime].unproven
	}
	return n
}
