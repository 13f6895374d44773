package inflate

import (
	"encoding/binary"
	"math/bits"
	"sync"
)

// Limits of RFC 1951, sections 3.2.5 to 3.2.7.
const (
	maxCodeLen = 15
	numLit     = 286 // symbols that a litlen code may have; 286 and 287 exist in the fixed code only and mean nothing
	numDist    = 30
	numPre     = 19
	endOfBlock = 256
	maxMatch   = 258
)

// A decode table is indexed by the next bits of the input, least significant
// first, and gives an entry. All codes of up to the table's bits are resolved
// by one look-up; longer ones by a second one, in a subtable that lies behind
// the main table.
//
//	literal      bit 31 | value << 16           | code length
//	match length base << 16 | code length << 8  | code length + extra bits
//	distance     base << 16 | code length << 8  | code length + extra bits
//	subtable     offset << 16 | flagRare | flagSub | its bits << 8 | bits of the main table
//	end of block flagRare | flagEnd             | code length
//	invalid      flagRare                       | code length
//
// The lowest byte always says how many bits to consume. In a subtable code
// lengths count from the end of the main table's bits.
const (
	flagLit  = 1 << 31
	flagRare = 1 << 15
	flagSub  = 1 << 14
	flagEnd  = 1 << 13
)

// Sizes of the tables: what the most wasteful complete codes need, as zlib's
// `enough` counts them (286 symbols, 15 bits, 11 at a time: 2340 or less;
// 30 symbols, 8 at a time: 402), made powers of two so that masking an index
// replaces its check. The two symbols that only the fixed code has need no
// subtable.
const (
	litBits  = 11
	distBits = 8
	preBits  = 7
	litSize  = 4096
	distSize = 512
)

// tables are those of a block.
type tables struct {
	lit  [litSize]uint32
	dist [distSize]uint32
}

type preTable [1 << preBits]uint32

// Entries by symbol, without code lengths.
var (
	litEntry  [288]uint32
	distEntry [32]uint32
	preEntry  [numPre]uint32
)

func init() {
	for sym := range litEntry {
		litEntry[sym] = litEntryOf(sym)
	}
	for sym := range distEntry {
		distEntry[sym] = distEntryOf(sym)
	}
	for sym := range preEntry {
		preEntry[sym] = uint32(sym) << 16
	}
}

func litEntryOf(sym int) uint32 {
	switch {
	case sym < endOfBlock:
		return flagLit | uint32(sym)<<16
	case sym == endOfBlock:
		return flagRare | flagEnd
	case sym < 265:
		return uint32(sym-257+3) << 16
	case sym < 285:
		extra := (sym - 261) / 4
		return uint32((4+(sym-261)%4)<<extra+3)<<16 | uint32(extra)
	case sym == 285:
		return maxMatch << 16
	}
	return flagRare
}

func distEntryOf(sym int) uint32 {
	switch {
	case sym < 4:
		return uint32(sym+1) << 16
	case sym < numDist:
		extra := sym/2 - 1
		return uint32((2+sym%2)<<extra+1)<<16 | uint32(extra)
	}
	return flagRare
}

// withLen adds a code length to a symbol's entry.
func withLen(entry uint32, n int) uint32 { return entry + uint32(n)<<8 + uint32(n) }

var fixed = sync.OnceValue(func() *tables {
	var lens [288]uint8
	for i := range lens {
		switch {
		case i < 144:
			lens[i] = 8
		case i < 256:
			lens[i] = 9
		case i < 280:
			lens[i] = 7
		default:
			lens[i] = 8
		}
	}
	t := new(tables)
	build(t.lit[:], litBits, lens[:], litEntry[:])
	for i := range lens[:32] {
		lens[i] = 5
	}
	build(t.dist[:], distBits, lens[:32], distEntry[:])
	return t
})

// build fills a decode table for the canonical Huffman code (RFC 1951, section
// 3.2.2) that lens describes. It reports whether the code is one that
// compress/flate takes as well: complete, or empty, or a single symbol of
// length 1. What such codes leave unassigned becomes invalid entries.
func build(table []uint32, tableBits int, lens []uint8, entries []uint32) bool {
	count := countLengths(lens)
	left, used := 1, 0
	for n := 1; n <= maxCodeLen; n++ {
		left = left<<1 - count[n]
		used += count[n]
		if left < 0 {
			return false
		}
	}
	if left != 0 {
		return buildIncomplete(table, tableBits, lens, entries, used == 0, used == 1 && count[1] == 1)
	}
	var sorted [288]uint16
	sortByLength(&sorted, &count, lens)
	fill(table, tableBits, sorted[:used], &count, entries)
	return true
}

