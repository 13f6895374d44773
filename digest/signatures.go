package digest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"path"
	"slices"
	"strings"
	"time"
)

// Signatures are the S3 user metadata of digests, as far as it was kept. There
// can be hundreds of thousands, and mostly each signature is also in the digest
// that follows, so Share lets both hold the same bytes.
type Signatures struct {
	kept     []metadata
	newest   map[nameID]int32 // of kept, while they are gathered: the last of a name
	files    []string         // that have them
	arranged bool             // kept is in the order of arrange
}

// metadata is what S3 held beside one digest.
type metadata struct {
	name      nameID
	signature []byte // "signature"
	generated int64  // "backfill-generation-timestamp", Unix seconds; unsaid for others
	file      int32  // of Signatures.files; lent: only a digest has this signature so far
	before    int32  // the one of the same name that was added before, -1: none
}

const lent = -1

var unsaid = time.Time{}.Unix()

// nameID stands for a bare name: copies move. It is 16 bytes of its SHA-256, so
// that nobody can make two names share one.
type nameID [16]byte

func nameIDOf(bareName string) (id nameID) {
	sum := sha256.Sum256([]byte(bareName))
	copy(id[:], sum[:])
	return id
}

var (
	lineNames     = []string{"key", "metadata", "Metadata"}
	metadataNames = []string{"signature", "backfill-generation-timestamp"}
)

// Add reads one document: a line {"bucket":…,"key":…,"metadata":{…}}, or what
// `aws s3api head-object` prints, which has no key; then name, the path of a
// file that ends in ".metadata.json", says which digest is meant. Metadata
// without a signature is passed over.
func (s *Signatures) Add(doc []byte, name string) error {
	if err := wellFormed(doc); err != nil {
		return err
	}
	var raw [3][]byte
	if err := fields(doc[skipSpace(doc, 0):], lineNames, raw[:]); err != nil {
		return err
	}
	about := strings.TrimSuffix(path.Base(name), ".metadata.json")
	if !isNull(raw[0]) {
		key, err := text(raw[0])
		if err != nil {
			return malformed("key is not a string")
		}
		about = key
	}
	m, err := readMetadata(raw[1], raw[2])
	if err != nil || m.signature == nil {
		return err
	}
	if len(s.files) == 0 || s.files[len(s.files)-1] != name { // one file has many
		s.files = append(s.files, name)
	}
	m.file = int32(len(s.files) - 1)
	if same := s.find(nameIDOf(bareName(about)), m.signature); same != nil {
		m.signature = same.signature
		if same.file == lent {
			same.file, same.generated = m.file, m.generated
			return nil
		}
		if same.file == m.file && same.generated == m.generated {
			return nil
		}
	}
	s.add(nameIDOf(bareName(about)), m)
	return nil
}

// Share notes a signature that a digest has of its predecessor object, and gives
// the same bytes for it as metadata has, whichever is read first.
func (s *Signatures) Share(object string, signature []byte) []byte {
	if s == nil {
		return signature
	}
	id := nameIDOf(bareName(object))
	if same := s.find(id, signature); same != nil {
		return same.signature
	}
	s.add(id, metadata{signature: signature, file: lent})
	return signature
}

func (s *Signatures) add(id nameID, m metadata) {
	if s.newest == nil {
		s.newest = map[nameID]int32{}
	}
	m.name, m.before = id, -1
	if last, ok := s.newest[id]; ok {
		m.before = last
	}
	s.newest[id] = int32(len(s.kept))
	s.kept = append(s.kept, m)
	s.arranged = false
}

// find looks for a signature among the few of its name that were added last: it
// saves memory and decides nothing.
func (s *Signatures) find(id nameID, signature []byte) *metadata {
	i, ok := s.newest[id]
	for n := 0; ok && i >= 0 && n < few; n++ {
		if m := &s.kept[i]; bytes.Equal(m.signature, signature) {
			return m
		}
		i = s.kept[i].before
	}
	return nil
}

// arrange puts what is kept into an order that does not depend on how it was
// found, by name, and drops what is there twice.
func (s *Signatures) arrange() {
	if s == nil || s.arranged {
		return
	}
	s.kept = slices.DeleteFunc(s.kept, func(m metadata) bool { return m.file == lent })
	slices.SortFunc(s.kept, func(a, b metadata) int {
		return cmp.Or(bytes.Compare(a.name[:], b.name[:]), bytes.Compare(a.signature, b.signature), cmp.Compare(a.generated, b.generated),
			strings.Compare(s.files[a.file], s.files[b.file]))
	})
	s.kept = slices.CompactFunc(s.kept, func(a, b metadata) bool {
		return a.name == b.name && bytes.Equal(a.signature, b.signature) && a.generated == b.generated
	})
	s.newest, s.arranged = nil, true
}

func readMetadata(user, head []byte) (m metadata, err error) {
	if user == nil {
		user = head
	}
	if isNull(user) {
		return m, malformed("no metadata in it")
	}
	var values [2][]byte
	if err := fields(user, metadataNames, values[:]); err != nil {
		return m, err
	}
	if !isNull(values[0]) {
		signature, err := text(values[0])
		if err != nil {
			return m, malformed("signature is not a string")
		}
		m.signature = signatureBytes(signature)
	}
	m.generated = unsaid
	if s, err := text(values[1]); err == nil {
		at, _ := time.Parse(time.RFC3339, s)
		m.generated = at.Unix()
	}
	return m, nil
}

// named gives what is known of a digest by its bare name.
func (s *Signatures) named(name string) []metadata {
	if s == nil {
		return nil
	}
	s.arrange()
	id := nameIDOf(name)
	from, _ := slices.BinarySearchFunc(s.kept, id, func(m metadata, id nameID) int { return bytes.Compare(m.name[:], id[:]) })
	to := from
	for to < len(s.kept) && s.kept[to].name == id {
		to++
	}
	return s.kept[from:to]
}

// stem is a base name without the suffix of a compression.
func stem(name string) string {
	base := name[strings.LastIndexByte(name, '/')+1:]
	for _, suffix := range packed {
		base = strings.TrimSuffix(base, suffix)
	}
	return base
}
