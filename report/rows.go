package report

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"iter"
	"strconv"
	"strings"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/query/jq"
	"ctlog/triage"
)

// View is how results look: in text, and as rows. The zero View is plain text
// for a file.
type View struct {
	Width    int        // columns of the terminal; 0 is PlainWidth for drawings, and no limit for tables
	Style    term.Style // colour
	Terminal bool       // values of JSON are made harmless; text always is
	More     string     // where what a drawing leaves out is shown
	All      bool       // nothing is left out of drawings
}

// RowWriter prints rows that are given as JSON, in any format but CloudTrail's:
// an array has the values in the order of the columns, an object is for JSON.
type RowWriter struct {
	out     *bufio.Writer
	writer  output.Writer
	row     *output.Row
	printer *jq.Runner
	values  jq.Format
	format  output.Format
	buf     []byte
}

// NewRowWriter begins a result with these columns, a list as
// event.ParseColumns reads it.
func NewRowWriter(w io.Writer, f output.Format, columns string, v View) (*RowWriter, error) {
	c, err := event.ParseColumns(columns)
	if err != nil {
		return nil, err
	}
	identity, err := jq.Compile(".", jq.Options{})
	if err != nil {
		return nil, err
	}
	r := &RowWriter{out: bufio.NewWriterSize(w, 64<<10), format: f, printer: identity.Runner(context.Background())}
	r.writer = output.NewWriter(r.out, f, c, v.Width, v.Style)
	r.values = jq.Format{Colour: v.Style.On(), Safe: v.Terminal}
	if f.Tabular() {
		r.row = output.NewRow(f, c, v.Terminal)
	}
	return r, nil
}

// Write prints one row.
func (r *RowWriter) Write(json []byte) error {
	if r.row != nil {
		r.buf = r.row.Append(r.buf[:0], json)
	} else {
		r.buf = r.printer.AppendEvent(r.buf[:0], json, &r.values)
	}
	if r.format == output.JSONL {
		r.buf = append(r.buf, '\n')
	}
	return r.writer.Write(r.buf)
}

// Close writes what comes last.
func (r *RowWriter) Close() error { return cmp.Or(r.writer.Close(), r.out.Flush()) }

// record builds rows: members that are named as they are added, so that columns
// and cells cannot come apart. The header is the names of a row of nothing.
type record struct {
	object bool // for JSON; other formats get arrays
	buf    []byte
	names  []string
	heads  bool // names are wanted
}

// key begins a member.
func (r *record) key(name string) {
	if r.heads {
		r.names = append(r.names, name)
	}
	if len(r.buf) > 1 {
		r.buf = append(r.buf, ',')
	}
	if r.object {
		r.buf = append(event.AppendString(r.buf, name), ':')
	}
}

func (r *record) raw(name string, value []byte) {
	r.key(name)
	r.buf = append(r.buf, value...)
}

func (r *record) number(name string, n int64) {
	r.key(name)
	r.buf = strconv.AppendInt(r.buf, n, 10)
}

func (r *record) bool(name string, b bool) {
	r.key(name)
	r.buf = strconv.AppendBool(r.buf, b)
}

func (r *record) time(name string, ns int64) {
	r.key(name)
	r.buf = event.AppendTime(r.buf, ns)
}

// text is null where there is none.
func (r *record) text(name, s string) {
	r.key(name)
	r.buf = event.AppendStringOrNull(r.buf, s)
}

func (r *record) texts(name string, list []string) {
	r.key(name)
	r.buf = append(r.buf, '[')
	for i, s := range list {
		if i > 0 {
			r.buf = append(r.buf, ',')
		}
		r.buf = event.AppendString(r.buf, s)
	}
	r.buf = append(r.buf, ']')
}

// values are the texts of values.
func (r *record) values(name string, list []triage.Value) {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = v.Text
	}
	r.texts(name, texts)
}

// fields adds the values of a key, each under its field's name.
func (r *record) fields(names []string, key []byte) {
	if r.heads || r.object {
		for i, v := range fieldValues(names, key) {
			r.raw(names[i], v)
		}
		return
	}
	if len(names) > 0 {
		r.raw("", key)
	}
}

// fieldValues are the values of a key, null where there is no key.
func fieldValues(names []string, key []byte) [][]byte {
	if len(key) > 0 {
		return event.Values(key)[:len(names)]
	}
	values := make([][]byte, len(names))
	for i := range values {
		values[i] = []byte("null")
	}
	return values
}

// begin starts a row over, end gives it.
func (r *record) begin() {
	r.buf = append(r.buf[:0], '[')
	if r.object {
		r.buf[0] = '{'
	}
}

func (r *record) end() []byte {
	if r.object {
		r.buf = append(r.buf, '}')
	} else {
		r.buf = append(r.buf, ']')
	}
	return r.buf
}

// writeRows prints a row for each of rows; add says what is in one. none is a
// row of nothing, whose names are the columns.
func writeRows[T any](w io.Writer, f output.Format, v View, none T, rows iter.Seq[T], add func(*record, T)) error {
	head := record{heads: true}
	head.begin()
	add(&head, none)
	out, err := NewRowWriter(w, f, strings.Join(head.names, ","), v)
	if err != nil {
		return err
	}
	row := record{object: !f.Tabular()}
	for one := range rows {
		row.begin()
		add(&row, one)
		if err := out.Write(row.end()); err != nil {
			return err
		}
	}
	return out.Close()
}
