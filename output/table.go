package output

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode"

	"ctlog/event"
	"ctlog/internal/term"
)

// tableRows is how many rows are looked at to choose the widths of a table's
// columns. Later rows are fitted into those.
const tableRows = 1000

// A column of texts may be made so narrow to fit the terminal: before times
// are written shorter, and after.
const (
	readable  = 20
	minColumn = 8
)

// table aligns columns. Cells that do not fit are cut in their middle: both
// ends of an ARN tell more than its beginning.
type table struct {
	w       io.Writer
	columns *event.Columns
	width   int
	style   term.Style
	rows    [][]string // until the widths are known
	widths  []int
	cuts    []cut
}

func (t *table) Write(row []byte) error {
	cells := strings.Split(string(bytes.TrimSuffix(row, []byte("\n"))), "\t")
	if t.widths != nil {
		return t.line(cells, t.cell)
	}
	t.rows = append(t.rows, cells)
	if len(t.rows) < tableRows {
		return nil
	}
	return t.flush()
}

func (t *table) Close() error {
	if t.widths != nil || len(t.rows) == 0 {
		return nil
	}
	return t.flush()
}

func (t *table) flush() error {
	t.rows = slices.Insert(t.rows, 0, slices.Clone(t.columns.Names()))
	t.choose()
	if err := t.line(t.rows[0], t.header); err != nil {
		return err
	}
	for _, r := range t.rows[1:] {
		if err := t.line(r, t.cell); err != nil {
			return err
		}
	}
	t.rows = nil
	return nil
}

// choose gives each column what its cells need and then takes from the widest
// until the line fits: from texts as long as they can be read, then from times,
// then from texts again. The first column, usually the time, is left whole.
func (t *table) choose() {
	names, rows := t.rows[0], t.rows[1:]
	for i := range names {
		t.cuts = append(t.cuts, cutOf(rows, i))
	}
	t.measure()
	t.take(readable)
	if t.over() > 0 && t.shortenTimes() {
		t.measure()
		t.take(readable)
	}
	t.take(minColumn)
}

// measure finds the width of every column.
func (t *table) measure() {
	t.widths = make([]int, len(t.rows[0]))
	for n, row := range t.rows {
		for i, c := range row[:min(len(row), len(t.widths))] {
			if n > 0 {
				c = t.cuts[i].apply(c)
			}
			t.widths[i] = max(t.widths[i], Width(c))
		}
	}
}

// over is by how much a line is too long.
func (t *table) over() int {
	if t.width <= 0 {
		return 0
	}
	total := 2*(len(t.widths)-1) - t.width
	for _, w := range t.widths {
		total += w
	}
	return total
}

// take takes from the widest of the texts, but leaves them least columns.
func (t *table) take(least int) {
	for over := t.over(); over > 0; over-- {
		widest := 0
		for i := 1; i < len(t.widths); i++ {
			if t.cuts[i].kind == text && (widest == 0 || t.widths[i] > t.widths[widest]) {
				widest = i
			}
		}
		if widest == 0 || t.widths[widest] <= least {
			return
		}
		t.widths[widest]--
	}
}

// shortenTimes lets times be written shorter, but for those in the first
// column; the year, when it is the same throughout, goes into the header.
func (t *table) shortenTimes() (any bool) {
	years := map[string]bool{}
	for i, c := range t.cuts {
		for _, row := range t.rows[1:] {
			if i > 0 && c.kind == moment && i < len(row) && row[i] != "" {
				years[row[i][:4]] = true
			}
		}
	}
	for i := 1; i < len(t.cuts); i++ {
		if t.cuts[i].kind == moment {
			any, t.cuts[i].short = true, day
			if len(years) == 1 {
				t.cuts[i].short = minute
				for t.cuts[i].year = range years {
				}
				t.rows[0][i] += " " + t.cuts[i].year
			}
		}
	}
	return any
}

func (t *table) line(cells []string, paint func(column int, cell string) string) error {
	var b strings.Builder
	used := 0
	for i, c := range cells[:min(len(cells), len(t.widths))] {
		room := t.widths[i]
		if t.width > 0 && used+room > t.width { // a terminal too narrow for it
			room = max(t.width-used, 0)
		}
		c = Fit(t.cuts[i].apply(c), room)
		pad := strings.Repeat(" ", room-Width(c))
		if t.cuts[i].kind == number {
			b.WriteString(pad + paint(i, c))
			pad = ""
		} else {
			b.WriteString(paint(i, c))
		}
		if used += room + 2; i < len(cells)-1 {
			b.WriteString(pad + "  ")
		}
	}
	_, err := io.WriteString(t.w, strings.TrimRight(b.String(), " ")+"\n")
	return err
}

// header is in bold.
func (t *table) header(_ int, cell string) string {
	if cell == "" {
		return ""
	}
	return t.style.Bold(cell)
}

// cell colours what stands out: errors, and what root did.
func (t *table) cell(column int, cell string) string {
	switch name := t.columns.Names()[column]; {
	case cell == "" || cell == "0":
	case name == "errorCode" || name == "errorMessage" || name == "errors":
		return t.style.Error(cell)
	case strings.HasSuffix(cell, ":root"):
		return t.style.Warn(cell)
	}
	return cell
}

// Width is how many columns of a terminal a text takes: none for combining
// marks, two for wide characters of East Asian scripts and emoji.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
		r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}

// Fit cuts a text in its middle so that it takes at most width columns. Of an
// ARN the end tells more than the middle of its beginning.
func Fit(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	runes := []rune(s)
	heads := len(runes) // how many may be kept of the beginning
	if strings.HasPrefix(s, "arn:") {
		heads = 4
	}
	head, tail, used := 0, len(runes), 1 // the ellipsis
	for turn := 0; head < tail; turn++ {
		first := turn%2 == 0 && head < heads
		r := runes[tail-1]
		if first {
			r = runes[head]
		}
		if used += runeWidth(r); used > width {
			break
		}
		if first {
			head++
		} else {
			tail--
		}
	}
	return string(runes[:head]) + "…" + string(runes[tail:])
}
