//go:build amd64 && !purego

#include "textflag.h"

// In each word the bytes the other way round: messages are big endian.
DATA ·swap+0(SB)/8, $0x0405060700010203
DATA ·swap+8(SB)/8, $0x0c0d0e0f08090a0b
DATA ·swap+16(SB)/8, $0x0405060700010203
DATA ·swap+24(SB)/8, $0x0c0d0e0f08090a0b
GLOBL ·swap(SB), RODATA|NOPTR, $32
