package triage

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"ctlog/event"
)

// NewTimeline is NewFields for events that are counted by time too: in buckets
// of a whole number of seconds, and by the fields, if there are any. Errors are
// counted as well.
func NewTimeline(list string, bucket time.Duration) (*Fields, error) {
	by := event.NewColumns()
	if list != "" {
		var err error
		if by, err = columnsOf(list); err != nil {
			return nil, err
		}
		if strings.Contains(list, "[]") {
			return nil, fmt.Errorf("%q has several values an event, which only count tells apart", list)
		}
	}
	return newFields(by, int64(bucket), true), nil
}

// MaxBucket is how long a bucket may be.
const MaxBucket = 10 * 366 * 24 * time.Hour

// Weeks begin on Mondays; the first one after the beginning of 1970 was the
// fifth of January.
const (
	week   = int64(7 * 24 * time.Hour)
	monday = int64(4 * 24 * time.Hour)
)

// BucketOf gives the beginning of the bucket that a time falls into.
func BucketOf(ns, bucket int64) int64 {
	if ns == event.NoTime {
		return event.NoTime
	}
	shift := int64(0)
	if bucket%week == 0 {
		shift = monday
	}
	rest := (ns - shift) % bucket
	if rest < 0 {
		rest += bucket
	}
	return ns - rest
}

// Point is what happened in a bucket that has events. Key is as in Row, without
// the time.
type Point struct {
	Start int64 // event.NoTime: events without a time
	Key   []byte
	Seen
}

// startOf reads what AppendTime has written.
func startOf(raw []byte) int64 {
	t, err := time.Parse(`"`+time.RFC3339Nano+`"`, string(raw))
	if err != nil {
		return event.NoTime
	}
	return t.UnixNano()
}

// order puts events without a time last.
func (p Point) order() int64 {
	if p.Start == event.NoTime {
		return math.MaxInt64
	}
	return p.Start
}

// Points gives the points of a timeline in the order of time, the most frequent
// value of a bucket first. Events without a time come last.
func Points(t *Table) []Point {
	points := make([]Point, 0, t.Len())
	for _, r := range t.rows {
		start, key, _ := bytes.Cut(r.Key, []byte(","))
		points = append(points, Point{startOf(start), key, r.Seen})
	}
	slices.SortFunc(points, func(a, b Point) int {
		return cmp.Or(cmp.Compare(a.order(), b.order()), cmp.Compare(b.Count, a.Count), bytes.Compare(a.Key, b.Key))
	})
	return points
}

// Line is the course of one value.
type Line struct {
	Key []byte
	Seen
	Points []Point // in the order of time
}

// Lines gives the courses of the values, the most frequent first.
func Lines(points []Point) []Line {
	at := map[string]int{}
	var lines []Line
	for _, p := range points {
		i, ok := at[string(p.Key)]
		if !ok {
			i = len(lines)
			at[string(p.Key)] = i
			lines = append(lines, Line{Key: p.Key, Seen: Seen{First: event.NoTime, Last: event.NoTime}})
		}
		lines[i].Seen.add(p.Seen)
		lines[i].Points = append(lines[i].Points, p)
	}
	slices.SortFunc(lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), bytes.Compare(a.Key, b.Key))
	})
	return lines
}

// Span is the first and the last bucket of points that have a time; ok is false
// when there is none.
func Span(points []Point) (first, last int64, ok bool) {
	n := len(points)
	for n > 0 && points[n-1].Start == event.NoTime {
		n--
	}
	if n == 0 {
		return 0, 0, false
	}
	return points[0].Start, points[n-1].Start, true
}
