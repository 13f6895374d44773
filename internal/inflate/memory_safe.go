//go:build purego || !(amd64 || arm64)

package inflate

import "encoding/binary"

// memory is a byte slice.
type memory = []byte

func memoryOf(b []byte) memory { return b }

func load64(m memory, i int) uint64     { return binary.LittleEndian.Uint64(m[i : i+8 : len(m)]) }
func store64(m memory, i int, v uint64) { binary.LittleEndian.PutUint64(m[i:i+8:len(m)], v) }
func store8(m memory, i int, v byte)    { m[i] = v }
func copy16(m memory, to, from int)     { copy(m[to:to+16:len(m)], m[from:from+16:to]) }
