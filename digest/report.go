package digest

import (
	"cmp"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Report is what a verification found.
type Report struct {
	Verdict       Verdict
	Digests, Logs Counts
	Other         int // files of kinds that digests do not list
	Excluded      int // digests that are here and were not asked for
	Gaps, Chains  int
	From, To      time.Time // first and last moment that digests stand for
	Findings      []Finding // chain by chain
	Spans         []Span    // what is proven, chain by chain
	Lacking       []KeyNeed // keys that would prove more
	Folders       []string  // keys of folders that would prove more
	Keys          []KeyUse  // that proved something, by fingerprint
	Beside        []Beside  // by path; what the Store says with Besides
	Notes         []string  // what could not be found out, and why
	Restored      int       // originals that older versions of objects still hold
	Unproven      int       // files that are here, are not contradicted, and that nothing proves
	Partial       *Partial  // nil: nothing looks as if only a part was downloaded

	e       *evidence
	refs    []ref
	missing []missingDigest
}

// Partial is how a copy of which only the ends are lacking could be verified:
// with Report.Folders beside it, or between these times.
type Partial struct {
	Outside, Uncovered int       // logs that are outside, and uncovered ones
	Since, Until       time.Time // for --since and --until; zero: no bound is needed
}

// Span is an unbroken run of valid digests that are signed for one bucket.
type Span struct {
	Account, Region, Trail, HomeRegion string
	Backfill                           bool
	Bucket                             string
	From, To                           time.Time
	Digests, Logs                      int // valid ones
	Listed                             int // logs that the digests list
}

// KeyNeed is public keys that are lacking, of one region.
type KeyNeed struct {
	Region       string
	From, To     time.Time // ends of the windows of the digests signed with them
	Fingerprints []string
	Digests      int // that name them
}

// KeyUse is a public key that proved digests.
type KeyUse struct {
	PublicKey
	Digests int
}

// Item is one digest or log. Fields that do not apply are zero.
type Item struct {
	Digest    bool // a digest, not a log
	Status    Status
	Signature string // "metadata" or "successor"
	Key       string
	Bucket    string
	Path      string // "" when it is not here
	Member    int    // with Path: which file it is, as File.Member

	Account, Region, Trail string    // of a digest
	Start, End             time.Time // of a digest
	Fingerprint            string    // of a digest

	ListedBy      string   // of a log: the key of the digest
	Sum, Expected [32]byte // SHA-256 of the inflated content, and what is listed
	Stored        [32]byte // SHA-256 of the file as it is held, if that was asked for
	Size          int64    // as it is stored, -1 when unknown or not here
	SignatureFrom string   // of a valid digest: the path of the metadata, or the key of the successor
	Reason        string
}

// ref points to what an Item is made of: these exist for every file, Items
// only one at a time.
type ref struct {
	kind refKind
	at   int32 // tells files of one path apart, in the order of the evidence
}

// where gives the key and the path of what a ref is about.
func (r *Report) where(f ref) (key, path string) {
	switch f.kind {
	case refDigest:
		h := r.e.digests[f.at]
		return h.key, h.id.Path
	case refMissing:
		return r.missing[f.at].key, ""
	case refLog:
		l := r.e.logs[f.at]
		if l.listed >= 0 {
			return r.e.listings[l.listed].Object, l.id.Path
		}
		return l.key, l.id.Path
	}
	return r.e.listings[f.at].Object, ""
}

// compare orders what the report is about: by key, then by path.
func (r *Report) compare(a, b ref) int {
	keyA, pathA := r.where(a)
	keyB, pathB := r.where(b)
	return cmp.Or(strings.Compare(keyA, keyB), strings.Compare(pathA, pathB), cmp.Compare(a.kind, b.kind), cmp.Compare(a.at, b.at))
}

type refKind uint8

const (
	refDigest  refKind = iota // of evidence.digests
	refMissing                // of Report.missing
	refLog                    // of evidence.logs
	refListing                // of evidence.listings
)

// Items gives every digest and log in the order of keys.
func (r *Report) Items() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for _, f := range r.refs {
			if !yield(r.item(f)) {
				return
			}
		}
	}
}

func (r *Report) item(f ref) Item {
	switch f.kind {
	case refDigest:
		return r.e.digests[f.at].item()
	case refMissing:
		m := r.missing[f.at]
		status, reason := r.e.absentDigest(&m)
		return Item{Digest: true, Status: status, Key: m.key, Bucket: m.bucket, Account: m.name.Account, Region: m.name.Region, Trail: m.name.Trail, End: m.end, Size: -1, Reason: reason}
	case refLog:
		return r.e.logItem(r.e.logs[f.at])
	}
	l := &r.e.listings[f.at]
	it := Item{Key: l.Object, Size: -1, Bucket: l.Bucket, ListedBy: l.digest.key, Expected: l.Sum}
	it.Status, it.Reason = r.e.absent(l)
	return it
}

