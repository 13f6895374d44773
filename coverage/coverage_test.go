package coverage

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"ctlog/event"
	"ctlog/parse"
	"ctlog/triage"
)

var day0 = time.Date(2024, 1, 9, 0, 0, 0, 0, time.UTC)

// step is something that is noted about an area.
type step func(c *Coverage)

// randomSteps are what some workers and a verification may have to say.
func randomSteps(r *rand.Rand, n int) (steps []step) {
	for range n {
		p := Area{fmt.Sprint(r.IntN(2)), fmt.Sprint("r", r.IntN(3))}
		at := day0.Add(time.Duration(r.IntN(48*60)) * time.Minute)
		switch r.IntN(6) {
		case 0, 1:
			name, who := fmt.Sprint("E", r.IntN(3)), fmt.Sprint("u", r.IntN(3))
			steps = append(steps, func(c *Coverage) { c.Absorb(eventBatch(p, at, name, who)) })
		case 2:
			steps = append(steps, func(c *Coverage) { c.File(p, event.Instant(at)) })
		case 3:
			proven := r.IntN(2) == 0
			steps = append(steps, func(c *Coverage) { c.Cover(p, at, at.Add(time.Hour), proven) })
		case 4:
			f := LogFault(1 << r.IntN(4))
			steps = append(steps, func(c *Coverage) { c.Fault(p, event.Instant(at), f) })
		default:
			if r.IntN(2) == 0 {
				steps = append(steps, func(c *Coverage) { c.Gap(p, at, at.Add(90*time.Minute)) })
			} else {
				steps = append(steps, func(c *Coverage) { c.BadDigest(p, time.Time{}, at) })
			}
		}
	}
	return steps
}

// eventBatch reads one event the way a worker does.
func eventBatch(p Area, at time.Time, name, who string) *triage.Batch {
	r := NewReader()
	raw := fmt.Sprintf(`{"eventTime":%q,"eventSource":"s3.amazonaws.com","eventName":%q,"awsRegion":%q,"recipientAccountId":%q,"userIdentity":{"arn":%q}}`,
		at.Format(time.RFC3339), name, p.Region, p.Account, who)
	r.Add(parse.Event{Raw: []byte(raw)})
	return r.Take()
}

// told is all that is told of a coverage.
func told(c *Coverage, step int64) string {
	c.Settle(event.NoTime, event.NoTime)
	m := c.Map(max(step, c.Step()))
	var out []any
	for i := range m.Rows {
		r := &m.Rows[i]
		out = append(out, r.Area, r.Events, r.Files, m.Digests(r).String())
		for cell := range m.Cells(r) {
			out = append(out, cell, cell.Digest.String(), cell.State.String())
		}
	}
	out = append(out, m.From, m.To, m.Step, c.Findings(event.NoTime), c.Findings(event.Instant(day0.Add(5*time.Hour))))
	b, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Whoever noted what, and in whatever order it is joined, the same is told.
func TestCoverageMergesInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for round := range 60 {
		steps := randomSteps(r, 1+r.IntN(120))
		bound := []int{0, 60, 20}[round%3] // cells: the last ones have to be joined
		want := ""
		for range 4 {
			parts := make([]*Coverage, 1+r.IntN(4))
			for i := range parts {
				parts[i] = New()
				parts[i].maxCells = bound
			}
			for _, i := range r.Perm(len(steps)) {
				steps[i](parts[r.IntN(len(parts))])
			}
			got := New()
			got.maxCells = bound
			for _, i := range r.Perm(len(parts)) {
				got.Merge(parts[i])
			}
			text := told(got, int64(Steps[round%2]))
			if want == "" {
				want = text
			}
			if text != want {
				t.Fatalf("the order shows:\n%s\n%s", text, want)
			}
		}
		if bound == 20 && len(steps) > 100 && want == "" {
			t.Fatal("nothing told")
		}
	}
}

// minutes is what a minute of an area is known of, the plain way.
type minutes struct {
	events, files, missing    int64
	claimed, proven, gap, bad bool
	tampered, lost, weak      bool
}

