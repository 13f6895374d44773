package search

import (
	"bufio"
	"context"
	"errors"
	"io"
	"sync/atomic"

	"ctlog/internal/extsort"
	"ctlog/internal/idset"
	"ctlog/internal/scan"
	"ctlog/output"
	"ctlog/query/jq"
)

// Reporter hears of what is wrong while a search goes on, in the order of the
// evidence, on one goroutine.
type Reporter interface {
	// File hears how each file ended, those without fault too.
	File(scan.Outcome)
	// Failed hears of errors that a filter raised: of the first of every file, and
	// of no more than one for each piece of its results.
	Failed(EventError)
}

// EventError is an error of a filter with its place.
type EventError struct {
	Err   error
	File  string
	Where string // in the file
}

func (e EventError) Error() string { return e.File + ": " + e.Where + ": " + e.Err.Error() }
func (e EventError) Unwrap() error { return e.Err }

// Tally accounts for what was looked at: what goes in is what matched, what did
// not, and what the filter failed on.
type Tally struct {
	Documents, Events, Matched, Missed, Errored int64
}

func (t *Tally) add(o Tally) {
	t.Documents += o.Documents
	t.Events += o.Events
	t.Matched += o.Matched
	t.Missed += o.Missed
	t.Errored += o.Errored
}

// Output is what a filter gave last.
type Output int

const (
	NoOutput Output = iota
	FalseOutput
	TrueOutput
)

// Result is what a search came to.
type Result struct {
	Tally
	Printed    int64         // results
	Last       Output        // of the last filter
	Duplicates idset.Deduper // what was left out
	Loose      bool          // results are not what columns that nobody chose are about
	Extra      string        // a key of a result that came too late to have a column, "" without one

	Halt   *jq.FilterError // the filter asked for the end
	Failed bool            // an error of the filter ended the search
}

// ErrStopped is that a search ended before all was read: because the filter asked
// for that, or failed where it must not. The Result says which.
var ErrStopped = errors.New("stopped")

// Run is one run of a search.
type Run struct {
	*Search
	ctx      context.Context
	reporter Reporter
	out      *bufio.Writer
	writer   output.Writer
	columns  *output.Made // writer, when the filter makes the columns
	sorter   *extsort.Sorter
	loose    atomic.Bool // a result is not what the columns are about
	lastName string
	dedupe   idset.Deduper
	result   Result
}

// Start begins a run.
func (s *Search) Start(ctx context.Context, to Reporter) *Run {
	out := s.Out
	if out == nil {
		out = io.Discard
	}
	r := &Run{Search: s, ctx: ctx, reporter: to, out: bufio.NewWriterSize(out, 64<<10)}
	r.dedupe.Seen, r.dedupe.Weak = new(idset.Set), new(idset.Set)
	switch {
	case s.Sink != nil:
		r.writer = sinkWriter{s.Sink}
	case s.made:
		r.columns = output.NewMade(r.out, s.Format, s.Columns, s.Width, s.Style, s.Terminal)
		r.writer = r.columns
	default:
		r.writer = output.NewWriter(r.out, s.Format, s.Columns, s.Width, s.Style)
	}
	if s.ByTime {
		r.sorter = new(extsort.Sorter)
	}
	return r
}

// Read searches what a scan reads. It may be called again, for what comes after
// that.
func (r *Run) Read(config scan.Config) error {
	if r.mode == jq.ModeInputs {
		config.Jobs = 1
		return r.sequential(config)
	}
	handler := func() scan.Handler[part] { return r.newWorker().look }
	return scan.Run(r.ctx, config, handler, r.take, r.end)
}

// Close writes what comes last. err is what Read returned; unless that is nil or
// ErrStopped it is returned, and what has been found until then is written.
func (r *Run) Close(err error) (Result, error) {
	if errors.Is(err, ErrStopped) {
		err = nil
	}
	if r.sorter != nil {
		defer r.sorter.Close()
	}
	if err == nil {
		err = r.finish()
	}
	if flushed := r.out.Flush(); err == nil {
		err = flushed
	}
	r.result.Duplicates, r.result.Loose = r.dedupe, r.loose.Load()
	if r.columns != nil {
		r.result.Loose, r.result.Extra = r.columns.Loose(), r.columns.Extra()
	}
	return r.result, err
}

// end takes how a file ended.
func (r *Run) end(o scan.Outcome) error {
	r.reporter.File(o)
	return nil
}
