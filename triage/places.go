package triage

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"

	"ctlog/event"
)

// Location is what is known of where an address is; what is not known is "".
type Location struct {
	Country string // ISO 3166, NL
	Network string // AS64500 Example Hosting
}

// Networks of what is no address of the internet. Nothing is looked up for it.
const (
	NetworkService = "AWS service"
	NetworkPrivate = "private"
)

// Places looks addresses up in databases of the MaxMind DB format: GeoLite2,
// GeoIP2 and others that are built like them. It belongs to one goroutine.
type Places struct {
	files []placeFile
	err   error
}

type placeFile struct {
	name string
	*maxminddb.Reader
}

// OpenPlaces opens databases; what one does not know the next may.
func OpenPlaces(names ...string) (*Places, error) {
	p := &Places{}
	for _, name := range names {
		r, err := maxminddb.Open(name)
		if err != nil {
			var path *fs.PathError
			if errors.As(err, &path) {
				err = path.Err
			}
			p.Close()
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		p.files = append(p.files, placeFile{name, r})
	}
	return p, nil
}

// Close lets go of the databases.
func (p *Places) Close() {
	for _, f := range p.files {
		f.Close()
	}
}

// Err is the first error that a look-up met. What was looked up then is not
// known, as if it were not in the database.
func (p *Places) Err() error { return p.err }

// Of gives the place of a sourceIPAddress.
func (p *Places) Of(address string) (at Location) {
	ip, err := netip.ParseAddr(address)
	switch {
	case event.IsService(address):
		return Location{Network: NetworkService}
	case err != nil:
		return at
	}
	if ip = ip.Unmap().WithZone(""); !public(ip) {
		return Location{Network: NetworkPrivate}
	}
	for _, f := range p.files {
		if ip.Is6() && f.Metadata.IPVersion == 4 {
			continue
		}
		found := p.find(f, ip)
		at.Country = cmp.Or(at.Country, found.country())
		at.Network = cmp.Or(at.Network, found.network())
	}
	return at
}

var shared = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

// public: somebody's address on the internet. Those of endpoints in a VPC are
// not.
func public(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !shared.Contains(ip)
}

// finding is what databases say of an address. The names are MaxMind's, and,
// where they are not nested, those of others; types differ between makers.
type finding struct {
	Country    any `maxminddb:"country"` // {"iso_code":"NL"}, or "NL"
	Registered any `maxminddb:"registered_country"`
	Code       any `maxminddb:"country_code"`
	Number     any `maxminddb:"autonomous_system_number"`
	Owner      any `maxminddb:"autonomous_system_organization"`
	AS         any `maxminddb:"asn"` // "AS64500"
	Name       any `maxminddb:"as_name"`
}

func (p *Places) find(f placeFile, ip netip.Addr) (found finding) {
	if err := f.Lookup(ip).Decode(&found); err != nil {
		p.err = cmp.Or(p.err, fmt.Errorf("%s: %w", f.name, err))
		return finding{}
	}
	return found
}

func (f *finding) country() string {
	return cmp.Or(code(f.Country), text(f.Code), code(f.Registered), text(f.Country))
}

func (f *finding) network() string {
	number := text(f.AS)
	if n, ok := f.Number.(uint64); ok {
		number = fmt.Sprint("AS", n)
	}
	return strings.TrimSpace(number + " " + cmp.Or(text(f.Owner), text(f.Name)))
}

func code(v any) string {
	m, _ := v.(map[string]any)
	return text(m["iso_code"])
}

// text is short and valid UTF-8, whatever the database says.
func text(v any) string {
	s, _ := v.(string)
	return strings.ToValidUTF8(s[:min(len(s), maxText)], "\ufffd")
}
