package trail

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ctlog/internal/testkit/trailgen"
)

var day = time.Date(2024, 1, 9, 0, 0, 0, 0, time.UTC)

// publishedOf is a key as an endpoint gives it.
func publishedOf(t *testing.T, k trailgen.Key, region, endpoint string) PublishedKey {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(k.Value())
	if err != nil {
		t.Fatal(err)
	}
	p := PublishedKey{Value: der, ValidityStartTime: k.Start, ValidityEndTime: k.End, Fingerprint: k.Fingerprint()}
	if endpoint != "" {
		p.Origin = FromAWS(der, region, endpoint, "request-1", day)
	}
	return p
}

const ofAWS = "https://cloudtrail.us-east-1.amazonaws.com"

// What is stored is read again with where it is from, is for nobody else to
// read, and is stored once.
func TestStoreKeepsOrigins(t *testing.T) {
	s := KeyStore{filepath.Join(t.TempDir(), "a", "keys")}
	k := publishedOf(t, trailgen.FreshKey(day, day.AddDate(0, 1, 0)), "us-east-1", ofAWS)
	path, added, err := s.Add([]PublishedKey{k, k})
	if added != 1 || err != nil {
		t.Fatalf("%d added, %v", added, err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, s.Dir: 0o700 | os.ModeDir} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	files, err := s.Load()
	if err != nil || len(files) != 1 || files[0].Err != nil || len(files[0].Keys) != 1 {
		t.Fatalf("%+v, %v", files, err)
	}
	o := files[0].Keys[0].Origin
	if o.Source != "key store "+filepath.Base(path) || o.Region != "us-east-1" || o.Endpoint != ofAWS || o.RequestID != "request-1" || !o.Fetched.Equal(day) {
		t.Errorf("origin %+v", o)
	}
	if want := o.Source + ", from " + ofAWS + " (us-east-1)"; o.String() != want || o.Record() != want+", 2024-01-09T00:00:00Z, request request-1" {
		t.Errorf("%s; %s", o, o.Record())
	}
	if path, added, err := s.Add([]PublishedKey{k}); path != "" || added != 0 || err != nil {
		t.Errorf("a second time: %q, %d, %v", path, added, err)
	}
}

// A key that the user added is stored again once AWS gave it, not the other way
// round; a region more is news.
func TestStoreLearns(t *testing.T) {
	s := KeyStore{filepath.Join(t.TempDir(), "keys")}
	key := trailgen.FreshKey(day, day.AddDate(0, 1, 0))
	plain := filepath.Join(t.TempDir(), "plain.json")
	if err := os.WriteFile(plain, trailgen.PublicKeys(key), 0o600); err != nil {
		t.Fatal(err)
	}
	of := func(region string) []PublishedKey {
		keys, err := Added(plain, region, day)
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	for i, c := range []struct {
		keys []PublishedKey
		want int
	}{
		{of(""), 1}, {of(""), 0}, {of("us-east-1"), 1}, {of("us-east-1"), 0}, {of(""), 0},
		{[]PublishedKey{publishedOf(t, key, "us-east-1", ofAWS)}, 1}, {[]PublishedKey{publishedOf(t, key, "us-east-1", ofAWS)}, 0}, {of("us-east-1"), 0}, {of("eu-west-1"), 1},
		{[]PublishedKey{publishedOf(t, key, "eu-west-1", "https://cloudtrail.eu-west-1.amazonaws.com")}, 1},
	} {
		if _, added, err := s.Add(c.keys); added != c.want || err != nil {
			t.Errorf("%d: %d added, want %d; %v", i, added, c.want, err)
		}
	}
	s = KeyStore{filepath.Join(t.TempDir(), "keys")}
	for i, keys := range [][]PublishedKey{{publishedOf(t, key, "us-east-1", ofAWS)}, of("us-east-1"), of("")} {
		if _, added, err := s.Add(keys); added != 1 && i == 0 || added != 0 && i > 0 || err != nil {
			t.Errorf("from AWS first, %d: %d added, %v", i, added, err)
		}
	}
}

// One key that is refused keeps all out; one that cannot be read only itself.
func TestStoreRefuses(t *testing.T) {
	fresh := trailgen.FreshKey(day, day.AddDate(0, 1, 0))
	good := publishedOf(t, fresh, "us-east-1", ofAWS)
	for want, bad := range map[string]PublishedKey{
		"test keys":                   publishedOf(t, trailgen.NewKey("first", true, day, day), "us-east-1", ofAWS),
		"is not AWS's own endpoint":   publishedOf(t, fresh, "us-east-1", "https://keys.example"),
		"not AWS's own endpoint":      publishedOf(t, fresh, "us-east-2", ofAWS),
		"own endpoint: refused":       publishedOf(t, fresh, "us-east-1", "http://cloudtrail.us-east-1.amazonaws.com"),
		"it is not said where it is ": publishedOf(t, fresh, "", ""),
	} {
		s := KeyStore{filepath.Join(t.TempDir(), "keys")}
		if path, added, err := s.Add([]PublishedKey{good, bad}); path != "" || added != 0 || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %d, %v", want, path, added, err)
		}
		if _, err := os.Stat(s.Dir); err == nil {
			t.Errorf("%s: a store was made", want)
		}
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other := PublishedKey{Fingerprint: "x"}
	if other.Value, err = x509.MarshalPKIXPublicKey(&private.PublicKey); err != nil {
		t.Fatal(err)
	}
	other.Origin = FromAWS(other.Value, "us-east-1", ofAWS, "", day)
	s := KeyStore{filepath.Join(t.TempDir(), "keys")}
	if _, added, err := s.Add([]PublishedKey{good, other}); added != 1 || err == nil || !strings.Contains(err.Error(), "key x: ") {
		t.Errorf("%d added, %v", added, err)
	}
}

// A note counts for the key that it is about, and for none that has only taken
// it over.
func TestNoteIsOfItsKey(t *testing.T) {
	a, b := trailgen.FreshKey(day, day), trailgen.FreshKey(day, day)
	p, q := publishedOf(t, a, "us-east-1", ofAWS), publishedOf(t, b, "", "")
	q.Origin = p.Origin
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(path, KeyDocument([]PublishedKey{p, q}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, k := range LoadKeys(path, "--keys x").Keys {
		if want := k.Fingerprint == a.Fingerprint(); (k.Origin.Endpoint != "") != want {
			t.Errorf("%s: %s", k.Fingerprint, k.Origin)
		}
	}
}

// Whatever a file of keys contains, nothing but what digest.ParseKeys reads of
// it comes out, and no key of the tests out of a store.
func FuzzKeyFile(f *testing.F) {
	key := trailgen.FreshKey(day, day)
	f.Add(trailgen.PublicKeys(key, trailgen.NewKey("first", false, day, day)))
	f.Add([]byte(`{"publicKeyList":[{"value":"","Origin":{"sha256":1}}],"PublicKeyList":null}[]`))
	f.Add(bytes.Replace(trailgen.PublicKeys(key), []byte(`"Value"`), []byte(`"Origin":{"endpoint":"https://x","sha256":""},"Value"`), 1))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, "a.json")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		files, err := KeyStore{dir}.Load()
		if err != nil || len(files) != 1 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		all := LoadKeys(path, "")
		if len(all.Keys)+len(files[0].Keys) == 0 && (all.Err == nil || files[0].Err == nil) {
			t.Fatal("nothing in it, and nothing said")
		}
		for _, k := range files[0].Keys {
			if IsTestKey(k) {
				t.Error("a key of the tests")
			}
		}
	})
}
