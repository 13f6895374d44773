package main

import "ctlog/query"

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

// passed: the plan refuses the file as a whole, and nothing is wrong with it.
// Its events are counted all the same.
func (w *worker) passed() bool {
	if w.plan == nil {
		return false
	}
	body := w.file.Body
	content, ok := body.Whole()
	if w.spelled = ok && !body.Escaped(); !w.spelled || w.flags.invert || w.plan.Finds(content) {
		return false
	}
	n, ok := body.Count()
	if ok {
		w.part.tally.events += int64(n)
		w.part.tally.missed += int64(n)
	}
	return ok
}

// refused: the plan refuses the event.
func (w *worker) refused(raw []byte) bool {
	return w.plan != nil && !w.plan.Finds(raw) && (w.spelled || !w.plan.May(raw))
}
