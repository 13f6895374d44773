package inflate

// What one turn of the fast loop may need, checked once before it.
//
// Reading: a turn loads 8 bytes at most twice and goes on by at most 7 between
// the two, so it reads at most 15 bytes. Writing: at most two literals come
// before a match, and every loop that copies one writes less than 64 bytes
// from a place before its stop. What a match is copied from begins at or
// behind base and ends before what has been written so far, or 16 bytes
// further at most.
const (
	fastIn  = 16
	fastOut = 3 + maxMatch + 64
)

// fast decodes symbols until one of the things happens that it returns: then
// all before it has been consumed and written, a bad symbol consumed as well.
//
// buf holds real bits of src above the n that count as well, which the next
// refill sets again; of n only the lowest six bits mean something.
func (s *stream) fast(t *tables) int {
	inEnd, outEnd := len(s.src)-fastIn, len(s.dst)-fastOut
	in, out := s.in, s.out
	if in > inEnd || out > outEnd {
		return fastMargin
	}
	src, dst := memoryOf(s.src), memoryOf(s.dst)
	buf, n := s.buf, s.n
	status := fastMargin
	buf |= load64(src, in) << (n & 63)
	in += int(^n >> 3 & 7)
	n |= 56
	e := t.lit[buf&(1<<litBits-1)]
	for in <= inEnd && out <= outEnd {
		if int32(e) < 0 {
			buf >>= e & 63
			n -= uint(e)
			store8(dst, out, byte(e>>16))
			out++
			e = t.lit[buf&(1<<litBits-1)]
			if int32(e) < 0 {
				buf >>= e & 63
				n -= uint(e)
				store8(dst, out, byte(e>>16))
				out++
				e = t.lit[buf&(1<<litBits-1)]
				if int32(e) < 0 {
					buf >>= e & 63
					n -= uint(e)
					store8(dst, out, byte(e>>16))
					out++
					e = t.lit[buf&(1<<litBits-1)]
					buf |= load64(src, in) << (n & 63)
					in += int(^n >> 3 & 7)
					n |= 56
					continue
				}
			}
		}
		if e&flagRare != 0 {
			if e&flagSub != 0 {
				buf >>= litBits
				n -= litBits
				e = t.lit[(uint64(e>>16)+buf&(1<<(e>>8&63)-1))&(litSize-1)]
				if int32(e) < 0 {
					buf >>= e & 63
					n -= uint(e)
					store8(dst, out, byte(e>>16))
					out++
					buf |= load64(src, in) << (n & 63)
					in += int(^n >> 3 & 7)
					n |= 56
					e = t.lit[buf&(1<<litBits-1)]
					continue
				}
			}
			if e&flagRare != 0 {
				buf >>= e & 63
				n -= uint(e)
				status = fastUnknown
				if e&flagEnd != 0 {
					status = fastEnd
				}
				break
			}
		}
		length := int(e>>16) + int(buf&(1<<(e&63)-1)>>(e>>8&63))
		buf >>= e & 63
		n -= uint(e)

		if n&63 < 28 {
			buf |= load64(src, in) << (n & 63)
			in += int(^n >> 3 & 7)
			n |= 56
		}
		e = t.dist[buf&(1<<distBits-1)]
		if e&flagRare != 0 {
			if e&flagSub != 0 {
				buf >>= distBits
				n -= distBits
				e = t.dist[(uint64(e>>16)+buf&(1<<(e>>8&63)-1))&(distSize-1)]
			}
			if e&flagRare != 0 {
				buf >>= e & 63
				n -= uint(e)
				status = fastUnknown
				break
			}
		}
		distance := int(e>>16) + int(buf&(1<<(e&63)-1)>>(e>>8&63))
		buf >>= e & 63
		n -= uint(e)
		if distance > out-s.base {
			status = fastFar
			break
		}
		buf |= load64(src, in) << (n & 63)
		in += int(^n >> 3 & 7)
		n |= 56
		e = t.lit[buf&(1<<litBits-1)]
		to, from, stop := out, out-distance, out+length
		out = stop
		if distance < 64 {
			// Always from before the match: a load of what several stores have
			// only just written waits for all of them.
			switch {
			case distance < 8:
				p := &periods[distance]
				word := load64(dst, from) & p.mask * p.times
				for ; to < stop; to += p.step {
					store64(dst, to, word)
				}
			case distance < 16:
				low, high := load64(dst, from), load64(dst, from+8)
				for ; to < stop; to += distance {
					store64(dst, to, low)
					store64(dst, to+8, high)
				}
			case distance < 32:
				last := to - 16
				copy16(dst, to, from)
				for to < stop-16 {
					to += distance
					copy16(dst, to-16, last)
					copy16(dst, to, from)
				}
			case distance < 48:
				last := to - 16
				copy16(dst, to, from)
				copy16(dst, to+16, from+16)
				for to < stop-32 {
					to += distance
					copy16(dst, to-16, last)
					copy16(dst, to, from)
					copy16(dst, to+16, from+16)
				}
			default:
				last := to - 16
				copy16(dst, to, from)
				copy16(dst, to+16, from+16)
				copy16(dst, to+32, from+32)
				for to < stop-48 {
					to += distance
					copy16(dst, to-16, last)
					copy16(dst, to, from)
					copy16(dst, to+16, from+16)
					copy16(dst, to+32, from+32)
				}
			}
			continue
		}
		copy16(dst, to, from)
		copy16(dst, to+16, from+16)
		copy16(dst, to+32, from+32)
		for to += 48; to < stop; to += 64 {
			copy16(dst, to, to-distance)
			copy16(dst, to+16, to+16-distance)
			copy16(dst, to+32, to+32-distance)
			copy16(dst, to+48, to+48-distance)
		}
	}
	n &= 63
	s.in, s.out, s.buf, s.n = in, out, buf, n
	s.unread()
	return status
}

var periods = [8]struct {
	mask, times uint64
	step        int
}{
	1: {1<<8 - 1, 1<<56 + 1<<48 + 1<<40 + 1<<32 + 1<<24 + 1<<16 + 1<<8 + 1, 8},
	2: {1<<16 - 1, 1<<48 + 1<<32 + 1<<16 + 1, 8},
	3: {1<<24 - 1, 1<<48 + 1<<24 + 1, 6},
	4: {1<<32 - 1, 1<<32 + 1, 8},
	5: {1<<40 - 1, 1<<40 + 1, 5},
	6: {1<<48 - 1, 1<<48 + 1, 6},
	7: {1<<56 - 1, 1<<56 + 1, 7},
}
