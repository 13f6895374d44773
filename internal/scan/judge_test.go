package scan

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A file that is refused ends in its place and its handler does not see it; an
// end that is not asked for is not passed on.
func TestJudge(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.json", "b.json", "c.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(`{"Records":[]}`), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := Config{Paths: []string{dir}, Jobs: 2}
	c.Judge = func(f File) (Judgement, error) {
		if filepath.Base(f.Path) == "b.json" {
			return Judgement{Unproven: true}, ErrUnproven
		}
		return Judgement{Status: "valid"}, nil
	}
	c.Ends = func(o Outcome) bool { return filepath.Base(o.Path) != "c.json" }
	var seen, ends []string
	handler := func(_ context.Context, f File, put func(string, int) bool) error {
		put(filepath.Base(f.Path)+" "+f.Judgement.Status, 1)
		return nil
	}
	err := Run(t.Context(), c, func() Handler[string] { return handler },
		func(s string) error { seen = append(seen, s); return nil },
		func(o Outcome) error {
			if ends = append(ends, filepath.Base(o.Path)); errors.Is(o.Err, ErrUnproven) {
				ends = append(ends, "unproven")
			}
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a.json valid", "c.json valid"}; !slices.Equal(seen, want) {
		t.Errorf("seen: %q, want %q", seen, want)
	}
	if want := []string{"a.json", "b.json", "unproven"}; !slices.Equal(ends, want) {
		t.Errorf("ends: %q, want %q", ends, want)
	}
}
