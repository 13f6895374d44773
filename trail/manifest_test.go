package trail

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func sumOf(n byte) (s [32]byte) {
	s[0] = n
	return s
}

func manifestOf(keys map[string]byte) *Manifest {
	m := NewManifest("copy/ctlog-manifest.jsonl")
	for key, n := range keys {
		line, err := AppendLine(ManifestLine{Bucket: "b", Key: key, SHA256: fmt.Sprintf("%x", sumOf(n))})
		if err != nil {
			panic(err)
		}
		m.Add(line)
	}
	return m
}

// What became of each file of a copy is said, and of no other.
func TestManifest(t *testing.T) {
	m := manifestOf(map[string]byte{"a/same.gz": 1, "a/changed.gz": 2, "a/lost.gz": 3, "a/inflated.gz": 4, "a/moved.gz": 5, "a/unopened": 6, "a/note": 7})
	m.Hold("copy/a/same.gz", sumOf(1), true)
	m.Hold("copy/a/changed.gz", sumOf(9), true)
	m.Hold("copy/a/inflated", sumOf(9), true) // by hand: it is there, and its bytes are others
	m.Hold("copy/b/moved.gz", sumOf(5), true)
	m.Hold("copy/b/lost.gz", sumOf(9), true) // of that name, with another content
	m.Hold("copy/a/unopened", [32]byte{}, true)
	m.Hold("copy/a/note", [32]byte{}, false)
	m.Hold("copy/a/other note", sumOf(9), false)
	want := []Difference{
		{Key: "a/changed.gz", Path: "copy/a/changed.gz", Reason: reasonChanged}, {Key: "a/inflated.gz", Path: "copy/a/inflated", Reason: reasonChanged},
		{Path: "copy/b/lost.gz", Reason: reasonStrange}, {Key: "a/lost.gz", Reason: reasonLost, Lost: true},
	}
	if got := m.Differences(); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A manifest can be anything: nothing of it costs more than its size, or hides
// what is here.
func TestHostileManifest(t *testing.T) {
	m := manifestOf(map[string]byte{"../../etc/passwd": 1, "\x1b[2J": 2, "": 3, "/": 4, "a": 5})
	for _, line := range []string{``, `[]`, `7`, `{}`, `{"key":"x"}`, `{"key":"x","sha256":"zz"}`, `{"key":"x","sha256":"00"}`, `{"key":7,"sha256":""}`, `{"key":"x"`} {
		m.Add([]byte(line))
	}
	m.Cut(errors.New("cut off"))
	m.Hold("copy/a", sumOf(5), true)
	var faults, lost int
	for _, d := range m.Differences() {
		if d.Path == "copy/ctlog-manifest.jsonl" {
			faults++
		}
		if d.Lost {
			lost++
		}
	}
	if faults != 2 || lost != 3 || m.bad != 10 {
		t.Errorf("%d faults, %d lost, %d bad lines; want 2, 3, 10", faults, lost, m.bad)
	}

	// The same key over and over, with ever other hashes, and as many files.
	const many = 100_000
	m = NewManifest("copy/ctlog-manifest.jsonl")
	start := time.Now()
	for i := range many {
		m.Add(fmt.Appendf(nil, `{"key":"x/a.gz","sha256":"%064x"}`, i))
	}
	for i := range many {
		m.Hold("copy/x/a.gz", sumOf(255), true)
		m.Hold(fmt.Sprintf("copy/%d/a.gz", i), sumOf(255), true)
	}
	all := m.Differences()
	if took := time.Since(start); took > 2*time.Minute {
		t.Errorf("%d lines of one key took %s", many, took)
	}
	if len(all) > 3*maxDifferences+10 || !slices.ContainsFunc(all, func(d Difference) bool { return d.Reason == reasonDouble }) {
		t.Errorf("%d differences", len(all))
	}
	if !slices.ContainsFunc(all, func(d Difference) bool { return strings.HasSuffix(d.Reason, "which are not named") }) {
		t.Error("that not all are named is not said")
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"key":"a.gz","sha256":"`+strings.Repeat("00", 32)+`"}`), "copy/a.gz")
	f.Fuzz(func(t *testing.T, line []byte, file string) {
		m := NewManifest("copy/ctlog-manifest.jsonl")
		m.Add(line)
		m.Hold(file, sumOf(1), true)
		m.Add(line)
		m.Hold(file, sumOf(0), false)
		if n := len(m.Differences()); n > 4 {
			t.Errorf("%d differences", n)
		}
	})
}
