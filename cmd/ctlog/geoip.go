package main

import (
	"slices"

	"ctlog/parse"
	"ctlog/triage"
)

const geoipHelp = `--geoip FILE.mmdb adds country (ISO 3166) and network (AS64500 Example Hosting)
of addresses, from databases of your own in the MaxMind DB format; GeoLite2 has
them in two files. Nothing is looked up for names of AWS services and for
private addresses; network then says which.`

// addressField is what count and timeline look places up for.
const addressField = "sourceIPAddress"

// placeColumns are the columns that --geoip adds to those of fields.
var placeColumns = []string{"country", "network"}

// columns are the fields, and with --geoip what is known of their addresses.
func (s *survey) columns(names []string) []string {
	if s.places == nil {
		return names
	}
	return append(slices.Clone(names), placeColumns...)
}

// located gives a key, as an array's inside, with the values of placeColumns.
func (s *survey) located(names []string, key []byte) []byte {
	if s.places == nil {
		return key
	}
	address := triage.Values(key)[slices.Index(names, addressField)]
	at := s.places.Of(string(parse.Text(nil, address)))
	key = append(slices.Clone(key), ',')
	key = append(appendName(key, at.Country), ',')
	return appendName(key, at.Network)
}

// appendName appends a string, null for an empty one.
func appendName(dst []byte, text string) []byte {
	if text == "" {
		return append(dst, "null"...)
	}
	return triage.AppendString(dst, text)
}

// locatable: a result by these fields has addresses to look up.
func (t *triageFlags) locatable(names []string) error {
	if len(t.geoip) == 0 || slices.Contains(names, addressField) {
		return nil
	}
	return misuse("--by "+addressField, "--geoip: the result has no addresses")
}

// foundPlaces tells of a database that is damaged.
func (s *survey) foundPlaces() bool {
	if s.places == nil {
		return true
	}
	s.places.Close()
	err := s.places.Err()
	if err != nil {
		s.app.voice.Error("--geoip %s", err)
	}
	return err == nil
}
