package inflate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"testing"
)

// member makes a gzip member with any header.
func member(flags byte, fields, data []byte) []byte {
	b := append([]byte{0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 255}, fields...)
	if flags&hasHeaderSum != 0 {
		b = binary.LittleEndian.AppendUint16(b, uint16(crc32.ChecksumIEEE(b)))
	}
	w := &bitWriter{b: b}
	w.stored(1, data)
	b = binary.LittleEndian.AppendUint32(w.bytes(), crc32.ChecksumIEEE(data))
	return binary.LittleEndian.AppendUint32(b, uint32(len(data)))
}

func TestHeaders(t *testing.T) {
	data := []byte("content")
	extra, name := []byte{4, 0, 'E', 'x', 0, 0}, []byte("name\x00")
	for flags := range 256 {
		var fields []byte
		if flags&hasExtra != 0 {
			fields = append(fields, extra...)
		}
		if flags&hasName != 0 {
			fields = append(fields, name...)
		}
		if flags&hasComment != 0 {
			fields = append(fields, "a comment with \xe9\x00"...)
		}
		src := member(byte(flags), fields, data)
		if flags&reserved != 0 {
			gzipFormat.mustFail(t, src, ErrCorrupt)
			continue
		}
		gzipFormat.mustBe(t, src, data)
		if _, err := Gzip(nil, src[:10+len(fields)], 100); !errors.Is(err, ErrTruncated) {
			t.Errorf("flags %#x: cut off: %v", flags, err)
		}
		for n := range src {
			gzipFormat.agree(t, src[:n])
		}
		if flags&hasHeaderSum != 0 {
			src[10+len(fields)]++
			gzipFormat.mustFail(t, src, ErrChecksum)
		}
	}
	for _, n := range []int{510, 511, 512, 513} {
		gzipFormat.agree(t, member(hasName, append(bytes.Repeat([]byte{'n'}, n), 0), data))
	}
	gzipFormat.mustBe(t, member(hasExtra, append([]byte{255, 255}, make([]byte, 65535)...), data), data)
}

func TestMembers(t *testing.T) {
	var src, want []byte
	var d Decoder
	for n := 1; n < 20; n++ {
		part := trailJSON(uint64(n), n)
		if n%5 == 0 {
			part = nil
		}
		src, want = append(src, pack(t, part, n%10)...), append(want, part...)
		gzipFormat.mustBe(t, src, want)
		if _, err := d.Gzip(nil, src, noLimit); err != nil || d.Members() != n || d.Trailing() != 0 {
			t.Fatalf("%d members and %d bytes trailing counted (%v), want %d and 0", d.Members(), d.Trailing(), err, n)
		}
	}
}

func TestTrailing(t *testing.T) {
	data := trailJSON(1, 3)
	src := pack(t, data, 6)
	var d Decoder
	for _, rest := range []string{"\x00", "\x1f", "\x00\x00\x00", "garbage after it", "\x1f\x8c", "\x1fzzzzzzzzzzz"} {
		got := gzipFormat.mustFail(t, append(bytes.Clone(src), rest...), ErrTrailing)
		if !bytes.Equal(got, data) {
			t.Errorf("%q: content is incomplete", rest)
		}
		_, err := d.Gzip(nil, append(bytes.Clone(src), rest...), noLimit)
		var e *Error
		if !errors.As(err, &e) || e.Offset != len(src) || d.Trailing() != len(rest) || d.Members() != 1 {
			t.Errorf("%q: %v, %d bytes trailing, %d members", rest, err, d.Trailing(), d.Members())
		}
	}
	gzipFormat.mustFail(t, append(bytes.Clone(src), "\x1f\x8b\x08"...), ErrTruncated)
	gzipFormat.mustFail(t, append(bytes.Clone(src), "\x1f\x8b\x07aaaaaaaaaaaaa"...), ErrCorrupt)
	gzipFormat.mustFail(t, []byte(`{"Records":[]}`), ErrNotGzip)
	gzipFormat.mustFail(t, nil, ErrTruncated)
}

