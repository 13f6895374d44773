package digest

import (
	"fmt"
	"iter"
	"slices"
	"sort"
	"time"
)

// judgeLogs settles the status of every log: first by the listing of its own
// name, then, for what is left over, by content.
func (e *evidence) judgeLogs() {
	slices.SortStableFunc(e.logs, func(a, b *logFile) int { return a.id.compare(b.id) })
	e.matchNames()
	for _, l := range e.logs {
		e.judgeLog(l)
	}
	e.chooseLogs()
	e.settleCopies()
	e.settleForeign()
}

// matchNames notes which listed logs are here by name.
func (e *evidence) matchNames() {
	for _, l := range e.logs {
		for _, i := range e.listingsOf(l.object()) {
			e.listings[i].named = true
		}
	}
}

// judgeLog decides about one log by itself. It changes nothing but l.
func (e *evidence) judgeLog(l *logFile) {
	found := e.listingsOf(l.object())
	l.listed = e.best(found, l.sum)
	switch {
	case l.closed:
		l.status, l.reason = Unread, reasonOf(l.err)
	case l.err != nil && len(found) == 0 && l.kind != Log:
		l.status, l.reason = Uncovered, "its name is of another kind than logs, and what is in it is not known: "+reasonOf(l.err)
	case l.err != nil:
		l.status, l.reason = Unreadable, reasonOf(l.err)
	case len(found) > 0 && !l.read:
		l.status, l.reason = Unverified, "it was not read: the evidence can be read only once"
	case len(found) > 0:
		e.compare(l)
	case !l.read || !e.byContent(l):
		l.status, l.reason = e.cover(l)
	}
	if l.members > 1 && l.read && l.err == nil && l.listed >= 0 {
		l.reason = joinReasons(fmt.Sprintf("%d gzip members, where CloudTrail writes one", l.members), l.reason)
	}
}

func joinReasons(a, b string) string {
	if b == "" {
		return a
	}
	return a + "; " + b
}

// best chooses among several listings: one of a better digest before the rest,
// one that agrees before one that does not, one that was asked for.
func (e *evidence) best(found []int32, sum [32]byte) int32 {
	best, bestRank := int32(-1), 0
	for _, i := range found {
		r := 4 * rank(e.listings[i].digest.status)
		if e.listings[i].Sum != sum {
			r += 2
		}
		if !e.listings[i].digest.inScope {
			r++
		}
		if best < 0 || r < bestRank {
			best, bestRank = i, r
		}
	}
	return best
}

// compare judges a log by the listing that was found for it.
func (e *evidence) compare(l *logFile) {
	by := &e.listings[l.listed]
	equal, digest := by.Sum == l.sum, by.digest.status
	switch {
	case equal && digest == Valid:
		l.status = Valid
	case equal:
		l.status, l.reason = Unverified, "it is as its digest says, but that is "+digest.String()
	case digest == Altered:
		l.status, l.reason = Uncovered, "only a digest that is altered lists it, with another hash"
	default:
		l.status, l.reason = Altered, "its SHA-256 is not the one that its digest lists"+e.whose(l)
	}
}

// whose says it when the content is that of another log.
func (e *evidence) whose(l *logFile) string {
	if i, ok := e.bySum[l.sum]; ok {
		return "; its content is that of " + e.listings[i].Object
	}
	return ""
}

// byContent judges a log by its content, which a digest lists under another
// name: it is that log, or one more copy of it if a file of that name is here.
func (e *evidence) byContent(l *logFile) bool {
	var absent, named []int32
	for i := range e.sameContent(l.sum) {
		if e.listings[i].named {
			named = append(named, i)
		} else {
			absent = append(absent, i)
		}
	}
	switch {
	case len(absent) > 0:
		l.listed = e.best(absent, l.sum)
		e.compare(l)
		l.reason = joinReasons("it stands under another name: "+l.id.Path, l.reason)
	case len(named) > 0:
		l.listed = e.best(named, l.sum)
		e.copied(l)
	}
	return l.listed >= 0
}

