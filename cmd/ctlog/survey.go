package main

import (
	"io"
	"runtime/debug"

	"ctlog/internal/scan"
	"ctlog/output"
	"ctlog/source"
	"ctlog/triage"
)

// survey is one run of a triage command: the events that its flags select, and
// where the result goes.
type survey struct {
	fileStats
	*triage.Survey
	integrity integrity
	app       *app
	flags     *triageFlags
	format    output.Format
	out       io.Writer
	paths     []string
	places    *triage.Places // nil without --geoip
}

// tally takes a survey of what is below args into a table.
func (a *app) tally(t *triageFlags, args []string, table *triage.Table, newReader func() triage.EventReader) (*survey, error) {
	s, err := a.survey(t)
	if err != nil {
		return nil, err
	}
	return s, s.take(args, newReader, table.Absorb)
}

// surveyMemory is from where on the collector saves memory instead of time, the
// ballast included: full tables and what workers hold come to a good 100 MB.
// Each event ID may add idMemory.
const (
	surveyMemory = ballast + 128<<20
	idMemory     = 13
)

// remembered makes room for event IDs.
func remembered(millions int64) { debug.SetMemoryLimit(surveyMemory + (millions+1)<<20*idMemory) }

// take reads all events below args and gives the batches to merge, in
// the order of the evidence.
func (s *survey) take(args []string, newReader func() triage.EventReader, merge func(*triage.Batch)) error {
	paths, err := s.evidence(args)
	if err != nil {
		return err
	}
	s.paths = paths
	if err := s.integrity.begin(paths, source.Scope{}); err != nil {
		return err
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(surveyMemory))
	return s.app.reading(paths, func(config scan.Config) error {
		return s.integrity.inTurns(config, s.flags.dedupe, func(config scan.Config) error {
			s.integrity.judging(&config)
			return s.Run(s.app.ctx, config, newReader, merge, s.fileStats.end)
		})
	})
}

// end takes how a file ended.
func (s *survey) end(o scan.Outcome) error {
	if !s.integrity.counted(o) {
		return nil
	}
	return s.fileStats.end(o)
}
