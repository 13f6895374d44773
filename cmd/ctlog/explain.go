package main

import (
	"fmt"
	"strings"

	"ctlog/query"
)

// printPlan says how the search would be done: what bytes are asked for, what
// is evaluated natively, and what is left to gojq.
func (s *search) printPlan() error {
	lines := []string{explained("runs", "once for "+map[query.Mode]string{
		query.ModeEvent: "each event", query.ModeEach: "each event, and prints whatever comes out",
		query.ModeDocument: "each document", query.ModeInputs: "all documents",
	}[s.mode()])}
	lines = append(lines, s.onBytes()...)
	if s.conditions != nil {
		lines = append(lines, explained("flags", s.conditions.String()))
	}
	for i, p := range s.programs {
		label, text := "native", s.filters[i]
		if native, why := p.Native(); !native {
			label, text = "gojq", text+"\n("+why+"; "+given(p)+")"
		}
		lines = append(lines, explained(label, text))
	}
	_, err := fmt.Fprintln(s.app.stdout, strings.Join(lines, "\n"))
	return err
}

// given says what has to be decoded for gojq.
func given(p *query.Program) string {
	names, ok := p.Given()
	switch {
	case !ok:
		return "given everything"
	case len(names) == 0:
		return "given nothing of an event"
	}
	return "given ." + strings.Join(names, ", .")
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
