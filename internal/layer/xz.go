package layer

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"

	"github.com/ulikunitz/xz/lzma"
)

// The container is read here and only its LZMA2 data by the library: that one
// takes a file for sound that is cut off between two blocks, makes a dictionary
// as large as a header asks for, and keeps a list of all blocks. What is checked
// is section by section what the .xz file format 1.2.1 says, at
// https://tukaani.org/xz/xz-file-format.txt.

var (
	xzMagic       = []byte{0xfd, '7', 'z', 'X', 'Z', 0x00}
	xzFooterMagic = []byte("YZ")
)

// MaxDictionary bounds what an .xz file may make us hold: what xz -9 writes
// passes.
const MaxDictionary = 64 << 20

// xzReader inflates all streams of an .xz file, with padding between them.
type xzReader struct {
	src     *source
	flags   byte // of the stream: which check its blocks have
	block   *xzBlock
	index   tally
	streams int
	open    bool // a stream is
	err     error
	largest int64 // no block is larger than this, or it is not what the index says
}

// NewXZ inflates all streams of an .xz file. Where r is the whole file, and not
// read from yet, its end is looked at too: a small file needs no dictionary of
// 8 MiB, however it was packed.
func NewXZ(r io.Reader) io.Reader {
	x := &xzReader{src: newSource(r), largest: MaxDictionary}
	if whole, ok := r.(interface {
		io.ReaderAt
		Size() int64
	}); ok {
		x.largest = min(x.largest, largestBlock(whole, whole.Size()))
	}
	return x
}

func (x *xzReader) Read(p []byte) (n int, err error) {
	for x.err == nil && n == 0 && len(p) > 0 {
		if x.block == nil {
			x.err = x.next()
			continue
		}
		n, x.err = x.block.Read(p)
		if x.err == io.EOF {
			x.err = x.closeBlock()
		}
	}
	if n > 0 {
		return n, nil
	}
	return 0, x.err
}

// next goes to the next block, over the end of a stream if need be; io.EOF is
// the end of the last.
func (x *xzReader) next() error {
	if !x.open {
		return x.stream()
	}
	size, err := x.src.ReadByte()
	switch {
	case err != nil:
		return x.src.cause(nil)
	case size == 0:
		x.open = false
		return x.closeStream()
	}
	return x.openBlock(size)
}

// stream reads a stream header (2.1.1), after any padding (2.2).
func (x *xzReader) stream() error {
	head := make([]byte, 12)
	for {
		n, err := io.ReadFull(x.src, head[:4])
		switch {
		case n == 0 && err == io.EOF && x.streams > 0:
			return io.EOF
		case x.streams > 0 && err == nil && binary.LittleEndian.Uint32(head) == 0:
			continue
		case x.streams > 0 && !bytes.HasPrefix(xzMagic, head[:min(n, 4)]):
			return ErrTrailing
		case err != nil:
			return x.src.cause(nil)
		}
		break
	}
	if err := x.full(head[4:]); err != nil {
		return err
	}
	switch {
	case !bytes.Equal(head[:6], xzMagic):
		return corrupt("no stream header")
	case crc32.ChecksumIEEE(head[6:8]) != binary.LittleEndian.Uint32(head[8:]):
		return fmt.Errorf("%w of a stream header", ErrChecksum)
	case head[6] != 0 || head[7] > 0x0f:
		return unsupported("stream flags of a later version")
	case newCheck(head[7]) == nil:
		return unsupported("a check that xz does not define yet")
	}
	x.flags, x.index, x.open = head[7], newTally(), true
	x.streams++
	return nil
}

// full reads all of p.
func (x *xzReader) full(p []byte) error {
	if _, err := io.ReadFull(x.src, p); err != nil {
		return x.src.cause(err)
	}
	return nil
}

func corrupt(what string) error { return fmt.Errorf("%w: %s", ErrCorrupt, what) }

func unsupported(what string) error {
	return &Unsupported{"xz with " + what, "decompress it with xz -dk and name the result"}
}

