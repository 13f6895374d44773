package search

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/query"
	"ctlog/query/jq"
	"ctlog/query/match"
)

// Options are what is searched for, and what becomes of it. They are filled once;
// the zero value prints every event.
type Options struct {
	Fields   match.Fields  // conditions on events
	Programs []*jq.Program // filters; each but the last is a condition
	Digests  bool          // documents that are digests are read like others

	Invert     bool // the events that do not match
	Strict     bool // the first error of a filter ends the search
	MaxPerFile int  // matches, after which no more of a file is read; 0: all
	Dedupe     bool // of events with one ID, the first
	ByTime     bool // results in the order of eventTime
	LastOutput bool // what the last output was matters: Result.Last
	Reference  bool // nothing is skipped by a plan

	CountOnly bool // no results but their number, in a line
	NamesOnly bool // no results but the names of files that have some
	Source    bool // events say where they were found, as "_source"

	// Format is how results are written to Out. With a Sink nothing is written,
	// and what follows does not matter.
	Format     output.Format
	Columns    *event.Columns // of tabular formats
	Chosen     bool           // somebody chose the columns
	Values     jq.Format      // how values are printed
	Raw        bool           // strings without quotes
	Join       bool           // nothing between values
	Unbuffered bool           // results are written as they come
	Out        io.Writer
	Terminal   bool       // Out is one: what it would act on is escaped
	Width      int        // of tables, 0 for no limit
	Style      term.Style // of tables

	Sink Sink
}

// Search is a search whose options have been checked. It is immutable, and may
// be run more than once.
type Search struct {
	Options
	conditions *match.Conditions
	plan       *query.Plan // nil when it would not help, or must not
	mode       jq.Mode
	arrays     bool // a document that is an array is one, and not events
	made       bool // the columns are those of what the filters make
	verbatim   bool // events are printed as they are
	positions  bool // it is noted where each row ends
}

// What cannot be searched for.
var (
	ErrConditions = errors.New("conditions are about events, the filter about whole documents")
	ErrEventsOnly = errors.New("the filter is about whole documents, which cannot be inverted, located, compared or sorted")
	ErrExclusive  = errors.New("only the count and only names exclude each other")
)

// DocumentsError is one of several filters that is about whole documents.
type DocumentsError struct{ Program int }

func (e *DocumentsError) Error() string {
	return fmt.Sprintf("several filters, and number %d is about whole documents", e.Program+1)
}

// New checks the options.
func New(o Options) (*Search, error) {
	s := &Search{Options: o, mode: jq.ModeEvent}
	var err error
	if s.conditions, err = o.Fields.Compile(); err != nil {
		return nil, err
	}
	if len(o.Programs) > 0 {
		s.mode = o.Programs[len(o.Programs)-1].Mode()
	}
	if err := s.agree(); err != nil {
		return nil, err
	}
	s.arrays = s.aboutArrays()
	if s.Unplanned() == nil {
		s.plan = s.Plan()
	}
	if s.Format == "" {
		s.Format = output.JSONL
	}
	s.made = s.Format.Tabular() && !s.Chosen && s.Sink == nil && len(s.Programs) > 0 && s.Programs[len(s.Programs)-1].Makes()
	s.verbatim = s.Values == (jq.Format{})
	s.positions = s.Sink != nil || s.Format != output.JSONL || s.Dedupe || s.ByTime
	return s, nil
}

// agree refuses what makes no sense together.
func (s *Search) agree() error {
	if len(s.Programs) > 1 {
		for i, p := range s.Programs {
			if p.Mode() != jq.ModeEvent && p.Mode() != jq.ModeEach {
				return &DocumentsError{i}
			}
		}
	}
	whole := s.wholeDocuments()
	switch {
	case whole && s.conditions != nil:
		return ErrConditions
	case whole && (s.Invert || s.Source || s.Dedupe || s.ByTime):
		return ErrEventsOnly
	case s.NamesOnly && s.CountOnly:
		return ErrExclusive
	}
	return nil
}

// aboutArrays reports whether a file that is one array is what the filter is about:
// it means an array where there is one, and nothing else looks at events.
func (s *Search) aboutArrays() bool {
	return s.mode == jq.ModeEvent && len(s.Programs) == 1 && s.Programs[0].MeansArray() && s.conditions == nil &&
		!s.Invert && !s.Source && !s.Dedupe && !s.ByTime && s.Sink == nil
}

// Mode is what the search runs on.
func (s *Search) Mode() jq.Mode { return s.mode }

// Conditions writes down the conditions on events, "" when there are none.
func (s *Search) Conditions() string {
	if s.conditions == nil {
		return ""
	}
	return s.conditions.String()
}

func (s *Search) wholeDocuments() bool { return s.mode == jq.ModeDocument || s.mode == jq.ModeInputs }

// AboutDigests reports whether a filter asks for what only digests have.
func AboutDigests(filter string) bool {
	return strings.Contains(filter, "logFiles") || strings.Contains(filter, "digest") || strings.Contains(filter, "Digest")
}
