package inflate

// What ended the fast loop.
const (
	fastMargin  = iota // too close to the end of src or dst
	fastEnd            // the end of the block
	fastUnknown        // a code without a meaning
	fastFar            // a distance that reaches before the start
)

// symbols decodes a block's symbols: with the fast loop where its margins
// allow, else carefully.
func (d *Decoder) symbols(t *tables) error {
	for {
		if !d.plain {
			switch d.fast(t) {
			case fastEnd:
				return nil
			case fastUnknown:
				return d.unknown()
			case fastFar:
				return d.far()
			}
		}
		if end, err := d.careful(t); end || err != nil {
			return err
		}
	}
}

func (d *Decoder) unknown() error { return d.corrupt("code without a meaning") }
func (d *Decoder) far() error     { return d.corrupt("distance reaches before the start") }

// carefulTurns is after how many symbols the fast loop is tried again: dst may
// have grown meanwhile.
const carefulTurns = 64

// careful decodes some symbols. end means that the block ended.
func (d *Decoder) careful(t *tables) (end bool, err error) {
	for range carefulTurns {
		d.refill() // 48 bits are the most that a turn takes
		e, extra, ok := d.next(t.lit[:], litBits)
		switch {
		case !ok:
			return false, d.truncated()
		case e&flagLit != 0:
			err = d.literal(byte(e >> 16))
		case e&flagEnd != 0:
			return true, nil
		case e&flagRare != 0:
			err = d.unknown()
		default:
			err = d.match(int(e>>16)+extra, t)
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// next consumes a symbol and its extra bits. If src ends within them, ok is
// false: the zeros that stand for missing bits can only make a code appear
// shorter than it is, so one that fits what is there is the right one.
func (d *Decoder) next(table []uint32, tableBits uint) (e uint32, extra int, ok bool) {
	e = table[d.buf&(1<<tableBits-1)]
	if e&(flagLit|flagRare|flagSub) == flagRare|flagSub {
		if d.n < tableBits {
			return 0, 0, false
		}
		d.drop(tableBits)
		e = table[uint64(e>>16)+d.buf&(1<<(e>>8&15)-1)]
	}
	total, code := uint(e&63), uint(e>>8&15)
	if d.n < total {
		return 0, 0, false
	}
	if e&flagLit == 0 {
		extra = int(d.buf & (1<<total - 1) >> code)
	}
	d.drop(total)
	return e, extra, true
}

func (d *Decoder) literal(b byte) error {
	if d.out == len(d.dst) {
		if err := d.grow(); err != nil {
			return err
		}
	}
	d.dst[d.out] = b
	d.out++
	return nil
}

// match reads the distance of a match and copies it.
func (d *Decoder) match(length int, t *tables) error {
	e, extra, ok := d.next(t.dist[:], distBits)
	if !ok {
		return d.truncated()
	}
	if e&flagRare != 0 {
		return d.unknown()
	}
	distance := int(e>>16) + extra
	if distance > d.out-d.base {
		return d.far()
	}
	for length > 0 {
		if d.out == len(d.dst) {
			if err := d.grow(); err != nil {
				return err
			}
		}
		length -= d.copyMatch(distance, length)
	}
	return nil
}

// copyMatch appends up to length bytes from distance back, as many as fit.
func (s *stream) copyMatch(distance, length int) int {
	length = min(length, len(s.dst)-s.out)
	from := s.dst[s.out-distance : s.out-distance+length]
	to := s.dst[s.out : s.out+length]
	if distance >= length {
		copy(to, from)
	} else {
		for i := range to {
			to[i] = from[i]
		}
	}
	s.out += length
	return length
}
