//go:build amd64 && !purego

package lanes

import "github.com/klauspost/cpuid/v2"

// blocks16 is a step of 16 lanes; it needs AVX-512 F and BW.
//
//go:noescape
func blocks16(s *state, from *[most]*byte, n int, k *[64]uint32)

// blocks8 is a step of the first 8 lanes; it needs AVX2.
//
//go:noescape
func blocks8(s *state, from *[most]*byte, n int, k *[64]uint32)

// What the processor can and the system saves the registers for.
var (
	hasSHA    = cpuid.CPU.Supports(cpuid.SHA, cpuid.SSSE3, cpuid.SSE4)
	hasAVX2   = cpuid.CPU.Supports(cpuid.AVX2)
	hasAVX512 = cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512BW)
)

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
