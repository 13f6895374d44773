package inflate

import (
	"bytes"
	stdgzip "compress/gzip"
	"container/heap"
	"encoding/base64"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// packStd compresses with compress/gzip.
func packStd(tb testing.TB, data []byte, level int) []byte {
	tb.Helper()
	var buf bytes.Buffer
	w, err := stdgzip.NewWriterLevel(&buf, level)
	if err != nil {
		tb.Fatal(err)
	}
	w.Write(data)
	w.Close()
	return buf.Bytes()
}

// flushed compresses with an end of block, and an empty stored one, after each
// so many bytes.
func flushed(tb testing.TB, data []byte, every int) []byte {
	tb.Helper()
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, 6)
	if err != nil {
		tb.Fatal(err)
	}
	for ; len(data) > 0; data = data[min(every, len(data)):] {
		w.Write(data[:min(every, len(data))])
		w.Flush()
	}
	w.Close()
	return buf.Bytes()
}

func base64Of(b []byte) []byte { return base64.StdEncoding.AppendEncode(nil, b) }

// gzipOf is a gzip file of what f writes.
func gzipOf(f func(w *bitWriter)) []byte {
	src := written(f)
	out, err := new(Decoder).Deflate(nil, src, noLimit)
	if err != nil {
		panic(err)
	}
	return around(len(out), src, out...)
}

func randomGzips(n int) (files [][]byte) {
	for seed := range uint64(n) {
		src, out := randomBlocks(seed, false)
		files = append(files, around(len(out), src, out...))
	}
	return files
}

// pieces writes stored blocks of so many bytes.
func (w *bitWriter) pieces(data []byte, every int) {
	for len(data) > every {
		w.stored(0, data[:every])
		data = data[every:]
	}
	w.stored(1, data)
}

// huffman writes blocks of so many literals, each with the code that is best
// for it.
func (w *bitWriter) huffman(data []byte, every int) {
	for len(data) > 0 {
		part := data[:min(every, len(data))]
		data = data[len(part):]
		final := uint64(0)
		if len(data) == 0 {
			final = 1
		}
		lit := codeOf(bestLens(part))
		w.dynamic(final, lit.lens, []uint8{0}, true)
		for _, b := range part {
			w.symbol(lit, int(b))
		}
		w.symbol(lit, endOfBlock)
	}
}

// tree is a queue of subtrees by weight.
type tree []*node

type node struct {
	weight, sym int
	of          [2]*node
}

func (t tree) Len() int           { return len(t) }
func (t tree) Less(i, j int) bool { return t[i].weight < t[j].weight }
func (t tree) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *tree) Push(x any)        { *t = append(*t, x.(*node)) }
func (t *tree) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}

// bestLens is a Huffman code for data and one end of block.
func bestLens(data []byte) []uint8 {
	weights := map[int]int{endOfBlock: 1}
	for _, b := range data {
		weights[int(b)]++
	}
	var t tree
	for sym := range endOfBlock + 1 { // in order, so that it is the same each time
		if n := weights[sym]; n > 0 {
			heap.Push(&t, &node{weight: n, sym: sym})
		}
	}
	for t.Len() > 1 {
		a, b := heap.Pop(&t).(*node), heap.Pop(&t).(*node)
		heap.Push(&t, &node{weight: a.weight + b.weight, of: [2]*node{a, b}})
	}
	lens := make([]uint8, endOfBlock+1)
	t[0].assign(lens, 0)
	return lens
}

func (n *node) assign(lens []uint8, depth uint8) {
	if n.of[0] == nil {
		lens[n.sym] = depth
		return
	}
	n.of[0].assign(lens, depth+1)
	n.of[1].assign(lens, depth+1)
}

// oneSymbol writes a megabyte of one literal, a bit each.
func oneSymbol(w *bitWriter) {
	lit := codeOf(lensOf(257, map[int]uint8{'a': 1, endOfBlock: 1}))
	w.dynamic(1, lit.lens, []uint8{0}, true)
	for range 1 << 20 {
		w.symbol(lit, 'a')
	}
	w.symbol(lit, endOfBlock)
}

// deepCodes writes literals and matches whose codes are mostly longer than the
// main tables are wide.
func deepCodes(w *bitWriter) {
	lens := append(bytes.Repeat([]byte{15}, 256), 1, 15, 15, 15)
	for left := 1<<15 - 1<<14 - 259; left > 0; { // fill the code up with short ones
		n := 0
		for 1<<(n+1) <= left {
			n++
		}
		lens = append(lens, uint8(15-n))
		left -= 1 << n
	}
	lit, dist := codeOf(lens), codeOf(chain(16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0))
	w.dynamic(1, lit.lens, dist.lens, true)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 200_000 {
		if i%4 == 3 {
			w.match(lit, dist, 3+r.IntN(3), 1+r.IntN(3))
		} else {
			w.symbol(lit, r.IntN(256))
		}
	}
	w.symbol(lit, endOfBlock)
}

// runs writes some 400 KB of matches of one length at one distance.
func (w *bitWriter) runs(length, distance int) {
	lit, dist := allSymbols()
	w.dynamic(1, lit.lens, dist.lens, true)
	for i := range distance {
		w.symbol(lit, i*7&255)
	}
	for range 400_000 / length {
		w.match(lit, dist, length, distance)
	}
	w.symbol(lit, endOfBlock)
}
