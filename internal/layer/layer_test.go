package layer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ulikunitz/xz"
)

// sound is content that compresses, and more than one buffer of it.
var sound = func() []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for b.Len() < 300<<10 {
		b.WriteString(`{"eventVersion":"1.08","eventName":"GetObject","eventID":"`)
		for range 16 {
			b.WriteByte("0123456789abcdef"[r.IntN(16)])
		}
		b.WriteString(`"},`)
	}
	return b.Bytes()
}()

func pack(t testing.TB, c xz.WriterConfig, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := c.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bzip2Hello is "hello\n" by bzip2 1.0.8, there being no writer in the library.
var bzip2Hello = []byte("BZh91AY&SY\xc1\xc0\x80\xe2\x00\x00\x01\x41\x00\x00\x10\x02\x44\xa0\x00\x30\xcd\x00\xc3\x46\x29\x97\x17\x72\x45\x38\x50\x90\xc1\xc0\x80\xe2")

func read(k Kind, stored []byte) ([]byte, error) { return io.ReadAll(open(k, bytes.NewReader(stored))) }

func open(k Kind, r io.Reader) io.Reader {
	if k == Bzip2 {
		return NewBzip2(r)
	}
	return NewXZ(r)
}

func TestOf(t *testing.T) {
	for _, c := range []struct {
		head string
		want Kind
	}{
		{"\x1f\x8b\x08", Gzip}, {"\x28\xb5\x2f\xfd\x04", Zstd}, {"\x50\x2a\x4d\x18\x04", Zstd}, {"\xfd7zXZ\x00\x00\x04", XZ}, {string(bzip2Hello), Bzip2},
		{"BZh9\x17\x72\x45\x38\x50\x90", Bzip2}, {"BZh91A", Bzip2}, {"BZh9,name\nx", None}, {"BZh", None}, {"{", None}, {"", None},
	} {
		if got := Of([]byte(c.head)); got != c.want {
			t.Errorf("%q is %q, want %q", c.head, got, c.want)
		}
	}
}

func TestSound(t *testing.T) {
	one := pack(t, xz.WriterConfig{}, sound)
	blocks := pack(t, xz.WriterConfig{BlockSize: 50 << 10, CheckSum: xz.SHA256}, sound)
	none := pack(t, xz.WriterConfig{NoCheckSum: true}, sound)
	crc := pack(t, xz.WriterConfig{CheckSum: xz.CRC32, DictCap: 8 << 10}, sound)
	empty := pack(t, xz.WriterConfig{}, nil)
	two := append(bytes.Clone(sound), sound...)
	for _, c := range []struct {
		name    string
		kind    Kind
		stored  []byte
		content []byte
	}{
		{"one block", XZ, one, sound}, {"seven blocks", XZ, blocks, sound}, {"no check", XZ, none, sound}, {"CRC32, a small dictionary", XZ, crc, sound},
		{"nothing", XZ, empty, nil}, {"two streams", XZ, join(one, blocks), two}, {"padding between", XZ, join(one, make([]byte, 8), crc, make([]byte, 4)), two},
		{"bzip2", Bzip2, bzip2Hello, []byte("hello\n")}, {"bzip2, two streams", Bzip2, join(bzip2Hello, bzip2Hello), []byte("hello\nhello\n")},
	} {
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader(c.stored), "byte by byte": iotest.OneByteReader(bytes.NewReader(c.stored))} {
			got, err := io.ReadAll(open(c.kind, r))
			if err != nil || !bytes.Equal(got, c.content) {
				t.Errorf("%s, %s: %d bytes, %v; want %d", c.name, name, len(got), err, len(c.content))
			}
		}
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// No file that is cut off is sound, wherever it is cut, and no changed bit goes
// unnoticed. What is given out until then is the beginning of the content.
func TestDamage(t *testing.T) {
	short := sound[:1500]
	for name, c := range map[string]struct {
		kind            Kind
		stored, content []byte
	}{
		"xz":    {XZ, join(pack(t, xz.WriterConfig{BlockSize: 700, DictCap: 4096}, short), pack(t, xz.WriterConfig{DictCap: 4096}, short)), join(short, short)},
		"bzip2": {Bzip2, join(bzip2Hello, bzip2Hello), []byte("hello\nhello\n")},
	} {
		ends := map[int]bool{0: true}
		for cut := range c.stored {
			got, err := read(c.kind, c.stored[:cut])
			switch {
			case err == nil && bytes.Equal(got, c.content[:len(c.content)/2]): // the end of the first stream
				ends[cut] = true
			case !errors.Is(err, ErrTruncated):
				t.Fatalf("%s cut after %d of %d bytes: %d bytes, %v", name, cut, len(c.stored), len(got), err)
			case !bytes.HasPrefix(c.content, got):
				t.Fatalf("%s cut after %d bytes: what comes out is not the beginning", name, cut)
			}
		}
		if len(ends) != 2 {
			t.Errorf("%s: sound when cut at %v", name, ends)
		}
		for i := range c.stored {
			bad := bytes.Clone(c.stored)
			bad[i] ^= 1 << (i % 8)
			if got, err := read(c.kind, bad); err == nil && !bytes.Equal(got, c.content) {
				t.Fatalf("%s: byte %d changed and nothing said, %d bytes", name, i, len(got))
			}
		}
	}
}

func TestErrors(t *testing.T) {
	stored := pack(t, xz.WriterConfig{}, sound[:3000])
	check := bytes.Clone(stored)
	check[len(check)-12-8-5] ^= 1 // the check of the block, before index and footer
	huge := bytes.Clone(stored)
	huge[12+4] = 0x28 // 4 GiB
	fixHeader(huge)
	filter := bytes.Clone(stored)
	filter[12+2] = 0x04 // x86
	fixHeader(filter)
	for _, c := range []struct {
		name   string
		kind   Kind
		stored []byte
		want   error
		text   string
	}{
		{"garbage behind", XZ, join(stored, []byte("garbage")), ErrTrailing, ""},
		{"three zeros behind", XZ, join(stored, make([]byte, 3)), ErrTrailing, ""},
		{"one byte behind", XZ, join(stored, []byte{0xfc}), ErrTrailing, ""},
		{"check", XZ, check, ErrChecksum, ""},
		{"dictionary", XZ, huge, nil, "a dictionary of 4095 MiB, more than 64 MiB"},
		{"filter", XZ, filter, nil, "another filter than LZMA2"},
		{"garbage behind bzip2", Bzip2, join(bzip2Hello, []byte("garbage")), ErrTrailing, ""},
		{"bzip2 checksum", Bzip2, join(bzip2Hello[:len(bzip2Hello)-1], []byte{0}), ErrChecksum, ""},
	} {
		_, err := read(c.kind, c.stored)
		var unsupported *Unsupported
		if c.want == nil && !errors.As(err, &unsupported) || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// fixHeader makes the sum of the first block's header right again.
func fixHeader(stored []byte) {
	head := stored[12 : 12+(int(stored[12])+1)*4]
	binary.LittleEndian.PutUint32(head[len(head)-4:], crc32.ChecksumIEEE(head[:len(head)-4]))
}

func TestErrorBelowComesOut(t *testing.T) {
	fail := errors.New("input/output error")
	for k, stored := range map[Kind][]byte{XZ: pack(t, xz.WriterConfig{}, sound), Bzip2: bzip2Hello} {
		for _, n := range []int{0, 1, 8, len(stored) / 2, len(stored) - 1} {
			r := io.MultiReader(bytes.NewReader(stored[:n]), iotest.ErrReader(fail))
			if _, err := io.ReadAll(open(k, r)); !errors.Is(err, fail) {
				t.Errorf("%v after %d bytes: %v", k, n, err)
			}
		}
	}
}

// What the tools write is read, with all levels and their blocks.
func TestAgainstTheTools(t *testing.T) {
	for _, args := range [][]string{{"xz", "-0"}, {"xz", "-6"}, {"xz", "-9e"}, {"xz", "-T2", "--block-size=100KiB"}, {"xz", "--check=sha256"}, {"xz", "--lzma2=lc=0,lp=2,pb=0"}, {"bzip2", "-1"}, {"bzip2", "-9"}} {
		if _, err := exec.LookPath(args[0]); err != nil {
			t.Logf("%s is not here", args[0])
			continue
		}
		cmd := exec.Command(args[0], append(args[1:], "-c")...)
		cmd.Stdin = bytes.NewReader(sound)
		stored, err := cmd.Output()
		if err != nil {
			t.Fatal(args, err)
		}
		got, err := read(Of(stored), stored)
		if err != nil || !bytes.Equal(got, sound) {
			t.Errorf("%q: %d bytes, %v", args, len(got), err)
		}
	}
}

func FuzzXZ(f *testing.F) {
	f.Add(pack(f, xz.WriterConfig{DictCap: 4096}, sound[:300]))
	f.Add(pack(f, xz.WriterConfig{BlockSize: 100, DictCap: 4096}, sound[:300]))
	f.Fuzz(func(t *testing.T, stored []byte) {
		got, err := io.ReadAll(io.LimitReader(NewXZ(bytes.NewReader(stored)), 1<<20))
		if err != nil || len(got) == 1<<20 {
			return
		}
		// The library is no stricter than this reader.
		r, err := xz.NewReader(bytes.NewReader(stored))
		if err != nil {
			t.Fatalf("sound here, and not for the library: %v", err)
		}
		if want, err := io.ReadAll(r); err != nil || !bytes.Equal(want, got) {
			t.Fatalf("%d bytes here, %d and %v from the library", len(got), len(want), err)
		}
	})
}

// Damage within the data is mostly caught by a sum before it gets anywhere, so
// LZMA2 data is fuzzed without one.
func FuzzLZMA2(f *testing.F) {
	stored := pack(f, xz.WriterConfig{NoCheckSum: true, DictCap: 4096}, sound[:300])
	head := stored[:24] // of stream and block
	f.Add(stored[24:])
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := io.Copy(io.Discard, io.LimitReader(NewXZ(bytes.NewReader(join(head, data))), 1<<20))
		if err == io.EOF || n > 1<<20 {
			t.Fatal(n, err)
		}
	})
}

func FuzzBzip2(f *testing.F) {
	f.Add(bzip2Hello)
	f.Fuzz(func(t *testing.T, stored []byte) {
		io.Copy(io.Discard, io.LimitReader(NewBzip2(bytes.NewReader(stored)), 1<<20))
	})
}

func BenchmarkXZ(b *testing.B) {
	stored := pack(b, xz.WriterConfig{}, sound)
	b.SetBytes(int64(len(sound)))
	for b.Loop() {
		io.Copy(io.Discard, NewXZ(bytes.NewReader(stored)))
	}
}

// What the index of a whole file says bounds what is held, and a file whose index
// lies is damaged as it was before.
func TestLargestBlock(t *testing.T) {
	one := pack(t, xz.WriterConfig{}, sound)
	blocks := pack(t, xz.WriterConfig{BlockSize: 100 << 10}, sound)
	for name, c := range map[string]struct {
		stored []byte
		want   int64
	}{
		"one": {one, int64(len(sound))}, "blocks": {blocks, 100 << 10}, "empty": {pack(t, xz.WriterConfig{}, nil), 0},
		"two streams": {join(one, one), math.MaxInt64}, "padding": {join(one, make([]byte, 4)), math.MaxInt64}, "cut": {one[:len(one)-1], math.MaxInt64},
		"short": {one[:5], math.MaxInt64}, "nothing": {nil, math.MaxInt64},
	} {
		if got := largestBlock(bytes.NewReader(c.stored), int64(len(c.stored))); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	lie := bytes.Clone(one)
	for i := len(lie) - 12 - 8; i < len(lie)-12; i++ {
		lie[i] = 0
	}
	if _, err := read(XZ, lie); !errors.Is(err, ErrChecksum) && !errors.Is(err, ErrCorrupt) {
		t.Errorf("an index that lies: %v", err)
	}
}

func FuzzLargestBlock(f *testing.F) {
	f.Add(pack(f, xz.WriterConfig{BlockSize: 100, DictCap: 4096}, sound[:300]))
	f.Fuzz(func(t *testing.T, stored []byte) {
		whole, err := io.ReadAll(io.LimitReader(NewXZ(bytes.NewReader(stored)), 1<<20))
		stream, err2 := io.ReadAll(io.LimitReader(NewXZ(io.MultiReader(bytes.NewReader(stored))), 1<<20))
		if (err == nil) != (err2 == nil) || err == nil && !bytes.Equal(whole, stream) {
			t.Fatalf("%d bytes, %v of the whole; %d, %v of the stream", len(whole), err, len(stream), err2)
		}
	})
}
