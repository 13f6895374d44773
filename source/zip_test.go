package source

import (
	"archive/zip"
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// What is in a zip but cannot be read is named.
func TestEncryptedZip(t *testing.T) {
	b := zipOf(t, []string{"a.txt", "b"})
	b[bytes.Index(b, []byte("PK\x01\x02"))+8] |= zipEncrypted
	got, errs := walk(t, Options{}, inFile(t, "x.zip", b))
	if len(got) != 1 || len(errs) != 1 || !errors.Is(errs[0], errEncrypted) {
		t.Errorf("got %q, %v", got, errs)
	}
}

// Members packed in other ways than the library knows are read, and what cannot
// be is named.
func TestZipMethods(t *testing.T) {
	text := []byte("content of a.txt")
	for method, packed := range map[uint16][]byte{12: bzip2(t, text), 20: zst(text), 93: zst(text), 95: xzip(text), 9: text, 14: text, 77: text} {
		if packed == nil {
			continue
		}
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		f, _ := w.CreateRaw(&zip.FileHeader{Name: "a.txt", Method: method, CRC32: crc32.ChecksumIEEE(text), CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(len(text))})
		f.Write(packed)
		w.Close()
		got, errs := walk(t, Options{}, inFile(t, "x.zip", b.Bytes()))
		if name := map[uint16]string{9: "packed with Deflate64", 14: "packed with LZMA", 77: "packed with method 77"}[method]; name != "" {
			if len(got) > 0 || len(errs) != 1 || !strings.Contains(errs[0].Error(), name) {
				t.Errorf("method %d: got %q, %v", method, got, errs)
			}
		} else if len(errs) > 0 || !slices.Equal(got, []string{"a.txt=content of a.txt <nil>"}) {
			t.Errorf("method %d: got %q, %v", method, got, errs)
		}
	}
}

func TestLinkInZip(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: "link"}
	h.SetMode(os.ModeSymlink | 0o777)
	f, _ := w.CreateHeader(h)
	io.WriteString(f, "/etc/passwd")
	w.Close()
	if got, errs := walk(t, Options{}, inFile(t, "x.zip", b.Bytes())); len(got) > 0 || len(errs) != 1 || !errors.Is(errs[0], ErrUnread) {
		t.Errorf("got %q, %v", got, errs)
	}
}
