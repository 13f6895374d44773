package trail

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ctlog/digest"
	"ctlog/internal/testkit/trailgen"
)

// Every key whose private half is in the repository is known, in either form;
// and no other.
func TestTestKeysAreKnown(t *testing.T) {
	files, err := filepath.Glob("../internal/testkit/trailgen/keys/*.pem")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d files of private keys, %v", len(files), err)
	}
	var sums []string
	var all []trailgen.Key
	for _, f := range files {
		for _, spki := range []bool{false, true} {
			all = append(all, trailgen.NewKey(strings.TrimSuffix(filepath.Base(f), ".pem"), spki, time.Time{}, time.Time{}))
		}
	}
	keys, err := digest.ParseKeys(trailgen.PublicKeys(all...))
	if err != nil || len(keys) != len(all) {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	content, err := os.ReadFile("../testdata/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	more, err := digest.ParseKeys(content)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range append(keys, more...) {
		sum := sha256.Sum256(k.RSA.N.Bytes())
		sums = append(sums, hex.EncodeToString(sum[:]))
		if !IsTestKey(k) {
			t.Errorf("%s is not known: %s", k.Fingerprint, sums[len(sums)-1])
		}
	}
	for _, sum := range testKeys {
		if !slices.Contains(sums, sum) {
			t.Errorf("%s is no key of the tests (any more)", sum)
		}
	}
}
