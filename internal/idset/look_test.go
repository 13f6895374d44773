package idset

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Look says what Add would say, of both kinds of sets, and changes nothing.
func TestLook(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var exact Set
	var prints FingerprintSet
	for range 20_000 {
		e := Of(fmt.Appendf(nil, "%08x-0000-4000-8000-%012x", r.IntN(9000), 7), fmt.Append(nil, r.IntN(2)))
		for _, set := range []interface {
			Add(Entry) Verdict
			Look(Entry) Verdict
			Len() int
		}{&exact, &prints} {
			n := set.Len()
			looked, again := set.Look(e), set.Look(e)
			if set.Len() != n || again != looked {
				t.Fatal("Look changes the set")
			}
			if added := set.Add(e); added != looked {
				t.Fatalf("%T: Look says %v, Add %v", set, looked, added)
			}
		}
	}
}

// The text of a UUID can be had back from an entry, in lower case.
func TestUUID(t *testing.T) {
	const id = "a1b2c3d4-0000-4111-8222-0123456789ab"
	for _, given := range []string{id, "A1B2C3D4-0000-4111-8222-0123456789AB"} {
		if e := Of([]byte(given), []byte("x")); !e.IsUUID() || e.UUID() != id {
			t.Errorf("%s gives %q, %v", given, e.UUID(), e.IsUUID())
		}
	}
	for _, given := range []string{"", "1", id[1:], id + "0", "g" + id[1:]} {
		if Of([]byte(given), []byte("x")).IsUUID() {
			t.Errorf("%q is a UUID", given)
		}
	}
}
