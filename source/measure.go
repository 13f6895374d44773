package source

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// errUnmeasured: what is in an archive is not known without reading it.
var errUnmeasured = errors.New("an archive")

// Measure counts the files under paths and their stored bytes, without opening
// any, so that progress can tell what is left. ok is false where that cannot be
// known beforehand: standard input, pipes, archives, other schemes.
func Measure(ctx context.Context, paths []string) (files, bytes int64, ok bool) {
	again := repeated(paths, Options{Metadata: true})
	for i, p := range paths {
		if again[i] {
			continue
		}
		info, err := os.Stat(p)
		if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
			return 0, 0, false
		}
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil && !d.IsDir() && archiveByName(path) != notArchive {
				return errUnmeasured
			}
			if err != nil || !d.Type().IsRegular() || bookkeeping(d.Name()) != nil || isMetadata(d.Name()) || d.Name() == ManifestName {
				return nil
			}
			if info, err := d.Info(); err == nil {
				files, bytes = files+1, bytes+info.Size()
			}
			return nil
		})
		if err != nil {
			return 0, 0, false
		}
	}
	return files, bytes, true
}
