package digest

import (
	"slices"
	"strings"
	"time"
)

// Finding is what was found about a chain or a key rather than about a file.
// Which fields are set depends on its Kind.
type Finding struct {
	Kind                               FindingKind
	Account, Region, Trail, HomeRegion string
	Backfill                           bool

	Start       time.Time // head: where the proof begins
	Predecessor string    // head: the digest before it

	org      string    // organisation of the chain
	From, To time.Time // gap
	Hours    int       // gap: as many hours as were begun
	Events   []string  // gap: IDs of proven events that explain it
	Names    []string  // gap: their names, for people

	End, Expected time.Time // tail: where the chain ends and till when others go on

	Fingerprint string // key
	Digests     int    // key: how many digests it is about
	First       string // key: the first of them; versions, manifest: the object's key
	Accepted    bool   // key: named by Options.AcceptKeys, so it changes no verdict

	Time      time.Time // control, conflict: when the event was
	EventID   string    // control, conflict
	EventName string    // control, conflict
	Count     int       // conflict: how many events of the file
	Principal string    // control: who
	Of, Twin  string    // conflict: the key of the file with the genuine event, the path of the other

	Lost bool // manifest: a file that it names is not here

	Object         string    // versions, manifest: the object's path
	Bucket         string    // versions; moved: the bucket that is signed for
	ExpectedBucket string    // moved: the bucket that was expected
	Versions       []Version // versions: the newest first
	Restorable     bool      // versions: the object is not the one that is vouched for, which an older version still is

	Reason string
}

// FindingKind is the word by which results call a finding.
type FindingKind string

// The kinds of findings; Finding.Verdict says what they weigh.
const (
	Head   FindingKind = "head"   // the oldest digest here has a predecessor elsewhere
	Gap    FindingKind = "gap"    // time that no digest stands for
	Tail   FindingKind = "tail"   // the chain ends early
	Key    FindingKind = "key"    // a key used outside its validity, or misnamed
	Absent FindingKind = "absent" // an account or region that was expected
	Moved  FindingKind = "moved"  // signed for another bucket
	// Restart: a digest in mid-chain says that it is the first.
	Restart FindingKind = "restart"
	// Control: a proven event that ends or blinds the trail, or touches the
	// evidence.
	Control FindingKind = "control"
	// Conflict: an event that is also in a valid log, with other content.
	Conflict FindingKind = "conflict"
	// Manifest: a file is not what the manifest of its copy says.
	Manifest FindingKind = "manifest"
	// Versions: an object was overwritten or is hidden by a delete marker.
	Versions FindingKind = "versions"
)

// Verdict is the best verdict that evidence with such a finding can have.
func (f *Finding) Verdict() Verdict {
	switch f.Kind {
	case Conflict:
		return Tampered
	case Manifest:
		if f.Lost {
			return Incomplete
		}
		return Proven
	case Versions:
		if f.Restorable {
			return Tampered
		}
		return Proven
	case Head, Control:
		return Proven
	}
	if f.Accepted {
		return Proven
	}
	return Incomplete
}

// missingDigest is a digest that is known by name only.
type missingDigest struct {
	key, bucket string
	path        string // where it would be, "" where that is not known
	name        Name
	end         time.Time
	reason      string
}

const (
	reasonRestart = "restart"
	reasonMissing = "missing digest"
	// tailSlack is how much earlier than others a chain may end: a digest is
	// delivered within an hour after the hour that it is about.
	tailSlack = 2 * time.Hour
)

func (c *chain) finding(kind FindingKind) Finding {
	return Finding{Kind: kind, Account: c.Account, Region: c.Region, Trail: c.Trail, HomeRegion: c.HomeRegion, Backfill: c.Backfill, org: c.Org}
}

// examine finds what is wrong with the chains themselves.
func (e *evidence) examine() (findings []Finding, missing []missingDigest) {
	newest, oldest := e.extent()
	named := map[string]bool{} // two digests may name one
	for _, c := range e.chains {
		if !e.wantsChain(c) {
			continue
		}
		for i := range c.nodes {
			f, m := e.step(c, i, oldest)
			findings = append(findings, f...)
			for _, m := range m {
				if !named[m.key] {
					missing = append(missing, m)
				}
				named[m.key] = true
			}
		}
		if f, ok := e.tail(c, newest); ok {
			findings = append(findings, f)
		}
	}
	return append(append(findings, e.keyFindings()...), e.expected()...), missing
}

func (e *evidence) wantsChain(c *chain) bool {
	return contains(e.o.Accounts, c.Account) && contains(e.o.Regions, c.Region) && contains(e.o.Trails, c.Trail)
}

// step looks at the i-th digest of a chain and what should be before it.
func (e *evidence) step(c *chain, i int, oldest map[trailID]time.Time) (findings []Finding, missing []missingDigest) {
	n := c.nodes[i]
	believed := n.status == Valid || n.status == Unverified
	var before *Link
	if believed {
		before = n.Digest.Previous
	}
	lost := before != nil && !e.holds(before.Object)
	asked := i > 0 && e.inTime(n.start.Add(-time.Hour), n.start) || i == 0 && n.inScope && e.reachesBack(n.start)
	if lost && n.status == Valid && asked {
		missing = append(missing, missingDigest{before.Object, before.Bucket, n.beside(before.Object), e.o.Names(before.Object), n.start, "the digest after it, " + n.key + ", names it and it is not here"})
	} else if lost && i == 0 && n.inScope {
		f := c.finding(Head)
		f.Start, f.Predecessor = n.start, before.Object
		findings = append(findings, f)
	}
	if f, ok := e.gap(c, i, believed, lost, oldest); ok {
		findings = append(findings, f)
	}
	return findings, missing
}

