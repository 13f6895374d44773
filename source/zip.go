package source

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"ctlog/internal/layer"
)

func (a *archive) zipFile(f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return a.fail(a.path, err)
	}
	return a.zip(f, info.Size())
}

// zipStream buffers a zip that comes through a pipe: its index stands at its
// end.
func (a *archive) zipStream(r io.Reader) bool {
	b, err := io.ReadAll(io.LimitReader(r, sortBudget+1))
	if err != nil {
		return a.fail(a.path, err)
	}
	if len(b) > sortBudget {
		return a.fail(a.path, fmt.Errorf("a zip archive through a pipe may have %d MiB at most; name the file instead", sortBudget>>20))
	}
	return a.zip(bytes.NewReader(b), int64(len(b)))
}

func (a *archive) zip(r io.ReaderAt, size int64) bool {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return a.fail(a.path, fmt.Errorf("not a readable zip archive: %w", err))
	}
	for method, open := range zipMethods {
		z.RegisterDecompressor(method, open)
	}
	var members []member
	for i, f := range z.File {
		if !f.Mode().IsDir() {
			m := zipMember(f)
			m.at = i + 1
			members = append(members, m)
		}
	}
	return a.giveAll(members)
}

// zipMethods are the compressions of members besides what the library has, by
// their numbers in PKWARE's APPNOTE, 4.4.5.
var zipMethods = map[uint16]zip.Decompressor{
	12: zipLayer(layer.Bzip2), 20: zipLayer(layer.Zstd), 93: zipLayer(layer.Zstd), 95: zipLayer(layer.XZ),
}

// zipUnread are those that are not read.
var zipUnread = map[uint16]string{
	1: "Shrink", 6: "Implode", 9: "Deflate64", 10: "Implode", 14: "LZMA", 16: "CMPSC", 18: "TERSE", 19: "LZ77",
	94: "MP3", 96: "JPEG", 97: "WavPack", 98: "PPMd", 99: "AES encryption",
}

func zipLayer(kind layer.Kind) zip.Decompressor {
	return func(r io.Reader) io.ReadCloser {
		inner, err := inflate(kind, r)
		if err != nil {
			inner = ending{err}
		}
		return io.NopCloser(inner)
	}
}

func zipMember(f *zip.File) member {
	m := newMember(f.Name, int64(min(f.UncompressedSize64, maxSize)))
	m.open = f.Open
	switch {
	case f.Mode()&os.ModeSymlink != 0:
		m.to, m.err = zipLink(f)
	case m.err != nil:
	case !f.Mode().IsRegular():
		m.err = errIrregular(m.name)
	case f.Flags&zipEncrypted != 0:
		m.err = errEncrypted
	case !readable(f.Method):
		m.err = opaqueError("packed with " + zipMethod(f.Method) + "; unpack the archive and name the folder")
	}
	return m
}

// zipLink reads where a symbolic link points to, which is its content.
func zipLink(f *zip.File) (to string, err error) {
	r, err := f.Open()
	if err != nil {
		return "", unread("a symbolic link that cannot be read")
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxTarget))
	if err != nil || len(b) == 0 || f.Flags&zipEncrypted != 0 {
		return "", unread("a symbolic link that cannot be read")
	}
	return string(b), nil
}

func readable(method uint16) bool {
	return method == zip.Store || method == zip.Deflate || zipMethods[method] != nil
}

// zipMethod names a compression that is not read.
func zipMethod(method uint16) string {
	if name := zipUnread[method]; name != "" {
		return name
	}
	return fmt.Sprintf("method %d", method)
}

const zipEncrypted = 1 << 0

// opaqueError is why nothing is known of a member: it may be evidence whatever it
// is called.
type opaqueError string

func (e opaqueError) Error() string { return ErrUnread.Error() + ": " + string(e) }
func (e opaqueError) Unwrap() error { return ErrUnread }

const errEncrypted = opaqueError("encrypted; unpack the archive with its password")
