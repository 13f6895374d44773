package main

import (
	"slices"

	"ctlog/event"
	"ctlog/parse"
)

const geoipHelp = `--geoip FILE.mmdb adds country (ISO 3166) and network (AS64500 Example Hosting)
of addresses, from databases of your own in the MaxMind DB format; GeoLite2 has
them in two files. Nothing is looked up for names of AWS services and for
private addresses; network then says which.`

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
	address := event.Values(key)[slices.Index(names, event.FieldAddress)]
	at := s.places.Of(string(parse.Text(nil, address)))
	key = append(slices.Clone(key), ',')
	key = append(event.AppendStringOrNull(key, at.Country), ',')
	return event.AppendStringOrNull(key, at.Network)
}

// locatable: a result by these fields has addresses to look up.
func (t *triageFlags) locatable(names []string) error {
	if len(t.geoip) == 0 || slices.Contains(names, event.FieldAddress) {
		return nil
	}
	return misuse("--by "+event.FieldAddress, "--geoip: the result has no addresses")
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
