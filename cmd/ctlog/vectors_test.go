package main

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ctlog/internal/testkit/trailgen"
)

// Every vector gives the exit status and the statuses that its header demands,
// and the very bytes that were expected once. `make vectors` writes them anew.
func TestVectors(t *testing.T) {
	t.Chdir("../../testdata/vectors")
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	dirs, err := filepath.Glob("*/vector.json")
	if err != nil || len(dirs) != len(trailgen.Vectors) {
		t.Fatalf("%d vectors on disk, %d in the program (%v); run make vectors", len(dirs), len(trailgen.Vectors), err)
	}
	for _, head := range dirs {
		t.Run(filepath.Dir(head), func(t *testing.T) { testVector(t, filepath.Dir(head)) })
	}
}

func testVector(t *testing.T, dir string) {
	var v trailgen.Vector
	head, err := os.ReadFile(filepath.Join(dir, "vector.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(head, &v); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"verify", "--json", "-q"}, v.Flags...)
	if !v.NoKeys {
		args = append(args, "--keys", dir+"/keys.json")
	}
	status, out, stderr := in(t, "", append(args, dir+"/evidence.tar")...)
	if status != v.Exit {
		t.Errorf("exit status %d, want %d; %s", status, v.Exit, stderr)
	}
	if got := notable(t, out); !maps.Equal(got, v.Lines) {
		t.Errorf("%v, want %v\n%s", got, v.Lines, out)
	}
	compareGolden(t, dir+"/expected.jsonl", out)
}

// notable counts the lines that are not about valid files and good keys.
func notable(t *testing.T, out string) map[string]int {
	counts := map[string]int{}
	for s := bufio.NewScanner(strings.NewReader(out)); s.Scan(); {
		var l struct{ Kind, Status, Reason string }
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		named := l.Kind == "key" && l.Reason == "" // a key that proved something
		if l.Status != "valid" && l.Kind != "summary" && !named {
			counts[strings.TrimSpace(l.Kind+" "+l.Status)]++
		}
	}
	return counts
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%swant\n%s", name, got, want)
	}
}
