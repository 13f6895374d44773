package main

import (
	"cmp"
	"context"
	"errors"

	"ctlog/coverage"
	"ctlog/digest"
	"ctlog/internal/scan"
	"ctlog/parse"
	"ctlog/source"
	"ctlog/trail"
	"ctlog/triage"
)

// coverageRun is one run of coverage: the survey of the events, the evidence as
// a verification sees it, and what is taken down of both.
type coverageRun struct {
	*survey
	evidence trail.Copy
	options  *coverageFlags
	reading  *coverage.Reading
}

// coveragePart is a part of what a worker found: about a file, or events.
type coveragePart struct {
	file   *trail.Part
	events *triage.SurveyBatch
}

// readCoverage reads everything below paths and takes down what it says.
func (a *app) readCoverage(c *coverageFlags, s *survey, paths []string) (*coverageRun, error) {
	s.paths = paths
	asked, err := c.asked()
	if err != nil {
		return nil, err
	}
	r := &coverageRun{survey: s, options: c, reading: coverage.NewReading(asked)}
	o, err := r.judge()
	if err != nil {
		return nil, err
	}
	passed := false
	err = a.reading(paths, func(config scan.Config) error {
		config.Source.Scope = c.scope()
		return s.integrity.inTurns(config, s.flags.dedupe, func(config scan.Config) (err error) {
			if passed {
				return scan.Run(a.ctx, config, r.newHandler, r.part, s.end)
			}
			passed = true
			r.evidence = trail.Copy{Scan: config, Signatures: o.Signatures}
			return r.reading.Verify(a.ctx, &r.evidence, r.files, o)
		})
	})
	if err != nil {
		return nil, err
	}
	r.reading.Close()
	return r, nil
}

// files hands over the files of the evidence and reads their events along.
func (r *coverageRun) files(ctx context.Context, read func(digest.FileID, digest.Name) bool, take func(digest.File) error) error {
	config := r.evidence.Hashing(read)
	defer r.evidence.Passes()
	end := func(o scan.Outcome) error {
		if err := r.survey.end(o); err != nil {
			return err
		}
		var held errHeld
		if errors.As(o.Err, &held) {
			o.Err = held.damage
		}
		return r.evidence.End(o, config.Named, take)
	}
	return scan.Run(ctx, config, r.newHandler, r.part, end)
}

// part takes what a worker found.
func (r *coverageRun) part(p coveragePart) error {
	switch {
	case p.events != nil && p.events.Unproven():
		r.reading.Doubt(r.Settle(p.events))
	case p.events != nil:
		r.reading.Absorb(r.Settle(p.events))
	default:
		return r.evidence.Add(*p.file)
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
	if !trail.Rereadable(r.paths) {
		if trust.given() {
			return o, errReadOnce()
		}
		o.Keys = nil
		r.app.voice.Note("nothing is proven of what comes through a pipe: the digests are read before the logs; save it to a file first")
		return o, nil
	}
	if err := i.readFirst(r.paths, r.options.scope(), trust, &o); err != nil {
		return o, err
	}
	if i.trust.Proves() {
		r.reading.Judge()
	} else {
		i.trust = nil
	}
	return o, nil
}

// newHandler makes the handler of one worker.
func (r *coverageRun) newHandler() scan.Handler[coveragePart] {
	reader := coverage.NewReader()
	handle := r.Handler(reader)
	return func(ctx context.Context, f scan.File, put func(coveragePart, int) bool) (err error) {
		if isDigest(f) || f.Key.Kind == source.KindMetadata {
			return trail.Look(ctx, f, func(one trail.Part, cost int) bool { return put(coveragePart{file: &one}, cost) })
		}
		if f.Judgement, err = r.integrity.judgement(f); err == nil {
			reader.From(coverage.Area{Account: f.Key.Account, Region: f.Key.Region})
			return handle(ctx, f, func(b *triage.SurveyBatch, cost int) bool { return put(coveragePart{events: b}, cost) })
		}
		var held errHeld
		if errors.As(err, &held) && f.Key.Kind == source.KindUnknown { // whether it is a log its content says
			held.damage = cmp.Or(held.damage, trail.Look(ctx, f, func(one trail.Part, cost int) bool { return put(coveragePart{file: &one}, cost) }))
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
