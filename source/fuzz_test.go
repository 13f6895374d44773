package source

import (
	"bytes"
	"io"
	"testing"
)

// No archive, however broken, panics or makes the walk hang or run on.
func FuzzArchive(f *testing.F) {
	t := &testing.T{}
	for _, b := range [][]byte{tarOf(t, names[:3]), zipOf(t, names[:3])} {
		f.Add(b)
		f.Add(gz(b))
		f.Add(zst(b))
		f.Add(b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for obj, err := range Walk(t.Context(), []string{"-"}, Options{Stdin: bytes.NewReader(b), MaxInflated: 1 << 20}) {
			if err != nil {
				continue
			}
			r, err := obj.Open(t.Context())
			if err != nil {
				continue
			}
			io.Copy(io.Discard, io.LimitReader(r, 1<<20))
			r.Close()
		}
	})
}
