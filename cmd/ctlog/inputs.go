package main

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

// documents decodes on other goroutines and gives the documents one by one.
func (s *search) documents(config scan.Config, c *collector) (next func() (inputDoc, bool), stop func()) {
	all := func(yield func(inputDoc) bool) {
		handler := func() scan.Handler[inputDoc] { return s.copyDocuments }
		take := func(d inputDoc) error {
			if !yield(d) {
				return errStop
			}
			return nil
		}
		scan.Run(s.app.ctx, config, handler, take, c.end)
	}
	return iter.Pull(all)
}

func (s *search) copyDocuments(_ context.Context, f scan.File, put func(inputDoc, int) bool) error {
	if _, err := s.integrity.admit(f); err != nil {
		return err
	}
	for d, err := range f.Body.Documents() {
		if err != nil {
			return err
		}
		if s.passesOver(d.Raw) {
			return &parse.Error{Err: parse.ErrDigest, Offset: d.Offset}
		}
		if !put(inputDoc{parse.Compact(nil, d.Raw), f.Path, d.Offset}, len(d.Raw)) {
			return nil
		}
	}
	return nil
}

// sequential runs a program that sees all documents as one stream.
func (s *search) sequential(config scan.Config, c *collector) error {
	w := s.newWorker(s.app.ctx)
	w.put = func(p part, _ int) bool { return c.take(p) == nil }
	docs, stop := s.documents(config, c)
	defer stop()
	r := w.runners[len(w.runners)-1]
	err := r.Inputs(func() ([]byte, error) {
		d, ok := docs()
		if !ok {
			return nil, io.EOF
		}
		w.part.tally.documents++
		w.part.tally.matched++
		r.File(d.path)
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
		w.part.tally.errored, w.part.tally.matched = 1, max(0, w.part.tally.matched-1)
		w.filterError(err)
		if s.app.ctx.Err() == nil && !fe.Halt {
			c.status = exitFilter
		}
		err = nil
	}
	p := w.part
	w.part = part{}
	if stopped := c.take(p); err == nil && !errors.Is(stopped, errStop) {
		err = stopped
	}
	if s.app.ctx.Err() != nil {
		return context.Cause(s.app.ctx)
	}
	return err
}