// Every cell is what comes of looking at each of its minutes.
func TestCellsAreWhatTheirMinutesAre(t *testing.T) {
	const span = 4 * 24 * 60
	r := rand.New(rand.NewPCG(5, 6))
	for range 40 {
		c := New()
		p := Area{"1", "r"}
		var plain [span]minutes
		fill := func(from, n int, set func(m *minutes)) {
			for i := from; i < from+n && i < span; i++ {
				set(&plain[i])
			}
		}
		at := func(i int) time.Time { return day0.Add(time.Duration(i) * time.Minute) }
		for i := range 24 * 2 { // digests of an hour each, some not there
			from, proven := 65+60*i, r.IntN(3) > 0
			switch r.IntN(8) {
			case 0:
				c.Gap(p, at(from), at(from+60))
				fill(from, 60, func(m *minutes) { m.gap = true })
			case 1:
				c.BadDigest(p, at(from), at(from+60))
				fill(from, 60, func(m *minutes) { m.bad = true })
			case 2:
			default:
				c.Cover(p, at(from), at(from+60), proven)
				fill(from, 60, func(m *minutes) { m.claimed, m.proven = true, proven || m.proven })
			}
		}
		for range r.IntN(60) {
			i := r.IntN(span)
			m := &plain[i]
			switch r.IntN(5) {
			case 0, 1:
				c.Absorb(eventBatch(p, at(i), "E", "u"))
				m.events++
			case 2:
				c.File(p, event.Instant(at(i)))
				m.files++
			case 3:
				c.Fault(p, event.Instant(at(i)), Tampering|Lost|NotHere)
				m.missing++
				m.tampered, m.lost = true, true
			default:
				c.Fault(p, event.Instant(at(i)), Weak)
				m.weak = true
			}
		}
		c.Settle(event.NoTime, event.NoTime)
		for _, step := range Steps[:5] {
			m := c.Map(int64(step))
			for i := range m.Rows {
				for cell := range m.Cells(&m.Rows[i]) {
					begin := int(time.Duration(cell.Start-event.Instant(day0)) / time.Minute)
					want := plainCell(plain[max(begin, 0):min(begin+int(step/time.Minute), span)], begin < 0 || begin+int(step/time.Minute) > span)
					want.Start = cell.Start
					if cell != want {
						t.Fatalf("%s at minute %d: %+v (%s, %s), want %+v (%s, %s)", step, begin, cell, cell.Digest, cell.State, want, want.Digest, want.State)
					}
				}
			}
		}
	}
}

// plainCell judges by minutes; beyond tells that there are others, of which
// nothing is known.
func plainCell(all []minutes, beyond bool) (c Cell) {
	whole, proven := !beyond, !beyond
	var some, gap, bad, tampered, lost, weak bool
	for _, m := range all {
		c.Events, c.Files, c.Missing = c.Events+m.events, c.Files+m.files, c.Missing+m.missing
		whole, proven, some = whole && m.claimed, proven && m.proven, some || m.claimed
		gap, bad, tampered, lost, weak = gap || m.gap, bad || m.bad, tampered || m.tampered, lost || m.lost, weak || m.weak
	}
	switch {
	case bad || tampered:
		c.Digest = DigestTampered
	case proven && !weak && !lost:
		c.Digest = DigestProven
	case whole:
		c.Digest = DigestUnproven
	case gap:
		c.Digest = DigestGap
	case some:
		c.Digest = DigestPartial
	}
	switch {
	case c.Events > 0:
		c.State = Activity
	case bad || lost || c.Digest == DigestGap:
		c.State = Hole
	case whole:
		c.State = NoActivity
	case some || c.Files > 0:
		c.State = NoEvents
	}
	return c
}

