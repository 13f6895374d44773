// Package extsort sorts more rows than memory should hold.
//
// Rows gather in memory up to a budget; each full load is sorted and written
// to an unnamed temporary file, and the files are merged at the end. Rows with
// equal keys keep the order in which they were added.
package extsort

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// DefaultBudget is how many bytes of rows stay in memory before they go to a
// temporary file: far above what a search usually finds, far below what a
// responder's laptop has.
const DefaultBudget = 24 << 20

// rowOverhead is what a row costs in memory beside its bytes.
const rowOverhead = 40

// Sorter gathers rows and gives them back by ascending key. The zero value is
// ready and uses DefaultBudget and the system's temporary directory.
type Sorter struct {
	Budget int64  // bytes in memory, 0 means DefaultBudget
	Dir    string // where temporary files go, "" means the system's place
	// Compare, when set, orders rows whose keys are equal. Rows that it calls
	// equal too keep the order in which they were added.
	Compare func(a, b []byte) int

	arena []byte
	rows  []row
	runs  []*os.File
}

type row struct {
	key        int64
	start, end int // in arena
}

// Add copies one row.
func (s *Sorter) Add(key int64, b []byte) error {
	start := len(s.arena)
	s.arena = append(s.arena, b...)
	s.rows = append(s.rows, row{key, start, len(s.arena)})
	if int64(len(s.arena)+rowOverhead*len(s.rows)) < s.budget() {
		return nil
	}
	return s.spill()
}

func (s *Sorter) budget() int64 { return cmp.Or(s.Budget, DefaultBudget) }

func (s *Sorter) sort() {
	slices.SortStableFunc(s.rows, func(a, b row) int {
		if c := cmp.Compare(a.key, b.key); c != 0 || s.Compare == nil {
			return c
		}
		return s.Compare(s.arena[a.start:a.end], s.arena[b.start:b.end])
	})
}

// spill writes the sorted load to a file that has no name any more, so that
// nothing is left behind however the program ends.
func (s *Sorter) spill() error {
	f, err := os.CreateTemp(s.Dir, "ctlog-sort-*")
	if err != nil {
		return fmt.Errorf("sorting needs a temporary file: %w", err)
	}
	s.runs = append(s.runs, f)
	os.Remove(f.Name()) // fails where open files keep their names; Close tries again
	s.sort()
	w := bufio.NewWriterSize(f, 1<<16)
	for _, r := range s.rows {
		writeRow(w, r.key, s.arena[r.start:r.end])
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("sorting ran out of room for temporary files: %w", err)
	}
	s.arena, s.rows = s.arena[:0], s.rows[:0]
	_, err = f.Seek(0, io.SeekStart)
	return err
}

// writeRow leaves its errors to the Writer, which keeps the first for Flush.
func writeRow(w *bufio.Writer, key int64, b []byte) {
	var head [12]byte
	binary.LittleEndian.PutUint64(head[:8], uint64(key))
	binary.LittleEndian.PutUint32(head[8:], uint32(len(b)))
	w.Write(head[:])
	w.Write(b)
}

// Each calls f for every row by ascending key; the row is valid until f
// returns. The Sorter is empty afterwards.
func (s *Sorter) Each(f func(b []byte) error) error {
	s.sort()
	if len(s.runs) == 0 {
		for _, r := range s.rows {
			if err := f(s.arena[r.start:r.end]); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.spill(); err != nil {
		return err
	}
	return s.merge(f)
}

// Close gives back memory and temporary files.
func (s *Sorter) Close() error {
	var errs []error
	for _, f := range s.runs {
		errs = append(errs, f.Close())
		os.Remove(f.Name())
	}
	s.arena, s.rows, s.runs = nil, nil, nil
	return errors.Join(errs...)
}

// run is one sorted file at its current row.
type run struct {
	r   *bufio.Reader
	nth int
	key int64
	row []byte
}

func (r *run) next() error {
	var head [12]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		return err
	}
	r.key = int64(binary.LittleEndian.Uint64(head[:8]))
	r.row = slices.Grow(r.row[:0], int(binary.LittleEndian.Uint32(head[8:])))[:binary.LittleEndian.Uint32(head[8:])]
	if _, err := io.ReadFull(r.r, r.row); err != nil {
		return fmt.Errorf("temporary file was cut off: %w", err)
	}
	return nil
}

type runHeap struct {
	runs    []*run
	compare func(a, b []byte) int
}

func (h *runHeap) Len() int { return len(h.runs) }
func (h *runHeap) Less(i, j int) bool {
	a, b := h.runs[i], h.runs[j]
	c := cmp.Compare(a.key, b.key)
	if c == 0 && h.compare != nil {
		c = h.compare(a.row, b.row)
	}
	return cmp.Or(c, cmp.Compare(a.nth, b.nth)) < 0
}
func (h *runHeap) Swap(i, j int) { h.runs[i], h.runs[j] = h.runs[j], h.runs[i] }
func (h *runHeap) Push(x any)    { h.runs = append(h.runs, x.(*run)) }
func (h *runHeap) Pop() any {
	last := h.runs[len(h.runs)-1]
	h.runs = h.runs[:len(h.runs)-1]
	return last
}

func (s *Sorter) merge(f func([]byte) error) error {
	h := &runHeap{compare: s.Compare}
	for i, file := range s.runs {
		r := &run{r: bufio.NewReaderSize(file, 1<<16), nth: i}
		if err := r.next(); err == nil {
			h.runs = append(h.runs, r)
		} else if err != io.EOF {
			return err
		}
	}
	heap.Init(h)
	for len(h.runs) > 0 {
		if err := f(h.runs[0].row); err != nil {
			return err
		}
		switch err := h.runs[0].next(); err {
		case nil:
			heap.Fix(h, 0)
		case io.EOF:
			heap.Pop(h)
		default:
			return err
		}
	}
	return nil
}
