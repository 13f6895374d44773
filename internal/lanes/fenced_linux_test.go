package lanes

import (
	"os"
	"runtime/debug"
	"syscall"
	"testing"
)

// Nothing before a message and nothing behind it is read: there are pages that
// fault.
func TestFenced(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	page := fencedPage(t)
	copy(page, randomBytes(9, len(page)))
	for n := range 300 {
		for _, width := range widths(t) {
			agree(t, width, [][]byte{page[:n], page[len(page)-n:], page[:n/2], page[len(page)-n/2:]})
			agree(t, width, [][]byte{page, page[n:], page[:len(page)-n]})
		}
	}
}

// fencedPage is a page with one before it and one behind it that must not be
// touched.
func fencedPage(t *testing.T) []byte {
	size := os.Getpagesize()
	all, err := syscall.Mmap(-1, 0, 3*size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip("no mmap:", err)
	}
	t.Cleanup(func() { syscall.Munmap(all) })
	for _, fence := range [][]byte{all[:size], all[2*size:]} {
		if err := syscall.Mprotect(fence, syscall.PROT_NONE); err != nil {
			t.Skip("no mprotect:", err)
		}
	}
	return all[size : 2*size : 2*size]
}
