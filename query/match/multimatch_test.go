package match

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// lineSet is what scanning a text finds, by one finder.
func lineSet(scan func([]byte, func(int, int) bool) bool, b []byte) []int {
	var lines []int
	scan(b, func(line, _ int) bool { lines = append(lines, line); return true })
	slices.Sort(lines)
	return lines
}

func randomText(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte("abAB01.-/@`\"{ \xc3\xa9"[r.IntN(16)])
	}
	return b.String()
}

// What the automaton finds, the skipping search finds, and nothing else.
func TestWordsAgainstAutomaton(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var pats []pattern
		for i := range 1 + r.IntN(12) {
			pats = append(pats, pattern{text: lowerASCII(randomText(r, 4+r.IntN(5))), line: i})
		}
		text := []byte(randomText(r, r.IntN(300)))
		for range r.IntN(4) {
			p := pats[r.IntN(len(pats))].text
			text = append(append(append(text, " "...), strings.ToUpper(p)...), ' ')
		}
		got, want := lineSet(newWords(pats).scan, text), lineSet(newAutomaton(pats).scan, text)
		if !slices.Equal(got, want) {
			t.Fatalf("%v in %q: found %v, the automaton %v", pats, text, got, want)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("1.2.3.4\nexample.org", `{"a":"EXAMPLE.org","b":"11.2.3.4 1.2.3.4"}`)
	f.Add("abcd", "abcd")
	f.Fuzz(func(t *testing.T, list, text string) {
		var pats []pattern
		for i, p := range strings.Split(list, "\n") {
			if len(p) >= blockLen && len(pats) < 100 {
				pats = append(pats, pattern{text: lowerASCII(p), line: i})
			}
		}
		if len(pats) == 0 {
			return
		}
		got, want := lineSet(newWords(pats).scan, []byte(text)), lineSet(newAutomaton(pats).scan, []byte(text))
		if !slices.Equal(got, want) {
			t.Fatalf("found %v, the automaton %v", got, want)
		}
	})
}

// Domains, addresses, ARNs and keys, 1 and 10,000 of them, in events that have
// none: a line each, with the automaton beside it.
func BenchmarkWords(b *testing.B) {
	text := []byte(strings.Repeat(someEvent, 500))
	for _, n := range []int{1, 10_000} {
		var pats []pattern
		for i := range n {
			pats = append(pats, pattern{text: fmt.Sprintf("%x.bad.example.org", uint64(i+1)*0x9e3779b97f4a7c15), line: i})
		}
		for name, scan := range map[string]func([]byte, func(int, int) bool) bool{"words": newWords(pats).scan, "automaton": newAutomaton(pats).scan} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					scan(text, func(int, int) bool { return true })
				}
			})
		}
	}
}
