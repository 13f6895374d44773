package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The evidence in the repository is what `make evidence` makes.
func TestEvidenceIsGenerated(t *testing.T) {
	makefile, err := os.ReadFile("../../../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	_, flags, _ := strings.Cut(string(makefile), "EVIDENCE := ")
	flags, _, _ = strings.Cut(flags, "\n")
	dir := t.TempDir()
	if err := run(append(strings.Fields(flags), dir)); err != nil {
		t.Fatal(err)
	}
	n := 0
	err = filepath.WalkDir("../../../../testdata/evidence", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		have, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel("../../../../testdata/evidence", path)
		want, err := os.ReadFile(filepath.Join(dir, rel))
		if err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s is not what make evidence makes (%v)", rel, err)
		}
		return nil
	})
	if err != nil || n != 6 {
		t.Errorf("%d files, %v; want 6", n, err)
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
