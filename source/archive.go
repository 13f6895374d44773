package source

import (
	"bytes"
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

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"ctlog/internal/layer"
)

// archiveKind is what a file is an archive of: how the whole is compressed, and
// what is in that.
type archiveKind struct {
	form  archiveForm
	layer layer.Kind // around a tar
}

type archiveForm int

const (
	noArchive archiveForm = iota
	zipArchive
	tarArchive
)

var notArchive archiveKind

// archiveSuffixes are what archives are called.
var archiveSuffixes = []struct {
	suffix string
	kind   archiveKind
}{
	{".zip", archiveKind{form: zipArchive}}, {".tar", archiveKind{form: tarArchive}},
	{".tar.gz", archiveKind{tarArchive, layer.Gzip}}, {".tgz", archiveKind{tarArchive, layer.Gzip}},
	{".tar.zst", archiveKind{tarArchive, layer.Zstd}}, {".tzst", archiveKind{tarArchive, layer.Zstd}},
	{".tar.xz", archiveKind{tarArchive, layer.XZ}}, {".txz", archiveKind{tarArchive, layer.XZ}},
	{".tar.bz2", archiveKind{tarArchive, layer.Bzip2}}, {".tbz2", archiveKind{tarArchive, layer.Bzip2}}, {".tbz", archiveKind{tarArchive, layer.Bzip2}},
}

// archiveByName goes by the name alone: below a directory, opening every file
// to look for an archive would read everything twice.
func archiveByName(name string) archiveKind {
	if strings.HasSuffix(name, ".json.gz") { // almost all are
		return notArchive
	}
	lower := strings.ToLower(name[max(0, len(name)-len(".tar.zst")):])
	for _, s := range archiveSuffixes {
		if strings.HasSuffix(lower, s.suffix) {
			return s.kind
		}
	}
	return notArchive
}

func sniffFile(path string) archiveKind {
	f, err := os.Open(path)
	if err != nil {
		return notArchive
	}
	defer f.Close()
	kind, _, _ := sniff(f)
	return kind
}

const tarBlock = 512

// sniffLayer bounds how much of a compressed file is read to see what is in it:
// a block of bzip2's that does not compress, and then some.
const sniffLayer = 1 << 20

// sniff knows an archive by its first bytes. It gives a reader that begins with
// them again. No more of them are waited for than are needed: r may be a pipe
// that has paused.
func sniff(r io.Reader) (archiveKind, io.Reader, error) {
	head, err := readHead(r)
	again := io.MultiReader(bytes.NewReader(head), r)
	if err != nil {
		return notArchive, again, err
	}
	switch kind := layer.Of(head); {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return archiveKind{form: zipArchive}, again, nil
	case isTar(head):
		return archiveKind{form: tarArchive}, again, nil
	case kind != layer.None:
		var seen bytes.Buffer
		found := tarIn(kind, io.TeeReader(io.LimitReader(again, sniffLayer), &seen))
		return found, io.MultiReader(&seen, again), nil
	}
	return notArchive, again, nil
}

// tarIn looks into a layer. Damage is for who reads it in earnest.
func tarIn(kind layer.Kind, r io.Reader) archiveKind {
	if inner, err := inflate(kind, r); err == nil {
		if head, _ := readHead(inner); isTar(head) {
			return archiveKind{tarArchive, kind}
		}
	}
	return notArchive
}

// readHead reads a block, or what there is.
func readHead(r io.Reader) ([]byte, error) {
	b := make([]byte, tarBlock)
	n, err := io.ReadFull(r, b)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return b[:n], err
}

func isTar(b []byte) bool { return len(b) > 262 && string(b[257:262]) == "ustar" }

// zstdWindow bounds what a zstd frame may make us hold.
const zstdWindow = 128 << 20

// inflate opens a layer. None of them needs a Close, which would race with a
// member that is read after the walk: zstd has no goroutines at a concurrency
// of one.
func inflate(kind layer.Kind, r io.Reader) (io.Reader, error) {
	switch kind {
	case layer.Gzip:
		return gzip.NewReader(r)
	case layer.Zstd:
		return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
	case layer.XZ:
		return layer.NewXZ(r), nil
	case layer.Bzip2:
		return layer.NewBzip2(r), nil
	}
	return r, nil
}

// archive is one that is being walked.
type archive struct {
	*walker
	*shared
	path string // as people know it
	name string // relative to the PATH, "" when it is the PATH itself
	n    int    // members so far

	loose bool // its members come as they stand in it
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
	if w.opts.Archive != nil {
		w.opts.Archive(path)
	}
	a := w.archive(path, name, f)
	defer a.drop()
	switch kind {
	case archiveKind{form: zipArchive}:
		return a.zipFile(f)
	case archiveKind{form: tarArchive}:
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
	to   string // what it points to, of a symbolic link
	held int64  // bytes of it that are in memory
}

// maxSize keeps what an archive says of a member's size from overflowing sums.
const maxSize = 1 << 62

var errNested = unread("an archive within an archive; unpack the outer one first")

// newMember judges a member by its name.
func newMember(name string, size int64) member {
	m := member{name: cleanName(name), size: min(size, maxSize)}
	base := path.Base(m.name)
	if m.err = bookkeeping(base); m.err == nil && archiveByName(base) != notArchive {
		m.err = errNested
	}
	return m
}

// giveAll yields members whose bytes can be reached at any time.
func (a *archive) giveAll(members []member) bool {
	slices.SortStableFunc(members, func(x, y member) int { return strings.Compare(x.name, y.name) })
	order := members
	if a.opts.Manifest {
		order = slices.Clone(members)
		manifestsFirst(order, func(m member) string { return m.name })
	}
	for _, m := range order {
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
		e := a.reason(full, m.size, m.err)
		e.Member = m.at
		return a.ctx.Err() == nil && a.yield(nil, e)
	}
	a.hold()
	release := sync.OnceFunc(func() {
		a.drop()
		call(done)
	})
	return a.walker.give(&Object{
		Path: full, Name: joinName(a.name, m.name), Root: a.root, Size: m.size, Key: ParseKey(m.name), Member: m.at, Loose: a.loose, release: release, held: m.held,
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
	var unsupported *layer.Unsupported
	switch {
	case errors.As(err, &unsupported):
		return fmt.Errorf("%w; %s", err, unsupported.Hint)
	case errors.Is(err, errTooLarge), errors.Is(err, errNothing), errors.Is(err, errSecondTar):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, layer.ErrTruncated):
		return errors.New("the archive is cut off")
	}
	return fmt.Errorf("the archive is damaged: %w", err)
}
