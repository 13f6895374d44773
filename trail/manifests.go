package trail

import (
	"path"
	"path/filepath"
	"slices"

	"ctlog/digest"
	"ctlog/internal/scan"
	"ctlog/source"
)

// manifests holds copies against what was fetched into them. The walk asks
// which files are listed before they are read, so the two sides share nothing.
type manifests struct {
	listed   map[string]bool      // folders with a manifest, as the walk knows them
	byFolder map[string]*Manifest // as the results know them
	loose    []looseFile          // files whose manifest may come later
}

// looseFile is a member of an archive that is not walked in the order of names.
type looseFile struct {
	path string
	sum  [32]byte
}

func newManifests() *manifests {
	return &manifests{listed: map[string]bool{}, byFolder: map[string]*Manifest{}}
}

// isListed reports whether a file's hash is wanted.
func (m *manifests) isListed(o *source.Object) bool {
	file := filepath.ToSlash(o.Path)
	if o.Key.Kind == source.KindManifest {
		m.listed[path.Dir(file)] = true
		return true
	}
	return o.Loose || len(m.listed) > 0 && slices.ContainsFunc(folders(file), func(dir string) bool { return m.listed[dir] })
}

// maxFolders is how far up a manifest is looked for.
const maxFolders = 64

// folders are those that a file is in, the nearest first.
func folders(file string) (list []string) {
	for dir := path.Dir(file); len(list) < maxFolders; dir = path.Dir(dir) {
		list = append(list, dir)
		if dir == path.Dir(dir) {
			break
		}
	}
	return list
}

// of gives the manifest that is about a file, nil when there is none.
func (m *manifests) of(file string) *Manifest {
	if len(m.byFolder) == 0 {
		return nil
	}
	for _, dir := range folders(file) {
		if known := m.byFolder[dir]; known != nil {
			return known
		}
	}
	return nil
}

// open begins the manifest at a path, which may be read in pieces.
func (m *manifests) open(file string) *Manifest {
	file = filepath.ToSlash(file)
	dir := path.Dir(file)
	if m.byFolder[dir] == nil {
		m.byFolder[dir] = NewManifest(file)
	}
	return m.byFolder[dir]
}

// hold holds a file against its manifest, as soon as there is one.
func (m *manifests) hold(o scan.Outcome, evidence bool) {
	file := filepath.ToSlash(o.Path)
	known := m.of(file)
	switch {
	case known != nil:
		known.Hold(file, o.Stored, evidence)
	case o.Object != nil && o.Object.Loose && evidence:
		m.loose = append(m.loose, looseFile{file, o.Stored})
	}
}

// findings are the differences, in the order of manifests and of keys.
func (m *manifests) findings() (all []digest.Finding) {
	for _, f := range m.loose {
		if known := m.of(f.path); known != nil {
			known.Hold(f.path, f.sum, true)
		}
	}
	dirs := make([]string, 0, len(m.byFolder))
	for dir := range m.byFolder {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	for _, dir := range dirs {
		for _, d := range m.byFolder[dir].Differences() {
			all = append(all, digest.Finding{Kind: digest.Manifest, First: d.Key, Object: d.Path, Reason: d.Reason, Lost: d.Lost})
		}
	}
	return all
}
