package digest

import (
	"crypto/sha256"
	"testing"
)

// A status belongs to a content: the name of a valid digest proves nothing of
// what else stands there, and a log is one under a digest's name too.
func TestTrustIsOfContents(t *testing.T) {
	c := trail(4, nil)
	m, o := memoryOf(c), optionsFor(t, c)
	log := c.Logs()[2]
	var held, digestFile File
	for i := 0; i < len(m.files); i++ {
		switch f := m.files[i]; {
		case f.Key == log: // gone from its own place
			held = f
			m.files = append(m.files[:i], m.files[i+1:]...)
		case f.Name.Kind == DigestFile:
			digestFile = f
		}
	}
	trust, err := Read(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	judge := func(what string, want bool, change func(*File)) {
		t.Helper()
		f := digestFile
		change(&f)
		if status, reason := trust.Judge(f); (status == Valid) != want {
			t.Errorf("%s: %s %s", what, status, reason)
		}
	}
	judge("the digest itself", true, func(*File) {})
	judge("something else at its path", false, func(f *File) { f.Sum = sha256.Sum256([]byte("forged")) })
	judge("the digest somewhere else", false, func(f *File) { f.Path = "copy/else.json.gz" })
	judge("a listed log at its path", true, func(f *File) { f.Sum = held.Sum })
	judge("damage at its path", false, func(f *File) { f.Sum, f.Err = [32]byte{}, ErrFormat })
	if !trust.Proves() {
		t.Error("there are valid digests")
	}
	o.Keys = nil
	if none, err := Read(t.Context(), m, o); err != nil || none.Proves() {
		t.Errorf("something is proven without keys (%v)", err)
	}
}
