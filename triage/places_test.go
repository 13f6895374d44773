package triage

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oschwald/maxminddb-golang/v2"

	"ctlog/internal/testkit/mmdbtest"
)

func countries() []byte {
	return mmdbtest.Database("GeoLite2-Country", map[string]mmdbtest.Map{
		"192.0.2.0/24":      {"country": mmdbtest.Map{"iso_code": "NL", "names": mmdbtest.Map{"en": "Netherlands"}}},
		"198.51.100.0/25":   {"registered_country": mmdbtest.Map{"iso_code": "DE"}},
		"2001:db8::/32":     {"country": mmdbtest.Map{"iso_code": "SE"}},
		"10.0.0.0/8":        {"country": mmdbtest.Map{"iso_code": "XX"}},
		"203.0.113.0/24":    {"country": "BR", "asn": "AS64502", "as_name": "Um"},
		"198.51.100.128/25": {"country": uint32(7), "asn": []any{"x"}, "autonomous_system_number": "AS1"},
	})
}

func networks() []byte {
	return mmdbtest.Database("GeoLite2-ASN", map[string]mmdbtest.Map{
		"192.0.2.0/24":  {"autonomous_system_number": uint32(64500), "autonomous_system_organization": strings.Repeat("Example Hosting ", 20)},
		"2001:db8::/32": {"autonomous_system_number": uint32(64501)},
	})
}

// databases writes files and opens them.
func databases(t *testing.T, contents ...[]byte) (*Places, error) {
	t.Helper()
	var names []string
	for i, c := range contents {
		name := filepath.Join(t.TempDir(), string(rune('a'+i))+".mmdb")
		if err := os.WriteFile(name, c, 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	p, err := OpenPlaces(names...)
	if err == nil {
		t.Cleanup(p.Close)
	}
	return p, err
}

func TestPlaces(t *testing.T) {
	p, err := databases(t, countries(), networks())
	if err != nil {
		t.Fatal(err)
	}
	example := Location{"NL", "AS64500 " + strings.TrimSpace(strings.Repeat("Example Hosting ", 20))}
	for address, want := range map[string]Location{
		"192.0.2.1": example, "::ffff:192.0.2.1": example,
		"198.51.100.1":   {Country: "DE"},
		"198.51.100.200": {},
		"2001:db8::1":    {"SE", "AS64501"},
		"203.0.113.9":    {"BR", "AS64502 Um"},
		"8.8.8.8":        {}, "2001:4860::1": {}, "": {}, "vpce-0123": {}, "192.0.2.1:443": {}, "192.0.2.01": {},
		"cloudtrail.amazonaws.com": {Network: NetworkService}, "ec2.amazonaws.com.cn": {Network: NetworkService}, "AWS Internal": {Network: NetworkService},
		"10.1.2.3": {Network: NetworkPrivate}, "::ffff:10.1.2.3": {Network: NetworkPrivate}, "172.31.0.9": {Network: NetworkPrivate}, "192.168.1.1": {Network: NetworkPrivate},
		"100.64.3.2": {Network: NetworkPrivate}, "127.0.0.1": {Network: NetworkPrivate}, "::1": {Network: NetworkPrivate}, "fd00::1": {Network: NetworkPrivate}, "fe80::1%eth0": {Network: NetworkPrivate},
	} {
		if got := p.Of(address); got != want {
			t.Errorf("%q: %+v, want %+v", address, got, want)
		}
	}
	if p.Err() != nil {
		t.Error(p.Err())
	}
}

// A database of IPv4 alone is not asked for IPv6.
func TestPlacesOfIPv4Alone(t *testing.T) {
	four := bytes.Replace(countries(), append([]byte("Jip_version"), 0xc4, 0, 0, 0, 6), append([]byte("Jip_version"), 0xc4, 0, 0, 0, 4), 1)
	if bytes.Equal(four, countries()) {
		t.Fatal("the version is not where it is looked for")
	}
	p, err := databases(t, four)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Of("2001:db8::1"); got != (Location{}) || p.Err() != nil {
		t.Errorf("%+v, %v", got, p.Err())
	}
}

// A database that is none, or a damaged one, is an error and no more.
func TestPlacesOfLies(t *testing.T) {
	for name, content := range map[string][]byte{
		"empty": nil, "text": []byte("no database"), "marker alone": []byte("\xab\xcd\xefMaxMind.com"),
		"tree without end": append([]byte("\xab\xcd\xefMaxMind.com"), mmdbtest.Append(nil, mmdbtest.Map{"node_count": uint32(1 << 30), "record_size": uint32(32),
			"ip_version": uint32(6), "binary_format_major_version": uint32(2), "database_type": "x"})...),
	} {
		if _, err := databases(t, content); err == nil || !strings.Contains(err.Error(), "a.mmdb: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The value of a country says to be longer than the file.
	damaged := bytes.Replace(countries(), []byte("Hiso_codeBNL"), []byte("Hiso_code\x5f\xff\xff\xff"), 1)
	p, err := databases(t, damaged)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Of("192.0.2.1"); got.Country != "" || p.Err() == nil || !strings.Contains(p.Err().Error(), "a.mmdb: ") {
		t.Errorf("%+v, %v", got, p.Err())
	}
}

// Whatever a database holds, asking it ends.
func FuzzPlaces(f *testing.F) {
	f.Add(countries())
	f.Add(networks())
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := maxminddb.OpenBytes(content)
		if err != nil {
			return
		}
		p := &Places{files: []placeFile{{"a.mmdb", r}}}
		for _, a := range []string{"192.0.2.1", "2001:db8::1", "203.0.113.9"} {
			p.Of(a)
		}
	})
}
