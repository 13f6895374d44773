package main

import (
	"slices"

	"ctlog/event"
)

const geoipHelp = `--geoip FILE.mmdb adds country (ISO 3166) and network (AS64500 Example Hosting)
of addresses, from databases of your own in the MaxMind DB format; GeoLite2 has
them in two files. Nothing is looked up for names of AWS services and for
private addresses; network then says which.`

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
