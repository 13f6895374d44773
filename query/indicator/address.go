package indicator

import (
	"net/netip"
	"strconv"
	"strings"
)

// network reads an address, with a port or without, a CIDR, a range, or an
// address with stars.
func network(s string) (Indicator, certainty) {
	if a, ok := address(s); ok {
		text := a.String()
		if _, err := netip.ParseAddr(s); err == nil {
			text = s
		}
		return Indicator{Kind: Address, Text: text, Nets: []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}}, sure
	}
	for _, try := range []func(string) (Indicator, certainty){cidr, span, starred} {
		if i, how := try(s); how != doubtful {
			return i, how
		}
	}
	if dotted(withoutPort(s)) {
		return Indicator{Text: s}, wrong
	}
	return Indicator{}, doubtful
}

// address reads an address, in brackets and with a port or a path if need be.
func address(s string) (netip.Addr, bool) {
	if len(s) < 2 || len(s) > 1024 || strings.ContainsAny(s, " \t,;") {
		return netip.Addr{}, false
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return plain(a), true
	}
	if p, err := netip.ParseAddrPort(s); err == nil {
		return plain(p.Addr()), true
	}
	if front := withoutPort(s); strings.Count(s, ":") == 1 && front != s {
		return address(front)
	}
	if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(inner, "]") {
		a, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return plain(a), err == nil
	}
	if front, path, ok := strings.Cut(s, "/"); ok && strings.Trim(path, "0123456789.") != "" || ok && path == "" {
		return address(front)
	}
	return netip.Addr{}, false
}

func plain(a netip.Addr) netip.Addr { return a.WithZone("").Unmap() }

// dotted: it is meant to be an IPv4 address.
func dotted(s string) bool { return strings.Trim(s, "0123456789.") == "" && strings.Count(s, ".") == 3 }

// cidr reads 203.0.113.0/24 and 203.0.113.0/255.255.255.0.
func cidr(s string) (Indicator, certainty) {
	front, length, ok := strings.Cut(s, "/")
	if !ok || length == "" || strings.Trim(length, "0123456789.") != "" || strings.Trim(front, "0123456789abcdefABCDEF:.") != "" || !strings.ContainsAny(front, ".:") {
		return Indicator{}, doubtful
	}
	a, err := netip.ParseAddr(front)
	if err != nil {
		if dotted(front) || strings.Count(front, ":") > 1 {
			return Indicator{Text: s}, wrong
		}
		return Indicator{}, doubtful
	}
	bits, err := strconv.Atoi(length)
	if m, bad := netip.ParseAddr(length); bad == nil && a.Is4() && m.Is4() {
		bits, err = maskBits(m), nil
	}
	p := netip.PrefixFrom(a, bits)
	if err != nil || !p.IsValid() {
		return Indicator{Text: s}, wrong
	}
	return netIndicator(widened(p), s), sure
}

// widened writes ::ffff:203.0.113.0/120 as 203.0.113.0/24.
func widened(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

// maskBits is the length that a netmask stands for, -1 when it is none.
func maskBits(m netip.Addr) int {
	b := m.As4()
	v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	n := 0
	for ; n < 32 && v&(1<<31) != 0; n++ {
		v <<= 1
	}
	if v != 0 {
		return -1
	}
	return n
}

func netIndicator(p netip.Prefix, text string) Indicator {
	if p.IsSingleIP() {
		return Indicator{Kind: Address, Text: text, Nets: []netip.Prefix{p}}
	}
	return Indicator{Kind: Network, Text: text, Nets: []netip.Prefix{p}}
}

// span reads 203.0.113.1-203.0.113.9 and 203.0.113.1-9.
func span(s string) (Indicator, certainty) {
	front, back, ok := strings.Cut(strings.NewReplacer("–", "-", "—", "-", " to ", "-", "..", "-").Replace(s), "-")
	front, back = strings.TrimSpace(front), strings.TrimSpace(back)
	from, err := netip.ParseAddr(front)
	if ok && dotted(front) && err != nil {
		return Indicator{Text: s}, wrong
	}
	if !ok || err != nil || back == "" {
		return Indicator{}, doubtful
	}
	from = plain(from)
	if from.Is4() && strings.Trim(back, "0123456789") == "" {
		back = from.String()[:strings.LastIndexByte(from.String(), '.')+1] + back
	}
	to, err := netip.ParseAddr(back)
	if err != nil {
		if dotted(back) {
			return Indicator{Text: s}, wrong
		}
		return Indicator{}, doubtful
	}
	if to = plain(to); from.BitLen() != to.BitLen() || to.Less(from) {
		return Indicator{Text: s}, wrong
	}
	return Indicator{Kind: Network, Text: from.String() + "-" + to.String(), Nets: cover(from, to)}, sure
}

// cover gives the networks that a range is made of: at most two of each length.
func cover(from, to netip.Addr) (nets []netip.Prefix) {
	for {
		bits := from.BitLen()
		for bits > 0 {
			wider := netip.PrefixFrom(from, bits-1).Masked()
			if wider.Addr() != from || to.Less(last(wider)) {
				break
			}
			bits--
		}
		p := netip.PrefixFrom(from, bits)
		nets = append(nets, p)
		if from = last(p).Next(); !from.IsValid() || to.Less(from) {
			return nets
		}
	}
}

// last is the highest address of a network.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// starred reads 203.0.113.* and 203.0.*.
func starred(s string) (Indicator, certainty) {
	if !strings.HasSuffix(s, "*") || strings.Trim(s, "0123456789.*") != "" || !strings.Contains(s, ".") {
		return Indicator{}, doubtful
	}
	octets := strings.Split(s, ".")
	var base [4]byte
	n := 0
	for i, o := range octets {
		if o == "*" {
			continue
		}
		v, err := strconv.ParseUint(o, 10, 8)
		if err != nil || i >= 4 || i != n {
			return Indicator{Text: s}, wrong
		}
		base[i], n = byte(v), n+1
	}
	if n == 0 || len(octets) > 4 {
		return Indicator{Text: s}, wrong
	}
	p := netip.PrefixFrom(netip.AddrFrom4(base), 8*n)
	return netIndicator(p, p.String()), sure
}