// sameContent gives the listings of a content.
func (e *evidence) sameContent(sum [32]byte) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		i, ok := e.bySum[sum]
		for ; ok && i >= 0; i = e.listings[i].sameSum.next {
			if !yield(i) {
				return
			}
		}
	}
}

// cover judges a log that no digest lists by what covers its delivery.
func (e *evidence) cover(l *logFile) (Status, string) {
	switch {
	case l.kind != Log:
		return Uncovered, "no digest lists it; it has the name of a kind of file that digests do not list, and management or data events"
	case l.foreign:
		return Unreferenced, "foreign: no digest lists it, and CloudTrail gives no file of this folder such a name"
	}
	if l.minute().IsZero() {
		return Uncovered, "no digest lists it, and its name does not say when it was delivered"
	}
	if l.at == nil || len(l.at.chains) == 0 {
		return Uncovered, "no digest of its account and region is here"
	}
	if !slices.ContainsFunc(l.at.chains, func(c *chain) bool { return c.covers(l.minute()) }) {
		return Uncovered, l.at.chains[len(l.at.chains)-1].lacks(l.minute())
	}
	if e.o.UnvalidatedTrail {
		return Uncovered, "no digest lists it; taken for a delivery of the trail without validation"
	}
	return Unreferenced, "not listed in any digest, although the digests for its time and the next are valid"
}

// covers reports whether a log of a minute would have to be listed: whether
// every digest whose window touches the minute, and the next one, are valid.
// Log names have no seconds, and CloudTrail lists some logs an hour late. What
// is not proven does not count here, not even to say that it is not proven.
func (c *chain) covers(minute time.Time) bool {
	p := c.proven
	i := firstEndingAfter(p, minute)
	if i == len(p) || minute.Before(p[i].start()) {
		return false
	}
	for ; i+1 < len(p) && !p[i+1].start().After(p[i].end()); i++ {
		if !p[i].end().Before(minute.Add(time.Minute)) {
			return true
		}
	}
	return false
}

// lacks says what is lacking to cover a minute.
func (c *chain) lacks(minute time.Time) string {
	i := firstEndingAfter(c.nodes, minute)
	switch {
	case i == len(c.nodes):
		return "it was delivered after the last digest here"
	case !minute.Before(c.nodes[i].start()):
	case i == 0:
		return "it was delivered before the first digest here"
	default:
		return "no digest of its time is here"
	}
	for reach := c.nodes[i].end(); i < len(c.nodes) && !c.nodes[i].start().After(reach); i++ {
		if n := c.nodes[i]; n.status != Valid {
			return "the digest " + n.key + ", which may list it, is " + n.status.String()
		}
		reach = c.nodes[i].end()
		if c.nodes[i].start().After(minute) {
			break
		}
	}
	return "the digest after that of its time, which may list it, is not here"
}

// firstEndingAfter gives the index of the first digest that ends after t.
func firstEndingAfter(nodes []*digestFile, t time.Time) int {
	return sort.Search(len(nodes), func(i int) bool { return nodes[i].end().After(t) })
}

// absent decides about a listed log that is not here.
func (e *evidence) absent(l *listing) (Status, string) {
	if where, ok := e.unread.mayHold(l.Object); ok {
		return Unread, "a digest lists it; it may be in " + where + ", which was not read"
	}
	n := e.o.Names(l.Object)
	p := e.places[place{n.Account, n.Region}]
	switch {
	case n.Time.IsZero(), !l.digest.oldest(e), !e.o.Since.IsZero() && !e.o.Since.After(n.Time):
	case p == nil, p.first.IsZero(), n.Time.Before(p.first):
		return Outside, "it is older than every log of its account and region here"
	}
	reason := "a digest lists it and it is not here"
	if l.digest.status != Valid {
		reason += "; that digest is " + l.digest.status.String()
	}
	return Missing, reason
}

// oldest reports whether no older digest of its chain is here.
func (h *digestFile) oldest(e *evidence) bool {
	c := e.byID[h.name.chain()]
	return c == nil || c.nodes[0].key == h.key
}
