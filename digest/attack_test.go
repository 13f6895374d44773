package digest

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"ctlog/internal/trailgen"
)

// attacks are what can be done to a copy beside the faults, by someone who has
// no key of CloudTrail's.
var attacks = []func(c *trailgen.Copy, at string, r *rand.Rand){
	func(c *trailgen.Copy, at string, _ *rand.Rand) { // moved
		c.Objects["else/where/"+at] = c.Objects[at]
		delete(c.Objects, at)
	},
	func(c *trailgen.Copy, at string, _ *rand.Rand) { c.Objects["twice/"+path.Base(at)] = c.Objects[at] },
	func(c *trailgen.Copy, at string, r *rand.Rand) { // another's content
		all := slices.Sorted(maps.Keys(c.Objects))
		c.Objects[at] = c.Objects[all[r.IntN(len(all))]]
	},
	func(c *trailgen.Copy, at string, _ *rand.Rand) { delete(c.Objects, at) },
	func(c *trailgen.Copy, at string, r *rand.Rand) { // a digest that nothing proves
		a := r.IntN(9)
		m := hours(float64(a), float64(a+1+r.IntN(9)), nil, early, later)
		m.keepOut, m.region = r.IntN(2) == 0, regions[r.IntN(2)]
		m.logs[path.Join("evil", at)] = "evil"
		m.logs[at] = "evil"
		if m.make(); r.IntN(2) == 0 {
			m.content = bytes.Replace(m.content, []byte(quick.Fingerprint()), []byte("unknown"), 1)
		}
		m.content = bytes.Replace(m.content, []byte("SHA256withRSA"), []byte("SHA256withrsa"), 1)
		c.Objects[m.object] = &trailgen.Stored{Bytes: m.content, Metadata: map[string]string{"signature": m.signature}}
	},
	func(c *trailgen.Copy, at string, _ *rand.Rand) { // evil content under a name that a forged digest lists
		c.Objects[path.Join("evil", at)] = &trailgen.Stored{Bytes: []byte(`{"Records":[]}`)}
	},
	func(c *trailgen.Copy, at string, _ *rand.Rand) { // as another kind of file
		c.Objects[strings.ReplaceAll(at, "_CloudTrail_", "_CloudTrail-Digest_")] = c.Objects[at]
	},
	func(c *trailgen.Copy, at string, _ *rand.Rand) { c.Objects[at].Metadata = nil },
}

// keyless are the faults that need no key either.
var keyless = slices.DeleteFunc(slices.Clone(trailgen.Faults), func(f trailgen.Fault) bool { return f.Name == "region-restarted" })

// No attack makes something valid that CloudTrail did not deliver, and a copy
// that is proven is whole.
func TestAttacks(t *testing.T) {
	whole := trail(6, func(s *trailgen.Signed) { twoRegions(s); s.Late = 1; s.RecordsPerFile = 1 })
	genuine := truthOf(whole)
	for seed := range uint64(150) {
		c, r := clone(whole), random(seed)
		for range 1 + r.IntN(3) {
			all := slices.Sorted(maps.Keys(c.Objects))
			switch n := r.IntN(len(attacks) + 8); {
			case len(all) == 0:
			case n < len(attacks):
				attacks[n](c, all[r.IntN(len(all))], r)
			default:
				keyless[r.IntN(len(keyless))].Apply(c, r)
			}
		}
		m := memoryOf(c)
		genuine.judge(t, seed, m, verify(t, m, optionsFor(t, c)))
	}
}

// truth is what CloudTrail delivered.
type truth struct {
	files map[[32]byte]File   // by content
	lists map[string][]string // digest key → the keys that it lists
}

func truthOf(c *trailgen.Copy) truth {
	genuine := truth{map[[32]byte]File{}, map[string][]string{}}
	for _, f := range memoryOf(c).files {
		genuine.files[f.Sum] = f
		if f.Digest != nil {
			for _, l := range f.Digest.Logs {
				genuine.lists[f.Key] = append(genuine.lists[f.Key], l.Object)
			}
		}
	}
	return genuine
}

func (g truth) judge(t *testing.T, seed uint64, m *memory, r *Report) {
	t.Helper()
	valid := map[string]bool{}
	for it := range r.Items() {
		if it.Status != Valid {
			continue
		}
		valid[it.Key] = true
		if f, ok := g.files[it.Sum]; !ok || f.Key != it.Key {
			t.Errorf("%d: %s is valid as %s, which was not delivered", seed, it.Path, it.Key)
		}
	}
	if r.Verdict != Proven {
		return
	}
	other := map[string]bool{}
	for _, b := range r.Beside {
		other[b.Path] = b.Kind == BesideOther
	}
	for _, f := range m.files {
		if _, ok := g.files[f.Sum]; !ok && (f.Events || !other[f.Path]) {
			t.Errorf("%d: proven with %s, which was not delivered", seed, f.Path)
		}
	}
	for key := range valid {
		for _, l := range g.lists[key] {
			if !valid[l] {
				t.Errorf("%d: proven without %s, which %s lists", seed, l, key)
			}
		}
	}
}
