package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/parse"
	"ctlog/triage"
)

// WriteCounts writes how often each value came, a row for each.
func WriteCounts(w io.Writer, c *triage.Counts, f output.Format, v View) error {
	return writeRows(w, f, v, triage.Row{}, slices.Values(c.Rows), func(r *record, row triage.Row) {
		if r.object {
			r.fields(c.Fields, row.Key)
		}
		r.number("count", row.Count)
		if c.Summed {
			r.number("sum", row.Bytes)
		}
		if !r.object { // what is read first stands first
			r.fields(c.Fields, row.Key)
		}
		r.time("first", row.First)
		r.time("last", row.Last)
	})
}

// WriteTimeline draws a timeline: a bar for every bucket, or, if it is by
// fields, a line for every value. In other formats than output.Table it writes
// the buckets that have events, a row for each.
func WriteTimeline(w io.Writer, t *triage.Timeline, f output.Format, v View) error {
	if f != output.Table {
		return writeRows(w, f, v, triage.Point{}, slices.Values(t.Points), func(r *record, p triage.Point) {
			r.time("bucket", p.Start)
			r.fields(t.Fields, p.Key)
			r.number("count", p.Count)
			r.number("errors", p.Errors)
			r.time("first", p.First)
			r.time("last", p.Last)
		})
	}
	d := newTextView(w, v, t.Step)
	if len(t.Fields) == 0 {
		d.bars(t.Points)
	} else {
		d.sparklines(t)
	}
	return d.out.Flush()
}

// textView is a result drawn in text, as wide as the terminal.
type textView struct {
	out   *bufio.Writer
	style term.Style
	width int
	all   bool   // nothing is left out
	rest  string // where what is left out is shown
	step  int64  // nanoseconds a bucket
}

// PlainWidth is how wide a drawing is that does not go to a terminal.
const PlainWidth = 80

func newTextView(w io.Writer, v View, step time.Duration) *textView {
	return &textView{out: bufio.NewWriter(w), style: v.Style, width: cmp.Or(v.Width, PlainWidth), all: v.All, rest: v.More, step: int64(step)}
}

func (d *textView) line(text string) {
	d.out.WriteString(strings.TrimRight(text, " ") + "\n")
}

// start is how the beginning of a bucket is written.
func (d *textView) start(ns int64) string {
	layout := time.RFC3339
	switch step := time.Duration(d.step); {
	case ns == event.NoTime:
		return "no time"
	case step%(24*time.Hour) == 0:
		layout = "2006-01-02"
	case step%time.Minute == 0:
		layout = "2006-01-02T15:04Z"
	}
	return time.Unix(0, ns).UTC().Format(layout)
}

// fewEmpty is how many buckets without events are drawn one by one.
const fewEmpty = 3

// bars draws a bar for every bucket.
func (d *textView) bars(points []triage.Point) {
	if len(points) == 0 {
		return
	}
	var most, errors int64
	for _, p := range points {
		most, errors = max(most, p.Count), max(errors, p.Errors)
	}
	label := max(len("bucket"), len(d.start(points[0].Start)), len("no time"))
	n := d.numbers(label, most, errors)
	row := func(start, count, errors int64) {
		d.line(padRight(d.start(start), label) + n.text(d, count, errors) + d.bar(count, errors, most, n.room))
	}
	d.line(d.style.Bold(padRight("bucket", label) + n.header()))
	for i, p := range points {
		if i > 0 && p.Start != event.NoTime {
			d.gap(points[i-1].Start+d.step, p.Start, row)
		}
		row(p.Start, p.Count, p.Errors)
	}
}

// numbers is how the columns between a label and a picture are set: events,
// errors and their share.
type numbers struct {
	events, errors, share int // widths; the share gives way on a narrow terminal
	room                  int // for the picture
}

// Pictures are not drawn smaller than that, and shares only beside larger ones.
const (
	smallest = 4
	small    = 10
)

func (d *textView) numbers(label int, most, errors int64) numbers {
	n := numbers{events: max(len("events"), digits(most)), errors: max(len("errors"), digits(errors)), share: len("100%")}
	n.room = d.width - label - n.events - n.errors - n.share - 8
	if n.room < small {
		n.room += n.share + 2
		n.share = 0
	}
	n.room = max(n.room, smallest)
	return n
}

func (n numbers) header() string {
	text := fmt.Sprintf("  %*s  %*s  ", n.events, "events", n.errors, "errors")
	if n.share > 0 {
		text += padRight("", n.share+2)
	}
	return text
}

func (n numbers) text(d *textView, events, errors int64) string {
	text := fmt.Sprintf("%*d", n.errors, errors)
	if n.share > 0 {
		text += fmt.Sprintf("  %*s", n.share, share(errors, events))
	}
	if errors > 0 {
		text = d.style.Error(text)
	}
	return fmt.Sprintf("  %*d  %s  ", n.events, events, text)
}

