package scan

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ctlog/internal/lanes"
	"ctlog/internal/ordered"
	"ctlog/parse"
)

// mixed writes files of many sizes: compressed and plain, sound, damaged, empty,
// some larger than may wait, some that give more results than a slot holds.
func mixed(t *testing.T) string {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(5, 5))
	for i := range 150 {
		n := r.IntN(1 << r.IntN(16))
		if i%60 == 30 {
			n = 5 << 20
		}
		text := fmt.Sprintf(`{"eventName":"E%d","pad":"%s"}`, i, strings.Repeat("x", n))
		name := fmt.Sprintf("%03d.json", i)
		stored := []byte(text)
		if i%3 > 0 {
			name, stored = name+".gz", gz(text)
		}
		if i%10 == 7 {
			stored = stored[:len(stored)/2]
		}
		if err := os.WriteFile(filepath.Join(dir, name), stored, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// lines are all results and outcomes of a run, in order.
func lines(t *testing.T, c Config, cost int) (all []string) {
	handler := func(_ context.Context, f File, put func(string, int) bool) error {
		for e, err := range f.Body.Events() {
			if err != nil {
				return err
			}
			name, _ := parse.Field(e.Raw, "eventName")
			put("first "+string(name), cost)
			put("second", cost)
		}
		return nil
	}
	err := Run(t.Context(), c, func() Handler[string] { return handler },
		func(p string) error { all = append(all, p); return nil },
		func(o Outcome) error {
			all = append(all, fmt.Sprint(o.Path, o.Err, o.Inflated, o.Sum, o.Hashed, o.Members))
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Sums that wait change nothing of what comes out; a slot that is full does not
// wait for one whose sum its own worker has yet to compute.
func TestLanes(t *testing.T) {
	dir := mixed(t)
	want := lines(t, Config{Paths: []string{dir}, Jobs: 1, Hash: true}, 0)
	for _, width := range []int{8, 16} {
		for _, jobs := range []int{1, 3} {
			for _, cost := range []int{0, ordered.Held + 1} {
				if !lanes.Can(width) {
					continue
				}
				got := lines(t, Config{Paths: []string{dir}, Jobs: jobs, Hash: true, Lanes: width}, cost)
				if !slices.Equal(got, want) {
					t.Errorf("%d lanes, %d jobs, cost %d: not what comes out without lanes", width, jobs, cost)
				}
			}
		}
	}
}

// What waits stays within its bounds, and buffers that are much larger than what
// they hold are let go.
func TestBatchBounds(t *testing.T) {
	c := Config{Lanes: 8, Jobs: 1 << 10}
	b := c.batch()
	end := func([32]byte) {}
	for range 5 * heldFiles {
		b.add(make([]byte, 10, b.most/6), end)
		if b.held > b.most {
			t.Fatalf("%d bytes wait, more than %d", b.held, b.most)
		}
		if len(b.spares) > 0 {
			t.Fatal("large buffers are kept for small contents")
		}
	}
	for range 3 * heldFiles {
		b.add(make([]byte, 10), end)
	}
	if n := len(b.contents) + len(b.spares); n < heldFiles {
		t.Errorf("%d buffers, want more", n)
	}
}
