package output

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/parse"
)

// madeRows is how many rows are looked at to choose the columns of what a filter
// makes.
const madeRows = 100

// Made writes rows of a tabular format whose columns are the keys of the objects
// that are written. Its Write takes JSON values. Events have the columns that
// events have by default, and so has what is not an object.
type Made struct {
	format   Format
	plain    *event.Columns // of events
	terminal bool
	open     func(*event.Columns) Writer

	held   [][]byte
	row    *Row
	writer Writer
	names  []string
	buf    []byte

	loose bool   // something is not an object
	extra string // the first key of a later row that has no column
}

// NewMade makes a writer; events are the columns of events.
func NewMade(w io.Writer, f Format, events *event.Columns, width int, style term.Style, terminal bool) *Made {
	return &Made{format: f, plain: events, terminal: terminal, open: func(c *event.Columns) Writer { return NewWriter(w, f, c, width, style) }}
}

// Loose reports whether there were values that are not what the columns are about.
func (m *Made) Loose() bool { return m.loose }

// Extra is a key that came too late to have a column, "" when there is none.
func (m *Made) Extra() string { return m.extra }

// Write takes one JSON value.
func (m *Made) Write(value []byte) error {
	if m.writer != nil {
		return m.render(value)
	}
	m.held = append(m.held, bytes.Clone(value))
	if len(m.held) < madeRows {
		return nil
	}
	return m.begin()
}

// Close writes what is held and what belongs behind the last row.
func (m *Made) Close() error {
	if m.writer == nil {
		if err := m.begin(); err != nil {
			return err
		}
	}
	return m.writer.Close()
}

// begin chooses the columns and writes what is held.
func (m *Made) begin() error {
	columns := m.plain
	if names := m.keys(); len(names) > 0 {
		var list []event.Column
		for _, name := range names {
			list = append(list, m.column(name))
		}
		columns = event.NewColumns(list...)
	}
	m.names = columns.Names()
	m.row, m.writer = NewRow(m.format, columns, m.terminal), m.open(columns)
	for _, value := range m.held {
		if err := m.render(value); err != nil {
			return err
		}
	}
	m.held = nil
	return nil
}

// column is the one of events by that name, or else a key as it stands, dots and
// all.
func (m *Made) column(name string) event.Column {
	if i := slices.Index(m.plain.Names(), name); i >= 0 {
		return m.plain.Column(i)
	}
	return event.Key(name)
}

// keys are those of the objects that are held, in the order in which they come;
// among events stand theirs, first.
func (m *Made) keys() (names []string) {
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	events := false
	for _, value := range m.held {
		if events = events || isEvent(value); events {
			names = slices.Clone(m.plain.Names())
			break
		}
	}
	for _, value := range m.held {
		if isEvent(value) {
			eachKey(value, func(name string) {
				if !ofEvents[name] {
					add(name)
				}
			})
		} else {
			eachKey(value, add)
		}
	}
	return names
}

// ofEvents are the members of events, with what grep adds.
var ofEvents = func() map[string]bool {
	names := map[string]bool{"_source": true}
	for _, path := range event.Fields() {
		name, _, _ := strings.Cut(path, ".")
		names[name] = true
	}
	return names
}()

// isEvent reports whether a value is an event, as it was or with something added.
func isEvent(value []byte) bool {
	for _, name := range []string{event.FieldTime, event.FieldSource, event.FieldName, event.FieldIdentity} {
		if _, ok := parse.Field(value, name); !ok {
			return false
		}
	}
	return true
}

func eachKey(value []byte, each func(string)) {
	if len(value) == 0 || value[0] != '{' {
		return
	}
	for c := parse.Inside(value); ; {
		key, _, ok := c.Member()
		if !ok {
			return
		}
		each(string(parse.Text(nil, key)))
	}
}

func (m *Made) render(value []byte) error {
	switch {
	case len(value) == 0 || value[0] != '{':
		m.loose = true
	case m.extra == "" && !isEvent(value):
		eachKey(value, func(name string) {
			if m.extra == "" && !slices.Contains(m.names, name) {
				m.extra = name
			}
		})
	}
	m.buf = m.row.Append(m.buf[:0], value)
	return m.writer.Write(bytes.Clone(m.buf))
}
