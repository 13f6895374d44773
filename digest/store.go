package digest

import (
	"cmp"
	"context"
	"strings"
	"time"
)

// Kind is what a file is, by its name, or by its content where the name says
// nothing.
type Kind uint8

const (
	Unknown Kind = iota // not CloudTrail's
	Log
	DigestFile
	Other // Insight events and whatever else CloudTrail delivers: digests do not list them
)

// Name is what CloudTrail's naming convention says of a key or a path.
type Name struct {
	Kind       Kind
	Account    string
	Org        string // organisation ID, of an organisation's trail
	Region     string
	Time       time.Time // a log's minute of delivery, the end of a digest's window
	Trail      string    // of a digest
	HomeRegion string    // of a digest
	Backfill   bool      // of a digest
	Foreign    bool      // it lies in a folder of CloudTrail's, which would not call it so
	Word       string    // of Other: what CloudTrail calls that kind
}

// File is one file of the copy.
type File struct {
	Path string // where it is, as people know it
	// Member is its place in the archive that it is a member of, 0 outside of
	// one. Two members may have one Path; Path and Member together are one file.
	Member int
	Key    string // from its last "AWSLogs/" on; the path relative to what was asked for otherwise
	Name   Name   // what Path says; Kind may come from the content
	// Version is which version of its object this is, nil where there is but one.
	// All are handed over; Path is then another for each.
	Version *Version

	// Digest is the parsed content of a digest file, nil for other files and
	// when Err says why there is none.
	Digest *Digest
	// Sum and Stored are the SHA-256 of the inflated content and of the bytes
	// as they are held; they are zero where they were not asked for.
	Sum, Stored [32]byte
	Read        bool  // Sum or Err is set
	Members     int   // gzip members, 0 when it is not gzip
	Err         error // why it could not be read to a sound end
	// Closed says that Err is why it could not be opened at all: a permission, a
	// link that was not followed, an archive that was not entered. Nothing is
	// known of its content, so it is Unread, not Unreadable.
	Closed bool
	// Events says that the content has management or data events. It is set for
	// files whose name says that they are of another kind, damaged ones too.
	Events bool
	// Control are the events of a log that may end or blind a trail, as far as
	// they are worth keeping.
	Control []ControlEvent
	// Bucket is the bucket that the file was read from, "" when it was not.
	Bucket string
	Size   int64 // as it is stored, -1 when unknown
}

// FileID tells files apart.
type FileID struct {
	Path   string
	Member int
}

// ID tells the file from all others.
func (f *File) ID() FileID { return FileID{f.Path, f.Member} }

func (a FileID) compare(b FileID) int {
	return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Member, b.Member))
}

// Beside is something under a PATH that is neither a digest nor a log: said, so
// that nothing is passed over in silence.
type Beside struct {
	Kind   BesideKind
	Path   string
	Reason string
	Closed bool     // unread: what is in it could be anything, also what is missing
	Size   int64    // -1 when unknown
	Stored [32]byte // SHA-256 as it is held, zero where it was not asked for
}

// BesideKind is the word by which results call it.
type BesideKind string

// The kinds of what is beside digests and logs.
const (
	BesideOther   BesideKind = "other"   // a kind of file that digests do not list
	BesideUnread  BesideKind = "unread"  // could not be opened, so what is in it is not known
	BesideSkipped BesideKind = "skipped" // not evidence: ctlog's own files, notes, unfinished parts
)

// Store holds the copy. It is the only way by which this package reaches
// evidence, so that it may lie on disk, in an archive or in S3.
type Store interface {
	// Files hands over every file once, in an order of its own. Digest files
	// come parsed. Logs come hashed if read says so; of the others the name is
	// enough.
	Files(ctx context.Context, read func(id FileID, n Name) bool, take func(File) error) error
	// Events hands over the events of the logs that are wanted, as far as they
	// contain one of the texts. event is valid until take returns. A store that
	// can be read only once returns ErrOnce.
	Events(ctx context.Context, wanted func(FileID) bool, texts []string, take func(id FileID, event []byte) error) error
}

// Options of a verification.
type Options struct {
	Keys []PublicKey
	// MoreKeys, when set, is asked once, when the digests were read, for the
	// keys that they name and that Keys lacks.
	MoreKeys   func(ctx context.Context, lacking []KeyNeed) []PublicKey
	Signatures *Signatures         // nil: none
	Names      func(s string) Name // reads the naming convention; never nil

	Since, Until time.Time // bound the windows that are looked at; zero: not bound
	Accounts     []string  // only these; nil: all
	Regions      []string
	Trails       []string

	ExpectAccounts, ExpectRegions []string
	// ExpectBucket is the bucket that digests must have been signed for; "": the
	// one that they were read from, where they were read from one.
	ExpectBucket string
	// AcceptKeys are fingerprints of keys whose findings change no verdict.
	AcceptKeys []string
	// UnvalidatedTrail says that another trail, which has no validation,
	// delivers into the same place.
	UnvalidatedTrail bool
}

// common counts how many components the ends of two slash-separated paths have
// in common, the suffix of a compression aside.
func common(a, b string) int {
	if stem(a) != stem(b) {
		return 0
	}
	a, _ = cutBase(a)
	b, _ = cutBase(b)
	n := 1
	for a != "" && b != "" {
		var x, y string
		if a, x = cutBase(a); x == "" {
			break
		}
		if b, y = cutBase(b); x != y {
			break
		}
		n++
	}
	return n
}

// cutBase cuts the last component off.
func cutBase(p string) (dir, base string) {
	i := strings.LastIndexByte(p, '/')
	return p[:max(i, 0)], p[i+1:]
}

// contains is a filter by exact value that lets everything through when empty.
func contains(list []string, s string) bool {
	if len(list) == 0 {
		return true
	}
	for _, l := range list {
		if strings.EqualFold(l, s) {
			return true
		}
	}
	return false
}
