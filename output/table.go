package output

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode"
)

// tableRows is how many rows are looked at to choose the widths of a table's
// columns. Later rows are fitted into those.
const tableRows = 1000

// minColumn is how narrow a column may be made to fit the terminal.
const minColumn = 8

// table aligns columns. Cells that do not fit are cut in their middle: both
// ends of an ARN tell more than its beginning.
type table struct {
	w       io.Writer
	columns *Columns
	width   int
	rows    [][]string // until the widths are known
	widths  []int
}

func (t *table) Write(row []byte) error {
	cells := strings.Split(string(bytes.TrimSuffix(row, []byte("\n"))), "\t")
	if t.widths != nil {
		return t.line(cells)
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
	t.rows = slices.Insert(t.rows, 0, t.columns.names)
	t.choose()
	for _, r := range t.rows {
		if err := t.line(r); err != nil {
			return err
		}
	}
	t.rows = nil
	return nil
}

// choose gives each column what its cells need and then takes from the widest
// until the line fits. The first one, usually the time, is left whole.
func (t *table) choose() {
	for _, row := range t.rows {
		for i, c := range row {
			if i == len(t.widths) {
				t.widths = append(t.widths, 0)
			}
			t.widths[i] = max(t.widths[i], Width(c))
		}
	}
	total := 2 * (len(t.widths) - 1)
	for _, w := range t.widths {
		total += w
	}
	for rest := t.widths[min(1, len(t.widths)-1):]; t.width > 0 && total > t.width; total-- {
		widest := slices.Index(rest, slices.Max(rest))
		if rest[widest] <= minColumn {
			return
		}
		rest[widest]--
	}
}

func (t *table) line(cells []string) error {
	var b strings.Builder
	for i, c := range cells {
		if i >= len(t.widths) {
			break
		}
		c = Fit(c, t.widths[i])
		b.WriteString(c)
		if i < len(cells)-1 {
			b.WriteString(strings.Repeat(" ", t.widths[i]-Width(c)+2))
		}
	}
	_, err := io.WriteString(t.w, strings.TrimRight(b.String(), " ")+"\n")
	return err
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

// Fit cuts a text in its middle so that it takes at most width columns.
func Fit(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	runes := []rune(s)
	head, tail, used := 0, len(runes), 1 // the ellipsis
	for i := 0; head < tail; i++ {
		r := runes[head]
		if i%2 == 1 {
			r = runes[tail-1]
		}
		if used += runeWidth(r); used > width {
			break
		}
		if i%2 == 1 {
			tail--
		} else {
			head++
		}
	}
	return string(runes[:head]) + "…" + string(runes[tail:])
}
