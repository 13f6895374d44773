package layer

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
)

// maxIndex is how large an index is read ahead of the blocks: that of some
// hundred of them, more than small files have.
const maxIndex = 4 << 10

// largestBlock gives how much the largest block of an .xz file inflates to, by
// the index at its end; math.MaxInt64 when that does not tell, as in a file of
// several streams.
func largestBlock(r io.ReaderAt, size int64) int64 {
	tail := make([]byte, min(size, maxIndex))
	if n, _ := r.ReadAt(tail, size-int64(len(tail))); n < len(tail) || n < 24 {
		return math.MaxInt64
	}
	footer := tail[len(tail)-12:]
	length := (int64(binary.LittleEndian.Uint32(footer[4:])) + 1) * 4
	if !bytes.Equal(footer[10:], xzFooterMagic) || length > int64(len(tail)-12) {
		return math.MaxInt64
	}
	index := tail[int64(len(tail)-12)-length:]
	largest, blocks, ok := records(index[:length-4])
	if !ok || 12+blocks+length+12 != size {
		return math.MaxInt64
	}
	return largest
}

// records reads the records of an index: the largest content, and how much all
// blocks take in the file.
func records(index []byte) (largest, stored int64, ok bool) {
	if len(index) == 0 || index[0] != 0 {
		return 0, 0, false
	}
	number := func() (n int64) {
		v, used := binary.Uvarint(index)
		if ok = ok && used > 0 && v < math.MaxInt64/2; !ok {
			return 0
		}
		index = index[used:]
		return int64(v)
	}
	index, ok = index[1:], true
	for range number() {
		packed, content := number(), number()
		stored += (packed + 3) &^ 3
		if largest = max(largest, content); !ok || stored < 0 {
			return 0, 0, false
		}
	}
	return largest, stored, ok
}
