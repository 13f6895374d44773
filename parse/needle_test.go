package parse

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// A needle is found where bytes.Index finds its text, by whichever bytes.
func TestNeedle(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	letters := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = "ab"[r.IntN(2)]
		}
		return b
	}
	for range 20_000 {
		hay, text := letters(r.IntN(200)), string(letters(1+r.IntN(12)))
		n := NewNeedle(text, r.IntN(len(text)), r.IntN(len(text)))
		from := r.IntN(len(hay) + 1)
		want := bytes.Index(hay[from:], []byte(text))
		if want >= 0 {
			want += from
		}
		if got := n.Index(hay[:len(hay):len(hay)], from); got != want {
			t.Fatalf("%q in %q from %d: %d, want %d", text, hay, from, got, want)
		}
	}
}

func BenchmarkNeedle(b *testing.B) {
	doc := bytes.Repeat([]byte(delivered), 500)
	const text = `"PutBucketReplicationDrill"`
	n := NewNeedle(text, 4, 21)
	b.Run("needle", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		for b.Loop() {
			n.Index(doc, 0)
		}
	})
	b.Run("bytes.Index", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		for b.Loop() {
			bytes.Index(doc, []byte(text))
		}
	})
}