// reachesBack: --since asks for what is before t.
func (e *evidence) reachesBack(t time.Time) bool {
	return !e.o.Since.IsZero() && !e.o.Since.After(t)
}

func (e *evidence) holds(object string) bool { return e.heldKeys[object] }

// gap looks at the time before the i-th digest.
func (e *evidence) gap(c *chain, i int, believed, lost bool, oldest map[trailID]time.Time) (Finding, bool) {
	n, f := c.nodes[i], c.finding(Gap)
	first := believed && n.Digest.Previous == nil
	switch {
	case c.Backfill: // their windows do not meet: a backfill digest comes when logs were late
		return f, false
	case i > 0:
		f.From = c.nodes[i-1].end
		f.Reason = reasonMissing
		if !lost && believed {
			f.Reason = "the windows of the digests do not meet"
		}
		if first {
			f.Reason = reasonRestart
		}
	case lost && e.reachesBack(n.start):
		f.From, f.Reason = e.o.Since, reasonMissing
	case first && e.reachesBack(n.start):
		f.From, f.Reason = e.o.Since, "the chain begins after --since"
	case first && n.start.Sub(oldest[c.trail()]) > tailSlack:
		f.From, f.Reason = oldest[c.trail()], "restart: in other regions the chains of this trail are older"
	default:
		return f, false
	}
	f.To = n.start
	f.Hours = int((f.To.Unix() - f.From.Unix() + 3599) / 3600) // a Duration holds 292 years
	return f, (f.To.After(f.From) || f.Reason == reasonRestart && !f.To.Before(f.From)) && e.inTime(f.From, f.To.Add(1))
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

// extent gives, for each trail, the newest end and the oldest start of a
// digest in any region.
func (e *evidence) extent() (newest, oldest map[trailID]time.Time) {
	newest, oldest = map[trailID]time.Time{}, map[trailID]time.Time{}
	for _, c := range e.chains {
		if c.Backfill {
			continue
		}
		t := c.trail()
		for _, n := range c.nodes {
			if n.status != Valid && n.status != Unverified {
				continue
			}
			if n.end.After(newest[t]) {
				newest[t] = n.end
			}
			if o := oldest[t]; o.IsZero() || n.start.Before(o) {
				oldest[t] = n.start
			}
		}
	}
	return newest, oldest
}

// tail finds a chain that ends before others of its trail, or before --until.
func (e *evidence) tail(c *chain, newest map[trailID]time.Time) (Finding, bool) {
	f := c.finding(Tail)
	f.Expected = newest[c.trail()]
	if until := e.o.Until; !until.IsZero() {
		f.Expected = until
	}
	for _, n := range c.nodes {
		if n.status == Valid || n.status == Unverified {
			f.End = n.end
		}
	}
	if f.End.IsZero() { // nothing to be believed
		f.End = c.nodes[0].start
	}
	f.Reason = "the trail's digests go on in other regions"
	if !e.o.Until.IsZero() {
		f.Reason = "--until asks for more"
	}
	return f, !c.Backfill && f.Expected.Sub(f.End) > tailSlack
}

// keyFindings: keys used out of their time, or whose fingerprint is not theirs.
// The second is known of a sample that AWS published; the signature decides.
func (e *evidence) keyFindings() (findings []Finding) {
	at := map[string]int{}
	add := func(h *digestFile, reason string) {
		i, ok := at[h.Digest.Fingerprint+reason]
		if !ok {
			i = len(findings)
			at[h.Digest.Fingerprint+reason] = i
			findings = append(findings, Finding{Kind: Key, Fingerprint: h.Digest.Fingerprint, Reason: reason, First: h.key})
		}
		findings[i].Digests++
		findings[i].First = min(findings[i].First, h.key)
	}
	for _, h := range e.digests {
		if h.signedBy == nil || !h.inScope || h.superseded {
			continue
		}
		if t, ok := e.signedAt(h); ok && !h.signedBy.covers(t) {
			add(h, "used outside its validity, "+h.signedBy.Start.Format(time.RFC3339)+" to "+h.signedBy.End.Format(time.RFC3339))
		}
		if !h.signedBy.genuine() {
			add(h, "the fingerprint that was published with the key, "+h.signedBy.Fingerprint+", is not its MD5, "+h.signedBy.MD5)
		}
	}
	slices.SortFunc(findings, func(a, b Finding) int { return strings.Compare(a.Fingerprint+a.Reason, b.Fingerprint+b.Reason) })
	return findings
}

// signedAt is the time that the key's validity must contain: the end of the
// window, or, for a backfill, when it was generated, which only its metadata
// says.
func (e *evidence) signedAt(h *digestFile) (time.Time, bool) {
	if !h.name.Backfill {
		return h.Digest.End, true
	}
	for _, m := range e.o.Signatures.of(h.Digest.Object) {
		if !m.generated.IsZero() {
			return m.generated, true
		}
	}
	return time.Time{}, false
}

// expected finds accounts and regions that ought to have digests and have
// none. When both are given, every account ought to have every region.
func (e *evidence) expected() (findings []Finding) {
	have := map[place]bool{}
	for _, h := range e.digests {
		if h.inScope {
			have[place{h.name.Account, h.name.Region}] = true
			have[place{h.name.Account, ""}] = true
			have[place{"", h.name.Region}] = true
		}
	}
	for _, account := range orEmpty(e.o.ExpectAccounts) {
		for _, region := range orEmpty(e.o.ExpectRegions) {
			if !have[place{account, region}] && account+region != "" {
				findings = append(findings, Finding{Kind: Absent, Account: account, Region: region, Reason: "expected, and no digest of it is here"})
			}
		}
	}
	return findings
}

func orEmpty(list []string) []string {
	if len(list) == 0 {
		return []string{""}
	}
	return list
}
