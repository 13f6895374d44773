package source

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// sortBudget is how many stored bytes of a compressed tar's members are held
// to bring them into the order of their names. What a responder packs by hand
// fits; beyond it the archive's own order has to do.
const sortBudget = 64 << 20

// archiveStream yields what is in an archive that can only be read from its
// beginning to its end.
func (w *walker) archiveStream(name string, r io.Reader, kind archiveKind) bool {
	switch kind {
	case zipArchive:
		return w.zipStream(name, r)
	case tarGzip:
		z, err := gzip.NewReader(r)
		if err != nil {
			return w.fail(name, fmt.Errorf("the gzip layer is damaged: %w", err))
		}
		return w.tarStream(name, z)
	case tarZstd:
		z, err := newZstd(r)
		if err != nil {
			return w.fail(name, fmt.Errorf("the zstd layer is damaged: %w", err))
		}
		return w.tarStream(name, z)
	}
	return w.tarStream(name, r)
}

// zipStream buffers a zip that comes through a pipe: its index stands at its
// end.
func (w *walker) zipStream(name string, r io.Reader) bool {
	b, err := io.ReadAll(io.LimitReader(r, sortBudget+1))
	if err != nil {
		return w.fail(name, err)
	}
	if len(b) > sortBudget {
		return w.fail(name, fmt.Errorf("a zip archive through a pipe may have %d MiB at most; name the file instead", sortBudget>>20))
	}
	members, err := indexZip(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return w.fail(name, err)
	}
	slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return w.members(name, path.Base(name), members, nil)
}

// held is a member of a compressed tar that waits for its place.
type held struct {
	name string
	body []byte
}

// tarStream gathers members up to the budget and yields them sorted. If there
// are more, the rest follows as it stands in the archive.
func (w *walker) tarStream(name string, layer io.Reader) bool {
	limit := w.opts.MaxInflated
	if limit == 0 {
		limit = DefaultMaxArchive
	}
	r := tar.NewReader(&bounded{layer, limit})
	var waiting []held
	var size int64
	for {
		h, err := r.Next()
		if err == io.EOF {
			return w.giveHeld(name, waiting)
		}
		if err != nil {
			return w.giveHeld(name, waiting) && w.fail(name, layerError(err))
		}
		if h.Typeflag != tar.TypeReg || !w.opts.wants(ParseKey(h.Name)) {
			continue
		}
		if size += h.Size; size > sortBudget {
			return w.giveHeld(name, waiting) && w.fail(name, ErrArchiveOrder) && w.tarRest(name, r, h)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			return w.giveHeld(name, waiting) && w.fail(name+"/"+cleanName(h.Name), layerError(err))
		}
		waiting = append(waiting, held{cleanName(h.Name), body})
	}
}

func layerError(err error) error {
	switch {
	case errors.Is(err, errTooLarge):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the archive is cut off")
	}
	return fmt.Errorf("the archive is damaged: %w", err)
}

func (w *walker) giveHeld(archive string, members []held) bool {
	slices.SortStableFunc(members, func(a, b held) int { return strings.Compare(a.name, b.name) })
	for _, m := range members {
		if !w.giveInner(archive, m.name, int64(len(m.body)), bytes.NewReader(m.body), nil) {
			return false
		}
	}
	return true
}

// tarRest yields the members from h on in the archive's order, small ones from
// memory, large ones as a live stream for which the walk waits.
func (w *walker) tarRest(archive string, r *tar.Reader, h *tar.Header) bool {
	for {
		if h.Typeflag == tar.TypeReg && w.opts.wants(ParseKey(h.Name)) && !w.giveNow(archive, r, h) {
			return false
		}
		var err error
		if h, err = r.Next(); err != nil {
			return err == io.EOF || w.fail(archive, layerError(err))
		}
	}
}

// liveSize is the size from which on a member is not held in memory.
const liveSize = 8 << 20

func (w *walker) giveNow(archive string, r *tar.Reader, h *tar.Header) bool {
	name := cleanName(h.Name)
	if h.Size <= liveSize {
		body, err := io.ReadAll(r)
		if err != nil {
			return w.fail(archive+"/"+name, layerError(err))
		}
		return w.giveInner(archive, name, h.Size, bytes.NewReader(body), nil)
	}
	done := make(chan struct{})
	if !w.giveInner(archive, name, h.Size, r, func() { close(done) }) {
		return false
	}
	select {
	case <-done:
		return true
	case <-w.ctx.Done():
		return false
	}
}

func (w *walker) giveInner(archive, name string, size int64, r io.Reader, done func()) bool {
	full := archive + "/" + name
	if archiveByName(name) != notArchive {
		call(done)
		return w.skip(full, "an archive within an archive; unpack the outer one first")
	}
	if bookkeeping(path.Base(name)) {
		call(done)
		return true
	}
	once := oncer(done)
	return w.give(&Object{
		Path: full, Name: memberName(w.root, archive, relName(w.root, archive), name), Root: w.root, Size: size, Key: ParseKey(name),
		release: once,
		open:    func(context.Context) (io.ReadCloser, error) { return closer{r, once}, nil },
	})
}

// relName is the archive's own name below the PATH.
func relName(root, archive string) string {
	rel := strings.TrimPrefix(archive, strings.TrimSuffix(root, string(os.PathSeparator)))
	return strings.TrimPrefix(strings.ReplaceAll(rel, string(os.PathSeparator), "/"), "/")
}

var errTooLarge = errors.New("the archive inflates to more than the limit; raise --max-inflated if it is genuine")

// bounded ends a layer that inflates without end.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
