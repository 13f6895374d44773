package digest

import (
	"bytes"
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// digestFile is a digest file of the copy and what was found out about it.
type digestFile struct {
	File
	key           string // the S3 key that it is about
	name          Name   // what that key says
	nameMatches   bool   // its content says the same key
	misnamed      bool   // its name is not that of a digest
	superseded    bool   // another version stands for its object
	signatureFrom string // "metadata" or "successor": which signature verified
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
	nodes  []node
	proven []node // those that are valid
}

// judgeDigests settles the key and the status of every digest.
func (e *evidence) judgeDigests() {
	slices.SortStableFunc(e.digests, func(a, b *digestFile) int { return strings.Compare(a.Path, b.Path) })
	e.link()
	for _, h := range e.digests {
		e.identify(h)
	}
	// A successor is judged before its predecessor, whose proof it may be.
	slices.SortStableFunc(e.digests, func(a, b *digestFile) int { return b.ends().Compare(a.ends()) })
	e.checkSignatures()
	for _, h := range e.digests {
		e.judgeDigest(h)
		e.heldKeys[h.key] = true
	}
	e.chooseDigests()
}

// link notes which digests name which as their predecessor.
func (e *evidence) link() {
	for _, h := range e.digests {
		if h.Digest != nil && h.Digest.Previous != nil && h.Digest.Object != h.Digest.Previous.Object {
			p := h.Digest.Previous
			e.naming[p.Object] = append(e.naming[p.Object], h)
			if first, ok := e.named[stem(p.Object)]; !ok || p.Object < first {
				e.named[stem(p.Object)] = p.Object
			}
		}
	}
}

// successors are the digests that name h as their predecessor.
func (e *evidence) successors(h *digestFile) []*digestFile { return e.naming[h.Digest.Object] }

// identify finds the S3 key that a file is about: what its content says if
// that agrees with its name, else what a successor calls it, else its place.
func (e *evidence) identify(h *digestFile) {
	switch d := h.Digest; {
	case d != nil && stem(d.Object) == stem(h.Key):
		h.key, h.nameMatches = d.Object, true
	case e.named[stem(h.Key)] != "":
		h.key = e.named[stem(h.Key)]
	default:
		h.key = h.Key
	}
	h.name = e.o.Names(h.key)
	if h.name.Kind != DigestFile && h.Digest != nil {
		h.name, h.misnamed = e.o.Names(h.Digest.Object), true
	}
}

// ends is the end of the window that the file's name, or else its content,
// stands for.
func (h *digestFile) ends() time.Time {
	if h.Digest != nil && (h.nameMatches || h.name.Time.IsZero()) {
		return h.Digest.End
	}
	return h.name.Time
}

// checkSignatures verifies on all cores: this is the part that costs.
func (e *evidence) checkSignatures() {
	var wg sync.WaitGroup
	next := make(chan *digestFile)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for h := range next {
				e.findProof(h)
			}
		})
	}
	for _, h := range e.digests {
		if h.Digest != nil {
			next <- h
		}
	}
	close(next)
	wg.Wait()
}

// findProof tries the signatures that S3 held, then those that successors
// hold. Any that verifies is a proof; it does not matter who kept it.
func (e *evidence) findProof(h *digestFile) {
	var kept, linked tries
	for _, m := range e.o.Signatures.of(h.Digest.Object) {
		if kept.add(m.signature) && e.try(h, m.signature, "metadata") {
			return
		}
	}
	for _, s := range e.successors(h) {
		if linked.add(s.Digest.Previous.Signature) && e.try(h, s.Digest.Previous.Signature, "successor") {
			return
		}
	}
}

// maxTries bounds the signatures of one place that are tried for one digest. A
// digest has one; whoever adds thousands wants the verification not to end.
const maxTries = 16

// tries are the signatures that were tried.
type tries [][]byte

// add reports whether a signature is to be tried.
func (t *tries) add(signature []byte) bool {
	if len(*t) == maxTries || slices.ContainsFunc(*t, func(s []byte) bool { return bytes.Equal(s, signature) }) {
		return false
	}
	*t = append(*t, signature)
	return true
}

func (e *evidence) try(h *digestFile, signature []byte, from string) bool {
	for _, k := range e.keys.named(h.Digest.Fingerprint) {
		if k.verifies(h.Digest.Signed, signature) {
			h.signatureFrom, h.signedBy = from, k
			return true
		}
	}
	return false
}

