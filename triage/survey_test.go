package triage

import (
	"strings"
	"testing"

	"ctlog/event"
	"ctlog/internal/scan"
	"ctlog/query/match"
	"ctlog/source"
)

// surveyed runs a survey of logs once for each of judgements, as if a file were
// proven or not, and counts by eventName.
func surveyed(t *testing.T, o SurveyOptions, logs string, judgements ...scan.Judgement) (*Survey, string) {
	s, err := NewSurvey(o)
	if err != nil {
		t.Fatal(err)
	}
	fields, err := NewFields("eventName")
	if err != nil {
		t.Fatal(err)
	}
	var table Table
	for _, j := range judgements {
		config := scan.Config{Paths: []string{"-"}, Jobs: 2, Source: source.Options{Stdin: strings.NewReader(logs)}}
		config.Judge = func(scan.File) (scan.Judgement, error) { return j, nil }
		err := s.Run(t.Context(), config, func() EventReader { return fields.Reader() }, table.Absorb, func(o scan.Outcome) error { return o.Err })
		if err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, r := range fields.Counts(&table).Rows {
		got = append(got, string(r.Key)+strings.Repeat("|", int(r.Count)))
	}
	return s, strings.Join(got, " ")
}

// A survey without options counts everything; with conditions what meets them,
// whether a plan helps or not.
func TestSurveyChooses(t *testing.T) {
	const logs = `{"eventID":"1","eventName":"A","awsRegion":"r"}{"eventID":"2","eventName":"B","awsRegion":"r"}{"eventID":"1","eventName":"A","awsRegion":"r"}`
	for _, c := range []struct {
		options SurveyOptions
		want    string
		events  int64
	}{
		{SurveyOptions{}, `"A"|| "B"|`, 3},
		{SurveyOptions{Dedupe: true}, `"A"| "B"|`, 3},
		{SurveyOptions{Fields: match.Fields{EventName: []string{"B"}}}, `"B"|`, 1},
		{SurveyOptions{Fields: match.Fields{Region: []string{"*"}}}, `"A"|| "B"|`, 3},
		{SurveyOptions{Fields: match.Fields{EventName: []string{"None"}}}, "", 0},
	} {
		s, got := surveyed(t, c.options, logs, scan.Judgement{})
		if got != c.want || s.Events != c.events || s.Unproven != 0 {
			t.Errorf("%+v: %s of %d events, want %s of %d", c.options, got, s.Events, c.want, c.events)
		}
	}
	if _, err := NewSurvey(SurveyOptions{Fields: match.Fields{SourceIP: []string{"192.0.2.0/77"}}}); err == nil {
		t.Error("a network that there cannot be is accepted")
	}
}

// What is proven counts before what is not, and what nothing proves is known.
func TestSurveyOfUnprovenFiles(t *testing.T) {
	const logs = `{"eventID":"1","eventName":"A"}{"eventID":"2","eventName":"B"}`
	s, got := surveyed(t, SurveyOptions{Dedupe: true}, logs, scan.Judgement{}, scan.Judgement{Unproven: true})
	if got != `"A"| "B"|` || s.Unproven != 0 || s.Duplicates.Dropped != 2 {
		t.Errorf("proven, then the same unproven: %s, %d unproven, %d dropped", got, s.Unproven, s.Duplicates.Dropped)
	}
	if s, got = surveyed(t, SurveyOptions{Dedupe: true}, logs, scan.Judgement{Unproven: true}); got != `"A"| "B"|` || s.Unproven != 2 {
		t.Errorf("unproven: %s, %d unproven", got, s.Unproven)
	}
}

// What Top leaves out is said, and nothing is lost.
func TestTop(t *testing.T) {
	c := &Counts{Rows: []Row{{Key: []byte(`"a"`), Seen: Seen{Count: 5}}, {Key: []byte(`"b"`), Seen: Seen{Count: 3}}, {Key: []byte(`"c"`), Seen: Seen{Count: 1}}}}
	if c.Top(1); len(c.Rows) != 1 || c.Omitted != (Omitted{2, 4}) {
		t.Errorf("%d rows, %+v omitted", len(c.Rows), c.Omitted)
	}
	point := func(at int64, key string, n int64) Point { return Point{at, []byte(key), Seen{Count: n}} }
	l := &Timeline{Fields: []string{"f"}, Points: []Point{point(0, `"a"`, 1), point(0, `"b"`, 2), point(1, `"a"`, 4), point(event.NoTime, `"c"`, 1)}}
	if l.Top(1); len(l.Points) != 2 || l.Omitted != (Omitted{2, 3}) || l.Points[1].Start != 1 {
		t.Errorf("%+v", l)
	}
	s := &Summary{Profiles: make([]*Profile, 3)}
	if s.Top(5); s.Omitted != 0 {
		t.Errorf("%d omitted of less", s.Omitted)
	}
	if s.Top(2); len(s.Profiles) != 2 || s.Omitted != 1 {
		t.Errorf("%d profiles, %d omitted", len(s.Profiles), s.Omitted)
	}
}
