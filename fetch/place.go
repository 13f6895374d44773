package fetch

import (
	"errors"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	errEscapes   = errors.New("its key is no path below a folder; not fetched")
	errUnsafe    = errors.New("its key has characters that do not belong into file names; not fetched")
	errLong      = errors.New("its key is too long for a file name; not fetched")
	errCollision = errors.New("its key differs from another's only in upper and lower case; not fetched")
)

// What file systems hold of a name.
const (
	maxName = 255 - len(".ctlog-part") - 1
	maxPath = 1024 // S3's own limit, far below that of a path
)

// place gives the path of a key below a folder: the key itself, if it is a
// path that means the same everywhere.
func place(key string) (string, error) {
	if len(key) > maxPath {
		return "", errLong
	}
	for part := range strings.SplitSeq(key, "/") {
		switch {
		case part == "" || part == "." || part == "..":
			return "", errEscapes
		case len(part) > maxName:
			return "", errLong
		case !utf8.ValidString(part) || strings.ContainsFunc(part, foul):
			return "", errUnsafe
		}
	}
	return key, nil
}

// foul: what a file system or a terminal takes for something else.
func foul(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\\' || r == ':' || r == '\u2028' || r == '\u2029'
}

// folds knows the keys there were, cases aside: sixteen bytes each.
type folds struct {
	seed maphash.Seed
	seen map[uint64]uint64 // folded key to key
}

func newFolds(h *held) folds {
	f := folds{maphash.MakeSeed(), map[uint64]uint64{}}
	for key := range h.lines {
		f.add(key)
	}
	return f
}

// add reports false when there was another key that some file systems take for
// the same.
func (f folds) add(key string) bool {
	this := maphash.String(f.seed, key)
	folded := maphash.String(f.seed, strings.ToLower(key))
	before, ok := f.seen[folded]
	if !ok {
		f.seen[folded] = this
	}
	return !ok || before == this
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
