package source

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrAgain is a note: a PATH is another one or lies within it.
var ErrAgain = errors.New("it is part of another PATH, and read once")

// repeated marks the paths of which nothing is left to be met when the others
// have been walked.
func repeated(paths []string, o Options) []bool {
	again := make([]bool, len(paths))
	if len(paths) < 2 {
		return again
	}
	reals := make([]string, len(paths))
	first := map[string]int{} // by where a path leads
	for i, p := range paths {
		reals[i] = leadsTo(p)
		if _, ok := first[reals[i]]; !ok && reals[i] != "" {
			first[reals[i]] = i
		}
	}
	for i, real := range reals {
		again[i] = real != "" && (first[real] != i || liesWithin(real, first) && metOnTheWay(paths[i], o))
	}
	return again
}

// leadsTo is what tells a PATH from others: where it leads, whatever links are
// on the way; "" when it leads nowhere.
func leadsTo(p string) string {
	if p == "-" || isURL(p) {
		return strings.TrimRight(p, "/")
	}
	real, err := realPath(p)
	if err != nil {
		return ""
	}
	return filepath.ToSlash(real)
}

func isURL(p string) bool {
	scheme, _, ok := strings.Cut(p, "://")
	return ok && !strings.ContainsAny(scheme, `/\.`)
}

// liesWithin reports whether one of the folders above a path is among others. A
// file has nothing below it, but for archives, which have no path there.
func liesWithin(real string, others map[string]int) bool {
	for i := range slices.Backward([]byte(real)) {
		if real[i] != '/' {
			continue
		}
		if _, ok := others[real[:max(i, 1)]]; ok {
			return true
		}
	}
	return false
}

// metOnTheWay reports whether a PATH is read in the same way when it is met in
// a folder as when it is named.
func metOnTheWay(p string, o Options) bool {
	if isURL(p) {
		return true
	}
	info, err := os.Stat(p)
	if err != nil || info.IsDir() {
		return err == nil
	}
	base := filepath.Base(p)
	return info.Mode().IsRegular() && bookkeeping(base) == nil && (o.Metadata || !isMetadata(base)) && (o.Manifest || base != ManifestName) &&
		(archiveByName(base) != notArchive || sniffFile(p) == notArchive)
}
