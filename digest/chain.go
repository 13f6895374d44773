package digest

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// digestFile is a digest file of the copy and what was found out about it.
type digestFile struct {
	File
	key           string // the S3 key that it is about
	name          Name   // what that key says
	nameMatches   bool   // its name does not claim another key than its content
	misnamed      bool   // its name is not that of a digest
	superseded    bool   // another version stands for its object
	placed        bool   // it is proven that a digest was delivered in its place
	signature     signature
	signatureFrom string // the file of the metadata, or the successor's key
	signedBy      *PublicKey
	status        Status
	reason        string
	inScope       bool
}

// chainID tells chains apart.
type chainID struct {
	Account, Org, Region, Trail, HomeRegion string
	Backfill                                bool
}

func (n Name) chain() chainID {
	return chainID{n.Account, n.Org, n.Region, n.Trail, n.HomeRegion, n.Backfill}
}

func (a chainID) compare(b chainID) int {
	return cmp.Or(strings.Compare(a.Account, b.Account), strings.Compare(a.Region, b.Region), strings.Compare(a.Trail, b.Trail),
		strings.Compare(a.HomeRegion, b.HomeRegion), strings.Compare(a.Org, b.Org), compareBool(a.Backfill, b.Backfill))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// node is one digest of a chain: the best of the files that hold it.
type node struct {
	*digestFile
	start, end time.Time // its window, as far as it can be believed
}

// chain is the digests of one account, region and trail, oldest first.
type chain struct {
	chainID
	nodes   []node
	proven  []node   // those that are valid
	buckets []string // that those are signed for
}

// buildChains orders the digests into chains and believes their windows as far
// as they can be believed.
func (e *evidence) buildChains() {
	seen := map[string]*digestFile{} // the best file of each digest
	for _, h := range e.digests {
		if h.superseded {
			continue
		}
		best := seen[h.key]
		if best == nil || rank(h.status) < rank(best.status) || h.status == best.status && h.atHome() && !best.atHome() {
			seen[h.key] = h
		}
	}
	for _, h := range e.digests {
		if seen[h.key] != h || h.name.Kind != DigestFile || h.name.Time.IsZero() {
			continue
		}
		id := h.name.chain()
		if e.byID[id] == nil {
			e.byID[id] = &chain{chainID: id}
			e.chains = append(e.chains, e.byID[id])
		}
		e.byID[id].nodes = append(e.byID[id].nodes, e.window(h))
	}
	for _, c := range e.chains {
		slices.SortFunc(c.nodes, func(a, b node) int { return cmp.Or(a.end.Compare(b.end), strings.Compare(a.key, b.key)) })
		for _, n := range c.nodes {
			if n.status == Valid {
				c.proven = append(c.proven, n)
				if b := n.Digest.Bucket; !slices.Contains(c.buckets, b) {
					c.buckets = append(c.buckets, b)
				}
			}
		}
	}
	slices.SortFunc(e.chains, func(a, b *chain) int { return a.compare(b.chainID) })
}

// rank orders copies of one digest: the best of them stands for it.
func rank(s Status) int { return ranks[s] }

var ranks = [statuses]int{Undecided: 9, Valid: 0, Unverified: 1, Altered: 2, Unreadable: 3, Unread: 4}

// window gives the time that a digest stands for. One that is altered or
// unreadable is not believed: it ends where its successor begins, or when its
// name says, and lasts an hour as all do, unless its content fits to that end.
func (e *evidence) window(h *digestFile) node {
	if h.status == Valid || h.status == Unverified {
		return node{h, h.Digest.Start, h.Digest.End}
	}
	end := h.name.Time
	if s := e.mentionsOf(h.key).valid; s != nil {
		end = s.Digest.Start
	}
	if h.nameMatches && h.Digest.End.Equal(end) {
		return node{h, h.Digest.Start, end}
	}
	return node{h, end.Add(-time.Hour), end}
}