// Where an event happened: the file's account before the event's, the event's
// region before the file's.
func TestAreaOfAnEvent(t *testing.T) {
	for _, c := range []struct {
		file  Area
		event string
		want  Area
	}{
		{Area{}, `{"awsRegion":"r","recipientAccountId":"1","userIdentity":{"accountId":"2"}}`, Area{"1", "r"}},
		{Area{}, `{"awsRegion":"r","userIdentity":{"accountId":"2"}}`, Area{"2", "r"}},
		{Area{"3", "s"}, `{"awsRegion":"r","recipientAccountId":"1"}`, Area{"3", "r"}},
		{Area{"3", "s"}, `{}`, Area{"3", "s"}},
		{Area{}, `{"awsRegion":null,"recipientAccountId":7}`, Area{}},
		{Area{}, `{"awsRegion":"a\u001b[31m","recipientAccountId":"\ud800"}`, Area{"\ufffd", "a\x1b[31m"}},
		{Area{}, `{"awsRegion":"` + fmt.Sprintf("%0100d", 0) + `"}`, Area{"", fmt.Sprintf("%064d", 0) + "…"}},
	} {
		r := NewReader()
		r.From(c.file)
		r.Add(parse.Event{Raw: []byte(c.event)})
		got := New()
		got.Absorb(r.Take())
		if len(got.areas) != 1 || got.areas[c.want] == nil || got.Untimed() != 1 {
			t.Errorf("%s in a file of %v: %v, want %v", c.event, c.file, got.areas, c.want)
		}
	}
}

func TestDroppedEventsDoNotCount(t *testing.T) {
	r := NewReader()
	for _, at := range []string{"10:00", "10:30", "11:00"} {
		r.Add(parse.Event{Raw: []byte(`{"eventID":"` + at + `","eventTime":"2024-01-09T` + at + `:00Z","awsRegion":"r","recipientAccountId":"1","eventName":"` + at + `"}`)})
	}
	b := r.Take()
	b.Drop(0)
	c := New()
	c.Absorb(b)
	c.Settle(event.NoTime, event.NoTime)
	var counts []int64
	m := c.Map(c.Step())
	for cell := range m.Cells(&m.Rows[0]) {
		counts = append(counts, cell.Events)
	}
	if !reflect.DeepEqual(counts, []int64{1, 1}) {
		t.Errorf("%v", counts)
	}
	if d := c.whoDidWhat()[Area{"1", "r"}]; d.api != ":10:30" {
		t.Errorf("the first event is %q", d.api)
	}
}

// What would fill the memory is kept together.
func TestCoverageIsBounded(t *testing.T) {
	c := New()
	c.maxCells, c.maxAreas = 1000, 30
	events := 0
	for year := 1970; year < 2200; year += 5 {
		for area := range 60 {
			c.File(Area{"1", fmt.Sprint(area)}, event.Instant(time.Date(year, 5, area, 0, 0, 0, 0, time.UTC)))
			events++
		}
	}
	c.Settle(event.NoTime, event.NoTime)
	files := int64(0)
	for _, r := range c.Map(c.Step()).Rows {
		files += r.Files
	}
	if c.cells > 1000 || c.Areas() > 31 || c.Exact() || files != int64(events) || c.areas[others] == nil {
		t.Errorf("%d cells of %s, %d areas, %d files of %d", c.cells, time.Duration(c.Step()), c.Areas(), files, events)
	}
}

// Times that nanoseconds cannot hold, and windows that no digest has.
func TestHostileWindows(t *testing.T) {
	c, p := New(), Area{"1", "r"}
	c.Cover(p, time.Time{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), true)
	c.Cover(p, day0, day0.Add(-time.Hour), true)
	c.Gap(p, time.Time{}, day0)
	c.BadDigest(p, time.Time{}, time.Time{})
	c.Settle(event.NoTime, event.NoTime)
	if _, _, ok := c.Span(); ok || c.Areas() != 0 {
		t.Errorf("%d areas", c.Areas())
	}
	c.Cover(p, day0.Add(-1000*time.Hour), day0, true)
	c.Settle(event.NoTime, event.NoTime)
	if from, to, _ := c.Span(); to-from != hour {
		t.Errorf("a window of %s is believed", time.Duration(to-from))
	}
}

// Only what was asked for is told, and all of that.
func TestCoverageOfASpan(t *testing.T) {
	c, p := New(), Area{"1", "r"}
	c.Cover(p, day0, day0.Add(time.Hour), true)
	c.Cover(p, day0.Add(time.Hour), day0.Add(2*time.Hour), true)
	c.File(p, event.Instant(day0))
	c.File(Area{"2", "r"}, event.Instant(day0))
	c.Settle(event.Instant(day0.Add(90*time.Minute)), event.Instant(day0.Add(4*time.Hour)))
	m := c.Map(c.Step())
	var got []string
	for i := range m.Rows {
		for cell := range m.Cells(&m.Rows[i]) {
			got = append(got, cell.Digest.String()+", "+cell.State.String())
		}
	}
	if want := []string{"proven, no activity", "absent, no logs", "absent, no logs"}; !reflect.DeepEqual(got, want) || m.Rows[0].Area != p {
		t.Errorf("%v, want %v", got, want)
	}
}

