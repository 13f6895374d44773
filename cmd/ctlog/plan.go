package main

import (
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
