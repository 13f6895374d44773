package digest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// ErrOnce is what a Store returns that cannot be read a second time.
var ErrOnce = errors.New("the evidence can be read only once")

// evidence is the copy: what is held and what digests say ought to be held.
type evidence struct {
	o       Options
	keys    keyRing
	digests []*digestFile
	named   map[string]*mentions // by object: what digests say that name it as their predecessor
	chains  []*chain
	byID    map[chainID]*chain

	held      map[string]*digestFile // the digests that are here, by key: the best file of each
	names     map[Name]*Name         // what the keys of digests say, but for the time
	validLogs map[string]int         // by key of a digest: how many of the logs that it lists are valid

	listings []listing          // what digests list
	byStem   map[string]int32   // the first of listings for a base name
	bySum    map[[32]byte]int32 // the first of listings for a content

	logs   []*logFile
	places map[place]*logPlace
	judged map[[2]string]Status // by object and ID of the version, see statusOf

	controls     map[*logFile][]ControlEvent
	heldControls int
	controlsCut  bool
	unread       unreadPlaces // what may hold what is missing
}

// place is where logs are delivered: their names do not tell the trail.
type place struct{ account, region string }

// logPlace is what is known about the logs of one place.
type logPlace struct {
	place
	first  time.Time // delivery of the oldest log in the copy
	chains []*chain
}

// listing is one log as one digest lists it.
type listing struct {
	*Entry
	digest   *digestFile
	sameStem namesake
	sameSum  namesake
	original int32 // index of the log that stands for it, -1: none
	named    bool  // a file of this name is here
	here     bool  // some file was judged by it
}

// namesake links listings that have something in common.
type namesake struct {
	next  int32 // the next of them, -1 at the end
	depth int32 // how many are behind this one
}

// maxNamesakes bounds the listings that are looked at for one file. CloudTrail
// never gives a name twice; a forged digest can give it a million times.
const maxNamesakes = 64

// logFile is a log file of the copy.
type logFile struct {
	*unusual
	id    FileID
	key   string
	size  int64
	at    *logPlace // nil when nothing is known about its account and region
	stamp int64     // the minute of its delivery, Unix seconds
	sum   [32]byte

	kind       Kind
	foreign    bool // its name is none of CloudTrail's, though its folder is
	events     bool // of another kind by its name, it has the events of a log
	closed     bool // err is why it could not be opened
	read       bool
	status     Status
	superseded bool  // another version stands for its object
	listed     int32 // index of the listing it was judged by, -1: none
	members    int
	reason     string
}

// minute is when it was delivered, zero when its name does not say.
func (l *logFile) minute() time.Time { return time.Unix(l.stamp, 0).UTC() }

// unusual is what few files have. Those that have nothing of it share one.
type unusual struct {
	version  *Version // nil: there is but one
	err      error
	word     string   // of another kind than logs: what CloudTrail calls it
	stored   [32]byte // zero where it was not asked for
	inflated [32]byte // SHA-256, of a digest that is not parsed
}

var usual = &unusual{}

func unusualOf(f File) *unusual {
	u := unusual{version: f.Version, err: f.Err, word: f.Name.Word, stored: f.Stored}
	if f.Name.Kind == DigestFile && f.Digest == nil {
		u.inflated = f.Sum
	}
	zero := [32]byte{}
	if u.version == nil && u.err == nil && u.word == "" && u.stored == zero && u.inflated == zero {
		return usual
	}
	return &u
}

// object is its path, whichever version it is.
func (l *logFile) object() string { return objectOf(l.id.Path, l.version) }

func newEvidence(o Options) *evidence {
	return &evidence{
		o: o, keys: newKeyRing(o.Keys),
		byStem: map[string]int32{}, bySum: map[[32]byte]int32{}, places: map[place]*logPlace{},
		controls: map[*logFile][]ControlEvent{}, held: map[string]*digestFile{}, names: map[Name]*Name{}, byID: map[chainID]*chain{}, validLogs: map[string]int{},
	}
}

