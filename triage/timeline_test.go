package triage

import (
	"testing"
	"time"

	"ctlog/event"
	"ctlog/parse"
)

func TestBuckets(t *testing.T) {
	at := func(s string) int64 {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v.UnixNano()
	}
	for _, c := range []struct {
		time   string
		bucket time.Duration
		want   string
	}{
		{"2024-01-09T10:07:31Z", 5 * time.Minute, "2024-01-09T10:05:00Z"},
		{"2024-01-09T10:05:00Z", 5 * time.Minute, "2024-01-09T10:05:00Z"},
		{"2024-01-09T10:07:31Z", time.Second, "2024-01-09T10:07:31Z"},
		{"2024-01-09T10:07:31Z", 24 * time.Hour, "2024-01-09T00:00:00Z"},
		{"2024-01-14T23:59:59Z", 7 * 24 * time.Hour, "2024-01-08T00:00:00Z"},
		{"1970-01-01T00:00:00Z", 7 * 24 * time.Hour, "1969-12-29T00:00:00Z"},
	} {
		if got := BucketOf(at(c.time), int64(c.bucket)); got != at(c.want) {
			t.Errorf("%s in %s: %s, want %s", c.time, c.bucket, time.Unix(0, got).UTC(), c.want)
		}
	}
	if got := startOf(event.AppendTime(nil, at("1969-12-29T00:00:00Z"))); got != at("1969-12-29T00:00:00Z") {
		t.Errorf("a bucket from before 1970 begins at %d", got)
	}
	if BucketOf(event.NoTime, 5) != event.NoTime {
		t.Error("no time has a bucket")
	}
}

// Every event is in exactly one point, and in one line.
func TestPointsAndLines(t *testing.T) {
	f, err := NewTimeline("eventName", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	r := f.Reader()
	for _, e := range []string{
		`{"eventName":"a","eventTime":"2024-01-09T10:00:00Z"}`, `{"eventName":"b","eventTime":"2024-01-09T10:10:00Z","errorCode":"x"}`,
		`{"eventName":"b","eventTime":"2024-01-09T10:20:00Z"}`, `{"eventName":"b","eventTime":"2024-01-09T09:20:00Z"}`, `{"eventName":"a"}`, `{"errorMessage":"x"}`,
	} {
		r.Add(parse.Event{Raw: []byte(e)})
	}
	table := new(Table)
	table.Absorb(r.Take())
	points := Points(table)
	var all Seen
	for i, p := range points {
		all.Count, all.Errors = all.Count+p.Count, all.Errors+p.Errors
		if i > 0 && points[i-1].order() > p.order() {
			t.Error("points are not in the order of time")
		}
	}
	if len(points) != 5 || all.Count != 6 || all.Errors != 2 {
		t.Errorf("%d points, %+v", len(points), all)
	}
	lines := Lines(points)
	if len(lines) != 3 || string(lines[0].Key) != `"b"` || lines[0].Count != 3 || lines[0].Errors != 1 || len(lines[0].Points) != 2 {
		t.Errorf("lines %+v", lines)
	}
	first, last, ok := Span(points)
	if !ok || last-first != int64(time.Hour) {
		t.Errorf("from %d to %d, %v", first, last, ok)
	}
}
