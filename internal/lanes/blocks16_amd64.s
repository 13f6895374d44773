//go:build amd64 && !purego

#include "textflag.h"

// Z0-Z7 hold the working variables a to h, Z16-Z31 sixteen words of the message
// schedule, Z8-Z11 what lasts an instruction or two. In all of them a lane is one
// message.

// LOAD reads a block of a lane, its words as numbers. Z0 is the mask for it.
#define LOAD(lane, z) \
	MOVQ (8*lane)(SI), R8    \
	VMOVDQU32 (R8)(DX*1), z  \
	VPSHUFB Z0, z, z

// WORDS and PAIRS interleave two registers, by 32 and by 64 bits.
#define WORDS(x, y, low, high) \
	VPUNPCKLDQ y, x, low  \
	VPUNPCKHDQ y, x, high

#define PAIRS(x, y, low, high) \
	VPUNPCKLQDQ y, x, low  \
	VPUNPCKHQDQ y, x, high

// QUARTERS puts the even quarters of two registers into one, the odd into another.
#define QUARTERS(x, y, even, odd) \
	VSHUFI32X4 $0x88, y, x, even \
	VSHUFI32X4 $0xdd, y, x, odd

// ROUND is one turn of 6.2.2, step 3; ternary logic 0x96 is x ^ y ^ z, 0xca is
// Ch, 0xe8 is Maj. What becomes a is left in h, what becomes e in d.
#define ROUND(a, b, c, d, e, f, g, h, w, t) \
	VPADDD w, h, h                \
	VPRORD $6, e, Z8              \
	VPRORD $11, e, Z9             \
	VPRORD $25, e, Z10            \
	VPADDD.BCST (4*t)(AX), h, h   \
	VMOVDQA64 e, Z11              \
	VPTERNLOGD $0xca, g, f, Z11   \
	VPTERNLOGD $0x96, Z9, Z10, Z8 \
	VPADDD Z11, h, h              \
	VPADDD Z8, h, h               \
	VPRORD $2, a, Z8              \
	VPRORD $13, a, Z9             \
	VPRORD $22, a, Z10            \
	VMOVDQA64 a, Z11              \
	VPADDD h, d, d                \
	VPTERNLOGD $0xe8, c, b, Z11   \
	VPTERNLOGD $0x96, Z9, Z10, Z8 \
	VPADDD Z11, h, h              \
	VPADDD Z8, h, h

// NEXT makes word t+16 of the schedule out of t, t+1, t+9 and t+14, in t's place.
#define NEXT(w0, w1, w9, w14) \
	VPRORD $7, w1, Z12              \
	VPRORD $18, w1, Z13             \
	VPSRLD $3, w1, Z14              \
	VPADDD w9, w0, w0               \
	VPTERNLOGD $0x96, Z13, Z14, Z12 \
	VPRORD $17, w14, Z13            \
	VPRORD $19, w14, Z14            \
	VPSRLD $10, w14, Z15            \
	VPADDD Z12, w0, w0              \
	VPTERNLOGD $0x96, Z14, Z15, Z13 \
	VPADDD Z13, w0, w0

// ADD adds a working variable to its word of the hash value.
#define ADD(word, z) \
	VPADDD (64*word)(DI), z, z \
	VMOVDQU32 z, (64*word)(DI)

// func blocks16(s *state, from *[most]*byte, n int, k *[64]uint32)
TEXT ·blocks16(SB), NOSPLIT, $0-32
	MOVQ s+0(FP), DI
	MOVQ from+8(FP), SI
	MOVQ n+16(FP), CX
	SHLQ $6, CX // where the blocks end, DX being where in them we are
	XORQ DX, DX

