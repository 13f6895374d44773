package digest

import (
	"path"
	"strings"
	"testing"
)

func TestProperCase(t *testing.T) {
	proper := path.Base(digestKey)
	backfill := strings.Replace(proper, ".json", "_backfill.json", 1)
	for base, want := range map[string]string{
		proper: proper, strings.ToLower(proper): proper, strings.ToUpper(proper): proper,
		backfill: backfill, strings.ToLower(backfill): backfill,
		strings.ToLower(strings.TrimSuffix(proper, ".gz")): strings.TrimSuffix(proper, ".gz"),
		"": "", "_": "_", "a_backfill": "a_backfill", "a_b_backfill": "a_b_backfill",
	} {
		if got := properCase(base); got != want {
			t.Errorf("%q: %q, want %q", base, got, want)
		}
	}
}

func TestSameName(t *testing.T) {
	for pair, same := range map[[2]string]bool{
		{"a/b.json.gz", "B.JSON"}: true, {"a/b.json.GZ", "c/b.json.zst"}: true, {"b.json", "b"}: false, {"a/b", "a/c"}: false, {"b.gz", ".b"}: false, {".gz", ""}: true,
	} {
		if got := sameName(pair[0], pair[1]); got != same || (bareName(pair[0]) == bareName(pair[1])) != same {
			t.Errorf("%q: %v", pair, got)
		}
	}
}

// Names from evidence are of any form; what one function finds the other does.
func FuzzNaming(f *testing.F) {
	f.Add(digestKey, strings.ToLower(digestKey))
	f.Add("a_b_backfill.json.gz", "x/A_B_BACKFILL.JSON")
	f.Add(strings.Replace(digestKey, ".json", "_backfill.json", 1), "")
	f.Fuzz(func(t *testing.T, a, b string) {
		h := &digestFile{stands: a, digest: &Digest{Object: b}}
		if sameName(a, b) && h.claimsAnother(&evidence{o: Options{Names: names}}) {
			t.Errorf("%q claims to be another than %q", a, b)
		}
		if ascii(a) && ascii(b) && sameName(a, b) != (bareName(a) == bareName(b)) {
			t.Errorf("%q and %q: %v", a, b, sameName(a, b))
		}
		if names(a).Kind == DigestFile && ascii(a) && strings.Count(path.Base(a), "_") > 3 {
			if lower := properCase(strings.ToLower(path.Base(a))); !strings.EqualFold(lower, path.Base(a)) {
				t.Errorf("%q became %q", a, lower)
			}
		}
	})
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// What is recovered from a signature verifies; and what verifies is recovered.
func FuzzRecover(f *testing.F) {
	good := signatureBytes(sign(genuine()))
	f.Add(good, []byte{})
	f.Add(good[:127], []byte{1})
	f.Add(make([]byte, 128), []byte("x"))
	key := PublicKey{RSA: &private.PublicKey}
	f.Fuzz(func(t *testing.T, signature, noise []byte) {
		for i, b := range noise {
			if i < len(signature) {
				signature[i] ^= b
			}
		}
		if sum, ok := key.recover(signature); ok && !key.verifies(sum, signature) {
			t.Errorf("%x is not over %x", signature, sum)
		}
	})
}
