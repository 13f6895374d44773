package parse

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"ctlog/internal/inflate"
	"ctlog/internal/layer"
)

// Compression is how an object's content is stored.
type Compression = layer.Kind

const (
	Plain = layer.None
	Gzip  = layer.Gzip
	Zstd  = layer.Zstd
	XZ    = layer.XZ
	Bzip2 = layer.Bzip2
)

// wholeStored is up to how many stored bytes an object is read in one piece.
// Anything larger inflates to more than Limits.Whole anyhow, or is plain and
// then streams as well as not.
const wholeStored = 16 << 20

// Decoder opens objects one after the other and owns the buffers that they are
// read and inflated into. It belongs to one goroutine.
type Decoder struct {
	limits  Limits
	stored  []byte // as read
	out     []byte // as inflated
	window  []byte // for bodies that stream
	split   split  // of a body
	step    int    // how large the window begins; tests make it tiny
	src     *bufio.Reader
	inflate inflate.Decoder
	gz      *gzip.Reader
	zst     *zstd.Decoder
}

// NewDecoder makes a Decoder; fields of l that are zero mean the defaults.
func NewDecoder(l Limits) *Decoder { return &Decoder{limits: l.filled(), step: windowStart} }

// Body is one object's inflated content. It is valid until the next Open of
// its Decoder.
type Body struct {
	d           *Decoder
	compression Compression
	members     int // gzip members

	content []byte    // all of it, when stream is nil
	buffer  *[]byte   // the Decoder's, in which the content lies
	stream  io.Reader // the rest, when the body did not fit
	damage  error     // what ended the content early, once known

	others        Others
	remark        string
	tried, parted bool // see split
	indexed       bool // see Index

	n     int64
	hash  hash.Hash // nil when it was not asked for
	begun bool      // the buffer has been hashed
	sum   [sha256.Size]byte
}

// Open reads and inflates an object, or as much of it as Limits.Whole allows;
// stored is its size, -1 when unknown. With hash set Sum can be asked for. Damage is not an error of Open: what came before it can
// be iterated, and then the damage comes out.
func (d *Decoder) Open(r io.Reader, stored int64, hash bool) (*Body, error) {
	b := &Body{d: d}
	if hash {
		b.hash = sha256.New()
	}
	head, rest, err := d.read(r, stored)
	if err != nil && len(head) == 0 {
		return nil, &Error{Err: ErrRead, Offset: -1, Detail: err.Error(), Fatal: true}
	}
	if len(head) == 0 {
		return nil, &Error{Err: ErrEmpty, Offset: -1, Fatal: true}
	}
	src := io.Reader(bytes.NewReader(head))
	if err != nil {
		rest = unread{err}
	}
	if rest != nil {
		src = io.MultiReader(src, rest)
	}
	b.compression = layer.Of(head)
	if b.compression == Plain && rest == nil {
		b.whole(&d.stored)
		return b, nil
	}
	if b.compression == Gzip && rest == nil && b.inWhole(head) {
		return b, nil
	}
	b.fill(&counted{r: d.inflater(b, src), left: d.limits.Inflated, limit: d.limits.Inflated}, hint(b.compression, head, rest == nil))
	return b, nil
}

// lineWhole is Limits.Whole for files of lines, which nobody wants as one slice.
const lineWhole = 1 << 20

// OpenLines is Open for a file of many short documents, a line each: it holds
// little of it at a time, however large it is.
func (d *Decoder) OpenLines(r io.Reader, stored int64, hash bool) (*Body, error) {
	whole := d.limits.Whole
	d.limits.Whole = min(whole, lineWhole)
	defer func() { d.limits.Whole = whole }()
	return d.Open(r, stored, hash)
}

// inWhole inflates an object that is in memory as one piece, the fast way for
// almost every file. It reports false when the content does not fit, and
// nothing has been taken then.
func (b *Body) inWhole(stored []byte) bool {
	d := b.d
	limit := min(d.limits.Whole, d.limits.Inflated)
	out, err := d.inflate.Gzip(d.out, stored, int(limit))
	d.out = out
	if errors.Is(err, inflate.ErrLimit) {
		return false
	}
	b.members = d.inflate.Members()
	b.whole(&d.out)
	b.damage = damageOf(err)
	return true
}

