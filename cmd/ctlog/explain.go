package main

import (
	"errors"
	"fmt"
	"strings"

	"ctlog/query/jq"
	"ctlog/search"
)

// explain says how a search would be done: what bytes are asked for, what
// evaluates.
func (a *app) explain(in *grepInput, s *search.Search) error {
	lines := []string{explained("runs", "once for "+map[jq.Mode]string{
		jq.ModeEvent: "each event", jq.ModeEach: "each event, and prints whatever comes out",
		jq.ModeDocument: "each document", jq.ModeInputs: "all documents",
	}[s.Mode()])}
	lines = append(lines, onBytes(s)...)
	if text := s.Conditions(); text != "" {
		lines = append(lines, explained("flags", text))
	}
	for i, p := range s.Programs {
		label := "native"
		if p.Brute() {
			label = "gojq"
		}
		lines = append(lines, explained(label, in.filters[i]))
	}
	_, err := fmt.Fprintln(a.stdout, strings.Join(lines, "\n"))
	return err
}

func onBytes(s *search.Search) []string {
	switch err := s.Unplanned(); {
	case errors.Is(err, search.ErrReference):
		return []string{explained("bytes", "nothing: --brute switches it off")}
	case errors.Is(err, search.ErrLastOutput):
		return []string{explained("bytes", "nothing: -e asks for the last output, of an event that prints nothing too")}
	case err != nil:
		return []string{explained("bytes", "nothing: "+err.Error())}
	}
	what := "a file, and then an event, is passed over unless it has"
	if s.Invert {
		what = "an event is no match unless it has"
	}
	lines, or := []string{explained("bytes", what)}, "   "
	for _, text := range s.Plan().Alternatives() {
		lines, or = append(lines, explained("", or+text)), "or "
	}
	return lines
}

// explained is a line with its label, and further lines below it.
func explained(label, text string) string {
	return fmt.Sprintf("%-8s", label) + strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", 8))
}
