package digest

import "time"

// Origin is where a public key came from. It proves nothing; it is said with
// every verdict that rests on the key.
type Origin struct {
	Source    string    // "--keys FILE", "key store FILE", "--fetch-keys"
	Region    string    // that the key was published for, "" when it is not known
	Endpoint  string    // that was asked, "" when it is not known
	Fetched   time.Time // when; zero when it is not known
	RequestID string    // of the answer
}

// String says in words where the key came from, the same for every run.
func (o Origin) String() string {
	s := o.Source
	if o.Endpoint != "" {
		s += ", from " + o.Endpoint
	} else {
		s += ", origin not recorded"
	}
	if o.Region != "" {
		s += " (" + o.Region + ")"
	}
	return s
}

// Record is String with the time and the request by which AWS can be asked
// about it.
func (o Origin) Record() string {
	s := o.String()
	if !o.Fetched.IsZero() {
		s += ", " + o.Fetched.UTC().Format(time.RFC3339)
	}
	if o.RequestID != "" {
		s += ", request " + o.RequestID
	}
	return s
}
