package source

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
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

func TestLinkInZip(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: "link"}
	h.SetMode(os.ModeSymlink | 0o777)
	f, _ := w.CreateHeader(h)
	io.WriteString(f, "/etc/passwd")
	w.Close()
	if got, errs := walk(t, Options{}, inFile(t, "x.zip", b.Bytes())); len(got) > 0 || len(errs) != 1 || !errors.Is(errs[0], ErrSkipped) {
		t.Errorf("got %q, %v", got, errs)
	}
}
