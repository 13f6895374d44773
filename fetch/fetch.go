// Package fetch copies a trail, or a span of it, from a bucket to disk, so that
// it can be verified offline: logs and digests under their keys as paths, the
// S3 metadata of the digests, and a manifest of what was fetched.
//
// Read fetch.go (what is fetched, in which order), held.go (the copy on disk),
// place.go (which keys become paths) and lines.go (the two files beside it).
//
// Files are written atomically and never replaced.
// Two runs into one folder keep out of each other's way: the second ends at once.
// Lines are written after the file that they are about, so that a run which is
// killed at any moment can be taken up: what has a line is not fetched again.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"ctlog/internal/ordered"
	"ctlog/source"
	"ctlog/source/s3"
	"ctlog/trail"
)

// Options of a fetch.
type Options struct {
	Path, Dir         string    // s3://bucket/prefix, and where to
	Since, Until      time.Time // of delivery; zero: not bound
	Accounts, Regions []string  // nil: all
	DryRun            bool      // only say what would be fetched
	Jobs              int       // objects at a time

	// Listed reads the keys of the logs that a digest lists.
	Listed func(digest io.Reader) ([]string, error)
	// Say hears, in order, of what was found to be wrong.
	Say func(Finding)
	// Would hears, in a dry run, of what would be fetched.
	Would func(s3.Entry)
	Meter Meter
}

// Meter hears how the work goes on; it must be safe for concurrent use.
type Meter interface {
	Found(bytes int64)
	Read(bytes int64)
	Finished(n int)
}

// Finding is an object that is not in the copy as it is in the bucket, and why.
type Finding struct {
	Key string
	Err error
}

// Result is what a fetch came to.
type Result struct {
	Fetched, Held, Findings int64
	Bytes                   int64                  // that were fetched, or would be
	Digests                 map[string]source.Span // of each region, the ends of their windows
}

// Around the span there is more that a proof of it needs.
const (
	successors = 3 * time.Hour       // the digests of the span's last hour, and one more
	backfills  = 31 * 24 * time.Hour // digests of logs that were delivered late
)

// run is one fetch.
type run struct {
	Options
	bucket *s3.Bucket
	copy   *held
	folds  folds
	beyond map[string]bool // logs that digests list, from outside the span
	begun  bool
	broken error // why the folder cannot be written to
	result Result
}

// Run fetches. What is wrong with one object is a finding; the error is what
// ends all: the PATH, the disk, the end of ctx. The result is of what was done
// until then.
func Run(ctx context.Context, b *s3.Backend, o Options) (_ Result, err error) {
	r := &run{Options: o, beyond: map[string]bool{}, result: Result{Digests: map[string]source.Span{}}}
	name, _, err := s3.Split(o.Path)
	if err == nil {
		r.bucket, err = b.Bucket(name)
	}
	if err != nil {
		return r.result, &source.Error{Path: o.Path, Err: err, Arg: true}
	}
	r.copy, err = openHeld(o.Dir, name, o.DryRun)
	defer func() { err = errors.Join(err, r.copy.close()) }()
	if err != nil {
		return r.result, err
	}
	r.folds = newFolds(r.copy)
	for _, entries := range []iter.Seq2[s3.Entry, error]{
		b.Entries(ctx, o.Path, r.digests()), b.Entries(ctx, o.Path, r.logs()), r.listed(),
	} {
		if err := r.pass(ctx, entries); err != nil {
			return r.result, err
		}
	}
	return r.result, nil
}

// digests come first: they say which logs beyond the span belong to it.
func (r *run) digests() source.Scope {
	s := r.scope(source.KindDigest)
	s.Digests, s.Backfills = source.Span{From: r.Since}, source.Span{From: r.Since}
	if !r.Until.IsZero() {
		s.Digests.To, s.Backfills.To = r.Until.Add(successors), r.Until.Add(backfills)
	}
	return s
}

func (r *run) logs() source.Scope {
	s := r.scope(source.KindLog, source.KindInsight, source.KindNetworkActivity, source.KindAggregated)
	s.Logs = source.Span{From: r.Since, To: r.Until}
	return s
}

func (r *run) scope(kinds ...source.Kind) source.Scope {
	s := source.Scope{Kinds: kinds, Accounts: r.Accounts}
	if len(r.Regions) > 0 {
		s.Region = func(_ source.Kind, region string) bool { return slices.Contains(r.Regions, region) }
	}
	return s
}

// listed are the logs from outside the span that its digests list.
func (r *run) listed() iter.Seq2[s3.Entry, error] {
	return func(yield func(s3.Entry, error) bool) {
		for _, key := range sorted(r.beyond) {
			if !yield(s3.Entry{Key: key, Size: -1}, nil) {
				return
			}
		}
	}
}

// item is an object to be fetched, or why it will not be.
type item struct {
	s3.Entry
	path string // below the folder
	err  error
}

