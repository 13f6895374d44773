package triage

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"ctlog/event"
)

// Mint is how a session got its key: the event that gave it out. Key is the
// key, or account/name of the user who got a password.
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
	r := NewFactReader(byActor, event.NoTime)
	r.event = id
	return r
}

// NewTraceTable makes the table for a trace of id. When there are too many facts,
// those about who has to do with id stay, and which key came of which.
func NewTraceTable(id string) *Table {
	return &Table{spared: func(rows []Row) []bool {
		asked := map[string]bool{string(event.AppendString(nil, id)): true}
		for _, r := range rows {
			if k := kindOf(r.Key); k == KindEvent || k != KindMint && bytes.Contains(r.Key, []byte(id)) {
				if _, text, who := fact(r.Key); k == KindEvent || names(k, text, id) {
					asked[string(who)] = true
				}
			}
		}
		keep := make([]bool, len(rows))
		for i, r := range rows {
			if keep[i] = kindOf(r.Key) == KindMint || kindOf(r.Key) == KindUser; !keep[i] {
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
	if who, began := string(r.textOf(v(colPrincipalID))), string(r.textOf(v(colCreation))); who != "" && began != "" && event.HasText(v(colKey)) {
		r.fact(KindLink, []byte(who+" "+began))
	}
	if id != "" && strings.EqualFold(id, r.event) {
		r.fact(KindEvent, nil)
	}
	for _, at := range []int{colBehalf, colSourceIdentity} {
		if event.HasText(v(at)) {
			r.value(KindPerson, v(at))
			break
		}
	}
	api := string(r.call())
	if event.Writes(v(colReadOnly), r.textOf(v(colName))) {
		r.fact(KindStep, []byte(api))
	}
	if !r.now.failed {
		r.mints(v, api, id)
	}
}

// mints notes what the event gives out.
func (r *FactReader) mints(v func(int) []byte, api, id string) {
	mint := func(k Kind, what, of string) {
		if what != "" {
			r.fact(k, []byte(strings.Join([]string{what, api, id, of}, "\x00")))
		}
	}
	for _, at := range []int{colCreated, colMinted} {
		mint(KindMint, string(r.textOf(v(at))), string(r.textOf(v(colRole))))
	}
	if user := string(r.textOf(v(colUserName))); user != "" && (api == "iam:CreateLoginProfile" || api == "iam:UpdateLoginProfile") {
		mint(KindUser, string(r.textOf(v(colCallerAccount)))+"/"+user, "")
	}
}

// Trace gives the lineage of id, an access key, an ARN, an address or an event
// ID: the sessions it names, those that they came of, and all that came of
// them. The sessions where a lineage begins are returned, the earliest first.
// places may be nil.
func Trace(t *Table, id string, places *Places) []*Session {
	g := newLineage(Summarize(t, event.NoTime, places))
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
		return cmp.Or(cmp.Compare(a.began(), b.began()), cmp.Compare(a.used(), b.used()), cmp.Compare(a.Keys[0], b.Keys[0]))
	})
}

// began is when the key was given out, or first used.
func (s *Session) began() int64 {
	if s.From != nil || s.Entry == nil {
		return s.By.When
	}
	return s.Entry.All.First
}

// used is when the session is first seen in use.
func (s *Session) used() int64 {
	if s.Entry == nil {
		return math.MaxInt64
	}
	return s.Entry.All.First
}

// is reports whether id names the session.
func (s *Session) is(id string) bool {
	if slices.Contains(s.Keys, id) {
		return true
	}
	for _, e := range s.entries {
		for _, k := range naming {
			if slices.ContainsFunc(e.Values[k], func(v Value) bool { return names(k, v.Text, id) }) {
				return true
			}
		}
		if len(e.Values[KindEvent]) > 0 {
			return true
		}
	}
	return false
}

// naming are the kinds of facts that name a session.
var naming = []Kind{KindWho, KindPrincipal, KindPerson, KindAddress, KindService}

// names: id is the value, or the last part of an ARN, which is the name of a
// user, a session or a role.
func names(k Kind, text, id string) bool {
	return text == id || (k == KindWho || k == KindPrincipal) && strings.HasSuffix(text, "/"+id)
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
			s = &Session{By: Mint{When: event.NoTime}}
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
	used := slices.Clone(g.all)
	for _, s := range used {
		for _, v := range s.Entry.Values[KindMint] {
			if m, ok := mintOf(v); ok {
				g.join(g.holder(m.Key), s, m)
			}
		}
	}
	g.passwords(used)
	for _, s := range g.all {
		if s.From != nil {
			s.From.Next = append(s.From.Next, s)
		}
	}
	return g
}

// mintOf reads what FactReader.mints has written.
func mintOf(v Value) (m Mint, ok bool) {
	part := strings.Split(v.Text, "\x00")
	if len(part) != 4 {
		return m, false
	}
	return Mint{Key: part[0], API: part[1], EventID: part[2], Role: part[3], When: v.First}, true
}

// holder is the session with a key.
func (g *lineages) holder(key string) *Session {
	s := g.byKey[key]
	if s == nil {
		s = &Session{Keys: []string{key}}
		g.byKey[key], g.all = s, append(g.all, s)
	}
	return s
}

// passwords joins the console sessions of users to who gave them a password:
// what they did without a key, which is to log in, and sessions that have a
// beginning and come of no other.
func (g *lineages) passwords(used []*Session) {
	granted := passwordsGranted(used)
	for _, s := range used {
		if s.From != nil {
			continue
		}
		for _, p := range granted[userOf(s.Entry)] {
			login := len(s.Entry.Values[KindKey]) == 0 && s.Entry.All.Last >= p.When
			if session := len(s.Entry.Values[KindLink]) > 0 && s.Entry.All.First >= p.When; !login && !session {
				continue
			}
			if g.join(s, p.from, p.Mint); s.From != nil {
				break // later ones would change nothing
			}
		}
	}
}

// grant is a key or a password with the session that gave it out.
type grant struct {
	Mint
	from *Session
}

// passwordsGranted has what was given to each user, in the order in which join
// prefers it: the first time only that a session gave one, so that many given
// and many used make no work of their product.
func passwordsGranted(used []*Session) map[string][]grant {
	all := map[string][]grant{}
	for _, from := range used {
		first := map[string]Mint{}
		for _, v := range from.Entry.Values[KindUser] {
			if m, ok := mintOf(v); ok && (first[m.Key].Key == "" || m.When < first[m.Key].When) {
				first[m.Key] = m
			}
		}
		for user, m := range first {
			all[user] = append(all[user], grant{m, from})
		}
	}
	for _, list := range all {
		slices.SortStableFunc(list, func(a, b grant) int {
			return cmp.Or(cmp.Compare(a.When, b.When), cmp.Compare(a.from.vague(), b.from.vague()))
		})
	}
	return all
}

// vague is 1 for who is only known to come from another account, 0 for who is
// known by a key.
func (s *Session) vague() int {
	if len(s.Entry.Values[KindKey]) == 0 {
		return 1
	}
	return 0
}

// userOf gives account/name of an IAM user, "" for others.
func userOf(e *Entry) string {
	for _, who := range e.Values[KindWho] {
		part := strings.SplitN(who.Text, ":", 6)
		if len(part) == 6 && part[2] == "iam" && strings.HasPrefix(part[5], "user/") {
			return part[4] + part[5][strings.LastIndexByte(part[5], '/'):]
		}
	}
	return ""
}

// join joins a session to the one that its key was given out in. A key that is
// given out twice, which hostile evidence may say, belongs to the earlier. Both
// accounts of a chain record the same: who is known by a key is told from who
// is only known to come from another account.
func (g *lineages) join(s, from *Session, m Mint) {
	if s.From != nil && (s.By.When < m.When || s.By.When == m.When && s.From.vague() <= from.vague()) {
		return
	}
	if s != from && !from.comesOf(s) {
		s.From, s.By = from, m
	}
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
	tallies := map[Kind]*sums{}
	for _, e := range entries {
		for k, values := range e.Values {
			if tallies[k] == nil {
				tallies[k] = new(sums)
			}
			tallies[k].add(values...)
		}
	}
	for k, t := range tallies {
		sum.Values[k] = t.values()
	}
	return sum
}

// Step is a call of a session, with why it is telling if it is.
type Step struct {
	API string
	Seen
	Writes bool
	Why    string
}

// Steps are the calls in the order in which they first came.
func (s *Session) Steps() (steps []Step) {
	if s.Entry == nil {
		return nil
	}
	writes := map[string]bool{}
	for _, v := range s.Entry.Values[KindStep] {
		writes[v.Text] = true
	}
	for _, v := range s.Entry.Values[KindAPI] {
		steps = append(steps, Step{v.Text, v.Seen, writes[v.Text], tellOf(v.Text).Reason})
	}
	slices.SortFunc(steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.API, b.API))
	})
	return steps
}
