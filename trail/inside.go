package trail

import (
	"os"
	"path/filepath"
	"strings"
)

// Inside tells in which of some paths of evidence a file is. It is in one also
// when a symbolic link on the way to it is: whoever can alter the evidence can
// turn that link elsewhere. Nothing on disk is inside an archive.
func Inside(name string, evidence []string) (path string, inside bool) {
	places := placesOf(name)
	for _, p := range evidence {
		info, err := os.Stat(p)
		if err != nil {
			continue // standard input, a bucket, or nothing
		}
		for _, place := range places {
			if below(place, info) {
				return p, true
			}
		}
	}
	return "", false
}

// below reports whether a place is what info is about, or anywhere below it.
// Files are compared, not names: there are mounts, and names in either case.
func below(place string, info os.FileInfo) bool {
	for {
		if at, err := os.Lstat(place); err == nil && os.SameFile(at, info) {
			return true
		}
		parent := filepath.Dir(place)
		if parent == place {
			return false
		}
		place = parent
	}
}

// maxLinks is how many links a path may lead over; systems give up at 40.
const maxLinks = 255

// placesOf gives where the symbolic links are that a path leads over, and where
// it ends, each by a path without links.
func placesOf(name string) (places []string) {
	if !filepath.IsAbs(name) {
		dir, err := os.Getwd()
		if err != nil {
			return nil
		}
		name = dir + string(filepath.Separator) + name // not cleaned: ".." behind a link is where the link leads
	}
	at := filepath.VolumeName(name) + string(filepath.Separator)
	rest := parts(name)
	for links := 0; len(rest) > 0 && links < maxLinks; {
		next := filepath.Join(at, rest[0])
		rest = rest[1:]
		target, err := os.Readlink(next)
		if err != nil { // not a link
			at = next
			continue
		}
		links++
		places = append(places, next)
		if filepath.IsAbs(target) {
			at = filepath.VolumeName(target) + string(filepath.Separator)
		}
		rest = append(parts(target), rest...)
	}
	return append(places, at)
}

// parts are the components of a path.
func parts(path string) (list []string) {
	path = path[len(filepath.VolumeName(path)):]
	for _, p := range strings.FieldsFunc(path, func(r rune) bool { return r < 128 && os.IsPathSeparator(uint8(r)) }) {
		if p != "." {
			list = append(list, p)
		}
	}
	return list
}
