package triage

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"ctlog/event"
	"ctlog/parse"
)

func once(when int64, failed bool) Seen { return (&occurrence{when: when, failed: failed}).seen() }

// randomTables are n tables of some events each; truth has them all.
func randomTables(r *rand.Rand, n, events int) (tables []*Table, truth map[string]Seen) {
	truth = map[string]Seen{}
	for range n {
		t := new(Table)
		for range r.IntN(events) {
			key := fmt.Sprintf(`"%d"`, int(r.ExpFloat64()*10))
			s := once(r.Int64N(1000), r.IntN(3) == 0)
			if r.IntN(10) == 0 {
				s.First, s.Last = event.NoTime, event.NoTime
			}
			t.Add([]byte(key), s)
			all, ok := truth[key]
			if !ok {
				all.First, all.Last = event.NoTime, event.NoTime
			}
			all.add(s)
			truth[key] = all
		}
		tables = append(tables, t)
	}
	return tables, truth
}

// strip leaves of rows what is told.
func strip(rows []Row) (out []Row) {
	for _, r := range rows {
		out = append(out, Row{Key: r.Key, Seen: r.Seen, MaxError: r.MaxError})
	}
	return out
}

func TestMergingInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		tables, truth := randomTables(r, 6, 200)
		var want *Table
		for range 4 {
			got := new(Table)
			for _, i := range r.Perm(len(tables)) {
				got.Merge(tables[i])
			}
			if want == nil {
				want = got
			}
			if !reflect.DeepEqual(strip(got.Rows()), strip(want.Rows())) || got.Total != want.Total {
				t.Fatal("the order of merging shows")
			}
		}
		// In groups, too.
		left, right := new(Table), new(Table)
		for i, o := range tables {
			if i%2 == 0 {
				left.Merge(o)
			} else {
				right.Merge(o)
			}
		}
		left.Merge(right)
		if !reflect.DeepEqual(strip(left.Rows()), strip(want.Rows())) {
			t.Fatal("grouping shows")
		}
		for _, row := range want.Rows() {
			if truth[string(row.Key)] != row.Seen {
				t.Errorf("%s: %+v, want %+v", row.Key, row.Seen, truth[string(row.Key)])
			}
		}
		if want.Len() != len(truth) || !want.Exact() {
			t.Errorf("%d values, want %d", want.Len(), len(truth))
		}
	}
}

// Beyond the bound no count is off by more than is said, and what is said is
// no more than the summary promises.
func TestBound(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		tables, truth := randomTables(r, 8, 400)
		const room = 20
		parts := []*Table{{maxValues: room}, {maxValues: room}, {maxValues: room, maxBytes: 50}}
		for i, o := range tables {
			parts[i%3].Merge(o)
		}
		got := &Table{maxValues: room}
		for _, p := range parts {
			got.Merge(p)
		}
		var events int64
		for _, s := range truth {
			events += s.Count
		}
		if got.Total.Count != events || got.Len() > room {
			t.Fatalf("%d events of %d, %d values", got.Total.Count, events, got.Len())
		}
		here := map[string]bool{}
		for _, row := range got.Rows() {
			s := truth[string(row.Key)]
			here[string(row.Key)] = true
			if row.Count > s.Count || row.Count+row.MaxError < s.Count || row.MaxError > got.ErrorBound() {
				t.Fatalf("%s: counted %d, may miss %d of at most %d, and had %d", row.Key, row.Count, row.MaxError, got.ErrorBound(), s.Count)
			}
		}
		for key, s := range truth {
			if !here[key] && s.Count > got.ErrorBound() {
				t.Fatalf("%s is not there and had %d events, more than %d", key, s.Count, got.ErrorBound())
			}
		}
	}
}

func TestErrorBoundIsSmall(t *testing.T) {
	table := &Table{maxValues: 1000}
	const events = 200_000
	for i := range events {
		key := fmt.Sprint(i)
		if i%10 == 0 {
			key = "often"
		}
		table.Add([]byte(key), once(int64(i), false))
	}
	if table.ErrorBound() > 2*events/1000 {
		t.Errorf("off by up to %d, promised are %d", table.ErrorBound(), 2*events/1000)
	}
	if top := table.Rows()[0]; string(top.Key) != "often" || top.Count != events/10 {
		t.Errorf("first is %s with %d", top.Key, top.Count)
	}
}

