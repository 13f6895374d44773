package triage

import (
	"bytes"
	"cmp"
	"slices"

	"ctlog/event"
	"ctlog/parse"
)

// Value is one value of a kind of facts, with the events that have it.
type Value struct {
	Text string
	Seen
}

// Profile is what is known of one principal, address or access key.
type Profile struct {
	Subject []byte // a raw JSON string, or null
	All     Seen
	Later   Seen                       // after the baseline
	Refused struct{ All, Later int64 } // calls that somebody was not let do
	Writes  int64
	Values  map[FactKind][]Value // of each kind the most frequent first
	Reasons []Reason             // why it stands where it does, the weightiest first
	Score   int

	uses   []use              // of the keys of roles' sessions
	spells map[string][]spell // of calls that may be many within minutes
}

// Name is who the profile is about, "" for events that name nobody.
func (e *Profile) Name() string { return string(parse.Text(nil, e.Subject)) }

// NewFactTable makes the table that facts are absorbed into. When there are too
// many, rare ones that are telling stay.
func NewFactTable() *Table {
	return &Table{pinned: sparing, prefix: burstKey, aside: &Table{maxValues: burstValues, maxBytes: burstBytes}}
}

// telltale: a fact that may be one of its kind and still be what matters.
func telltale(k FactKind, text string) bool {
	return k == KindAPI && tellOf(text).Weight > 0 || k == KindLogin
}

// sparing spares the facts that matter, and how many events there are of whom
// they are about.
func sparing(rows []Row) []bool {
	keep, who := make([]bool, len(rows)), map[string]bool{}
	for i, r := range rows {
		if k := kindOf(r.Key); k != KindAPI && k != KindLogin {
			continue
		}
		k, text, about := fact(r.Key)
		if keep[i] = telltale(k, text); keep[i] {
			who[string(about)] = true
		}
	}
	for i, r := range rows {
		if kindOf(r.Key) == KindAll {
			_, _, about := fact(r.Key)
			keep[i] = who[string(about)]
		}
	}
	return keep
}

// kindOf is the quick part of fact.
func kindOf(key []byte) FactKind {
	kind, _, _ := bytes.Cut(key[1:], []byte{'"'})
	return FactKind(kind)
}

// fact reads the key of a row.
func fact(key []byte) (k FactKind, text string, who []byte) {
	v := event.Values(key)
	return FactKind(parse.Text(nil, v[0])), string(parse.Text(nil, v[1])), v[2]
}

// profiles makes profiles of facts, the most telling first: see Summarize.
func profiles(t *Table, since int64, places *Places) []*Profile {
	entries := entriesOf(t)
	for _, e := range entries {
		if places != nil {
			e.locate(places)
		}
		e.judge(since, places)
	}
	slices.SortFunc(entries, func(a, b *Profile) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.All.Count, a.All.Count), bytes.Compare(a.Subject, b.Subject))
	})
	return entries
}

// entriesOf puts the facts of each subject together, the most frequent first.
func entriesOf(t *Table) (entries []*Profile) {
	byWho := map[string]*Profile{}
	for _, row := range t.Rows() {
		kind, text, who := fact(row.Key)
		e := byWho[string(who)]
		if e == nil {
			e = &Profile{Subject: bytes.Clone(who), Values: map[FactKind][]Value{}}
			e.All.First, e.All.Last, e.Later.First, e.Later.Last = event.NoTime, event.NoTime, event.NoTime, event.NoTime
			byWho[string(e.Subject)] = e
			entries = append(entries, e)
		}
		e.take(kind, text, row.Seen)
	}
	for _, e := range entries {
		var keys Sums
		keys.Add(e.Values[KindKey]...) // one of several networks is there several times
		e.Values[KindKey] = keys.Values()
	}
	if t.aside == nil {
		return entries
	}
	for _, row := range t.aside.Rows() {
		_, text, who := fact(row.Key)
		if call, s, ok := spellOf(text, row.Seen); ok && byWho[string(who)] != nil {
			byWho[string(who)].pace(call, s)
		}
	}
	return entries
}

func (e *Profile) pace(call string, s spell) {
	if e.spells == nil {
		e.spells = map[string][]spell{}
	}
	e.spells[call] = append(e.spells[call], s)
}

// locate finds out where the addresses are.
func (e *Profile) locate(places *Places) {
	var countries, networks Sums
	for _, v := range e.Values[KindAddress] {
		at := places.Of(v.Text)
		if at.Country != "" {
			countries.Add(Value{at.Country, v.Seen})
		}
		if at.Network != "" {
			networks.Add(Value{at.Network, v.Seen})
		}
	}
	e.Values[KindCountry], e.Values[KindNetwork] = countries.Values(), networks.Values()
}

// Sums adds values up.
type Sums struct {
	at  map[string]int
	all []Value
}

func (t *Sums) Add(values ...Value) {
	if t.at == nil {
		t.at = map[string]int{}
	}
	for _, v := range values {
		if i, ok := t.at[v.Text]; ok {
			t.all[i].Seen.add(v.Seen)
		} else {
			t.at[v.Text] = len(t.all)
			t.all = append(t.all, v)
		}
	}
}

// Values gives the values, the most frequent first.
func (t *Sums) Values() []Value {
	slices.SortFunc(t.all, func(a, b Value) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Text, b.Text))
	})
	return t.all
}

func (e *Profile) take(k FactKind, text string, s Seen) {
	switch k {
	case KindAll:
		e.All = s
	case KindLater:
		e.Later = s
	case KindWrite:
		e.Writes = s.Count
	case KindRefused:
		if text == "" {
			e.Refused.All = s.Count
		} else {
			e.Refused.Later = s.Count
		}
	case KindKey:
		u, ok := useOf(text, s)
		if ok {
			e.uses = append(e.uses, u)
		}
		e.Values[k] = append(e.Values[k], Value{u.key, s})
	default:
		e.Values[k] = append(e.Values[k], Value{text, s})
	}
}
