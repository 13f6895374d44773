package match

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"ctlog/parse"
	"ctlog/query/indicator"
	"ctlog/query/need"
)

const someEvent = `{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Data\u003dPipe/bob","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"userName":"Data\u003dPipe"}}},"eventTime":"2024-01-09T10:05:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"::ffff:203.0.113.9","errorCode":"Client.AccessDenied","readOnly":"true","eventID":"id","requestParameters":{"q":"x\u0026y"}}`

func match1(t *testing.T, f Fields, event string) bool {
	t.Helper()
	c, err := f.Compile()
	if err != nil {
		t.Fatal(err)
	}
	matches := c.Matcher().Match([]byte(event))
	n, raw := f.Requirement(), []byte(event)
	if matches && !n.Holds(raw) && !parse.Escaped(raw) && !(n.Folds() && need.HasOdd(raw)) {
		t.Errorf("%s matches what does not have %s", c, n)
	}
	return matches
}

func TestFields(t *testing.T) {
	day := func(s string) time.Time { v, _ := time.Parse("2006-01-02T15:04:05", s); return v }
	for _, c := range []struct {
		f    Fields
		want bool
	}{
		{Fields{EventName: []string{"Nope", "Get*"}}, true},
		{Fields{EventName: []string{"getobject"}}, false},
		{Fields{EventName: []string{"getobject"}, IgnoreCase: true}, true},
		{Fields{User: []string{"*role/Data=Pipe/*"}}, true},
		{Fields{User: []string{"Data=Pipe"}}, true},
		{Fields{User: []string{"Data"}}, false},
		{Fields{SourceIP: []string{"203.0.113.0/24"}}, true},
		{Fields{SourceIP: []string{"::ffff:203.0.113.0/120"}}, true},
		{Fields{SourceIP: []string{"203.0.113.9"}}, true},
		{Fields{SourceIP: []string{"203.0.113.90"}}, false},
		{Fields{ErrorCode: []string{"*"}}, true},
		{Fields{ErrorCode: []string{"AccessDenied"}}, true},
		{Fields{ErrorCode: []string{"Client.*"}}, true},
		{Fields{ErrorCode: []string{"Denied"}}, false},
		{Fields{ReadOnly: true}, true},
		{Fields{WriteOnly: true}, false},
		{Fields{Contains: []string{"x&y"}}, true},
		{Fields{Contains: []string{`x\u0026y`}}, true},
		{Fields{Contains: []string{"absent", "x&y"}}, true},
		{Fields{Contains: []string{"absent", "gone"}}, false},
		{Fields{Since: day("2024-01-09T10:05:00")}, true},
		{Fields{Until: day("2024-01-09T10:05:00")}, false},
		{Fields{Until: day("2024-01-09T10:05:01")}, true},
		{Fields{AccessKey: []string{"ASIAEXAMPLE"}, Region: []string{"us-*"}, EventID: []string{"id"}, EventSource: []string{"s3.*"}}, true},
		{Fields{AccessKey: []string{"ASIAEXAMPLE"}, Region: []string{"eu-*"}}, false},
		{Fields{Account: []string{"*"}}, false},
		{Fields{UserAgent: []string{"*"}}, false},
		{Fields{}, true},
	} {
		if got := match1(t, c.f, someEvent); got != c.want {
			t.Errorf("%+v: %v, want %v", c.f, got, c.want)
		}
	}
}

func TestConditionsSayWhatTheyAre(t *testing.T) {
	c, _ := Fields{EventName: []string{"A", "B"}, ReadOnly: true}.Compile()
	if got, want := c.String(), "event name like A or B; reads only"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	for _, f := range []Fields{
		{EventName: []string{"Get*"}, User: []string{"*Pipe*"}, SourceIP: []string{"203.0.113.0/24"}, Since: time.Unix(0, 0)},
		{EventName: []string{"get*"}, User: []string{"*pipe*"}, ErrorCode: []string{"CLIENT.accessdenied"}, IgnoreCase: true},
		{Contains: []string{"Getobject"}, IgnoreCase: true}, {Contains: []string{"absent, and too long to be copied to the stack"}, IgnoreCase: true},
	} {
		c, err := f.Compile()
		if err != nil {
			t.Fatal(err)
		}
		m, event := c.Matcher(), []byte(strings.Replace(someEvent, "::ffff:", "", 1))
		m.Match(event)
		if n := testing.AllocsPerRun(100, func() { m.Match(event) }); n > 0 {
			t.Errorf("%s: Match allocates %v times", c, n)
		}
	}
}

