package digest

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// digestFile is a digest file of the copy and what was found out about it. There
// can be hundreds of thousands: nothing is in it that is the same in all of them.
type digestFile struct {
	*unusual
	id     FileID
	stands string  // the key that its place gives it, see File.Key
	digest *Digest // nil when err says why there is none
	bucket string  // that it was read from
	size   int64

	key           string // the S3 key that it is about
	name          *Name  // what that key says, but for the time; shared
	stamp         int64  // the time that it says, Unix seconds
	odd           *window
	signatureFrom string // the file of the metadata, or the successor's key
	signedBy      *PublicKey
	reason        string
	signature     signature
	status        Status
	closed        bool // err is why it could not be opened
	nameMatches   bool // its name does not claim another key than its content
	misnamed      bool // its name is not that of a digest
	superseded    bool // another version stands for its object
	placed        bool // it is proven that a digest was delivered in its place
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

// window is the time that a digest stands for.
type window struct{ start, end time.Time }

// chain is the digests of one account, region and trail, oldest first: of each
// the best of the files that hold it.
type chain struct {
	chainID
	nodes   []*digestFile
	proven  []*digestFile // those that are valid
	buckets []string      // that those are signed for
}

// buildChains orders the digests into chains and believes their windows as far
// as they can be believed.
func (e *evidence) buildChains() {
	for _, h := range e.digests {
		e.believe(h)
		if h.superseded {
			continue
		}
		best := e.held[h.key]
		if best == nil || best.superseded || rank(h.status) < rank(best.status) || h.status == best.status && h.atHome() && !best.atHome() {
			e.held[h.key] = h
		}
	}
	for _, h := range e.digests {
		if h.superseded || e.held[h.key] != h || h.name.Kind != DigestFile || h.time().IsZero() {
			continue
		}
		id := h.name.chain()
		if e.byID[id] == nil {
			e.byID[id] = &chain{chainID: id}
			e.chains = append(e.chains, e.byID[id])
		}
		e.byID[id].nodes = append(e.byID[id].nodes, h)
	}
	for _, c := range e.chains {
		slices.SortFunc(c.nodes, func(a, b *digestFile) int { return cmp.Or(a.end().Compare(b.end()), strings.Compare(a.key, b.key)) })
		for _, n := range c.nodes {
			if n.status == Valid {
				c.proven = append(c.proven, n)
				if b := n.digest.Bucket; !slices.Contains(c.buckets, b) {
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

// believe settles the time that a digest stands for. One that is altered or
// unreadable is not believed: it ends where its successor begins, or when its
// name says, and lasts an hour as all do, unless its content fits to that end.
func (e *evidence) believe(h *digestFile) {
	if h.status == Valid || h.status == Unverified {
		return
	}
	end := h.time()
	if s := e.mentionsOf(h.key).valid; s != nil {
		end = s.digest.Start
	}
	h.odd = &window{end.Add(-time.Hour), end}
	if h.nameMatches && h.digest.End.Equal(end) {
		h.odd.start = h.digest.Start
	}
}

// content is the SHA-256 of what was inflated.
func (h *digestFile) content() [32]byte {
	if h.digest != nil {
		return h.digest.Sum
	}
	return h.inflated
}

// start is where the time begins that a digest stands for, once it is judged.
func (h *digestFile) start() time.Time {
	if h.odd != nil {
		return h.odd.start
	}
	return h.digest.Start
}

// end is where that time ends.
func (h *digestFile) end() time.Time {
	if h.odd != nil {
		return h.odd.end
	}
	return h.digest.End
}

// time is what its key says: the end of its window, zero when it says nothing.
func (h *digestFile) time() time.Time { return time.Unix(h.stamp, 0).UTC() }
