package source

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// rawHeader is a tar header with a checksum but no manners. A size that needs
// more than eleven octal digits is written in base 256.
func rawHeader(name string, size int64, kind byte) []byte {
	b := make([]byte, tarBlock)
	copy(b, name)
	copy(b[100:], "0000644\x000000000\x000000000\x00")
	if size < 1<<33 {
		copy(b[124:], fmt.Sprintf("%011o\x00", size))
	} else {
		b[124] = 0x80
		for i := range 8 {
			b[135-i] = byte(size >> (8 * i))
		}
	}
	copy(b[136:], "00000000000\x00")
	b[156] = kind
	copy(b[257:], "ustar\x0000")
	copy(b[148:], "        ")
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
	return b
}

func paxHeader(records map[string]string) []byte {
	var body strings.Builder
	for k, v := range records {
		n := len(k) + len(v) + 3
		for n != len(k)+len(v)+3+len(fmt.Sprint(n)) {
			n = len(k) + len(v) + 3 + len(fmt.Sprint(n))
		}
		fmt.Fprintf(&body, "%d %s=%s\n", n, k, v)
	}
	b := rawHeader("pax", int64(body.Len()), 'x')
	block := make([]byte, (body.Len()+tarBlock-1)/tarBlock*tarBlock)
	copy(block, body.String())
	return append(b, block...)
}

// Sparse members are named, never read as what they are not.
func TestSparse(t *testing.T) {
	var b bytes.Buffer
	b.Write(paxHeader(map[string]string{"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "s.json", "GNU.sparse.realsize": fmt.Sprint(int64(math.MaxInt64))}))
	b.Write(rawHeader("GNUSparseFile/s.json", 512, '0'))
	b.Write(append([]byte("0\n"), make([]byte, 510)...))
	b.Write(rawHeader("t.json", 2, '0'))
	b.Write(append([]byte("{}"), make([]byte, 510+1024)...))
	for name, b := range tars(b.Bytes()) {
		got, errs := walk(t, Options{}, inFile(t, name, b))
		if !slices.Equal(got, []string{"t.json={} <nil>"}) || len(errs) != 1 || errors.Is(errs[0], ErrSkipped) {
			t.Errorf("%s: got %.100q, %v; want t.json and an error about s.json", name, got, errs)
		}
	}
}

// A member whose bytes are cut off says so, and does not just end.
func TestCutMember(t *testing.T) {
	whole := tarEntries(t, file("a", strings.Repeat("line\n", 1000)))
	for name, b := range map[string][]byte{"x.tar": whole[:2000], "x.tgz": gz(whole[:2000])} {
		got, errs := walk(t, Options{}, inFile(t, name, b))
		if len(errs) != 1 {
			t.Errorf("%s: errors %v, want one", name, errs)
		}
		for _, g := range got {
			if !strings.HasSuffix(g, " unexpected EOF") {
				t.Errorf("%s: %q ends as if it were whole", name, g)
			}
		}
	}
}

// Links and devices in an archive are said to be skipped, as they are in a
// folder; a hard link has the content of what it links to.
func TestLinksInTar(t *testing.T) {
	b := tarEntries(t, file("a", "1"),
		tarEntry{Header: tar.Header{Name: "hard", Typeflag: tar.TypeLink, Linkname: "./a"}},
		tarEntry{Header: tar.Header{Name: "dangling", Typeflag: tar.TypeLink, Linkname: "nowhere"}},
		tarEntry{Header: tar.Header{Name: "soft", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}},
		tarEntry{Header: tar.Header{Name: "dev", Typeflag: tar.TypeChar}})
	for name, b := range tars(b) {
		got, errs := walk(t, Options{}, inFile(t, name, b))
		if want := []string{"a=1 <nil>", "hard=1 <nil>"}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		if len(errs) != 3 || errors.Is(errs[0], ErrSkipped) || !errors.Is(errs[1], ErrSkipped) || !errors.Is(errs[2], ErrUnread) {
			t.Errorf("%s: errors %v, want one about the dangling link, one skipped and one not read", name, errs)
		}
	}
}

// Which of two files of a name a hard link means is not guessed.
func TestAmbiguousLink(t *testing.T) {
	b := tarEntries(t, file("a", "1"), file("a", "2"), tarEntry{Header: tar.Header{Name: "b", Typeflag: tar.TypeLink, Linkname: "a"}})
	got, errs := walk(t, Options{}, inFile(t, "x.tar", b))
	if len(got) != 2 || len(errs) != 1 || errors.Is(errs[0], ErrSkipped) {
		t.Errorf("got %q, %v; want both files and an error about the link", got, errs)
	}
}

// What follows the end of the tar belongs to the layer: damage there counts.
func TestDamageBehindTheEnd(t *testing.T) {
	b := tarEntries(t, file("a", "1"))
	zipped := gz(b)
	sum := slices.Clone(zipped)
	sum[len(sum)-6] ^= 1
	for name, c := range map[string]struct {
		file string
		b    []byte
	}{
		"checksum": {"x.tgz", sum}, "trailer cut": {"x.tgz", zipped[:len(zipped)-4]},
		"zstd cut":   {"x.tar.zst", zst(append(slices.Clone(b), make([]byte, 1<<20)...))[:40]},
		"second tar": {"x.tar", append(slices.Clone(b), b...)}, "second tar in gzip": {"x.tgz", append(slices.Clone(zipped), zipped...)},
		"nothing": {"x.tar", nil}, "nothing in zstd": {"x.tar.zst", zst(nil)}, "no zstd": {"x.tar.zst", nil},
	} {
		if _, errs := walk(t, Options{}, inFile(t, c.file, c.b)); len(errs) != 1 {
			t.Errorf("%s: errors %v, want one", name, errs)
		}
	}
	padded := append(slices.Clone(b), bytes.Repeat([]byte("x"), 5000)...)
	if got, errs := walk(t, Options{}, inFile(t, "x.tar", padded)); len(got) != 1 || len(errs) > 0 {
		t.Errorf("padding after the end is legal: got %q, %v", got, errs)
	}
}
