//go:build amd64 && !purego

#include "textflag.h"

// Y0-Y7 hold the working variables a to h, Y8-Y13 what lasts an instruction or
// two; sixteen words of the message schedule are on the stack, at R9. In all of
// them a lane is one message. There is no rotation in AVX2: it is two shifts.

// LOAD reads half a block of a lane, its words as numbers.
#define LOAD(lane, half, y) \
	MOVQ (8*lane)(SI), R8             \
	VMOVDQU (32*half)(R8)(DX*1), y    \
	VPSHUFB ·swap(SB), y, y

// WORDS and PAIRS interleave two registers, by 32 and by 64 bits.
#define WORDS(x, y, low, high) \
	VPUNPCKLDQ y, x, low  \
	VPUNPCKHDQ y, x, high

#define PAIRS(x, y, low, high) \
	VPUNPCKLQDQ y, x, low  \
	VPUNPCKHQDQ y, x, high

// HALVES stores the lower halves of two registers as a word of the schedule,
// and the upper halves as the fourth after it.
#define HALVES(x, y, word) \
	VPERM2I128 $0x20, y, x, Y8       \
	VPERM2I128 $0x31, y, x, Y9       \
	VMOVDQU Y8, (32*word)(R9)        \
	VMOVDQU Y9, (32*(word+4))(R9)

// TRANSPOSE makes eight words of eight lanes of eight lanes of eight words.
#define TRANSPOSE(half) \
	LOAD(0, half, Y0) \
	LOAD(1, half, Y1) \
	LOAD(2, half, Y2) \
	LOAD(3, half, Y3) \
	LOAD(4, half, Y4) \
	LOAD(5, half, Y5) \
	LOAD(6, half, Y6) \
	LOAD(7, half, Y7) \
	WORDS(Y0, Y1, Y8, Y9)   \
	WORDS(Y2, Y3, Y10, Y11) \
	WORDS(Y4, Y5, Y12, Y13) \
	WORDS(Y6, Y7, Y14, Y15) \
	PAIRS(Y8, Y10, Y0, Y1)  \
	PAIRS(Y9, Y11, Y2, Y3)  \
	PAIRS(Y12, Y14, Y4, Y5) \
	PAIRS(Y13, Y15, Y6, Y7) \
	HALVES(Y0, Y4, (8*half))   \
	HALVES(Y1, Y5, (8*half+1)) \
	HALVES(Y2, Y6, (8*half+2)) \
	HALVES(Y3, Y7, (8*half+3))

// ROTATE leaves x rotated by r, s and t in Y8, as a sum without carries.
#define ROTATE(x, r, s, t) \
	VPSRLD $r, x, Y8        \
	VPSLLD $(32-r), x, Y9   \
	VPSRLD $s, x, Y10       \
	VPSLLD $(32-s), x, Y11  \
	VPSRLD $t, x, Y12       \
	VPSLLD $(32-t), x, Y13  \
	VPXOR Y8, Y9, Y8        \
	VPXOR Y10, Y11, Y10     \
	VPXOR Y12, Y13, Y12     \
	VPXOR Y8, Y10, Y8       \
	VPXOR Y8, Y12, Y8

// ROUND is one turn of 6.2.2, step 3. What becomes a is left in h, what becomes
// e in d. Ch is ((f ^ g) & e) ^ g. Maj is ((a ^ b) & (b ^ c)) ^ b: bc is b ^ c,
// and a ^ b is left in ab, to be the next turn's bc.
#define ROUND(a, b, c, d, e, f, g, h, ab, bc, t) \
	VPADDD (32*t)(R9), h, h       \
	VPBROADCASTD (4*t)(AX), Y8    \
	VPXOR f, g, Y9                \
	VPADDD Y8, h, h               \
	VPAND e, Y9, Y9               \
	VPXOR g, Y9, Y9               \
	VPADDD Y9, h, h               \
	ROTATE(e, 6, 11, 25)          \
	VPADDD Y8, h, h               \
	VPXOR a, b, ab                \
	VPADDD h, d, d                \
	VPAND ab, bc, bc              \
	VPXOR b, bc, bc               \
	VPADDD bc, h, h               \
	ROTATE(a, 2, 13, 22)          \
	VPADDD Y8, h, h

// SIGMA leaves x rotated by r and s and shifted by t in y, as a sum without
// carries; z is in use meanwhile.
#define SIGMA(x, r, s, t, y, z) \
	VPSRLD $r, x, y       \
	VPSLLD $(32-r), x, z  \
	VPXOR z, y, y         \
	VPSRLD $s, x, z       \
	VPXOR z, y, y         \
	VPSLLD $(32-s), x, z  \
	VPXOR z, y, y         \
	VPSRLD $t, x, z       \
	VPXOR z, y, y

// NEXT makes word t+16 of the schedule out of t, t+1, t+9 and t+14, in t's place.
#define NEXT(t) \
	VMOVDQU (32*((t+1)&15))(R9), Y8        \
	VMOVDQU (32*((t+14)&15))(R9), Y11      \
	SIGMA(Y8, 7, 18, 3, Y9, Y10)           \
	VPADDD (32*t)(R9), Y9, Y9              \
	VPADDD (32*((t+9)&15))(R9), Y9, Y9     \
	SIGMA(Y11, 17, 19, 10, Y12, Y13)       \
	VPADDD Y9, Y12, Y12                    \
	VMOVDQU Y12, (32*t)(R9)