// A region is new after a day, a quarter of the evidence, or the baseline.
func TestNewRegions(t *testing.T) {
	for _, c := range []struct {
		hours, first int
		baseline     int // hour, -1: none
		digests      bool
		want         bool
	}{
		{100, 24, -1, false, true}, {100, 23, -1, false, false}, {8, 2, -1, false, true}, {8, 1, -1, false, false}, {20, 5, -1, true, true}, {20, 4, -1, false, false},
		{100, 3, 3, false, true}, {100, 2, 3, false, false}, {100, 50, 0, false, false}, {4, 1, 1, true, true},
	} {
		at := func(h int) time.Time { return day0.Add(time.Duration(h) * time.Hour) }
		cov, old, fresh := New(), Area{"1", "old"}, Area{"1", "fresh"}
		for h := range c.hours {
			cov.File(old, event.Instant(at(h)))
			cov.Absorb(eventBatch(old, at(h), "Old", "alice"))
			if c.digests {
				cov.Cover(fresh, at(h), at(h+1), false)
			}
		}
		cov.Absorb(eventBatch(fresh, at(c.first).Add(time.Minute), "Second", "mallory"))
		cov.Absorb(eventBatch(fresh, at(c.first), "First", "mallory"))
		cov.Absorb(eventBatch(fresh, at(c.first).Add(time.Minute), "Third", "bob"))
		cov.Settle(event.NoTime, event.NoTime)
		baseline := int64(event.NoTime)
		if c.baseline >= 0 {
			baseline = event.Instant(at(c.baseline))
		}
		var found []Finding
		for _, a := range cov.Findings(baseline) {
			if a.Kind == NewRegion {
				found = append(found, a)
			}
		}
		if len(found) != map[bool]int{true: 1}[c.want] {
			t.Errorf("%+v: %+v", c, found)
			continue
		}
		if !c.want {
			continue
		}
		a := found[0]
		if a.Area != fresh || a.From != event.Instant(at(c.first)) || a.Hours != int64(c.first) || a.Events != 3 || a.API != "s3:First" ||
			len(a.Users) != 2 || a.Users[0].Text != "mallory" || a.Users[0].Count != 2 || a.Covered != c.digests {
			t.Errorf("%+v: %+v", c, a)
		}
	}
}

// What is not there, area by area.
func TestAbsences(t *testing.T) {
	at := func(h int) time.Time { return day0.Add(time.Duration(h) * time.Hour) }
	c := New()
	c.Cover(Area{"1", "unused"}, at(0), at(1), true)
	c.Cover(Area{"1", "unused"}, at(1), at(2), true)
	for _, h := range []int{0, 1, 4, 5, 9} { // 2 and 3, 6 to 8
		c.File(Area{"1", "silent"}, event.Instant(at(h)))
	}
	r := NewReader()
	r.From(Area{"1", "silent"})
	r.Add(parse.Event{Raw: []byte(`{"eventTime":"2024-01-09T00:00:00Z","awsRegion":"global"}`)})
	c.Absorb(r.Take())
	c.Settle(event.NoTime, event.NoTime)
	got := map[string]Finding{}
	for _, a := range c.Findings(event.NoTime) {
		got[string(a.Kind)+" "+a.Region] = a
	}
	if len(got) != 5 || !c.AnyDigest() {
		t.Fatalf("%+v", got)
	}
	if a := got["no activity unused"]; a.Hours != 2 || a.From != event.Instant(at(0)) || a.To != event.Instant(at(2)) {
		t.Errorf("%+v", a)
	}
	if a := got["no logs silent"]; a.Hours != 5 || a.From != event.Instant(at(6)) || a.To != event.Instant(at(9)) {
		t.Errorf("%+v", a)
	}
	if a := got["no digests silent"]; a.Files != 5 {
		t.Errorf("%+v", a)
	}
	if a := got["other folders global"]; a.Events != 1 || ViaArea(a.Via[0]) != (Area{"1", "silent"}) {
		t.Errorf("%+v", a)
	}
}
