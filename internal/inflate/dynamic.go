package inflate

// preOrder is the order in which the lengths of the code length code come.
var preOrder = [numPre]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readTables reads the codes at the head of a dynamic block (RFC 1951, section
// 3.2.7) into d.tables.
func (d *Decoder) readTables() error {
	if d.refill(); d.n < 14 {
		return d.truncated()
	}
	lits, dists, pres := int(d.buf&31)+257, int(d.buf>>5&31)+1, int(d.buf>>10&15)+4
	d.drop(14)
	if lits > numLit || dists > numDist {
		return d.corrupt("too many codes")
	}
	if err := d.readPre(pres); err != nil {
		return err
	}
	if err := d.readLens(lits + dists); err != nil {
		return err
	}
	if !build(d.tables.lit[:], litBits, d.lens[:lits], litEntry[:]) {
		return d.corrupt("literal and length code")
	}
	if !build(d.tables.dist[:], distBits, d.lens[lits:lits+dists], distEntry[:]) {
		return d.corrupt("distance code")
	}
	return nil
}

// readPre reads the code in which the lengths of the two others are written.
func (d *Decoder) readPre(pres int) error {
	var lens [numPre]uint8
	for _, sym := range preOrder[:pres] {
		if d.n < 3 {
			if d.refill(); d.n < 3 {
				return d.truncated()
			}
		}
		lens[sym] = uint8(d.buf & 7)
		d.drop(3)
	}
	if !build(d.pre[:], preBits, lens[:], preEntry[:]) {
		return d.corrupt("code length code")
	}
	return nil
}

// readLens reads the code lengths of both codes, which are one sequence of n.
func (d *Decoder) readLens(n int) error {
	for i := 0; i < n; {
		if d.n < preBits+7 {
			d.refill()
		}
		e := d.pre[d.buf&(1<<preBits-1)]
		if uint(e&255) > d.n {
			return d.truncated()
		}
		d.drop(uint(e & 255))
		if e&flagRare != 0 {
			return d.corrupt("code length without a meaning")
		}
		if sym := e >> 16; sym < 16 {
			d.lens[i] = uint8(sym)
			i++
			continue
		}
		rep, err := d.readRepeat(e>>16, i)
		if err != nil {
			return err
		}
		if i+rep > n {
			return d.corrupt("too many code lengths")
		}
		var v uint8
		if e>>16 == 16 {
			v = d.lens[i-1]
		}
		for j := range d.lens[i : i+rep] {
			d.lens[i+j] = v
		}
		i += rep
	}
	return nil
}

// repeats are the symbols 16, 17 and 18.
var repeats = [3]struct {
	bits uint
	base int
}{{2, 3}, {3, 3}, {7, 11}}

// readRepeat reads how often the symbol 16, 17 or 18 at place i repeats.
func (d *Decoder) readRepeat(sym uint32, i int) (int, error) {
	if sym == 16 && i == 0 {
		return 0, d.corrupt("no code length to repeat")
	}
	r := &repeats[sym-16]
	if d.n < r.bits {
		return 0, d.truncated()
	}
	rep := r.base + int(d.buf&(1<<r.bits-1))
	d.drop(r.bits)
	return rep, nil
}