// Verify reads everything that a store holds and concludes. The error is the
// store's, or the end of ctx; whatever the evidence is, is in the report.
func Verify(ctx context.Context, store Store, o Options) (*Report, error) {
	e := newEvidence(o)
	if err := store.Files(ctx, e.near, e.take); err != nil {
		return nil, err
	}
	e.askForKeys(ctx)
	e.settle()
	if err := e.readLate(ctx, store); err != nil {
		return nil, err
	}
	beside, findings := besidesOf(store)
	e.unread = placesOf(beside)
	e.judgeLogs()
	r := e.conclude(beside, findings)
	e.histories(ctx, store, r)
	return r, e.explain(ctx, store, r)
}

// near reports whether a log was delivered about the time that was asked for.
// Few digests list others.
func (e *evidence) near(_ FileID, n Name) bool {
	return e.mayWant(n) && (n.Time.IsZero() || e.inTime(n.Time.Add(-margin), n.Time.Add(margin)))
}

// margin is how far from its delivery a log may be listed, backfills aside.
const margin = 24 * time.Hour

// readLate reads the logs that were not near and that a digest lists which is
// asked for: those of backfills.
func (e *evidence) readLate(ctx context.Context, store Store) error {
	late := map[FileID]*logFile{}
	for _, l := range e.logs {
		if !l.read && slices.ContainsFunc(e.listingsOf(l.object()), func(i int32) bool { return e.listings[i].digest.inScope }) {
			late[l.id] = l
		}
	}
	if len(late) == 0 {
		return nil
	}
	err := store.Files(ctx, func(id FileID, _ Name) bool { return late[id] != nil }, func(f File) error {
		if l := late[f.ID()]; l != nil {
			*l = *newLogFile(f, l.at)
			e.noteControl(l, f.Control)
		}
		return nil
	})
	if errors.Is(err, ErrOnce) {
		return nil // they stay unread, and unverified
	}
	return err
}

// askForKeys completes the keys, if there is anyone to be asked.
func (e *evidence) askForKeys(ctx context.Context) {
	if e.o.MoreKeys == nil {
		return
	}
	needs := e.needs(func(h *digestFile) (string, bool) {
		name := *h.name
		if h.digest != nil && name.Region == "" {
			name = e.o.Names(h.digest.Object)
		}
		return name.Region, h.digest != nil && name.Region != "" && e.wants(name) && e.inTime(h.digest.Start, h.digest.End)
	})
	if len(needs) > 0 {
		e.o.Keys = slices.Concat(e.o.Keys, e.o.MoreKeys(ctx, needs))
		e.keys = newKeyRing(e.o.Keys)
	}
}

// settle judges the digests and indexes what they list.
func (e *evidence) settle() {
	e.judgeDigests()
	e.buildChains()
	for _, c := range e.chains {
		if !c.Backfill {
			p := e.place(place{c.Account, c.Region})
			p.chains = append(p.chains, c)
		}
	}
	e.setScope()
	e.named = nil // who names whom is judged
	e.index()
}

func (e *evidence) take(f File) error {
	if f.Name.Kind == DigestFile {
		e.digests = append(e.digests, e.newDigestFile(f))
		return nil
	}
	p := e.place(placeOf(f.Name))
	if f.Name.Kind == Log && !f.Name.Time.IsZero() && (p.first.IsZero() || f.Name.Time.Before(p.first)) {
		p.first = f.Name.Time
	}
	l := newLogFile(f, p)
	e.logs = append(e.logs, l)
	e.noteControl(l, f.Control)
	return nil
}

func (e *evidence) newDigestFile(f File) *digestFile {
	h := &digestFile{
		unusual: unusualOf(f), id: f.ID(), stands: f.Key, digest: f.Digest, bucket: f.Bucket, size: f.Size, closed: f.Closed,
	}
	e.setName(h, f.Name)
	return h
}

// setName notes what the key of a digest says; all but the time is the same for
// a whole chain.
func (e *evidence) setName(h *digestFile, n Name) {
	h.stamp, n.Time = n.Time.Unix(), time.Time{}
	h.name = e.names[n]
	if h.name == nil {
		h.name = &n
		e.names[n] = h.name
	}
}