// outcome is what became of an item.
type outcome struct {
	item
	done   state
	line   trail.ManifestLine
	kept   *trail.MetadataLine
	listed []string
}

type state int

const (
	failed  state = iota
	other         // not CloudTrail's
	present       // it is there already
	fetched
	would // be fetched
)

func (r *run) pass(ctx context.Context, entries iter.Seq2[s3.Entry, error]) error {
	newWorker := func() struct{} { return struct{}{} }
	work := func(ctx context.Context, _ struct{}, it item, slot *ordered.Slot[outcome]) {
		slot.Put(r.take(ctx, it), 0)
	}
	err := ordered.Run(ctx, ordered.Config{Jobs: r.Jobs}, r.items(entries), newWorker, work, r.note)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return errors.Join(err, r.broken)
}

// items places the keys, one after another, so that of two which collide it is
// always the same that is fetched.
func (r *run) items(entries iter.Seq2[s3.Entry, error]) iter.Seq[item] {
	return func(yield func(item) bool) {
		for e, err := range entries {
			it := item{Entry: e, err: err}
			if err == nil && isTrail(e.Key) {
				if !r.begin() {
					return
				}
				it.path, it.err = place(e.Key)
				if clash := it.err == nil && !r.folds.add(e.Key); clash {
					it.err = errCollision
				}
				r.Meter.Found(e.Size)
			}
			if !yield(it) {
				return
			}
		}
	}
}

// begin makes the folder once there is something to put into it.
func (r *run) begin() bool {
	if !r.begun && !r.DryRun {
		r.begun, r.broken = true, r.copy.begin()
	}
	return r.broken == nil
}

func isTrail(key string) bool {
	kind := source.ParseKey(key).Kind
	return kind != source.KindUnknown && kind != source.KindMetadata && kind != source.KindManifest && !strings.HasSuffix(key, "/")
}

// take fetches one object, unless it is there.
func (r *run) take(ctx context.Context, it item) (o outcome) {
	o.item = it
	if it.err != nil {
		return o
	}
	if !isTrail(it.Key) {
		o.done = other
		return o
	}
	defer r.Meter.Finished(1)
	has, err := r.copy.has(it)
	switch {
	case err != nil:
		o.err = err
		return o
	case has:
		o.done = present
	case r.DryRun:
		o.done = would
		return o
	default:
		if o.line, o.kept, o.err = r.copy.save(ctx, r.bucket, it, r.Meter.Read); o.err != nil {
			return o
		}
		o.done = fetched
	}
	o.listed, o.err = r.lists(it)
	return o
}

// lists reads which logs from outside the span a digest lists.
func (r *run) lists(it item) (beyond []string, err error) {
	if source.ParseKey(it.Key).Kind != source.KindDigest || r.Since.IsZero() && r.Until.IsZero() {
		return nil, nil
	}
	f, err := r.copy.root.Open(it.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	keys, err := r.Listed(f)
	if err != nil {
		return nil, fmt.Errorf("it is no digest, so the logs that it lists are not known: %w", err)
	}
	span := r.logs()
	return slices.DeleteFunc(keys, func(key string) bool {
		k := source.ParseKey(key)
		return k.Kind != source.KindLog || span.Logs.Has(k.Time)
	}), nil
}

// note takes the outcomes in order.
func (r *run) note(o outcome) error {
	switch o.done {
	case fetched:
		r.result.Fetched++
		r.result.Bytes += o.line.Size
		if err := r.copy.note(o.line, o.kept); err != nil {
			return err
		}
	case would:
		r.result.Fetched++
		r.result.Bytes += max(o.Size, 0)
		r.Would(o.Entry)
	case present:
		r.result.Held++
	case failed, other:
	}
	if k := source.ParseKey(o.Key); k.Kind == source.KindDigest && !k.Time.IsZero() && o.done != failed {
		r.result.Digests[k.Region] = stretched(r.result.Digests[k.Region], k.Time)
	}
	for _, key := range o.listed {
		r.beyond[strings.Clone(key)] = true
	}
	return r.judge(o)
}

// judge tells findings from what ends the run.
func (r *run) judge(o outcome) error {
	var at *source.Error
	var from *s3.Error
	switch {
	case o.err == nil:
		return nil
	case errors.As(o.err, &at) && at.Arg, errors.As(o.err, &from) && from.Fatal, noRoom(o.err):
		return o.err
	}
	key := o.Key
	if at != nil {
		key, o.err = at.Path, at.Err
	}
	if from != nil && from.Gone && o.Size < 0 {
		o.err = errMissing
	}
	r.result.Findings++
	r.Say(Finding{key, o.err})
	return nil
}

var errMissing = errors.New("a digest lists it, and it is not in the bucket")

func stretched(s source.Span, t time.Time) source.Span {
	if s.From.IsZero() || t.Before(s.From) {
		s.From = t
	}
	if t.After(s.To) {
		s.To = t
	}
	return s
}
