package search_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ctlog/event"
	"ctlog/internal/scan"
	"ctlog/output"
	"ctlog/parse"
	"ctlog/query/jq"
	"ctlog/query/match"
	"ctlog/search"
)

// anEvent is an event of user n, at minute n of an hour.
func anEvent(name string, n int) string {
	return fmt.Sprintf(`{"eventID":"00000000-0000-4000-8000-%012d","eventTime":"2024-01-09T10:%02d:00Z","eventName":%q,"n":%d}`, n, n%60, name, n)
}

func aLog(events ...string) string { return `{"Records":[` + strings.Join(events, ",") + `]}` }

// write makes a directory of logs, by name.
func write(t testing.TB, files map[string]string) string {
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func programs(t testing.TB, filters ...string) (all []*jq.Program) {
	for _, f := range filters {
		p, err := jq.Compile(f, jq.Options{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// reports is a Reporter that keeps what it hears.
type reports struct {
	unreadable []string
	files      int
	failed     []search.EventError
}

func (r *reports) File(o scan.Outcome) {
	if r.files++; o.Err != nil {
		r.unreadable = append(r.unreadable, filepath.Base(o.Path))
	}
}

func (r *reports) Failed(e search.EventError) { r.failed = append(r.failed, e) }

// run searches and gives what is printed.
func run(t testing.TB, o search.Options, jobs int, paths ...string) (string, search.Result, *reports) {
	var out bytes.Buffer
	o.Out = &out
	s, err := search.New(o)
	if err != nil {
		t.Fatal(err)
	}
	heard := &reports{}
	r := s.Start(t.Context(), heard)
	err = r.Read(scan.Config{Paths: paths, Jobs: jobs})
	res, err := r.Close(err)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), res, heard
}

// numbers are the values of "n", in the order in which events were printed.
func numbers(printed string) (ns []string) {
	for line := range strings.Lines(printed) {
		v, _ := parse.Field([]byte(line), "n")
		ns = append(ns, string(v))
	}
	return ns
}

// The order is that of the evidence whatever the number of workers, or that of
// time, of which the evidence's decides between equals.
func TestOrder(t *testing.T) {
	files, want := map[string]string{}, []string{}
	for f := range 40 {
		var events []string
		for i := range 1 + f*f%7*200 { // of very different sizes
			n := (f*1000 + i) * 7919 % 60
			events = append(events, anEvent("GetObject", n))
			want = append(want, fmt.Sprint(n))
		}
		files[fmt.Sprintf("%02d.json", f)] = aLog(events...)
	}
	dir := write(t, files)
	sorted := slices.Clone(want)
	slices.SortStableFunc(sorted, func(a, b string) int {
		return len(a) - len(b) + 10*strings.Compare(fmt.Sprintf("%02s", a), fmt.Sprintf("%02s", b))
	})
	for _, jobs := range []int{1, 2, 7} {
		got, res, _ := run(t, search.Options{}, jobs, dir)
		if !slices.Equal(numbers(got), want) {
			t.Errorf("%d jobs: not in the order of the evidence", jobs)
		}
		if res.Matched != int64(len(want)) || res.Printed != res.Matched || res.Events != res.Matched {
			t.Errorf("%d jobs: %+v", jobs, res.Tally)
		}
		if got, _, _ := run(t, search.Options{ByTime: true}, jobs, dir); !slices.Equal(numbers(got), sorted) {
			t.Errorf("%d jobs: not in the order of time", jobs)
		}
	}
}

func TestDedupe(t *testing.T) {
	twin := strings.Replace(anEvent("GetObject", 1), "GetObject", "PutObject", 1)
	dir := write(t, map[string]string{
		"a.json": aLog(anEvent("GetObject", 1), anEvent("GetObject", 2)),
		"b.json": aLog(anEvent("GetObject", 2), twin, `{"n":9}`, `{"n":9}`),
	})
	got, res, _ := run(t, search.Options{Dedupe: true}, 2, dir)
	if want := []string{"1", "2", "9", "9"}; !slices.Equal(numbers(got), want) {
		t.Errorf("%q, want %q", numbers(got), want)
	}
	d := res.Duplicates
	if d.Dropped != 2 || d.Differed != 1 || !slices.Equal(d.Conflicts, []string{"00000000-0000-4000-8000-000000000001"}) {
		t.Errorf("%d dropped, %d differ, %q", d.Dropped, d.Differed, d.Conflicts)
	}
	if got, _, _ := run(t, search.Options{Dedupe: true, CountOnly: true}, 2, dir); got != "4\n" {
		t.Errorf("count: %q", got)
	}
}

func TestLimits(t *testing.T) {
	dir := write(t, map[string]string{
		"a.json": aLog(anEvent("GetObject", 1), anEvent("GetObject", 2), anEvent("GetObject", 3)),
		"b.json": aLog(anEvent("PutObject", 4)),
		"c.json": aLog(anEvent("GetObject", 5)),
	})
	get := match.Fields{EventName: []string{"Get*"}}
	got, res, _ := run(t, search.Options{Fields: get, MaxPerFile: 2}, 2, dir)
	if want := []string{"1", "2", "5"}; !slices.Equal(numbers(got), want) || res.Matched != 3 {
		t.Errorf("%q, want %q; %+v", numbers(got), want, res.Tally)
	}
	got, _, _ = run(t, search.Options{Fields: get, NamesOnly: true}, 2, dir)
	if want := filepath.Join(dir, "a.json") + "\n" + filepath.Join(dir, "c.json") + "\n"; got != want {
		t.Errorf("names: %q", got)
	}
	if got, _, _ = run(t, search.Options{Fields: get, CountOnly: true}, 2, dir); got != "4\n" {
		t.Errorf("count: %q", got)
	}
	got, res, _ = run(t, search.Options{Fields: get, Invert: true}, 2, dir)
	if want := []string{"4"}; !slices.Equal(numbers(got), want) || res.Missed != 4 {
		t.Errorf("inverted: %q; %+v", numbers(got), res.Tally)
	}
	got, _, _ = run(t, search.Options{Fields: get, Invert: true, NamesOnly: true}, 2, dir)
	if want := filepath.Join(dir, "b.json") + "\n"; got != want {
		t.Errorf("names, inverted: %q", got)
	}
}

// Every file that cannot be read is told, in order, and ends nothing.
func TestReporterHearsOfEveryFile(t *testing.T) {
	files := map[string]string{}
	for f := range 30 {
		files[fmt.Sprintf("%02d.json", f)] = aLog(anEvent("GetObject", f))
		if f%3 == 1 {
			files[fmt.Sprintf("%02d.json", f)] = `{"Records":[` + anEvent("GetObject", f) + `,{"eventName":`
		}
	}
	got, res, heard := run(t, search.Options{}, 3, write(t, files))
	var want []string
	for f := 1; f < 30; f += 3 {
		want = append(want, fmt.Sprintf("%02d.json", f))
	}
	if !slices.Equal(heard.unreadable, want) || heard.files != 30 {
		t.Errorf("%d files, unreadable: %q, want %q", heard.files, heard.unreadable, want)
	}
	if n := len(numbers(got)); n != 30 || res.Matched != 30 {
		t.Errorf("%d events are printed of 30 that stand before any damage", n)
	}
}

func TestErrorsOfTheFilter(t *testing.T) {
	dir := write(t, map[string]string{
		"a.json": aLog(anEvent("GetObject", 1), anEvent("PutObject", 2), anEvent("PutObject", 3)),
		"b.json": aLog(anEvent("PutObject", 4), anEvent("GetObject", 5)),
	})
	o := search.Options{Programs: programs(t, `if .eventName == "PutObject" then error("no") else true end`)}
	got, res, heard := run(t, o, 1, dir)
	if want := []string{"1", "5"}; !slices.Equal(numbers(got), want) || res.Errored != 3 || res.Failed {
		t.Errorf("%q, want %q; %+v", numbers(got), want, res.Tally)
	}
	if len(heard.failed) != 2 || !strings.HasSuffix(heard.failed[0].Error(), "a.json: event 00000000-0000-4000-8000-000000000002: no") {
		t.Errorf("heard %q", heard.failed)
	}
	o.Strict = true
	if got, res, heard = run(t, o, 1, dir); len(numbers(got)) != 1 || !res.Failed || len(heard.failed) != 1 {
		t.Errorf("strict: %q, failed %v, heard %q", numbers(got), res.Failed, heard.failed)
	}
	o.Programs = programs(t, `if .n == 4 then "bye" | halt_error(7) else false end`)
	if got, res, heard = run(t, o, 1, dir); got != "" || res.Halt == nil || res.Halt.Code != 7 || res.Failed || len(heard.failed) != 0 {
		t.Errorf("halt: %q, %+v, heard %q", got, res.Halt, heard.failed)
	}
}

// matches is a Sink that keeps what it gets.
type matches struct {
	all  []search.Match
	full error // after the second
}

func (m *matches) Match(one search.Match) error {
	one.Event, one.File = bytes.Clone(one.Event), filepath.Base(one.File)
	if m.all = append(m.all, one); len(m.all) == 2 {
		return m.full
	}
	return nil
}

// A Sink gets events as they were delivered, white space and all, and what the
// filter makes of them, with their place; sorted and without duplicates where
// that is asked for.
func TestSink(t *testing.T) {
	first, second := anEvent("GetObject", 9), `{ "eventTime" : "2024-01-09T10:03:00Z",`+"\n"+` "n" : 3 }`
	dir := write(t, map[string]string{"a.json": aLog(first, second), "b.json": aLog(first, anEvent("GetObject", 5))})
	var got matches
	_, res, _ := run(t, search.Options{Sink: &got, Dedupe: true, ByTime: true, Format: output.Table}, 2, dir)
	want := []search.Match{
		{Event: []byte(second), File: "a.json", Offset: int64(len(aLog(first)) - 1), Index: 1},
		{Event: []byte(anEvent("GetObject", 5)), File: "b.json", Offset: int64(len(aLog(first)) - 1), Index: 1},
		{Event: []byte(first), File: "a.json", Offset: 12},
	}
	if len(got.all) != len(want) {
		t.Fatalf("%+v", got.all)
	}
	for i, m := range got.all {
		if w := want[i]; !bytes.Equal(m.Event, w.Event) || m.File != w.File || m.Offset != w.Offset || m.Index != w.Index || m.Made {
			t.Errorf("match %d: %+v\n%s\nwant %+v\n%s", i, m, m.Event, w, w.Event)
		}
	}
	if res.Printed != 3 || res.Duplicates.Dropped != 1 {
		t.Errorf("%+v", res)
	}
	got = matches{}
	run(t, search.Options{Sink: &got, Programs: programs(t, `{n}`)}, 2, dir)
	if len(got.all) != 4 || !got.all[0].Made || string(got.all[0].Event) != `{"n":9}` || got.all[3].Index != 1 {
		t.Errorf("made: %+v", got.all)
	}
}

// A Sink that has enough ends the search, and hears its own error.
func TestSinkEndsSearch(t *testing.T) {
	enough := errors.New("enough")
	s, err := search.New(search.Options{Sink: &matches{full: enough}})
	if err != nil {
		t.Fatal(err)
	}
	r := s.Start(t.Context(), &reports{})
	_, err = r.Close(r.Read(scan.Config{Jobs: 1, Paths: []string{write(t, map[string]string{"a.json": aLog(anEvent("a", 1), anEvent("a", 2), anEvent("a", 3))})}}))
	if !errors.Is(err, enough) {
		t.Errorf("error %v", err)
	}
}

// What a scan knows of a file goes with its events.
func TestJudgement(t *testing.T) {
	dir := write(t, map[string]string{"a.json": aLog(anEvent("GetObject", 1)), "b.json": aLog(anEvent("GetObject", 1))})
	var got matches
	s, err := search.New(search.Options{Sink: &got, Dedupe: true, Source: true})
	if err != nil {
		t.Fatal(err)
	}
	config := scan.Config{Jobs: 2, Paths: []string{dir}, Judge: func(f scan.File) (scan.Judgement, error) {
		if filepath.Base(f.Path) == "a.json" {
			return scan.Judgement{Status: "unverified", Unproven: true}, nil
		}
		return scan.Judgement{Status: "valid"}, nil
	}}
	r := s.Start(t.Context(), &reports{})
	if _, err := r.Close(r.Read(config)); err != nil {
		t.Fatal(err)
	}
	if len(got.all) != 2 || got.all[0].Status != "unverified" || !bytes.Contains(got.all[1].Event, []byte(`"integrity":"valid"`)) {
		t.Errorf("%+v", got.all) // each counts for itself: what is proven is read first where that matters
	}
}

func TestColumns(t *testing.T) {
	columns, err := event.ParseColumns("eventName,n")
	if err != nil {
		t.Fatal(err)
	}
	dir := write(t, map[string]string{"a.json": aLog(anEvent("GetObject", 1))})
	got, res, _ := run(t, search.Options{Format: output.CSV, Columns: columns}, 1, dir)
	if got != "eventName,n\r\nGetObject,1\r\n" || res.Loose {
		t.Errorf("%q", got)
	}
	if _, res, _ = run(t, search.Options{Format: output.CSV, Columns: columns, Programs: programs(t, ".n")}, 1, dir); !res.Loose {
		t.Error("a value is not said to be none of the columns")
	}
}

func TestWhatDoesNotGoTogether(t *testing.T) {
	whole := programs(t, ".Records | length")
	for _, c := range []struct {
		options search.Options
		want    error
	}{
		{search.Options{Programs: whole, Invert: true}, search.ErrEventsOnly},
		{search.Options{Programs: whole, ByTime: true}, search.ErrEventsOnly},
		{search.Options{Programs: whole, Fields: match.Fields{Region: []string{"x"}}}, search.ErrConditions},
		{search.Options{CountOnly: true, NamesOnly: true}, search.ErrExclusive},
	} {
		if _, err := search.New(c.options); !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
	_, err := search.New(search.Options{Programs: append(programs(t, ".a"), whole...)})
	if about := new(search.DocumentsError); !errors.As(err, &about) || about.Program != 1 {
		t.Errorf("several filters: %v", err)
	}
}
