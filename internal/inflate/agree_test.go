package inflate

import (
	"bytes"
	stdflate "compress/flate"
	stdgzip "compress/gzip"
	"errors"
	"io"
	"reflect"
	"testing"
)

// format is what the two decoders of a format have in common.
type format struct {
	name   string
	decode func(d *Decoder, dst, src []byte, limit int) ([]byte, error)
	std    func(src []byte) ([]byte, error)
}

var (
	gzipFormat    = format{"gzip", (*Decoder).Gzip, stdGzip}
	deflateFormat = format{"deflate", (*Decoder).Deflate, stdDeflate}
)

func stdGzip(src []byte) ([]byte, error) {
	z, err := stdgzip.NewReader(bytes.NewReader(src))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

var errRest = errors.New("bytes left over")

func stdDeflate(src []byte) ([]byte, error) {
	r := bytes.NewReader(src)
	out, err := io.ReadAll(stdflate.NewReader(r))
	if err == nil && r.Len() > 0 {
		err = errRest
	}
	return out, err
}

// guarded is a slice of capacity n between bytes that must not change.
type guarded struct{ all []byte }

const guard = 64

func newGuarded(n int) guarded {
	g := guarded{bytes.Repeat([]byte{0xA5}, n+2*guard)}
	return g
}

func (g guarded) slice() []byte { return g.all[guard : guard : len(g.all)-guard] }

func (g guarded) intact() bool {
	fence := bytes.Repeat([]byte{0xA5}, guard)
	return bytes.Equal(g.all[:guard], fence) && bytes.Equal(g.all[len(g.all)-guard:], fence)
}

// noLimit is more than any test inflates to.
const noLimit = 1 << 26

// agree decodes src with the fast loop and without it, into slices of several
// capacities, and with compress/*, and wants the same from all of them.
func (f format) agree(t testing.TB, src []byte) ([]byte, error) {
	t.Helper()
	kept := bytes.Clone(src)
	fast, plain := new(Decoder), &Decoder{plain: true}
	want, wantErr := f.decode(plain, nil, src, noLimit)
	for _, room := range []int{0, 1, len(want) / 2, len(want), len(want) + 100, len(want) + 1000} {
		g := newGuarded(room)
		got, err := f.decode(fast, g.slice(), src, noLimit)
		if !bytes.Equal(got, want) || !reflect.DeepEqual(err, wantErr) {
			t.Fatalf("%s, %d bytes of room: fast gives %d bytes and %v, plain %d bytes and %v", f.name, room, len(got), err, len(want), wantErr)
		}
		if !g.intact() {
			t.Fatalf("%s, %d bytes of room: written outside of it", f.name, room)
		}
		if fast.members != plain.members || fast.trailing != plain.trailing {
			t.Fatalf("%s: fast counts %d members and %d bytes trailing, plain %d and %d", f.name, fast.members, fast.trailing, plain.members, plain.trailing)
		}
	}
	if !bytes.Equal(src, kept) {
		t.Fatal("src was written to")
	}
	f.agreeStd(t, src, want, wantErr)
	return want, wantErr
}

// agreeStd wants what compress/* gives.
func (f format) agreeStd(t testing.TB, src, want []byte, wantErr error) {
	t.Helper()
	var e *Error
	if errors.As(wantErr, &e) && e.Detail == reservedFlags {
		return // compress/gzip alone lets them pass
	}
	std, stdErr := f.std(src)
	if (wantErr == nil) != (stdErr == nil) {
		t.Fatalf("%s: plain says %v, compress/%s %v", f.name, wantErr, f.name, stdErr)
	}
	if !bytes.HasPrefix(want, std) || stdErr == nil && len(want) != len(std) {
		t.Fatalf("%s: plain gives %d bytes, compress/%s other %d", f.name, len(want), f.name, len(std))
	}
	if !sameKind(wantErr, stdErr) {
		t.Fatalf("%s: plain says %v, compress/%s %v", f.name, wantErr, f.name, stdErr)
	}
}

// sameKind tells whether our error fits the one of compress/*. Where src ends
// early compress/flate asks for as many bits as the end of the block has
// before it looks at a shorter code, and so calls truncated what is also
// corrupt: that, and how headers are named, are the differences.
func sameKind(ours, std error) bool {
	var corrupt stdflate.CorruptInputError
	switch {
	case std == nil:
		return ours == nil
	case errors.Is(std, io.ErrUnexpectedEOF), errors.Is(std, io.EOF):
		return errors.Is(ours, ErrTruncated) || errors.Is(ours, ErrCorrupt) || errors.Is(ours, ErrNotGzip) || errors.Is(ours, ErrTrailing)
	case errors.As(std, &corrupt):
		return errors.Is(ours, ErrCorrupt)
	case errors.Is(std, stdgzip.ErrChecksum):
		return errors.Is(ours, ErrChecksum)
	case errors.Is(std, stdgzip.ErrHeader):
		return errors.Is(ours, ErrNotGzip) || errors.Is(ours, ErrTrailing) || errors.Is(ours, ErrCorrupt) || errors.Is(ours, ErrChecksum)
	}
	return errors.Is(std, errRest) && errors.Is(ours, ErrTrailing)
}

func (f format) mustBe(t testing.TB, src, want []byte) {
	t.Helper()
	got, err := f.agree(t, src)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%d bytes decoded, want other %d", len(got), len(want))
	}
}

func (f format) mustFail(t testing.TB, src []byte, want error) []byte {
	t.Helper()
	got, err := f.agree(t, src)
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
	return got
}
