package main

import (
	"fmt"
	"strings"

	"ctlog/query"
	"ctlog/query/jq"
)

// printPlan says how the search would be done: what bytes are asked for, what
// evaluates.
func (s *search) printPlan() error {
	lines := []string{explained("runs", "once for "+map[jq.Mode]string{
		jq.ModeEvent: "each event", jq.ModeEach: "each event, and prints whatever comes out",
		jq.ModeDocument: "each document", jq.ModeInputs: "all documents",
	}[s.mode()])}
	lines = append(lines, s.onBytes()...)
	if s.conditions != nil {
		lines = append(lines, explained("flags", s.conditions.String()))
	}
	for i, p := range s.programs {
		label := "native"
		if p.Brute() {
			label = "gojq"
		}
		lines = append(lines, explained(label, s.filters[i]))
	}
	_, err := fmt.Fprintln(s.app.stdout, strings.Join(lines, "\n"))
	return err
}

func (s *search) onBytes() []string {
	plan := query.NewPlan(s.flags.fields, s.programs...)
	if why := s.unplanned(plan); why != "" {
		return []string{explained("bytes", "nothing: "+why)}
	}
	what := "a file, and then an event, is passed over unless it has"
	if s.flags.invert {
		what = "an event is no match unless it has"
	}
	lines, or := []string{explained("bytes", what)}, "   "
	for _, text := range plan.Alternatives() {
		lines, or = append(lines, explained("", or+text)), "or "
	}
	return lines
}

// explained is a line with its label, and further lines below it.
func explained(label, text string) string {
	return fmt.Sprintf("%-8s", label) + strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", 8))
}
