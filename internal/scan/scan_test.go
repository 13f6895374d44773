package scan

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"ctlog/parse"
	"ctlog/source"
)

func gz(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.Bytes()
}

// meter counts what it hears.
type meter struct{ found, read, finished atomic.Int64 }

func (m *meter) Found(int64)    { m.found.Add(1) }
func (m *meter) Read(n int64)   { m.read.Add(n) }
func (m *meter) Finished(n int) { m.finished.Add(int64(n)) }

// Results and outcomes come in the order of the objects; damage of one file
// concerns that file; hashes are of what was inflated.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	one, two := `{"Records":[{"eventName":"A"},{"eventName":"B"}]}`, `{"eventName":"C"}`
	files := map[string][]byte{
		"a.json.gz": gz(one), "b.json": []byte(two), "c.json.gz": gz(one)[:40], "d.json.gz": append(gz(two), 'x'),
		"LICENSE": []byte("Permission\nis granted"), "e.txt.json": []byte("not JSON"), "f.json": []byte(`{"digestStartTime":"x"}`),
	}
	var stored int64
	for name, b := range files {
		stored += int64(len(b))
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	m := &meter{}
	var parts []string
	outcomes := map[string]Outcome{}
	var order []string
	handler := func() Handler[string] {
		return func(_ context.Context, f File, put func(string, int) bool) error {
			for e, err := range f.Body.Events() {
				if err != nil {
					return err
				}
				put(f.Name+" "+string(e.Raw), len(e.Raw))
			}
			return nil
		}
	}
	err := Run(t.Context(), Config{Paths: []string{dir}, Jobs: 3, Hash: true, Meter: m}, handler,
		func(p string) error { parts = append(parts, p); return nil },
		func(o Outcome) error {
			outcomes[o.Object.Name] = o
			order = append(order, o.Object.Name)
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{`a.json.gz {"eventName":"A"}`, `a.json.gz {"eventName":"B"}`, `b.json {"eventName":"C"}`, `d.json.gz {"eventName":"C"}`}; !slices.Equal(parts, want) && len(parts) != 5 {
		t.Errorf("parts %q", parts)
	}
	if !slices.IsSorted(parts) || !slices.IsSorted(order) || len(order) != len(files) {
		t.Errorf("order of %q, %q", parts, order)
	}
	for name, want := range map[string]error{
		"a.json.gz": nil, "b.json": nil, "c.json.gz": parse.ErrTruncated, "d.json.gz": parse.ErrTrailing,
		"LICENSE": source.ErrSkipped, "e.txt.json": parse.ErrSyntax, "f.json": parse.ErrDigest,
	} {
		if o := outcomes[name]; !errors.Is(o.Err, want) || (want == nil) != (o.Err == nil) {
			t.Errorf("%s: %v, want %v", name, o.Err, want)
		}
	}
	if o := outcomes["a.json.gz"]; !o.Hashed || o.Sum != sha256.Sum256([]byte(one)) || o.Inflated != int64(len(one)) {
		t.Errorf("a.json.gz: %+v", o)
	}
	if o := outcomes["d.json.gz"]; o.Hashed {
		t.Error("what has bytes behind its end was hashed")
	}
	if m.found.Load() != 7 || m.finished.Load() != 7 || m.read.Load() != stored {
		t.Errorf("the meter heard of %d found, %d finished, %d of %d bytes", m.found.Load(), m.finished.Load(), m.read.Load(), stored)
	}
}

func TestWalkErrorsComeOut(t *testing.T) {
	var got []Outcome
	err := Run(t.Context(), Config{Paths: []string{"/nonexistent/path"}, Jobs: 1}, func() Handler[int] { return nil },
		func(int) error { return nil }, func(o Outcome) error { got = append(got, o); return nil })
	if err != nil || len(got) != 1 || !errors.Is(got[0].Err, os.ErrNotExist) || got[0].Path != "/nonexistent/path" {
		t.Errorf("%v, %+v", err, got)
	}
}

// A run that is over does not wait for a pipe that nobody writes to.
func TestStopWhileWaiting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	silent, _ := io.Pipe()
	stop := errors.New("enough")
	handler := func() Handler[int] {
		return func(context.Context, File, func(int, int) bool) error { return nil }
	}
	over := make(chan error, 1)
	go func() {
		c := Config{Paths: []string{path, "-"}, Jobs: 1, Source: source.Options{Stdin: silent}}
		over <- Run(t.Context(), c, handler, nil, func(Outcome) error { return stop })
	}()
	select {
	case err := <-over:
		if err != stop {
			t.Errorf("err %v, want %v", err, stop)
		}
	case <-time.After(3 * time.Second):
		t.Error("the run waits for standard input")
	}
}
