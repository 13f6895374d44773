package source

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
)

// Files are read to their end, also those that have grown or shrunk since they
// were listed.
func TestRegular(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	content := bytes.Repeat([]byte("evidence"), 1000)
	for _, stored := range [][]byte{content, {}, {'x'}} {
		if err := os.WriteFile(path, stored, 0o644); err != nil {
			t.Fatal(err)
		}
		n := int64(len(stored))
		for _, listed := range []int64{n, n + 1, n - 1, 0, -1, 1 << 40} {
			for _, wrap := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.HalfReader} {
				r, err := openRegular(path, listed)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(wrap(r))
				if err != nil || !bytes.Equal(got, stored) {
					t.Errorf("%d bytes listed as %d: %d read, %v", n, listed, len(got), err)
				}
				if err := r.Close(); err != nil || r.Close() == nil {
					t.Errorf("closing: %v, or twice without an error", err)
				}
			}
		}
	}
	if r, err := openRegular(filepath.Dir(path), 0); err == nil {
		if _, err := io.ReadAll(r); err == nil {
			t.Error("a directory was read")
		}
	}
}
