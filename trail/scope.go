package trail

import (
	"slices"
	"strings"
	"time"

	"ctlog/digest"
	"ctlog/source"
)

// How far from the time that is asked for there may be something that matters.
const (
	anHour = time.Hour        // a digest, once its window has ended
	aDay   = 24 * anHour      // logs that were delivered late, digests that come after them
	aMonth = 31 * 24 * anHour // digests of logs that were delivered very late
)

// Scope is what of a bucket a verification has to list: not the digests and logs
// that are far from the time that was asked for, nor accounts and logs of
// regions that were not.
func Scope(o digest.Options) source.Scope {
	asked := source.Span{From: o.Since, To: o.Until}
	s := source.Scope{
		Logs:      asked.Widened(aDay, aDay),
		Digests:   asked.Widened(aDay, aDay+anHour),
		Backfills: asked.Widened(aDay, aMonth),
		Accounts:  o.Accounts,
	}
	if len(o.Regions) > 0 { // a chain is held against those of other regions
		s.Region = func(k source.Kind, r string) bool {
			return k == source.KindDigest || slices.ContainsFunc(o.Regions, func(asked string) bool { return strings.EqualFold(asked, r) })
		}
	}
	return s
}
