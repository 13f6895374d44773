package inflate

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// FuzzGzip compares fast, plain and compress/gzip on anything at all.
func FuzzGzip(f *testing.F) {
	for level := -3; level < 10; level++ {
		f.Add(pack(f, trailJSON(uint64(level+10), 1), level))
	}
	f.Add(append(pack(f, []byte("first"), 6), pack(f, nil, 0)...))
	f.Add(append(pack(f, []byte("trailing"), 6), "\x1f\x8b\x08"...))
	f.Add(member(0xff, []byte("\x03\x00abcname\x00comment\x00"), []byte("all flags")))
	for _, s := range gzipSeeds() {
		f.Add(s.src)
	}
	f.Fuzz(func(t *testing.T, src []byte) { gzipFormat.agree(t, src) })
}

// FuzzDeflate does so for the data alone, where mutations reach further.
func FuzzDeflate(f *testing.F) {
	for seed := range uint64(40) {
		src, _ := randomBlocks(seed, seed%2 == 0)
		f.Add(src)
	}
	for _, s := range deflateSeeds() {
		f.Add(s.src)
	}
	f.Fuzz(func(t *testing.T, src []byte) { deflateFormat.agree(t, src) })
}

// FuzzBlocks has blocks with random codes made, which must decode to what they
// were made of, and damages them afterwards.
func FuzzBlocks(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint(seed*977), byte(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, at uint, flip byte) {
		src, want := randomBlocks(seed, false)
		deflateFormat.mustBe(t, src, want)
		src[at%uint(len(src))] ^= flip
		deflateFormat.agree(t, src)
		deflateFormat.agree(t, src[:at%uint(len(src))])
	})
}

// FuzzContent compresses content and decodes it again.
func FuzzContent(f *testing.F) {
	f.Add(trailJSON(1, 2), byte(6))
	f.Add(bytes.Repeat([]byte("ab"), 400), byte(9))
	writers := map[int]*gzip.Writer{} // they are expensive to make
	f.Fuzz(func(t *testing.T, data []byte, level byte) {
		l := int(level)%13 + statelessCompression
		if writers[l] == nil {
			writers[l], _ = gzip.NewWriterLevel(nil, l)
		}
		var buf bytes.Buffer
		writers[l].Reset(&buf)
		writers[l].Write(data)
		writers[l].Close()
		gzipFormat.mustBe(t, buf.Bytes(), data)
	})
}

// FuzzAfter decodes with a Decoder that has another input behind it, into a
// slice that is too short or too long, up to a limit.
func FuzzAfter(f *testing.F) {
	seeds := gzipSeeds()
	for i, s := range seeds {
		f.Add(seeds[(i+31)%len(seeds)].src, s.src, uint16(i*40), uint16(i*i))
	}
	f.Fuzz(func(t *testing.T, before, src []byte, limit, size uint16) {
		var used Decoder
		used.Gzip(nil, before, noLimit)
		g := newGuarded(int(size))
		got, err := used.Gzip(g.slice(), src, int(limit))
		want, wantErr := (&Decoder{plain: true}).Gzip(nil, src, int(limit))
		if !bytes.Equal(got, want) || !reflect.DeepEqual(err, wantErr) {
			t.Fatalf("%d bytes and %v, want %d and %v", len(got), err, len(want), wantErr)
		}
		if !g.intact() {
			t.Fatal("written outside of the room given")
		}
	})
}