func (h *digestFile) item() Item {
	it := Item{
		Digest: true, Status: h.status, Signature: h.signature.String(), SignatureFrom: h.signatureFrom, Key: h.key,
		Path: h.id.Path, Member: h.id.Member, Reason: h.reason, Stored: h.stored, Size: h.size,
		Account: h.name.Account, Region: h.name.Region, Trail: h.name.Trail, End: h.time(),
	}
	if d := h.digest; d != nil {
		it.Sum, it.Fingerprint = d.Sum, d.Fingerprint
		if h.nameMatches {
			it.Bucket, it.Start, it.End = d.Bucket, d.Start, d.End
		}
	}
	if h.status != Valid {
		it.Signature, it.SignatureFrom = "", ""
	}
	return it
}

func (e *evidence) logItem(l *logFile) Item {
	it := Item{Status: l.status, Key: l.key, Path: l.id.Path, Member: l.id.Member, Reason: l.reason, Stored: l.stored, Size: l.size}
	if l.err == nil {
		it.Sum = l.sum
	}
	if l.listed >= 0 {
		by := &e.listings[l.listed]
		it.Key, it.Bucket, it.ListedBy, it.Expected = by.Object, by.Bucket, by.digest.key, by.Sum
	}
	return it
}

// conclude gathers what was decided.
func (e *evidence) conclude(beside []Beside, findings []Finding) *Report {
	r := &Report{e: e, Beside: beside}
	r.Findings, r.missing = e.examine()
	r.addDigests()
	r.addLogs()
	r.addAbsent()
	sortBeside(r.Beside)
	slices.SortFunc(r.refs, r.compare)
	r.addChains()
	for _, f := range r.Findings {
		if f.Kind == Gap {
			r.Gaps++
		}
	}
	r.Findings = append(append(r.Findings, e.controlFindings()...), findings...)
	if e.controlsCut {
		r.Notes = append(r.Notes, "there are too many events that may be about the trail to look at all of them")
	}
	r.Unproven = r.unproven()
	r.Verdict = r.verdict()
	r.Keys = e.keyUses()
	r.Lacking = e.lacking()
	r.Folders = r.folders()
	r.Partial = r.partial()
	return r
}

func (r *Report) addDigests() {
	for i, h := range r.e.digests {
		switch {
		case h.superseded:
		case !h.inScope:
			r.Excluded++
		default:
			r.refs = append(r.refs, ref{refDigest, int32(i)})
			r.Digests[h.status]++
		}
	}
	for i, m := range r.missing {
		r.refs = append(r.refs, ref{refMissing, int32(i)})
		status, _ := r.e.absentDigest(&m)
		r.Digests[status]++
	}
}

func (r *Report) addLogs() {
	e := r.e
	for i, l := range e.logs {
		switch {
		case l.superseded:
		case l.isOther():
			if e.logInScope(l) {
				r.addOther(l)
			}
		case e.logInScope(l):
			r.refs = append(r.refs, ref{refLog, int32(i)})
			r.Logs[l.status]++
		}
	}
}

// absentDigest decides about a digest that is known by name only.
func (e *evidence) absentDigest(m *missingDigest) (Status, string) {
	if where, ok := e.unread.mayHold(m.key); ok {
		return Unread, m.reason + "; it may be in " + where + ", which was not read"
	}
	return Missing, m.reason
}

// isOther: it is of a kind that digests do not list, by name and content.
func (l *logFile) isOther() bool { return l.listed < 0 && l.kind != Log && !l.events && l.err == nil }

// logInScope: a listed log belongs to its digest, any other to its name.
func (e *evidence) logInScope(l *logFile) bool {
	if l.listed >= 0 {
		return e.listings[l.listed].digest.inScope
	}
	p := place{}
	if l.at != nil {
		p = l.at.place
	}
	return e.mayWant(Name{Account: p.account, Region: p.region}) && (l.minute().IsZero() || e.inTime(l.minute(), l.minute().Add(time.Minute)))
}

// addAbsent adds what is listed and not here, each key once.
func (r *Report) addAbsent() {
	e, order := r.e, r.e.inOrder()
	for from := 0; from < len(order); {
		to, here := from, false
		for ; to < len(order) && e.listings[order[to]].Object == e.listings[order[from]].Object; to++ {
			here = here || e.listings[order[to]].here
		}
		if i := e.bestInScope(order[from:to]); !here && i >= 0 && !e.isHere(e.listings[i].Sum) {
			r.refs = append(r.refs, ref{refListing, i})
			status, _ := e.absent(&e.listings[i])
			r.Logs[status]++
		}
		from = to
	}
}

func (e *evidence) bestInScope(group []int32) int32 {
	best := int32(-1)
	for _, i := range group {
		if d := e.listings[i].digest; d.inScope && (best < 0 || rank(d.status) < rank(e.listings[best].digest.status)) {
			best = i
		}
	}
	return best
}