// countLengths counts codes by length, two symbols at a time in different
// places: equal lengths come in runs, and each count would wait for the one
// before it. Long runs of absent symbols, as all that is not ASCII, are skipped
// as words.
func countLengths(lens []uint8) (count [16]int) {
	var other [16]int
	for ; len(lens) >= 8; lens = lens[8:] {
		word := binary.LittleEndian.Uint64(lens)
		for ; word != 0; word >>= 16 {
			count[word&15]++
			other[word>>8&15]++
		}
	}
	for _, n := range lens {
		count[n&15]++
	}
	for n := range count {
		count[n] += other[n]
	}
	count[0] = 0
	return count
}

// buildIncomplete makes the two tables for codes that do not use all bit
// patterns.
func buildIncomplete(table []uint32, tableBits int, lens []uint8, entries []uint32, empty, single bool) bool {
	if !empty && !single {
		return false
	}
	t := table[:1<<tableBits]
	even, odd := uint32(flagRare), uint32(flagRare)
	for sym, n := range lens {
		if n == 1 {
			even, odd = withLen(entries[sym], 1), withLen(flagRare, 1)
		}
	}
	for i := 0; i < len(t); i += 2 {
		t[i], t[i+1] = even, odd
	}
	return true
}

func sortByLength(sorted *[288]uint16, count *[16]int, lens []uint8) {
	var next [16]int
	for n := 1; n < maxCodeLen; n++ {
		next[n+1] = next[n] + count[n]
	}
	for sym := 0; sym < len(lens); sym++ {
		n := lens[sym] & 15
		if n == 0 {
			if sym+8 <= len(lens) && binary.LittleEndian.Uint64(lens[sym:]) == 0 {
				sym += 7
			}
			continue
		}
		sorted[next[n]] = uint16(sym)
		next[n]++
	}
}

// fill writes the entries of a complete code. Codes come in the order of their
// lengths, so while those of length n are written the table has 2^n entries;
// it is doubled for the next length, which gives every short code all its
// places at the speed of copy.
func fill(table []uint32, tableBits int, sorted []uint16, count *[16]int, entries []uint32) {
	code := 0
	for n := 1; n <= tableBits; n++ {
		size := 1 << (n - 1)
		copy(table[size:2*size], table[:size])
		syms := sorted[:count[n]]
		sorted = sorted[count[n]:]
		code <<= 1
		for i, sym := range syms {
			table[reversed(code+i, n)] = withLen(entries[sym], n)
		}
		code += len(syms)
	}
	if len(sorted) > 0 {
		fillSubtables(table, tableBits, code, sorted, count, entries)
	}
}

// reversed turns a code of n bits around: codes are written with their highest
// bit first (RFC 1951, section 3.1.1), unlike all else.
func reversed(code, n int) int { return int(bits.Reverse16(uint16(code)) >> (16 - n&15)) }

// fillSubtables writes the codes that are longer than the main table's bits,
// from code on. Those that share their first bits follow each other.
func fillSubtables(table []uint32, tableBits, code int, sorted []uint16, count *[16]int, entries []uint32) {
	end, prefix, start := 1<<tableBits, -1, 0
	for n := tableBits + 1; len(sorted) > 0; n++ {
		code <<= 1
		for left := count[n]; left > 0; left-- {
			if p := code >> (n - tableBits); p != prefix {
				prefix, start = p, end
				width := subtableBits(tableBits, n, left, count)
				end += 1 << width
				table[reversed(p, tableBits)] = uint32(start)<<16 | flagRare | flagSub | uint32(width)<<8 | uint32(tableBits)
			}
			entry := withLen(entries[sorted[0]], n-tableBits)
			for i := start + reversed(code, n)>>tableBits; i < end; i += 1 << (n - tableBits) {
				table[i] = entry
			}
			sorted = sorted[1:]
			code++
		}
	}
}

// subtableBits is the size of the subtable whose first code has length n, when
// left codes of that length are still to come: as deep as it takes for its
// codes to fill it.
func subtableBits(tableBits, n, left int, count *[16]int) int {
	width, space := n-tableBits, left
	for space < 1<<width {
		width++
		space = space<<1 + count[tableBits+width]
	}
	return width
}
