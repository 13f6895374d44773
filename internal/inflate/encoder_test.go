package inflate

import (
	"math/bits"
	"math/rand/v2"
)

// bitWriter writes DEFLATE streams that no compressor would.
type bitWriter struct {
	b   []byte
	buf uint64
	n   int
}

func (w *bitWriter) bits(v uint64, n int) {
	w.buf |= v << w.n
	for w.n += n; w.n >= 8; w.n -= 8 {
		w.b = append(w.b, byte(w.buf))
		w.buf >>= 8
	}
}

func (w *bitWriter) align() {
	if w.n > 0 {
		w.bits(0, 8-w.n)
	}
}

func (w *bitWriter) bytes() []byte {
	w.align()
	return w.b
}

func (w *bitWriter) stored(final uint64, data []byte) {
	w.bits(final, 3)
	w.align()
	w.bits(uint64(len(data)), 16)
	w.bits(uint64(^uint16(len(data))), 16)
	w.b = append(w.b, data...)
}

// A code gives symbols their canonical codes, straight from RFC 1951, section
// 3.2.2.
type code struct {
	lens  []uint8
	codes []uint16
}

func codeOf(lens []uint8) code {
	c := code{lens, make([]uint16, len(lens))}
	next := uint16(0)
	for n := uint8(1); n <= maxCodeLen; n++ {
		next <<= 1
		for sym, l := range lens {
			if l == n {
				c.codes[sym] = bits.Reverse16(next) >> (16 - n)
				next++
			}
		}
	}
	return c
}

func (w *bitWriter) symbol(c code, sym int) { w.bits(uint64(c.codes[sym]), int(c.lens[sym])) }

// dynamic writes the head of a dynamic block. With rle set it uses the
// symbols 16, 17 and 18 wherever it can.
func (w *bitWriter) dynamic(final uint64, lit, dist []uint8, rle bool) {
	pre := make([]uint8, numPre)
	for i := range pre {
		pre[i] = 5
		if i < 13 { // 13 codes of 4 bits and 6 of 5 are complete
			pre[i] = 4
		}
	}
	w.head(final, len(lit), len(dist), numPre, pre)
	w.lens(codeOf(pre), append(append([]uint8(nil), lit...), dist...), rle)
}

// head writes the head of a dynamic block up to the code of the code lengths,
// of which it gives the first pres.
func (w *bitWriter) head(final uint64, lits, dists, pres int, pre []uint8) {
	w.bits(final|2<<1, 3)
	w.bits(uint64(lits-257), 5)
	w.bits(uint64(dists-1), 5)
	w.bits(uint64(pres-4), 4)
	for _, sym := range preOrder[:pres] {
		w.bits(uint64(pre[sym]), 3)
	}
}

func (w *bitWriter) lens(pre code, lens []uint8, rle bool) {
	for i := 0; i < len(lens); {
		run := 1
		for i+run < len(lens) && lens[i+run] == lens[i] {
			run++
		}
		switch {
		case rle && lens[i] == 0 && run >= 11:
			run = min(run, 138)
			w.symbol(pre, 18)
			w.bits(uint64(run-11), 7)
		case rle && lens[i] == 0 && run >= 3:
			w.symbol(pre, 17)
			w.bits(uint64(run-3), 3)
		case rle && i > 0 && lens[i-1] == lens[i] && run >= 3:
			run = min(run, 6)
			w.symbol(pre, 16)
			w.bits(uint64(run-3), 2)
		default:
			run = 1
			w.symbol(pre, int(lens[i]))
		}
		i += run
	}
}

// match writes a match; the extra bits come from looking through the entries
// that the decoder has for its symbols.
func (w *bitWriter) match(lit, dist code, length, distance int) {
	sym, extra, n := symbolOf(litEntry[257:286], length)
	w.symbol(lit, 257+sym)
	w.bits(extra, n)
	sym, extra, n = symbolOf(distEntry[:numDist], distance)
	w.symbol(dist, sym)
	w.bits(extra, n)
}

