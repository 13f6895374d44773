package source

import "time"

// Widened is the span with more before and after it; what is open stays open.
func (s Span) Widened(before, after time.Duration) Span {
	if !s.From.IsZero() {
		s.From = s.From.Add(-before)
	}
	if !s.To.IsZero() {
		s.To = s.To.Add(after)
	}
	return s
}
