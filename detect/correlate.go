package detect

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"ctlog/detect/expr"
	"ctlog/detect/rule"
)

// Series is what one correlation found.
type Series struct {
	Correlation *rule.Correlation
	State       State
	Reason      string // of a blind one
	Episodes    int64
	Folded      int64 // of those, of a group that had one in the baseline
	Groups      int64 // that had one
	Ungrouped   int64 // matches of base rules without a value for the group
	Incomplete  int64 // windows that go beyond the last event, for conditions with "not"
	First, Last int64
	Samples     []Episode // the first in time
}

// Episode is a stretch of time in which a correlation was met without a break:
// windows that overlap are one.
type Episode struct {
	Correlation *rule.Correlation
	From, To    int64
	Group       []expr.Pair // as the first event delivered them
	Value       string      // the highest that was measured, or, if it is to be low, the lowest
	Count       int64       // events
	Events      []string    // IDs of the first MaxListed of them that have one, in time
	Unproven    int64       // of the events: in files that are not proven, when that was asked for
	Folded      bool

	extreme float64
	listed  int64 // up to when events were counted
}

// MaxListed is how many events of an episode are named.
const MaxListed = 100

// signals hands on what correlations hear of a match.
func (f *finish) signals(m *Match) error {
	var missed []int
	for i := range m.inputs {
		in := &m.inputs[i]
		if in.missing {
			if !slices.Contains(missed, in.correlation) {
				f.out.Correlation[in.correlation].Ungrouped++
			}
			missed = append(missed, in.correlation)
			continue
		}
		if m.Time == NoTime {
			f.out.Timeless++
			continue
		}
		row := point{time: m.Time, event: m.uniqueKey(), base: in.base, id: m.ID, group: in.group, values: in.values, unproven: m.Integrity != "" && m.Integrity != Proven}
		if err := f.signal(in.correlation, &row); err != nil {
			return err
		}
	}
	return nil
}

// uniqueKey tells events without an ID apart by where they stand.
func (m *Match) uniqueKey() eventKey {
	if m.key != (eventKey{}) {
		return m.key
	}
	return hashKey(3, []byte(m.File), binary.BigEndian.AppendUint32([]byte{0}, uint32(m.Index)))
}

func hashKey(tag byte, parts ...[]byte) (k eventKey) {
	sum := sha256.Sum256(bytes.Join(parts, nil))
	k[0] = tag
	copy(k[1:], sum[:])
	return k
}

// point is one match as a correlation sees it.
type point struct {
	key    []byte // of the group: folded values, each of them ended
	time   int64
	event  eventKey
	base   int
	id     string
	group  []string
	values []string
	// unproven: it is in a file that is not proven; of an episode, some of its
	// events are.
	unproven bool
}

// signal sorts a point in: by correlation, group, time and event.
func (f *finish) signal(correlation int, p *point) error {
	row := groupKey(p.group)
	row = binary.BigEndian.AppendUint64(row, uint64(p.time)^1<<63)
	row = append(append(row, p.event[:]...), byte(p.base), boolByte(p.unproven))
	row = appendTexts(appendTexts(appendText(row, p.id), p.group), p.values)
	return f.series[f.program.levels[correlation]].Add(int64(correlation), append(row, byte(correlation), byte(correlation>>8), byte(correlation>>16)))
}

// groupKey folds the values of a group and ends each, so that bytes compare as
// groups do.
func groupKey(values []string) (key []byte) {
	for _, v := range values {
		folded := bytes.ReplaceAll([]byte(expr.Fold(v)), []byte{0}, []byte{0, 255})
		key = append(append(key, folded...), 0, 1)
	}
	return key
}

// readPoint reads a row of n values for the group.
func (f *finish) readPoint(row []byte) (correlation int, p point) {
	end := len(row) - 3
	correlation = int(row[end]) | int(row[end+1])<<8 | int(row[end+2])<<16
	at := 0
	for range f.program.Correlations[correlation].GroupBy {
		at += bytes.Index(row[at:], []byte{0, 1}) + 2
	}
	p.key = row[:at]
	p.time = int64(binary.BigEndian.Uint64(row[at:]) ^ 1<<63)
	at += 8
	at += copy(p.event[:], row[at:])
	p.base, p.unproven = int(row[at]), row[at+1] == 1
	r := rowReader{row[at+2 : end]}
	p.id = r.text()
	p.group, p.values = r.texts(), r.texts()
	return correlation, p
}