// ADD adds a working variable to its word of the hash value.
#define ADD(word, y) \
	VPADDD (64*word)(DI), y, y \
	VMOVDQU y, (64*word)(DI)

// func blocks8(s *state, from *[most]*byte, n int, k *[64]uint32)
TEXT ·blocks8(SB), 0, $544-32
	MOVQ s+0(FP), DI
	MOVQ from+8(FP), SI
	MOVQ n+16(FP), CX
	SHLQ $6, CX // where the blocks end, DX being where in them we are
	XORQ DX, DX
	LEAQ 31(SP), R9 // 512 bytes of the frame, none of them across cache lines
	ANDQ $~31, R9

block:
	TRANSPOSE(0)
	TRANSPOSE(1)
	VMOVDQU (DI), Y0
	VMOVDQU 64(DI), Y1
	VMOVDQU 128(DI), Y2
	VMOVDQU 192(DI), Y3
	VMOVDQU 256(DI), Y4
	VMOVDQU 320(DI), Y5
	VMOVDQU 384(DI), Y6
	VMOVDQU 448(DI), Y7
	VPXOR Y1, Y2, Y15
	MOVQ k+24(FP), AX
	MOVQ $3, BX

sixteen:
	ROUND(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y14, Y15, 0)
	NEXT(0)
	ROUND(Y7, Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y15, Y14, 1)
	NEXT(1)
	ROUND(Y6, Y7, Y0, Y1, Y2, Y3, Y4, Y5, Y14, Y15, 2)
	NEXT(2)
	ROUND(Y5, Y6, Y7, Y0, Y1, Y2, Y3, Y4, Y15, Y14, 3)
	NEXT(3)
	ROUND(Y4, Y5, Y6, Y7, Y0, Y1, Y2, Y3, Y14, Y15, 4)
	NEXT(4)
	ROUND(Y3, Y4, Y5, Y6, Y7, Y0, Y1, Y2, Y15, Y14, 5)
	NEXT(5)
	ROUND(Y2, Y3, Y4, Y5, Y6, Y7, Y0, Y1, Y14, Y15, 6)
	NEXT(6)
	ROUND(Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y0, Y15, Y14, 7)
	NEXT(7)
	ROUND(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y14, Y15, 8)
	NEXT(8)
	ROUND(Y7, Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y15, Y14, 9)
	NEXT(9)
	ROUND(Y6, Y7, Y0, Y1, Y2, Y3, Y4, Y5, Y14, Y15, 10)
	NEXT(10)
	ROUND(Y5, Y6, Y7, Y0, Y1, Y2, Y3, Y4, Y15, Y14, 11)
	NEXT(11)
	ROUND(Y4, Y5, Y6, Y7, Y0, Y1, Y2, Y3, Y14, Y15, 12)
	NEXT(12)
	ROUND(Y3, Y4, Y5, Y6, Y7, Y0, Y1, Y2, Y15, Y14, 13)
	NEXT(13)
	ROUND(Y2, Y3, Y4, Y5, Y6, Y7, Y0, Y1, Y14, Y15, 14)
	NEXT(14)
	ROUND(Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y0, Y15, Y14, 15)
	NEXT(15)
	ADDQ $64, AX
	DECQ BX
	JNZ  sixteen

	ROUND(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y14, Y15, 0)
	ROUND(Y7, Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y15, Y14, 1)
	ROUND(Y6, Y7, Y0, Y1, Y2, Y3, Y4, Y5, Y14, Y15, 2)
	ROUND(Y5, Y6, Y7, Y0, Y1, Y2, Y3, Y4, Y15, Y14, 3)
	ROUND(Y4, Y5, Y6, Y7, Y0, Y1, Y2, Y3, Y14, Y15, 4)
	ROUND(Y3, Y4, Y5, Y6, Y7, Y0, Y1, Y2, Y15, Y14, 5)
	ROUND(Y2, Y3, Y4, Y5, Y6, Y7, Y0, Y1, Y14, Y15, 6)
	ROUND(Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y0, Y15, Y14, 7)
	ROUND(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y14, Y15, 8)
	ROUND(Y7, Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y15, Y14, 9)
	ROUND(Y6, Y7, Y0, Y1, Y2, Y3, Y4, Y5, Y14, Y15, 10)
	ROUND(Y5, Y6, Y7, Y0, Y1, Y2, Y3, Y4, Y15, Y14, 11)
	ROUND(Y4, Y5, Y6, Y7, Y0, Y1, Y2, Y3, Y14, Y15, 12)
	ROUND(Y3, Y4, Y5, Y6, Y7, Y0, Y1, Y2, Y15, Y14, 13)
	ROUND(Y2, Y3, Y4, Y5, Y6, Y7, Y0, Y1, Y14, Y15, 14)
	ROUND(Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y0, Y15, Y14, 15)

	ADD(0, Y0)
	ADD(1, Y1)
	ADD(2, Y2)
	ADD(3, Y3)
	ADD(4, Y4)
	ADD(5, Y5)
	ADD(6, Y6)
	ADD(7, Y7)
	ADDQ $64, DX
	CMPQ DX, CX
	JB   block
	VZEROUPPER
	RET
