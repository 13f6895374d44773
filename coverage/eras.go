package coverage

import (
	"cmp"
	"slices"

	"ctlog/event"
	"ctlog/triage"
)

// A file with a made-up date can make a map of centuries. So a map has no cells
// for holes of over a year, and what is on the far side of one and neither proven
// nor about any log or event is not in it at all.

// farAway is how far from everything else something is left out, or apart.
const farAway = 366 * 24 * hour

// era is a stretch of time without such a hole.
type era struct {
	span
	proven bool // something in it is
	logged bool // there are logs or events in it
}

func (e *era) join(o era) {
	e.to = max(e.to, o.to)
	e.proven, e.logged = e.proven || o.proven, e.logged || o.logged
}

// eras are in order and apart.
func (c *Coverage) eras() (joined []era) {
	var all []era
	for _, k := range c.areas {
		for at, t := range k.cells {
			if at != event.NoTime {
				all = append(all, era{span{at, at + c.Step()}, c.judged && t.events > 0, t.events+t.unproven+t.files > 0})
			}
		}
		for _, of := range []struct {
			spans  spans
			proven bool
		}{{k.proven, true}, {k.claimed, false}, {k.faulted, false}} {
			for _, s := range of.spans {
				all = append(all, era{s, of.proven, false})
			}
		}
	}
	slices.SortFunc(all, func(a, b era) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	for _, e := range all {
		if n := len(joined); n > 0 && e.from-joined[n-1].to <= farAway {
			joined[n-1].join(e)
		} else {
			joined = append(joined, e)
		}
	}
	return joined
}

// choose chooses the eras that the map is about: where something is proven, those
// with something that is; else those with logs or events, else the longest.
func choose(all []era) (kept spans) {
	want := func(e era) bool { return e.proven }
	if !slices.ContainsFunc(all, want) {
		want = func(e era) bool { return e.logged }
	}
	if len(all) > 0 && !slices.ContainsFunc(all, want) {
		longest := slices.MaxFunc(all, func(a, b era) int { return cmp.Compare(a.to-a.from, b.to-b.from) })
		want = func(e era) bool { return e.span == longest.span }
	}
	for _, e := range all {
		if want(e) {
			kept = append(kept, e.span)
		}
	}
	return kept
}

// leaveOut takes out what is far away from what the map is about, and areas of
// which there is nothing but digests that nothing proves, where others are.
func (c *Coverage) leaveOut() {
	c.kept = choose(c.eras())
	for p, k := range c.areas {
		for at, t := range k.cells {
			if at != event.NoTime && !c.Within(at) {
				c.Left.Events += t.events + t.unproven
				c.Left.Files += t.files
				delete(k.cells, at)
			}
		}
		k.first = k.firstWithin(c)
		k.gaps = slices.DeleteFunc(k.gaps, func(s span) bool { return !c.Near(s.from) || !c.Near(s.to) }) // to something that is left out
		for _, s := range []*spans{&k.proven, &k.claimed, &k.faulted} {
			*s = s.among(c.kept)
		}
		if c.judged && len(k.claimed) > 0 && len(k.proven)+len(k.gaps)+len(k.faulted)+len(k.cells) == 0 {
			c.Left.Areas++
			k.claimed = nil
		}
		if k.empty() {
			delete(c.areas, p)
		}
	}
}

// firstWithin is when the first event was that has not been left out, to the
// hour if others have.
func (k *known) firstWithin(c *Coverage) int64 {
	if k.first == event.NoTime || c.Within(k.first) {
		return k.first
	}
	first := int64(event.NoTime)
	for at, t := range k.cells {
		if at != event.NoTime && (t.events > 0 || !k.sure && t.unproven > 0) && (first == event.NoTime || at < first) {
			first = at
		}
	}
	return first
}

// among leaves what is in some settled spans.
func (s spans) among(kept spans) (left spans) {
	for _, k := range kept {
		left = append(left, s.within(k.from, k.to)...)
	}
	return left
}

// Within reports whether a time is in what a settled coverage is about.
func (c *Coverage) Within(at int64) bool {
	i := c.kept.after(at)
	return i < len(c.kept) && c.kept[i].from <= at
}

// Near reports whether a time is not over a year from that.
func (c *Coverage) Near(at int64) bool {
	return slices.ContainsFunc(c.kept, func(s span) bool { return at >= s.from-farAway && at <= s.to+farAway })
}

// parts are what a map of that step is made of: what was asked for, but for the
// holes of over a year between what there is.
func (c *Coverage) parts(step int64) (parts spans) {
	from, to, ok := c.Span()
	if !ok {
		return nil
	}
	for _, k := range c.kept {
		s := span{k.from, k.to}
		if len(parts) == 0 {
			s.from = from
		}
		if k == c.kept[len(c.kept)-1] {
			s.to = to
		}
		s = span{triage.BucketOf(s.from, step), triage.BucketOf(s.to-1, step) + step}
		if n := len(parts); n > 0 && s.from <= parts[n-1].to {
			parts[n-1].to = max(parts[n-1].to, s.to)
		} else {
			parts = append(parts, s)
		}
	}
	return parts
}

// columns is how many cells of that step they are.
func (s spans) columns(step int64) (n int64) {
	for _, p := range s {
		n += (p.to - p.from) / step
	}
	return n
}
