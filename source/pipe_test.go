package source

import (
	"archive/tar"
	"bytes"
	"io"
	"math/rand/v2"
	"testing"
)

// tarEntry is one header and its body, for archives that no tar would write.
type tarEntry struct {
	tar.Header
	body string
}

func file(name, body string) tarEntry {
	return tarEntry{tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(body))}, body}
}

func tarEntries(t testing.TB, entries ...tarEntry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, e.body)
	}
	w.Close()
	return b.Bytes()
}

// A zstd block has to be seen whole before it tells anything.
func TestSniffIncompressible(t *testing.T) {
	noise := make([]byte, 1<<20)
	rand.NewChaCha8([32]byte{1}).Read(noise)
	b := tarEntries(t, file("a", string(noise)))
	for name, b := range map[string][]byte{"tar": b, "gzip": gz(b), "zstd": zst(b)} {
		for o, err := range Walk(t.Context(), []string{"-"}, Options{Stdin: bytes.NewReader(b)}) {
			if err != nil || o.Name != "a" {
				t.Fatalf("%s on standard input: got %v, %v; want its member", name, o, err)
			}
			o.Release()
		}
	}
}
