// Package scan drives the one pass over the evidence: objects from source are
// opened and inflated by parse in parallel, a handler looks at each, and what
// the handlers give comes out in the order of the objects.
//
// Searching, counting and verifying differ only in their handler. A failure of
// one object, found while walking, opening or reading, is a result like any
// other: it comes out in its place and never ends the run.
package scan

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"

	"ctlog/internal/ordered"
	"ctlog/parse"
	"ctlog/source"
)

// Config says what to read and how wide.
type Config struct {
	Paths  []string
	Source source.Options
	Limits parse.Limits
	Jobs   int
	Hash   bool // compute the SHA-256 of every inflated body
	Stored bool // compute the SHA-256 of every object as it is stored
	// StoredIf, when set, tells of which objects to compute it. It is asked in
	// the order of the walk, before the object is opened.
	StoredIf func(*source.Object) bool
	// Named tells, when set, which objects are not opened: they end without an
	// error and without content.
	Named func(*source.Object) bool
	// Judge, when set, is asked about a file before its handler, on the worker's
	// goroutine. A file that it gives an error for ends with that error, and its
	// handler does not see it.
	Judge func(File) (Judgement, error)
	// Ends, when set, tells of which objects the end is passed on. It is asked
	// in order, on the goroutine of Run.
	Ends func(Outcome) bool

	// Meter, when set, hears of every object taken up and finished.
	Meter Meter
}

// Meter hears how the work goes on; it must be safe for concurrent use.
type Meter interface {
	Found(bytes int64) // an object was listed; bytes is -1 when unknown
	Read(bytes int64)  // stored bytes were read
	Finished(n int)    // objects were finished
}

// File is one object in a worker's hand. It and what is reached through it
// are valid until the handler returns.
type File struct {
	*source.Object
	Body      *parse.Body
	Judgement Judgement
}

// Judgement is what is known of a file before it is read: the zero value of one
// that is not judged.
type Judgement struct {
	Status   string // as verify calls it
	Unproven bool   // it was judged, and is not proven
}

// ErrUnproven is the end of a file that is not read because it is not proven.
var ErrUnproven = errors.New("not proven")

// Handler looks at one file and puts results of about cost bytes each. It runs
// on a worker's goroutine. The error says what was wrong with the file; what
// was put before stays. When put reports false the run is over and the handler
// should return.
type Handler[P any] func(ctx context.Context, f File, put func(p P, cost int) bool) error

// Outcome is how the scan of one object ended.
type Outcome struct {
	Object *source.Object // nil when walking failed before there was one
	Path   string
	Err    error // nil: read to the end and sound

	// Others is what the handler's iteration came upon that is no event, and
	// Remark what is to be known of the events that it gave.
	Others *parse.Others
	Remark string

	Inflated int64    // bytes of content
	Sum      [32]byte // SHA-256 of the inflated content
	Hashed   bool     // Sum is set: hashing was asked for and the file is sound
	Stored   [32]byte // SHA-256 of the stored bytes, when that was asked for
	Members  int      // gzip members
}

// Skipped reports that the object was passed over rather than found faulty.
func (o Outcome) Skipped() bool {
	return errors.Is(o.Err, source.ErrSkipped) || errors.Is(o.Err, parse.ErrDigest)
}

// item is what the walk gives: an object or a reason why there is none.
type item struct {
	object *source.Object
	err    error
	stored bool // its SHA-256 as it is stored is wanted
}

// result is what travels through the line: a part of a file's results, or its
// end.
type result[P any] struct {
	part P
	end  *Outcome
}

// Run scans everything under c.Paths. newHandler makes the handler of one
// worker. part and end are called on the calling goroutine: part for every
// result, end once for every object, all in order. An error of either ends the
// run and is returned, as is the end of ctx.
func Run[P any](ctx context.Context, c Config, newHandler func() Handler[P], part func(P) error, end func(Outcome) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	newWorker := func() *worker[P] {
		return &worker[P]{c, parse.NewDecoder(c.Limits), newHandler()}
	}
	work := func(ctx context.Context, w *worker[P], it item, slot *ordered.Slot[result[P]]) { w.work(ctx, it, slot) }
	emit := func(r result[P]) (err error) {
		switch {
		case r.end == nil:
			err = part(r.part)
		case c.Ends == nil || c.Ends(*r.end):
			err = end(*r.end)
		}
		if err != nil {
			cancel(err) // the walk may wait for a pipe
		}
		return err
	}
	return ordered.Run(ctx, ordered.Config{Jobs: c.Jobs, Window: ahead * c.Jobs}, c.items(ctx), newWorker, work, emit)
}

