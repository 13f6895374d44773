package source

import (
	"archive/tar"
	"archive/zip"
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
	lower := strings.ToLower(name)
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

// member is one file in an archive whose bytes can be reached at any time.
type member struct {
	name string
	size int64
	open func() (io.ReadCloser, error)
}

// archiveFile yields what is in an archive on disk.
func (w *walker) archiveFile(path, name string, kind archiveKind) bool {
	f, err := os.Open(path)
	if err != nil {
		return w.fail(path, err)
	}
	a := &openFile{f: f}
	a.hold()
	defer a.drop()
	switch kind {
	case zipArchive, tarArchive:
		members, err := index(f, kind)
		return w.members(path, name, members, a) && (err == nil || w.fail(path, err))
	}
	return w.archiveStream(path, f, kind)
}

// openFile is a file that stays open as long as anyone needs it: members may
// be opened long after the walk has gone on. A nil one is in memory and needs
// no closing.
type openFile struct {
	f  *os.File
	mu sync.Mutex
	n  int
}

func (a *openFile) hold() {
	if a == nil {
		return
	}
	a.mu.Lock()
	a.n++
	a.mu.Unlock()
}

func (a *openFile) drop() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.n--; a.n == 0 {
		a.f.Close()
	}
}

// index lists the members of a seekable archive in byte order. On damage it
// gives what it found with the error.
func index(f *os.File, kind archiveKind) ([]member, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, plain(err)
	}
	var members []member
	if kind == zipArchive {
		members, err = indexZip(f, info.Size())
	} else {
		members, err = indexTar(f)
	}
	slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return members, err
}

func indexZip(f io.ReaderAt, size int64) ([]member, error) {
	z, err := zip.NewReader(f, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("not a readable zip archive: %w", err)
	}
	var members []member
	for _, m := range z.File {
		if m.Mode().IsRegular() {
			members = append(members, member{m.Name, int64(min(m.UncompressedSize64, 1<<62)), m.Open})
		}
	}
	return members, nil
}

// indexTar skims the headers of a plain tar and remembers where each member's
// bytes lie.
func indexTar(f *os.File) (members []member, err error) {
	r := tar.NewReader(f)
	for {
		h, err := r.Next()
		if err == io.EOF {
			return members, nil
		}
		if err != nil {
			return members, tarError(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		start, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return members, err
		}
		section := func() (io.ReadCloser, error) {
			return io.NopCloser(io.NewSectionReader(f, start, h.Size)), nil
		}
		members = append(members, member{h.Name, h.Size, section})
	}
}

func tarError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the tar archive is cut off")
	}
	return fmt.Errorf("the tar archive is damaged: %w", err)
}

func (w *walker) members(archive, name string, members []member, a *openFile) bool {
	for _, m := range members {
		inner := cleanName(m.name)
		full := archive + "/" + inner
		if archiveByName(inner) != notArchive {
			if !w.skip(full, "an archive within an archive; unpack the outer one first") {
				return false
			}
			continue
		}
		if bookkeeping(path.Base(inner)) {
			continue
		}
		a.hold()
		done := oncer(a.drop)
		if !w.give(&Object{
			Path: full, Name: memberName(w.root, archive, name, inner), Root: w.root, Size: m.size, Key: ParseKey(inner),
			release: done,
			open: func(context.Context) (io.ReadCloser, error) {
				r, err := m.open()
				if err != nil {
					return nil, err
				}
				return closer{r, func() { r.Close(); done() }}, nil
			},
		}) {
			return false
		}
	}
	return true
}

// memberName is a member's name relative to the PATH: the archive counts as a
// folder unless it is the PATH itself.
func memberName(root, archive, name, inner string) string {
	if archive == root {
		return inner
	}
	return name + "/" + inner
}

// cleanName makes a member's name a harmless relative path: nothing is written
// by it, but it is shown and compared. "../" and a leading "/" are dropped.
func cleanName(name string) string {
	return strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/")
}

func oncer(f func()) func() {
	if f == nil {
		return nil
	}
	return sync.OnceFunc(f)
}