// addChains sums the chains up and finds what is proven of them.
func (r *Report) addChains() {
	proven := r.Digests[Valid] > 0 // then what is not proven says nothing
	for _, c := range r.e.chains {
		seen := false
		var span *Span
		for _, n := range c.nodes {
			if !n.inScope {
				continue
			}
			seen = true
			if n.status == Valid || n.status == Unverified && !proven {
				r.stretch(n.start(), n.end())
			}
			if n.status != Valid {
				span = nil
				continue
			}
			if span == nil || n.start().After(span.To) && !c.Backfill || n.digest.Bucket != span.Bucket {
				r.Spans = append(r.Spans, c.span(n))
				span = &r.Spans[len(r.Spans)-1]
			}
			span.To = n.end()
			span.Digests++
			span.Logs += r.e.validLogs[n.key]
			span.Listed += len(n.digest.Logs)
		}
		if seen {
			r.Chains++
		}
	}
}

func (c *chain) span(n *digestFile) Span {
	return Span{
		Account: c.Account, Region: c.Region, Trail: c.Trail, HomeRegion: c.HomeRegion, Backfill: c.Backfill,
		Bucket: n.digest.Bucket, From: n.start(), To: n.end(),
	}
}

func (r *Report) stretch(from, to time.Time) {
	if r.From.IsZero() {
		r.From = from
	}
	r.From, r.To = minTime(r.From, from), maxTime(r.To, to)
}

func (r *Report) verdict() Verdict {
	verdict := Proven
	for s := Valid; s < statuses; s++ {
		switch n := r.Digests[s] + r.Logs[s]; {
		case n == 0 || s.Proven():
		case s.Tampering():
			return Tampered
		default:
			verdict = Incomplete
		}
	}
	if r.Digests.Total() == 0 || r.Unread() > 0 {
		verdict = Incomplete
	}
	for i := range r.Findings {
		verdict = max(verdict, r.Findings[i].Verdict())
	}
	return verdict
}

// lacking lists the keys that would prove more.
func (e *evidence) lacking() []KeyNeed {
	return e.needs(func(h *digestFile) (string, bool) { return h.name.Region, h.status == Unverified && h.inScope })
}

// needs lists the keys that digests name and that were not given, by region.
// of tells the region of a digest, and whether it counts.
func (e *evidence) needs(of func(*digestFile) (region string, ok bool)) []KeyNeed {
	needs, prints := map[string]*KeyNeed{}, map[[2]string]bool{}
	for _, h := range e.digests {
		region, ok := of(h)
		if !ok || region == "" || len(e.keys.named(h.digest.Fingerprint)) > 0 {
			continue
		}
		n := needs[region]
		if n == nil {
			n = &KeyNeed{Region: region, From: h.digest.End, To: h.digest.End}
			needs[n.Region] = n
		}
		n.Digests++
		n.From, n.To = minTime(n.From, h.digest.End), maxTime(n.To, h.digest.End)
		if id := [2]string{n.Region, h.digest.Fingerprint}; !prints[id] {
			prints[id] = true
			n.Fingerprints = append(n.Fingerprints, h.digest.Fingerprint)
		}
	}
	var list []KeyNeed
	for _, region := range slices.Sorted(maps.Keys(needs)) {
		slices.Sort(needs[region].Fingerprints)
		list = append(list, *needs[region])
	}
	return list
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// folders names the day folders whose files would prove what is outside or
// uncovered: of a partial download, the day before and the day after, or that
// of the digests. A folder of which something is here is not lacking.
func (r *Report) folders() []string {
	list, newest := map[string]bool{}, map[*logPlace]time.Time{}
	for _, f := range r.refs {
		switch f.kind {
		case refListing:
			if status, _ := r.e.absent(&r.e.listings[f.at]); status == Outside {
				list[path.Dir(r.e.listings[f.at].Object)+"/"] = true
			}
		case refLog:
			l := r.e.logs[f.at]
			if l.status == Uncovered && l.at != nil {
				newest[l.at] = maxTime(newest[l.at], l.minute())
			}
			if l.status == Uncovered && (l.at == nil || len(l.at.chains) == 0) {
				list[strings.Replace(path.Dir(l.key), "/CloudTrail/", "/CloudTrail-Digest/", 1)+"/"] = true
			}
		}
	}
	for at, minute := range newest {
		for _, c := range at.chains {
			for _, folder := range c.nextFolders(minute) {
				list[folder] = true
			}
		}
	}
	for _, h := range r.e.digests {
		delete(list, path.Dir(h.stands)+"/")
	}
	for _, l := range r.e.logs {
		delete(list, path.Dir(l.key)+"/")
	}
	return slices.Sorted(maps.Keys(list))
}
