package main

import (
	"context"
	"errors"
	"time"

	"ctlog/detect"
	"ctlog/digest"
	"ctlog/event"
	"ctlog/internal/scan"
	"ctlog/query/match"
	"ctlog/source"
	"ctlog/trail"
)

// verifiedDetection is a detection over evidence that is verified in the same
// pass: it is the store of the verification, whose first pass runs the rules.
// What the verification misses are the holes in what was looked at.
type verifiedDetection struct {
	*detection
	evidence trail.Copy
	passed   bool
}

// findingPiece is a part of what a worker of a verifiedDetection found.
type findingPiece struct {
	file  *trail.Part
	batch *detect.Batch
}

// judge reads the digests, if files are to be judged, and gives the options of
// the verification; nil when they are not.
func (r *detection) judge(paths []string) (*digest.Options, error) {
	i := &r.integrity
	given := &i.integrityFlags.trust
	if !i.verified && !given.given() {
		return nil, nil
	}
	if !trail.Rereadable(paths) {
		return nil, errReadOnce()
	}
	o := &digest.Options{}
	if _, err := given.fill(r.app, paths, o); err != nil {
		return nil, err
	}
	if len(o.Keys) == 0 && i.verified && o.MoreKeys == nil {
		return nil, misuse("name them with --keys; 'ctlog verify' prints the command that fetches them", "--verified without public keys: no file can be valid")
	}
	return o, i.readFirst(paths, source.Scope{}, given, o)
}

// verify runs the rules and verifies in one pass.
func (r *detection) verify(config scan.Config, o digest.Options) error {
	v := &verifiedDetection{detection: r, evidence: trail.Copy{Scan: config, Signatures: o.Signatures}}
	result, err := digest.Verify(r.app.ctx, v, o)
	if err != nil {
		return err
	}
	r.holes, err = r.holesOf(result)
	return err
}

// Files implements digest.Store. The first time the rules are run along.
func (v *verifiedDetection) Files(ctx context.Context, read func(digest.FileID, digest.Name) bool, take func(digest.File) error) error {
	if v.passed {
		return v.evidence.Files(ctx, read, take)
	}
	v.passed = true
	config := v.evidence.Hashing(read)
	defer v.evidence.Passes()
	end := func(o scan.Outcome) error {
		if err := v.end(o); err != nil {
			return err
		}
		if errors.Is(o.Err, scan.ErrUnproven) {
			o.Err = nil // it was read to its end, and not searched
		}
		return v.evidence.End(o, config.Named, take)
	}
	return scan.Run(ctx, config, v.handler, v.part, end)
}

// Events implements digest.Store.
func (v *verifiedDetection) Events(ctx context.Context, wanted func(digest.FileID) bool, texts []string, take func(digest.FileID, []byte) error) error {
	return v.evidence.Events(ctx, wanted, texts, take)
}

// Besides implements digest.Besider: what was not opened may hold what would
// otherwise be missing.
func (v *verifiedDetection) Besides() ([]digest.Beside, []digest.Finding) {
	return v.evidence.Besides()
}

// handler makes the handler of one worker.
func (v *verifiedDetection) handler() scan.Handler[findingPiece] {
	w := v.newDetector()
	return func(ctx context.Context, f scan.File, put func(findingPiece, int) bool) error {
		if isDigest(f) || f.Key.Kind == source.KindMetadata {
			return trail.Look(ctx, f, func(one trail.Part, cost int) bool { return put(findingPiece{file: &one}, cost) })
		}
		return w.look(ctx, f, func(b *detect.Batch, cost int) bool { return put(findingPiece{batch: b}, cost) })
	}
}

// part takes what a worker found.
func (v *verifiedDetection) part(p findingPiece) error {
	if p.batch != nil {
		return v.collector.Absorb(p.batch)
	}
	return v.evidence.Add(*p.file)
}

// holesOf gives the hours of which logs are missing, altered or were not read,
// as far as the field flags ask for them.
func (r *detection) holesOf(result *digest.Report) ([]detect.Hole, error) {
	kept, err := r.placesAsked()
	if err != nil {
		return nil, err
	}
	holes := &detect.Holes{}
	for it := range result.Items() {
		n := trail.ParseName(it.Key)
		if !kept(n.Account, n.Region) {
			continue
		}
		if it.Digest {
			digestHole(holes, &it, n)
		} else if loss, lost := r.lossOf(it.Status); lost && !n.Time.IsZero() {
			holes.Log(n.Account, n.Region, n.Time, loss)
		}
	}
	for _, f := range result.Findings {
		switch {
		case !kept(f.Account, f.Region):
		case f.Kind == digest.Gap:
			holes.Span(f.Account, f.Region, f.From, f.To, detect.DigestAbsent)
		case f.Kind == digest.Tail:
			holes.Span(f.Account, f.Region, f.End, f.Expected, detect.DigestAbsent)
		}
	}
	return within(holes.Joined(), event.Since(r.flags.fields.Since), event.Until(r.flags.fields.Until)), nil
}

// digestHole notes that a digest is no good. Its window is that of its name:
// what is in an altered one is not believed.
func digestHole(holes *detect.Holes, it *digest.Item, n digest.Name) {
	switch it.Status {
	case digest.Altered, digest.Missing, digest.Unreadable, digest.Unread:
		if !n.Backfill && !n.Time.IsZero() {
			holes.Span(n.Account, n.Region, n.Time.Add(-time.Hour), n.Time, detect.DigestLost)
		}
	}
}

// lossOf says what the status of a log costs.
func (r *detection) lossOf(s digest.Status) (loss detect.Loss, lost bool) {
	switch s {
	case digest.Missing, digest.Outside:
		return detect.LogMissing, true
	case digest.Altered, digest.Unreadable:
		return detect.LogAltered, true
	case digest.Unread:
		return detect.LogUnread, true
	}
	return detect.LogUnread, r.integrity.verified && !s.Proven()
}

// placesAsked reports of an account and region whether the field flags ask for
// its events.
func (r *detection) placesAsked() (func(account, region string) bool, error) {
	f := r.flags.fields
	conditions, err := match.Fields{Account: f.Account, Region: f.Region, IgnoreCase: f.IgnoreCase}.Compile()
	if err != nil {
		return nil, misuse("", "%s", err)
	}
	m := conditions.Matcher()
	return func(account, region string) bool {
		raw := event.AppendStringOrNull([]byte(`{"recipientAccountId":`), account)
		raw = event.AppendStringOrNull(append(raw, `,"awsRegion":`...), region)
		return m.Match(append(raw, '}'))
	}, nil
}

// within gives the holes that a stretch of time has something of; NoTime is no
// bound.
func within(holes []detect.Hole, since, until int64) (kept []detect.Hole) {
	for _, h := range holes {
		if (since == detect.NoTime || h.To > since) && (until == detect.NoTime || h.From < until) {
			kept = append(kept, h)
		}
	}
	return kept
}
