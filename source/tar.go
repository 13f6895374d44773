package source

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// tarFile skims the headers of a plain tar and remembers where each member's
// bytes lie.
func (a *archive) tarFile(f *os.File) bool {
	if info, err := f.Stat(); err == nil && info.Size() == 0 {
		return a.fail(a.path, errNothing)
	}
	var members []member
	r := tar.NewReader(f)
	for {
		m, err := a.nextMember(r)
		if err != nil {
			return a.giveAll(members) && a.tarEnd(f, err)
		}
		start, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return a.giveAll(members) && a.fail(a.path, err)
		}
		m.open = func() (io.ReadCloser, error) {
			return io.NopCloser(&exactly{io.NewSectionReader(f, start, m.size), m.size}), nil
		}
		members = append(members, m)
	}
}

// exactly is a reader that does not end before its time: a tar that is cut off
// promises more than it has.
type exactly struct {
	io.Reader
	left int64
}

func (e *exactly) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	if e.left -= int64(n); err == io.EOF && e.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// nextMember goes to the next header that stands for a file.
func (a *archive) nextMember(r *tar.Reader) (member, error) {
	for {
		if a.ctx.Err() != nil {
			return member{}, a.ctx.Err()
		}
		h, err := r.Next()
		if err != nil {
			return member{}, err
		}
		a.n++
		if m, ok := tarMember(h); ok {
			m.at = a.n
			return m, nil
		}
	}
}

var errSparse = errors.New("a sparse member, which ctlog does not read; extract the archive and search the files")

func tarMember(h *tar.Header) (m member, ok bool) {
	m = newMember(h.Name, h.Size)
	switch {
	case h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader:
		return m, false
	case h.Typeflag == tar.TypeSymlink:
		m.to, m.err = h.Linkname, nil
	case m.err != nil:
	case isSparse(h):
		m.err = errSparse
	case h.Typeflag == tar.TypeLink:
		m.link = cleanName(h.Linkname)
	case h.Typeflag != tar.TypeReg:
		m.err = errIrregular(m.name)
	}
	return m, true
}

// resolved is m with the content that it shares with another of the sorted
// members. One that is there twice is nobody's to choose from.
func (m member) resolved(sorted []member) member {
	if m.to != "" {
		m.err = m.linked(sorted)
	}
	if m.link == "" {
		return m
	}
	from, found := slices.BinarySearchFunc(sorted, m.link, compareName)
	to, _ := slices.BinarySearchFunc(sorted, m.link+"\x00", compareName)
	if !found || to-from != 1 || sorted[from].link != "" {
		m.err = fmt.Errorf("a hard link to %s, which is not one file of this archive", m.link)
		return m
	}
	m.size, m.open, m.err = sorted[from].size, sorted[from].open, sorted[from].err
	return m
}

func compareName(m member, name string) int { return strings.Compare(m.name, name) }

// isSparse knows a file with holes: its stored bytes are not its content, and
// its size is no measure of what is stored.
func isSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// tarEnd says how reading a tar ended. from is what it was read from.
func (a *archive) tarEnd(from io.Reader, err error) bool {
	if err == io.EOF {
		err = tail(a.ctx, from)
	}
	return err == nil || a.fail(a.path, archiveError(err))
}

var errNothing = errors.New("the archive is empty")

var errSecondTar = errors.New("another tar archive follows the end of the first and is not read; split them")

// tail reads what follows the end of a tar. It is padding, but the checksum of
// a compression stands behind it, and so may a second archive.
func tail(ctx context.Context, r io.Reader) error {
	b := bufio.NewReader(r)
	for ctx.Err() == nil {
		block, err := b.Peek(tarBlock)
		switch {
		case isTar(block):
			return errSecondTar
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		b.Discard(tarBlock)
	}
	return ctx.Err()
}
