package source

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// linkError is why a symbolic link was passed over.
type linkError struct {
	target string // as the link says
	packed bool   // it is in an archive
	dir    bool   // it leads to a folder
	gone   bool   // it leads nowhere
	read   bool   // what it leads to is read under its own name
}

func (e *linkError) Error() string {
	switch {
	case e.read:
		return ErrSkipped.Error() + ": a link to " + e.target + ", which is read"
	case e.packed:
		return ErrUnread.Error() + ": a link to " + e.target + ", which is not in this archive"
	case e.gone:
		return ErrUnread.Error() + ": a link to " + e.target + ", which does not exist"
	}
	return ErrUnread.Error() + ": a link to " + e.target + "; links are followed only where they are named as a PATH"
}

func (e *linkError) Unwrap() error {
	if e.read {
		return ErrSkipped
	}
	return ErrUnread
}

// linked says why a link below a PATH is not followed. Under its own name the
// target may be elsewhere in the evidence; then nothing is lost.
func (w *walker) linked(name string) error {
	e := &linkError{}
	e.target, _ = os.Readlink(name)
	to, err := realPath(name)
	if err != nil {
		e.gone = true
		return e
	}
	info, err := os.Stat(to)
	if err == nil {
		e.dir = info.IsDir()
		e.read = (e.dir || info.Mode().IsRegular()) && w.isRead(to)
	}
	return e
}

// isRead reports whether the walk comes, or came, to a path on disk.
func (w *walker) isRead(to string) bool {
	if w.roots == nil {
		w.roots = []string{}
		for _, p := range w.paths {
			if root, err := realPath(p); err == nil {
				w.roots = append(w.roots, root)
			}
		}
	}
	return slices.ContainsFunc(w.roots, func(root string) bool {
		return to == root || strings.HasPrefix(to, strings.TrimSuffix(root, string(filepath.Separator))+string(filepath.Separator))
	})
}

// realPath is where a path leads, whatever links are on the way.
func realPath(p string) (string, error) {
	p, err := filepath.EvalSymlinks(p)
	if err != nil {
		return "", err
	}
	return filepath.Abs(p)
}

// Limits of links in archives: how long a target may be, and how many links may
// lead on to others.
const (
	maxTarget = 4 << 10
	maxLinks  = 40
)

// linked says why a link in an archive is not followed.
func (m member) linked(sorted []member) error {
	e := &linkError{target: m.to, packed: true}
	for range maxLinks {
		name := path.Join(path.Dir(m.name), m.to)
		if path.IsAbs(m.to) || name == ".." || strings.HasPrefix(name, "../") {
			return e
		}
		i, found := slices.BinarySearchFunc(sorted, name, compareName)
		switch {
		case name == ".":
			e.dir, e.read = true, true
			return e
		case !found:
			i, _ = slices.BinarySearchFunc(sorted, name+"/", compareName)
			e.dir = i < len(sorted) && strings.HasPrefix(sorted[i].name, name+"/")
			e.read = e.dir
			return e
		case sorted[i].to == "":
			e.read = true
			return e
		}
		m = sorted[i]
	}
	return e
}
