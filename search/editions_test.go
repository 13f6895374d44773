package search_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"ctlog/internal/scan"
	"ctlog/search"
)

// The different events of one ID are found in the order of the evidence, whatever
// the number of workers, with what they say and whether their file is proven.
func TestFindEditions(t *testing.T) {
	const id = "aaaaaaaa-0000-4000-8000-000000000001"
	event := func(name string) string {
		return fmt.Sprintf(`{"eventID":%q,"eventName":%q,"eventTime":"2024-01-09T10:00:00Z"}`, strings.ToUpper(id), name)
	}
	dir := write(t, map[string]string{
		"a.json": aLog(event("First"), anEvent("Other", 1)), "b.json": aLog(event("First"), event("Second")),
		"c.json": aLog(anEvent("Other", 2)), "d.json": aLog(event("Proven")),
	})
	for _, jobs := range []int{1, 4} {
		config := scan.Config{Paths: []string{dir}, Jobs: jobs}
		if got, want := text(search.FindEditions(t.Context(), config, []string{id})[id]), "First a.json, Second b.json"; got != want {
			t.Errorf("%d jobs: %s, want %s", jobs, got, want)
		}
		config.Judge = func(f scan.File) (scan.Judgement, error) {
			return scan.Judgement{Unproven: filepath.Base(f.Path) != "d.json"}, nil
		}
		if got, want := text(search.FindEditions(t.Context(), config, []string{id})[id]), "First a.json, Second b.json, Proven d.json proven"; got != want {
			t.Errorf("%d jobs, judged: %s, want %s", jobs, got, want)
		}
	}
}

func text(editions []search.Edition) string {
	var all []string
	for _, e := range editions {
		s := e.Name + " " + filepath.Base(e.File)
		if e.Proven {
			s += " proven"
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}
