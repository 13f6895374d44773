package fetch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ctlog/trail"
)

// Only a key that is the same path everywhere is one.
func TestPlace(t *testing.T) {
	for key, want := range map[string]error{
		"AWSLogs/o-1/x_y.json.gz": nil, "a b+c/\u00fc": nil, "..x/y..": nil, "": errEscapes, "/x": errEscapes, "x/": errEscapes, "x//y": errEscapes,
		"x/../y": errEscapes, "..": errEscapes, "./x": errEscapes, "a\x00b": errUnsafe, "a\nb": errUnsafe, "a\x7fb": errUnsafe, "a\u0085b": errUnsafe, "a\xffb": errUnsafe,
		"C:/x": errUnsafe, `a\b`: errUnsafe, "a\u202eb": errUnsafe, "x/" + strings.Repeat("y", 255): errLong, strings.Repeat("x/", 600) + "y": errLong,
	} {
		got, err := place(key)
		if err != want || err == nil && got != key {
			t.Errorf("%q: %q, %v; want %v", key, got, err, want)
		}
	}
}

// No key that has a place leads out of the folder.
func FuzzPlace(f *testing.F) {
	f.Add("a/../../b")
	f.Add("/etc/passwd")
	f.Fuzz(func(t *testing.T, key string) {
		path, err := place(key)
		if err == nil && (!filepath.IsLocal(path) || filepath.Clean(path) != path) {
			t.Errorf("%q is placed at %q", key, path)
		}
	})
}

func TestFolds(t *testing.T) {
	f := newFolds(&held{lines: map[string]trail.ManifestLine{"a/B": {}}})
	for _, c := range []struct {
		key string
		ok  bool
	}{{"a/b", false}, {"a/B", true}, {"x", true}, {"X", false}, {"x", true}} {
		if f.add(c.key) != c.ok {
			t.Errorf("%s: %v", c.key, !c.ok)
		}
	}
}

// A line that was cut off is no line; any other damage is an error.
func TestReadLines(t *testing.T) {
	for content, want := range map[string]int{"": 0, "{\"key\":\"a\"}\n": 1, "{\"key\":\"a\"}\n{\"key\":\"b": 1, "{\"key\":\"a\"}\n{\"key\":\"b\"}": 1, "{\n{}\n": -1} {
		dir, n := t.TempDir(), 0
		if err := os.WriteFile(filepath.Join(dir, manifestName), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		if err := readLines(root, manifestName, func(trail.ManifestLine) { n++ }); err != nil {
			n = -1
		}
		if n != want {
			t.Errorf("%q: %d lines, want %d", content, n, want)
		}
	}
}

// A link in the folder leads nowhere outside it.
func TestLinksDoNotLeadOut(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "out")); err != nil {
		t.Skip(err)
	}
	h, err := openHeld(dir, "b", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.begin(); err != nil {
		t.Fatal(err)
	}
	defer h.close()
	if f, err := h.root.Create("out/x"); err == nil {
		f.Close()
		t.Error("a file was made outside")
	}
	if err := h.root.MkdirAll("out/y/z", 0o755); err == nil {
		t.Error("a folder was made outside")
	}
}