// Case is disregarded as Go does it, beyond ASCII too.
func TestIgnoringCase(t *testing.T) {
	for _, c := range []struct{ pattern, text string }{
		{"kelvin", "\u212aelvin"}, {"KELVIN", "\u212aelvin"}, {"\u212aelvin", "kelvin"}, {"istanbul", "\u0130stanbul"}, {"\u00c4rger", "\u00e4RGER"}, {"straße", "STRAßE"}, {"mass", "ma\u017fs"},
	} {
		pattern, text := strings.ToLower(c.pattern), strings.ToLower(c.text)
		if got, want := match1(t, Fields{Contains: []string{c.pattern}, IgnoreCase: true}, `{"userAgent":"a `+c.text+` b"}`), strings.Contains(text, pattern); got != want {
			t.Errorf("-F %s in %s: %v, want %v", c.pattern, c.text, got, want)
		}
		if got, want := match1(t, Fields{UserAgent: []string{c.pattern}, IgnoreCase: true}, `{"userAgent":"`+c.text+`"}`), text == pattern; got != want {
			t.Errorf("--user-agent %s in %s: %v, want %v", c.pattern, c.text, got, want)
		}
	}
}

// Events whose field is there but null, or of another type, do not match.
func TestAbsentNeverMatches(t *testing.T) {
	for _, event := range []string{`{}`, `{"errorCode":null}`, `{"errorCode":""}`, `{"errorCode":{}}`} {
		if match1(t, Fields{ErrorCode: []string{"*"}}, event) && event != `{"errorCode":{}}` {
			t.Errorf("%s has an error", event)
		}
	}
	for _, event := range []string{`{}`, `{"eventTime":"soon"}`, `{"eventTime":5}`, `{"eventTime":"2024-13-09T10:05:00Z"}`, `{"eventTime":"2024-02-31T10:05:00Z"}`} {
		if match1(t, Fields{Since: time.Unix(0, 0)}, event) {
			t.Errorf("%s has a time", event)
		}
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("Get*", "GetObject")
	f.Add(`a\*b*c`, "a*bxxc")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		g := newGlob(pattern, false)
		if strings.ContainsAny(pattern, "?[\\") || strings.Contains(s, "/") || !utf8.ValidString(s+pattern) {
			return
		}
		want, err := path.Match(pattern, s)
		if err == nil && g.match([]byte(s)) != want {
			t.Fatalf("%q on %q: %v, want %v", pattern, s, !want, want)
		}
	})
}

func readIOC(text string) (*Indicators, error) {
	var l indicator.List
	err := l.Read("list", strings.NewReader(text))
	if err == nil && len(l.Indicators) == 0 {
		err = errors.New("nothing understood")
	}
	return NewIndicators(l.Indicators), err
}

func loadIOC(t testing.TB, text string) *Indicators {
	t.Helper()
	ind, err := readIOC(text)
	if err != nil {
		t.Fatal(err)
	}
	return ind
}

