package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"ctlog/digest"
	"ctlog/internal/term"
)

// atMost is how many of one kind the summary names.
const atMost = 20

// columns is how wide text is. Names and commands are not broken: one would
// copy them.
const columns = 80

// page is a text in the making; errors of the writer come out at Flush.
type page struct {
	w *bufio.Writer
	r *digest.Report
	o Options

	folder string          // of the file that was named last in this section
	twice  map[string]bool // keys that several files are about
}

func newPage(w io.Writer, r *digest.Report, o Options) *page {
	p := &page{w: bufio.NewWriter(w), r: r, o: o, twice: map[string]bool{}}
	last := ""
	for it := range r.Items() {
		if it.Key == last {
			p.twice[it.Key] = true
		}
		last = it.Key
	}
	return p
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

func (p *page) title(text string) {
	p.folder = ""
	p.line("")
	p.line("%s", p.o.Style.Bold(text))
}

// hang writes text behind a label that is width columns wide, colours aside;
// what does not fit goes below the text.
func (p *page) hang(label string, width int, format string, args ...any) {
	at := width
	fmt.Fprint(p.w, label)
	for i, word := range strings.Split(term.Escape(fmt.Sprintf(format, args...)), " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > columns:
			fmt.Fprint(p.w, "\n", strings.Repeat(" ", width))
			at = width
		default:
			fmt.Fprint(p.w, " ")
			at++
		}
		fmt.Fprint(p.w, word)
		at += n
	}
	fmt.Fprintln(p.w)
}

// indented is hang without a label.
func (p *page) indented(width int, format string, args ...any) {
	p.hang(strings.Repeat(" ", width), width, format, args...)
}

// labelled is a line of a list: what it is, and what is to be said of it.
func (p *page) labelled(label string, paint func(string) string, format string, args ...any) {
	p.hang("  "+paint(fmt.Sprintf("%-12s", label))+"  ", labelWidth, format, args...)
}

// labelWidth is where the text of a labelled line begins.
const labelWidth = 16

// name makes a name from evidence harmless.
func name(s string) string { return term.Escape(s) }

// bounded is a list of which a summary shows the first ones only.
type bounded struct {
	p    *page
	most int // 0: all
	n    int
}

func (p *page) bounded() *bounded {
	if p.o.Verbose {
		return &bounded{p: p}
	}
	return &bounded{p: p, most: atMost}
}

// next reports whether another one is shown.
func (b *bounded) next() bool {
	b.n++
	return b.most == 0 || b.n <= b.most
}

// end says how many were not shown.
func (b *bounded) end(width int, what string) {
	if b.most > 0 && b.n > b.most {
		b.p.indented(width, "… and %s; --verbose or --json names them", term.Count(int64(b.n-b.most))+" more "+what)
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
