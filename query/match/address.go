package match

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// parseNet reads an address or a CIDR. ok is false for what is meant as a
// name; err is for what looks like an address and is none.
func parseNet(s string) (p netip.Prefix, ok bool, err error) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return p, false, fmt.Errorf("invalid CIDR %q; write it like 203.0.113.0/24", s)
		}
		return plainPrefix(p), true, nil
	}
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.WithZone("").Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true, nil
	}
	if looksLikeAddress(s) {
		return p, false, fmt.Errorf("invalid address %q", s)
	}
	return p, false, nil
}

// plainPrefix writes ::ffff:203.0.113.0/120 as 203.0.113.0/24.
func plainPrefix(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96).Masked()
	}
	return p.Masked()
}

// looksLikeAddress: it is meant to be one. Octets that begin with a zero are those
// of anonymised evidence, where the text stands for an address.
func looksLikeAddress(s string) bool {
	return s != "" && strings.Trim(s, "0123456789.") == "" && strings.Count(s, ".") == 3 && !anonymised(s)
}

func anonymised(s string) bool {
	zero := false
	for octet := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(octet)
		if err != nil || n > 255 || len(octet) > 3 {
			return false
		}
		zero = zero || len(octet) > 1 && octet[0] == '0'
	}
	return zero
}

// parseAddr reads an address as it stands in an event, whatever its spelling.
func parseAddr(s []byte) (netip.Addr, bool) {
	if len(s) == 0 || len(s) > 45 || !isHexDigit(s[0]) && s[0] != ':' {
		return netip.Addr{}, false
	}
	if a, ok := parseV4(s); ok {
		return a, true
	}
	a, err := netip.ParseAddr(string(s))
	return a.WithZone("").Unmap(), err == nil
}

// parseV4 reads a dotted address without allocating.
func parseV4(s []byte) (netip.Addr, bool) {
	var octets [4]byte
	n, value, digits := 0, 0, 0
	for _, c := range s {
		switch {
		case '0' <= c && c <= '9' && digits < 3 && (digits == 0 || value > 0):
			value, digits = value*10+int(c-'0'), digits+1
		case c == '.' && digits > 0 && value < 256 && n < 3:
			octets[n] = byte(value)
			n, value, digits = n+1, 0, 0
		default:
			return netip.Addr{}, false
		}
	}
	if n != 3 || digits == 0 || value > 255 {
		return netip.Addr{}, false
	}
	octets[3] = byte(value)
	return netip.AddrFrom4(octets), true
}

func isHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func inAny(nets []netip.Prefix, s []byte) bool {
	a, ok := parseAddr(s)
	if !ok {
		return false
	}
	for _, n := range nets {
		if n.Contains(a) {
			return true
		}
	}
	return false
}
