package expr

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"
)

// Decimal is a number as JSON writes it, exactly: 0.DIGITS times a power of
// ten. The digits are parts of the text that it was read from.
type Decimal struct {
	neg  bool
	a, b []byte // the digits before and behind the point; none at the ends is 0
	exp  int64
}

// maxExponent bounds an exponent: numbers beyond are equal.
const maxExponent = 1 << 40

// ParseDecimal reads a number in JSON's grammar; other text is none.
func ParseDecimal(s []byte) (d Decimal, ok bool) {
	s, d.neg = bytes.CutPrefix(s, []byte{'-'})
	d.a, s = digits(s)
	if len(d.a) == 0 || len(d.a) > 1 && d.a[0] == '0' {
		return Decimal{}, false
	}
	if len(s) > 0 && s[0] == '.' {
		if d.b, s = digits(s[1:]); len(d.b) == 0 {
			return Decimal{}, false
		}
	}
	if len(s) > 0 && s[0]|0x20 == 'e' {
		if d.exp, ok = exponent(s[1:]); !ok {
			return Decimal{}, false
		}
	} else if len(s) > 0 {
		return Decimal{}, false
	}
	d.trim()
	return d, true
}

func digits(s []byte) (head, rest []byte) {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return s[:n], s[n:]
}

func exponent(s []byte) (exp int64, ok bool) {
	neg := false
	if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
		neg, s = s[0] == '-', s[1:]
	}
	head, rest := digits(s)
	if len(head) == 0 || len(rest) > 0 {
		return 0, false
	}
	for _, c := range head {
		exp = min(exp*10+int64(c-'0'), maxExponent)
	}
	if neg {
		exp = -exp
	}
	return exp, true
}

// trim takes zeros off both ends and puts the point in front of the digits.
func (d *Decimal) trim() {
	d.a = bytes.TrimLeft(d.a, "0")
	d.exp += int64(len(d.a))
	if len(d.a) == 0 {
		b := bytes.TrimLeft(d.b, "0")
		d.exp -= int64(len(d.b) - len(b))
		d.b = b
	}
	if d.b = bytes.TrimRight(d.b, "0"); len(d.b) == 0 {
		d.a = bytes.TrimRight(d.a, "0")
	}
	if len(d.a)+len(d.b) == 0 {
		*d = Decimal{}
	}
}

func (d *Decimal) digit(i int) byte {
	switch {
	case i < len(d.a):
		return d.a[i]
	case i-len(d.a) < len(d.b):
		return d.b[i-len(d.a)]
	}
	return '0'
}

func (d *Decimal) sign() int {
	switch {
	case len(d.a)+len(d.b) == 0:
		return 0
	case d.neg:
		return -1
	}
	return 1
}

// Compare orders d and o.
func (d Decimal) Compare(o Decimal) int {
	sign := d.sign()
	if c := cmp.Compare(sign, o.sign()); c != 0 || sign == 0 {
		return c
	}
	if c := cmp.Compare(d.exp, o.exp); c != 0 {
		return c * sign
	}
	for i := range max(len(d.a)+len(d.b), len(o.a)+len(o.b)) {
		if c := cmp.Compare(d.digit(i), o.digit(i)); c != 0 {
			return c * sign
		}
	}
	return 0
}

// DecimalOf makes a decimal of an integer.
func DecimalOf(n int) Decimal {
	d, _ := ParseDecimal(appendInt(nil, n))
	return d
}

func appendInt(dst []byte, n int) []byte {
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	if n >= 10 {
		dst = appendInt(dst, n/10)
	}
	return append(dst, byte('0'+n%10))
}

// String writes the number: the same for equal ones, as a person would where it
// is short.
func (d Decimal) String() string {
	all := string(d.a) + string(d.b)
	var s string
	switch n := int64(len(all)); {
	case n == 0:
		return "0"
	case d.exp > 21 || d.exp < -6:
		s = "0." + all + "e" + string(appendInt(nil, int(d.exp)))
	case d.exp <= 0:
		s = "0." + strings.Repeat("0", int(-d.exp)) + all
	case d.exp >= n:
		s = all + strings.Repeat("0", int(d.exp-n))
	default:
		s = all[:d.exp] + "." + all[d.exp:]
	}
	if d.neg {
		s = "-" + s
	}
	return s
}

// Int is the number without its fraction, 0 for one beyond 18 digits.
func (d Decimal) Int() (n int) {
	if d.exp > 18 {
		return 0
	}
	for i := range int(max(d.exp, 0)) {
		n = n*10 + int(d.digit(i)-'0')
	}
	if d.neg {
		n = -n
	}
	return n
}

// Abs is the number without its sign.
func (d Decimal) Abs() Decimal {
	d.neg = false
	return d
}

// Float is the number as nearly as a float64 can tell.
func (d Decimal) Float() float64 {
	f, _ := strconv.ParseFloat(d.String(), 64)
	return f
}
