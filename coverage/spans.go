package coverage

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"ctlog/event"
)

// span is a stretch of time, from included and to not.
type span struct{ from, to int64 }

// spans is stretches of time. settled, they are in order and apart.
type spans []span

func (s spans) settled() (joined spans) {
	s = slices.Clone(s)
	slices.SortFunc(s, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	for _, p := range s {
		if n := len(joined); n > 0 && p.from <= joined[n-1].to {
			joined[n-1].to = max(joined[n-1].to, p.to)
		} else {
			joined = append(joined, p)
		}
	}
	return joined
}

// within leaves what is between two times.
func (s spans) within(from, to int64) (left spans) {
	for _, p := range s {
		if from != event.NoTime {
			p.from = max(p.from, from)
		}
		if to != event.NoTime {
			p.to = min(p.to, to)
		}
		if p.from < p.to {
			left = append(left, p)
		}
	}
	return left
}

// after is the index of the first span that ends after t; of settled ones.
func (s spans) after(t int64) int {
	return sort.Search(len(s), func(i int) bool { return s[i].to > t })
}

// covers and touches are of settled spans.
func (s spans) covers(from, to int64) bool {
	i := s.after(from)
	return i < len(s) && s[i].from <= from && s[i].to >= to
}

func (s spans) touches(from, to int64) bool {
	i := s.after(from)
	return i < len(s) && s[i].from < to
}

// longest is how long the window of a digest can be: it is about an hour. What
// says to stand for more is believed for its last hour.
const longest = 24 * hour

// stretch makes a span of the window of a digest, or of what is lacking
// between two.
func stretch(from, to time.Time) (span, bool) {
	s := span{event.Instant(from), event.Instant(to)}
	return s, s.from != event.NoTime && s.to != event.NoTime && s.from < s.to
}

// Cover notes that a digest stands for what was delivered from one time up to
// another.
func (c *Coverage) Cover(p Area, from, to time.Time, proven bool) {
	s, ok := stretch(from, to)
	if !ok {
		return
	}
	if s.to-s.from > longest {
		s.from = s.to - hour
	}
	k := c.of(p)
	k.claimed = append(k.claimed, s)
	if proven {
		k.proven = append(k.proven, s)
	}
}

// Gap notes that a trail goes on and no digest stands for this time.
func (c *Coverage) Gap(p Area, from, to time.Time) {
	if s, ok := stretch(from, to); ok {
		k := c.of(p)
		k.gaps = append(k.gaps, s)
	}
}

// BadDigest notes that the digest of a time is missing, or cannot be relied on.
// from may be zero: then it is the hour before.
func (c *Coverage) BadDigest(p Area, from, to time.Time) {
	if from.IsZero() || to.Sub(from) > time.Duration(longest) {
		from = to.Add(-time.Hour)
	}
	if s, ok := stretch(from, to); ok {
		k := c.of(p)
		k.faulted = append(k.faulted, s)
	}
}

// Settle is called when everything is noted, with the time that was asked for,
// event.NoTime where that is open: what is outside of it is left out.
func (c *Coverage) Settle(since, until int64) {
	c.since, c.until = since, until
	for p, k := range c.areas {
		k.proven, k.claimed = k.proven.settled().within(since, until), k.claimed.settled().within(since, until)
		k.gaps, k.faulted = k.gaps.settled().within(since, until), k.faulted.settled().within(since, until)
		for at := range k.cells {
			if at != event.NoTime && len(spans{{at, at + c.Step()}}.within(since, until)) == 0 {
				delete(k.cells, at)
			}
		}
		if k.empty() {
			delete(c.areas, p)
		}
	}
	c.leaveOut()
}

// empty reports whether nothing is known.
func (k *known) empty() bool { return len(k.cells)+len(k.claimed)+len(k.gaps)+len(k.faulted) == 0 }
