package lanes

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"
)

// widths are those that this processor has.
func widths(t testing.TB) (all []int) {
	for _, w := range []int{8, 16} {
		if Can(w) {
			all = append(all, w)
		}
	}
	if len(all) == 0 {
		t.Skip("no lanes on this processor")
	}
	return all
}

func randomBytes(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// agree holds every message's sum against crypto/sha256.
func agree(t *testing.T, width int, messages [][]byte) {
	t.Helper()
	sums := make([][sha256.Size]byte, len(messages))
	Sum(width, sums, messages)
	for i, m := range messages {
		if want := sha256.Sum256(m); sums[i] != want {
			t.Errorf("width %d, message %d of %d, %d bytes: %x, want %x", width, i, len(messages), len(m), sums[i], want)
		}
	}
}

// Every length up to several blocks, in every lane, among others and alone.
func TestLengths(t *testing.T) {
	data := randomBytes(1, 400)
	for _, width := range append(widths(t), 0) {
		var all [][]byte
		for n := range 301 {
			all = append(all, data[n%7:][:n])
			agree(t, width, [][]byte{data[:n], data[1:][:n]})
		}
		agree(t, width, all)
		agree(t, width, nil)
		agree(t, width, all[77:78])
	}
}

// Messages of any number and any length.
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	data := randomBytes(3, 1<<16)
	for range 200 {
		messages := make([][]byte, r.IntN(50))
		for i := range messages {
			at := r.IntN(len(data))
			messages[i] = data[at:][:r.IntN(min(len(data)-at, 1<<r.IntN(16))+1)]
		}
		for _, width := range widths(t) {
			agree(t, width, messages)
		}
	}
}

// Messages that would be alone in their lanes are not put into them.
func TestOutliers(t *testing.T) {
	for _, c := range []struct {
		lengths []int
		want    int
	}{
		{nil, 0},
		{[]int{100}, 1},
		{[]int{100, 100, 100}, 0},
		{[]int{300, 100, 100, 100}, 1},
		{[]int{900, 300, 100, 100, 100}, 2},
		{[]int{100, 40, 1}, 3},
		{[]int{150, 100, 100, 100, 100, 100, 100, 100, 100, 100}, 0},
	} {
		var messages [][]byte
		for _, n := range c.lengths {
			messages = append(messages, make([]byte, n))
		}
		if got := outliers(8, byLength(messages), messages); got != c.want {
			t.Errorf("%v: %d hashed alone, want %d", c.lengths, got, c.want)
		}
	}
}

// The fuzzer cuts one text into messages.
func FuzzSum(f *testing.F) {
	f.Add([]byte("abc"), []byte{1, 2})
	f.Add(randomBytes(4, 3000), []byte{0, 55, 56, 63, 64, 65, 119, 120, 128, 255, 7, 7, 7, 7, 7, 7, 7, 7, 7})
	f.Fuzz(func(t *testing.T, text, cuts []byte) {
		var messages [][]byte
		for _, n := range cuts {
			n := min(int(n)*(len(cuts)%5+1), len(text))
			messages = append(messages, text[:n])
			text = text[n:]
		}
		messages = append(messages, text)
		for _, width := range widths(t) {
			agree(t, width, messages)
		}
	})
}

// GODEBUG=cpu.sha=off shows crypto/sha256 as it is without SHA instructions.
func BenchmarkSum(b *testing.B) {
	for _, size := range []int{10 << 10, 900 << 10} {
		messages := make([][]byte, 16)
		for i := range messages {
			messages[i] = randomBytes(uint64(i), size)
		}
		sums := make([][sha256.Size]byte, len(messages))
		for _, width := range append(widths(b), 0) {
			name := fmt.Sprintf("%dx%dK/lanes=%d", len(messages), size>>10, width)
			b.Run(name, func(b *testing.B) {
				b.SetBytes(int64(len(messages) * size))
				for b.Loop() {
					Sum(width, sums, messages)
				}
			})
		}
	}
}