// unread is the rest of an object that could not be read.
type unread struct{ err error }

func (r unread) Read([]byte) (int, error) { return 0, r.err }

// read reads the stored bytes into d.stored. rest is nil when they are all
// there; err is what ended the reading otherwise.
func (d *Decoder) read(r io.Reader, stored int64) (head []byte, rest io.Reader, err error) {
	want := int64(64 << 10)
	if stored >= 0 {
		want = stored + 1 // one more, to see the end without another turn
	}
	d.stored = slices.Grow(d.stored[:0], int(min(want, wholeStored)))
	for len(d.stored) < wholeStored {
		n, err := r.Read(d.stored[len(d.stored):min(cap(d.stored), wholeStored)])
		d.stored = d.stored[:len(d.stored)+n]
		if err == io.EOF {
			return d.stored, nil, nil
		}
		if err != nil {
			return d.stored, nil, err
		}
		if len(d.stored) == cap(d.stored) {
			d.stored = slices.Grow(d.stored, 1)
		}
	}
	return d.stored, r, nil
}

// hint guesses the inflated size: gzip says it in its last four bytes, modulo
// 2^32 and for the last member only, and may lie.
func hint(c Compression, head []byte, complete bool) int64 {
	if c != Gzip || !complete || len(head) < 18 {
		return 0
	}
	return int64(binary.LittleEndian.Uint32(head[len(head)-4:]))
}

// inflater gives the content of src.
func (d *Decoder) inflater(b *Body, src io.Reader) io.Reader {
	switch b.compression {
	case Gzip:
		return &members{d: d, src: d.buffer(src), n: &b.members}
	case Zstd:
		return &frames{d: d, src: src}
	case XZ:
		return layer.NewXZ(src)
	case Bzip2:
		return layer.NewBzip2(src)
	}
	return src
}

func (d *Decoder) buffer(r io.Reader) *bufio.Reader {
	if d.src == nil {
		d.src = bufio.NewReaderSize(nil, 64<<10)
	}
	d.src.Reset(r)
	return d.src
}

// whole takes the content of a buffer, which is all of it or its beginning.
func (b *Body) whole(buffer *[]byte) {
	b.content, b.buffer, b.n = *buffer, buffer, int64(len(*buffer))
}

// maxRatio is the best that DEFLATE can do: 258 bytes for two bits.
const maxRatio = 1032

// fill inflates up to Limits.Whole bytes; what is beyond them stays a stream.
func (b *Body) fill(r *counted, hint int64) {
	d := b.d
	if stored := int64(len(d.stored)); hint > stored*maxRatio {
		hint = 0 // it lies
	}
	d.out = slices.Grow(d.out[:0], int(min(max(hint+1, 4<<10), d.limits.Whole+1)))
	for int64(len(d.out)) <= d.limits.Whole {
		n, err := r.Read(d.out[len(d.out):cap(d.out)])
		d.out = d.out[:len(d.out)+n]
		if err != nil {
			b.whole(&d.out)
			b.damage = damageOf(err)
			return
		}
		if len(d.out) == cap(d.out) {
			d.out = slices.Grow(d.out, 1)
		}
	}
	b.whole(&d.out)
	b.stream = r
}

