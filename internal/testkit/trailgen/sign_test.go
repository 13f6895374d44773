package trailgen

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var from = time.Date(2024, 1, 9, 8, 0, 0, 0, time.UTC)

// signed is a small trail with everything that one can have.
func signed() Signed {
	s := Signed{Keys: []Key{NewKey("quick", false, from, from.Add(time.Hour)), NewKey("second", true, from, from.Add(99*time.Hour))}}
	s.Seed, s.Start, s.Hours, s.FilesPerHour, s.RecordsPerFile = 3, from, 8, 2, 2
	s.Regions, s.Org, s.Prefix = []string{"us-east-1", "eu-west-1"}, "o-example", "pre"
	s.Rotate, s.Restart, s.Late, s.Quiet, s.Slashes = 4, []int{6}, 1, 3, true
	return s
}

func TestSignedDeterminism(t *testing.T) {
	if a, b := signed().Copy(), signed().Copy(); !reflect.DeepEqual(a.Objects, b.Objects) {
		t.Fatal("two runs differ")
	}
	if !bytes.Equal(signed().PublicKeys(), signed().PublicKeys()) {
		t.Fatal("the keys differ")
	}
}

// Digests are checked here without package digest: by hand, as its comment
// says it.
func TestSignatures(t *testing.T) {
	s := signed()
	keys := map[string]*rsa.PublicKey{}
	for _, k := range s.Keys {
		keys[k.Fingerprint()] = &k.private.PublicKey
	}
	logs, digests, firsts, empty := map[string]string{}, map[string]Object{}, 0, 0
	for o := range s.Objects() {
		sum := sha256.Sum256(o.Body)
		if o.Metadata == nil {
			logs[o.Key] = hex.EncodeToString(sum[:])
			continue
		}
		var d digestJSON
		if err := json.Unmarshal(o.Body, &d); err != nil {
			t.Fatal(err)
		}
		signature, _ := hex.DecodeString(o.Metadata["signature"])
		hash := sha256.Sum256([]byte(d.toSign(o.Body)))
		if err := rsa.VerifyPKCS1v15(keys[d.Fingerprint], crypto.SHA256, hash[:], signature); err != nil || d.DigestS3Object != o.Key || !strings.Contains(string(o.Body), `\/`) {
			t.Errorf("%s: %v", o.Key, err)
		}
		for _, l := range d.LogFiles {
			if logs[l.S3Object] != l.HashValue {
				t.Errorf("%s lists %s with %s", o.Key, l.S3Object, l.HashValue)
			}
			delete(logs, l.S3Object)
		}
		if d.PreviousS3Object == nil {
			firsts++
		} else if p := digests[*d.PreviousS3Object]; p.Metadata["signature"] != *d.PreviousSignature {
			t.Errorf("%s: not the signature of %s", o.Key, p.Key)
		}
		if len(d.LogFiles) == 0 {
			empty++
		}
		digests[o.Key] = o
	}
	// Of each region: seven hours, the sixth is lost to the restart, and a
	// backfill; two first ones and that of the backfill.
	if len(digests) != 16 || firsts != 6 || len(logs) != 0 || empty == 0 {
		t.Errorf("%d digests, %d first, %d logs that none lists, %d empty", len(digests), firsts, len(logs), empty)
	}
}

func TestKeys(t *testing.T) {
	for _, name := range []string{"first", "second", "foreign", "quick"} {
		pkcs1, spki := NewKey(name, false, from, from), NewKey(name, true, from, from)
		der, _ := base64.StdEncoding.DecodeString(pkcs1.Value())
		a, err := x509.ParsePKCS1PublicKey(der)
		if err != nil {
			t.Fatal(err)
		}
		der, _ = base64.StdEncoding.DecodeString(spki.Value())
		b, err := x509.ParsePKIXPublicKey(der)
		if err != nil || !a.Equal(b) || pkcs1.Fingerprint() == spki.Fingerprint() {
			t.Errorf("%s: %v, %s, %s", name, err, pkcs1.Fingerprint(), spki.Fingerprint())
		}
	}
	var doc struct {
		PublicKeyList []struct{ Fingerprint string }
	}
	if err := json.Unmarshal(signed().PublicKeys(), &doc); err != nil || len(doc.PublicKeyList) != 2 || doc.PublicKeyList[0].Fingerprint != signed().Keys[0].Fingerprint() {
		t.Error(doc, err)
	}
}

func TestCopyWriteTo(t *testing.T) {
	dir := t.TempDir()
	c := signed().Copy()
	if err := c.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	lines, err := os.ReadFile(filepath.Join(dir, "ctlog-metadata.jsonl"))
	if err != nil || bytes.Count(lines, []byte("\n")) != 16 || !bytes.Contains(lines, []byte("backfill-generation-timestamp")) {
		t.Errorf("%s, %v", lines, err)
	}
	for p, o := range c.Objects {
		if b, err := os.ReadFile(filepath.Join(dir, p)); err != nil || !bytes.Equal(b, o.Bytes) {
			t.Error(p, err)
		}
	}
}
