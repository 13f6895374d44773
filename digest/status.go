package digest

// Status is the outcome for one file.
type Status uint8

// The outcomes, as ctlog's contract defines them. Duplicate, Outside,
// Unreferenced and Uncovered are of logs only.
const (
	Undecided    Status = iota
	Valid               // proven to be what CloudTrail delivered
	Duplicate           // a further copy of a valid log that is here under its own name
	Altered             // contradicts a proof
	Missing             // a digest names it and it is not there
	Outside             // as Missing, but older than anything in the copy
	Unreadable          // cannot be inflated or is not of its format
	Unread              // it is there and could not be opened
	Unverified          // nothing contradicts it, nothing proves it
	Unreferenced        // not listed where it would have to be
	Uncovered           // no valid digest covers its time
	statuses
)

var statusNames = [statuses]string{"", "valid", "duplicate", "altered", "missing", "outside", "unreadable", "unread", "unverified", "unreferenced", "uncovered"}

// String gives the word that stands in results.
func (s Status) String() string { return statusNames[s] }

// MarshalText gives the word that stands in results.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Tampering reports whether a file of this status makes the whole tampered.
func (s Status) Tampering() bool {
	return s == Altered || s == Missing || s == Unreadable || s == Unreferenced
}

// Proven reports whether a file of this status is proven.
func (s Status) Proven() bool { return s == Valid || s == Duplicate }

// Verdict is the outcome for all of the evidence.
type Verdict uint8

const (
	Proven     Verdict = iota // every file valid, no gap, nothing cut off
	Incomplete                // nothing wrong was found, but not all is proven
	Tampered                  // something is wrong
)

// String gives the word that stands in results.
func (v Verdict) String() string { return [...]string{"proven", "incomplete", "tampered"}[v] }

// MarshalText gives the word that stands in results.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Counts is how many files have which status, by Status.
type Counts [statuses]int

// Total is how many files were counted.
func (c Counts) Total() (n int) {
	for _, k := range c {
		n += k
	}
	return n
}