// newCheck makes the check of a block (2.1.1.2), nil for what is reserved.
func newCheck(flags byte) hash.Hash {
	switch flags {
	case 0x00:
		return none{}
	case 0x01:
		return reversed{crc32.NewIEEE()}
	case 0x04:
		return reversed{crc64.New(crc64.MakeTable(crc64.ECMA))}
	case 0x0a:
		return sha256.New()
	}
	return nil
}

// reversed is a sum that is stored with its lowest byte first.
type reversed struct{ hash.Hash }

func (r reversed) Sum(b []byte) []byte {
	sum := r.Hash.Sum(nil)
	for i := range sum {
		b = append(b, sum[len(sum)-1-i])
	}
	return b
}

// none is no check.
type none struct{}

func (none) Write(p []byte) (int, error) { return len(p), nil }
func (none) Sum(b []byte) []byte         { return b }
func (none) Reset()                      {}
func (none) Size() int                   { return 0 }
func (none) BlockSize() int              { return 1 }

// xzBlock is a block that is being read (3).
type xzBlock struct {
	data             io.Reader
	stored           *counting
	check            hash.Hash
	header           int64 // its length
	n                int64 // bytes of content
	packed, unpacked int64 // what the header promises, -1 when it does not
}

// counting counts what is read of a source.
type counting struct {
	*source
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.source.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counting) ReadByte() (byte, error) {
	b, err := c.source.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

// openBlock reads a block header, whose first byte is size (3.1).
func (x *xzReader) openBlock(size byte) error {
	head := make([]byte, (int(size)+1)*4)
	head[0] = size
	if err := x.full(head[1:]); err != nil {
		return err
	}
	body, sum := head[:len(head)-4], head[len(head)-4:]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(sum) {
		return fmt.Errorf("%w of a block header", ErrChecksum)
	}
	b := &xzBlock{header: int64(len(head)), check: newCheck(x.flags), stored: &counting{source: x.src}}
	dictionary, err := b.parse(body)
	if err != nil {
		return err
	}
	dictionary = max(min(dictionary, x.largest), lzma.MinDictCap)
	data, err := lzma.Reader2Config{DictCap: int(dictionary)}.NewReader2(b.stored)
	if err != nil {
		return x.src.cause(corrupt(err.Error()))
	}
	b.data, x.block = data, b
	return nil
}

// parse reads what a block header says, and gives the size of the dictionary.
func (b *xzBlock) parse(head []byte) (dictionary int64, err error) {
	const hasPacked, hasUnpacked, reserved, filters = 0x40, 0x80, 0x3c, 0x03
	flags, rest := head[1], head[2:]
	if flags&reserved != 0 {
		return 0, unsupported("block flags of a later version")
	}
	if b.packed, rest, err = optional(rest, flags&hasPacked != 0); err != nil {
		return 0, err
	}
	if b.unpacked, rest, err = optional(rest, flags&hasUnpacked != 0); err != nil {
		return 0, err
	}
	if flags&filters != 0 || len(rest) > 0 && rest[0] != 0x21 {
		return 0, unsupported("another filter than LZMA2")
	}
	if len(rest) < 3 || rest[1] != 1 {
		return 0, corrupt("a filter is cut off")
	}
	if len(bytes.Trim(rest[3:], "\x00")) > 0 {
		return 0, corrupt("padding that is not empty")
	}
	dictionary, err = lzma.DecodeDictCap(rest[2])
	switch {
	case err != nil:
		return 0, corrupt("no size of a dictionary")
	case dictionary > MaxDictionary:
		return 0, unsupported(fmt.Sprintf("a dictionary of %d MiB, more than %d MiB", dictionary>>20, MaxDictionary>>20))
	}
	return dictionary, nil
}

// optional reads a number that may be there, else -1.
func optional(b []byte, there bool) (int64, []byte, error) {
	if !there {
		return -1, b, nil
	}
	v, n := binary.Uvarint(b)
	if n <= 0 || n > 9 {
		return 0, b, corrupt("a size in a block header")
	}
	return int64(v), b[n:], nil
}

func (b *xzBlock) Read(p []byte) (int, error) {
	n, err := b.data.Read(p)
	b.check.Write(p[:n])
	b.n += int64(n)
	if err != nil && err != io.EOF {
		err = b.stored.cause(corrupt(err.Error()))
	}
	return n, err
}

// closeBlock reads what follows the data of a block: padding and its check.
func (x *xzReader) closeBlock() error {
	b := x.block
	x.block = nil
	rest := make([]byte, int(-b.stored.n&3)+b.check.Size())
	if err := x.full(rest); err != nil {
		return err
	}
	padding, sum := rest[:-b.stored.n&3], rest[-b.stored.n&3:]
	switch {
	case b.packed >= 0 && b.packed != b.stored.n, b.unpacked >= 0 && b.unpacked != b.n:
		return fmt.Errorf("%w: a block is not as long as it says", ErrChecksum)
	case len(bytes.Trim(padding, "\x00")) > 0:
		return corrupt("padding that is not empty")
	case !bytes.Equal(sum, b.check.Sum(nil)):
		return fmt.Errorf("%w of a block", ErrChecksum)
	}
	x.index.add(uint64(b.header+b.stored.n)+uint64(len(sum)), uint64(b.n))
	return nil
}

// tally is what an index says: how many blocks there are, and their lengths,
// of which a hash is enough to compare them.
type tally struct {
	blocks uint64
	sizes  hash.Hash
}

func newTally() tally { return tally{sizes: sha256.New()} }

func (t *tally) add(packed, unpacked uint64) {
	t.blocks++
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], packed)
	binary.LittleEndian.PutUint64(b[8:], unpacked)
	t.sizes.Write(b[:])
}