// damageOf turns the end of inflating into an *Error, nil for a sound end.
func damageOf(err error) error {
	if err == io.EOF || err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var corrupt flate.CorruptInputError
	var unsupported *layer.Unsupported
	switch {
	case errors.As(err, &unsupported):
		return &Error{Err: ErrFormat, Offset: -1, Detail: unsupported.What, Hint: unsupported.Hint, Fatal: true}
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return &Error{Err: ErrFormat, Offset: -1, Detail: "zstd with a window of more than 128 MiB", Hint: "compress it again without --long or --ultra", Fatal: true}
	case errors.Is(err, inflate.ErrTrailing), errors.Is(err, layer.ErrTrailing):
		return &Error{Err: ErrTrailing, Offset: -1, Fatal: true}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, inflate.ErrTruncated), errors.Is(err, layer.ErrTruncated):
		return &Error{Err: ErrTruncated, Offset: -1, Detail: "the compressed data ends early", Fatal: true}
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, inflate.ErrChecksum), errors.Is(err, layer.ErrChecksum), errors.Is(err, zstd.ErrCRCMismatch):
		return &Error{Err: ErrChecksum, Offset: -1, Fatal: true}
	case errors.As(err, &corrupt), errors.Is(err, inflate.ErrCorrupt), errors.Is(err, inflate.ErrNotGzip), errors.Is(err, gzip.ErrHeader), errors.Is(err, layer.ErrCorrupt), isZstdError(err):
		return &Error{Err: ErrCorrupt, Offset: -1, Fatal: true}
	}
	return &Error{Err: ErrRead, Offset: -1, Detail: err.Error(), Fatal: true}
}

// counted ends a bomb.
type counted struct {
	r           io.Reader
	left, limit int64
}

func (c *counted) Read(p []byte) (int, error) {
	if c.left == 0 {
		if n, err := c.r.Read(make([]byte, 1)); n == 0 {
			return 0, err
		}
		return 0, &Error{Err: ErrTooLarge, Offset: -1, Detail: fmt.Sprintf("it inflates to more than %d bytes", c.limit), Limit: c.limit, Fatal: true}
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// read gives more of a streaming body.
func (b *Body) read(p []byte) (int, error) {
	n, err := b.stream.Read(p)
	b.n += int64(n)
	if b.hash != nil {
		b.begin()
		b.hash.Write(p[:n])
	}
	if err != nil {
		b.stream, b.damage = nil, damageOf(err)
	}
	return n, err
}

// Compression tells how the object was stored.
func (b *Body) Compression() Compression { return b.compression }

// Members is how many gzip members have been read so far. CloudTrail writes
// one; more of them mean that something was appended.
func (b *Body) Members() int { return b.members }

// Whole gives the content when it is held as one slice and free of damage.
func (b *Body) Whole() ([]byte, bool) {
	return b.content, b.stream == nil && b.damage == nil && b.n == int64(len(b.content))
}

// Array reports whether the content begins as a JSON array does. It is to be asked
// before the content is gone through.
func (b *Body) Array() bool {
	head := bytes.TrimPrefix(b.content, []byte("\xef\xbb\xbf"))
	i := space(head, 0)
	return i < len(head) && head[i] == '['
}

// Remark is what is to be known of the events that the iteration gave; "" when
// they are as they were delivered.
func (b *Body) Remark() string { return b.remark }

// Streams reports whether there is more content than is held in memory.
func (b *Body) Streams() bool { return b.stream != nil }

// Inflated is how many bytes of content have been seen so far.
func (b *Body) Inflated() int64 { return b.n }

// Drain reads what the iteration has left unread and returns what was wrong
// with the object's storage: nil means that it was sound to its last byte.
func (b *Body) Drain() error {
	for b.stream != nil {
		if len(b.d.window) == 0 {
			b.d.window = make([]byte, windowStart)
		}
		b.read(b.d.window)
	}
	return b.damage
}

// Sum is the SHA-256 of the inflated content. It is known once the body has
// been read to a sound end, and only if Open was asked for it.
func (b *Body) Sum() (sum [sha256.Size]byte, ok bool) {
	if b.hash == nil || b.stream != nil || b.damage != nil {
		return sum, false
	}
	b.begin()
	b.hash.Sum(b.sum[:0])
	return b.sum, true
}

// begin hashes what is in the buffer: everything, or what is before the stream.
func (b *Body) begin() {
	if !b.begun {
		b.begun = true
		b.hash.Write(*b.buffer)
	}
}
