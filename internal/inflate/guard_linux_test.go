package inflate

import (
	"bytes"
	"os"
	"runtime/debug"
	"syscall"
	"testing"
)

// fenced is memory with a page before and one behind it that must not be
// touched.
type fenced []byte

func newFenced(t *testing.T, pages int) fenced {
	size := os.Getpagesize()
	all, err := syscall.Mmap(-1, 0, (pages+2)*size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip("no mmap:", err)
	}
	for _, fence := range [][]byte{all[:size], all[len(all)-size:]} {
		if err := syscall.Mprotect(fence, syscall.PROT_NONE); err != nil {
			t.Skip("no mprotect:", err)
		}
	}
	t.Cleanup(func() { syscall.Munmap(all) })
	return all[size : len(all)-size : len(all)-size]
}

// last is the last n bytes, first the first n.
func (f fenced) last(n int) []byte  { return f[len(f)-n:] }
func (f fenced) first(n int) []byte { return f[:n:n] }

// TestFenced decodes sound and damaged inputs between pages that fault.
func TestFenced(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	in, out := newFenced(t, 40), newFenced(t, 40)
	var d Decoder
	decode := func(f format, src []byte, room int) {
		want, wantErr := f.decode(&Decoder{plain: true}, nil, src, room)
		for _, place := range []func(fenced, int) []byte{fenced.last, fenced.first} {
			from := place(in, len(src))
			copy(from, src)
			got, err := f.decode(&d, place(out, room)[:0], from, room)
			if !bytes.Equal(got, want) || (err == nil) != (wantErr == nil) {
				t.Fatalf("%d bytes and %v, want %d and %v", len(got), err, len(want), wantErr)
			}
		}
	}
	for seed := range uint64(80) {
		src, want := randomBlocks(seed, seed%2 == 0)
		for _, room := range []int{0, len(want) / 2, len(want), len(want) + 1, len(want) + 333} {
			decode(deflateFormat, src, min(room, len(out)))
		}
		for at := int(seed) % 7; at < len(src); at += 61 {
			src[at] ^= 1 << (seed % 8)
			decode(deflateFormat, src, min(len(want), len(out)))
			decode(deflateFormat, src[:at], min(len(want), len(out)))
		}
	}
	data := trailJSON(8, 30)
	for level := -3; level < 10; level++ {
		src := pack(t, data, level)
		for cut := range min(len(src), 400) {
			decode(gzipFormat, src[:len(src)-cut], len(data)-cut)
		}
	}
}