// padRight and padLeft fill a text up to a width, behind it and before it.
func padRight(text string, width int) string { return text + missing(text, width) }

func padLeft(text string, width int) string { return missing(text, width) + text }

func missing(text string, width int) string {
	return strings.Repeat(" ", max(width-output.Width(text), 0))
}

// gap draws the buckets without events from one time up to another.
func (d *textView) gap(from, to int64, row func(start, count, errors int64)) {
	n := (to - from) / d.step
	if n > fewEmpty {
		d.line(d.style.Dim(fmt.Sprintf("  … %s × nothing", term.Count(n))))
		return
	}
	for ; from < to; from += d.step {
		row(from, 0, 0)
	}
}

var eighths = []rune(" ▏▎▍▌▋▊▉█")

// bar is a bar of up to width columns; the part of the errors is coloured, or,
// where there is no colour, lighter.
func (d *textView) bar(n, errors, most int64, width int) string {
	if n == 0 {
		return ""
	}
	fill := max(1, int(float64(n)/float64(most)*float64(8*width)+0.5))
	bar := []rune(strings.Repeat("█", fill/8))
	if fill%8 > 0 {
		bar = append(bar, eighths[fill%8])
	}
	bad := int(float64(errors)/float64(n)*float64(len(bar)) + 0.5)
	if errors > 0 {
		bad = max(bad, 1)
	}
	if bad == 0 {
		return string(bar)
	}
	if !d.style.On() {
		return strings.Repeat("▒", bad) + string(bar[bad:])
	}
	return d.style.Error(string(bar[:bad])) + string(bar[bad:])
}

// sparklines draws a line for every value.
func (d *textView) sparklines(t *triage.Timeline) {
	if len(t.Points) == 0 {
		return
	}
	first, last, timed := triage.Span(t.Points)
	lines := triage.Lines(t.Points)
	label, most, errors := d.labels(lines, t.Fields)
	n := d.numbers(label, most, errors)
	axis := ""
	if timed {
		if axis = d.start(first) + " … " + d.start(last); output.Width(axis) > n.room {
			axis = output.Fit(d.start(first)+" …", n.room)
		}
	}
	fitted := func(name string) string { return padRight(output.Fit(name, label), label) }
	d.line(d.style.Bold(fitted(strings.Join(t.Fields, " ")) + n.header() + axis))
	for _, l := range lines {
		chart := ""
		if timed {
			chart = d.sparkline(l.Points, first, last, n.room)
		}
		d.line(fitted(keyText(l.Key)) + n.text(d, l.Count, l.Errors) + chart)
	}
}

// labels gives the width of the values and the largest numbers. The values get
// up to half of the line or so.
func (d *textView) labels(lines []triage.Line, names []string) (width int, most, errors int64) {
	width = output.Width(strings.Join(names, " "))
	for _, l := range lines {
		width = max(width, output.Width(keyText(l.Key)))
		most, errors = max(most, l.Count), max(errors, l.Errors)
	}
	return max(min(width, d.width*3/5-10), 10), most, errors
}

var heights = []rune(" ▁▂▃▄▅▆▇█")

// sparkline draws the course of one value in up to width columns, each of them one
// bucket or several.
func (d *textView) sparkline(points []triage.Point, first, last int64, width int) string {
	buckets := (last-first)/d.step + 1
	each := (buckets + int64(width) - 1) / int64(width)
	columns := make([]int64, (buckets+each-1)/each)
	var most int64
	for _, p := range points {
		if p.Start == event.NoTime {
			continue
		}
		at := (p.Start - first) / d.step / each
		columns[at] += p.Count
		most = max(most, columns[at])
	}
	var b strings.Builder
	if most == 0 {
		return "" // no event of it has a time
	}
	for _, n := range columns {
		b.WriteRune(heights[(8*n+most-1)/most])
	}
	return b.String()
}

// keyText is how the values of a key read.
func keyText(key []byte) string {
	var texts []string
	for _, v := range event.Values(key) {
		switch {
		case string(v) == "null":
			texts = append(texts, "-")
		case parse.IsString(v):
			texts = append(texts, term.Escape(string(parse.Text(nil, v))))
		default:
			texts = append(texts, term.Escape(string(v)))
		}
	}
	return strings.Join(texts, " ")
}

// share says what part is errors; there is nothing to say of none.
func share(errors, n int64) string {
	switch {
	case errors == 0:
		return ""
	case 100*errors < n:
		return "<1%"
	}
	return strconv.FormatInt(100*errors/n, 10) + "%"
}

func digits(n int64) int { return len(decimal(n)) }

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
