package extsort

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

func TestSortsLikeMemory(t *testing.T) {
	for _, budget := range []int64{0, 200, 10_000} {
		s := &Sorter{Budget: budget, Dir: t.TempDir()}
		rng := rand.New(rand.NewPCG(1, 2))
		type row struct {
			key  int64
			text string
		}
		var want []row
		for i := range 2000 {
			r := row{rng.Int64N(50) - 25, fmt.Sprintf("row %d%*s", i, rng.IntN(40), "")}
			want = append(want, r)
			if err := s.Add(r.key, []byte(r.text)); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortStableFunc(want, func(a, b row) int { return cmp.Compare(a.key, b.key) })
		i := 0
		err := s.Each(func(b []byte) error {
			if string(b) != want[i].text {
				t.Fatalf("budget %d: row %d is %q, want %q", budget, i, b, want[i].text)
			}
			i++
			return nil
		})
		if err != nil || i != len(want) {
			t.Fatalf("budget %d: err %v after %d rows of %d", budget, err, i, len(want))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if left, _ := os.ReadDir(s.Dir); len(left) > 0 {
			t.Fatalf("budget %d: %d temporary files left behind", budget, len(left))
		}
	}
}

func TestErrorsSurface(t *testing.T) {
	s := &Sorter{Budget: 1, Dir: t.TempDir() + "/absent"}
	if err := s.Add(1, []byte("x")); err == nil {
		t.Fatal("no error without a temporary directory")
	}
	full := errors.New("disk full")
	s = new(Sorter)
	s.Add(1, []byte("x"))
	if err := s.Each(func([]byte) error { return full }); !errors.Is(err, full) {
		t.Fatalf("err = %v, want %v", err, full)
	}
}

func TestCompareOrdersEqualKeys(t *testing.T) {
	for _, budget := range []int64{0, 500} {
		s := &Sorter{Budget: budget, Dir: t.TempDir(), Compare: bytes.Compare}
		rng := rand.New(rand.NewPCG(3, 4))
		var want []string
		for range 1000 {
			key := rng.Int64N(5)
			text := fmt.Sprintf("%d %03d", key, rng.IntN(500))
			want = append(want, text)
			if err := s.Add(key, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(want)
		var got []string
		if err := s.Each(func(b []byte) error { got = append(got, string(b)); return nil }); err != nil || !slices.Equal(got, want) {
			t.Errorf("budget %d: not in order (%v)", budget, err)
		}
		s.Close()
	}
}
