package source

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tarEntry is one header and its body, for archives that no tar would write.
type tarEntry struct {
	tar.Header
	body string
}

func file(name, body string) tarEntry {
	return tarEntry{tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(body))}, body}
}

func tarEntries(t testing.TB, entries ...tarEntry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, e.body)
	}
	w.Close()
	return b.Bytes()
}

// inFile puts bytes under a name and gives the path.
func inFile(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	write(t, path, string(b))
	return path
}

// tars packs a tar in every way that a walk reads differently.
func tars(b []byte) map[string][]byte {
	return map[string][]byte{"x.tar": b, "x.tgz": gz(b), "x.tar.zst": zst(b)}
}

// Members come in the order of the names that are shown, whatever stood before
// them in the archive.
func TestMembersAreSortedByCleanName(t *testing.T) {
	want := []string{"a=1 <nil>", "b=2 <nil>", "c/d=3 <nil>", "e=4 <nil>"}
	b := tarEntries(t, file("../e", "4"), file("/c/d", "3"), file("b", "2"), file("./a", "1"))
	for name, b := range tars(b) {
		got, errs := walk(t, Options{}, inFile(t, name, b))
		if !slices.Equal(got, want) || len(errs) > 0 {
			t.Errorf("%s: got %q, %v; want %q", name, got, errs, want)
		}
	}
}

// The name of a member must not depend on how the PATH was spelled.
func TestMemberNamesDoNotDependOnSpelling(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	b := tarEntries(t, file("m", "1"))
	for name, b := range tars(b) {
		write(t, "d/."+name, string(b))
	}
	want, _ := walk(t, Options{}, "d")
	if len(want) != 3 {
		t.Fatalf("got %q", want)
	}
	for _, root := range []string{"./d", "d/", "d//", "./d/.", filepath.Join(dir, "d")} {
		if got, errs := walk(t, Options{}, root); !slices.Equal(got, want) || len(errs) > 0 {
			t.Errorf("%s: got %q, %v; want %q", root, got, errs, want)
		}
	}
	t.Chdir("d")
	if got, _ := walk(t, Options{}, "."); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Random trees, packed in every way, in every order, are the same evidence.
func TestOrderProperty(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 20 {
		dir := t.TempDir()
		var entries []tarEntry
		for i := range 40 {
			name := randomName(r)
			p := filepath.Join(dir, name)
			if os.MkdirAll(filepath.Dir(p), 0o755) != nil {
				continue
			}
			if _, err := os.Stat(p); err == nil || os.WriteFile(p, []byte(fmt.Sprint(i)), 0o644) != nil {
				continue
			}
			entries = append(entries, file(name, fmt.Sprint(i)))
		}
		r.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		want, errs := walk(t, Options{}, dir)
		if len(errs) > 0 || len(want) != len(entries) {
			t.Fatalf("folder: %d of %d, %v", len(want), len(entries), errs)
		}
		packed := tars(tarEntries(t, entries...))
		packed["x.zip"] = zipEntries(entries)
		for name, b := range packed {
			if got, errs := walk(t, Options{}, inFile(t, name, b)); !slices.Equal(got, want) || len(errs) > 0 {
				t.Fatalf("%s: got %q, %v; want %q", name, got, errs, want)
			}
		}
	}
}

func randomName(r *rand.Rand) string {
	var parts []string
	for range 1 + r.IntN(3) {
		b := make([]byte, 1+r.IntN(2))
		for i := range b {
			b[i] = "ab-.0Z!~"[r.IntN(8)]
		}
		parts = append(parts, "n"+string(b))
	}
	return strings.Join(parts, "/")
}

func zipEntries(entries []tarEntry) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		f, _ := w.Create(e.Name)
		io.WriteString(f, e.body)
	}
	w.Close()
	return b.Bytes()
}

// An archive in a tree stands where the paths of its members stand.
func TestArchiveIsSortedAsFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "x.tar"), string(tarEntries(t, file("m", "1"))))
	write(t, filepath.Join(dir, "x.tar-1"), "2")
	var paths []string
	for o, err := range Walk(t.Context(), []string{dir}, Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, o.Path)
	}
	if !slices.IsSorted(paths) || len(paths) != 2 {
		t.Errorf("paths %q are not in byte order", paths)
	}
}

// The content decides what an archive is, also where the name says otherwise.
func TestMisnamedArchive(t *testing.T) {
	b := tarEntries(t, file("a", "1"))
	for name, b := range map[string][]byte{"x.tar": gz(b), "x.tgz": b, "x.tar.gz": zst(b), "x.zip": b} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, name), string(b))
		if got, errs := walk(t, Options{}, dir); len(got) != 1 || len(errs) > 0 {
			t.Errorf("%s: got %q, %v", name, got, errs)
		}
	}
}

// No walk, ended in whatever way, leaves files open behind it.
func TestNoOpenFilesAreLeft(t *testing.T) {
	count := func() int {
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("no /proc here")
		}
		return len(fds)
	}
	dir := t.TempDir()
	for i := range 20 {
		write(t, filepath.Join(dir, fmt.Sprintf("%d.zip", i)), string(zipOf(t, names)))
		write(t, filepath.Join(dir, fmt.Sprintf("%d.tgz", i)), string(gz(tarOf(t, names))))
		write(t, filepath.Join(dir, fmt.Sprintf("%d-cut.tar", i)), string(tarOf(t, names)[:3000]))
	}
	before := count()
	walk(t, Options{}, dir)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	for o, err := range Walk(ctx, []string{dir}, Options{}) {
		if err != nil {
			continue
		}
		if n++; n%2 == 0 {
			o.Release()
		} else {
			drain(ctx, o)
		}
		if n == 100 {
			cancel()
		}
	}
	cancel()
	if after := count(); after > before {
		t.Errorf("%d files are open, %d were", after, before)
	}
}

// Two members of one name are two objects, and the same two on every walk,
// whether or not what is not wanted is among them.
func TestMembersOfOneName(t *testing.T) {
	entries := []tarEntry{file("b", "1"), file("a/b", "2"), file("b", "3"), file("./b", "4")}
	packed := tars(tarEntries(t, entries...))
	packed["x.zip"] = zipEntries(entries)
	for name, b := range packed {
		var got []string
		for o, err := range Walk(t.Context(), []string{inFile(t, name, b)}, Options{}) {
			if err != nil {
				t.Fatal(err)
			}
			r, err := o.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(r)
			r.Close()
			got = append(got, fmt.Sprintf("%s %d %s", o.Name, o.Member, body))
		}
		if want := "a/b 2 2, b 1 1, b 3 3, b 4 4"; strings.Join(got, ", ") != want {
			t.Errorf("%s: %s, want %s", name, strings.Join(got, ", "), want)
		}
	}
}
