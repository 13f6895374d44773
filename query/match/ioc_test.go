package match

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"ctlog/event"
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

// Strings with stars hit what has their pieces in their order, between the same
// quotation marks.
func TestStringsWithStars(t *testing.T) {
	for list, events := range map[string]map[string]bool{
		"S3 Browser*s3browser":        {`{"a":"S3 Browser 9.5 https://s3browser.com"}`: true, `{"a":"s3 browser","b":"s3browser"}`: false, `{"a":"s3browser S3 Browser"}`: false},
		"arn:aws:iam::*:user/mallory": {`{"a":"arn:aws:iam::111122223333:user/mallory"}`: true, `{"a":"arn:aws:iam::1:user/mallory2"}`: false},
		"*hidden*":                    {`{"a":"xhiddeny"}`: true, `{"a":"hid"}`: false},
		"kali*":                       {`{"a":"kalilinux"}`: true, `{"a":"xkali"}`: false},
		"a*b*a":                       {`{"x":"a b a"}`: true, `{"x":"a a b"}`: false},
		`ls \*` + "\nwhoami*/all":     {`{"x":"whoami\u0020/all"}`: true},
	} {
		ind := loadIOC(t, list)
		for event, want := range events {
			if got := ind.Match([]byte(event)); got != want {
				t.Errorf("%s in %s: %v", list, event, got)
			}
		}
	}
}

// An event that was delivered twice counts once, and order does not matter.
func TestFound(t *testing.T) {
	events := []string{
		`{"eventID":"1","eventTime":"2024-01-09T10:00:00Z","a":"203.0.113.1"}`, `{"eventID":"2","eventTime":"2024-01-09T09:00:00Z","a":"203.0.113.1 203.0.113.2"}`,
		`{"eventID":"1","eventTime":"2024-01-09T10:00:00Z","a":"203.0.113.1"}`, `{"a":"203.0.113.2"}`, `{"a":"203.0.113.2"}`, `{"eventID":"3","a":"198.51.100.1"}`,
	}
	for range 2 {
		ind := loadIOC(t, "203.0.113.1\n203.0.113.2\n203.0.113.3")
		c, err := Fields{Indicators: ind}.Compile()
		if err != nil {
			t.Fatal(err)
		}
		m := c.Matcher()
		for _, e := range events {
			m.Match([]byte(e))
		}
		nine, ten := time.Date(2024, 1, 9, 9, 0, 0, 0, time.UTC).UnixNano(), time.Date(2024, 1, 9, 10, 0, 0, 0, time.UTC).UnixNano()
		want := []Hit{{2, nine, ten}, {3, nine, nine}, {0, event.NoTime, event.NoTime}}
		if got := ind.Found(); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		slices.Reverse(events)
	}
}
