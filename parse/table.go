package parse

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
)

// maxHeader is how long the first line of a table may be.
const maxHeader = 64 << 10

// table goes through a table, if the content is one: it begins with the name of
// a column, in quotes or not, its first line has no brace, and its second does
// not begin with one unless the first is known to name columns.
func (s *shapes) table() bool {
	c, _ := s.w.peek()
	if c != '"' && c != '_' && c != '@' && (c|0x20 < 'a' || c|0x20 > 'z') {
		return false
	}
	header, rows, ok := bytes.Cut(s.w.ahead(maxHeader), []byte("\n"))
	if !ok || bytes.IndexByte(header, '{') >= 0 {
		return false
	}
	comma := delimiter(header)
	if bytes.HasPrefix(rows, []byte("{")) {
		if !knownHeader(splitHeader(header, comma)) {
			return false
		}
		s.w.pos += len(header) + 1
		s.rawRows()
		return true
	}
	t := &tableReader{s: s, comma: comma}
	t.read()
	return true
}

// delimiter is what separates the columns of a header.
func delimiter(header []byte) rune {
	switch {
	case bytes.IndexByte(header, '\t') >= 0:
		return '\t'
	case bytes.IndexByte(header, ',') < 0 && bytes.IndexByte(header, ';') >= 0:
		return ';'
	}
	return ','
}

// splitHeader gives the names in a header line.
func splitHeader(line []byte, comma rune) []string {
	r := csv.NewReader(bytes.NewReader(line))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = comma, true, -1
	names, _ := r.Read()
	return names
}

// rawRows goes through rows that begin with an event that is not in quotes,
// whatever follows it in the line.
func (s *shapes) rawRows() {
	for {
		c, ok := s.w.peek()
		switch {
		case !ok:
			s.finish()
			return
		case c != '{':
			if !s.fail(&Error{Err: ErrNotEvent, Offset: s.w.offset(), Detail: "a row that does not begin with an event"}) {
				return
			}
		default:
			at := s.w.offset()
			raw, err := s.w.value()
			if err != nil && !s.fail(err) || err == nil && !s.give(raw, at) {
				return
			}
		}
		s.w.nextLine()
	}
}

// tableReader gives the events of a table: of each row the cell that is one, or
// one that is put together from the columns.
type tableReader struct {
	s       *shapes
	comma   rune
	columns *columns // nil until the header was met
	rows    int64
	found   bool
	header  []string // the first row, for what is said of a table without events
}

func (t *tableReader) read() {
	s := t.s
	start := s.w.offset()
	in := &windowReader{w: s.w}
	r := csv.NewReader(in)
	r.Comma, r.ReuseRecord, r.FieldsPerRecord, r.LazyQuotes = t.comma, true, -1, true
	for {
		at := start + r.InputOffset()
		in.left = s.w.body.d.limits.Event
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			s.fail(tableError(err, at))
			return
		}
		if !t.row(row, at) {
			return
		}
	}
	t.end()
}

// headerRows is how many rows may come before the header: CloudTrail Lake writes
// the query into the first.
const headerRows = 2

// row takes a row of the table.
func (t *tableReader) row(row []string, at int64) bool {
	t.rows++
	if t.rows == 1 {
		t.header = slices.Clone(row)
	}
	if t.columns == nil && t.rows <= headerRows {
		if t.columns = newColumns(row); t.columns != nil {
			return true
		}
	}
	if cell := t.columns.event(row); cell != "" {
		t.found = true
		return t.s.cell(cell, at)
	}
	if !t.columns.full() {
		return true
	}
	t.found = true
	t.s.text = t.columns.appendEvent(t.s.text[:0], row)
	if t.columns.made == 1 {
		t.s.w.body.remark = t.columns.remark()
	}
	return t.s.give(t.s.text, at)
}

// cell gives the event in a cell, or in the envelope there.
func (s *shapes) cell(cell string, at int64) bool {
	s.text = append(s.text[:0], strings.TrimSpace(cell)...)
	if err := Valid(s.text); err != nil {
		return s.fail(&Error{Err: ErrSyntax, Offset: at, Detail: "the row that begins here holds no valid event"})
	}
	if detail, ok := Field(s.text, "detail"); ok && !isEvent(s.text) && isEvent(detail) {
		return s.give(detail, at)
	}
	return s.give(s.text, at)
}

// end says what is to be said of the whole table.
func (t *tableReader) end() {
	s := t.s
	s.w.body.remark = t.columns.remark()
	if t.found || s.w.end() != nil || t.columns.full() {
		s.finish()
		return
	}
	detail := "neither JSON nor a supported CSV"
	if len(t.header) > 1 {
		detail = "a table without events: its columns are " + shortList(t.header)
	}
	s.fail(&Error{Err: ErrSyntax, Offset: 0, Detail: detail, Fatal: true})
}

// shortList names the first of names.
func shortList(names []string) string {
	short := names[:min(len(names), someKeys)]
	var b strings.Builder
	for i, n := range short {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(shortKey(n))
	}
	if len(names) > someKeys {
		b.WriteString(", …")
	}
	return b.String()
}

func tableError(err error, at int64) *Error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return &Error{Err: ErrSyntax, Offset: at, Detail: p.Err.Error(), Fatal: true}
	}
	return &Error{Err: err, Offset: at, Detail: "the row that begins here", Fatal: true}
}

// windowReader reads what is left of a window, but no row without end.
type windowReader struct {
	w    *window
	left int64 // what the current row may still take
}

func (r *windowReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, ErrTooLarge
	}
	if r.w.pos == len(r.w.buf) && !r.w.more() {
		return 0, io.EOF
	}
	n := copy(p, r.w.buf[r.w.pos:])
	r.w.pos += n
	r.left -= int64(n)
	return n, nil
}
