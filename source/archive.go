package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
)

type archiveKind int

const (
	notArchive archiveKind = iota
	zipArchive
	tarArchive
	tarGzip
	tarZstd
)

// archiveByName goes by the name alone: below a directory, opening every file
// to look for an archive would read everything twice.
func archiveByName(name string) archiveKind {
	lower := strings.ToLower(name[max(0, len(name)-len(".tar.zst")):])
	switch {
	case strings.HasSuffix(lower, ".zip"):
		return zipArchive
	case strings.HasSuffix(lower, ".tar"):
		return tarArchive
	case strings.HasSuffix(lower, ".tar.gz"), strings.HasSuffix(lower, ".tgz"):
		return tarGzip
	case strings.HasSuffix(lower, ".tar.zst"), strings.HasSuffix(lower, ".tzst"):
		return tarZstd
	}
	return notArchive
}

// Enough stored bytes to see a tar header: gzip gives what it has, zstd only
// whole blocks.
const (
	sniffLen     = 4 << 10
	sniffLenZstd = zstdBlock + 64 // the headers of the frame and the block
	zstdBlock    = 128 << 10
)

func sniffFile(path string) archiveKind {
	f, err := os.Open(path)
	if err != nil {
		return notArchive
	}
	defer f.Close()
	kind, _ := sniff(newSniffer(f))
	return kind
}

func newSniffer(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, sniffLenZstd) }

// sniff knows an archive by its first bytes, which stay to be read. No more of
// them are waited for than are needed: r may be a pipe that has paused.
func sniff(r *bufio.Reader) (archiveKind, error) {
	head, err := r.Peek(sniffLen)
	if bytes.HasPrefix(head, zstdMagic) {
		head, err = r.Peek(sniffLenZstd)
	}
	if err != nil && err != io.EOF {
		return notArchive, err
	}
	return kindOfHead(head), nil
}

var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

func kindOfHead(head []byte) archiveKind {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return zipArchive
	case isTar(head):
		return tarArchive
	case bytes.HasPrefix(head, gzipMagic):
		if r, err := gzip.NewReader(bytes.NewReader(head)); err == nil && isTar(readHead(r)) {
			return tarGzip
		}
	case bytes.HasPrefix(head, zstdMagic):
		if r, err := newZstd(bytes.NewReader(head)); err == nil && isTar(readHead(r)) {
			return tarZstd
		}
	}
	return notArchive
}

func readHead(r io.Reader) []byte {
	b := make([]byte, tarBlock)
	n, _ := io.ReadFull(r, b)
	return b[:n]
}

const tarBlock = 512

func isTar(b []byte) bool { return len(b) > 262 && string(b[257:262]) == "ustar" }

// zstdWindow bounds what a zstd frame may make us hold.
const zstdWindow = 128 << 20

// newZstd makes a decoder that needs no Close: at a concurrency of one it has no
// goroutines. Closing would race with a member that is read after the walk.
func newZstd(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
}

// archive is one that is being walked.
type archive struct {
	*walker
	*shared
	path string // as people know it
	name string // relative to the PATH, "" when it is the PATH itself
	n    int    // members so far
}

func (w *walker) archive(path, name string, from io.Closer) *archive {
	if path == w.root {
		name = ""
	}
	return &archive{walker: w, shared: share(from), path: path, name: name}
}

// archiveFile yields what is in an archive on disk.
func (w *walker) archiveFile(path, name string, kind archiveKind) bool {
	f, err := os.Open(path)
	if err != nil {
		return w.fail(path, err)
	}
	a := w.archive(path, name, f)
	defer a.drop()
	switch kind {
	case zipArchive:
		return a.zipFile(f)
	case tarArchive:
		return a.tarFile(f)
	}
	return a.stream(f, kind)
}

// shared is what an archive is read from. It stays open as long as anyone needs
// it: members may be read long after the walk has gone on.
type shared struct {
	from  io.Closer
	users atomic.Int64
}

func share(c io.Closer) *shared {
	s := &shared{from: c}
	s.hold()
	return s
}

func (s *shared) hold() { s.users.Add(1) }

func (s *shared) drop() {
	if s.users.Add(-1) == 0 {
		s.from.Close()
	}
}

// member is one file in an archive.
type member struct {
	name string // clean
	at   int    // its place in the archive, from 1 on
	size int64
	open func() (io.ReadCloser, error)
	err  error  // why it is not read
	link string // the member whose content it shares
	held int64  // bytes of it that are in memory
}

// maxSize keeps what an archive says of a member's size from overflowing sums.
const maxSize = 1 << 62

var errNested = skipped("an archive within an archive; unpack the outer one first")

// newMember judges a member by its name; ok is false when there is nothing to
// be said of it.
func newMember(name string, size int64) (m member, ok bool) {
	m = member{name: cleanName(name), size: min(size, maxSize)}
	base := path.Base(m.name)
	switch {
	case appleDouble(base):
		m.err = errAppleDouble
	case archiveByName(base) != notArchive:
		m.err = errNested
	}
	return m, !bookkeeping(base)
}

// giveAll yields members whose bytes can be reached at any time.
func (a *archive) giveAll(members []member) bool {
	slices.SortStableFunc(members, func(x, y member) int { return strings.Compare(x.name, y.name) })
	for _, m := range members {
		if !a.give(m.resolved(members), nil) {
			return false
		}
	}
	return true
}

// give yields a member; done, if any, is called once it is not needed any more.
func (a *archive) give(m member, done func()) bool {
	full := a.path + "/" + m.name
	if m.err != nil {
		return a.fail(full, m.err)
	}
	a.hold()
	release := sync.OnceFunc(func() {
		a.drop()
		call(done)
	})
	return a.walker.give(&Object{
		Path: full, Name: joinName(a.name, m.name), Root: a.root, Size: m.size, Key: ParseKey(m.name), Member: m.at, release: release, held: m.held,
		open: func(context.Context) (io.ReadCloser, error) {
			r, err := m.open()
			if err != nil {
				return nil, err
			}
			return closer{r, func() { r.Close(); release() }}, nil
		},
	})
}

// cleanName makes a member's name a harmless relative path: nothing is written
// by it, but it is shown and compared. "../" and a leading "/" are dropped.
func cleanName(name string) string {
	return strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/")
}

// archiveError says what damage means to who reads it.
func archiveError(err error) error {
	switch {
	case errors.Is(err, errTooLarge), errors.Is(err, errNothing), errors.Is(err, errSecondTar):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the archive is cut off")
	}
	return fmt.Errorf("the archive is damaged: %w", err)
}
