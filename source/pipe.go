package source

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
)

// stdin yields standard input, whose name says nothing.
func (w *walker) stdin() bool {
	if w.opts.Stdin == nil {
		return w.fail("-", errors.New("there is no standard input"))
	}
	return w.pipe("-", func() (io.ReadCloser, error) { return io.NopCloser(w.opts.Stdin), nil })
}

// namedPipe yields a pipe or device that the user named.
func (w *walker) namedPipe(path string) bool {
	return w.pipe(path, func() (io.ReadCloser, error) { return os.Open(path) })
}

// pipe yields a stream, or what is in it if it is an archive.
func (w *walker) pipe(name string, open func() (io.ReadCloser, error)) bool {
	p := patient(w.ctx, open)
	kind, r, err := sniff(p)
	switch {
	case err != nil:
		p.Close()
		return w.fail(name, err)
	case kind != notArchive:
		a := w.archive(name, name, p)
		defer a.drop()
		return a.stream(r, kind)
	}
	done := sync.OnceFunc(func() { p.Close() })
	return w.give(&Object{
		Path: name, Name: name, Root: w.root, Size: -1, release: done,
		open: func(context.Context) (io.ReadCloser, error) { return closer{r, done}, nil },
	})
}

// patient opens and reads on a goroutine of its own, so that nobody waits for a
// silent pipe longer than ctx lasts: open(2) and read(2) cannot be called back.
// The goroutine itself stays until the other side moves or the process ends.
func patient(ctx context.Context, open func() (io.ReadCloser, error)) io.ReadCloser {
	out, in := io.Pipe()
	stop := context.AfterFunc(ctx, func() { in.CloseWithError(context.Cause(ctx)) })
	go func() {
		defer stop()
		r, err := open()
		if err == nil {
			_, err = io.Copy(in, r)
			r.Close()
		}
		in.CloseWithError(err)
	}()
	return out
}

// closer is a reader whose Close runs a function.
type closer struct {
	io.Reader
	close func()
}

func (c closer) Close() error {
	call(c.close)
	return nil
}

func call(f func()) {
	if f != nil {
		f()
	}
}
