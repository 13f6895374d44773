package triage

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Mint is how a session got its key: the event that gave it out.
type Mint struct {
	Key, API, EventID, Role string
	When                    int64
}

// Session is what was done with one access key, or with the keys of one
// console session; or by who acts without a key, as services do.
type Session struct {
	Keys    []string // one or more; the name of who acts without a key
	Entry   *Entry   // nil: the key was given out and is not seen in use
	From    *Session // nil: the beginning of the lineage
	By      Mint     // of From
	Asked   bool     // it is what was asked for
	Next    []*Session
	entries []*Entry
}

// NewTraceReader makes a reader for a trace of id.
func NewTraceReader(id string) *FactReader {
	r := NewFactReader(byActor, NoTime)
	r.event = id
	return r
}

// NewTraceTable makes the table for a trace of id. When there are too many facts,
// those about who has to do with id stay, and which key came of which.
func NewTraceTable(id string) *Table {
	return &Table{spared: func(rows []Row) []bool {
		asked := map[string]bool{string(AppendString(nil, id)): true}
		for _, r := range rows {
			if k := kindOf(r.Key); k == KindEvent || k != KindMint && bytes.Contains(r.Key, []byte(id)) {
				if _, text, who := fact(r.Key); k == KindEvent || text == id {
					asked[string(who)] = true
				}
			}
		}
		keep := make([]bool, len(rows))
		for i, r := range rows {
			if keep[i] = kindOf(r.Key) == KindMint; !keep[i] {
				who := r.Key[bytes.LastIndex(r.Key, []byte(`,"`))+1:] // within a string it were escaped
				keep[i] = asked[string(who)]
			}
		}
		return keep
	}}
}

// lineage notes what joins sessions. Console and forwarded sessions get a new
// key for every request: who and when the session began is what stays.
func (r *FactReader) lineage(v func(int) []byte, id string) {
	r.value(KindWho, v(colUser))
	if who, began := string(r.textOf(v(colPrincipalID))), string(r.textOf(v(colCreation))); who != "" && began != "" && says(v(colKey)) {
		r.fact(KindLink, []byte(who+" "+began))
	}
	if id != "" && strings.EqualFold(id, r.event) {
		r.fact(KindEvent, nil)
	}
	for _, at := range []int{colCreated, colMinted} {
		if key := string(r.textOf(v(at))); key != "" && !r.now.failed {
			source := strings.TrimSuffix(string(r.textOf(v(colSource))), ".amazonaws.com")
			name, role := string(r.textOf(v(colName))), string(r.textOf(v(colRole)))
			r.fact(KindMint, []byte(strings.Join([]string{key, source + ":" + name, id, role}, "\x00")))
		}
	}
}

// Trace gives the lineage of id, an access key, an ARN, an address or an event
// ID: the sessions it names, those that they came of, and all that came of
// them. The sessions where a lineage begins are returned, the earliest first.
// places may be nil.
func Trace(t *Table, id string, places *Places) []*Session {
	g := newLineage(Summarize(t, NoTime, places))
	keep, beginnings := map[*Session]bool{}, map[*Session]bool{}
	for _, s := range g.all {
		if s.is(id) {
			s.Asked = true
			below(s, keep)
		}
	}
	for _, s := range g.all {
		if !s.Asked {
			continue
		}
		for s.From != nil {
			s = s.From
			keep[s] = true
		}
		beginnings[s] = true
	}
	for s := range keep {
		s.Next = slices.DeleteFunc(s.Next, func(n *Session) bool { return !keep[n] })
		sortSessions(s.Next)
	}
	roots := slices.Collect(maps.Keys(beginnings))
	sortSessions(roots)
	return roots
}

func sortSessions(list []*Session) {
	slices.SortFunc(list, func(a, b *Session) int {
		return cmp.Or(cmp.Compare(a.began(), b.began()), cmp.Compare(a.Keys[0], b.Keys[0]))
	})
}

// began is when the key was given out, or first used.
func (s *Session) began() int64 {
	if s.From != nil || s.Entry == nil {
		return s.By.When
	}
	return s.Entry.All.First
}

