package coverage

import (
	"context"
	"slices"
	"strings"
	"time"

	"ctlog/digest"
	"ctlog/event"
	"ctlog/source"
)

// Options say what is asked for.
type Options struct {
	Since, Until time.Time       // zero: open
	Area         func(Area) bool // logs and digests of these; nil: of all
}

func (o *Options) area(a Area) bool { return o.Area == nil || o.Area(a) }

// at: the time is asked for.
func (o *Options) at(t time.Time) bool {
	return (o.Since.IsZero() || !t.Before(o.Since)) && (o.Until.IsZero() || t.Before(o.Until))
}

// Reading is both rivers at once: a coverage that takes down what a verification
// says of the evidence while its events are absorbed.
type Reading struct {
	*Coverage
	Report *digest.Report // once Verify has returned

	Files   int64 // that are not digests
	Located int64 // of these, whose names say where and when they were delivered

	options Options
	faults  map[Area]*faults
}

// faults counts the bad digests and logs of an area.
type faults struct{ digests, logs digest.Counts }

// NewReading makes a reading of nothing.
func NewReading(o Options) *Reading {
	return &Reading{Coverage: New(), options: o, faults: map[Area]*faults{}}
}

// FilesFunc hands files over as the method Files of a digest.Store does.
type FilesFunc func(ctx context.Context, read func(digest.FileID, digest.Name) bool, take func(digest.File) error) error

// Verify verifies the evidence. The first time first hands its files over, so
// that events can be read along.
func (r *Reading) Verify(ctx context.Context, evidence digest.Store, first FilesFunc, o digest.Options) (err error) {
	r.Report, err = digest.Verify(ctx, &readAlong{evidence, first, r}, o)
	return err
}

// readAlong is evidence whose first pass is another's.
type readAlong struct {
	digest.Store
	first   FilesFunc // nil once it has been
	reading *Reading
}

// Files implements digest.Store.
func (s *readAlong) Files(ctx context.Context, read func(digest.FileID, digest.Name) bool, take func(digest.File) error) error {
	first := s.first
	if first == nil {
		return s.Store.Files(ctx, read, take)
	}
	s.first = nil
	return first(ctx, read, func(f digest.File) error {
		s.reading.count(f)
		return take(f)
	})
}

// Besides implements digest.Besider, as far as the evidence does: what was not
// opened may hold what would otherwise be missing.
func (s *readAlong) Besides() ([]digest.Beside, []digest.Finding) {
	if b, ok := s.Store.(digest.Besider); ok {
		return b.Besides()
	}
	return nil, nil
}

// count counts a file. Where a log belongs is known once digests have told
// apart what stands under another name.
func (r *Reading) count(f digest.File) {
	if f.Name.Kind == digest.DigestFile {
		return
	}
	r.Files++
	if f.Name.Kind == digest.Other {
		r.locate(Area{f.Name.Account, f.Name.Region}, f.Name.Time)
	}
}

// locate counts a log at the area and time of its name.
func (r *Reading) locate(a Area, at time.Time) {
	if at.IsZero() || a.Account == "" {
		return
	}
	r.Located++
	if r.options.area(a) {
		r.File(a, event.Instant(at))
	}
}

// Close takes down what the verification says, once all events are absorbed.
func (r *Reading) Close() {
	for it := range r.Report.Items() {
		if it.Digest {
			r.digest(&it)
		} else {
			r.log(&it)
		}
	}
	for _, f := range r.Report.Findings {
		a := Area{f.Account, f.Region}
		switch {
		case !r.options.area(a):
		case f.Kind == digest.Gap:
			r.Gap(a, f.From, f.To)
		case f.Kind == digest.Tail:
			r.Gap(a, f.End, f.Expected)
		}
	}
	r.Settle(event.Since(r.options.Since), event.Until(r.options.Until))
}

func keyOf(it *digest.Item) source.Key { return source.ParseKey(strings.TrimSpace(it.Key)) }

