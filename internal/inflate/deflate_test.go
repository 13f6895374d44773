package inflate

import (
	"bytes"
	stdflate "compress/flate"
	stdgzip "compress/gzip"
	"errors"
	"math/rand/v2"
	"testing"
)

// inputs are contents of many kinds.
func inputs() map[string][]byte {
	in := map[string][]byte{
		"empty":   {},
		"byte":    {'x'},
		"zeros":   make([]byte, 200_000),
		"noise":   noise(1, 150_000),
		"trail":   trailJSON(1, 60),
		"records": trailJSON(2, 2),
		"periods": nil,
	}
	for n := 1; n < 70; n++ {
		in["periods"] = append(in["periods"], bytes.Repeat(noise(uint64(n), n), 1+700/n)...)
	}
	return in
}

func TestLevels(t *testing.T) {
	for name, data := range inputs() {
		t.Run(name, func(t *testing.T) {
			for level := statelessCompression; level <= stdgzip.BestCompression; level++ {
				gzipFormat.mustBe(t, pack(t, data, level), data)
			}
			for level := stdgzip.HuffmanOnly; level <= stdgzip.BestCompression; level++ {
				var buf bytes.Buffer
				w, _ := stdflate.NewWriter(&buf, level)
				w.Write(data)
				w.Close()
				deflateFormat.mustBe(t, buf.Bytes(), data)
			}
		})
	}
}

// Flushes give empty stored blocks and blocks that end between bytes.
func TestFlushed(t *testing.T) {
	data := trailJSON(3, 50)
	for _, every := range []int{1, 7, 100, 5000} {
		var buf bytes.Buffer
		w, _ := stdflate.NewWriter(&buf, 6)
		for part := data; len(part) > 0; part = part[min(every, len(part)):] {
			w.Write(part[:min(every, len(part))])
			w.Flush()
		}
		w.Close()
		deflateFormat.mustBe(t, buf.Bytes(), data)
	}
}

func TestStored(t *testing.T) {
	w, want := &bitWriter{}, []byte(nil)
	for _, n := range []int{0, 1, 65535, 300, 0} {
		w.stored(0, noise(uint64(n), n))
		want = append(want, noise(uint64(n), n)...)
	}
	w.stored(1, nil)
	deflateFormat.mustBe(t, w.bytes(), want)

	w = &bitWriter{}
	w.stored(1, []byte("abc"))
	bad := w.bytes()
	bad[3]++
	deflateFormat.mustFail(t, bad, ErrCorrupt)
	bad[3]--
	if got := deflateFormat.mustFail(t, bad[:7], ErrTruncated); string(got) != "ab" {
		t.Fatalf("salvaged %q", got)
	}
}

func TestRandomBlocks(t *testing.T) {
	for seed := range uint64(400) {
		src, want := randomBlocks(seed, false)
		deflateFormat.mustBe(t, src, want)
		src, _ = randomBlocks(seed, true)
		deflateFormat.agree(t, src)
	}
}

// allSymbols is a pair of complete codes in which each symbol has a code.
func allSymbols() (lit, dist code) {
	lens := make([]uint8, numLit)
	for i := range lens {
		lens[i] = 9
		if i < 2*256-numLit { // these eight bits, so that it is complete
			lens[i] = 8
		}
	}
	return codeOf(lens), codeOf(append(bytes.Repeat([]byte{5}, 28), 4, 4))
}

// Every distance with lengths from one end to the other, as symbols of a
// dynamic block.
func TestMatches(t *testing.T) {
	lit, dist := allSymbols()
	w := &bitWriter{}
	w.dynamic(1, lit.lens, dist.lens, true)
	want := noise(9, 32768)
	for _, b := range want {
		w.symbol(lit, int(b))
	}
	length := 3
	for distance := 1; distance <= 32768; distance++ {
		if distance > 600 && distance%97 > 0 && distance < 32760 {
			continue
		}
		if length += 5; length > maxMatch {
			length = 3 + length%5
		}
		for _, n := range []int{3, length, maxMatch} {
			w.match(lit, dist, n, distance)
			for range n {
				want = append(want, want[len(want)-distance])
			}
		}
	}
	w.symbol(lit, endOfBlock)
	deflateFormat.mustBe(t, w.bytes(), want)
}

// Each length with each small distance, so that all copies by words overlap in
// all ways; literals between them, so that errors would show.
func TestOverlaps(t *testing.T) {
	lit, dist := allSymbols()
	w := &bitWriter{}
	w.dynamic(1, lit.lens, dist.lens, false)
	var want []byte
	for distance := 1; distance < 70; distance++ {
		for length := 3; length <= maxMatch; length++ {
			for i := range distance {
				b := byte(i*7 + length + distance)
				w.symbol(lit, int(b))
				want = append(want, b)
			}
			w.match(lit, dist, length, distance)
			for range length {
				want = append(want, want[len(want)-distance])
			}
		}
	}
	w.symbol(lit, endOfBlock)
	deflateFormat.mustBe(t, w.bytes(), want)
}

// A distance may reach to the first byte of its member and no further.
func TestFar(t *testing.T) {
	lit, dist := allSymbols()
	for before := 1; before < 300; before += 13 {
		w := &bitWriter{}
		w.dynamic(1, lit.lens, dist.lens, false)
		for range before {
			w.symbol(lit, 'a')
		}
		w.match(lit, dist, 10, before)
		w.match(lit, dist, 3, before+11)
		w.bits(0, 200)
		if got := deflateFormat.mustFail(t, w.bytes(), ErrCorrupt); len(got) != before+10 {
			t.Fatalf("salvaged %d bytes of %d", len(got), before+10)
		}
	}
}

