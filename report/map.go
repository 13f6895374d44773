package report

import (
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"ctlog/coverage"
	"ctlog/internal/term"
	"ctlog/output"
)

// The marks of cells. Those of events are the shades.
const (
	markTampered = '!'
	markGap      = 'x'
	markNone     = '·' // no activity, as digests say
	markNoEvents = '-'
	markUnproven = '?'
	markUnknown  = ' '
)

var shades = []rune("░▒▓█")

// heatMap is a map on its way into text.
type heatMap struct {
	*textView
	m       *coverage.Map
	worst   []coverage.DigestState // of each row
	bounds  []int64                // from how many events on a shade is drawn
	columns int                    // that fit
	region  int                    // widths
	events  int
	doubts  int           // width of the events that are not proven, 0 when there are none
	seen    map[rune]bool // marks that were drawn
	painted map[coverage.DigestState]bool
}

// What a row has beside its cells: two columns of indentation, two between
// what stands there, and the longest word about digests.
const (
	rowGaps   = 8
	wordWidth = len("tampered")
)

// MapColumns is how many columns there are for the cells of a map.
func MapColumns(m *coverage.Map, v View) int64 {
	h := newHeatMap(m, newTextView(io.Discard, v, 0))
	return int64(h.columns)
}

// WriteMap draws a map: a row for every region of every account, and a legend.
// In other formats than output.Table it writes the cells, a row for each.
func WriteMap(w io.Writer, m *coverage.Map, f output.Format, v View) error {
	if f != output.Table {
		return writeCells(w, m, f, v)
	}
	d := newTextView(w, v, time.Duration(m.Step))
	if m.Columns() > 0 {
		newHeatMap(m, d).draw()
	}
	return d.out.Flush()
}

// mapCell is a cell with where it is.
type mapCell struct {
	coverage.Area
	coverage.Cell
}

func mapCells(m *coverage.Map) iter.Seq[mapCell] {
	return func(yield func(mapCell) bool) {
		for i := range m.Rows {
			for c := range m.Cells(&m.Rows[i]) {
				if !yield(mapCell{m.Rows[i].Area, c}) {
					return
				}
			}
		}
	}
}

// writeCells writes every cell. Where files are not judged nothing is said of
// how many events are not proven.
func writeCells(w io.Writer, m *coverage.Map, f output.Format, v View) error {
	return writeRows(w, f, v, mapCell{}, mapCells(m), func(r *record, c mapCell) {
		r.text("account", c.Account)
		r.text("region", c.Region)
		r.time("hour", c.Start)
		r.number("hours", m.Step/int64(time.Hour))
		r.number("files", c.Files)
		r.number("events", c.Events)
		r.number("missing", c.Missing)
		r.text("digest", c.Digest.String())
		r.text("state", c.State.String())
		if m.Judged {
			r.number("unproven", c.Unproven)
		} else {
			r.raw("unproven", []byte("null"))
		}
	})
}

func newHeatMap(m *coverage.Map, d *textView) *heatMap {
	h := &heatMap{textView: d, m: m, seen: map[rune]bool{}, painted: map[coverage.DigestState]bool{}}
	h.widths()
	return h
}

func (h *heatMap) draw() {
	h.scale()
	h.dimmed(h.start(h.m.From) + " to " + h.start(h.m.To) + ", a column is " + StepText(h.m.Step))
	for from, to := range h.m.Holes() {
		h.dimmed("without " + h.start(from) + " to " + h.start(to) + ", of which nothing is known")
	}
	for from := int64(0); from < h.m.Columns(); from += int64(h.columns) {
		if from > 0 {
			h.line("")
		}
		h.block(from, min(from+int64(h.columns), h.m.Columns()))
	}
	h.legend()
}

// widths gives the region what it needs and the cells the rest of the line.
func (h *heatMap) widths() {
	h.region, h.events = len("ap-northeast-1"), len("events")
	for i := range h.m.Rows {
		h.region = max(h.region, output.Width(regionText(h.m.Rows[i].Region)))
		h.events = max(h.events, digits(h.m.Rows[i].Events))
		if n := h.m.Rows[i].Unproven; n > 0 {
			h.doubts = max(h.doubts, digits(n), len("unproven"))
		}
	}
	h.region = min(h.region, max(h.width/3, 12))
	h.columns = max(h.width-h.margin(), 8)
}

func (h *heatMap) margin() int {
	n := rowGaps + h.region + h.events + wordWidth
	if h.doubts > 0 {
		n += h.doubts + 2
	}
	return n
}

// figures are the numbers of a row, or the words above them.
func (h *heatMap) figures(events, unproven string) string {
	text := padLeft(events, h.events)
	if h.doubts > 0 {
		text += "  " + padLeft(unproven, h.doubts)
	}
	return text
}

func regionText(s string) string {
	if s == "" {
		return "-"
	}
	return term.Escape(s)
}

