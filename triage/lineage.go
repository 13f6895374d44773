package triage

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"ctlog/event"
)

// lineages joins entries to sessions, and sessions to those that they came of.
type lineages struct {
	all   []*Session
	byKey map[string]*Session
}

func newLineage(entries []*Profile) *lineages {
	g := &lineages{byKey: map[string]*Session{}}
	minted := mintedKeys(entries)
	byLink, apart := map[string]*Session{}, mintedApart(entries, minted)
	slices.SortFunc(entries, func(a, b *Profile) int {
		return cmp.Or(cmp.Compare(a.All.First, b.All.First), cmp.Compare(a.Name(), b.Name()))
	})
	for _, e := range entries {
		var s *Session
		links := e.Values[KindLink]
		if apart[e.Name()] {
			links = nil
		}
		for _, link := range links {
			if s = byLink[link.Text]; s != nil {
				break
			}
		}
		if s == nil {
			s = &Session{By: Mint{When: event.NoTime}}
			g.all = append(g.all, s)
		}
		for _, link := range links {
			byLink[link.Text] = s
		}
		s.Keys, s.entries = append(s.Keys, e.Name()), append(s.entries, e)
		g.byKey[e.Name()] = s
	}
	for _, s := range g.all {
		s.Profile = joined(s.entries)
	}
	g.forward(minted)
	used := slices.Clone(g.all)
	for _, s := range used {
		for _, v := range s.Profile.Values[KindMint] {
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

// forward puts what AWS services did in somebody's name below who that is: calls
// from the addresses of services alone, with keys of their own, or with none.
func (g *lineages) forward(minted map[string]bool) {
	inPerson := map[string][]*Session{} // the earliest first
	for _, s := range g.all {
		if len(s.Profile.Values[KindAddress]) > 0 {
			for _, who := range s.Profile.Values[KindWho] {
				inPerson[who.Text] = append(inPerson[who.Text], s)
			}
		}
	}
	of, left := map[*Session]*Session{}, g.all[:0]
	for _, s := range g.all {
		from := s.inNameOf(inPerson, minted)
		switch first := of[from]; {
		case from == nil:
			left = append(left, s)
		case first == nil:
			s.From, s.Forwarded = from, true
			of[from], left = s, append(left, s)
		default:
			first.Keys, first.entries = append(first.Keys, s.Keys...), append(first.entries, s.entries...)
			for _, key := range s.Keys {
				g.byKey[key] = first
			}
		}
	}
	g.all = left
	for _, s := range of {
		s.Profile = joined(s.entries)
	}
}

// inNameOf is who a service acted for: of several sessions the last one that had
// begun. It is nil where the session is no service's.
func (s *Session) inNameOf(inPerson map[string][]*Session, minted map[string]bool) (from *Session) {
	e := s.Profile
	if len(e.Values[KindService]) == 0 || len(e.Values[KindAddress]) > 0 || len(e.Values[KindWho]) != 1 || slices.ContainsFunc(s.Keys, func(k string) bool { return minted[k] }) {
		return nil
	}
	list := inPerson[e.Values[KindWho][0].Text]
	after, _ := slices.BinarySearchFunc(list, e.All.First, func(p *Session, at int64) int {
		if p.Profile.All.First <= at {
			return -1
		}
		return 1
	})
	if len(list) == 0 {
		return nil
	}
	return list[max(after-1, 0)]
}

// mintedKeys are those that events gave out.
func mintedKeys(entries []*Profile) map[string]bool {
	minted := map[string]bool{}
	for _, e := range entries {
		for _, v := range e.Values[KindMint] {
			if m, ok := mintOf(v); ok {
				minted[m.Key] = true
			}
		}
	}
	return minted
}

// mintedApart are the keys that events gave out of which more than one would have
// the same link: sessions of one name that began in the same second, as instances
// get two. They are not one session.
func mintedApart(entries []*Profile, minted map[string]bool) map[string]bool {
	byLink, apart := map[string][]string{}, map[string]bool{}
	for _, e := range entries {
		for _, link := range e.Values[KindLink] {
			if key := e.Name(); minted[key] {
				byLink[link.Text] = append(byLink[link.Text], key)
			}
		}
	}
	for _, keys := range byLink {
		for _, key := range keys {
			apart[key] = len(keys) > 1 || apart[key]
		}
	}
	return apart
}

// mintOf reads what FactReader.mints has written.
func mintOf(v Value) (m Mint, ok bool) {
	part := strings.Split(v.Text, "\x00")
	if len(part) != 5 {
		return m, false
	}
	return Mint{Key: part[0], API: part[1], EventID: part[2], Role: part[3], User: part[4], When: v.First}, true
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
// beginning and come of no other. A password that is not seen in use stands there
// by its user.
func (g *lineages) passwords(used []*Session) {
	granted, taken := passwordsGranted(used), map[string]bool{}
	for _, s := range used {
		if s.From != nil {
			continue
		}
		for _, p := range granted[userOf(s.Profile)] {
			login := len(s.Profile.Values[KindKey]) == 0 && s.Profile.All.Last >= p.When
			if session := len(s.Profile.Values[KindLink]) > 0 && s.Profile.All.First >= p.When; !login && !session {
				continue
			}
			if g.join(s, p.from, p.Mint); s.From != nil {
				taken[p.User] = true
				break // later ones would change nothing
			}
		}
	}
	for _, user := range slices.Sorted(maps.Keys(granted)) {
		if p := granted[user][0]; !taken[user] {
			g.all = append(g.all, &Session{From: p.from, By: p.Mint})
			last := g.all[len(g.all)-1]
			last.Keys = []string{last.Owner()}
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
		for _, v := range from.Profile.Values[KindUser] {
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
	if len(s.Profile.Values[KindKey]) == 0 {
		return 1
	}
	return 0
}

// userOf gives account/name of an IAM user, "" for others.
func userOf(e *Profile) string {
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

// joined makes one entry of those of one session.
func joined(entries []*Profile) *Profile {
	if len(entries) == 1 {
		return entries[0]
	}
	sum := &Profile{Subject: entries[0].Subject, All: entries[0].All, Writes: entries[0].Writes, Values: map[FactKind][]Value{}}
	for _, e := range entries[1:] {
		sum.All.add(e.All)
		sum.Writes += e.Writes
	}
	tallies := map[FactKind]*Sums{}
	for _, e := range entries {
		for k, values := range e.Values {
			if tallies[k] == nil {
				tallies[k] = new(Sums)
			}
			tallies[k].Add(values...)
		}
	}
	for k, t := range tallies {
		sum.Values[k] = t.Values()
	}
	return sum
}
