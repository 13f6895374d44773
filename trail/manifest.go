package trail

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Manifest is what was fetched into a folder, to be held against what is in it.
// It is not signed, so it proves nothing: it tells what became of a copy.
type Manifest struct {
	file    string // its path
	folder  string // with a slash at its end
	lines   []manifestLine
	sorted  bool
	bad     int    // lines that are not of the form
	left    int    // lines beyond maxManifest
	damage  string // why it could not be read to its end
	changed []Difference
	strange []strange
}

// maxManifest is how many lines are held, each of about 200 bytes: far more
// than files can be verified in one go.
const maxManifest = 8 << 20

// maxDifferences is how many files are named for one reason.
const maxDifferences = 10_000

// manifestLine is what is held of a line.
type manifestLine struct {
	key  string
	sum  [32]byte
	seen bool
}

// strange is a file that no line names by its place.
type strange struct {
	name string // below the folder
	sum  [32]byte
}

// Difference is one between a copy and its manifest.
type Difference struct {
	Key, Path string // Path is "" for a file that is not here
	Reason    string
	Lost      bool // the file is not here
}

// NewManifest makes an empty manifest of the folder that a file is in.
func NewManifest(file string) *Manifest {
	return &Manifest{file: file, folder: strings.TrimSuffix(file, path.Base(file))}
}

// Add takes a line.
func (m *Manifest) Add(raw []byte) {
	if len(m.lines) == maxManifest {
		m.left++
		return
	}
	var l struct {
		Key    string `json:"key"`
		SHA256 string `json:"sha256"`
	}
	sum, err := []byte(nil), json.Unmarshal(raw, &l)
	if err == nil {
		sum, err = hex.DecodeString(l.SHA256)
	}
	if err != nil || l.Key == "" || len(sum) != 32 {
		m.bad++
		return
	}
	m.lines, m.sorted = append(m.lines, manifestLine{key: l.Key, sum: [32]byte(sum)}), false
}

// Cut notes why the manifest could not be read to its end.
func (m *Manifest) Cut(err error) { m.damage = err.Error() }

// bare is a name without the suffix of a compression: a file that was inflated
// by hand is still that file.
func bare(name string) string {
	for _, suffix := range []string{".gz", ".zst", ".xz", ".bz2"} {
		if s, ok := strings.CutSuffix(name, suffix); ok {
			return s
		}
	}
	return name
}

func compareBare(l manifestLine, name string) int { return strings.Compare(bare(l.key), name) }

// maxAlike is how many lines are held about one file.
const maxAlike = 16

func (m *Manifest) sort() {
	if m.sorted {
		return
	}
	m.sorted = true
	slices.SortFunc(m.lines, func(a, b manifestLine) int {
		return cmp.Or(strings.Compare(bare(a.key), bare(b.key)), strings.Compare(a.key, b.key), bytes.Compare(a.sum[:], b.sum[:]))
	})
	kept, alike := m.lines[:0], 0
	for i, l := range m.lines {
		if i > 0 && bare(l.key) == bare(m.lines[i-1].key) {
			alike++
		} else {
			alike = 0
		}
		switch n := len(kept); {
		case n > 0 && kept[n-1].key == l.key && kept[n-1].sum == l.sum:
		case alike >= maxAlike:
			m.left++
		default:
			kept = append(kept, l)
		}
	}
	m.lines = kept
}

// of gives the lines about a name.
func (m *Manifest) of(name string) []manifestLine {
	m.sort()
	name = bare(name)
	i, _ := slices.BinarySearchFunc(m.lines, name, compareBare)
	n := i
	for n < len(m.lines) && bare(m.lines[n].key) == name {
		n++
	}
	return m.lines[i:n]
}

// Hold holds a file against the manifest. sum is the SHA-256 of what is stored,
// zero where it is not known. A file that is not evidence need not be listed.
func (m *Manifest) Hold(file string, sum [32]byte, evidence bool) {
	name := strings.TrimPrefix(file, m.folder)
	lines := m.of(name)
	if len(lines) == 0 && evidence {
		m.strange = append(m.strange, strange{name, sum})
	}
	same := len(lines) == 0 || sum == [32]byte{}
	for i := range lines {
		lines[i].seen = true
		same = same || lines[i].sum == sum
	}
	if !same {
		m.changed = append(m.changed, Difference{Key: lines[0].key, Path: file, Reason: reasonChanged})
	}
}

const (
	reasonChanged = "changed since it was fetched: its SHA-256 is not the one in the manifest"
	reasonStrange = "not in the manifest of this copy"
	reasonLost    = "in the manifest of this copy, and not here"
	reasonDouble  = "two lines of the manifest give different hashes for it"
)

// Differences gives what is different, in the order of keys and paths.
func (m *Manifest) Differences() (all []Difference) {
	m.sort()
	all = append(all, m.faults()...)
	all = append(all, few(m.changed)...)
	moved := m.moved()
	var strange, lost []Difference
	for _, s := range m.strange {
		strange = append(strange, Difference{Path: m.folder + s.name, Reason: reasonStrange})
	}
	for _, l := range m.lines {
		if !l.seen && !moved[l.key] {
			lost = append(lost, Difference{Key: l.key, Reason: reasonLost, Lost: true})
		}
	}
	return slices.Concat(all, few(strange), few(slices.CompactFunc(lost, func(a, b Difference) bool { return a.Key == b.Key })))
}

// moved finds the lines of files that are in another folder of the copy, and
// forgets that these are not listed. Base names are unique where CloudTrail
// gives them.
func (m *Manifest) moved() map[string]bool {
	here, named := map[strange]bool{}, map[strange]bool{}
	for _, s := range m.strange {
		here[s.based()] = s.sum != [32]byte{}
	}
	moved := map[string]bool{}
	for _, l := range m.lines {
		if at := (strange{l.key, l.sum}).based(); !l.seen && here[at] {
			moved[l.key], named[at] = true, true
		}
	}
	m.strange = slices.DeleteFunc(m.strange, func(s strange) bool { return named[s.based()] })
	return moved
}

// based is a file wherever it is.
func (s strange) based() strange { return strange{bare(path.Base(s.name)), s.sum} }

// faults is what is wrong with the manifest itself.
func (m *Manifest) faults() (all []Difference) {
	say := func(format string, args ...any) {
		all = append(all, Difference{Path: m.file, Reason: fmt.Sprintf(format, args...)})
	}
	if m.damage != "" {
		say("its manifest could not be read to the end (%s): files that are only named behind that count as not listed", m.damage)
	}
	if m.bad > 0 {
		say("lines of its manifest that are not of the form that fetch writes: %d", m.bad)
	}
	if m.left > 0 {
		say("lines of its manifest that are not looked at, because there are too many: %d", m.left)
	}
	for i := 1; i < len(m.lines) && len(all) < maxDifferences; i++ {
		if a, b := m.lines[i-1], m.lines[i]; a.key == b.key && a.sum != b.sum {
			all = append(all, Difference{Key: a.key, Path: m.folder + a.key, Reason: reasonDouble})
		}
	}
	return all
}

// few cuts a long list and says so.
func few(list []Difference) []Difference {
	slices.SortFunc(list, func(a, b Difference) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), strings.Compare(a.Path, b.Path))
	})
	list = slices.Compact(list) // a file may be read twice
	if len(list) <= maxDifferences {
		return list
	}
	more := list[maxDifferences]
	more.Reason = fmt.Sprintf("%s; so are %d more, which are not named", more.Reason, len(list)-maxDifferences-1)
	return append(list[:maxDifferences:maxDifferences], more)
}
