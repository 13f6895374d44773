package search

import (
	"slices"
	"strings"
	"time"

	"ctlog/source"
)

// How far from the time that is asked for there may be something that matters.
const (
	hour  = time.Hour           // clocks that differ
	day   = 24 * time.Hour      // logs that were delivered late, digests that come after them
	month = 31 * 24 * time.Hour // digests of logs that were delivered very late
)

// Scope is what need not be listed of a bucket to find what is searched for. An
// account's events can be in another's folder, so that bounds nothing.
func (s *Search) Scope() source.Scope {
	if s.Invert {
		return source.Scope{}
	}
	logs := s.span().Widened(hour, day)
	return source.Scope{Logs: logs, Digests: logs, Backfills: logs, Region: RegionFolders(s.Fields.Region, s.Fields.IgnoreCase)}
}

// DigestScope is what need not be listed of the digests that judge the files of
// a search.
func (s *Search) DigestScope() source.Scope {
	if s.Invert {
		return source.Scope{}
	}
	late := s.span().Widened(day, 2*day)
	return source.Scope{Logs: late, Digests: late, Backfills: s.span().Widened(day, month)}
}

func (s *Search) span() source.Span { return source.Span{From: s.Fields.Since, To: s.Fields.Until} }

// globalRegions are those in which the events of global services are said to
// have happened, in whatever region's folder they are delivered.
var globalRegions = []string{"us-east-1", "us-gov-west-1", "cn-north-1"}

// RegionFolders tells of which regions folders may hold events that are asked for by
// their region; nil is all.
func RegionFolders(regions []string, ignoreCase bool) func(source.Kind, string) bool {
	if len(regions) == 0 || ignoreCase || slices.ContainsFunc(regions, func(r string) bool {
		return strings.ContainsAny(r, `*?[\`) || slices.Contains(globalRegions, r)
	}) {
		return nil
	}
	return func(_ source.Kind, r string) bool { return slices.Contains(regions, r) }
}
