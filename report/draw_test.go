package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"ctlog/coverage"
	"ctlog/event"
	"ctlog/output"
	"ctlog/triage"
)

// at is so many minutes after a morning.
func at(minutes int) int64 {
	return time.Date(2024, 1, 9, 10, minutes, 0, 0, time.UTC).UnixNano()
}

func seen(n, errors int64, first, last int) triage.Seen {
	return triage.Seen{Count: n, Errors: errors, First: at(first), Last: at(last)}
}

func value(text string, n int64) triage.Value {
	return triage.Value{Text: text, Seen: seen(n, 0, 0, 30)}
}

// drawn is what a renderer writes.
func drawn(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// expect compares text that begins on a line of its own.
func expect(t *testing.T, got, want string) {
	t.Helper()
	if want = strings.TrimPrefix(want, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// widest is the width of the longest line.
func widest(text string) (n int) {
	for line := range strings.Lines(text) {
		n = max(n, output.Width(strings.TrimSuffix(line, "\n")))
	}
	return n
}

func TestCounts(t *testing.T) {
	c := &triage.Counts{Fields: []string{"eventName", "user"}, Rows: []triage.Row{
		{Key: []byte(`"GetObject","alice"`), Seen: seen(12, 0, 0, 59)},
		{Key: []byte(`"PutObject",null`), Seen: triage.Seen{Count: 3, First: event.NoTime, Last: event.NoTime}},
	}}
	write := func(f output.Format) string {
		return drawn(t, func(w io.Writer) error { return WriteCounts(w, c, f, View{}) })
	}
	expect(t, write(output.Table), `
count  eventName  user   first                 last
   12  GetObject  alice  2024-01-09T10:00:00Z  2024-01-09T10:59:00Z
    3  PutObject
`)
	expect(t, write(output.TSV), `
count	eventName	user	first	last
12	GetObject	alice	2024-01-09T10:00:00Z	2024-01-09T10:59:00Z
3	PutObject			
`)
	expect(t, write(output.JSON), `
[{"eventName":"GetObject","user":"alice","count":12,"first":"2024-01-09T10:00:00Z","last":"2024-01-09T10:59:00Z"},
{"eventName":"PutObject","user":null,"count":3,"first":null,"last":null}]
`)
	c.Rows = nil
	expect(t, write(output.JSON), "[]\n")
}

func timeline(fields ...string) *triage.Timeline {
	l := &triage.Timeline{Step: 10 * time.Minute, Fields: fields}
	for i, n := range []int64{4, 40, 0, 0, 0, 0, 16, 1} {
		if n > 0 {
			l.Points = append(l.Points, triage.Point{Start: at(10 * i), Key: []byte(`"alice"`), Seen: seen(n, n/4, 10*i, 10*i+9)})
		}
	}
	if len(fields) > 0 {
		l.Points = append(l.Points, triage.Point{Start: at(10), Key: []byte(`"` + strings.Repeat("long", 20) + `"`), Seen: seen(2, 0, 10, 19)})
		slices.SortStableFunc(l.Points, func(a, b triage.Point) int { return int((a.Start - b.Start) / int64(time.Minute)) })
	}
	return l
}

func TestChart(t *testing.T) {
	write := func(width int, fields ...string) string {
		text := drawn(t, func(w io.Writer) error {
			return WriteTimeline(w, timeline(fields...), output.Table, View{Width: width})
		})
		if n := widest(text); n > width {
			t.Errorf("%d columns in %d", n, width)
		}
		return text
	}
	expect(t, write(40), `
bucket             events  errors
2024-01-09T10:00Z       4       1  ▒
2024-01-09T10:10Z      40      10  ▒████
  … 4 × nothing
2024-01-09T11:00Z      16       4  ▒█
2024-01-09T11:10Z       1       0  ▏
`)
	expect(t, write(120), `
bucket             events  errors
2024-01-09T10:00Z       4       1   25%  ▒▒█████▉
2024-01-09T10:10Z      40      10   25%  ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒███████████████████████████████████████████████████████████
  … 4 × nothing
2024-01-09T11:00Z      16       4   25%  ▒▒▒▒▒▒▒▒███████████████████████▋
2024-01-09T11:10Z       1       0        ██
`)
	expect(t, write(40, "user"), `
user            events  errors  2024…Z …
alice               61      15  ▁█    ▄▁
longlon…nglong       2       0   █
`)
	expect(t, write(120, "user"), `
user                                                            events  errors        2024-01-09T10:00Z …
alice                                                               61      15   24%  ▁█    ▄▁
longlonglonglonglonglonglonglon…nglonglonglonglonglonglonglong       2       0         █
`)
}

func lineage() *triage.Lineage {
	child := &triage.Session{Keys: []string{"ASIACHILD"}, Asked: true, Profile: &triage.Profile{
		All: seen(5, 2, 5, 25), Writes: 1,
		Values: map[triage.FactKind][]triage.Value{
			triage.KindWho:     {value("arn:aws:sts::1:assumed-role/Admin/mallory", 5)},
			triage.KindAddress: {value("203.0.113.66", 4), value("198.51.100.7", 1)},
			triage.KindAPI:     {value("s3:GetObject", 3), value("iam:CreateUser", 1), value("s3:ListBuckets", 1)},
			triage.KindStep:    {value("iam:CreateUser", 1)},
		},
	}}
	unused := &triage.Session{Keys: []string{"ASIAUNUSED"}}
	root := &triage.Session{Keys: []string{"AKIAROOT", "AKIAOTHER"}, Next: []*triage.Session{child, unused}, Profile: &triage.Profile{
		All:    triage.Seen{Count: 1200, First: at(0), Last: at(50)},
		Values: map[triage.FactKind][]triage.Value{triage.KindWho: {value("arn:aws:iam::1:user/\x1b[31mevil", 1200)}},
	}}
	child.From, child.By = root, triage.Mint{Key: "ASIACHILD", API: "sts:AssumeRole", Role: "arn:aws:iam::1:role/Admin", When: at(4), EventID: "e-1"}
	unused.From, unused.By = root, triage.Mint{Key: "ASIAUNUSED", API: "sts:GetSessionToken", When: event.NoTime}
	return &triage.Lineage{ID: "mallory", Roots: []*triage.Session{root}}
}

func TestTree(t *testing.T) {
	text := drawn(t, func(w io.Writer) error { return WriteLineage(w, lineage(), output.Table, View{Width: 72}) })
	expect(t, text, `
AKIAROOT and 1 more  arn:aws:iam::1:user/\x1b[31mevil
│ 1,200 events, 2024-01-09T10:00:00Z to 2024-01-09T10:50:00Z
│
├─* ASIACHILD  arn:aws:sts::1:assumed-role/Admin/mallory
│   issued by sts:AssumeRole of arn:aws:iam::1:role/Admin,
│   2024-01-09T10:04:00Z, event e-1
│   5 events, 2 errors (40%), 1 write, 2024-01-09T10:05:00Z to
│   2024-01-09T10:25:00Z
│   from 203.0.113.66 ×4, 198.51.100.7 ×1
│   2024-01-09T10:00:00Z iam:CreateUser ×1: makes a user
│   reads: s3:GetObject ×3, s3:ListBuckets ×1
└─ASIAUNUSED
    issued by sts:GetSessionToken
    never used in these logs
`)
	rows := drawn(t, func(w io.Writer) error { return WriteLineage(w, lineage(), output.TSV, View{}) })
	if lines := strings.Split(rows, "\n"); len(lines) != 5 || !strings.HasPrefix(lines[2], "ASIACHILD\t") || len(strings.Split(lines[0], "\t")) != 23 {
		t.Errorf("%d lines:\n%s", len(lines), rows)
	}
	for width := range 100 {
		text := drawn(t, func(w io.Writer) error { return WriteLineage(w, lineage(), output.Table, View{Width: 24 + width}) })
		if n := widest(text); n > 24+width {
			t.Fatalf("%d columns in %d:\n%s", n, 24+width, text)
		}
	}
}

func TestProfiles(t *testing.T) {
	s := &triage.Summary{By: triage.ByPrincipal, Since: event.NoTime, Profiles: []*triage.Profile{
		{Subject: []byte(`"arn:aws:iam::1:root"`), All: seen(30, 6, 0, 59), Writes: 2, Reasons: []triage.Reason{{Weight: 30, Text: "root itself acted"}},
			Values: map[triage.FactKind][]triage.Value{triage.KindAPI: {value("iam:CreateUser", 2), value("s3:GetObject", 28)}, triage.KindRegion: {value("us-east-1", 30)}}},
		{Subject: []byte("null"), All: seen(1, 0, 3, 3)},
	}}
	for i := range 7 {
		s.Profiles[1].Reasons = append(s.Profiles[1].Reasons, triage.Reason{Weight: 7 - i, Text: fmt.Sprint("reason ", i)})
	}
	write := func(f output.Format) string {
		return drawn(t, func(w io.Writer) error { return WriteProfiles(w, s, f, View{Width: 60}) })
	}
	expect(t, write(output.Table), `
arn:aws:iam::1:root
  why      root itself acted
  events   30, 6 errors (20%), 2 writes,
           2024-01-09T10:00:00Z to 2024-01-09T10:59:00Z
  regions  us-east-1 ×30
  calls    iam:CreateUser ×2, s3:GetObject ×28

(nobody named)
  why      reason 0
           reason 1
           reason 2
           reason 3
           reason 4; and 2 slighter reasons
  events   1, 2024-01-09T10:03:00Z
`)
	for column, by := range map[string]triage.SubjectKind{"principal": triage.ByPrincipal, "sourceIPAddress": triage.ByIP, "userIdentity.accessKeyId": triage.ByAccessKey} {
		s.By, s.Since = by, at(30)
		if text := write(output.CSV); !strings.HasPrefix(text, column+",count,errors,writes,first,last,bytesTransferredOut,reasons,") || !strings.Contains(text, ",newApis") {
			t.Errorf("by %s: %s", by, text)
		}
	}
}

// covered is two areas over a day: one whose digests are proven, and of the
// other a log and events without any digest.
func covered() *coverage.Coverage {
	c, proven, bare := coverage.New(), coverage.Area{Account: "111122223333", Region: "eu-west-1"}, coverage.Area{Account: "111122223333", Region: "us-east-1"}
	hour := func(n int) time.Time { return time.Unix(0, at(0)).Add(time.Duration(n) * time.Hour) }
	for n := range 24 {
		c.Cover(proven, hour(n), hour(n+1), true)
	}
	for n, files := range map[int]int{0: 1, 5: 2, 9: 1} {
		for range files {
			c.File(proven, event.Instant(hour(n)))
		}
	}
	c.Fault(proven, event.Instant(hour(12)), coverage.Tampering|coverage.Lost|coverage.NotHere)
	c.File(bare, event.Instant(hour(20)))
	c.Settle(event.NoTime, event.NoTime)
	return c
}

func TestMap(t *testing.T) {
	c := covered()
	for _, width := range []int{48, 120} {
		view := View{Width: width}
		m := c.Map(c.StepFor(MapColumns(c.Map(c.Step()), view)))
		text := drawn(t, func(w io.Writer) error { return WriteMap(w, m, output.Table, view) })
		if n := widest(text); n > width {
			t.Errorf("%d columns in %d", n, width)
		}
		expect(t, text, map[int]string{48: narrowMap, 120: wideMap}[width])
	}
	day := c.Map(int64(24 * time.Hour))
	expect(t, drawn(t, func(w io.Writer) error { return WriteMap(w, day, output.TSV, View{}) }), `
account	region	hour	hours	files	events	missing	digest	state	unproven
111122223333	eu-west-1	2024-01-09T00:00:00Z	24	4	0	1	tampered	gap	
111122223333	eu-west-1	2024-01-10T00:00:00Z	24	0	0	0	partial	no events	
111122223333	us-east-1	2024-01-09T00:00:00Z	24	0	0	0	absent	no logs	
111122223333	us-east-1	2024-01-10T00:00:00Z	24	1	0	0	absent	no events	
`)
	expect(t, drawn(t, func(w io.Writer) error {
		return WriteMapFindings(w, c.Findings(event.NoTime), true, output.Table, View{Width: 60})
	}), `
no digests     111122223333 us-east-1: 1 log, and no digest
               tells whether these are all
`)
	if text := drawn(t, func(w io.Writer) error {
		return WriteMap(w, coverage.New().Map(int64(time.Hour)), output.Table, View{})
	}); text != "" {
		t.Errorf("a map of nothing: %q", text)
	}
}

const narrowMap = `
2024-01-09T10:00Z to 2024-01-10T10:00Z, a column
is 2h
                  events  digests   01-09  01-10
111122223333
  eu-west-1            0  tampered  ······!·····
  us-east-1            0  none                -
· no activity, as digests say
- no events, and not all logs are known
! logs or digests missing, altered or injected
blank: no logs, no digest, nothing is known
`

const wideMap = `
2024-01-09T10:00Z to 2024-01-10T10:00Z, a column is 1h
                  events  digests   01-09   18h   01-10 06h
111122223333
  eu-west-1            0  tampered  ············!···········
  us-east-1            0  none                          -
· no activity, as digests say   - no events, and not all logs are known   ! logs or digests missing, altered or injected
blank: no logs, no digest, nothing is known
`

// Below a map there are so many findings, and it is said where the others are.
func TestMapFindingsAreBounded(t *testing.T) {
	var list []coverage.Finding
	for i := range 30 {
		list = append(list, coverage.Finding{Kind: coverage.Doubtful, Area: coverage.Area{Account: "1", Region: fmt.Sprint(i)}, Events: 1})
	}
	for _, c := range []struct {
		all  bool
		want int
		end  string
	}{{false, mostFindings + 2, "and 10 more; ask"}, {true, 30, "names them"}} {
		text := drawn(t, func(w io.Writer) error {
			return WriteMapFindings(w, list, c.all, output.Table, View{Width: 200, More: "ask"})
		})
		if n := strings.Count(text, "\n"); n != c.want || !strings.HasSuffix(text, c.end+"\n") {
			t.Errorf("%d lines, want %d that end in %q:\n%s", n, c.want, c.end, text)
		}
	}
}
