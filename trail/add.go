package trail

import (
	"bytes"
	"cmp"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ctlog/digest"
)

// KeyDocument is a document as the AWS CLI prints it, each key once, with where
// it came from.
func KeyDocument(keys []PublishedKey) []byte {
	keys = slices.Clone(keys)
	slices.SortStableFunc(keys, func(a, b PublishedKey) int {
		return cmp.Or(a.ValidityStartTime.Compare(b.ValidityStartTime), cmp.Compare(a.Fingerprint, b.Fingerprint),
			slices.Compare(a.Value, b.Value), cmp.Compare(a.Origin.region(), b.Origin.region()))
	})
	keys = slices.CompactFunc(keys, func(a, b PublishedKey) bool {
		return a.Fingerprint == b.Fingerprint && slices.Equal(a.Value, b.Value) && a.Origin.region() == b.Origin.region()
	})
	doc := struct{ PublicKeyList []PublishedKey }{append([]PublishedKey{}, keys...)}
	b, _ := json.MarshalIndent(doc, "", "    ") // of nothing that could fail
	return append(b, '\n')
}

func (o *KeyOrigin) region() string {
	if o == nil {
		return ""
	}
	return o.Region
}

// FromAWS makes the note about a key that an endpoint has answered with.
func FromAWS(der []byte, region, endpoint, requestID string, when time.Time) *KeyOrigin {
	sum := sha256.Sum256(der)
	return &KeyOrigin{Region: region, Endpoint: endpoint, Time: when.UTC().Truncate(time.Second), RequestID: requestID, SHA256: hex.EncodeToString(sum[:])}
}

// Usable reads what digest makes of the keys: their origin goes along, and
// those that cannot be used become part of err.
func Usable(keys []PublishedKey, source string) ([]digest.PublicKey, error) {
	f := parseKeyFile("", KeyDocument(keys), func(*KeyOrigin) string { return source })
	return f.Keys, f.Err
}

// Added is what a file brings into a store: the keys with their notes. Those
// without one are noted as added by the user, of the region if it is told.
func Added(path, region string, when time.Time) ([]PublishedKey, error) {
	content, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	keys, err := digest.ParseKeys(content)
	if err != nil {
		return nil, err
	}
	file, listed := sha256.Sum256(content), listKeys(content)
	var all []PublishedKey
	for _, k := range keys {
		entry := listed.next(k.DER)
		if entry.origin == nil || entry.origin.Endpoint == "" && entry.origin.Added == "" {
			entry.origin = &KeyOrigin{
				Region: region, Time: when.UTC().Truncate(time.Second), Added: "added by the user from " + filepath.Base(path),
				FileSHA256: hex.EncodeToString(file[:]), SHA256: hex.EncodeToString(k.DER[:]),
			}
		}
		p := PublishedKey{Value: entry.der, ValidityStartTime: k.Start, ValidityEndTime: k.End, Fingerprint: k.Fingerprint, Origin: entry.origin}
		if err := storable(p.read()); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// read is the key as package digest reads it, the zero PublicKey if it cannot.
func (p PublishedKey) read() (k digest.PublicKey) {
	keys, _ := Usable([]PublishedKey{p}, "")
	if len(keys) == 1 {
		k = keys[0]
	}
	return k
}

// MD5 is what the fingerprint ought to be.
func (p PublishedKey) MD5() string {
	sum := md5.Sum(p.Value)
	return hex.EncodeToString(sum[:])
}

// Add puts keys into the store, as far as they are not there. It gives the path
// of the new file, "" when nothing was new.
func (s KeyStore) Add(keys []PublishedKey) (path string, added int, err error) {
	held, err := s.Load()
	if err != nil {
		return "", 0, err
	}
	known := map[string]bool{}
	for _, f := range held {
		for _, k := range f.Keys {
			known[idOf(k.Fingerprint, k.MD5, k.Origin.Region)] = true
		}
	}
	var fresh []PublishedKey
	for _, k := range keys {
		if err := storable(k.read()); err != nil {
			return "", 0, err
		}
		if !known[idOf(k.Fingerprint, k.MD5(), k.Origin.region())] {
			fresh = append(fresh, k)
		}
	}
	if len(fresh) == 0 {
		return "", 0, nil
	}
	content := KeyDocument(fresh)
	sum := sha256.Sum256(content)
	path = filepath.Join(s.Dir, "keys-"+hex.EncodeToString(sum[:8])+".json")
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return "", 0, withoutPath(err)
	}
	return path, len(fresh), WriteFile(path, content, 0o600)
}

func idOf(fingerprint, md5, region string) string {
	return strings.ToLower(fingerprint) + " " + md5 + " " + region
}

// WriteFile writes a file in one piece: there is never half of it under its
// name, not even after a power cut.
func WriteFile(path string, content []byte, mode os.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+strings.TrimPrefix(filepath.Base(path), ".")+".tmp-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = bytes.NewReader(content).WriteTo(f)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