func TestReader(t *testing.T) {
	f, err := NewFields("eventName,n")
	if err != nil {
		t.Fatal(err)
	}
	r := f.Reader()
	for _, e := range []string{
		`{"eventName":"a=b","n":1.0,"eventID":"x","eventTime":"2024-01-09T10:00:00Z"}`,
		`{"eventName":"a\u003db","n":1.0,"eventId":"y","eventTime":"2024-01-09T09:00:00Z"}`,
		`{"eventName":"a=b","n":1.0,"eventTime":"later"}`,
		`{"eventName":null}`, `{}`, `{"eventName":"\u0001\"\\","n":[1, {"a" : 2}]}`, `{"eventName":"dropped"}`,
	} {
		r.Add(parse.Event{Raw: []byte(e)})
	}
	b := r.Take()
	b.Drop(6)
	table := new(Table)
	table.Absorb(b)
	got := ""
	for _, row := range table.Rows() {
		got += fmt.Sprintf("%d %s %s %s\n", row.Count, row.Key, event.AppendTime(nil, row.First), event.AppendTime(nil, row.Last))
	}
	want := `3 "a=b",1.0 "2024-01-09T09:00:00Z" "2024-01-09T10:00:00Z"
2 null,null null null
1 "\u0001\"\\",[1,{"a":2}] null null
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if id := r.Add(parse.Event{Raw: []byte(`{"eventId":"y"}`)}); string(id) != `"y"` {
		t.Errorf("ID %s", id)
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	f, err := NewFields("eventName,user")
	if err != nil {
		t.Fatal(err)
	}
	r := f.Reader()
	event := []byte(`{"eventTime":"2024-01-09T10:00:00Z","eventName":"GetObject","userIdentity":{"arn":"arn:aws:iam::1:user/a"},"eventID":"x"}`)
	for range batchEvents {
		r.Add(parse.Event{Raw: event})
	}
	table := new(Table)
	table.Absorb(r.Take())
	if n := testing.AllocsPerRun(1000, func() { r.Add(parse.Event{Raw: event}) }); n != 0 {
		t.Errorf("%v allocations an event", n)
	}
}

func TestBadFields(t *testing.T) {
	for _, s := range []string{"", "a,,b", "a,a", "count", "a[x]"} {
		if _, err := NewFields(s); err == nil {
			t.Errorf("NewFields(%q) gives no error", s)
		}
	}
}

// When there are too many facts, the telling ones stay, and what is traced.
func TestRareFactsThatMatter(t *testing.T) {
	const room = 500
	for name, c := range map[string]struct {
		table  *Table
		reader *FactReader
		found  func(*Table) bool
	}{
		"summary": {NewFactTable(), NewFactReader(ByPrincipal, event.NoTime), func(table *Table) bool {
			first := profiles(table, event.NoTime, nil)[0]
			return first.Name() == "arn:aws:iam::1:user/mallory" && first.All.Count == 1 && len(first.Reasons) == 1
		}},
		"trace of a key": {NewTraceTable("AKIAMALLORY"), NewTraceReader("AKIAMALLORY"), func(table *Table) bool {
			s := Trace(table, "AKIAMALLORY", nil)
			return len(s) == 1 && s[0].Profile.All.Count == 1 && len(s[0].Profile.Values[KindAPI]) == 1
		}},
		"trace of an address": {NewTraceTable("203.0.113.9"), NewTraceReader("203.0.113.9"), func(table *Table) bool {
			s := Trace(table, "203.0.113.9", nil)
			return len(s) == 1 && s[0].Keys[0] == "AKIAMALLORY" && len(s[0].Profile.Values[KindAPI]) == 1
		}},
		"trace of an event": {NewTraceTable("e1"), NewTraceReader("e1"), func(table *Table) bool {
			s := Trace(table, "e1", nil)
			return len(s) == 1 && s[0].Keys[0] == "AKIAMALLORY"
		}},
	} {
		c.table.maxValues = room
		c.reader.Add(parse.Event{Raw: []byte(call("mallory", "cloudtrail", "StopLogging", "2024-01-09T10:00:00Z", "203.0.113.9", `,"eventID":"e1"`))})
		for i := range 2000 {
			c.reader.Add(parse.Event{Raw: []byte(call(fmt.Sprint("u", i), "s3", "GetObject", "2024-01-09T10:00:00Z", fmt.Sprint("10.0.", i/256, ".", i%256), ""))})
		}
		c.table.Absorb(c.reader.Take())
		if c.table.Exact() || c.table.Len() > room || !c.found(c.table) {
			t.Errorf("%s: exact is %v, %d facts, found is %v", name, c.table.Exact(), c.table.Len(), c.found(c.table))
		}
	}
}

// Evidence of nothing but what matters does not fill the memory.
func TestAllOfItMatters(t *testing.T) {
	table := NewFactTable()
	table.maxValues = 100
	r := NewFactReader(ByPrincipal, event.NoTime)
	for i := range 1000 {
		r.Add(parse.Event{Raw: []byte(call(fmt.Sprint("u", i), "cloudtrail", "StopLogging", "2024-01-09T10:00:00Z", "10.0.0.1", ""))})
	}
	table.Absorb(r.Take())
	if table.Exact() || table.Len() > 100 {
		t.Errorf("%d facts are kept", table.Len())
	}
}
