package digest

import (
	"bytes"
	"cmp"
	"path"
	"slices"
	"strings"
	"time"
)

// Signatures are the S3 user metadata of digests, as far as it was kept.
type Signatures struct {
	byBase map[string][]metadata // by bare name
	from   string                // the name that was given last
}

// metadata is what S3 held beside one digest.
type metadata struct {
	signature []byte    // "signature"
	generated time.Time // "backfill-generation-timestamp", zero for others
	from      string    // the file that has it
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
	if s.byBase == nil {
		s.byBase = map[string][]metadata{}
	}
	if s.from != name { // one file has many
		s.from = strings.Clone(name)
	}
	m.from = s.from
	base := strings.Clone(bareName(about))
	s.byBase[base] = append(s.byBase[base], m)
	return nil
}

// arrange puts what is kept of each digest into an order that does not depend
// on how it was found, and drops what is there twice.
func (s *Signatures) arrange() {
	if s == nil {
		return
	}
	for base, list := range s.byBase {
		if len(list) > 1 {
			slices.SortFunc(list, func(a, b metadata) int {
				return cmp.Or(bytes.Compare(a.signature, b.signature), a.generated.Compare(b.generated), strings.Compare(a.from, b.from))
			})
			s.byBase[base] = slices.CompactFunc(list, func(a, b metadata) bool {
				return bytes.Equal(a.signature, b.signature) && a.generated.Equal(b.generated)
			})
		}
	}
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
	if s, err := text(values[1]); err == nil {
		m.generated, _ = time.Parse(time.RFC3339, s)
	}
	return m, nil
}

// named gives what is known of a digest by its bare name: copies move.
func (s *Signatures) named(base string) []metadata {
	if s == nil {
		return nil
	}
	return s.byBase[base]
}

// stem is a base name without the suffix of a compression.
func stem(name string) string {
	base := name[strings.LastIndexByte(name, '/')+1:]
	for _, suffix := range packed {
		base = strings.TrimSuffix(base, suffix)
	}
	return base
}
