package source

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// sortBudget is how many bytes of a compressed tar are held to bring its
// members into the order of their names. What a responder packs by hand fits;
// beyond it the archive's own order has to do.
const sortBudget = 64 << 20

// memberCost is what a member counts besides its name and content, however
// empty it is: about what is held of it, which is also its header's size.
const memberCost = tarBlock

// stream yields what is in an archive that can only be read from its beginning
// to its end.
func (a *archive) stream(r io.Reader, kind archiveKind) bool {
	if kind.form == zipArchive {
		return a.zipStream(r)
	}
	inner, err := inflate(kind.layer, r)
	if err != nil {
		return a.fail(a.path, fmt.Errorf("the %s layer is damaged: %w", kind.layer, err))
	}
	return a.tarStream(inner)
}

// tarStream yields the members that fit the budget sorted. If there are more,
// the rest follows as it stands in the archive.
func (a *archive) tarStream(layer io.Reader) bool {
	limit := a.opts.MaxInflated
	if limit == 0 {
		limit = DefaultMaxArchive
	}
	layer = &bounded{ctx: a.ctx, r: layer, left: limit}
	r := tar.NewReader(layer)
	held, next, err := a.gather(r)
	a.loose = err == nil
	switch {
	case !a.giveAll(held):
		return false
	case err != nil:
		return a.tarEnd(layer, err)
	}
	return a.fail(a.path, ErrArchiveOrder) && a.tarRest(layer, r, next)
}

// gather holds members until the archive ends, which is an error, or the
// budget does: next is the first that did not fit.
func (a *archive) gather(r *tar.Reader) (held []member, next member, err error) {
	for left := int64(sortBudget); ; {
		m, err := a.nextWanted(r)
		if err != nil {
			return held, m, err
		}
		left -= memberCost + int64(len(m.name)+len(m.link)+len(m.to))
		if m.stored() > left {
			return held, m, nil
		}
		left -= m.stored()
		held = append(held, m.loaded(r))
	}
}

func (a *archive) nextWanted(r *tar.Reader) (member, error) {
	for {
		m, err := a.nextMember(r)
		if err != nil || m.err != nil || a.opts.wants(ParseKey(m.name)) {
			return m, err
		}
	}
}

// stored is how many bytes the content of m takes in the archive.
func (m member) stored() int64 {
	if m.err != nil || m.link+m.to != "" {
		return 0
	}
	return m.size
}

// loaded is m with its content in memory. Damage comes out behind the bytes
// that stand before it, and once more where the archive goes on.
func (m member) loaded(r io.Reader) member {
	if m.err != nil || m.link+m.to != "" {
		return m
	}
	body, err := io.ReadAll(r)
	m.size, m.held = int64(len(body)), int64(len(body))
	m.open = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(body), ending{err})), nil
	}
	return m
}

// ending is the end of a reader: an error, or none.
type ending struct{ err error }

func (e ending) Read([]byte) (int, error) {
	if e.err == nil {
		return 0, io.EOF
	}
	return 0, e.err
}

// tarRest yields the members from m on in the archive's order.
func (a *archive) tarRest(layer io.Reader, r *tar.Reader, m member) bool {
	for {
		if !a.giveNow(r, m) {
			return false
		}
		var err error
		if m, err = a.nextWanted(r); err != nil {
			return a.tarEnd(layer, err)
		}
	}
}

// liveSize is the size from which on a member is not held in memory.
const liveSize = 8 << 20

// giveNow yields a small member from memory, a large one as a live stream for
// which the walk waits.
func (a *archive) giveNow(r *tar.Reader, m member) bool {
	if m.link != "" {
		m.err = fmt.Errorf("a hard link to %s, and the archive is too large to go back to it", m.link)
	}
	if m.to != "" {
		m.err = fmt.Errorf("%w: a link to %s, and the archive is too large to look for it", ErrUnread, m.to)
	}
	if m.stored() <= liveSize {
		return a.give(m.loaded(r), nil)
	}
	m.open = func() (io.ReadCloser, error) { return io.NopCloser(r), nil }
	done := make(chan struct{})
	if !a.give(m, func() { close(done) }) {
		return false
	}
	select {
	case <-done:
		return true
	case <-a.ctx.Done():
		return false
	}
}

var errTooLarge = errors.New("the archive inflates to more than the limit; raise --max-inflated if it is genuine")

// bounded ends a layer that inflates without end, or with the walk, and knows
// one that inflates to nothing.
type bounded struct {
	ctx  context.Context
	r    io.Reader
	left int64
	some bool
}

func (b *bounded) Read(p []byte) (int, error) {
	switch {
	case b.ctx.Err() != nil:
		return 0, b.ctx.Err()
	case b.left <= 0:
		return 0, errTooLarge
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if b.some = b.some || n > 0; err == io.EOF && !b.some {
		err = errNothing
	}
	return n, err
}