// scale makes four shades of equal steps on a logarithmic scale.
func (h *heatMap) scale() {
	var most int64
	for i := range h.m.Rows {
		for c := range h.m.Cells(&h.m.Rows[i]) {
			most = max(most, shaded(&c))
		}
		h.worst = append(h.worst, h.m.Digests(&h.m.Rows[i]))
	}
	for i := range shades {
		bound := math.Pow(float64(max(most, 1)), float64(i)/float64(len(shades)))
		h.bounds = append(h.bounds, int64(math.Ceil(bound-1e-9)))
	}
}

// shaded is how many events a cell is drawn for: of one that is proven only what
// is proven.
func shaded(c *coverage.Cell) int64 {
	if c.Digest == coverage.DigestProven {
		return c.Events
	}
	return c.Events + c.Unproven
}

// mark is how a cell is drawn, and in which colour.
func (h *heatMap) mark(c *coverage.Cell) (rune, coverage.DigestState) {
	switch {
	case c.Digest == coverage.DigestTampered:
		return markTampered, c.Digest
	case c.State == coverage.Hole || c.Digest == coverage.DigestGap:
		return markGap, coverage.DigestGap
	case c.Digest == coverage.DigestProven && c.Unproven > 0:
		return markUnproven, coverage.DigestUnproven
	case c.State == coverage.Activity:
		shade := 0
		for shade+1 < len(h.bounds) && h.bounds[shade+1] <= shaded(c) {
			shade++
		}
		return shades[shade], c.Digest
	case c.State == coverage.NoActivity:
		return markNone, c.Digest
	case c.State == coverage.NoEvents:
		return markNoEvents, c.Digest
	}
	return markUnknown, coverage.DigestAbsent
}

// paint gives marks of one state their colour: green is proven, magenta what no
// digest tells of, red what asks for a look.
func (h *heatMap) paint(s coverage.DigestState, text string) string {
	switch s {
	case coverage.DigestTampered, coverage.DigestGap:
		return h.style.Error(text)
	case coverage.DigestProven:
		return h.style.OK(text)
	case coverage.DigestAbsent, coverage.DigestPartial:
		return h.style.Warn(text)
	}
	return text
}

// mapLine is a row as it is drawn.
type mapLine struct {
	region, events, unproven, word, cells string
	quiet                                 bool
}

// block draws the columns from one up to another.
func (h *heatMap) block(from, to int64) {
	h.line(strings.Repeat(" ", 4+h.region) + h.figures("events", "unproven") + "  " + padRight("digests", wordWidth) + "  " + h.axis(from, to))
	rows, worst := h.m.Rows, h.worst
	for len(rows) > 0 {
		n := slices.IndexFunc(rows, func(r coverage.Row) bool { return r.Account != rows[0].Account })
		if n < 0 {
			n = len(rows)
		}
		h.line(h.style.Bold(output.Fit(regionText(rows[0].Account), h.width)))
		var lines []mapLine
		for i := range rows[:n] {
			lines = append(lines, h.row(&rows[i], worst[i], from, to))
		}
		for _, l := range joinQuiet(lines) {
			region := output.Fit(l.region, h.region)
			h.line("  " + padRight(region, h.region) + "  " + h.figures(l.events, l.unproven) + "  " + l.word + "  " + l.cells)
		}
		rows, worst = rows[n:], worst[n:]
	}
}

// StepText writes how long a cell is: 1h, 2h, 1d, 4w.
func StepText(step int64) string {
	h := step / int64(time.Hour)
	switch {
	case h%(7*24) == 0:
		return fmt.Sprintf("%dw", h/(7*24))
	case h%24 == 0:
		return fmt.Sprintf("%dd", h/24)
	}
	return fmt.Sprintf("%dh", h)
}

var digestWords = map[coverage.DigestState]string{
	coverage.DigestAbsent:   "none",
	coverage.DigestPartial:  "in part",
	coverage.DigestGap:      "gaps",
	coverage.DigestUnproven: "unproven",
	coverage.DigestProven:   "proven",
	coverage.DigestTampered: "tampered",
}

func (h *heatMap) row(r *coverage.Row, worst coverage.DigestState, from, to int64) mapLine {
	word := padRight(digestWords[worst], wordWidth)
	if worst != coverage.DigestPartial {
		word = h.paint(worst, word)
	}
	l := mapLine{region: regionText(r.Region), events: decimal(r.Events), unproven: decimal(r.Unproven), word: word}
	l.quiet = r.Events+r.Unproven == 0 && worst != coverage.DigestTampered && worst != coverage.DigestGap
	var b strings.Builder
	var run []rune
	var state coverage.DigestState
	flush := func() {
		if len(run) > 0 {
			b.WriteString(h.paint(state, string(run)))
		}
		run = run[:0]
	}
	for c := range h.m.Part(r, from, to) {
		mark, s := h.mark(&c)
		h.seen[mark] = true
		if mark != markUnknown && mark != markTampered && mark != markGap {
			h.painted[s] = true
		}
		if s != state {
			flush()
			state = s
		}
		run = append(run, mark)
	}
	flush()
	l.cells = b.String()
	return l
}

