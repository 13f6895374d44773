package inflate

import (
	"bytes"
	stdgzip "compress/gzip"
	"fmt"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// benchInputs are gzip files by what they hold.
func benchInputs(tb testing.TB) []benchInput {
	log, small := trailJSON(1, 600), trailJSON(2, 8)
	in := []benchInput{
		{"small", pack(tb, small, 6), len(small)},
		{"noise", pack(tb, noise(3, 400_000), 6), 400_000},
		{"zeros", pack(tb, make([]byte, 1<<20), 9), 1 << 20},
		{"members", bytes.Repeat(pack(tb, small, 6), 50), 50 * len(small)},
	}
	for level := statelessCompression; level <= gzip.BestCompression; level++ {
		in = append(in, benchInput{fmt.Sprintf("log/level=%d", level), pack(tb, log, level), len(log)})
	}
	return in
}

type benchInput struct {
	name string
	src  []byte
	size int
}

// BenchmarkGzip compares this package with its peers, file by file:
//
//	go test -bench Gzip -count 5 ./internal/inflate
func BenchmarkGzip(b *testing.B) {
	var d Decoder
	var std stdgzip.Reader
	var peer gzip.Reader
	for _, in := range benchInputs(b) {
		dst := make([]byte, in.size+bytes.MinRead)
		run := func(name string, decode func(*testing.B)) {
			b.Run(in.name+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(in.size))
				for b.Loop() {
					decode(b)
				}
			})
		}
		run("inflate", func(b *testing.B) {
			if out, err := d.Gzip(dst, in.src, noLimit); err != nil || len(out) != in.size {
				b.Fatal(len(out), err)
			}
		})
		run("klauspost", func(b *testing.B) { readAll(b, dst, &peer, peer.Reset(bytes.NewReader(in.src))) })
		run("stdlib", func(b *testing.B) { readAll(b, dst, &std, std.Reset(bytes.NewReader(in.src))) })
	}
}

// readAll reads into memory that is there already: the peers are not made to
// allocate what we do not.
func readAll(b *testing.B, dst []byte, r io.Reader, err error) {
	for n := 0; err == nil && n < len(dst); {
		var got int
		got, err = r.Read(dst[n:])
		n += got
	}
	if err != io.EOF {
		b.Fatal(err)
	}
}

func BenchmarkTables(b *testing.B) {
	src := pack(b, trailJSON(1, 600), 6)
	var d Decoder
	d.Gzip(nil, src, noLimit)
	lens := bytes.Clone(d.lens[:numLit])
	for b.Loop() {
		build(d.tables.lit[:], litBits, lens, litEntry[:])
	}
}
