//go:build amd64 && !purego

package lanes

// blocks16 is a step of 16 lanes; it needs AVX-512 F and BW.
//
//go:noescape
func blocks16(s *state, from *[most]*byte, n int, k *[64]uint32)

// blocks8 is a step of the first 8 lanes; it needs AVX2.
//
//go:noescape
func blocks8(s *state, from *[most]*byte, n int, k *[64]uint32)

func cpuid(leaf, sub uint32) (a, b, c, d uint32)

func xgetbv() uint32

// What the processor can and the system saves the registers for.
var hasSHA, hasAVX2, hasAVX512 = features()

func features() (sha, avx2, avx512 bool) {
	const osxsave, ssse3, sse41 = 1 << 27, 1 << 9, 1 << 19 // leaf 1, ecx
	const bitAVX2, bitF, bitBW, bitSHA = 1 << 5, 1 << 16, 1 << 30, 1 << 29
	const ymm, zmm = 0x06, 0xe6 // XCR0
	if leaves, _, _, _ := cpuid(0, 0); leaves < 7 {
		return false, false, false
	}
	_, _, c, _ := cpuid(1, 0)
	_, b, _, _ := cpuid(7, 0)
	sha = b&bitSHA != 0 && c&ssse3 != 0 && c&sse41 != 0
	if c&osxsave == 0 {
		return sha, false, false
	}
	saved := xgetbv()
	avx2 = saved&ymm == ymm && b&bitAVX2 != 0
	avx512 = avx2 && saved&zmm == zmm && b&bitF != 0 && b&bitBW != 0
	return sha, avx2, avx512
}

// steps is the step of so many lanes, nil when the processor cannot.
func steps(width int) step {
	switch {
	case width == 16 && hasAVX512:
		return blocks16
	case width == 8 && hasAVX2:
		return blocks8
	}
	return nil
}
