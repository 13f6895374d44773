package digest

import (
	"fmt"
	"time"
)

const (
	reasonRestart = "restart"
	reasonMissing = "missing digest"
	// tailSlack is how much earlier than others a chain may end: a digest is
	// delivered within an hour after the hour that it is about.
	tailSlack = 2 * time.Hour
)

// counts reports whether a digest raises expectations: of what must have been
// before it. What nothing proves does not, or one made-up digest of the year
// 2099 would make everything else incomplete; unless nothing of its chain is
// proven, so that there is nothing to hold it against.
func (c *chain) counts(n *digestFile) bool {
	return n.status == Valid || n.placed || len(c.proven) == 0
}

// step looks at the i-th digest of a chain and what should be before it.
func (e *evidence) step(c *chain, i int, oldest map[trailID]time.Time) (findings []Finding, missing []missingDigest) {
	n := c.nodes[i]
	if !c.counts(n) {
		return nil, nil
	}
	believed := n.status == Valid || n.status == Unverified
	var before *Link
	if believed {
		before = n.digest.Previous
	}
	lost := before != nil && !e.holds(before.Object)
	asked := i > 0 && e.inTime(n.start().Add(-time.Hour), n.start()) || i == 0 && n.inScope && e.reachesBack(n.start())
	if lost && n.status == Valid && asked {
		missing = append(missing, missingDigest{before.Object, before.Bucket, n.beside(before.Object), e.o.Names(before.Object), n.start(), "the digest after it, " + n.key + ", names it and it is not here"})
	} else if lost && i == 0 && n.inScope {
		f := c.finding(Head)
		f.Start, f.Predecessor = n.start(), before.Object
		findings = append(findings, f)
	}
	first := believed && before == nil
	if first && i > 0 && n.inScope {
		findings = append(findings, c.restart(i))
	}
	if f, ok := e.gap(c, i, first, lost, oldest); ok {
		findings = append(findings, f)
	}
	return findings, missing
}

// reachesBack: --since asks for what is before t.
func (e *evidence) reachesBack(t time.Time) bool {
	return !e.o.Since.IsZero() && !e.o.Since.After(t)
}

func (e *evidence) holds(object string) bool { return e.held[object] != nil }

// restart is about the i-th digest, which says that it is the first of its
// chain, though older ones are here: what was between them could have been cut
// out without a trace.
func (c *chain) restart(i int) Finding {
	f := c.finding(Restart)
	f.Start, f.First = c.nodes[i].start(), c.nodes[i].key
	f.Reason = fmt.Sprintf("the digest of %s names no predecessor, though older ones are here, until %s",
		f.Start.Format(time.RFC3339), c.nodes[i-1].end().Format(time.RFC3339))
	return f
}

// gap looks at the time before the i-th digest; first: it names no
// predecessor, lost: the one that it names is not here.
func (e *evidence) gap(c *chain, i int, first, lost bool, oldest map[trailID]time.Time) (Finding, bool) {
	n, f := c.nodes[i], c.finding(Gap)
	began, known := oldest[c.trail()]
	switch {
	case c.Backfill: // their windows do not meet: a backfill digest comes when logs were late
		return f, false
	case i > 0:
		f.From = c.nodes[i-1].end()
		f.Reason = n.since(first, lost)
	case lost && e.reachesBack(n.start()):
		f.From, f.Reason = e.o.Since, reasonMissing
	case first && e.reachesBack(n.start()):
		f.From, f.Reason = e.o.Since, "the chain begins after --since"
	case first && n.status == Valid && known && n.start().Sub(began) > tailSlack:
		f.From, f.Reason = began, "restart: in other regions the chains of this trail are older"
	default:
		return f, false
	}
	f.To = n.start()
	f.Hours = int((f.To.Unix() - f.From.Unix() + 3599) / 3600) // a Duration holds 292 years
	return f, f.To.After(f.From) && e.inTime(f.From, f.To.Add(1))
}

// since says why there is time between a digest and the one before.
func (n *digestFile) since(first, lost bool) string {
	switch {
	case first:
		return reasonRestart
	case lost || n.status != Valid && n.status != Unverified:
		return reasonMissing
	}
	return "the windows of the digests do not meet"
}

// trailID tells trails apart: that of an organisation has chains in many
// accounts.
type trailID struct{ owner, trail, home string }

func (c chainID) trail() trailID {
	if c.Org != "" {
		return trailID{c.Org, c.Trail, c.HomeRegion}
	}
	return trailID{c.Account, c.Trail, c.HomeRegion}
}

// extent gives, for each trail, the newest end and the oldest start of a valid
// digest in any region.
func (e *evidence) extent() (newest, oldest map[trailID]time.Time) {
	newest, oldest = map[trailID]time.Time{}, map[trailID]time.Time{}
	for _, c := range e.chains {
		if c.Backfill {
			continue
		}
		t := c.trail()
		for _, n := range c.proven {
			newest[t] = maxTime(newest[t], n.end())
			if o, ok := oldest[t]; !ok || n.start().Before(o) {
				oldest[t] = n.start()
			}
		}
	}
	return newest, oldest
}

// tail finds a chain that ends before --until, or, where nothing was asked for,
// well before others of its trail.
func (e *evidence) tail(c *chain, newest map[trailID]time.Time) (Finding, bool) {
	f, slack := c.finding(Tail), tailSlack
	f.End, f.Expected, f.Reason = c.end(), newest[c.trail()], "the trail's digests go on in other regions"
	if until := e.o.Until; !until.IsZero() {
		f.Expected, f.Reason, slack = until, "--until asks for more", 0
	}
	return f, !c.Backfill && f.Expected.Sub(f.End) > slack
}

// end is how far a chain is proven; where nothing of it is, how far it is said
// to go.
func (c *chain) end() time.Time {
	if n := len(c.proven); n > 0 {
		return c.proven[n-1].end()
	}
	for i := len(c.nodes) - 1; i >= 0; i-- {
		if c.nodes[i].status == Unverified {
			return c.nodes[i].end()
		}
	}
	return c.nodes[0].start()
}
