package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ctlog/digest"
	"ctlog/internal/scan"
	"ctlog/internal/term"
	"ctlog/internal/testkit/trailgen"
	"ctlog/source"
)

// Somebody writes to the evidence while it is read: what is then there is judged
// for itself, nothing counts twice, and what does not count is said.
func TestEvidenceThatChanges(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	a := newAttack(t, rand.New(rand.NewPCG(3, 4)))
	a.fault()
	dir := t.TempDir()
	if err := a.copy.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	keys := writeFile(t, filepath.Join(t.TempDir(), "keys.json"), trailgen.PublicKeys(a.copy.Keys...))
	forged := []byte(`{"Records":[` + a.event() + `]}`)
	at := func(name string) string { return writeFile(t, filepath.Join(dir, name), forged) }
	changes, vanishes, stays := at("changes.json"), at("vanishes.json"), at("stays.json")
	app := &app{ctx: t.Context(), voice: term.NewVoice(t.Output(), term.Style{}, false), jobs: 2}
	i := integrity{integrityFlags: &integrityFlags{trust: trustFlags{keys: []string{keys}}}, app: app}
	if err := i.begin([]string{dir}, source.Scope{}); err != nil {
		t.Fatal(err)
	}
	over := ""
	for _, log := range a.copy.Logs() { // after the digests were read
		if over = filepath.Join(dir, log); i.statusNow(t, over) == digest.Valid {
			break
		}
	}
	writeFile(t, over, forged)
	read, complaints := map[string]int{}, map[string]error{}
	err := i.inTurns(scan.Config{Paths: []string{dir}, Jobs: 2}, true, func(config scan.Config) error {
		if i.turn == otherFiles {
			writeFile(t, changes, append(slices.Clone(forged), '\n'))
			if err := os.Remove(vanishes); err != nil {
				t.Fatal(err)
			}
		}
		handler := func(_ context.Context, f scan.File, put func(string, int) bool) error {
			status, err := i.admit(f)
			if err != nil {
				return err
			}
			content, _ := f.Body.Whole()
			if strings.Contains(string(content), marker) && status.Proven() {
				t.Errorf("%s is said to be valid", f.Path)
			}
			put(f.Path, 0)
			return nil
		}
		return scan.Run(t.Context(), config, func() scan.Handler[string] { return handler },
			func(path string) error { read[path]++; return nil },
			func(o scan.Outcome) error {
				if i.counted(o) && o.Err != nil {
					complaints[o.Path] = o.Err
				}
				return nil
			})
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, n := range read {
		if n != 1 {
			t.Errorf("%s is read %d times", path, n)
		}
	}
	if read[over] != 1 || read[stays] != 1 || read[changes]+read[vanishes] != 0 {
		t.Errorf("read: %v", read)
	}
	if !errors.Is(complaints[changes], errChanged) {
		t.Errorf("complaints: %v", complaints)
	}
	l := &fileStats{voice: app.voice, ctx: t.Context()}
	if i.vanished(l); l.bad != 1 {
		t.Errorf("%d files are said to be gone, want 1", l.bad)
	}
}

// statusNow judges a file as it is.
func (i *integrity) statusNow(t *testing.T, path string) (status digest.Status) {
	config := scan.Config{Paths: []string{path}, Jobs: 1}
	i.hashing(&config)
	handler := func(_ context.Context, f scan.File, _ func(int, int) bool) error {
		status = i.judge(f, f.Body.Drain())
		return nil
	}
	if err := scan.Run(t.Context(), config, func() scan.Handler[int] { return handler }, nil, func(scan.Outcome) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return status
}
