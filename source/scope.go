package source

import (
	"slices"
	"time"
)

// Span is a stretch of time, From included and To not; zero ends are open.
type Span struct{ From, To time.Time }

// Has reports whether t is in the span.
func (s Span) Has(t time.Time) bool {
	return (s.From.IsZero() || !t.Before(s.From)) && (s.To.IsZero() || t.Before(s.To))
}

// Open reports whether the span bounds nothing.
func (s Span) Open() bool { return s.From.IsZero() && s.To.IsZero() }

// Scope says what of a trail is asked for, by what stands in keys, so that a
// backend need not list the rest. The times are those in names: delivery of a
// log, end of a digest's window. The zero Scope is everything.
type Scope struct {
	Logs      Span // also of kinds that are neither logs nor digests
	Digests   Span
	Backfills Span     // digests of late logs
	Accounts  []string // folders of accounts; nil: all
	// Region, when set, tells of which regions a kind is asked for.
	Region func(k Kind, region string) bool
	// Kinds are the folders that are looked into; nil: all.
	Kinds []Kind
}

// Bounded reports whether the scope leaves anything out.
func (s Scope) Bounded() bool {
	return !s.Logs.Open() || !s.Digests.Open() || !s.Backfills.Open() || len(s.Accounts) > 0 || s.Region != nil || len(s.Kinds) > 0
}

// HasAccount reports whether the folder of an account may hold what is asked
// for.
func (s Scope) HasAccount(account string) bool {
	return len(s.Accounts) == 0 || slices.Contains(s.Accounts, account)
}

// HasFolder reports the same of the folder of a kind and region.
func (s Scope) HasFolder(k Kind, region string) bool {
	return (len(s.Kinds) == 0 || slices.Contains(s.Kinds, k)) && (s.Region == nil || s.Region(k, region))
}

// HasKey reports whether an object is asked for; one that says nothing of
// itself is.
func (s Scope) HasKey(k Key) bool {
	if k.Kind == KindUnknown || k.Kind == KindMetadata || k.Kind == KindManifest {
		return true
	}
	return s.HasAccount(k.Account) && s.HasFolder(k.Kind, k.Region) && (k.Time.IsZero() || s.span(k).Has(k.Time))
}

func (s Scope) span(k Key) Span {
	switch {
	case k.Kind != KindDigest:
		return s.Logs
	case k.Backfill:
		return s.Backfills
	}
	return s.Digests
}

// Days is the span of the day folders of a kind that are worth a look.
func (s Scope) Days(k Kind) Span {
	days := s.Logs
	if k == KindDigest {
		days = Span{earlier(s.Digests.From, s.Backfills.From), later(s.Digests.To, s.Backfills.To)}
	}
	if !days.From.IsZero() {
		days.From = days.From.Truncate(day).Add(-day)
	}
	if !days.To.IsZero() {
		days.To = days.To.Truncate(day).Add(2 * day)
	}
	return days
}

// day is also how far a folder may be from the time in the names under it.
const day = 24 * time.Hour

// earlier and later join ends of spans, where zero is open.
func earlier(a, b time.Time) time.Time {
	switch {
	case a.IsZero() || b.IsZero():
		return time.Time{}
	case b.Before(a):
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	switch {
	case a.IsZero() || b.IsZero():
		return time.Time{}
	case b.After(a):
		return b
	}
	return a
}
