package source

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A file gets the same key however the PATH reaches it.
func TestKeyDoesNotDependOnPath(t *testing.T) {
	dir := t.TempDir()
	const name = "AWSLogs/o-abc/111122223333/CloudTrail/us-east-1/2024/01/09/111122223333_CloudTrail_us-east-1_20240109T1005Z_AAAAAAAAAAAAAAAA.json.gz"
	write(t, filepath.Join(dir, name), "{}")
	for p := name; p != "."; p = filepath.Dir(p) {
		for o, err := range Walk(t.Context(), []string{filepath.Join(dir, p)}, Options{}) {
			if err != nil || o.Key != ParseKey(name) {
				t.Errorf("%s: key %+v, %v; want %+v", p, o.Key, err, ParseKey(name))
			}
		}
	}
}

func TestOpenErrorOfThePathItself(t *testing.T) {
	path := inFile(t, "x.json", []byte("{}"))
	for o := range Walk(t.Context(), []string{path}, Options{}) {
		os.Remove(path)
		_, err := o.Open(t.Context())
		var e *Error
		if !errors.As(err, &e) || !e.Arg || !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%v: want an *Error about the argument", err)
		}
	}
}

// Bookkeeping is what ctlog and its users keep, not whatever ends like it.
func TestBookkeeping(t *testing.T) {
	const digest = "111122223333_CloudTrail-Digest_us-east-1_trail_us-east-1_20240109T100501Z.json.gz"
	for base, want := range map[string]bool{
		"ctlog-metadata.jsonl": true, digest + ".metadata.json": true, ".DS_Store": true, digest + Unfinished: true,
		digest: false, "export.metadata.json": false, "ctlog-metadata.jsonl.json": false,
	} {
		if got := bookkeeping(base) != nil || isMetadata(base); got != want {
			t.Errorf("%q is bookkeeping or metadata: %v", base, got)
		}
	}
}

// The twin files that macOS writes beside others are counted, not searched.
func TestAppleDouble(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "._x.json.gz"), "\x00\x05\x16\x07")
	write(t, filepath.Join(dir, "y.tar"), string(tarEntries(t, file("__MACOSX/._x.json", "\x00\x05\x16\x07"))))
	got, errs := walk(t, Options{}, dir)
	if len(got) > 0 || len(errs) != 2 || !errors.Is(errs[0], ErrSkipped) || !errors.Is(errs[1], ErrSkipped) {
		t.Errorf("got %q, %v; want two skipped", got, errs)
	}
}
