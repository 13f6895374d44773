package layer

import (
	"bytes"
	"compress/bzip2"
	"fmt"
	"io"
	"strings"
)

// What follows "BZh" and a digit: a block, or the end of an empty stream.
var bzip2Marks = [][]byte{{0x31, 0x41, 0x59, 0x26, 0x53, 0x59}, {0x17, 0x72, 0x45, 0x38, 0x50, 0x90}}

func isBzip2(head []byte) bool {
	if len(head) < 4 || !bytes.HasPrefix(head, []byte("BZh")) || head[3] < '1' || head[3] > '9' {
		return false
	}
	rest := head[4:min(len(head), 10)]
	return bytes.HasPrefix(bzip2Marks[0], rest) || bytes.HasPrefix(bzip2Marks[1], rest)
}

// NewBzip2 inflates all streams of a bzip2 file. It holds one block, 900 kB at
// most, and four bytes for each of its.
func NewBzip2(r io.Reader) io.Reader {
	s := newSource(r)
	return &bzip2Reader{s, bzip2.NewReader(s)}
}

type bzip2Reader struct {
	src *source
	r   io.Reader
}

func (b *bzip2Reader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF {
		err = b.src.cause(bzip2Damage(err))
	}
	return n, err
}

// bzip2Damage tells the standard library's errors apart, which are texts.
func bzip2Damage(err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "checksum"):
		return ErrChecksum
	case strings.Contains(text, "continuation"):
		return ErrTrailing
	default:
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
}
