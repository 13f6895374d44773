package inflate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"testing"
)

// seed is an input that goes a way of its own through the decoder, and what
// must be said of it. Fuzzing starts from them.
type seed struct {
	name string
	src  []byte
	err  error
}

func TestSeeds(t *testing.T) {
	for f, seeds := range map[*format][]seed{&deflateFormat: deflateSeeds(), &gzipFormat: gzipSeeds()} {
		for _, s := range seeds {
			t.Run(f.name+"/"+s.name, func(t *testing.T) {
				if _, err := f.agree(t, s.src); !errors.Is(err, s.err) {
					t.Errorf("error is %v, want %v", err, s.err)
				}
			})
		}
	}
}

// written is what f writes.
func written(f func(w *bitWriter)) []byte {
	w := &bitWriter{}
	f(w)
	return w.bytes()
}

// room is bits behind damage, so that the fast loop meets it.
func room(w *bitWriter) { w.b = append(w.bytes(), make([]byte, 400)...) }

func deflateSeeds() []seed {
	seeds := append(storedSeeds(), fixedSeeds()...)
	seeds = append(append(seeds, codeSeeds()...), headSeeds()...)
	return append(append(seeds, matchSeeds()...), cutSeeds()...)
}

func storedSeeds() []seed {
	return []seed{
		{"stored, empty", written(func(w *bitWriter) { w.stored(1, nil) }), nil},
		{"stored, the longest", written(func(w *bitWriter) { w.stored(0, noise(1, 65535)); w.stored(1, nil) }), nil},
		{"stored, padding of ones", []byte{0xf9, 1, 0, 0xfe, 0xff, 'x'}, nil},
		{"stored, other complement", []byte{1, 1, 0, 0xff, 0xff, 'x'}, ErrCorrupt},
		{"stored, head cut", []byte{1, 5, 0, 0xfa}, ErrTruncated},
		{"stored, data cut", []byte{1, 5, 0, 0xfa, 0xff, 'x'}, ErrTruncated},
		{"stored, behind symbols", written(func(w *bitWriter) {
			w.fixed(0, "ab")
			w.stored(0, noise(2, 70))
			w.fixed(0, "cd")
			w.stored(1, []byte("ef"))
		}), nil},
		{"reserved type", []byte{7, 0, 0}, ErrCorrupt},
		{"nothing", nil, ErrTruncated},
		{"bytes behind the end", append(written(func(w *bitWriter) { w.fixed(1, "ab") }), 0), ErrTrailing},
	}
}

// fixedCodes are those of section 3.2.6.
func fixedCodes() (lit, dist code) {
	lens := append(bytes.Repeat([]byte{8}, 144), bytes.Repeat([]byte{9}, 112)...)
	lens = append(append(lens, bytes.Repeat([]byte{7}, 24)...), bytes.Repeat([]byte{8}, 8)...)
	return codeOf(lens), codeOf(bytes.Repeat([]byte{5}, 32))
}

// fixed writes a block of literals in the fixed code.
func (w *bitWriter) fixed(final uint64, text string) {
	lit, _ := fixedCodes()
	w.bits(final|1<<1, 3)
	for i := range len(text) {
		w.symbol(lit, int(text[i]))
	}
	w.symbol(lit, endOfBlock)
}

func fixedSeeds() []seed {
	lit, dist := fixedCodes()
	open := func(f func(w *bitWriter)) []byte {
		return written(func(w *bitWriter) { w.bits(1|1<<1, 3); w.symbol(lit, 'a'); f(w); room(w) })
	}
	seeds := []seed{
		{"fixed, empty", written(func(w *bitWriter) { w.fixed(1, "") }), nil},
		{"fixed, literals of eight and nine bits", written(func(w *bitWriter) { w.fixed(1, "\x00\x8f\x90\xff") }), nil},
		{"fixed, several blocks", written(func(w *bitWriter) { w.fixed(0, "a"); w.fixed(0, ""); w.fixed(1, "b") }), nil},
	}
	for _, sym := range []int{286, 287} {
		seeds = append(seeds, seed{fmt.Sprint("fixed, length ", sym), open(func(w *bitWriter) { w.symbol(lit, sym) }), ErrCorrupt})
	}
	for _, sym := range []int{30, 31} {
		seeds = append(seeds, seed{fmt.Sprint("fixed, distance ", sym), open(func(w *bitWriter) { w.symbol(lit, 257); w.symbol(dist, sym) }), ErrCorrupt})
	}
	return seeds
}

