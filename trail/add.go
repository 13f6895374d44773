package trail

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
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

// Added is what a file brings into a store: the keys with their notes. Of those
// that no endpoint is noted of it is noted that the user added them, for the
// region if one is told.
func Added(path, region string, when time.Time) (all []PublishedKey, err error) {
	content, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	keys, err := digest.ParseKeys(content)
	if err != nil {
		return nil, err
	}
	listed := listKeys(content)
	note := addedFrom(path, content, region, when)
	for _, k := range keys {
		entry := listed.next(k.DER)
		p := PublishedKey{Value: entry.der, ValidityStartTime: k.Start, ValidityEndTime: k.End, Fingerprint: k.Fingerprint, Origin: entry.origin}
		if !p.recorded() {
			own := note
			own.SHA256 = hex.EncodeToString(k.DER[:])
			p.Origin = &own
		}
		all = append(all, p)
	}
	return all, nil
}

// addedFrom notes that the user has added the keys of a file; one key's own hash
// is still to be set.
func addedFrom(path string, content []byte, region string, when time.Time) KeyOrigin {
	sum := sha256.Sum256(content)
	return KeyOrigin{
		Region: region, Time: when.UTC().Truncate(time.Second),
		Added: "added by the user from " + filepath.Base(path), FileSHA256: hex.EncodeToString(sum[:]),
	}
}

// recorded: it is noted which endpoint gave the key.
func (p PublishedKey) recorded() bool { return p.Origin != nil && p.Origin.Endpoint != "" }

// read is the key as package digest reads it, and why it cannot be stored.
func (p PublishedKey) read() (digest.PublicKey, error) {
	keys, err := Usable([]PublishedKey{p}, "")
	if len(keys) == 0 {
		return digest.PublicKey{}, fmt.Errorf("key %s: %w", p.Fingerprint, err)
	}
	return keys[0], nil
}

// Add puts keys into the store as far as they are not there: none if one of them
// is refused, and not those that cannot be read, which become part of err. It
// gives the path of the new file, "" when nothing was new.
func (s KeyStore) Add(keys []PublishedKey) (path string, added int, err error) {
	usable, bad, err := sound(keys)
	if err != nil {
		return "", 0, err
	}
	held, err := s.Load()
	if err != nil {
		return "", 0, err
	}
	fresh := unknown(usable, held)
	if len(fresh) == 0 {
		return "", 0, bad
	}
	content := KeyDocument(fresh)
	sum := sha256.Sum256(content)
	path = filepath.Join(s.Dir, "keys-"+hex.EncodeToString(sum[:8])+".json")
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return "", 0, withoutPath(err)
	}
	if err := WriteFile(path, content, 0o600); err != nil {
		return path, 0, err
	}
	return path, len(fresh), bad
}

// sound are the keys that can be read; bad says why others cannot, and refused
// why one has no place in a store.
func sound(keys []PublishedKey) (usable []PublishedKey, bad, refused error) {
	for _, k := range keys {
		read, err := k.read()
		if err != nil {
			bad = errors.Join(bad, err)
			continue
		}
		if k.Origin == nil {
			return nil, nil, fmt.Errorf("key %s: it is not said where it is from", k.Fingerprint)
		}
		if err := storable(read); err != nil {
			return nil, nil, err
		}
		usable = append(usable, k)
	}
	return usable, bad, nil
}

// unknown are the keys of which the store does not say as much: the same key
// for the same time, of the same region where that is known, and from AWS where
// that is noted.
func unknown(keys []PublishedKey, held []KeyFile) (fresh []PublishedKey) {
	known := map[keyID]bool{}
	learn := func(id keyID) {
		known[id] = true
		id.recorded = false
		known[id] = true
		id.region = ""
		known[id] = true
	}
	for _, f := range held {
		for _, k := range f.Keys {
			learn(keyID{k.DER, k.Fingerprint, k.Start.Unix(), k.End.Unix(), k.Origin.Region, k.Origin.Endpoint != ""})
		}
	}
	for _, k := range keys {
		id := keyID{sha256.Sum256(k.Value), strings.ToLower(k.Fingerprint), k.ValidityStartTime.Unix(), k.ValidityEndTime.Unix(), k.Origin.region(), k.recorded()}
		if !known[id] {
			learn(id)
			fresh = append(fresh, k)
		}
	}
	return fresh
}

// keyID is what a store can know of a key.
type keyID struct {
	der         [32]byte
	fingerprint string
	start, end  int64
	region      string
	recorded    bool
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
