package coverage

import (
	"math"
	"testing"
	"time"

	"ctlog/event"
	"ctlog/triage"
)

func date(year int) time.Time { return time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC) }

// Whatever evidence says, nanoseconds hold what is between two times, and what
// is next to them.
func TestTimesAreNotTooFarApart(t *testing.T) {
	var first, last int64 = math.MaxInt64, math.MinInt64
	for year := -3; year < 10_002; year++ {
		if at := event.Instant(date(year)); at != event.NoTime {
			first, last = min(first, at), max(last, at)
		}
	}
	longest := float64(max(int64(triage.MaxBucket), int64(Steps[len(Steps)-1])))
	if first >= last || float64(last)-float64(first)+4*longest > math.MaxInt64 {
		t.Errorf("from %d to %d", first, last)
	}
}

// A bound that cannot be counted leaves out what it should, and nothing else.
func TestBoundsOutOfReach(t *testing.T) {
	at := event.Instant(date(2024))
	for _, c := range []struct {
		year         int
		before       bool // it is before everything
		since, until bool // it leaves something out
	}{{1, true, false, true}, {1600, true, false, true}, {1969, true, false, true}, {2201, false, true, false}, {9999, false, true, false}} {
		d := date(c.year)
		if b := event.Bound(d); (b < at) != c.before || b == event.NoTime {
			t.Errorf("%d: bound %d", c.year, b)
		}
		all := spans{{at, at + hour}}
		if left := len(all.within(event.Since(d), event.NoTime)); (left == 0) != c.since {
			t.Errorf("%d: since leaves %d", c.year, left)
		}
		if left := len(all.within(event.NoTime, event.Until(d))); (left == 0) != c.until {
			t.Errorf("%d: until leaves %d", c.year, left)
		}
	}
	if event.Since(time.Time{}) != event.NoTime || event.Until(time.Time{}) != event.NoTime {
		t.Error("no bound is one")
	}
}
