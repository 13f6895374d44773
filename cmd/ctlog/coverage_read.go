package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"ctlog/digest"
	"ctlog/event"
	"ctlog/internal/scan"
	"ctlog/parse"
	"ctlog/source"
	"ctlog/triage"
)

// coverageRun reads the evidence once, as both rivers do: it is the store of a
// verification and the survey of the events.
type coverageRun struct {
	*survey
	evidence store
	options  *coverageFlags
	coverage *triage.Coverage
	report   *digest.Report
	kept     func(triage.Place) bool
	passed   bool // the events have been read
	last     found

	logs, placed int64 // files that are not digests; of which the name says where they belong
	faults       map[triage.Place]*faults
}

// faults counts the bad digests and logs of a place.
type faults struct{ digests, logs digest.Counts }

// piece is a part of what a worker found: about a file, or events.
type piece struct {
	found  found
	events *portion
}

// readCoverage reads everything below paths and takes down what it says.
func (a *app) readCoverage(c *coverageFlags, s *survey, paths []string) (*coverageRun, error) {
	r := &coverageRun{survey: s, options: c, coverage: triage.NewCoverage(), faults: map[triage.Place]*faults{}}
	s.paths = paths
	o, err := r.judge()
	if err != nil {
		return nil, err
	}
	if r.kept, err = c.kept(); err != nil {
		return nil, err
	}
	config, progress := a.scanning(paths)
	defer progress.Stop()
	config.Source.Scope = c.scope()
	err = s.integrity.inTurns(config, s.flags.dedupe, func(config scan.Config) (err error) {
		if r.passed {
			return scan.Run(a.ctx, config, r.newHandler, r.part, s.end)
		}
		r.evidence = store{app: a, config: config, signatures: o.Signatures, quiet: true}
		r.report, err = digest.Verify(a.ctx, r, o)
		return err
	})
	progress.Stop()
	if errors.Is(err, errInterrupted) {
		a.voice.Error("interrupted; %s", progress.Summary())
	}
	if err != nil {
		return nil, err
	}
	r.takeDown()
	return r, nil
}

// Files implements digest.Store. The first time the events are read along.
func (r *coverageRun) Files(ctx context.Context, read func(digest.FileID, digest.Name) bool, take func(digest.File) error) error {
	if r.passed {
		return r.evidence.Files(ctx, read, take)
	}
	r.passed = true
	config := r.evidence.hashing(read)
	end := func(o scan.Outcome) error {
		f := r.last
		r.last = found{}
		if err := r.survey.end(o); err != nil {
			return err
		}
		var held errHeld
		if errors.As(o.Err, &held) {
			o.Err = held.damage
		}
		return r.evidence.file(o, f, config.Named, func(f digest.File) error {
			r.count(f)
			return take(f)
		})
	}
	return scan.Run(ctx, config, r.newHandler, r.part, end)
}

// part takes what a worker found.
func (r *coverageRun) part(p piece) error {
	switch {
	case p.events != nil && p.events.ids.Unproven:
		r.coverage.Doubt(p.events.deduped(r.survey))
	case p.events != nil:
		r.coverage.Absorb(p.events.deduped(r.survey))
	case p.found.doc != nil:
		r.last.doc = p.found.doc
		return r.evidence.signature(p.found)
	default:
		r.last = p.found
	}
	return nil
}

// judge reads the digests, if there are keys, so that events in files that are
// proven can be told from others, and gives the options of the verification.
func (r *coverageRun) judge() (o digest.Options, err error) {
	trust, i := &r.options.trust, &r.integrity
	o.UnvalidatedTrail = r.options.unvalidated
	if _, err := trust.fill(r.app, r.paths, &o); err != nil {
		return o, err
	}
	if len(o.Keys) == 0 && o.MoreKeys == nil {
		return o, nil
	}
	if !rereadable(r.paths) {
		if trust.given() {
			return o, errReadOnce()
		}
		o.Keys = nil
		r.app.voice.Note("nothing is proven of what comes through a pipe: the digests are read before the logs; save it to a file first")
		return o, nil
	}
	if more := o.MoreKeys; more != nil { // nobody is asked twice
		var fetched []digest.PublicKey
		o.MoreKeys = func(ctx context.Context, needs []digest.KeyNeed) []digest.PublicKey {
			fetched = more(ctx, needs)
			return fetched
		}
		defer func() { o.Keys, o.MoreKeys = slices.Concat(o.Keys, fetched), nil }()
	}
	if err := i.read(r.paths, r.options.scope(), o); err != nil {
		return o, err
	}
	if i.trust.Proves() {
		r.coverage.Judge()
	} else {
		i.trust = nil
	}
	o.Signatures, err = trust.signatures() // those in the evidence will be met again
	return o, err
}

