package digest

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"ctlog/internal/testkit/trailgen"
)

func keysDocument() []byte { return trailgen.PublicKeys(quick) }

// keyDocument is a list of one key with these members.
func keyDocument(list string, members map[string]any) []byte {
	b, _ := json.Marshal(map[string]any{list: []any{members}})
	return b
}

func members(change func(map[string]any)) map[string]any {
	m := map[string]any{"Value": quick.Value(), "Fingerprint": quick.Fingerprint(), "ValidityStartTime": 1.7045856e9, "ValidityEndTime": "2024-02-08T08:00:00+00:00"}
	if change != nil {
		change(m)
	}
	return m
}

func TestParseKeys(t *testing.T) {
	lower := map[string]any{}
	for name, v := range members(nil) {
		lower[strings.ToLower(name[:1])+name[1:]] = v
	}
	bare, _ := json.Marshal([]any{members(nil)})
	spki := trailgen.NewKey("quick", true, begin, begin)
	for name, c := range map[string]struct {
		content []byte
		keys    int
		wrong   bool
	}{
		"as printed":              {keysDocument(), 1, false},
		"epoch and ISO":           {keyDocument("PublicKeyList", members(nil)), 1, false},
		"lower case":              {keyDocument("publicKeyList", lower), 1, false},
		"bare":                    {bare, 1, false},
		"SubjectPublicKeyInfo":    {trailgen.PublicKeys(spki), 1, false},
		"two documents":           {append(keysDocument(), keysDocument()...), 2, false},
		"two on a line":           {append(bare, bare...), 2, false},
		"no times":                {keyDocument("PublicKeyList", members(func(m map[string]any) { delete(m, "ValidityStartTime"); m["ValidityEndTime"] = nil })), 1, false},
		"no fingerprint":          {keyDocument("PublicKeyList", members(func(m map[string]any) { delete(m, "Fingerprint") })), 1, false},
		"fingerprint in capitals": {keyDocument("PublicKeyList", members(func(m map[string]any) { m["Fingerprint"] = strings.ToUpper(quick.Fingerprint()) })), 1, false},
		"empty":                   {nil, 0, true},
		"empty list":              {[]byte(`{"PublicKeyList":[]}`), 0, true},
		"no list":                 {[]byte(`{"Keys":[]}`), 0, true},
		"list is null":            {[]byte(`{"PublicKeyList":null}`), 0, true},
		"list is an object":       {[]byte(`{"PublicKeyList":{}}`), 0, true},
		"list of numbers":         {[]byte(`{"PublicKeyList":[1]}`), 0, true},
		"text":                    {[]byte("-----BEGIN PUBLIC KEY-----"), 0, true},
		"text behind":             {append(keysDocument(), "x"...), 1, true},
		"one is bad":              {append(keysDocument(), keyDocument("PublicKeyList", members(func(m map[string]any) { m["Value"] = "AAAA" }))...), 1, true},
		"Value is no base64":      {keyDocument("PublicKeyList", members(func(m map[string]any) { m["Value"] = "*" })), 0, true},
		"Value is a number":       {keyDocument("PublicKeyList", members(func(m map[string]any) { m["Value"] = 1 })), 0, true},
		"Value absent":            {keyDocument("PublicKeyList", members(func(m map[string]any) { delete(m, "Value") })), 0, true},
		"Value twice":             {[]byte(`{"PublicKeyList":[{"Value":"` + quick.Value() + `","Value":"` + quick.Value() + `"}]}`), 0, true},
		"fingerprint a number":    {keyDocument("PublicKeyList", members(func(m map[string]any) { m["Fingerprint"] = 1 })), 0, true},
		"time in words":           {keyDocument("PublicKeyList", members(func(m map[string]any) { m["ValidityEndTime"] = "tomorrow" })), 0, true},
		"time too large":          {keyDocument("PublicKeyList", members(func(m map[string]any) { m["ValidityEndTime"] = 1e300 })), 0, true},
		"not UTF-8":               {[]byte("{\"PublicKeyList\":[],\"\xff\":1}"), 0, true},
		"another kind of key":     {keyDocument("PublicKeyList", members(func(m map[string]any) { m["Value"] = ed25519Value })), 0, true},
		"an enormous key":         {keyDocument("PublicKeyList", members(func(m map[string]any) { m["Value"] = hugeValue() })), 0, true},
	} {
		keys, err := ParseKeys(c.content)
		if len(keys) != c.keys || (err != nil) != c.wrong || err != nil && !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %d keys, %v", name, len(keys), err)
		}
		for _, k := range keys {
			if !k.RSA.Equal(&private.PublicKey) || k.Fingerprint != k.MD5 {
				t.Errorf("%s: %+v", name, k)
			}
		}
	}
}

const ed25519Value = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="

// hugeValue is a key whose use would take long.
func hugeValue() string {
	k := private.PublicKey
	n := *k.N
	k.N = n.Lsh(&n, maxKeyBits)
	return base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(&k))
}

func TestKeyTimes(t *testing.T) {
	want := time.Date(2024, 1, 7, 0, 0, 0, 0, time.UTC)
	for _, s := range []string{`"2024-01-07T00:00:00Z"`, `"2024-01-06T19:00:00.000000-05:00"`, `1704585600`, `1704585600.0`, `1.7045856E9`} {
		if got, err := keyTime([]byte(s)); err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s: %s, %v", s, got, err)
		}
	}
	k := PublicKey{Start: want, End: want.Add(time.Hour)}
	for offset, in := range map[time.Duration]bool{-1: false, 0: true, time.Hour: true, time.Hour + 1: false} {
		if k.covers(want.Add(offset)) != in {
			t.Errorf("%s: covered is not %v", offset, in)
		}
	}
}

// A digest finds its key by the published fingerprint, and by the true one.
func TestKeyRing(t *testing.T) {
	ring := newKeyRing([]PublicKey{{Fingerprint: "aa", MD5: "bb"}, {Fingerprint: "bb", MD5: "bb"}})
	for fingerprint, n := range map[string]int{"aa": 1, "AA": 1, "bb": 2, "cc": 0, "": 0} {
		if got := len(ring.named(fingerprint)); got != n {
			t.Errorf("%q: %d keys, want %d", fingerprint, got, n)
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add(keysDocument())
	f.Add(keyDocument("publicKeyList", members(nil)))
	f.Add(append(keysDocument(), trailgen.PublicKeys(trailgen.NewKey("quick", true, begin, begin))...))
	f.Add([]byte(`[{"Value":"MAYCAQUCAQM=","Fingerprint":"\u0061"}]`))
	f.Add([]byte(`{"PublicKeyList":[{"Value":"` + ed25519Value + `","ValidityEndTime":1e400}]}`))
	f.Add([]byte(strings.Repeat("[", 300)))
	f.Add([]byte("\xff"))
	f.Fuzz(func(t *testing.T, content []byte) {
		keys, err := ParseKeys(content)
		if len(keys) == 0 && err == nil || err != nil && !errors.Is(err, ErrFormat) {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
		for _, k := range keys {
			if k.verifies([32]byte{}, bytes.Repeat([]byte{1}, k.RSA.Size())) && k.RSA.Size() > 64 {
				t.Fatalf("%v verifies what nobody signed", k.RSA)
			}
		}
	})
}