func TestTrailer(t *testing.T) {
	data := trailJSON(1, 3)
	src := pack(t, data, 6)
	for at := len(src) - 8; at < len(src); at++ {
		bad := bytes.Clone(src)
		bad[at] ^= 0x10
		if got := gzipFormat.mustFail(t, bad, ErrChecksum); !bytes.Equal(got, data) {
			t.Error("content is not returned beside the error")
		}
	}
}

// Cut anywhere, what is returned is a beginning of the content, and all that
// the bytes there are can tell.
func TestTruncated(t *testing.T) {
	data := trailJSON(4, 4)
	src, last := pack(t, data, 6), 0
	for n := range src {
		got := gzipFormat.mustFail(t, src[:n], ErrTruncated)
		if !bytes.HasPrefix(data, got) || len(got) < last {
			t.Fatalf("cut at %d of %d: %d bytes salvaged, after %d of less", n, len(src), len(got), last)
		}
		last = len(got)
	}
	if last != len(data) {
		t.Errorf("%d of %d bytes salvaged of all but the trailer", last, len(data))
	}
}

func TestMutated(t *testing.T) {
	data := trailJSON(5, 4)
	for _, level := range []int{-3, 0, 1, 6} {
		src := pack(t, data, level)
		for at := range src {
			if level == 0 && at > 40 && at < len(src)-40 {
				continue
			}
			src[at] ^= 1 << (at % 8)
			gzipFormat.agree(t, src)
			src[at] ^= 1 << (at % 8)
		}
	}
}

func TestLimit(t *testing.T) {
	data := trailJSON(6, 1)
	for _, level := range []int{0, 1, 6} {
		src := pack(t, data, level)
		for limit := -1; limit <= len(data)+600; limit++ {
			for _, room := range []int{0, limit / 2, limit, limit + 700} {
				for _, plain := range []bool{false, true} {
					g := newGuarded(max(room, 0))
					got, err := (&Decoder{plain: plain}).Gzip(g.slice(), src, limit)
					if !bytes.Equal(got, data[:max(0, min(limit, len(data)))]) {
						t.Fatalf("limit %d, room %d: %d bytes", limit, room, len(got))
					}
					if (err == nil) != (limit >= len(data)) || err != nil && !errors.Is(err, ErrLimit) {
						t.Fatalf("limit %d of %d, room %d: %v", limit, len(data), room, err)
					}
					if !g.intact() {
						t.Fatalf("limit %d, room %d: written outside", limit, room)
					}
				}
			}
		}
	}
}

// A trailer that claims a lot must not make us allocate it.
func TestForgedSize(t *testing.T) {
	src := pack(t, []byte("small"), 6)
	binary.LittleEndian.PutUint32(src[len(src)-4:], 0xfffffff0)
	got, err := Gzip(nil, src, 1<<40)
	if !errors.Is(err, ErrChecksum) || string(got) != "small" || cap(got) > 100*len(src)+slack {
		t.Errorf("%q with capacity %d, %v", got, cap(got), err)
	}
}

func TestNoAllocations(t *testing.T) {
	data := trailJSON(7, 20)
	src, dst := pack(t, data, 6), make([]byte, 0, len(data))
	var d Decoder
	for name, f := range map[string]func(){
		"Decoder": func() { d.Gzip(dst, src, noLimit) },
		"pool":    func() { Gzip(dst, src, noLimit) },
	} {
		if n := testing.AllocsPerRun(50, f); n > 0 && !raceEnabled {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestErrorText(t *testing.T) {
	_, err := Gzip(nil, append(pack(t, nil, 6), "xy"...), 100)
	if want := fmt.Sprintf("byte %d: bytes after the end of the gzip data: 2 bytes", len(pack(t, nil, 6))); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