// correlate goes through the points, group by group, those of correlations that
// others are built on first.
func (f *finish) correlate() error {
	for level := range f.series {
		var g *group
		err := f.series[level].Each(f.stoppable(func(row []byte) error {
			correlation, p := f.readPoint(row)
			if g == nil || g.index != correlation || !bytes.Equal(g.key, p.key) {
				if err := g.end(); err != nil {
					return err
				}
				g = f.newGroup(correlation, &p)
			}
			return g.take(p)
		}))
		if err == nil {
			err = g.end()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// group is one group of one correlation, seen from its first point to its last.
type group struct {
	finish  *finish
	index   int
	spec    *rule.Correlation
	key     []byte
	display []string
	measure measure

	batch   []point // of one time
	window  []moment
	head    int // where the window begins
	held    int // IDs in it
	episode *Episode
	known   bool // it had an episode in the baseline
	hits    int
}

// moment is what a window knows of one time.
type moment struct {
	time  int64
	count int64
	ids   []string // the first of them
	weak  int64    // how many are in files that are not proven
	facts any      // what the measure has to take back
}

func (f *finish) newGroup(correlation int, p *point) *group {
	c := f.program.Correlations[correlation]
	return &group{finish: f, index: correlation, spec: c, key: bytes.Clone(p.key), display: p.group, measure: newMeasure(c)}
}

// take adds a point. Points of one time are dealt with together: which of them
// came first nobody knows.
func (g *group) take(p point) error {
	if len(g.batch) > 0 && g.batch[0].time != p.time {
		if err := g.step(); err != nil {
			return err
		}
	}
	g.batch = append(g.batch, p)
	return nil
}

// end deals with the last points of a group, which may be nil.
func (g *group) end() error {
	if g == nil {
		return nil
	}
	if err := g.step(); err != nil {
		return err
	}
	if err := g.settle(g.finish.collector.latest, true); err != nil {
		return err
	}
	return g.close()
}

// step deals with the points of one time.
func (g *group) step() error {
	now := g.batch[0].time
	if err := g.settle(now-1, false); err != nil {
		return err
	}
	g.slide(now - int64(g.spec.Timespan))
	m := g.moment()
	g.window = append(g.window, m)
	g.batch = g.batch[:0]
	value, from, ok := g.measure.met(now, g.window[g.head].time)
	if !ok {
		return nil
	}
	return g.fire(max(from, g.window[g.head].time), now, value, m)
}

// moment makes one of the points at hand. An event that several bases or values
// brought counts once.
func (g *group) moment() moment {
	m := moment{time: g.batch[0].time}
	for i, p := range g.batch {
		if i > 0 && p.event == g.batch[i-1].event {
			continue
		}
		m.count++
		if p.unproven {
			m.weak++
		}
		if p.id != "" && len(m.ids) < MaxListed && g.held < maxHeld {
			m.ids = append(m.ids, p.id)
			g.held++
		}
	}
	m.facts = g.measure.add(m.time, m.count, g.batch)
	return m
}

// maxHeld is how many IDs the windows of one group hold before anything is
// found. Beyond it, an episode may name fewer events than it could.
const maxHeld = 1 << 20

// slide forgets what is before the window.
func (g *group) slide(from int64) {
	for g.head < len(g.window) && g.window[g.head].time < from {
		m := &g.window[g.head]
		g.measure.remove(m.count, m.facts)
		g.held -= len(m.ids)
		*m = moment{}
		g.head++
	}
	if g.head > 64 && 2*g.head > len(g.window) {
		g.window = slices.Delete(g.window, 0, g.head)
		g.head = 0
	}
}

// settle asks about windows that begin with an event and end before until.
func (g *group) settle(until int64, last bool) error {
	w, ok := g.measure.(*words)
	if !ok {
		return nil
	}
	for len(w.open) > 0 {
		a := w.open[0]
		over := a.at+int64(g.spec.Timespan) <= until
		if !over && !last {
			break
		}
		w.open = w.open[1:]
		if !over && len(g.spec.Any[a.any].Never) > 0 {
			g.series().Incomplete++ // what must not be there may have come later
			continue
		}
		if to, met := w.forward(a); met {
			if err := g.fire(a.at, to, "", g.at(to)); err != nil {
				return err
			}
		}
	}
	return nil
}

// at gives the moment of a time in the window.
func (g *group) at(time int64) moment {
	for i := len(g.window) - 1; i >= g.head; i-- {
		if g.window[i].time == time {
			return g.window[i]
		}
	}
	return moment{time: time}
}

func (g *group) series() *Series { return &g.finish.out.Correlation[g.index] }

// fire notes that the correlation was met from one time to another, by an event
// of the moment now.
func (g *group) fire(from, to int64, value string, now moment) error {
	e := g.episode
	fresh := e == nil || from > e.To
	if fresh {
		if err := g.close(); err != nil {
			return err
		}
		e = &Episode{Correlation: g.spec, From: from, Value: value, Group: g.pairs(), listed: from - 1}
		g.episode = e
	}
	e.To = max(e.To, to)
	if v := g.measure.number(); fresh || g.more(v, e.extreme) {
		e.extreme, e.Value = v, value
	}
	for i := g.head; i < len(g.window); i++ {
		if m := &g.window[i]; m.time > e.listed && m.time <= to {
			e.Count += m.count
			e.Unproven += m.weak
			e.Events = append(e.Events, m.ids[:min(len(m.ids), MaxListed-len(e.Events))]...)
			g.held -= len(m.ids)
			m.ids = nil
		}
	}
	e.listed = max(e.listed, to)
	return g.tell(fresh, to, now)
}

// more reports whether a value is worth more than another.
func (g *group) more(v, than float64) bool {
	if t := &g.spec.Threshold; t.Order == expr.Less || t.Order == expr.LessOrEqual {
		return v < than
	}
	return v > than
}

func (g *group) pairs() (pairs []expr.Pair) {
	for i, f := range g.spec.GroupBy {
		pairs = append(pairs, expr.Pair{Field: f, Text: g.display[i]})
	}
	return pairs
}

// tell lets correlations know that are built on this one: those about what came
// together and in which order of every time that it was met, those that count of
// an episode's first.
func (g *group) tell(fresh bool, at int64, now moment) error {
	for _, p := range g.finish.program.parents[g.index] {
		above := g.finish.program.Correlations[p.correlation]
		if !fresh && !above.Type.Ordinal() {
			continue
		}
		point := point{time: at, base: p.base, event: hashKey(4, binary.BigEndian.AppendUint64([]byte{byte(g.index), byte(g.index >> 8)}, uint64(at)), g.key)}
		point.unproven = g.episode.Unproven > 0
		if len(now.ids) > 0 {
			point.id = now.ids[0]
		} else if e := g.episode; len(e.Events) > 0 {
			point.id = e.Events[len(e.Events)-1]
		}
		for _, f := range above.GroupBy {
			point.group = append(point.group, g.own(above.Field(f, p.base)))
		}
		for _, f := range above.Threshold.Fields {
			point.values = append(point.values, g.own(above.Field(f, p.base)))
		}
		if err := g.finish.signal(p.correlation, &point); err != nil {
			return err
		}
	}
	return nil
}

// own gives the group's value of a field.
func (g *group) own(field string) string {
	return g.display[slices.Index(g.spec.GroupBy, field)]
}

// close ends the episode at hand.
func (g *group) close() error {
	e := g.episode
	if g.episode = nil; e == nil {
		return nil
	}
	s, c := g.series(), g.finish.collector.config
	s.Episodes++
	if g.hits++; g.hits == 1 {
		s.Groups++
	}
	if c.Baseline != NoTime && (e.From < c.Baseline || g.known) {
		g.known, e.Folded = true, true
		s.Folded++
	} else {
		s.note(e, c.Samples)
	}
	if g.finish.sink.Episode == nil || !g.finish.program.showing[g.index] {
		return nil
	}
	return g.finish.sink.Episode(e)
}

// note keeps the first episodes in time; of equal times those that came first.
func (s *Series) note(e *Episode, most int) {
	if s.First == NoTime {
		s.First, s.Last = e.From, e.To
	}
	s.First, s.Last = min(s.First, e.From), max(s.Last, e.To)
	at, _ := slices.BinarySearchFunc(s.Samples, e.From, func(a Episode, from int64) int {
		if a.From <= from {
			return -1
		}
		return 1
	})
	if at < most {
		s.Samples = slices.Insert(s.Samples, at, *e)
		s.Samples = s.Samples[:min(len(s.Samples), most)]
	}
}