// ahead is how many objects may be on their way for each worker: so many that a
// file that takes a hundred times as long as the others holds nobody up.
const ahead = 128

// memberUnit is how much memory of a member of an archive counts as an object
// more: two workers hold 16 MB of members, or one larger one.
const memberUnit = 64 << 10

// Weight implements ordered.Weigher.
func (it item) Weight() int {
	if it.object == nil {
		return 1
	}
	return 1 + int(it.object.Held()/memberUnit)
}

func (c Config) items(ctx context.Context) iter.Seq[item] {
	return func(yield func(item) bool) {
		for object, err := range source.Walk(ctx, c.Paths, c.Source) {
			if object != nil && c.Meter != nil {
				c.Meter.Found(object.Size)
			}
			stored := c.Stored || object != nil && c.StoredIf != nil && c.StoredIf(object)
			if !yield(item{object, err, stored}) {
				return
			}
		}
	}
}

// scanOne opens an object, lets handle look at it and reads what is left, so
// that damage behind the last event is seen too.
func (w *worker[P]) scanOne(ctx context.Context, it item, handle func(File) error) (out Outcome) {
	c := &w.config
	out.Object, out.Err = it.object, it.err
	if it.err != nil {
		out.Path = pathOf(it)
		return out
	}
	out.Path = it.object.Path
	if c.Named != nil && c.Named(it.object) {
		it.object.Release()
		return out
	}
	r, err := it.object.Open(ctx)
	if err != nil {
		out.Err = err
		return out
	}
	defer r.Close()
	if c.Meter != nil {
		defer c.Meter.Finished(1)
		r = metered{r, c.Meter}
	}
	if it.stored {
		h := &hashed{r, sha256.New()}
		defer func() { out.Stored = h.sum() }()
		r = h
	}
	open := w.decoder.Open
	if k := it.object.Key.Kind; k == source.KindMetadata || k == source.KindManifest {
		open = w.decoder.OpenLines
	}
	body, err := open(r, it.object.Size, c.Hash)
	if err != nil {
		out.Err = err
		return out
	}
	f := File{Object: it.object, Body: body}
	if c.Judge != nil {
		f.Judgement, out.Err = c.Judge(f)
	}
	if out.Err == nil {
		out.Err = handle(f)
	}
	if err := body.Drain(); out.Err == nil || errors.Is(out.Err, parse.ErrDigest) && err != nil {
		out.Err = err
	}
	out.Others, out.Remark = body.Others(), body.Remark()
	if out.Err == nil {
		out.Err = out.Others.Err()
	}
	if noEvidence(it.object, out.Err) {
		out.Err = fmt.Errorf("%s: %w: %w", out.Path, source.ErrSkipped, out.Err)
	}
	out.Inflated = body.Inflated()
	out.Members = body.Members()
	out.Sum, out.Hashed = body.Sum()
	return out
}

// noEvidence knows what lies among the logs, below a directory, and is none: a
// licence or a note, which is not JSON from its first byte on and not called like
// evidence, public keys, what another service of AWS delivers beside CloudTrail.
func noEvidence(o *source.Object, err error) bool {
	var e *parse.Error
	if !errors.As(err, &e) || o.Path == o.Root || o.Key.Kind != source.KindUnknown && !o.Key.Foreign {
		return false
	}
	switch e.Err {
	case parse.ErrUnrelated:
		return true
	case parse.ErrSyntax:
		return e.Offset == 0 && (!source.NamedLikeEvidence(o.Name) || source.OtherService(o.Path) != "")
	case parse.ErrOther, parse.ErrFormat:
		return source.OtherService(o.Path) != ""
	}
	return false
}

func pathOf(it item) string {
	var e *source.Error
	if errors.As(it.err, &e) {
		return e.Path
	}
	return ""
}

// hashed hashes the stored bytes as they are read.
type hashed struct {
	io.ReadCloser
	hash hash.Hash
}

func (r *hashed) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.hash.Write(p[:n])
	return n, err
}

// sum reads what is left, behind damage too.
func (r *hashed) sum() (sum [32]byte) {
	io.Copy(io.Discard, r)
	r.hash.Sum(sum[:0])
	return sum
}

// metered counts the stored bytes as they are read.
type metered struct {
	io.ReadCloser
	m Meter
}

func (r metered) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.m.Read(int64(n))
	return n, err
}
