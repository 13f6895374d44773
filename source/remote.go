package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
)

// Backend lists the objects of one scheme, such as s3, in the byte order of
// their names. It may leave out what o.Scope leaves out. Its errors are *Error.
type Backend interface {
	List(ctx context.Context, path string, o Options) iter.Seq2[*Object, error]
}

// NewObject makes an object for a Backend. A reader that has a method
// Metadata() map[string]string hands over what is kept beside the object.
func NewObject(o Object, open func(context.Context) (io.ReadCloser, error)) *Object {
	o.open = open
	return &o
}

func (w *walker) remote(scheme, p string) bool {
	backend, ok := w.opts.Backends[scheme]
	if !ok {
		return w.fail(p, fmt.Errorf("%s:// is not supported here: %w", scheme, ErrNoBackend))
	}
	for o, err := range backend.List(w.ctx, p, w.opts) {
		if err != nil && !w.yield(nil, err) || err == nil && !w.giveRemote(o) {
			return false
		}
	}
	return true
}

// errRemoteArchive is no reason to pass it over in silence: there may be evidence
// in it.
var errRemoteArchive = errors.New("it is an archive, whose members are read on disk only; copy it there with 'aws s3 cp'")

// giveRemote passes over what is passed over on disk.
func (w *walker) giveRemote(o *Object) bool {
	base := path.Base(o.Name)
	why := bookkeeping(base)
	if base == ManifestName {
		why = errManifest // a bucket is listed in the order of names
	}
	switch {
	case why != nil:
		return w.pass(o.Path, o.Size, why)
	case archiveByName(base) != notArchive:
		return w.pass(o.Path, o.Size, errRemoteArchive)
	}
	return w.give(o)
}
