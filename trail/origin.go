package trail

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"time"

	"ctlog/digest"
)

// PublishedKey is a key as `aws cloudtrail list-public-keys` prints it, and
// where it came from.
type PublishedKey struct {
	Value             []byte    // DER
	ValidityStartTime time.Time `json:",omitzero"`
	ValidityEndTime   time.Time `json:",omitzero"`
	Fingerprint       string
	Origin            *KeyOrigin `json:",omitempty"`
}

// KeyOrigin is what a file of keys records about where one came from. It is a
// note, not a proof: who can write the file can write the note.
type KeyOrigin struct {
	Region     string    `json:"region,omitempty"`
	Endpoint   string    `json:"endpoint,omitempty"`
	Time       time.Time `json:"time,omitzero"`
	RequestID  string    `json:"requestID,omitempty"`
	Added      string    `json:"origin,omitempty"` // of a key whose endpoint is not known
	FileSHA256 string    `json:"fileSHA256,omitempty"`
	SHA256     string    `json:"sha256"` // of the DER
}

// origin is the note in the words of package digest.
func (o *KeyOrigin) origin() digest.Origin {
	if o == nil {
		return digest.Origin{}
	}
	return digest.Origin{Region: o.Region, Endpoint: o.Endpoint, Fetched: o.Time, RequestID: o.RequestID}
}

// way says how a key came into the store, where that was not from AWS.
func (o *KeyOrigin) way() string {
	switch {
	case o == nil || o.Endpoint == "" && o.Added == "":
		return ", placed there by hand"
	case o.Endpoint == "":
		return ", " + o.Added
	}
	return ""
}

// A listedKey is a key as it is in a file, for what package digest has no use.
type listedKey struct {
	der    []byte
	origin *KeyOrigin
}

// listedKeys are the keys of a file by the SHA-256 of their DER, in the order
// of the file: one key can be listed for several regions.
type listedKeys map[[32]byte][]listedKey

// listKeys reads what digest.ParseKeys has understood once more.
func listKeys(content []byte) listedKeys {
	all := listedKeys{}
	for d := json.NewDecoder(bytes.NewReader(content)); ; {
		var doc json.RawMessage
		if d.Decode(&doc) != nil {
			return all
		}
		for _, raw := range elementsOf(doc) {
			all.add(raw)
		}
	}
}

func elementsOf(doc []byte) (list []json.RawMessage) {
	if json.Unmarshal(doc, &list) == nil {
		return list
	}
	var object struct{ PublicKeyList []json.RawMessage } // in any case of its letters
	json.Unmarshal(doc, &object)                         // what fails has no keys for digest.ParseKeys either
	return object.PublicKeyList
}

// add takes an element; a note that is about another key is none.
func (l listedKeys) add(raw []byte) {
	var k struct {
		Value  string
		Origin json.RawMessage
	}
	if json.Unmarshal(raw, &k) != nil {
		return
	}
	der, err := base64.StdEncoding.DecodeString(k.Value)
	if err != nil {
		return
	}
	sum := sha256.Sum256(der)
	listed := listedKey{der: der}
	var note KeyOrigin
	if json.Unmarshal(k.Origin, &note) == nil && note.SHA256 == hex.EncodeToString(sum[:]) {
		listed.origin = &note
	}
	l[sum] = append(l[sum], listed)
}

// next gives what is listed of a key, each element once.
func (l listedKeys) next(der [32]byte) (k listedKey) {
	if list := l[der]; len(list) > 0 {
		k, l[der] = list[0], list[1:]
	}
	return k
}