// judgeDigest decides in the order unreadable, altered, valid, unverified.
func (e *evidence) judgeDigest(h *digestFile) {
	switch reason := ""; {
	case h.Closed:
		h.status, h.reason = Unread, reasonOf(h.Err)
	case h.Digest == nil:
		h.status, h.reason = Unreadable, reasonOf(h.Err)
	case !h.nameMatches:
		h.status, h.reason = Altered, "its content belongs to "+h.Digest.Object
	case h.signatureFrom == "" && len(e.naming[h.key]) == 0 && e.named[stem(h.key)] != "":
		h.status, h.reason = Altered, "it says to be "+h.key
		h.key, h.nameMatches = e.named[stem(h.key)], false
	case e.contradicted(h, &reason):
		h.status, h.reason = Altered, reason
	case h.signatureFrom != "":
		h.status = Valid
	case e.refuted(h, &reason):
		h.status, h.reason = Altered, reason
	default:
		h.status, h.reason = Unverified, e.why(h)
	}
}

func reasonOf(err error) string {
	if err == nil {
		return "unreadable"
	}
	return err.Error()
}

// contradicted reports whether a successor names another hash. The statement
// of an altered successor does not count; one that nothing proves, made about
// a digest that is proven, tells against the successor itself.
func (e *evidence) contradicted(h *digestFile, reason *string) bool {
	for _, s := range e.successors(h) {
		switch {
		case s.Digest.Previous.Sum == h.Digest.Sum, s.status == Altered, !s.nameMatches:
		case s.signatureFrom == "" && h.signatureFrom != "":
			s.status, s.reason = Altered, "it names another hash for its predecessor than that digest, which is proven, has"
		default:
			*reason = fmt.Sprintf("its SHA-256 is %x, its successor says %x", h.Digest.Sum, s.Digest.Previous.Sum)
			return true
		}
	}
	return false
}

// refuted reports whether there are signatures, and a key for them, and none
// verifies. One that only an altered successor holds says nothing.
func (e *evidence) refuted(h *digestFile, reason *string) bool {
	if !slices.ContainsFunc(e.keys.named(h.Digest.Fingerprint), (*PublicKey).genuine) {
		return false // no key, or one that is not what its fingerprint says
	}
	var from []string
	if len(e.o.Signatures.of(h.Digest.Object)) > 0 {
		from = append(from, "the one in the metadata")
	}
	for _, s := range e.successors(h) {
		if s.status != Altered && !slices.Contains(from, "the successor's") {
			from = append(from, "the successor's")
		}
	}
	if len(from) == 0 {
		return false
	}
	*reason = "no signature verifies, tried: " + strings.Join(from, ", ")
	if h.Digest.Algorithm != "SHA256withRSA" {
		*reason += fmt.Sprintf("; its algorithm %.40q is not known", h.Digest.Algorithm)
	}
	return true
}

// why says what is lacking to prove a digest.
func (e *evidence) why(h *digestFile) string {
	if len(e.keys.named(h.Digest.Fingerprint)) == 0 {
		return "no public key with fingerprint " + h.Digest.Fingerprint
	}
	for _, k := range e.keys.named(h.Digest.Fingerprint) {
		if !k.genuine() {
			return "the public key that was given for fingerprint " + h.Digest.Fingerprint + " is another one: its MD5 is " + k.MD5
		}
	}
	return "no signature: its S3 metadata was not kept and its successor is not here"
}

// buildChains orders the digests into chains and believes their windows as far
// as they can be believed.
func (e *evidence) buildChains() {
	seen := map[string]*digestFile{} // the best file of each digest
	for _, h := range e.digests {
		if h.superseded {
			continue
		}
		if best := seen[h.key]; best == nil || rank(h.status) < rank(best.status) {
			seen[h.key] = h
		}
	}
	for _, h := range e.digests {
		if seen[h.key] != h || h.misnamed || h.name.Kind != DigestFile {
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
	for _, s := range e.naming[h.key] {
		if s.status == Valid {
			end = s.Digest.Start
		}
	}
	if h.nameMatches && h.Digest.End.Equal(end) {
		return node{h, h.Digest.Start, end}
	}
	return node{h, end.Add(-time.Hour), end}
}
