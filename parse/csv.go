package parse

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
)

// maxHeader is how long the first line of a table may be.
const maxHeader = 64 << 10

// isCSV tells a table of query results from JSON: it begins with the name of a
// column, in quotes or not, its first line has no brace, and its second does
// not begin with one.
func isCSV(c byte, w *window) bool {
	if c != '"' && (c|0x20 < 'a' || c|0x20 > 'z') {
		return false
	}
	head, rows, ok := bytes.Cut(w.ahead(maxHeader), []byte("\n"))
	return ok && bytes.IndexByte(head, '{') < 0 && !bytes.HasPrefix(rows, []byte("{"))
}

// csv gives the events of a table: the first cell of each row that holds a
// JSON object. A table without any is no evidence.
func (s *shapes) csv() {
	start, found := s.w.offset(), false
	in := &windowReader{w: s.w}
	r := csv.NewReader(in)
	r.ReuseRecord, r.FieldsPerRecord, r.LazyQuotes = true, -1, true
	for {
		at := start + r.InputOffset()
		in.left = s.w.body.d.limits.Event
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			s.fail(csvError(err, at))
			return
		}
		cell := jsonCell(row)
		if cell == "" {
			continue
		}
		found = true
		if !s.row(cell, at) {
			return
		}
	}
	if !found && s.w.end() == nil {
		s.fail(&Error{Err: ErrSyntax, Offset: 0, Detail: "neither JSON nor a table with events in it", Fatal: true})
		return
	}
	s.finish()
}

func csvError(err error, at int64) *Error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return &Error{Err: ErrSyntax, Offset: at, Detail: p.Err.Error(), Fatal: true}
	}
	return &Error{Err: err, Offset: at, Detail: "the row that begins here", Fatal: true}
}

func jsonCell(row []string) string {
	for _, cell := range row {
		if len(cell) > 1 && cell[0] == '{' && cell[len(cell)-1] == '}' {
			return cell
		}
	}
	return ""
}

func (s *shapes) row(cell string, at int64) bool {
	s.text = append(s.text[:0], cell...)
	if err := Valid(s.text); err != nil {
		return s.fail(&Error{Err: ErrSyntax, Offset: at, Detail: "the row that begins here holds no valid event"})
	}
	return s.give(s.text, at)
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
