package source

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// dir walks a directory. rel is its slash-separated name below the PATH, ""
// for the PATH itself.
func (w *walker) dir(dir, rel string) bool {
	entries, err := os.ReadDir(dir)
	sortAsPaths(entries)
	if w.opts.Manifest {
		manifestsFirst(entries, os.DirEntry.Name)
	}
	for _, e := range entries {
		if !w.entry(filepath.Join(dir, e.Name()), joinName(rel, e.Name()), e) {
			return false
		}
	}
	return err == nil || w.fail(dir, err)
}

func joinName(dir, base string) string {
	if dir == "" {
		return base
	}
	return dir + "/" + base
}

// sortAsPaths orders entries as their whole paths compare: a directory counts
// with the slash that will follow it, so "a-b" and "a.txt" frame "a/", and so
// does an archive, which is a directory of its members.
func sortAsPaths(entries []os.DirEntry) {
	asPath := func(e os.DirEntry) string {
		if e.IsDir() || archiveByName(e.Name()) != notArchive {
			return e.Name() + "/"
		}
		return e.Name()
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(asPath(a), asPath(b)) })
}

func (w *walker) entry(path, name string, e os.DirEntry) bool {
	switch {
	case e.IsDir():
		return w.dir(path, name)
	case e.Type()&os.ModeSymlink != 0:
		return w.fail(path, w.linked(path))
	case !e.Type().IsRegular():
		return w.fail(path, errIrregular(name))
	}
	info, err := e.Info()
	if err != nil {
		return w.fail(path, err)
	}
	if why := bookkeeping(e.Name()); why != nil {
		return w.pass(path, info.Size(), why)
	}
	return w.file(path, name, info.Size(), false)
}

// bookkeeping knows the files that ctlog itself, the systems through which a
// copy went, and interrupted fetches leave beside the evidence: nil for all
// others.
func bookkeeping(base string) error {
	switch base {
	case ".DS_Store", "Thumbs.db", "desktop.ini":
		return errDesktop
	}
	switch {
	case strings.HasSuffix(base, Unfinished):
		return errUnfinished
	case appleDouble(base):
		return errAppleDouble
	}
	return nil
}

var (
	errManifest   = skipped("ctlog's own list of what was fetched, which verify holds against the files of its folder on disk")
	errMetadata   = skipped("S3 metadata of digests, which only verify reads")
	errDesktop    = skipped("a file manager's own file")
	errUnfinished = skipped("an unfinished part of a fetch that was interrupted; run it again")
)

// Unfinished is how the names of files end that are being fetched. What is in
// them is not whole, and so no evidence.
const Unfinished = ".ctlog-part"

// The files that a fetch keeps beside a copy: a line for every object, and a
// line for the S3 metadata of every digest.
const (
	ManifestName = "ctlog-manifest.jsonl"
	MetadataName = "ctlog-metadata.jsonl"
)

// manifestsFirst puts manifests before what they are about. What has a name is
// in order otherwise, and stays so.
func manifestsFirst[T any](list []T, name func(T) string) {
	slices.SortStableFunc(list, func(a, b T) int {
		return compareBool(path.Base(name(b)) == ManifestName, path.Base(name(a)) == ManifestName)
	})
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// isMetadata knows where copies keep the S3 metadata of digests: all of it in
// one file, or beside each digest what `aws s3api head-object` said of it.
func isMetadata(base string) bool {
	of, beside := strings.CutSuffix(base, ".metadata.json")
	return base == MetadataName || beside && ParseKey(of).Kind != KindUnknown
}

var errAppleDouble = skipped("an AppleDouble file: what macOS keeps of the file beside it")

// appleDouble knows the twins that macOS puts beside files on foreign disks and
// in archives: named like evidence, but of attributes.
func appleDouble(base string) bool { return strings.HasPrefix(base, "._") }
