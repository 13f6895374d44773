package digest

import (
	"path"
	"strings"
	"time"
)

// Signatures are the S3 user metadata of digests, as far as it was kept.
type Signatures struct {
	byBase map[string][]metadata
}

// metadata is what S3 held beside one digest.
type metadata struct {
	signature []byte    // "signature"
	generated time.Time // "backfill-generation-timestamp", zero for others
}

var (
	lineNames     = []string{"key", "metadata", "Metadata"}
	metadataNames = []string{"signature", "backfill-generation-timestamp"}
)

// Add reads one document: a line {"bucket":…,"key":…,"metadata":{…}}, or what
// `aws s3api head-object` prints, which has no key; then name, a file name that
// ends in ".metadata.json", says which digest is meant. Metadata without a
// signature is passed over.
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
	base := strings.Clone(stem(about))
	s.byBase[base] = append(s.byBase[base], m)
	return nil
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

// of gives what is known of a digest: by its key, or by its name alone, since
// copies move.
func (s *Signatures) of(object string) []metadata {
	if s == nil {
		return nil
	}
	return s.byBase[stem(object)]
}

// stem is a base name without the suffix of a compression.
func stem(name string) string {
	base := name[strings.LastIndexByte(name, '/')+1:]
	for _, suffix := range [...]string{".gz", ".zst", ".xz", ".bz2"} {
		base = strings.TrimSuffix(base, suffix)
	}
	return base
}