// Events implements digest.Store.
func (r *coverageRun) Events(ctx context.Context, wanted func(digest.FileID) bool, texts []string, take func(digest.FileID, []byte) error) error {
	return r.evidence.Events(ctx, wanted, texts, take)
}

// newHandler makes the handler of one worker.
func (r *coverageRun) newHandler() scan.Handler[piece] {
	reader := triage.NewCoverageReader()
	w := r.newSurveyor(reader)
	return func(ctx context.Context, f scan.File, put func(piece, int) bool) error {
		if isDigest(f) || f.Key.Kind == source.KindMetadata {
			return look(ctx, f, func(one found, cost int) bool { return put(piece{found: one}, cost) })
		}
		reader.From(triage.Place{Account: f.Key.Account, Region: f.Key.Region})
		err := w.look(ctx, f, func(p portion, cost int) bool { return put(piece{events: &p}, cost) })
		var held errHeld
		if errors.As(err, &held) && f.Key.Kind == source.KindUnknown { // whether it is a log its content says
			held.damage = cmp.Or(held.damage, look(ctx, f, func(one found, cost int) bool { return put(piece{found: one}, cost) }))
			return held
		}
		return err
	}
}

// isDigest asks the content where the name does not say.
func isDigest(f scan.File) bool {
	if f.Key.Kind != source.KindUnknown {
		return f.Key.Kind == source.KindDigest
	}
	content, ok := f.Body.Whole()
	return ok && parse.IsDigest(content)
}

// count counts a file. Where a log belongs is known once digests have told
// apart what stands under another name.
func (r *coverageRun) count(f digest.File) {
	if f.Name.Kind == digest.DigestFile {
		return
	}
	r.logs++
	if f.Name.Kind == digest.Other {
		r.place(f.Name)
	}
}

// place counts a log at the place and time of its name.
func (r *coverageRun) place(n digest.Name) {
	if n.Time.IsZero() || n.Account == "" {
		return
	}
	r.placed++
	if p := placeOf(n); r.kept(p) {
		r.coverage.File(p, event.Instant(n.Time))
	}
}

func placeOf(n digest.Name) triage.Place { return triage.Place{Account: n.Account, Region: n.Region} }

// takeDown notes what the verification says.
func (r *coverageRun) takeDown() {
	for it := range r.report.Items() {
		if it.Digest {
			r.digest(&it)
		} else {
			r.log(&it)
		}
	}
	for _, f := range r.report.Findings {
		p := triage.Place{Account: f.Account, Region: f.Region}
		switch {
		case !r.kept(p):
		case f.Kind == digest.Gap:
			r.coverage.Gap(p, f.From, f.To)
		case f.Kind == digest.Tail:
			r.coverage.Gap(p, f.End, f.Expected)
		}
	}
	r.coverage.Settle(event.Since(r.options.fields.Since), event.Until(r.options.fields.Until))
}

// digest notes what a digest stands for. Backfills stand for no time of their
// own.
func (r *coverageRun) digest(it *digest.Item) {
	p := triage.Place{Account: it.Account, Region: it.Region}
	switch {
	case p.Account == "" || !r.kept(p):
	case it.Status.Tampering():
		r.coverage.BadDigest(p, it.Start, it.End)
		if r.asked(it.End) {
			r.faultsOf(p).digests[it.Status]++
		}
	case !parseName(it.Key).Backfill:
		r.coverage.Vouch(p, it.Start, it.End, it.Status == digest.Valid)
	}
}

var logFaults = map[digest.Status]triage.LogFault{
	digest.Altered: triage.Tampering | triage.Lost, digest.Unreadable: triage.Tampering | triage.Lost,
	digest.Missing: triage.Tampering | triage.Lost | triage.NotHere, digest.Unreferenced: triage.Tampering,
	digest.Outside: triage.Lost | triage.NotHere, digest.Unverified: triage.Weak, digest.Uncovered: triage.Weak,
}

// log counts a log and notes what is wrong with it.
func (r *coverageRun) log(it *digest.Item) {
	n := parseName(it.Key)
	if it.Path != "" {
		r.place(n)
	}
	p := placeOf(n)
	if n.Time.IsZero() || p.Account == "" || !r.kept(p) {
		return
	}
	if f := logFaults[it.Status]; f != 0 {
		r.coverage.Fault(p, event.Instant(n.Time), f)
	}
	if it.Status.Tampering() && r.asked(n.Time) {
		r.faultsOf(p).logs[it.Status]++
	}
}

func (r *coverageRun) faultsOf(p triage.Place) *faults {
	f := r.faults[p]
	if f == nil {
		f = new(faults)
		r.faults[p] = f
	}
	return f
}

// asked: the time is within --since and --until.
func (r *coverageRun) asked(t time.Time) bool {
	f := r.options.fields
	return (f.Since.IsZero() || !t.Before(f.Since)) && (f.Until.IsZero() || t.Before(f.Until))
}