block:
	VBROADCASTI32X4 ·swap(SB), Z0
	LOAD(0, Z16)
	LOAD(1, Z17)
	LOAD(2, Z18)
	LOAD(3, Z19)
	LOAD(4, Z20)
	LOAD(5, Z21)
	LOAD(6, Z22)
	LOAD(7, Z23)
	LOAD(8, Z24)
	LOAD(9, Z25)
	LOAD(10, Z26)
	LOAD(11, Z27)
	LOAD(12, Z28)
	LOAD(13, Z29)
	LOAD(14, Z30)
	LOAD(15, Z31)

	// Sixteen lanes of sixteen words become sixteen words of sixteen lanes.
	WORDS(Z16, Z17, Z0, Z1)
	WORDS(Z18, Z19, Z2, Z3)
	WORDS(Z20, Z21, Z4, Z5)
	WORDS(Z22, Z23, Z6, Z7)
	WORDS(Z24, Z25, Z8, Z9)
	WORDS(Z26, Z27, Z10, Z11)
	WORDS(Z28, Z29, Z12, Z13)
	WORDS(Z30, Z31, Z14, Z15)

	// Z16+4g+k: quarter q has word 4q+k of lanes 4g to 4g+3.
	PAIRS(Z0, Z2, Z16, Z17)
	PAIRS(Z1, Z3, Z18, Z19)
	PAIRS(Z4, Z6, Z20, Z21)
	PAIRS(Z5, Z7, Z22, Z23)
	PAIRS(Z8, Z10, Z24, Z25)
	PAIRS(Z9, Z11, Z26, Z27)
	PAIRS(Z12, Z14, Z28, Z29)
	PAIRS(Z13, Z15, Z30, Z31)

	QUARTERS(Z16, Z20, Z0, Z1)
	QUARTERS(Z24, Z28, Z2, Z3)
	QUARTERS(Z17, Z21, Z4, Z5)
	QUARTERS(Z25, Z29, Z6, Z7)
	QUARTERS(Z18, Z22, Z8, Z9)
	QUARTERS(Z26, Z30, Z10, Z11)
	QUARTERS(Z19, Z23, Z12, Z13)
	QUARTERS(Z27, Z31, Z14, Z15)

	QUARTERS(Z0, Z2, Z16, Z24)
	QUARTERS(Z1, Z3, Z20, Z28)
	QUARTERS(Z4, Z6, Z17, Z25)
	QUARTERS(Z5, Z7, Z21, Z29)
	QUARTERS(Z8, Z10, Z18, Z26)
	QUARTERS(Z9, Z11, Z22, Z30)
	QUARTERS(Z12, Z14, Z19, Z27)
	QUARTERS(Z13, Z15, Z23, Z31)

	VMOVDQU32 (DI), Z0
	VMOVDQU32 64(DI), Z1
	VMOVDQU32 128(DI), Z2
	VMOVDQU32 192(DI), Z3
	VMOVDQU32 256(DI), Z4
	VMOVDQU32 320(DI), Z5
	VMOVDQU32 384(DI), Z6
	VMOVDQU32 448(DI), Z7
	MOVQ k+24(FP), AX
	MOVQ $3, BX

sixteen:
	ROUND(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z16, 0)
	NEXT(Z16, Z17, Z25, Z30)
	ROUND(Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z17, 1)
	NEXT(Z17, Z18, Z26, Z31)
	ROUND(Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z18, 2)
	NEXT(Z18, Z19, Z27, Z16)
	ROUND(Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z19, 3)
	NEXT(Z19, Z20, Z28, Z17)
	ROUND(Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z20, 4)
	NEXT(Z20, Z21, Z29, Z18)
	ROUND(Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z21, 5)
	NEXT(Z21, Z22, Z30, Z19)
	ROUND(Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z22, 6)
	NEXT(Z22, Z23, Z31, Z20)
	ROUND(Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z23, 7)
	NEXT(Z23, Z24, Z16, Z21)
	ROUND(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z24, 8)
	NEXT(Z24, Z25, Z17, Z22)
	ROUND(Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z25, 9)
	NEXT(Z25, Z26, Z18, Z23)
	ROUND(Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z26, 10)
	NEXT(Z26, Z27, Z19, Z24)
	ROUND(Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z27, 11)
	NEXT(Z27, Z28, Z20, Z25)
	ROUND(Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z28, 12)
	NEXT(Z28, Z29, Z21, Z26)
	ROUND(Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z29, 13)
	NEXT(Z29, Z30, Z22, Z27)
	ROUND(Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z30, 14)
	NEXT(Z30, Z31, Z23, Z28)
	ROUND(Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z31, 15)
	NEXT(Z31, Z16, Z24, Z29)
	ADDQ $64, AX
	DECQ BX
	JNZ  sixteen

	ROUND(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z16, 0)
	ROUND(Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z17, 1)
	ROUND(Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z18, 2)
	ROUND(Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z19, 3)
	ROUND(Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z20, 4)
	ROUND(Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z21, 5)
	ROUND(Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z22, 6)
	ROUND(Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z23, 7)
	ROUND(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z24, 8)
	ROUND(Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z25, 9)
	ROUND(Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z5, Z26, 10)
	ROUND(Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z4, Z27, 11)
	ROUND(Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z3, Z28, 12)
	ROUND(Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z2, Z29, 13)
	ROUND(Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z1, Z30, 14)
	ROUND(Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z0, Z31, 15)

	ADD(0, Z0)
	ADD(1, Z1)
	ADD(2, Z2)
	ADD(3, Z3)
	ADD(4, Z4)
	ADD(5, Z5)
	ADD(6, Z6)
	ADD(7, Z7)
	ADDQ $64, DX
	CMPQ DX, CX
	JB   block
	VZEROUPPER
	RET
