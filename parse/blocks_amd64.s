//go:build amd64 && !purego

#include "textflag.h"

// FILL broadcasts one byte over a register.
#define FILL(c, x, y) \
	MOVQ $c, AX         \
	MOVQ AX, x          \
	VPBROADCASTB x, y

// STORE writes the mask of two compared halves.
#define STORE(low, high, at) \
	VPMOVMSKB low, AX    \
	VPMOVMSKB high, BX   \
	SHLQ $32, BX         \
	ORQ  BX, AX          \
	MOVQ AX, at(DI)

// EQUAL writes the mask of the bytes that equal c.
#define EQUAL(c, at) \
	VPCMPEQB Y8, c, Y10 \
	VPCMPEQB Y9, c, Y11 \
	STORE(Y10, Y11, at)

// func classify(b *byte, n int, out *block)
TEXT ·classify(SB), NOSPLIT, $0-24
	MOVQ b+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ out+16(FP), DI
	FILL(0x22, X0, Y0) // "
	FILL(0x5c, X1, Y1) // \
	FILL(0x7b, X2, Y2) // {, and [ with the bit 0x20
	FILL(0x7d, X3, Y3) // }, and ] with it
	FILL(0x3a, X4, Y4) // :
	FILL(0x2c, X5, Y5) // ,
	FILL(0x20, X6, Y6)
	VPCMPEQB X7, X7, X7 // all ones: a product without carries by them is a sum of all lower bits

next:
	TESTQ CX, CX
	JZ    done
	VMOVDQU (SI), Y8
	VMOVDQU 32(SI), Y9
	EQUAL(Y0, 0)
	VMOVQ       AX, X12
	VPCLMULQDQ  $0, X7, X12, X12
	VMOVQ       X12, 48(DI)
	EQUAL(Y1, 8)
	EQUAL(Y4, 24)
	EQUAL(Y5, 32)

	// White space and control characters: not above the space.
	VPMINUB  Y8, Y6, Y10
	VPMINUB  Y9, Y6, Y11
	VPCMPEQB Y8, Y10, Y10
	VPCMPEQB Y9, Y11, Y11
	STORE(Y10, Y11, 40)

	// Brackets of both kinds, opening and closing.
	VPOR     Y8, Y6, Y8
	VPOR     Y9, Y6, Y9
	VPCMPEQB Y8, Y2, Y10
	VPCMPEQB Y8, Y3, Y11
	VPOR     Y10, Y11, Y10
	VPCMPEQB Y9, Y2, Y12
	VPCMPEQB Y9, Y3, Y13
	VPOR     Y12, Y13, Y11
	STORE(Y10, Y11, 16)

	ADDQ $64, SI
	ADDQ $56, DI
	DECQ CX
	JMP  next

done:
	VZEROUPPER
	RET

// func indexPair(b *byte, n, far int, x, y byte) int
TEXT ·indexPair(SB), NOSPLIT, $0-40
	MOVQ b+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ far+16(FP), DI
	ADDQ SI, DI
	VPBROADCASTB x+24(FP), Y0
	VPBROADCASTB y+25(FP), Y1
	XORQ AX, AX

pair:
	CMPQ AX, CX
	JGE  none
	VPCMPEQB  (SI)(AX*1), Y0, Y2
	VPCMPEQB  (DI)(AX*1), Y1, Y3
	VPAND     Y2, Y3, Y2
	VPMOVMSKB Y2, BX
	ADDQ $32, AX
	TESTL BX, BX
	JZ   pair
	BSFL BX, BX
	LEAQ -32(AX)(BX*1), AX
	VZEROUPPER
	MOVQ AX, ret+32(FP)
	RET

none:
	VZEROUPPER
	MOVQ $-1, ret+32(FP)
	RET
