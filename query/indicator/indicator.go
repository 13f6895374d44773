// Package indicator reads lists of indicators of compromise as they are
// published: a line each or a column of a CSV, in Markdown or as a STIX 2.1
// bundle, defanged, with ports, labels and quotation marks, in UTF-8 or UTF-16.
// What was made of each line can be told, and which lines nothing could be made of.
//
// Order of reading: list.go (a file), line.go (a line of it), value.go (what one
// value means), address.go (addresses, networks, ranges), csv.go and json.go
// (columns, STIX and other JSON), told.go (what was loaded, in words).
package indicator

import "net/netip"

// Kind is what an indicator is about.
type Kind int

// The kinds, in the order in which they are told.
const (
	Address Kind = iota
	Network      // a CIDR, a range, or an address with stars
	Domain
	ARN
	Key // an access key, or the ID of a principal
	Hash
	String
)

func (k Kind) String() string {
	return [...]string{"address", "network", "domain", "ARN", "key", "hash", "string"}[k]
}

// Indicator is what to look for, and where it was read.
type Indicator struct {
	Kind Kind
	Text string         // what is searched for, refanged and without port, path and label
	Nets []netip.Prefix // of addresses and networks: what an address must be in
	File string
	Line int // from 1 on
}

// Place is a line that was not understood.
type Place struct {
	File string
	Line int
	Text string
}

// List is what was read of one file or of several.
type List struct {
	Indicators []Indicator
	Unread     []Place // lines that nothing could be made of
	Headers    []Place // lines that were taken for the names of columns

	seen map[string]bool
}