func symbolOf(entries []uint32, v int) (sym int, extra uint64, n int) {
	for sym := len(entries) - 1; ; sym-- {
		base, n := int(entries[sym]>>16), int(entries[sym]&255)
		if v >= base {
			return sym, uint64(v - base), n
		}
	}
}

// randomLens makes a complete code for some of n symbols, must among them, by
// splitting leaves: deep says how likely a leaf that is deep already is split
// again.
func randomLens(r *rand.Rand, n int, deep bool, must ...int) []uint8 {
	lens := make([]uint8, n)
	want := 2 + r.IntN(n-1)
	leaves := []uint8{1, 1}
	for len(leaves) < want {
		i := r.IntN(len(leaves))
		if deep && r.IntN(4) > 0 {
			i = len(leaves) - 1
		}
		if leaves[i] == maxCodeLen {
			if i = r.IntN(len(leaves)); leaves[i] == maxCodeLen {
				break
			}
		}
		leaves[i]++
		leaves = append(leaves, leaves[i])
	}
	order := r.Perm(n)
	for i, sym := range must {
		at := 0
		for order[at] != sym {
			at++
		}
		order[i], order[at] = order[at], order[i]
	}
	for i, l := range leaves {
		lens[order[i]] = l
	}
	return lens
}

// randomBlocks is a stream of blocks with random codes and symbols, which
// decodes to out. far adds a distance that does not exist.
func randomBlocks(seed uint64, far bool) (stream, out []byte) {
	r := rand.New(rand.NewPCG(seed, 7))
	w := &bitWriter{}
	blocks := 1 + r.IntN(4)
	for i := range blocks {
		final := uint64(0)
		if i == blocks-1 {
			final = 1
		}
		if r.IntN(6) == 0 {
			data := noise(r.Uint64(), r.IntN(300))
			w.stored(final, data)
			out = append(out, data...)
			continue
		}
		out = randomBlock(r, w, final, out, far)
	}
	return w.bytes(), out
}

func randomBlock(r *rand.Rand, w *bitWriter, final uint64, out []byte, far bool) []byte {
	lit := codeOf(randomLens(r, 257+r.IntN(30), r.IntN(2) == 0, endOfBlock))
	dist := codeOf(randomLens(r, 2+r.IntN(29), r.IntN(2) == 0))
	if r.IntN(5) == 0 { // one distance only
		dist = codeOf([]uint8{1})
	}
	w.dynamic(final, lit.lens, dist.lens, r.IntN(2) == 0)
	lits, lengths, dists := used(lit.lens, 0, endOfBlock), used(lit.lens, endOfBlock+1, len(lit.lens)), used(dist.lens, 0, len(dist.lens))
	for range r.IntN(2000) {
		if len(lengths) == 0 || len(lits) > 0 && r.IntN(3) > 0 {
			if len(lits) > 0 {
				sym := lits[r.IntN(len(lits))]
				w.symbol(lit, sym)
				out = append(out, byte(sym))
			}
			continue
		}
		out = randomMatch(r, w, lit, dist, lengths, dists, out, far)
	}
	w.symbol(lit, endOfBlock)
	return out
}

func randomMatch(r *rand.Rand, w *bitWriter, lit, dist code, lengths, dists []int, out []byte, far bool) []byte {
	sym, d := lengths[r.IntN(len(lengths))], dists[r.IntN(len(dists))]
	length, n := int(litEntry[sym]>>16), int(litEntry[sym]&255)
	distance, m := int(distEntry[d]>>16), int(distEntry[d]&255)
	extra, more := r.IntN(1<<n), r.IntN(1<<m)
	if distance+more > len(out) && (!far || r.IntN(50) > 0) {
		return out
	}
	w.symbol(lit, sym)
	w.bits(uint64(extra), n)
	w.symbol(dist, d)
	w.bits(uint64(more), m)
	for range length + extra {
		if distance+more <= len(out) {
			out = append(out, out[len(out)-distance-more])
		}
	}
	return out
}

// used lists the symbols of [from, to) that have a code.
func used(lens []uint8, from, to int) (syms []int) {
	for sym := from; sym < to; sym++ {
		if lens[sym] > 0 {
			syms = append(syms, sym)
		}
	}
	return syms
}
