package main

import (
	"ctlog/parse"
	"ctlog/query"
)

// newPlan gives no plan where it would not help, or must not.
func (s *search) newPlan() *query.Plan {
	plan := query.NewPlan(s.flags.fields, s.programs...)
	if s.unplanned(plan) != "" {
		return nil
	}
	return plan
}

// unplanned says why a plan is not used, "" when it is. It knows what is printed
// and what fails, but not what the last output was.
func (s *search) unplanned(plan *query.Plan) string {
	switch {
	case s.flags.brute:
		return "--brute switches it off"
	case s.flags.exit:
		return "-e asks for the last output, of an event that prints nothing too"
	case !plan.Any():
		return plan.Why()
	}
	return ""
}

// sieve asks a plan, which may be nil, about a file and then about its events.
type sieve struct {
	plan    *query.Plan
	spelled bool // nothing in this file hides behind escapes
	all     bool // files are never passed over: what the plan refuses is wanted
}

// passed: the plan refuses the file as a whole, and nothing is wrong with it. n
// is how many events it has.
func (s *sieve) passed(body *parse.Body) (n int, ok bool) {
	if s.plan == nil {
		return 0, false
	}
	content, ok := body.Whole()
	if s.spelled = ok && !body.Escaped(); !s.spelled || s.all || s.plan.Finds(content) {
		return 0, false
	}
	return body.Count()
}

// refused: the plan refuses the event.
func (s *sieve) refused(raw []byte) bool {
	return s.plan != nil && !s.plan.Finds(raw) && (s.spelled || !s.plan.May(raw))
}
