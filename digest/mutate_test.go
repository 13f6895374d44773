package digest

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"ctlog/internal/testkit/trailgen"
)

// mutant is a store in which one file's content can be changed at will.
type mutant struct {
	*memory
	at      int
	content []byte // as delivered
}

func mutantOf(m *memory, path string) *mutant {
	for i, f := range m.files {
		if f.Path == "copy/"+path {
			return &mutant{m, i, bytes.Clone(m.bodies[f.Path])}
		}
	}
	panic("no file " + path)
}

// set gives the file another content.
func (m *mutant) set(content []byte) {
	f := &m.files[m.at]
	f.Sum = sha256.Sum256(content)
	if f.Name.Kind == DigestFile {
		f.Digest, f.Err = Parse(content)
	}
}

// status is what the file is with one bit flipped.
func (m *mutant) status(t *testing.T, o Options, at, bit int) Status {
	content := bytes.Clone(m.content)
	content[at] ^= 1 << bit
	m.set(content)
	r := verify(t, m, o)
	if r.Verdict == Proven {
		t.Errorf("bit %d of byte %d: proven", bit, at)
	}
	return m.find(r)
}

func (m *mutant) find(r *Report) Status {
	for it := range r.Items() {
		if it.Path == m.files[m.at].Path {
			return it.Status
		}
	}
	return Undecided
}

// No change of a single bit leaves a file valid, wherever it is.
func TestMutations(t *testing.T) {
	c := trail(3, func(s *trailgen.Signed) { s.FilesPerHour = 1; s.RecordsPerFile = 1 })
	o := optionsFor(t, c)
	for i, path := range append(c.Digests(), c.Logs()[0]) {
		m, r := mutantOf(memoryOf(c), path), random(uint64(i))
		for range 300 {
			at, bit := r.IntN(len(m.content)), r.IntN(8)
			if s := m.status(t, o, at, bit); s == Valid || s == Undecided {
				t.Errorf("%s, bit %d of byte %d: %s", path, bit, at, s)
			}
		}
	}
}

// Every byte of a small digest, of which nothing but its own signature tells.
func TestEveryByte(t *testing.T) {
	first := hours(0, 1, nil, "20240109T0830Z_AbCdEfGhIjKlMnOp")
	c := copyOf(first)
	m, o := mutantOf(memoryOf(c), first.object), optionsFor(t, c)
	if r := verify(t, m, o); r.Verdict != Proven {
		t.Fatal(told(r))
	}
	for at := range m.content {
		s := m.status(t, o, at, at%8)
		if named := bytes.Contains(m.content, []byte(quick.Fingerprint())); s == Valid || s == Undecided || !named {
			t.Errorf("byte %d: %s", at, s)
		}
	}
}

// Bytes added or taken away are no better.
func TestLengths(t *testing.T) {
	c := trail(3, func(s *trailgen.Signed) { s.FilesPerHour = 1; s.RecordsPerFile = 1 })
	o := optionsFor(t, c)
	for _, path := range []string{c.Digests()[1], c.Logs()[1]} {
		m := mutantOf(memoryOf(c), path)
		for _, content := range [][]byte{
			append(bytes.Clone(m.content), '\n'), append(bytes.Clone(m.content), 0), append([]byte{' '}, m.content...),
			m.content[:len(m.content)-1], m.content[1:], {}, append(bytes.Clone(m.content), m.content...),
		} {
			m.set(content)
			if s := m.find(verify(t, m, o)); s != Altered && s != Unreadable {
				t.Errorf("%s of %d bytes instead of %d: %s", path, len(content), len(m.content), s)
			}
		}
	}
}
