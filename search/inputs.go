package search

import (
	"context"
	"errors"
	"io"
	"iter"

	"ctlog/internal/scan"
	"ctlog/parse"
	"ctlog/query/jq"
	"ctlog/source"
)

// inputDoc is a document on its way to a program that sees them all as one
// stream.
type inputDoc struct {
	raw    []byte
	path   string
	offset int64
}

// stream decodes on other goroutines and gives the documents one by one.
func (r *Run) stream(config scan.Config) (next func() (inputDoc, bool), stop func()) {
	all := func(yield func(inputDoc) bool) {
		handler := func() scan.Handler[inputDoc] { return r.copyDocuments }
		take := func(d inputDoc) error {
			if !yield(d) {
				return ErrStopped
			}
			return nil
		}
		scan.Run(r.ctx, config, handler, take, r.end)
	}
	return iter.Pull(all)
}

func (r *Run) copyDocuments(_ context.Context, f scan.File, put func(inputDoc, int) bool) error {
	for d, err := range f.Body.Documents() {
		if err != nil {
			return err
		}
		if r.passesOver(d.Raw) {
			return &parse.Error{Err: parse.ErrDigest, Offset: d.Offset}
		}
		if !put(inputDoc{parse.Compact(nil, d.Raw), f.Path, d.Offset}, len(d.Raw)) {
			return nil
		}
	}
	return nil
}

// sequential runs a program that sees all documents as one stream.
func (r *Run) sequential(config scan.Config) error {
	w := r.newWorker()
	w.put = func(p part, _ int) bool { return r.take(p) == nil }
	docs, stop := r.stream(config)
	defer stop()
	program := w.runners[len(w.runners)-1]
	err := program.Inputs(func() ([]byte, error) {
		d, ok := docs()
		if !ok {
			return nil, io.EOF
		}
		w.part.tally.Documents++
		w.part.tally.Matched++
		program.File(d.path)
		w.file = scan.File{Object: &source.Object{Path: d.path}}
		w.current = parse.Event{Raw: d.raw, Offset: d.offset}
		return d.raw, nil
	}, func(v jq.Value) error {
		err := w.value(v)
		w.flush()
		return err
	})
	var fe *jq.FilterError
	if errors.As(err, &fe) {
		if w.file.Object == nil {
			w.file.Object = &source.Object{Path: "(no input)"}
		}
		w.part.tally.Errored, w.part.tally.Matched = 1, max(0, w.part.tally.Matched-1)
		w.filterError(err)
		r.result.Failed = r.ctx.Err() == nil && !fe.Halt
		err = nil
	}
	p := w.part
	w.part = part{}
	if stopped := r.take(p); err == nil && !errors.Is(stopped, ErrStopped) {
		err = stopped
	}
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	return err
}
