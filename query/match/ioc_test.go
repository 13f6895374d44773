package match

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// Looking networks up by length hits what asking each of them hits.
func TestNetworksHitAsAskedOneByOne(t *testing.T) {
	lines := []string{"0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "::/0", "2001:db8::/32", "2001:db8::1", "::ffff:10.2.0.0/112"}
	ind := loadIOC(t, strings.Join(lines, "\n"))
	for _, a := range []string{"10.1.2.3", "10.1.9.9", "10.2.9.9", "11.0.0.1", "2001:db8::1", "2001:DB8:0::1", "2001:db9::1", "::ffff:10.1.2.3"} {
		addr, _ := parseAddr([]byte(a))
		var want []string
		for _, l := range lines {
			if p, _, _ := parseNet(l); p.Contains(netip.Addr(addr)) {
				want = append(want, l)
			}
		}
		if got := ind.Names([]byte(`{"a":"` + a + `"}`)); !slices.Equal(got, want) {
			t.Errorf("%s hits %q, want %q", a, got, want)
		}
	}
}

func BenchmarkAddressIndicators(b *testing.B) {
	for _, n := range []int{1, 10000} {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, "100.%d.%d.7\n", i>>8, i&255)
		}
		ind := loadIOC(b, text.String())
		event := []byte(strings.Replace(someEvent, "::ffff:", "", 1))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(event)))
			for b.Loop() {
				ind.Match(event)
			}
		})
	}
}
