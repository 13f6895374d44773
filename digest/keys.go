package digest

import (
	"bytes"
	"crypto"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"time"
)

// maxKeyBits bounds the work of one verification; CloudTrail uses 2048.
const maxKeyBits = 8192

// PublicKey is one of CloudTrail's, as ListPublicKeys gives it.
type PublicKey struct {
	Fingerprint string    // as published, lower-case hex
	Start, End  time.Time // validity; zero when it was not said
	RSA         *rsa.PublicKey
	MD5         string   // hex of the MD5 of the DER, which the fingerprint ought to be
	DER         [32]byte // SHA-256 of the DER as published
	Origin      Origin
}

// ParseKeys reads what `aws cloudtrail list-public-keys` prints: one document
// or several behind each other, the list called PublicKeyList or
// publicKeyList, or bare. A key that cannot be used does not spoil the others:
// it is left out and becomes part of err, which joins all that is wrong.
func ParseKeys(content []byte) (keys []PublicKey, err error) {
	var errs []error
	for d := json.NewDecoder(bytes.NewReader(content)); ; {
		var doc json.RawMessage
		if err := d.Decode(&doc); err == io.EOF {
			break
		} else if err != nil {
			return keys, errors.Join(append(errs, malformed("not JSON: %s", err))...)
		}
		more, err := keyList(doc)
		keys, errs = append(keys, more...), append(errs, err)
		if errors.Is(err, errNoList) {
			break // something else; each further document would say the same
		}
	}
	if len(keys) == 0 && errors.Join(errs...) == nil {
		errs = append(errs, malformed("no public key in it"))
	}
	return keys, errors.Join(errs...)
}

var errNoList = malformed("no PublicKeyList in it")

var listNames = []string{"PublicKeyList", "publicKeyList"}

func keyList(doc []byte) (keys []PublicKey, err error) {
	if err := wellFormed(doc); err != nil {
		return nil, err
	}
	list := doc
	if doc[0] == '{' {
		var raw [2][]byte
		if err := fields(doc, listNames, raw[:]); err != nil {
			return nil, err
		}
		if list = raw[0]; list == nil {
			list = raw[1]
		}
	}
	if list == nil {
		return nil, errNoList
	}
	var errs []error
	i := 0
	err = elements(list, func(v []byte) error {
		k, err := readKey(v)
		if err != nil {
			errs = append(errs, malformed("key %d: %s", i, err))
		} else {
			keys = append(keys, k)
		}
		i++
		return nil
	})
	return keys, errors.Join(append(errs, err)...)
}

// The members of a key, in the spelling of the CLI and of the API.
var keyNames = []string{"Value", "Fingerprint", "ValidityStartTime", "ValidityEndTime", "value", "fingerprint", "validityStartTime", "validityEndTime"}

func readKey(v []byte) (k PublicKey, err error) {
	raw := make([][]byte, len(keyNames))
	if err := fields(v, keyNames, raw); err != nil {
		return k, err
	}
	for i := range 4 {
		if raw[i] == nil {
			raw[i] = raw[i+4]
		}
	}
	value, err := text(raw[0])
	if err != nil {
		return k, malformed("Value is absent or not a string")
	}
	der, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return k, malformed("Value is not base64")
	}
	if k.RSA, err = rsaKey(der); err != nil {
		return k, err
	}
	k.DER = sha256.Sum256(der)
	sum := md5.Sum(der)
	k.MD5 = hex.EncodeToString(sum[:])
	k.Fingerprint = k.MD5
	if raw[1] != nil {
		if k.Fingerprint, err = text(raw[1]); err != nil {
			return k, malformed("Fingerprint is not a string")
		}
		k.Fingerprint = strings.ToLower(k.Fingerprint)
	}
	if k.Start, err = keyTime(raw[2]); err != nil {
		return k, err
	}
	k.End, err = keyTime(raw[3])
	return k, err
}

// rsaKey reads both forms that are published: PKCS#1 and SubjectPublicKeyInfo.
func rsaKey(der []byte) (*rsa.PublicKey, error) {
	key, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		any, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			return nil, malformed("Value is neither PKCS#1 nor SubjectPublicKeyInfo")
		}
		var ok bool
		if key, ok = any.(*rsa.PublicKey); !ok {
			return nil, malformed("Value is no RSA key")
		}
	}
	if key.N.BitLen() > maxKeyBits {
		return nil, malformed("the key has %d bits, more than %d", key.N.BitLen(), maxKeyBits)
	}
	return key, nil
}

// keyTime reads a time as RFC 3339 or as seconds since 1970, both of which the
// CLI prints, by its version.
func keyTime(raw []byte) (time.Time, error) {
	if isNull(raw) {
		return time.Time{}, nil
	}
	if s, err := text(raw); err == nil {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return t, malformed("invalid time %.40q", s)
		}
		return t.UTC(), nil
	}
	var seconds float64
	if err := json.Unmarshal(raw, &seconds); err != nil || math.Abs(seconds) > 1e11 {
		return time.Time{}, malformed("invalid time %.40s", raw)
	}
	return time.Unix(int64(math.Floor(seconds)), 0).UTC(), nil
}

// verifies reports whether signature is one by k over a string whose SHA-256
// is signed: RSASSA-PKCS1-v1_5, RFC 8017 section 8.2.2.
func (k PublicKey) verifies(signed [32]byte, signature []byte) bool {
	return rsa.VerifyPKCS1v15(k.RSA, crypto.SHA256, signed[:], signature) == nil
}

// genuine reports whether the key is what its fingerprint says.
func (k *PublicKey) genuine() bool { return k.MD5 == strings.ToLower(k.Fingerprint) }

// covers reports whether t is within the key's validity, as far as it is known.
func (k PublicKey) covers(t time.Time) bool {
	return (k.Start.IsZero() || !t.Before(k.Start)) && (k.End.IsZero() || !t.After(k.End))
}

// keyRing finds keys by the fingerprint that a digest names: the published
// one, or the MD5 that it ought to be.
type keyRing map[string][]*PublicKey

func newKeyRing(keys []PublicKey) keyRing {
	ring := keyRing{}
	for i := range keys {
		k := &keys[i]
		ring[k.Fingerprint] = append(ring[k.Fingerprint], k)
		if k.MD5 != k.Fingerprint {
			ring[k.MD5] = append(ring[k.MD5], k)
		}
	}
	return ring
}

func (r keyRing) named(fingerprint string) []*PublicKey { return r[strings.ToLower(fingerprint)] }
