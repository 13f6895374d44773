package digest

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unique"
)

// MaxSize is how large a digest's inflated content may be: some sixty thousand
// log files in the hour of one account and region, far above what is seen.
const MaxSize = 32 << 20

// MaxRatio is how many times its stored size a digest may inflate to. A genuine
// one has 80 random bytes in every 500 and stays under ten; what inflates more is
// made to fill memory with names that were never delivered.
const MaxRatio = 50

// Digest is the content of one digest file, as the CloudTrail user guide
// describes it ("CloudTrail digest file structure").
type Digest struct {
	Account     string
	Start, End  time.Time // the window of delivery that it vouches for
	Bucket      string    // where CloudTrail put the digest itself
	Object      string
	Fingerprint string // of the public key, hex
	Algorithm   string // of the signature; "SHA256withRSA" is the one that is known
	Previous    *Link  // nil at the first digest of a chain
	Logs        []Entry

	Sum    [sha256.Size]byte // SHA-256 of the content
	Signed [sha256.Size]byte // SHA-256 of the string that its signature is over
}

// Link is what a digest says of its predecessor.
type Link struct {
	Bucket, Object string
	Sum            [sha256.Size]byte
	Signature      []byte // of the predecessor's signed string
}

// Entry is what a digest says of a log file.
type Entry struct {
	Bucket, Object string
	Sum            [sha256.Size]byte // of the inflated content
}

// The members of a digest that are read. Newest and oldest event times are
// not: nothing is decided by them.
const (
	fAccount = iota
	fStart
	fEnd
	fBucket
	fObject
	fFingerprint
	fAlgorithm
	fPrevBucket
	fPrevObject
	fPrevHash
	fPrevAlgorithm
	fPrevSignature
	fLogs
	digestFields
)

var digestNames = [digestFields]string{
	"awsAccountId", "digestStartTime", "digestEndTime", "digestS3Bucket", "digestS3Object",
	"digestPublicKeyFingerprint", "digestSignatureAlgorithm",
	"previousDigestS3Bucket", "previousDigestS3Object", "previousDigestHashValue", "previousDigestHashAlgorithm", "previousDigestSignature",
	"logFiles",
}

// Parse reads the inflated content of a digest file. Anything that a genuine
// digest does not have is an error that wraps ErrFormat: a member that is
// absent, double or of the wrong type, bytes behind the object, text that is
// not UTF-8. Members that are not known are ignored. The result does not share
// memory with content.
func Parse(content []byte) (*Digest, error) {
	if len(content) > MaxSize {
		return nil, malformed("larger than %d MiB", MaxSize>>20)
	}
	if err := wellFormed(content); err != nil {
		return nil, err
	}
	var raw [digestFields][]byte
	if err := fields(content[skipSpace(content, 0):], digestNames[:], raw[:]); err != nil {
		return nil, err
	}
	d := &Digest{Sum: sha256.Sum256(content)}
	signed, err := d.read(raw[:])
	if err != nil {
		return nil, err
	}
	d.Signed = sha256.Sum256([]byte(signed))
	return d, nil
}

// read fills d and gives the string that the signature is over:
//
//	digestEndTime LF bucket/object LF hex(sha256(content)) LF previousDigestSignature
//
// with the values as they stand in the digest, and the word null for a
// signature that is null.
func (d *Digest) read(raw [][]byte) (signed string, err error) {
	var start, end string
	if err := require(raw, []wanted{
		{fAccount, &d.Account}, {fStart, &start}, {fEnd, &end}, {fBucket, &d.Bucket}, {fObject, &d.Object},
		{fFingerprint, &d.Fingerprint}, {fAlgorithm, &d.Algorithm},
	}); err != nil {
		return "", err
	}
	if d.Start, err = instant(start); err != nil {
		return "", err
	}
	if d.End, err = instant(end); err != nil {
		return "", err
	}
	if !d.Start.Before(d.End) {
		return "", malformed("its window ends before it begins")
	}
	previous, err := d.readLink(raw)
	if err != nil {
		return "", err
	}
	if raw[fLogs] == nil {
		return "", malformed("logFiles is absent")
	}
	if d.Logs, err = readEntries(raw[fLogs]); err != nil {
		return "", err
	}
	return end + "\n" + d.Bucket + "/" + d.Object + "\n" + hex.EncodeToString(d.Sum[:]) + "\n" + previous, nil
}

// wanted is a member that must be a string, and where it goes.
type wanted struct {
	field int
	to    *string
}

