package trailgen

import (
	"cmp"
	"crypto"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"time"
)

// The private keys of invented trails. They protect nothing: they are here so
// that the same trail always has the same signatures.
//
//go:embed keys/*.pem
var pems embed.FS

// Key signs digests.
type Key struct {
	private    *rsa.PrivateKey
	der        []byte
	Start, End time.Time // validity
	Misnamed   string    // the fingerprint that is published with it, "" for its own
}

// FreshKey gives a key that is nowhere else, as an attacker would make one, or
// AWS.
func FreshKey(start, end time.Time) Key {
	private, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		panic(err)
	}
	return Key{private: private, der: x509.MarshalPKCS1PublicKey(&private.PublicKey), Start: start, End: end}
}

// NewKey gives the key of a name: first, second and foreign have 2048 bits,
// quick has 1024 and signs six times as fast. With spki it is published as
// SubjectPublicKeyInfo, otherwise as PKCS#1.
func NewKey(name string, spki bool, start, end time.Time) Key {
	k := Key{Start: start, End: end}
	text, err := pems.ReadFile("keys/" + name + ".pem")
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	if k.private, err = x509.ParsePKCS1PrivateKey(block.Bytes); err != nil {
		panic(err)
	}
	k.der = x509.MarshalPKCS1PublicKey(&k.private.PublicKey)
	if spki {
		if k.der, err = x509.MarshalPKIXPublicKey(&k.private.PublicKey); err != nil {
			panic(err)
		}
	}
	return k
}

// Fingerprint is the MD5 of the published key.
func (k Key) Fingerprint() string {
	sum := md5.Sum(k.der)
	return hex.EncodeToString(sum[:])
}

// Value is the published key.
func (k Key) Value() string { return base64.StdEncoding.EncodeToString(k.der) }

func (k Key) sign(text string) string {
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, k.private, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return hex.EncodeToString(signature)
}

// PublicKeys is what `aws cloudtrail list-public-keys` would print.
func PublicKeys(keys ...Key) []byte {
	type key struct {
		Value                              string
		ValidityStartTime, ValidityEndTime time.Time
		Fingerprint                        string
	}
	list := make([]key, len(keys))
	for i, k := range keys {
		list[i] = key{k.Value(), k.Start, k.End, cmp.Or(k.Misnamed, k.Fingerprint())}
	}
	b, err := json.MarshalIndent(map[string]any{"PublicKeyList": list}, "", "    ")
	if err != nil {
		panic(err)
	}
	return append(b, '\n')
}
