package search

import (
	"errors"

	"ctlog/query"
)

// Why a plan is not used, where it would help.
var (
	ErrReference  = errors.New("the reference looks into everything")
	ErrLastOutput = errors.New("the last output is asked for, of an event that prints nothing too")
)

// Plan is what can be asked of bytes before an event is looked into.
func (s *Search) Plan() *query.Plan { return query.NewPlan(s.Fields, s.Programs...) }

// Unplanned says why the plan is not used, nil when it is: it knows what is
// printed and what fails, but not what the last output was.
func (s *Search) Unplanned() error {
	switch plan := s.Plan(); {
	case s.Reference:
		return ErrReference
	case s.LastOutput:
		return ErrLastOutput
	case !plan.Any():
		return errors.New(plan.Why())
	}
	return nil
}