func (t *tally) equal(o *tally) bool {
	return t.blocks == o.blocks && bytes.Equal(t.sizes.Sum(nil), o.sizes.Sum(nil))
}

// closeStream reads the index, whose first byte has been read, and the footer
// (4, 2.1.2).
func (x *xzReader) closeStream() error {
	in := &summed{src: &counting{source: x.src}, sum: crc32.Update(0, crc32.IEEETable, []byte{0})}
	said, err := in.index(x.index.blocks)
	if err != nil {
		return x.src.cause(err)
	}
	sum, footer := make([]byte, 4), make([]byte, 12)
	if err := x.full(sum); err != nil {
		return err
	}
	if err := x.full(footer); err != nil {
		return err
	}
	length := (uint64(binary.LittleEndian.Uint32(footer[4:])) + 1) * 4
	switch {
	case binary.LittleEndian.Uint32(sum) != in.sum:
		return fmt.Errorf("%w of the index", ErrChecksum)
	case !said.equal(&x.index):
		return fmt.Errorf("%w: the index is not that of the blocks", ErrChecksum)
	case !bytes.Equal(footer[10:], xzFooterMagic), footer[8] != 0, footer[9] != x.flags:
		return corrupt("no stream footer")
	case binary.LittleEndian.Uint32(footer) != crc32.ChecksumIEEE(footer[4:10]):
		return fmt.Errorf("%w of the stream footer", ErrChecksum)
	case length != uint64(1+in.src.n+4):
		return corrupt("the footer is not that of the index")
	}
	return nil
}

// summed reads an index and its sum.
type summed struct {
	src *counting
	sum uint32
}

func (s *summed) ReadByte() (byte, error) {
	b, err := s.src.ReadByte()
	if err == nil {
		s.sum = crc32.Update(s.sum, crc32.IEEETable, []byte{b})
	}
	return b, err
}

func (s *summed) number() (uint64, error) {
	n, err := binary.ReadUvarint(s)
	if err != nil {
		err = corrupt("a size in the index")
	}
	return n, err
}

// index reads the records of an index that should have so many.
func (s *summed) index(blocks uint64) (tally, error) {
	said := newTally()
	n, err := s.number()
	if err != nil {
		return said, err
	}
	if n != blocks {
		return said, fmt.Errorf("%w: the index is not that of the blocks", ErrChecksum)
	}
	for range n {
		packed, err := s.number()
		if err != nil {
			return said, err
		}
		unpacked, err := s.number()
		if err != nil {
			return said, err
		}
		said.add(packed, unpacked)
	}
	for (s.src.n+1)&3 != 0 {
		if b, err := s.ReadByte(); err != nil || b != 0 {
			return said, corrupt("padding that is not empty")
		}
	}
	return said, nil
}
