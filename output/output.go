// Package output writes results in the formats that people and tools ask for:
// JSON lines, one JSON array, a document that other tools read as CloudTrail
// logs, and rows as TSV, CSV or an aligned table.
//
// A Row turns one event into the bytes of its row and belongs to one worker; a
// Writer puts rows together and belongs to whoever has them in order. So the
// workers render in parallel and the order stays that of the evidence.
//
// Order of reading: output.go (formats and writers), row.go (the bytes of a row);
// then table.go (widths, chosen from the first rows) and cut.go (what gives way
// where they do not fit).
package output

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"ctlog/event"
	"ctlog/internal/term"
)

// Format is a format of results.
type Format string

const (
	JSONL   Format = "jsonl"
	JSON    Format = "json"
	Records Format = "records"
	TSV     Format = "tsv"
	CSV     Format = "csv"
	Table   Format = "table"
)

// DefaultFields suit triage: when, what, who, from where, and whether it
// failed. user is the best name that userIdentity gives.
const DefaultFields = "eventTime,eventSource,eventName,user,sourceIPAddress,awsRegion,errorCode"

// NarrowFields are those of a table on a terminal narrower than NarrowWidth,
// where of seven none could be read.
const (
	NarrowFields = "eventTime,eventName,user,sourceIPAddress,errorCode"
	NarrowWidth  = 120
)

// Formats lists them all, for messages and completion.
var Formats = []string{string(JSONL), string(JSON), string(TSV), string(CSV), string(Table), string(Records)}

// ParseFormat checks a format's name.
func ParseFormat(s string) (Format, error) {
	if slices.Contains(Formats, s) {
		return Format(s), nil
	}
	return "", fmt.Errorf("unknown output format %q; choose one of %s", s, strings.Join(Formats, ", "))
}

// Tabular reports whether a format has rows of fields.
func (f Format) Tabular() bool { return f == TSV || f == CSV || f == Table }

// Writer puts rows together. Its methods give the first error of the stream
// below it.
type Writer interface {
	// Write takes one row as a Row rendered it, which it may keep.
	Write(row []byte) error
	// Close writes what belongs behind the last row.
	Close() error
}

// NewWriter begins a result in format f on w. Nothing is written before the
// first row or Close. columns is for tabular formats, width for tables: the
// columns of the terminal, 0 for no limit, and style too.
func NewWriter(w io.Writer, f Format, columns *event.Columns, width int, style term.Style) Writer {
	switch f {
	case JSON:
		return &framed{w: w, before: "[", between: ",\n", after: "]\n"}
	case Records:
		return &framed{w: w, before: `{"Records":[`, between: ",\n", after: "]}\n"}
	case TSV:
		return &framed{w: w, before: strings.Join(columns.Names(), "\t") + "\n"}
	case CSV:
		return &framed{w: w, before: string(csvHeader(columns.Names()))}
	case Table:
		return &table{w: w, columns: columns, width: width, style: style}
	}
	return &framed{w: w}
}

// framed writes rows with something before, between and after them.
type framed struct {
	w                      io.Writer
	before, between, after string
	begun                  bool
}

func (f *framed) Write(row []byte) error {
	sep := f.between
	if !f.begun {
		sep, f.begun = f.before, true
	}
	if sep != "" {
		if _, err := io.WriteString(f.w, sep); err != nil {
			return err
		}
	}
	_, err := f.w.Write(row)
	return err
}

func (f *framed) Close() error {
	s := f.after
	if !f.begun {
		s = f.before + f.after
	}
	if s == "" {
		return nil
	}
	_, err := io.WriteString(f.w, s)
	return err
}
