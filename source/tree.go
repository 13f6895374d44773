package source

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// dir walks a directory. rel is its slash-separated name below the PATH, ""
// for the PATH itself.
func (w *walker) dir(path, rel string) bool {
	entries, err := os.ReadDir(path)
	sortAsPaths(entries)
	for _, e := range entries {
		if !w.entry(filepath.Join(path, e.Name()), joinName(rel, e.Name()), e) {
			return false
		}
	}
	return err == nil || w.fail(path, err)
}

func joinName(dir, base string) string {
	if dir == "" {
		return base
	}
	return dir + "/" + base
}

// sortAsPaths orders entries as their whole paths compare: a directory counts
// with the slash that will follow it, so "a-b" and "a.txt" frame "a/".
func sortAsPaths(entries []os.DirEntry) {
	asPath := func(e os.DirEntry) string {
		if e.IsDir() {
			return e.Name() + "/"
		}
		return e.Name()
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(asPath(a), asPath(b)) })
}

func (w *walker) entry(path, name string, e os.DirEntry) bool {
	switch {
	case e.IsDir():
		return w.dir(path, name)
	case e.Type()&os.ModeSymlink != 0:
		return w.skip(path, "a symbolic link is followed only when it is named on the command line")
	case !e.Type().IsRegular():
		return w.skip(path, "not a regular file")
	case bookkeeping(e.Name()):
		return true
	}
	info, err := e.Info()
	if err != nil {
		return w.fail(path, err)
	}
	return w.file(path, name, info.Size(), false)
}

// bookkeeping knows the files that ctlog itself and the copies it is given
// keep beside the evidence. They are no evidence.
func bookkeeping(base string) bool {
	switch base {
	case "ctlog-metadata.jsonl", "ctlog-manifest.jsonl", ".DS_Store", "Thumbs.db", "desktop.ini":
		return true
	}
	return strings.HasSuffix(base, ".metadata.json")
}

// stdin yields standard input, whose name says nothing.
func (w *walker) stdin() bool {
	if w.opts.Stdin == nil {
		return w.fail("-", errors.New("there is no standard input"))
	}
	return w.reader("-", w.opts.Stdin)
}

// stream yields a pipe or device that the user named.
func (w *walker) stream(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return w.fail(path, err)
	}
	done := make(chan struct{})
	defer func() {
		select {
		case <-done:
		case <-w.ctx.Done():
		}
		f.Close()
	}()
	return w.readerUntil(path, f, func() { close(done) })
}

func (w *walker) reader(name string, r io.Reader) bool {
	return w.readerUntil(name, r, nil)
}

// readerUntil yields a stream, or what is in it if it is an archive; done is
// called once it is not needed any more.
func (w *walker) readerUntil(name string, r io.Reader, done func()) bool {
	sniffer := newSniffer(r)
	kind, err := sniff(sniffer)
	if err != nil {
		call(done)
		return w.fail(name, err)
	}
	if kind != notArchive {
		defer call(done)
		return w.archiveStream(name, sniffer, kind)
	}
	once := oncer(done)
	return w.give(&Object{
		Path: name, Name: name, Root: w.root, Size: -1, release: once,
		open: func(context.Context) (io.ReadCloser, error) { return closer{sniffer, once}, nil },
	})
}

func call(f func()) {
	if f != nil {
		f()
	}
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
