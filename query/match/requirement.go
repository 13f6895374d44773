package match

import (
	"strings"

	"ctlog/event"
	"ctlog/query/need"
)

// Requirement is what it takes to match: an event without it does not.
func (f *Fields) Requirement() *need.Requirement {
	n := need.MatchAll
	globs := func(patterns []string, keys ...string) {
		n = need.AllOf(n, globsNeed(patterns, f.IgnoreCase, keys))
	}
	globs(f.EventName, event.FieldName)
	globs(f.EventSource, event.FieldSource)
	if anything(f.ErrorCode) {
		n = need.AllOf(n, need.AnyOfEach(event.FailurePaths, func(path string) *need.Requirement {
			return need.HasKey(path[strings.LastIndexByte(path, '.')+1:])
		}))
	} else {
		globs(f.ErrorCode, event.FieldErrorCode)
	}
	if f.Denied {
		n = need.AllOf(n, need.AnyOf(need.HasKey(event.FieldErrorCode), need.HasKey(event.FieldErrorMessage)))
	}
	globs(f.Region, event.FieldRegion)
	globs(f.Account, "recipientAccountId", "accountId")
	globs(f.UserAgent, event.FieldAgent)
	globs(f.User, event.FieldIdentity)
	globs(f.AccessKey, "accessKeyId")
	globs(f.EventID, event.IDPaths...)
	n = need.AllOf(n, need.AnyOfEach(f.SourceIP, func(s string) *need.Requirement { return addressNeed(s, f.IgnoreCase) }))
	return need.AllOf(n, need.AnyOfEach(f.Contains, func(s string) *need.Requirement { return need.Literal{Text: s, Fold: f.IgnoreCase}.Requirement() }))
}

// globsNeed needs the pieces between the stars, and in any case the key.
func globsNeed(patterns []string, fold bool, keys []string) *need.Requirement {
	n := need.AnyOfEach(patterns, func(pattern string) *need.Requirement { return globNeed(pattern, fold) })
	if n == need.MatchAll && len(patterns) > 0 {
		n = need.AnyOfEach(keys, need.HasKey)
	}
	return n
}

func globNeed(pattern string, fold bool) *need.Requirement {
	n := need.MatchAll
	for _, piece := range newGlob(pattern, fold).pieces {
		n = need.AllOf(n, need.Literal{Text: piece, Fold: fold}.Requirement())
	}
	return n
}

// addressNeed: an IPv4 address is written one way, or inside an IPv6 address
// that begins ::ffff:; IPv6 has too many spellings.
func addressNeed(s string, fold bool) *need.Requirement {
	p, isNet, err := parseNet(s)
	switch {
	case err != nil, isNet && !p.Addr().Is4():
		return need.MatchAll
	case !isNet:
		return globNeed(s, fold)
	}
	octets := strings.Split(p.Addr().String(), ".")[:p.Bits()/8]
	front := strings.Join(octets, ".")
	if len(octets) == 0 {
		return need.MatchAll
	}
	if len(octets) < 4 {
		front += "."
	}
	return need.AnyOf(need.Literal{Text: front}.Requirement(), need.Literal{Text: "ffff:", Fold: true}.Requirement())
}