func TestFarIntoMember(t *testing.T) {
	lit, dist := allSymbols()
	w := &bitWriter{}
	w.dynamic(1, lit.lens, dist.lens, false)
	w.symbol(lit, 'a')
	w.match(lit, dist, 10, 2)
	w.symbol(lit, endOfBlock)
	w.bits(0, 400)
	second := append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0}, w.bytes()...)
	gzipFormat.mustFail(t, append(pack(t, []byte("first"), 6), second...), ErrCorrupt)
}

// Codes that are no complete prefix codes, or name symbols without a meaning.
func TestCodes(t *testing.T) {
	ab := lensOf(257, map[int]uint8{'a': 1, endOfBlock: 1})
	abc := lensOf(260, map[int]uint8{'a': 1, endOfBlock: 2, 259: 2})
	for _, tt := range []struct {
		name      string
		lit, dist []uint8
		bits      string // least significant first, after the codes
		want      string
		err       error
	}{
		{"end only", lensOf(257, map[int]uint8{endOfBlock: 1}), []uint8{0}, "0", "", nil},
		{"end only, other bit", lensOf(257, map[int]uint8{endOfBlock: 1}), []uint8{0}, "1", "", ErrCorrupt},
		{"end only, two bits", lensOf(257, map[int]uint8{endOfBlock: 2}), []uint8{0}, "00", "", ErrCorrupt},
		{"no literals", lensOf(257, nil), []uint8{1}, "0", "", ErrCorrupt},
		{"no end", lensOf(257, map[int]uint8{'a': 1, 'b': 1}), []uint8{1}, "010", "aba", ErrTruncated},
		{"one literal", ab, []uint8{0}, "0001", "aaa", nil},
		{"one distance", abc, []uint8{1}, "011" + "0" + "10", "aaaaaa", nil},
		{"one distance, other bit", abc, []uint8{1}, "011" + "1" + "10", "a", ErrCorrupt},
		{"no distance", abc, []uint8{0}, "011" + "0" + "10", "a", ErrCorrupt},
		{"one distance of two bits", abc, []uint8{2}, "010", "", ErrCorrupt},
		{"incomplete distances", abc, []uint8{1, 2}, "010", "", ErrCorrupt},
		{"too many distances", abc, []uint8{1, 1, 1}, "010", "", ErrCorrupt},
		{"incomplete literals", lensOf(257, map[int]uint8{'a': 1, endOfBlock: 2}), []uint8{1}, "010", "", ErrCorrupt},
		{"too many literals", lensOf(258, map[int]uint8{'a': 1, endOfBlock: 1, 257: 2}), []uint8{1}, "010", "", ErrCorrupt},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, pad := range []int{0, 800} { // with and without room for the fast loop
				w := &bitWriter{}
				w.dynamic(1, tt.lit, tt.dist, true)
				for _, b := range tt.bits {
					w.bits(uint64(b-'0'), 1)
				}
				if tt.err == nil || errors.Is(tt.err, ErrTruncated) {
					pad = 0
				}
				w.bits(0, 0)
				src := append(w.bytes(), make([]byte, pad)...)
				got, err := deflateFormat.agree(t, src)
				if errors.Is(tt.err, ErrTruncated) {
					// the padding of the last byte is literals here
					got = got[:min(len(got), len(tt.want))]
				}
				if string(got) != tt.want || !errors.Is(err, tt.err) {
					t.Errorf("%q and %v, want %q and %v", got, err, tt.want, tt.err)
				}
			}
		})
	}
}

func TestFixedCode(t *testing.T) {
	w := &bitWriter{}
	w.bits(1|1<<1, 3)
	lit, dist := fixedCodes()
	var want []byte
	for i := range 256 {
		w.symbol(lit, i)
		want = append(want, byte(i))
	}
	w.match(lit, dist, 100, 200)
	want = append(want, want[56:156]...)
	good := *w
	good.b = bytes.Clone(w.b)
	good.symbol(lit, endOfBlock)
	deflateFormat.mustBe(t, good.bytes(), want)
	for _, sym := range []int{286, 287} {
		bad := *w
		bad.b = bytes.Clone(w.b)
		bad.symbol(lit, sym)
		bad.bits(0, 400)
		deflateFormat.mustFail(t, bad.bytes(), ErrCorrupt)
	}
	for _, sym := range []int{30, 31} {
		bad := *w
		bad.b = bytes.Clone(w.b)
		bad.symbol(lit, 257)
		bad.symbol(dist, sym)
		bad.bits(0, 400)
		deflateFormat.mustFail(t, bad.bytes(), ErrCorrupt)
	}
}

func TestHeads(t *testing.T) {
	for head := range uint64(1 << 14) {
		if head%37 != 0 {
			continue
		}
		w := &bitWriter{}
		w.bits(1|2<<1, 3)
		w.bits(head, 14)
		r := rand.New(rand.NewPCG(head, 1))
		for range 100 {
			w.bits(r.Uint64()&0xffff, 16)
		}
		deflateFormat.agree(t, w.bytes())
	}
	deflateFormat.mustFail(t, []byte{7, 0, 0}, ErrCorrupt) // the reserved type
	deflateFormat.mustFail(t, nil, ErrTruncated)
}
