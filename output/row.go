package output

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/parse"
)

// Row renders rows of a tabular format. It belongs to one goroutine.
type Row struct {
	format   Format
	width    int
	fields   *event.Finder
	terminal bool
	text     []byte
}

// NewRow makes a renderer; terminal says that the result is shown on one.
func NewRow(f Format, c *event.Columns, terminal bool) *Row {
	return &Row{format: f, width: len(c.Names()), fields: c.Finder(), terminal: terminal}
}

// Append renders the fields of a JSON value as a row, its end included: those
// of an object, or, for what a filter constructed otherwise, the elements of
// an array or the value itself.
func (r *Row) Append(dst, value []byte) []byte {
	n := 0
	switch {
	case len(value) > 0 && value[0] == '{':
		return r.AppendEvent(dst, parse.Event{Raw: value})
	case len(value) > 0 && value[0] == '[':
		for c := parse.Inside(value); ; n++ {
			v, ok := c.Element()
			if !ok {
				break
			}
			dst = r.cell(dst, v, n)
		}
	default:
		dst = r.cell(dst, value, 0)
	}
	return r.end(dst)
}

// AppendEvent is Append for an event, of which it may be known where its members
// begin.
func (r *Row) AppendEvent(dst []byte, e parse.Event) []byte {
	r.fields.Find(e)
	for i := range r.width {
		dst = r.cell(dst, r.fields.Value(i), i)
	}
	return r.end(dst)
}

func (r *Row) end(dst []byte) []byte {
	if r.format == CSV {
		return append(dst, '\r', '\n')
	}
	return append(dst, '\n')
}

// cell separates a table's cells by tabs too: they are escaped within.
func (r *Row) cell(dst, raw []byte, i int) []byte {
	if i > 0 && r.format == CSV {
		dst = append(dst, ',')
	} else if i > 0 {
		dst = append(dst, '\t')
	}
	s := r.plain(raw)
	switch r.format {
	case CSV:
		return appendCSV(dst, r.harmless(s))
	case Table:
		return append(dst, term.Escape(string(s))...)
	}
	return append(dst, r.harmless(parse.AppendTSV(nil, s))...)
}

// harmless escapes what a terminal would act on, line feeds and tabs aside,
// which the format itself deals with.
func (r *Row) harmless(s []byte) []byte {
	if !r.terminal || bytes.IndexFunc(s, term.Unsafe) < 0 {
		return s
	}
	var out []byte
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRune(s[i:])
		if c == '\t' || c == '\n' {
			out = append(out, s[i])
		} else {
			out = append(out, term.Escape(string(s[i:i+n]))...)
		}
		i += n
	}
	return out
}

// plain is the text of a cell: a string's own, nothing for null and what is
// absent, JSON for the rest.
func (r *Row) plain(raw []byte) []byte {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil
	case raw[0] == '"':
		r.text = parse.AppendText(r.text[:0], raw)
		return r.text
	case raw[0] == '{' || raw[0] == '[':
		r.text = parse.Compact(r.text[:0], raw)
		return r.text
	}
	return raw
}

// appendCSV quotes by RFC 4180 where needed. A cell that a spreadsheet would
// take for a formula gets a ' in front, as OWASP advises.
func appendCSV(dst, s []byte) []byte {
	formula := isFormula(s)
	if !formula && !bytes.ContainsAny(s, "\",\r\n") && (len(s) == 0 || s[0] != ' ') {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	if formula {
		dst = append(dst, '\'')
	}
	for _, c := range s {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// isFormula: also of what begins with tab, CR or LF, and in full width, which
// some spreadsheets read as they read = + - @.
func isFormula(s []byte) bool {
	r, _ := utf8.DecodeRune(s)
	return len(s) > 0 && strings.ContainsRune("=+-@\t\r\n＝＋－＠", r)
}

func csvHeader(names []string) []byte {
	var out []byte
	for i, n := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendCSV(out, []byte(n))
	}
	return append(out, '\r', '\n')
}