func TestIndicators(t *testing.T) {
	ind := loadIOC(t, "\ufeff# head\n1.2.3.4\r\n10.0.0.0/8 # net\nevil.example.com\narn:aws:iam::1:user/x\nAKIAEVIL\nhttps://a/b#c\n2001:db8::/32\n")
	for event, want := range map[string][]string{
		`{"a":"1.2.3.4"}`:                {"1.2.3.4"},
		`{"a":"11.2.3.45"}`:              nil,
		`{"a":"1.2.3.45"}`:               nil,
		`{"a":"from 1.2.3.4."}`:          {"1.2.3.4"},
		`{"a":"10.9.8.7:443"}`:           {"10.0.0.0/8"},
		`{"a":"10.9.8.7"}`:               {"10.0.0.0/8"},
		`{"a":"EVIL.example.com"}`:       {"evil.example.com"},
		`{"a":"notevil.example.com"}`:    nil,
		`{"a":"sub.evil.example.com/x"}`: {"evil.example.com"},
		`{"a":"arn:aws:iam::1:user/x"}`:  {"arn:aws:iam::1:user/x"},
		`{"a":"arn:aws:iam::1:user/xy"}`: nil,
		`{"k":"akiaevil","a":"1.2.3.4"}`: {"1.2.3.4", "AKIAEVIL"},
		`{"a":"https:\/\/a\/b#c"}`:       {"https://a/b#c"},
		`{"a":"\u0031.2.3.4"}`:           {"1.2.3.4"},
		`{"a":"2001:0DB8:0:0:0:0:0:9"}`:  {"2001:db8::/32"},
		`{"a":"::ffff:1.2.3.4"}`:         {"1.2.3.4"},
	} {
		if got := ind.Names([]byte(event)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", event, got, want)
		}
		if got := ind.Match([]byte(event)); got != (len(want) > 0) {
			t.Errorf("%s: Match %v", event, got)
		}
	}
	for _, bad := range []string{"", "# only\n", "1.2.3.999\n"} {
		if _, err := readIOC(bad); err == nil {
			t.Errorf("%q loads", bad)
		}
	}
}

// The automaton finds what looking for one after the other finds.
func TestAutomatonAgainstPlainSearch(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	word := func(n int) string {
		b := make([]byte, 1+rng.IntN(n))
		for i := range b {
			b[i] = "ab./-"[rng.IntN(5)]
		}
		return string(b)
	}
	for range 300 {
		var pats []pattern
		for i := range 1 + rng.IntN(8) {
			pats = append(pats, pattern{text: word(4), line: i})
		}
		a := newAutomaton(pats)
		b := []byte(word(60))
		var got, want []int
		a.scan(b, func(line, _ int) bool { got = append(got, line); return true })
		for _, p := range pats {
			for at := 0; at+len(p.text) <= len(b); at++ {
				if bytes.HasPrefix(b[at:], []byte(p.text)) && alone(b, at, at+len(p.text)) {
					want = append(want, p.line)
				}
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("%v in %q: %v, want %v", pats, b, got, want)
		}
	}
}

func FuzzIndicators(f *testing.F) {
	f.Add("1.2.3.4\nx/y\n::1/64\n# c", `{"a":"1.2.3.4"}`)
	f.Fuzz(func(t *testing.T, list, event string) {
		ind, err := readIOC(list)
		if err != nil {
			return
		}
		if hits := ind.Names([]byte(event)); (len(hits) > 0) != ind.Match([]byte(event)) {
			t.Fatalf("Hits %q, Match %v", hits, ind.Match([]byte(event)))
		}
	})
}

func FuzzParseNet(f *testing.F) {
	f.Add("::ffff:1.2.3.0/120")
	f.Fuzz(func(t *testing.T, s string) {
		p, ok, err := parseNet(s)
		if ok && (err != nil || !p.IsValid() || p != p.Masked()) {
			t.Fatalf("%q: %v %v", s, p, err)
		}
		a, parsed := parseAddr([]byte(s))
		want, err := netip.ParseAddr(s)
		if want = want.WithZone("").Unmap(); len(s) <= 45 && s != "" && s[0] != '%' && (parsed != (err == nil) || parsed && a != want) {
			t.Fatalf("%q: %v %v, want %v %v", s, a, parsed, want, err)
		}
	})
}

func BenchmarkIndicators(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	lines := func(n int) string {
		var s strings.Builder
		for range n {
			fmt.Fprintf(&s, "bad-%x.example.com\n", rng.Uint64())
		}
		return s.String()
	}
	event := []byte(strings.Repeat(someEvent, 2))
	for _, n := range []int{1, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			ind := loadIOC(b, lines(n))
			b.SetBytes(int64(len(event)))
			b.ReportAllocs()
			for b.Loop() {
				ind.Match(event)
			}
		})
	}
}
