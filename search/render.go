package search

import (
	"encoding/json"
	"strconv"
	"strings"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/parse"
	"ctlog/query/jq"
)

// silent: nothing is printed but counts or names.
func (w *worker) silent() bool { return w.CountOnly && !w.Dedupe || w.NamesOnly }

// print renders an event with its tokens as they are.
func (w *worker) print(raw []byte) {
	if w.silent() {
		w.part.n++
		return
	}
	e := w.current
	if w.Source {
		e = parse.Event{Raw: w.withSource(raw)}
	}
	switch {
	case w.Sink != nil:
		w.part.rows = w.appendMatch(w.part.rows, e.Raw, false)
	case w.made:
		w.part.rows = w.printer.AppendEvent(w.part.rows, e.Raw, &jq.Format{})
	case w.row != nil:
		w.part.rows = w.row.AppendEvent(w.part.rows, e)
	case w.verbatim && w.current.Compact():
		w.part.rows = append(w.part.rows, e.Raw...)
		w.endLine()
	default:
		w.part.rows = w.printer.AppendEvent(w.part.rows, e.Raw, &w.Values)
		w.endLine()
	}
	w.endRow(raw)
}

// printValue renders what a filter constructed.
func (w *worker) printValue(r *jq.Runner, v jq.Value) {
	if w.silent() {
		w.part.n++
		return
	}
	switch s, isText := r.Text(v); {
	case w.Sink != nil:
		w.scratch = r.Append(w.scratch[:0], v, &jq.Format{})
		w.part.rows = w.appendMatch(w.part.rows, w.scratch, true)
	case w.made:
		w.part.rows = r.Append(w.part.rows, v, &jq.Format{})
	case w.row != nil:
		w.scratch = r.Append(w.scratch[:0], v, &jq.Format{})
		if !w.Chosen && w.scratch[0] != '{' {
			w.loose.Store(true)
		}
		w.part.rows = w.row.Append(w.part.rows, w.scratch)
	case isText && w.Raw:
		w.part.rows = append(w.part.rows, w.harmless(s)...)
		w.endLine()
	default:
		w.part.rows = r.Append(w.part.rows, v, &w.Values)
		w.endLine()
	}
	w.endRow(w.current.Raw)
}

func (w *worker) endLine() {
	if w.Format == output.JSONL && !w.Join {
		w.part.rows = append(w.part.rows, '\n')
	}
}

// endRow notes where a row ends and what is needed to place it. Formats with
// something between their rows need that too.
func (w *worker) endRow(raw []byte) {
	w.part.n++
	if !w.positions {
		return
	}
	end := rowEnd{at: len(w.part.rows)}
	if w.ByTime {
		v, _ := parse.Field(raw, event.FieldTime)
		end.when = event.SortKey(v)
	}
	if w.Dedupe {
		id := event.ID(raw)
		if id != nil {
			id = parse.Text(nil, id)
		}
		w.part.ids.Add(id, raw)
	}
	w.part.ends = append(w.part.ends, end)
}

// withSource adds where an event was found, and what indicators hit it, as a
// last member.
func (w *worker) withSource(raw []byte) []byte {
	b := append(w.event[:0], raw...)
	end := len(b) - 1
	for end > 0 && b[end] != '}' {
		end--
	}
	b = b[:end]
	if c := parse.Inside(raw); hasMember(&c) {
		b = append(b, ',')
	}
	b = append(b, `"_source":{"file":`...)
	b = append(b, quoteJSON(w.file.Path)...)
	b = append(b, `,"offset":`...)
	b = strconv.AppendInt(b, w.current.Offset, 10)
	b = append(b, `,"index":`...)
	b = strconv.AppendInt(b, int64(w.current.Index), 10)
	if status := w.file.Judgement.Status; status != "" {
		b = append(append(append(b, `,"integrity":"`...), status...), '"')
	}
	if ind := w.Fields.Indicators; ind != nil {
		hits, _ := json.Marshal(ind.Names(raw))
		b = append(append(b, `,"indicators":`...), hits...)
	}
	w.event = append(b, '}', '}')
	return w.event
}

func hasMember(c *parse.Cursor) bool {
	_, _, ok := c.Member()
	return ok
}

func quoteJSON(s string) []byte {
	b, err := json.Marshal(strings.ToValidUTF8(s, "\ufffd"))
	if err != nil {
		return []byte(`""`)
	}
	return b
}

// harmless escapes text that goes to a terminal without quotes.
func (w *worker) harmless(s []byte) []byte {
	if !w.Terminal {
		return s
	}
	return []byte(term.EscapeLines(string(s)))
}
