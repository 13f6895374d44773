package triage

import (
	"bytes"
	"cmp"
	"slices"

	"ctlog/parse"
)

// Value is one value of a kind of facts, with the events that have it.
type Value struct {
	Text string
	Seen
}

// Entry is what is known of one principal, address or access key.
type Entry struct {
	Who     []byte // a raw JSON string, or null
	All     Seen
	Later   Seen // after the baseline
	Writes  int64
	Values  map[Kind][]Value // of each kind the most frequent first
	Reasons []Reason         // why it stands where it does, the weightiest first
	Score   int
}

// Name is who the entry is about, "" for events that name nobody.
func (e *Entry) Name() string { return string(parse.Text(nil, e.Who)) }

// NewFactTable makes the table that facts are absorbed into; it has room for
// more values than one of counts.
func NewFactTable() *Table { return &Table{maxValues: 2 * MaxValues, maxBytes: 2 * MaxBytes} }

// Summarize makes entries of facts, the most telling first. since is the end
// of the baseline: what came after it is judged by what came before. Without
// one it is NoTime.
func Summarize(t *Table, since int64) []*Entry {
	byWho := map[string]*Entry{}
	var entries []*Entry
	for _, row := range t.Rows() {
		v := Values(row.Key)
		e := byWho[string(v[2])]
		if e == nil {
			e = &Entry{Who: bytes.Clone(v[2]), Values: map[Kind][]Value{}}
			e.All.First, e.All.Last, e.Later.First, e.Later.Last = NoTime, NoTime, NoTime, NoTime
			byWho[string(v[2])] = e
			entries = append(entries, e)
		}
		e.take(Kind(parse.Text(nil, v[0])), string(parse.Text(nil, v[1])), row.Seen)
	}
	for _, e := range entries {
		e.judge(since)
	}
	slices.SortFunc(entries, func(a, b *Entry) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.All.Count, a.All.Count), bytes.Compare(a.Who, b.Who))
	})
	return entries
}

func (e *Entry) take(k Kind, text string, s Seen) {
	switch k {
	case KindAll:
		e.All = s
	case KindLater:
		e.Later = s
	case KindWrite:
		e.Writes = s.Count
	default:
		e.Values[k] = append(e.Values[k], Value{text, s})
	}
}
