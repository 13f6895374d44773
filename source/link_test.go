package source

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// links are symbolic links by name, with what is to be said of them.
var links = map[string]struct {
	target  string
	reason  error
	evident bool
}{
	"in/read.json":     {"../real.json", ErrSkipped, true},
	"in/folder":        {"../sub", ErrSkipped, true},
	"up":               {".", ErrSkipped, true},
	"twice.json":       {"in/read.json", ErrSkipped, true},
	"note":             {"../outside/note", ErrUnread, false},
	"target":           {"../outside/x.json.gz", ErrUnread, true},
	"name.json":        {"../outside/note", ErrUnread, true},
	"gone":             {"nowhere", ErrUnread, false},
	"gone.tar.gz":      {"nowhere", ErrUnread, true},
	"round.json":       {"round.json", ErrUnread, true},
	"absolute.jsonl":   {"/nonexistent/real.json", ErrUnread, true},
	"\x1b[31mred.json": {"../outside/\x1b[2J", ErrUnread, true},
}

// checkLinks holds what a walk says against what is to be said. Whether a
// target is a folder is known on disk only.
func checkLinks(t *testing.T, root string, errs []error) {
	t.Helper()
	got := map[string]*Error{}
	for _, err := range errs {
		var e *Error
		if errors.As(err, &e) {
			got[e.Name] = e
		}
	}
	for name, want := range links {
		e := got[name]
		if e == nil || !errors.Is(e, want.reason) || want.reason == ErrUnread && e.Evident != want.evident {
			t.Errorf("%s: %s: %+v, want %v, evident %v", root, name, e, want.reason, want.evident)
		}
	}
	if len(errs) != len(links) {
		t.Errorf("%s: %d errors, want %d: %v", root, len(errs), len(links), errs)
	}
}

// A link is passed over, and said to be; one to what is read anyway is no loss.
func TestLinksInFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "outside/note"), "text")
	write(t, filepath.Join(dir, "outside/x.json.gz"), "{}")
	write(t, filepath.Join(dir, "copy/real.json"), "{}")
	write(t, filepath.Join(dir, "copy/sub/x.json"), "{}")
	os.Mkdir(filepath.Join(dir, "copy/in"), 0o755)
	for name, l := range links {
		if err := os.Symlink(l.target, filepath.Join(dir, "copy", name)); err != nil {
			t.Fatal(err)
		}
	}
	got, errs := walk(t, Options{}, filepath.Join(dir, "copy"))
	if len(got) != 2 {
		t.Errorf("got %q, want two files", got)
	}
	checkLinks(t, "folder", errs)

	// Behind a link to a folder there may be anything.
	os.Symlink("../outside", filepath.Join(dir, "copy/more"))
	_, errs = walk(t, Options{}, filepath.Join(dir, "copy"))
	var e *Error
	for _, err := range errs {
		if errors.As(err, &e) && e.Name == "more" && (!errors.Is(e, ErrUnread) || !e.Evident) {
			t.Errorf("a link to a folder elsewhere: %+v", e)
		}
	}
	// What another PATH leads to is read there.
	_, errs = walk(t, Options{}, filepath.Join(dir, "copy"), filepath.Join(dir, "outside"))
	for _, err := range errs {
		if errors.As(err, &e) && e.Name == "more" && !errors.Is(e, ErrSkipped) {
			t.Errorf("a link to another PATH: %+v", e)
		}
	}
}

func TestLinksInArchives(t *testing.T) {
	entries := []tarEntry{file("real.json", "{}"), file("sub/x.json", "{}")}
	var z bytes.Buffer
	w := zip.NewWriter(&z)
	for _, e := range entries {
		f, _ := w.Create(e.Name)
		io.WriteString(f, e.body)
	}
	for name, l := range links {
		entries = append(entries, tarEntry{Header: tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: l.target}})
		h := &zip.FileHeader{Name: name}
		h.SetMode(os.ModeSymlink | 0o777)
		f, _ := w.CreateHeader(h)
		io.WriteString(f, l.target)
	}
	w.Close()
	archives := tars(tarEntries(t, entries...))
	archives["x.zip"] = z.Bytes()
	for name, b := range archives {
		got, errs := walk(t, Options{}, inFile(t, name, b))
		if len(got) != 2 {
			t.Errorf("%s: got %q, want two files", name, got)
		}
		checkLinks(t, name, errs)
	}
}
