package digest

import (
	"slices"
	"time"
)

// Finding is what was found about a chain or a key rather than about a file.
// Which fields are set depends on its Kind.
type Finding struct {
	Kind                               FindingKind
	Account, Region, Trail, HomeRegion string
	Backfill                           bool

	Start       time.Time // head: where the proof begins; restart: where the chain begins again
	Predecessor string    // head: the digest before it

	org      string    // organisation of the chain
	buckets  []string  // that its digests are signed for
	From, To time.Time // gap; moved: the windows of the digests that it is about
	Hours    int       // gap: as many hours as were begun
	Events   []string  // gap, tail: IDs of proven events that explain it
	Names    []string  // gap, tail: their names, for people

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

func (c *chain) finding(kind FindingKind) Finding {
	return Finding{
		Kind: kind, Account: c.Account, Region: c.Region, Trail: c.Trail, HomeRegion: c.HomeRegion, Backfill: c.Backfill,
		org: c.Org, buckets: c.buckets,
	}
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
		findings = append(findings, e.moved(c)...)
	}
	return slices.Concat(findings, e.keyFindings(), e.expected()), missing
}

func (e *evidence) wantsChain(c *chain) bool {
	return contains(e.o.Accounts, c.Account) && contains(e.o.Regions, c.Region) && contains(e.o.Trails, c.Trail)
}

// expected finds accounts and regions that ought to have digests and have
// none that is valid. When both are given, every account ought to have every
// region.
func (e *evidence) expected() (findings []Finding) {
	have := map[place]Status{}
	for _, h := range e.digests {
		if !h.inScope {
			continue
		}
		for _, p := range []place{{h.name.Account, h.name.Region}, {h.name.Account, ""}, {"", h.name.Region}} {
			if have[p] != Valid {
				have[p] = h.status
			}
		}
	}
	for _, account := range orEmpty(e.o.ExpectAccounts) {
		for _, region := range orEmpty(e.o.ExpectRegions) {
			status := have[place{account, region}]
			if account+region == "" || status == Valid {
				continue
			}
			reason := "expected, and no digest of it is here"
			if status != Undecided {
				reason = "expected, and no valid digest of it is here"
			}
			findings = append(findings, Finding{Kind: Absent, Account: account, Region: region, Reason: reason})
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