func newLogFile(f File, at *logPlace) *logFile {
	return &logFile{
		unusual: unusualOf(f), id: f.ID(), key: f.Key, kind: f.Name.Kind, at: at, stamp: f.Name.Time.Unix(),
		foreign: f.Name.Foreign, events: f.Events, closed: f.Closed, size: f.Size,
		sum: f.Sum, members: f.Members, read: f.Read, listed: -1,
	}
}

func placeOf(n Name) place { return place{n.Account, n.Region} }

func (e *evidence) place(p place) *logPlace {
	if e.places[p] == nil {
		e.places[p] = &logPlace{place: p}
	}
	return e.places[p]
}

// setScope marks the digests that were asked for. The others still prove
// their predecessors.
func (e *evidence) setScope() {
	for _, h := range e.digests {
		h.inScope = e.inTime(h.start(), h.end()) && e.wants(*h.name) && contains(e.o.Trails, h.name.Trail)
	}
}

func (e *evidence) wants(n Name) bool {
	return contains(e.o.Accounts, n.Account) && contains(e.o.Regions, n.Region)
}

// mayWant lets through as well what does not say where it belongs.
func (e *evidence) mayWant(n Name) bool {
	return (n.Account == "" || contains(e.o.Accounts, n.Account)) && (n.Region == "" || contains(e.o.Regions, n.Region))
}

func (e *evidence) inTime(start, end time.Time) bool {
	return (e.o.Since.IsZero() || end.After(e.o.Since)) && (e.o.Until.IsZero() || start.Before(e.o.Until))
}

// index makes what the digests list findable by name and by content. What a
// file lists whose content belongs elsewhere is not a statement about its
// hour, but names logs all the same. What is proven comes first: only forged
// lists are cut short.
func (e *evidence) index() {
	for _, s := range []Status{Valid, Unverified, Altered} {
		for _, h := range e.digests {
			if h.status == s && h.digest != nil {
				for i := range h.digest.Logs {
					e.list(h, &h.digest.Logs[i])
				}
			}
		}
	}
}

func (e *evidence) list(h *digestFile, entry *Entry) {
	l, n := listing{Entry: entry, digest: h, original: -1}, int32(len(e.listings))
	l.sameStem = link(e, e.byStem, stem(entry.Object), n, func(l *listing) namesake { return l.sameStem })
	l.sameSum = link(e, e.bySum, entry.Sum, n, func(l *listing) namesake { return l.sameSum })
	e.listings = append(e.listings, l)
}

// link puts the n-th listing before those that have the same key.
func link[K comparable](e *evidence, first map[K]int32, key K, n int32, of func(*listing) namesake) namesake {
	next, ok := first[key]
	if !ok {
		first[key] = n
		return namesake{-1, 0}
	}
	depth := of(&e.listings[next]).depth + 1
	if depth < maxNamesakes {
		first[key] = n
	}
	return namesake{next, depth}
}

// listingsOf gives the listings of the key that a path most probably stands for:
// those with its base name, and of these the ones that share the longest end
// of the path, a whole key before part of one. In a flat folder these can be
// several keys; then the content decides.
func (e *evidence) listingsOf(path string) (found []int32) {
	i, ok := e.byStem[stem(path)]
	for best := 0; ok && i >= 0; i = e.listings[i].sameStem.next {
		n := agreement(path, e.listings[i].Object)
		if n > best {
			found, best = found[:0], n
		}
		if n == best {
			found = append(found, i)
		}
	}
	return found
}

// agreement is how well a path fits to a key: by how many components of their
// ends, a whole key before part of one, 0 when not even the base names do.
func agreement(path, key string) int {
	n := 2 * common(path, key)
	if n > 2*strings.Count(key, "/") {
		n++
	}
	return n
}

// inOrder gives the listings by key.
func (e *evidence) inOrder() []int32 {
	order := make([]int32, len(e.listings))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return strings.Compare(e.listings[a].Object, e.listings[b].Object) })
	return order
}