// require reads members in the order of the list, so that of several faults
// always the same one is told.
func require(raw [][]byte, list []wanted) (err error) {
	for _, w := range list {
		if *w.to, err = required(raw, w.field); err != nil {
			return err
		}
	}
	return nil
}

func required(raw [][]byte, field int) (string, error) {
	if raw[field] == nil {
		return "", malformed("%s is absent", digestNames[field])
	}
	s, err := text(raw[field])
	if err != nil || s == "" {
		return "", malformed("%s is not a string", digestNames[field])
	}
	switch field {
	case fPrevSignature, fObject, fPrevObject:
		return s, nil
	}
	return unique.Make(s).Value(), nil // digests of a chain say the same again and again
}

func instant(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, malformed("invalid time %.40q", s)
	}
	return t.UTC(), nil
}

// Share lets d hold memory together with what is held anyway: the path of its
// file, and the digest that was read before, which mostly is its predecessor.
// What d says does not change. It is for those who keep many, before anyone
// else uses d; before may be nil.
func (d *Digest) Share(path string, before *Digest) {
	if strings.HasSuffix(path, d.Object) {
		d.Object = path[len(path)-len(d.Object):]
	}
	if d.Previous != nil && before != nil && d.Previous.Object == before.Object {
		d.Previous.Object = before.Object
	}
}

// readLink reads the five previousDigest members, which are null together or
// not at all, and gives the predecessor's signature as it is signed over.
func (d *Digest) readLink(raw [][]byte) (signature string, err error) {
	nulls := 0
	for field := fPrevBucket; field <= fPrevSignature; field++ {
		if raw[field] == nil {
			return "", malformed("%s is absent", digestNames[field])
		}
		if isNull(raw[field]) {
			nulls++
		}
	}
	if nulls == fPrevSignature-fPrevBucket+1 {
		return "null", nil
	}
	l := &Link{}
	var sum, algorithm string
	if err := require(raw, []wanted{
		{fPrevBucket, &l.Bucket}, {fPrevObject, &l.Object}, {fPrevHash, &sum}, {fPrevAlgorithm, &algorithm}, {fPrevSignature, &signature},
	}); err != nil {
		return "", err
	}
	if l.Sum, err = hash(sum, algorithm); err != nil {
		return "", err
	}
	l.Signature = signatureBytes(signature)
	d.Previous = l
	return signature, nil
}

// signatureBytes decodes hex; what is no hex is kept as it is and will never
// verify.
func signatureBytes(s string) []byte {
	if b, err := hex.DecodeString(s); err == nil {
		return b
	}
	return []byte(s)
}

func hash(value, algorithm string) (sum [sha256.Size]byte, err error) {
	if algorithm != "SHA-256" {
		return sum, malformed("hash algorithm %.40q is not known", algorithm)
	}
	if n, err := hex.Decode(sum[:], []byte(value[:min(len(value), 2*len(sum))])); err != nil || n != len(sum) || len(value) != 2*len(sum) {
		return sum, malformed("%.80q is no SHA-256", value)
	}
	return sum, nil
}

var entryNames = [...]string{"s3Bucket", "s3Object", "hashValue", "hashAlgorithm"}

// readEntries reads logFiles. The object names of a digest stand in one string
// that they share: there can be millions of them.
func readEntries(raw []byte) ([]Entry, error) {
	var entries []Entry
	var names strings.Builder
	var ends []int
	err := elements(raw, func(v []byte) error {
		var e Entry
		object, err := e.read(v)
		if err != nil {
			return malformed("logFiles[%d]: %s", len(entries), strings.TrimPrefix(err.Error(), ErrFormat.Error()+": "))
		}
		if len(entries) > 0 && entries[len(entries)-1].Bucket == e.Bucket {
			e.Bucket = entries[len(entries)-1].Bucket
		}
		names.WriteString(object)
		entries, ends = append(entries, e), append(ends, names.Len())
		return nil
	})
	if err != nil {
		return nil, err
	}
	all, start := names.String(), 0
	for i, end := range ends {
		entries[i].Object, start = all[start:end], end
	}
	return entries, nil
}

// read fills all of e but its Object, which it gives back.
func (e *Entry) read(v []byte) (object string, err error) {
	var raw [len(entryNames)][]byte
	if err := fields(v, entryNames[:], raw[:]); err != nil {
		return "", err
	}
	var s [len(entryNames)]string
	for i := range s {
		if s[i], err = text(raw[i]); err != nil || s[i] == "" {
			return "", malformed("%s is absent or not a string", entryNames[i])
		}
	}
	e.Bucket = s[0]
	e.Sum, err = hash(s[2], s[3])
	return s[1], err
}