// lensOf is n code lengths, those of at and else 0.
func lensOf(n int, at map[int]uint8) []uint8 {
	l := make([]uint8, n)
	for sym, v := range at {
		l[sym] = v
	}
	return l
}

// chain are code lengths 1, 2, … 14, 15, 15 for the symbols given.
func chain(n int, syms ...int) []uint8 {
	lens := make([]uint8, n)
	for i, sym := range syms {
		lens[sym] = uint8(min(i+1, maxCodeLen))
	}
	return lens
}

// codeSeeds have codes of all shapes that a decoder must know or refuse.
func codeSeeds() []seed {
	block := func(lit, dist []uint8, bits string) []byte {
		return written(func(w *bitWriter) {
			w.dynamic(1, lit, dist, true)
			for _, b := range bits {
				w.bits(uint64(b-'0'), 1)
			}
			if bits != "" {
				room(w)
			}
		})
	}
	end, ab := lensOf(257, map[int]uint8{endOfBlock: 1}), lensOf(257, map[int]uint8{'a': 1, endOfBlock: 1})
	abc := lensOf(260, map[int]uint8{'a': 1, endOfBlock: 2, 259: 2})
	return []seed{
		{"one symbol", block(end, []uint8{0}, ""), nil},
		{"one symbol, its other bit", block(end, []uint8{0}, "1"), ErrCorrupt},
		{"one symbol of two bits", block(lensOf(257, map[int]uint8{endOfBlock: 2}), []uint8{0}, "00"), ErrCorrupt},
		{"no symbol", block(lensOf(257, nil), []uint8{1}, "0"), ErrCorrupt},
		{"no end of block", block(lensOf(257, map[int]uint8{'a': 1, 'b': 1}), []uint8{1}, "010"), ErrTruncated},
		{"two symbols", block(ab, []uint8{0}, "0001"), ErrTrailing},
		{"one distance", block(abc, []uint8{1}, "011010"), ErrTrailing},
		{"one distance, its other bit", block(abc, []uint8{1}, "011110"), ErrCorrupt},
		{"no distance, but a match", block(abc, []uint8{0}, "011010"), ErrCorrupt},
		{"incomplete literals", block(lensOf(257, map[int]uint8{'a': 1, endOfBlock: 2}), []uint8{1}, "010"), ErrCorrupt},
		{"over-subscribed literals", block(lensOf(258, map[int]uint8{'a': 1, endOfBlock: 1, 257: 2}), []uint8{1}, "010"), ErrCorrupt},
		{"incomplete distances", block(abc, []uint8{1, 2}, "010"), ErrCorrupt},
		{"over-subscribed distances", block(abc, []uint8{1, 1, 1}, "010"), ErrCorrupt},
		{"codes of one to fifteen bits", deepBlock(), nil},
	}
}

