// Package layer inflates what evidence is compressed with besides gzip in
// memory, which is package inflate's: it tells compressions apart by their
// first bytes and reads xz and bzip2, all streams of them, in bounded memory.
//
// A file may be cut off anywhere, between two blocks too; that is
// ErrTruncated and never a sound end. Bytes behind the last stream are
// ErrTrailing: what no tool shows must not hide in evidence. An error of the
// reader below comes out as it is.
package layer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Kind is a compression.
type Kind int

const (
	None Kind = iota
	Gzip
	Zstd
	XZ
	Bzip2
)

var names = [...]string{"", "gzip", "zstd", "xz", "bzip2"}

// String gives the name that people use, "" for None.
func (k Kind) String() string { return names[k] }

// Errors of a layer. What is wrapped around them says more.
var (
	ErrTruncated = errors.New("the compressed data ends early")
	ErrCorrupt   = errors.New("damaged compressed data")
	ErrChecksum  = errors.New("wrong checksum")
	ErrTrailing  = errors.New("bytes after the end of the compressed stream")
)

// Unsupported is the error about what is sound for all that is known, and not
// read.
type Unsupported struct{ What, Hint string }

func (u *Unsupported) Error() string { return "not read: " + u.What }

// Of tells a compression by its first bytes. Ten are enough.
func Of(head []byte) Kind {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return Gzip
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}), len(head) > 3 && head[0]&0xf0 == 0x50 && bytes.HasPrefix(head[1:], []byte{0x2a, 0x4d, 0x18}):
		return Zstd // or a frame to be skipped before one, which pzstd writes
	case bytes.HasPrefix(head, xzMagic):
		return XZ
	case isBzip2(head):
		return Bzip2
	}
	return None
}

// source is what a layer reads from. It remembers how that ended, for decoders
// that call everything damage.
type source struct {
	r   *bufio.Reader
	err error
}

func newSource(r io.Reader) *source { return &source{r: bufio.NewReaderSize(r, 64<<10)} }

func (s *source) Read(p []byte) (n int, err error) {
	n, err = s.r.Read(p)
	s.err = err
	return n, err
}

func (s *source) ReadByte() (c byte, err error) {
	c, err = s.r.ReadByte()
	s.err = err
	return c, err
}

// cause says why reading on failed: the bytes below ended or could not be read,
// or else they are not what they should be.
func (s *source) cause(otherwise error) error {
	switch {
	case s.err == io.EOF:
		return ErrTruncated
	case s.err != nil:
		return s.err
	}
	return otherwise
}
