//go:build !purego && (amd64 || arm64)

package inflate

// The one file with unsafe: words at any address of a byte slice, without a
// check per access. Positions stay numbers, so no pointer to anything but an
// access that is in bounds ever exists. A CPU must be little-endian and load
// and store at any address.
//
// Who calls answers for the bounds that each function states. The only caller
// is fast, which argues them; memory_safe.go is the same with checks, and a
// wrong argument panics there.

import "unsafe"

// memory is where a byte slice starts.
type memory = unsafe.Pointer

func memoryOf(b []byte) memory { return unsafe.Pointer(unsafe.SliceData(b)) }

// load64 needs 0 ≤ i ≤ len-8.
func load64(m memory, i int) uint64 { return *(*uint64)(unsafe.Add(m, i)) }

// store64 needs 0 ≤ i ≤ len-8.
func store64(m memory, i int, v uint64) { *(*uint64)(unsafe.Add(m, i)) = v }

// store8 needs 0 ≤ i < len.
func store8(m memory, i int, v byte) { *(*byte)(unsafe.Add(m, i)) = v }

// copy16 needs 0 ≤ from ≤ to-16 and to ≤ len-16: the two do not overlap. It
// becomes two vector moves.
func copy16(m memory, to, from int) {
	*(*[16]byte)(unsafe.Add(m, to)) = *(*[16]byte)(unsafe.Add(m, from))
}
