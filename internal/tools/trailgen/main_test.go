package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ctlog/internal/testkit/trailgen"
)

const testdata = "../../../testdata/"

// The evidence in the repository is what `make evidence` makes.
func TestEvidenceIsGenerated(t *testing.T) {
	makefile, err := os.ReadFile("../../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	_, flags, _ := strings.Cut(string(makefile), "EVIDENCE := ")
	flags, _, _ = strings.Cut(flags, "\n")
	dir := t.TempDir()
	if err := run(append(strings.Fields(flags), dir)); err != nil {
		t.Fatal(err)
	}
	compare(t, dir, testdata+"evidence", 19)
}

// The vectors in the repository are what `make vectors` makes.
func TestVectorsAreGenerated(t *testing.T) {
	dir := t.TempDir()
	if err := run([]string{"vectors", dir}); err != nil {
		t.Fatal(err)
	}
	compare(t, testdata+"vectors", dir, 3*len(trailgen.Vectors))
}

// compare holds every file below one directory against its twin; want is how
// many there are.
func compare(t *testing.T, twins, dir string, want int) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		have, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		twin, err := os.ReadFile(filepath.Join(twins, rel))
		if err != nil || !bytes.Equal(have, twin) {
			t.Errorf("%s is not what is made anew (%v)", rel, err)
		}
		return nil
	})
	if err != nil || n != want {
		t.Errorf("%d files, %v; want %d", n, err, want)
	}
}

func TestCorpusIsMadeOnce(t *testing.T) {
	if err := run([]string{"corpus", "medium", t.TempDir()}); err == nil {
		t.Error("there is a corpus that nobody has heard of")
	}
	if err := run(nil); err == nil {
		t.Error("no directory, no error")
	}
}
