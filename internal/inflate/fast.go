//go:build !purego && (amd64 || arm64)

package inflate

// The one file with unsafe. Its trick: if at the start of a turn src has fastIn
// bytes left and dst fastOut, nothing that the turn does can leave them, so no
// access within it is checked. Numbers, not pointers, say where it stands, so
// that no pointer past an end ever exists.
//
// It needs a little-endian CPU that loads and stores words at any address.

import "unsafe"

// What one turn of the fast loop may need, checked once before it.
//
// Input: two loads of eight bytes, and the first one moves in by up to seven
// bytes: fifteen bytes from in.
//
// Output: at most two literals, then a match, the copy of which may write
// fifteen bytes more than the longest match has.
const (
	fastIn  = 16
	fastOut = 3 + maxMatch + 64
)

// load64 reads b[i:i+8]; b begins at p. The caller answers for 0 ≤ i and i+8 ≤
// len(b); so for all three. They must be inlined.
func load64(p unsafe.Pointer, i int) uint64 { return *(*uint64)(unsafe.Add(p, i)) }

// store64 writes b[i:i+8].
func store64(p unsafe.Pointer, i int, v uint64) { *(*uint64)(unsafe.Add(p, i)) = v }

// copy16 copies b[from:from+16] to b[to:to+16], with two vector moves.
func copy16(p unsafe.Pointer, to, from int) {
	*(*[16]byte)(unsafe.Add(p, to)) = *(*[16]byte)(unsafe.Add(p, from))
}

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
	sp, dp := unsafe.Pointer(unsafe.SliceData(s.src)), unsafe.Pointer(unsafe.SliceData(s.dst))
	buf, n := s.buf, s.n
	status := fastMargin
	buf |= load64(sp, in) << (n & 63)
	in += int(^n >> 3 & 7)
	n |= 56
	e := t.lit[buf&(1<<litBits-1)]
	for in <= inEnd && out <= outEnd {
		if int32(e) < 0 {
			buf >>= e & 63
			n -= uint(e)
			*(*byte)(unsafe.Add(dp, out)) = byte(e >> 16)
			out++
			e = t.lit[buf&(1<<litBits-1)]
			if int32(e) < 0 {
				buf >>= e & 63
				n -= uint(e)
				*(*byte)(unsafe.Add(dp, out)) = byte(e >> 16)
				out++
				e = t.lit[buf&(1<<litBits-1)]
				if int32(e) < 0 {
					buf >>= e & 63
					n -= uint(e)
					*(*byte)(unsafe.Add(dp, out)) = byte(e >> 16)
					out++
					e = t.lit[buf&(1<<litBits-1)]
					buf |= load64(sp, in) << (n & 63)
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
					*(*byte)(unsafe.Add(dp, out)) = byte(e >> 16)
					out++
					buf |= load64(sp, in) << (n & 63)
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
			buf |= load64(sp, in) << (n & 63)
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
		buf |= load64(sp, in) << (n & 63)
		in += int(^n >> 3 & 7)
		n |= 56
		e = t.lit[buf&(1<<litBits-1)]
		to, from, stop := out, out-distance, out+length
		out = stop
		if distance < 8 {
			p := &periods[distance]
			word := load64(dp, from) & p.mask * p.times
			for ; to < stop; to += p.step {
				store64(dp, to, word)
			}
			continue
		}
		if distance < 16 {
			low, high := load64(dp, from), load64(dp, from+8)
			for ; to < stop; to += distance {
				store64(dp, to, low)
				store64(dp, to+8, high)
			}
			continue
		}
		copy16(dp, to, from)
		copy16(dp, to+16, from+16)
		copy16(dp, to+32, from+32)
		for to += 48; to < stop; to += 64 {
			copy16(dp, to, to-distance)
			copy16(dp, to+16, to+16-distance)
			copy16(dp, to+32, to+32-distance)
			copy16(dp, to+48, to+48-distance)
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
