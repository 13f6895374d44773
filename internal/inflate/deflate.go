package inflate

import "encoding/binary"

// stream is how far a DEFLATE stream has been read and written.
//
//	0 ≤ in ≤ len(src), 0 ≤ base ≤ out ≤ len(dst), 0 ≤ n < 64
//
// The n lowest bits of buf are the bits of src before in that are not consumed
// yet; its other bits are zero.
type stream struct {
	src []byte
	in  int
	buf uint64
	n   uint

	dst  []byte
	out  int
	base int // where the member starts: no match reaches before it
}

// refill reads until more than 55 bits are there or src is exhausted.
func (s *stream) refill() {
	if len(s.src)-s.in >= 8 {
		s.buf |= binary.LittleEndian.Uint64(s.src[s.in:]) << (s.n & 63)
		s.in += int(63-s.n) >> 3
		s.n |= 56
		s.buf &= 1<<s.n - 1
		return
	}
	for s.n < 56 && s.in < len(s.src) {
		s.buf |= uint64(s.src[s.in]) << (s.n & 63)
		s.in++
		s.n += 8
	}
}

func (s *stream) drop(n uint) {
	s.buf >>= n & 63
	s.n -= n
}

// unread gives bytes back of which no bit was consumed.
func (s *stream) unread() {
	s.in -= int(s.n >> 3)
	s.n &= 7
	s.buf &= 1<<s.n - 1
}

// align skips to the next byte.
func (s *stream) align() {
	s.unread()
	s.buf, s.n = 0, 0
}

// offset is how far reading got, for errors: behind the last byte of which a
// bit was consumed.
func (s *stream) offset() int { return s.in - int(s.n>>3) }

func (s *stream) truncated() error { return &Error{Err: ErrTruncated, Offset: len(s.src)} }

func (s *stream) corrupt(detail string) error {
	return &Error{Err: ErrCorrupt, Offset: s.offset(), Detail: detail}
}

// blocks decodes up to and with the final block, and leaves in at the byte
// after it.
func (d *Decoder) blocks() error {
	for {
		if d.refill(); d.n < 3 {
			return d.truncated()
		}
		head := d.buf & 7
		d.drop(3)
		if err := d.block(head >> 1); err != nil {
			return err
		}
		if head&1 == 1 {
			d.align()
			return nil
		}
	}
}

// block decodes a block of one of the types of section 3.2.3.
func (d *Decoder) block(kind uint64) error {
	switch kind {
	case 0:
		return d.stored()
	case 1:
		return d.symbols(fixed())
	case 2:
		if err := d.readTables(); err != nil {
			return err
		}
		return d.symbols(&d.tables)
	}
	return d.corrupt("block of the reserved type")
}

// stored copies a stored block (section 3.2.4), as much of it as there is.
func (d *Decoder) stored() error {
	d.align()
	h := d.take(4)
	if h == nil {
		return d.truncated()
	}
	size := binary.LittleEndian.Uint16(h)
	if size != ^binary.LittleEndian.Uint16(h[2:]) {
		return d.corrupt("length of a stored block")
	}
	data := d.take(min(int(size), len(d.src)-d.in))
	for rest := data; len(rest) > 0; {
		if d.out == len(d.dst) {
			if err := d.grow(); err != nil {
				return err
			}
		}
		n := copy(d.dst[d.out:], rest)
		d.out, rest = d.out+n, rest[n:]
	}
	if len(data) < int(size) {
		return d.truncated()
	}
	return nil
}
