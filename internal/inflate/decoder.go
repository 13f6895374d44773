package inflate

import (
	"encoding/binary"
	"sync"
)

// Decoder decodes one input after the other and keeps its tables in between.
// Its zero value is ready. It belongs to one goroutine at a time.
type Decoder struct {
	stream
	plain    bool // never the fast loop; for tests
	limit    int
	members  int
	trailing int

	tables tables
	pre    preTable
	lens   [numLit + numDist]uint8
}

// Gzip decodes all members of src into dst[:0] and returns the result, which
// is at most limit bytes long. dst is used as far as its capacity goes,
// whatever its length, and what is between the length and the capacity of the
// result may have been written to; beyond that a new slice is allocated. src
// is only read, and neither is held on to. src and dst must not overlap.
//
// An error is an *Error. What was decoded before it is returned beside it: on
// ErrTrailing that is everything, on ErrChecksum everything up to the end of
// the member that does not match, on ErrLimit exactly limit bytes.
func (d *Decoder) Gzip(dst, src []byte, limit int) ([]byte, error) {
	return d.run(dst, src, limit, sizeHint(src), (*Decoder).gzip)
}

// Deflate decodes one raw DEFLATE stream, under the rules of Gzip.
func (d *Decoder) Deflate(dst, src []byte, limit int) ([]byte, error) {
	return d.run(dst, src, limit, 4*len(src), (*Decoder).deflate)
}

// Members is how many gzip members the last input held, sound to their ends.
func (d *Decoder) Members() int { return d.members }

// Trailing is how many bytes the last input had behind its end; with them the
// error was ErrTrailing.
func (d *Decoder) Trailing() int { return d.trailing }

var pool = sync.Pool{New: func() any { return new(Decoder) }}

// Gzip is Decoder.Gzip with a Decoder from a pool.
func Gzip(dst, src []byte, limit int) ([]byte, error) {
	d := pool.Get().(*Decoder)
	defer pool.Put(d)
	return d.Gzip(dst, src, limit)
}

// Deflate is Decoder.Deflate with a Decoder from a pool.
func Deflate(dst, src []byte, limit int) ([]byte, error) {
	d := pool.Get().(*Decoder)
	defer pool.Put(d)
	return d.Deflate(dst, src, limit)
}

// run decodes with f and lets go of src and dst afterwards.
func (d *Decoder) run(dst, src []byte, limit, hint int, f func(*Decoder) error) ([]byte, error) {
	d.limit, d.members, d.trailing = max(limit, 0), 0, 0
	d.stream = stream{src: src}
	d.use(dst)
	if want := min(hint, d.limit); want > cap(dst) {
		d.use(make([]byte, want+slack))
	}
	err := f(d)
	out := d.dst[:d.out]
	d.stream = stream{}
	return out, err
}

// slack is allocated beyond what the output is expected to be, so that the
// fast loop can run to its end.
const slack = 512

// trusted is up to which ratio a claim about the inflated size is believed
// before anything was decoded. Logs reach a tenth of it; what truly inflates
// further has its buffer doubled on the way.
const trusted = 64

// sizeHint is the inflated size as the last member's trailer gives it: modulo
// 2^32, only of that member, and anything at all in a forged file.
func sizeHint(src []byte) int {
	if len(src) < trailerSize {
		return 0
	}
	n := binary.LittleEndian.Uint32(src[len(src)-4:])
	return int(min(uint64(n), trusted*uint64(len(src))))
}

// use takes b, as far as the limit allows, to decode into.
func (d *Decoder) use(b []byte) { d.dst = b[:min(cap(b), d.limit)] }

// grow makes room behind the full dst.
func (d *Decoder) grow() error {
	if len(d.dst) == d.limit {
		return &Error{Err: ErrLimit, Offset: d.offset()}
	}
	b := make([]byte, min(2*len(d.dst)+slack, d.limit))
	copy(b, d.dst[:d.out])
	d.use(b)
	return nil
}