// is reports whether id names the session.
func (s *Session) is(id string) bool {
	if slices.Contains(s.Keys, id) {
		return true
	}
	for _, e := range s.entries {
		for _, k := range []Kind{KindWho, KindPrincipal, KindAddress, KindService} {
			if slices.ContainsFunc(e.Values[k], func(v Value) bool { return v.Text == id }) {
				return true
			}
		}
		if len(e.Values[KindEvent]) > 0 {
			return true
		}
	}
	return false
}

// lineages joins entries to sessions, and sessions to those that they came of.
type lineages struct {
	all   []*Session
	byKey map[string]*Session
}

func newLineage(entries []*Entry) *lineages {
	g := &lineages{byKey: map[string]*Session{}}
	byLink := map[string]*Session{}
	slices.SortFunc(entries, func(a, b *Entry) int {
		return cmp.Or(cmp.Compare(a.All.First, b.All.First), cmp.Compare(a.Name(), b.Name()))
	})
	for _, e := range entries {
		var s *Session
		for _, link := range e.Values[KindLink] {
			if s = byLink[link.Text]; s != nil {
				break
			}
		}
		if s == nil {
			s = &Session{By: Mint{When: NoTime}}
			g.all = append(g.all, s)
		}
		for _, link := range e.Values[KindLink] {
			byLink[link.Text] = s
		}
		s.Keys, s.entries = append(s.Keys, e.Name()), append(s.entries, e)
		g.byKey[e.Name()] = s
	}
	for _, s := range g.all {
		s.Entry = joined(s.entries)
	}
	for _, s := range slices.Clone(g.all) {
		for _, v := range s.Entry.Values[KindMint] {
			g.mint(s, v)
		}
	}
	return g
}

// mint joins a session to the one that its key was given out in. A key that is
// given out twice, which hostile evidence may say, belongs to the earlier.
func (g *lineages) mint(from *Session, v Value) {
	part := strings.Split(v.Text, "\x00")
	if len(part) != 4 {
		return
	}
	m := Mint{Key: part[0], API: part[1], EventID: part[2], Role: part[3], When: v.First}
	s := g.byKey[m.Key]
	if s == nil {
		s = &Session{Keys: []string{m.Key}}
		g.byKey[m.Key], g.all = s, append(g.all, s)
	}
	if s == from || s.From != nil && s.By.When <= m.When || from.comesOf(s) {
		return
	}
	if s.From != nil {
		s.From.Next = slices.DeleteFunc(s.From.Next, func(n *Session) bool { return n == s })
	}
	s.From, s.By = from, m
	from.Next = append(from.Next, s)
}

// maxLineage is how many sessions may come of each other. AWS lets roles be
// chained for an hour; more than this is evidence that someone made up.
const maxLineage = 1000

// comesOf: there is no lineage in a circle, and none without end.
func (s *Session) comesOf(other *Session) bool {
	for range maxLineage {
		if s == nil || s == other {
			return s == other
		}
		s = s.From
	}
	return true
}

// below keeps a session and what came of it.
func below(s *Session, keep map[*Session]bool) {
	for stack := []*Session{s}; len(stack) > 0; {
		s, stack = stack[len(stack)-1], stack[:len(stack)-1]
		if !keep[s] {
			keep[s] = true
			stack = append(stack, s.Next...)
		}
	}
}

// joined makes one entry of those of one session.
func joined(entries []*Entry) *Entry {
	if len(entries) == 1 {
		return entries[0]
	}
	sum := &Entry{Who: entries[0].Who, All: entries[0].All, Writes: entries[0].Writes, Values: map[Kind][]Value{}}
	for _, e := range entries[1:] {
		sum.All.add(e.All)
		sum.Writes += e.Writes
	}
	tallies := map[Kind]*tally{}
	for _, e := range entries {
		for k, values := range e.Values {
			if tallies[k] == nil {
				tallies[k] = new(tally)
			}
			tallies[k].add(values...)
		}
	}
	for k, t := range tallies {
		sum.Values[k] = t.values()
	}
	return sum
}