// digest notes what a digest stands for. Backfills stand for no time of their
// own.
func (r *Reading) digest(it *digest.Item) {
	a := Area{it.Account, it.Region}
	switch {
	case a.Account == "" || !r.options.area(a), it.Status == digest.Unread:
	case it.Status.Tampering():
		r.BadDigest(a, it.Start, it.End)
		if r.options.at(it.End) {
			r.faultsOf(a).digests[it.Status]++
		}
	case !keyOf(it).Backfill:
		r.Cover(a, it.Start, it.End, it.Status == digest.Valid)
	}
}

var logFaults = map[digest.Status]LogFault{
	digest.Altered:      Tampering | Lost,
	digest.Unreadable:   Tampering | Lost,
	digest.Missing:      Tampering | Lost | NotHere,
	digest.Unreferenced: Tampering,
	digest.Outside:      Lost | NotHere,
	digest.Unread:       Lost, // it may be there: nobody looked
	digest.Unverified:   Weak,
	digest.Uncovered:    Weak,
}

// log counts a log and notes what is wrong with it.
func (r *Reading) log(it *digest.Item) {
	key := keyOf(it)
	a := Area{key.Account, key.Region}
	if it.Path != "" {
		r.locate(a, key.Time)
	}
	if key.Time.IsZero() || a.Account == "" || !r.options.area(a) {
		return
	}
	if f := logFaults[it.Status]; f != 0 {
		r.Fault(a, event.Instant(key.Time), f)
	}
	if it.Status.Tampering() && r.options.at(key.Time) {
		r.faultsOf(a).logs[it.Status]++
	}
}

func (r *Reading) faultsOf(a Area) *faults {
	f := r.faults[a]
	if f == nil {
		f = new(faults)
		r.faults[a] = f
	}
	return f
}

// Findings gathers what a coverage shows beside its cells, what weighs most
// first: what is wrong, where chains break, and then see Coverage.Findings.
func (r *Reading) Findings(baseline int64) []Finding {
	found := r.Coverage.Findings(baseline)
	if r.Areas() > 0 && !r.AnyDigest() {
		found = slices.DeleteFunc(found, func(f Finding) bool { return f.Kind == NoDigests })
		found = slices.Insert(found, 0, Finding{Kind: NoDigests, From: event.NoTime, To: event.NoTime})
	}
	return slices.Concat(r.tampered(), r.ofChains(), found)
}

// tampered says where verify finds something wrong.
func (r *Reading) tampered() (list []Finding) {
	for a, f := range r.faults {
		list = append(list, Finding{Kind: Tampered, Area: a, From: event.NoTime, To: event.NoTime, Digests: f.digests, Logs: f.logs})
	}
	slices.SortFunc(list, func(a, b Finding) int { return a.compare(b.Area) })
	return list
}

// ofChains are the gaps and short ends that the verification found in the time
// that was asked for.
func (r *Reading) ofChains() (list []Finding) {
	for _, f := range r.Report.Findings {
		g := Finding{Area: Area{f.Account, f.Region}, Trail: f.Trail, Reason: f.Reason}
		from, to := f.From, f.To
		switch f.Kind {
		case digest.Gap:
			g.Kind, g.Explained = BrokenChain, f.Names
		case digest.Tail:
			g.Kind = ShortChain
			from, to = f.End, f.Expected
		default:
			continue
		}
		g.From, g.To = event.Instant(from), event.Instant(to)
		since, until := r.options.Since, r.options.Until
		if !r.options.area(g.Area) || !r.Near(g.From) || !r.Near(g.To) || !until.IsZero() && !from.Before(until) || !since.IsZero() && to.Before(since) {
			continue
		}
		g.Hours = (to.Unix() - from.Unix() + 3599) / 3600
		list = append(list, g)
	}
	return list
}

// FarDigests are digests that were asked for, that nothing proves and whose time
// is so far from everything else that the coverage leaves them out.
func (r *Reading) FarDigests() (paths []string) {
	for it := range r.Report.Items() {
		if it.Digest && it.Path != "" && it.Status != digest.Valid && !it.End.IsZero() && r.options.at(it.End) && !r.Near(event.Instant(it.End)) {
			paths = append(paths, it.Path)
		}
	}
	return paths
}
