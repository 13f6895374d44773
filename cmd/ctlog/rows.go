package main

import (
	"bufio"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/query/jq"
)

// rows prints rows that are given as JSON: of arrays the values stand in the
// order of the columns, objects are for JSON.
type rows struct {
	*survey
	out     *bufio.Writer
	writer  output.Writer
	row     *output.Row
	printer *jq.Runner
	values  jq.Format
	buf     []byte
}

// rows begins a result with these columns.
func (s *survey) rows(columns string) (*rows, error) {
	c, err := event.ParseColumns(columns)
	if err != nil {
		return nil, err
	}
	plain, err := jq.Compile(".", jq.Options{})
	if err != nil {
		return nil, err
	}
	terminal := term.IsTerminal(s.out)
	r := &rows{survey: s, out: bufio.NewWriterSize(s.out, 64<<10), printer: plain.Runner(s.app.ctx)}
	r.writer = output.NewWriter(r.out, s.format, c, term.Width(s.out), s.style())
	r.values = jq.Format{Colour: s.style().On(), Safe: terminal}
	if s.format.Tabular() {
		r.row = output.NewRow(s.format, c, terminal)
	}
	return r, nil
}

// write prints one row.
func (r *rows) write(json []byte) error {
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

// close writes what comes last.
func (r *rows) close() error {
	return r.survey.finish(r.writer.Close(), r.out.Flush())
}
