package jq

import (
	"bytes"
	"math"
	"strconv"
)

// appendNumber prints a double as jq 1.6 does: at most seventeen significant
// digits, the fewest that read back the same, an exponent of at least two
// digits from 1e17 on and below 1e-5, null for NaN, the largest double for
// infinity.
func appendNumber(dst []byte, n float64) []byte {
	switch {
	case math.IsNaN(n):
		return append(dst, "null"...)
	case math.IsInf(n, 0):
		n = math.Copysign(math.MaxFloat64, n)
	case n == math.Trunc(n) && math.Abs(n) < 1e15 && (n != 0 || !math.Signbit(n)):
		return strconv.AppendInt(dst, int64(n), 10)
	}
	var buf [32]byte
	e := strconv.AppendFloat(buf[:0], n, 'e', -1, 64)
	mantissa, exponent, _ := bytes.Cut(e, []byte("e"))
	exp, _ := strconv.Atoi(string(exponent))
	digits := len(mantissa)
	if mantissa[0] == '-' {
		digits--
	}
	if digits > 1 {
		digits-- // the point
	}
	// jq's rule: with decpt = exp+1, exponent form if decpt <= -5+1 or
	// decpt > digits+15.
	if exp < -4-1+1 || exp+1 > digits+15 {
		return exponential(dst, mantissa, exp)
	}
	return strconv.AppendFloat(dst, n, 'f', -1, 64)
}

func exponential(dst, mantissa []byte, exp int) []byte {
	dst = append(dst, mantissa...)
	sign := byte('+')
	if exp < 0 {
		sign, exp = '-', -exp
	}
	dst = append(dst, 'e', sign)
	if exp < 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, int64(exp), 10)
}

// appendLiteral prints a number that a program passed through. An integer is
// printed exactly, however large: evidence has identifiers of nineteen digits
// that a double would falsify. Anything else is printed as the double it is.
func appendLiteral(dst, raw []byte) []byte {
	if isInteger(raw) {
		return append(dst, raw...)
	}
	return appendNumber(dst, parseNumber(raw))
}

func isInteger(raw []byte) bool {
	for i, c := range raw {
		if (c < '0' || c > '9') && (i > 0 || c != '-') {
			return false
		}
	}
	return true
}
