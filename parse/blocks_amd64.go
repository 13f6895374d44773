//go:build amd64 && !purego

package parse

import "github.com/klauspost/cpuid/v2"

// classify fills out with the masks of n blocks of 64 bytes.
//
//go:noescape
func classify(b *byte, n int, out *block)

// hasBlocks: the processor and the system know AVX2, and products without
// carries.
var hasBlocks = cpuid.CPU.Supports(cpuid.AVX2, cpuid.CLMUL)

// splitRecords finds where the events of a log end, into the memory of in; ok
// is false when only the long way can tell.
func splitRecords(b []byte, in split) (_ split, ok bool) {
	if !hasBlocks {
		return in, false
	}
	return splitByBlocks(b, in)
}

// masksOf fills out with the masks of the whole blocks at the head of b.
func masksOf(b []byte, out []block) int {
	n := min(len(b)/blockSize, len(out))
	if n > 0 {
		classify(&b[0], n, &out[0])
	}
	return n
}

// indexPair gives the first i below n, which is a multiple of 32, with
// b[i] == x and b[i+far] == y; -1 when there is none.
//
//go:noescape
func indexPair(b *byte, n, far int, x, y byte) int

func (n *Needle) candidate(b []byte, from, end int) int {
	if whole := (end - from) &^ 31; hasBlocks && whole > 0 {
		i := indexPair(&b[from+n.low], whole, n.high-n.low, n.text[n.low], n.text[n.high])
		if i >= 0 {
			return from + i
		}
		from += whole
	}
	return n.candidatePlain(b, from, end)
}
