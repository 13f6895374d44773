package source

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestArchiveBomb(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	w.WriteHeader(&tar.Header{Name: "bomb.json", Size: 8 << 20, Mode: 0o644})
	w.Write(make([]byte, 8<<20))
	w.Close()
	path := filepath.Join(t.TempDir(), "x.tgz")
	write(t, path, string(gz(b.Bytes())))
	_, errs := walk(t, Options{MaxInflated: 1 << 20}, path)
	if len(errs) != 1 || !errors.Is(errs[0], errTooLarge) {
		t.Errorf("errors %v, want %v", errs, errTooLarge)
	}
}

// Beyond the budget members stream, one live at a time, and nothing is lost.
func TestLargeCompressedTar(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	sizes := []int64{sortBudget - 10, 100, liveSize + 1, 7, liveSize + 2}
	for i, size := range sizes {
		w.WriteHeader(&tar.Header{Name: fmt.Sprintf("m%d.json", i), Size: size, Mode: 0o644})
		w.Write(make([]byte, size))
	}
	w.Close()
	path := filepath.Join(t.TempDir(), "x.tgz")
	write(t, path, string(gz(b.Bytes())))
	var got []int64
	var notes int
	results := make(chan int64)
	for obj, err := range Walk(t.Context(), []string{path}, Options{}) {
		if err != nil {
			notes++
			if !errors.Is(err, ErrArchiveOrder) {
				t.Fatal(err)
			}
			continue
		}
		go func() {
			r, err := obj.Open(t.Context())
			if err != nil {
				t.Error(err)
			}
			n, _ := io.Copy(io.Discard, r)
			r.Close()
			results <- n
		}()
		got = append(got, <-results)
	}
	if !slices.Equal(got, sizes) || notes != 1 {
		t.Errorf("sizes %v with %d notes, want %v with one", got, notes, sizes)
	}
}

// A declared size cannot make a sum overflow and lift the budget.
func TestDeclaredSizesDoNotOverflow(t *testing.T) {
	b := append(rawHeader("a", 1, '0'), make([]byte, tarBlock)...)
	b = append(b, rawHeader("b", math.MaxInt64, '0')...)
	var sizes []int64
	var errs []error
	for o, err := range Walk(t.Context(), []string{inFile(t, "x.tgz", gz(b))}, Options{}) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		sizes = append(sizes, o.Size)
		o.Release()
	}
	if !slices.Equal(sizes, []int64{1, maxSize}) || len(errs) != 2 || !errors.Is(errs[0], ErrArchiveOrder) {
		t.Errorf("sizes %d, errors %v; want the second to be live, and cut off", sizes, errs)
	}
}

// Headers alone fill the budget too: a tar of nothing but empty files is small
// when compressed.
func TestEmptyMembersCount(t *testing.T) {
	const n = sortBudget/memberCost + 1000
	var b bytes.Buffer
	h := rawHeader("a", 0, '0')
	for range n {
		b.Write(h)
	}
	b.Write(make([]byte, 1024))
	files, notes := 0, 0
	for _, err := range Walk(t.Context(), []string{inFile(t, "x.tgz", gz(b.Bytes()))}, Options{}) {
		if errors.Is(err, ErrArchiveOrder) {
			notes++
			continue
		}
		files++
	}
	if files != n || notes != 1 {
		t.Errorf("%d files and %d notes, want %d and 1", files, notes, n)
	}
}

// What is passed over takes no longer than the walk.
func TestCancelWhileInflating(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	within(t, drainAll(ctx, "-", io.MultiReader(bytes.NewReader(rawHeader("in.zip", math.MaxInt64, '0')), zeros{})))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