// fewQuiet is how many regions without events are drawn one by one though they
// look the same.
const fewQuiet = 2

// joinQuiet draws regions without events that look the same as one.
func joinQuiet(lines []mapLine) (left []mapLine) {
	alike := map[string]int{}
	for _, l := range lines {
		if l.quiet {
			alike[l.word+l.cells]++
		}
	}
	var quiet []mapLine
	for _, l := range lines {
		switch n := alike[l.word+l.cells]; {
		case !l.quiet || n > 0 && n <= fewQuiet:
			left = append(left, l)
		case n > 0:
			l.region = decimal(int64(n)) + " regions"
			quiet = append(quiet, l)
			alike[l.word+l.cells] = 0
		}
	}
	return append(left, quiet...)
}

// axis has a label where a day begins, of longer columns a month or a year, and
// where there is room left, at the first column and in between.
func (h *heatMap) axis(from, to int64) string {
	line := []rune(strings.Repeat(" ", int(to-from)+len("2024-01")))
	first := func(at int64) string {
		if at > from {
			return ""
		}
		return h.at(at).Format(h.layout())
	}
	for _, pick := range []func(int64) string{h.begins, first, h.between} {
		for at := from; at < to; at++ {
			text := pick(at)
			i := int(at - from)
			end := min(i+len(text)+1, len(line))
			if text != "" && strings.TrimSpace(string(line[max(i-1, 0):end])) == "" && i+len(text) <= max(int(to-from), h.columns) {
				copy(line[i:], []rune(text))
			}
		}
	}
	return strings.TrimRight(string(line), " ")
}

func (h *heatMap) at(column int64) time.Time {
	return time.Unix(0, h.m.At(column)).UTC()
}

// begins is the day, month or year of a column that is the first one of it.
func (h *heatMap) begins(column int64) string {
	text := h.at(column).Format(h.layout())
	if column == 0 || h.at(column-1).Format(h.layout()) == text {
		return ""
	}
	return text
}

func (h *heatMap) layout() string {
	switch step := time.Duration(h.m.Step); {
	case step > 7*24*time.Hour:
		return "2006"
	case step >= 24*time.Hour:
		return "2006-01"
	}
	return "01-02"
}

// between is what a column has that begins none of that: every sixth hour, of
// days the first of every seven.
func (h *heatMap) between(column int64) string {
	t := h.at(column)
	switch step := time.Duration(h.m.Step); {
	case step < 24*time.Hour && t.Hour()%6 == 0 && t.Hour() > 0:
		return t.Format("15h")
	case step == 24*time.Hour && t.Day()%7 == 1:
		return t.Format("02")
	}
	return ""
}

// legend explains the marks that were drawn.
func (h *heatMap) legend() {
	var items []string
	for i, s := range shades {
		if unit := " events"; h.seen[s] {
			if len(items) > 0 {
				unit = ""
			}
			items = append(items, string(s)+" "+term.Count(h.bounds[i])+"+"+unit)
		}
	}
	for _, e := range []struct {
		mark rune
		text string
	}{
		{markNone, "no activity, as digests say"},
		{markNoEvents, "no events, and not all logs are known"},
		{markUnproven, "proven, and beside it events in files that are not"},
		{markTampered, "logs or digests missing, altered or injected"},
		{markGap, "a gap: logs or digests are lacking"},
	} {
		if h.seen[e.mark] {
			items = append(items, string(e.mark)+" "+e.text)
		}
	}
	if h.seen[markUnknown] {
		items = append(items, "blank: no logs, no digest, nothing is known")
	}
	for _, e := range []struct {
		state coverage.DigestState
		text  string
	}{{coverage.DigestProven, "green: proven"}, {coverage.DigestAbsent, "magenta: no digest stands for all of it"}} {
		if h.style.On() && (h.painted[e.state] || e.state == coverage.DigestAbsent && h.painted[coverage.DigestPartial]) {
			items = append(items, e.text)
		}
	}
	line := ""
	for _, item := range items {
		if line != "" && output.Width(line)+3+output.Width(item) > h.width {
			h.dimmed(line)
			line = ""
		}
		if line != "" {
			line += "   "
		}
		line += item
	}
	h.dimmed(line)
}

// dimmed writes a line, in several where it is too long.
func (h *heatMap) dimmed(line string) {
	lines := []string{line}
	if output.Width(line) > h.width {
		lines = wrap(line, h.width)
	}
	for _, l := range lines {
		h.line(h.style.Dim(l))
	}
}