// deepBlock uses codes of each length, so main tables and subtables of both
// codes.
func deepBlock() []byte {
	lits := []int{'a', 'b', 'c', 257, 'e', 'f', 'g', 258, 'i', 'j', 'k', 285, 'm', 'n', endOfBlock, 'p'}
	lit := codeOf(chain(286, lits...))
	dist := codeOf(chain(16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
	return written(func(w *bitWriter) {
		w.dynamic(1, lit.lens, dist.lens, false)
		for i := range 600 {
			w.symbol(lit, int("abcefgijkmnp"[i%12]))
		}
		for d := range 16 {
			base, n := int(distEntry[d]>>16), int(distEntry[d]&255)
			w.match(lit, dist, []int{3, 4, maxMatch}[d%3], base+1<<n-1)
		}
		w.symbol(lit, endOfBlock)
	})
}

// step is a symbol of the code of the code lengths and its extra bits.
type step struct {
	sym   int
	extra uint64
}

// headSeeds have heads of dynamic blocks that test their limits.
func headSeeds() []seed {
	pre := lensOf(numPre, map[int]uint8{0: 2, 1: 2, 16: 3, 17: 3, 18: 2})
	block := func(lits, dists, pres int, pre []uint8, steps ...step) []byte {
		return written(func(w *bitWriter) {
			c := codeOf(pre)
			w.head(1, lits, dists, pres, pre)
			for _, s := range steps {
				w.symbol(c, s.sym)
				w.bits(s.extra, map[int]int{16: 2, 17: 3, 18: 7}[s.sym])
			}
			room(w)
		})
	}
	z := func(n int) step { return step{18, uint64(n - 11)} }
	one, zero := step{sym: 1}, step{}
	return []seed{
		{"repeat before anything", block(257, 1, 18, pre, step{16, 0}), ErrCorrupt},
		{"zeros across the border", block(258, 11, 18, pre, z(138), z(118), one, z(11), one), ErrTrailing},
		{"lengths across the border", block(257, 2, 18, pre, z(138), z(117), one, step{16, 0}), ErrTruncated},
		{"border and no further", block(258, 2, 18, pre, z(138), z(118), one, one, step{17, 0}), ErrCorrupt},
		{"repeat past the end", block(257, 1, 18, pre, z(138), z(118), one, step{16, 3}), ErrCorrupt},
		{"zeros past the end", block(257, 1, 18, pre, z(138), z(138)), ErrCorrupt},
		{"four lengths of code lengths", block(257, 1, 4, lensOf(numPre, map[int]uint8{18: 1, 0: 1}), z(138), z(119), zero), ErrCorrupt},
		{"all lengths of code lengths", block(257, 1, 19, lensOf(numPre, map[int]uint8{15: 1, 18: 1}), z(138), z(118), step{sym: 15}, step{sym: 15}), ErrCorrupt},
		{"one code length", block(257, 1, 18, lensOf(numPre, map[int]uint8{1: 1})), ErrCorrupt},
		{"one code length, its other bit", append(block(257, 1, 18, lensOf(numPre, map[int]uint8{8: 1}))[:9], bytes.Repeat([]byte{255}, 400)...), ErrCorrupt},
		{"no code length", block(257, 1, 4, make([]uint8, numPre)), ErrCorrupt},
		{"incomplete code lengths", block(257, 1, 18, lensOf(numPre, map[int]uint8{1: 1, 2: 2})), ErrCorrupt},
		{"over-subscribed code lengths", block(257, 1, 18, lensOf(numPre, map[int]uint8{1: 1, 2: 1, 3: 1})), ErrCorrupt},
		{"code lengths of seven bits", block(257, 1, 19, lensOf(numPre, map[int]uint8{18: 1, 0: 2, 1: 3, 2: 4, 3: 5, 4: 6, 5: 7, 6: 7}), z(138), z(118), one, one), ErrTrailing},
		{"287 literals and lengths", block(287, 1, 18, pre), ErrCorrupt},
		{"288 literals and lengths", block(288, 1, 18, pre), ErrCorrupt},
		{"31 distances", block(257, 31, 18, pre), ErrCorrupt},
		{"32 distances", block(257, 32, 18, pre), ErrCorrupt},
	}
}

// matchSeeds have matches at the limits of lengths and distances.
func matchSeeds() (seeds []seed) {
	lit, dist := allSymbols()
	block := func(before int, f func(w *bitWriter)) []byte {
		return written(func(w *bitWriter) {
			w.dynamic(1, lit.lens, dist.lens, true)
			for i := range before {
				w.symbol(lit, i*5&255)
			}
			f(w)
			w.symbol(lit, endOfBlock)
		})
	}
	add := func(err error, before, length, distance int) {
		name := fmt.Sprintf("match of %d at %d behind %d", length, distance, before)
		src := block(before, func(w *bitWriter) {
			w.match(lit, dist, length, distance)
			if w.symbol(lit, 'z'); err != nil {
				room(w)
			}
		})
		seeds = append(seeds, seed{name, src, err})
	}
	for _, distance := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65} {
		add(nil, distance, 3, distance)
		add(nil, distance+9, maxMatch, distance)
		add(ErrCorrupt, distance-1, 3, distance)
	}
	add(nil, 258, maxMatch, 258)
	add(ErrCorrupt, 300, 10, 301)
	far := block(4, func(w *bitWriter) {
		for range 127 { // 32,766 bytes
			w.match(lit, dist, maxMatch, 4)
		}
		w.symbol(lit, 'y')
		w.symbol(lit, 'z')
		w.match(lit, dist, maxMatch, 32768)
		w.match(lit, dist, 3, 32768)
	})
	long := block(1, func(w *bitWriter) {
		w.symbol(lit, 284)
		w.bits(31, 5) // 258, as symbol 285 would say in fewer bits
		w.symbol(dist, 0)
	})
	return append(seeds, seed{"match of 258 at 32768", far, nil}, seed{"match of 227+31", long, nil})
}

// cutSeeds end within a code, within extra bits, between length and distance.
func cutSeeds() (seeds []seed) {
	lit, dist := allSymbols()
	src := written(func(w *bitWriter) {
		w.dynamic(1, lit.lens, dist.lens, true)
		for i := range 300 {
			w.symbol(lit, i&255)
		}
		w.match(lit, dist, 250, 280) // 9 + 5 and 5 + 7 bits
		w.symbol(lit, endOfBlock)
	})
	for cut := 1; cut < 6; cut++ {
		seeds = append(seeds, seed{fmt.Sprint("cut before the end by ", cut), src[:len(src)-cut], ErrTruncated})
	}
	for _, at := range []int{1, 2, 4, 8, 16} {
		seeds = append(seeds, seed{fmt.Sprint("cut in the head at ", at), src[:at], ErrTruncated})
	}
	return seeds
}

func gzipSeeds() []seed {
	data := []byte("content")
	extra, name, comment := []byte{4, 0, 'E', 'x', 0, 0}, []byte("name\x00"), []byte("comment\x00")
	full := member(hasExtra|hasName|hasComment|hasHeaderSum, bytes.Join([][]byte{extra, name, comment}, nil), data)
	plain := member(0, nil, data)
	with := func(b []byte, at int, v byte) []byte {
		b = bytes.Clone(b)
		b[(at+len(b))%len(b)] = v
		return b
	}
	seeds := []seed{
		{"extra field", member(hasExtra, extra, data), nil},
		{"empty extra field", member(hasExtra, []byte{0, 0}, data), nil},
		{"name", member(hasName, name, data), nil},
		{"empty name", member(hasName, []byte{0}, data), nil},
		{"name too long", member(hasName, append(bytes.Repeat([]byte{'n'}, maxString), 0), data), ErrCorrupt},
		{"comment", member(hasComment, comment, data), nil},
		{"header sum", member(hasHeaderSum, nil, data), nil},
		{"other header sum", with(member(hasHeaderSum, nil, data), 10, 0), ErrChecksum},
		{"text flag", member(1, nil, data), nil},
		{"reserved flag", member(0x20, nil, data), ErrCorrupt},
		{"method 7", with(plain, methodAt, 7), ErrCorrupt},
		{"other magic", with(plain, 0, 0x1e), ErrNotGzip},
		{"other CRC", with(plain, -8, 0), ErrChecksum},
		{"other length", with(plain, -4, 0), ErrChecksum},
		{"huge length", with(plain, -1, 0xff), ErrChecksum},
		{"members", bytes.Join([][]byte{full, member(0, nil, nil), plain, member(0, nil, nil)}, nil), nil},
		{"second member cut", append(bytes.Clone(plain), full[:40]...), ErrTruncated},
		{"second member reaches into the first", append(bytes.Clone(plain), around(1, farBlock())...), ErrCorrupt},
		{"zeros behind it", append(bytes.Clone(plain), 0, 0, 0, 0), ErrTrailing},
		{"half a magic behind it", append(bytes.Clone(plain), 0x1f), ErrTrailing},
		{"text behind it", append(bytes.Clone(plain), "{}"...), ErrTrailing},
	}
	for n := range full {
		if n%3 == 0 || n < 4 || n > len(full)-9 {
			seeds = append(seeds, seed{fmt.Sprint("cut at ", n), full[:n], ErrTruncated})
		}
	}
	for _, s := range deflateSeeds() {
		if s.err == nil && len(s.src) < 3000 {
			out, _ := new(Decoder).Deflate(nil, s.src, noLimit)
			seeds = append(seeds, seed{s.name, around(len(out), s.src, out...), nil})
		}
	}
	return seeds
}

// around puts a header before deflated data, and a trailer for out behind it.
func around(n int, deflated []byte, out ...byte) []byte {
	b := member(0, nil, nil)[:headerSize]
	b = append(b, deflated...)
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(out))
	return binary.LittleEndian.AppendUint32(b, uint32(n))
}

// farBlock has a match that would begin before its own member.
func farBlock() []byte {
	lit, dist := fixedCodes()
	return written(func(w *bitWriter) {
		w.bits(1|1<<1, 3)
		w.symbol(lit, 'a')
		w.match(lit, dist, 3, 2)
		w.symbol(lit, endOfBlock)
	})
}
