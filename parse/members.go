package parse

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// members inflates all members of a gzip stream and refuses anything else
// behind them, zeros included: what no tool shows must not hide in evidence.
type members struct {
	d    *Decoder
	src  *bufio.Reader
	open bool
	n    *int
}

func (m *members) Read(p []byte) (int, error) {
	for {
		if !m.open {
			if err := m.next(); err != nil {
				return 0, err
			}
		}
		n, err := m.d.gz.Read(p)
		if err == io.EOF {
			m.open = false
			err = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// next opens the next member; io.EOF means that there is none.
func (m *members) next() error {
	head, err := m.src.Peek(2)
	switch {
	case len(head) == 0 && err == io.EOF && *m.n > 0:
		return io.EOF
	case len(head) == 0 && err != io.EOF:
		return err
	case *m.n > 0 && (len(head) < 2 || head[0] != 0x1f || head[1] != 0x8b):
		return &Error{Err: ErrTrailing, Offset: -1, Fatal: true}
	}
	if m.d.gz == nil {
		m.d.gz = new(gzip.Reader)
	}
	if err := m.d.gz.Reset(m.src); err != nil {
		return early(err)
	}
	m.d.gz.Multistream(false)
	m.open = true
	*m.n++
	return nil
}

// early: a header that is cut off is a truncation like any other.
func early(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// zstdWindow bounds what a zstd frame may make us hold.
const zstdWindow = 128 << 20

// frames inflates all frames of a zstd stream.
type frames struct {
	d      *Decoder
	src    io.Reader
	opened bool
}

func (f *frames) Read(p []byte) (int, error) {
	if !f.opened {
		if err := f.open(); err != nil {
			return 0, err
		}
	}
	n, err := f.d.zst.Read(p)
	if errors.Is(err, zstd.ErrMagicMismatch) {
		err = &Error{Err: ErrTrailing, Offset: -1, Fatal: true}
	}
	return n, err
}

func (f *frames) open() (err error) {
	f.opened = true
	if f.d.zst == nil {
		f.d.zst, err = zstd.NewReader(f.src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
		return err
	}
	return f.d.zst.Reset(f.src)
}

var zstdErrors = []error{
	zstd.ErrReservedBlockType, zstd.ErrCompressedSizeTooBig, zstd.ErrBlockTooSmall, zstd.ErrUnexpectedBlockSize,
	zstd.ErrMagicMismatch, zstd.ErrWindowSizeTooSmall, zstd.ErrDecoderSizeExceeded,
	zstd.ErrUnknownDictionary, zstd.ErrFrameSizeExceeded, zstd.ErrFrameSizeMismatch,
}

func isZstdError(err error) bool {
	for _, e := range zstdErrors {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
