package source

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What several PATHs lead to comes once, and is said; what is read only where it
// is named is not lost by that.
func TestSamePathTwice(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"copy/a.json", "copy/sub/b.json", "copy/ctlog-manifest.jsonl", "copy2/c.json", "other/d.json"} {
		write(t, filepath.Join(dir, name), "{}")
	}
	os.WriteFile("copy/packed", tarOf(t, []string{"b"}), 0o644)
	os.Symlink("../other", "copy/link")
	os.Symlink("copy", "alias")
	for _, c := range []struct {
		paths []string
		names []string
		again int
	}{
		{[]string{"copy", "copy2"}, []string{"a.json", "packed", "sub/b.json", "c.json"}, 0},
		{[]string{"copy", "copy/", "./copy", filepath.Join(dir, "copy"), "alias"}, []string{"a.json", "packed", "sub/b.json"}, 4},
		{[]string{"copy/sub", "copy", "copy/a.json"}, []string{"a.json", "packed", "sub/b.json"}, 2},
		{[]string{"copy/a.json", "copy/a.json"}, []string{"a.json"}, 1},
		{[]string{"copy", "copy/link"}, []string{"a.json", "packed", "sub/b.json", "d.json"}, 0},
		{[]string{"copy", "copy/ctlog-manifest.jsonl"}, []string{"a.json", "packed", "sub/b.json", "ctlog-manifest.jsonl"}, 0},
		{[]string{"copy", "copy/packed"}, []string{"a.json", "packed", "sub/b.json", "b"}, 0},
		{[]string{"copy/packed", "copy/packed"}, []string{"b"}, 1},
		{[]string{"copy2", "gone", "gone"}, []string{"c.json"}, 0},
	} {
		var names []string
		again := 0
		for o, err := range Walk(t.Context(), c.paths, Options{}) {
			switch {
			case o != nil:
				names = append(names, o.Name)
			case errors.Is(err, ErrAgain):
				again++
			}
		}
		if !slices.Equal(names, c.names) || again != c.again {
			t.Errorf("%q: %q, %d again; want %q, %d", c.paths, names, again, c.names, c.again)
		}
	}
	files, _, ok := Measure(t.Context(), []string{"copy2", "copy2", "other"})
	if files != 2 || !ok {
		t.Errorf("measured %d", files)
	}
}

// Prefixes of a bucket are folders; one name may begin another.
func TestSamePrefixTwice(t *testing.T) {
	got := repeated([]string{"s3://b/AWSLogs/1", "s3://b/AWSLogs/", "s3://b/AWSLogs2", "-", "s3://b/AWSLogs", "-", "s3://c"}, Options{})
	if want := []bool{true, false, false, false, true, true, false}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
