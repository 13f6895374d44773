package source

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
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
	var members []member
	for i, f := range z.File {
		if m, ok := zipMember(f); ok {
			m.at = i + 1
			members = append(members, m)
		}
	}
	return a.giveAll(members)
}

func zipMember(f *zip.File) (m member, ok bool) {
	m, ok = newMember(f.Name, int64(min(f.UncompressedSize64, maxSize)))
	m.open = f.Open
	switch {
	case f.Mode().IsDir():
		return m, false
	case m.err != nil:
	case !f.Mode().IsRegular():
		m.err = errIrregular
	case f.Flags&zipEncrypted != 0:
		m.err = errEncrypted
	}
	return m, ok
}

const zipEncrypted = 1 << 0

var errEncrypted = errors.New("encrypted; unpack the archive with its password")
