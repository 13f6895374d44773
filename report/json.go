// Package report writes results for people and scripts. It decides nothing: the
// packages digest, detect, triage and coverage have, and what is drawn are their
// structs, whoever filled them.
//
// What a verification found is written as JSON lines for scripts (WriteJSON), as a
// summary for people (WriteSummary), and as a text for a case file and its twin in
// JSON (WriteCase, WriteCaseJSON); what rules found by WriteFindings; counts,
// timelines, profiles, lineages and maps as drawings of any width or as rows.
//
// Read json.go with jsonlines.go (the canonical stream), summary.go with
// verdict.go, files.go, chainfindings.go, proven.go and remedies.go (one section
// each), page.go (how text is laid out), and casefile.go. For drawings, rows.go
// (View, and data formats), then chart.go, profile.go, tree.go, map.go and
// mapfindings.go.
package report

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"ctlog/digest"
	"ctlog/internal/term"
)

// WriteJSON writes one object a line: digests and logs by key, what is beside
// them by path, findings, keys that proved something, and one summary. The same
// evidence gives the same bytes. safe is for terminals: what one might act on is
// then escaped.
func WriteJSON(w io.Writer, r *digest.Report, safe bool) error {
	out := bufio.NewWriter(w)
	e := json.NewEncoder(out)
	if safe {
		e = json.NewEncoder(escaping{out}) // which gets whole lines
	}
	e.SetEscapeHTML(false)
	if err := encode(e, r); err != nil {
		return err
	}
	return out.Flush()
}

func encode(e *json.Encoder, r *digest.Report) error {
	for it := range r.Items() {
		if err := e.Encode(newFileLine(it)); err != nil {
			return err
		}
	}
	for _, b := range r.Beside {
		if err := e.Encode(besideLine{b.Kind, b.Path, b.Reason}); err != nil {
			return err
		}
	}
	for i := range r.Findings {
		if err := e.Encode(newFindingLine(&r.Findings[i])); err != nil {
			return err
		}
	}
	for _, k := range r.Keys {
		if err := e.Encode(newKeyLine(k)); err != nil {
			return err
		}
	}
	return e.Encode(newSummaryLine(r))
}

// escaping makes JSON harmless for a terminal: what json.Encoder leaves as it
// is stands in strings.
type escaping struct{ w io.Writer }

func (e escaping) Write(p []byte) (int, error) {
	var out []byte
	for _, r := range string(p) {
		if r != '\n' && term.Unsafe(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	if _, err := e.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// sum is a hash as hex, "" when there is none.
func sum(s [32]byte) string {
	if s == ([32]byte{}) {
		return ""
	}
	return hex.EncodeToString(s[:])
}
