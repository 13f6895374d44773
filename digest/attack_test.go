package digest

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"ctlog/internal/testkit/trailgen"
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
	func(c *trailgen.Copy, at string, r *rand.Rand) { // forged events under the name of another kind, or of none
		forged := events(call("forged", "ConsoleLogin", float64(r.IntN(6)), ""))
		c.Objects[otherNames[r.IntN(len(otherNames))](at)] = &trailgen.Stored{Bytes: trailgen.Gzip([]byte(forged))}
	},
	func(c *trailgen.Copy, at string, r *rand.Rand) { // a copy by any name
		c.Objects[otherNames[r.IntN(len(otherNames))](at)] = c.Objects[at]
	},
	func(c *trailgen.Copy, _ string, r *rand.Rand) { // an unsigned successor that lies about a digest
		digests := c.Digests()
		if len(digests) == 0 {
			return
		}
		before := digests[r.IntN(len(digests))]
		m := hours(float64(r.IntN(9)), 9.5, nil)
		m.keepOut = r.IntN(2) == 0
		m.change = func(fields map[string]any) {
			fields["previousDigestS3Bucket"], fields["previousDigestS3Object"] = c.Bucket, before
			fields["previousDigestHashValue"], fields["previousDigestHashAlgorithm"] = strings.Repeat("0", 64), "SHA-256"
			fields["previousDigestSignature"] = strings.Repeat("0", 512)
		}
		m.make()
		m.content = bytes.Replace(m.content, []byte(`"logFiles"`), []byte(`"junk":1,"logFiles"`), 1) // what was signed is another text
		c.Objects[m.object] = &trailgen.Stored{Bytes: m.content, Metadata: map[string]string{"signature": m.signature}}
	},
	func(c *trailgen.Copy, _ string, r *rand.Rand) { // two of everything
		for _, p := range slices.Sorted(maps.Keys(c.Objects)) {
			if len(c.Objects) < 200 {
				c.Objects["two/"+p] = c.Objects[p]
			}
		}
	},
}

// otherNames are what a file can be called that is none of CloudTrail's logs.
var otherNames = []func(at string) string{
	func(at string) string { return strings.ReplaceAll(at, "CloudTrail", "CloudTrail-Insight") },
	func(at string) string { return strings.ReplaceAll(at, "_CloudTrail_", "_CloudTrail-NetworkActivity_") },
	func(at string) string { return strings.ReplaceAll(at, "/CloudTrail/", "/CloudTrail-Aggregated/") },
	func(at string) string { return path.Join(path.Dir(at), "restored.json.gz") },
	func(at string) string { return strings.TrimSuffix(at, ".json.gz") + " (1).json.gz" },
	func(at string) string { return strings.ToLower(at) },
	func(at string) string { return "evidence.json.gz" },
	func(at string) string { return "AWSLogs/" + path.Base(at) },
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
		m, o := memoryOf(c), optionsFor(t, c)
		report := verify(t, m, o)
		genuine.judge(t, seed, m, report)
		sameAgain(t, seed, m, o, dump(report))
	}
}

// sameAgain: a second run over the files in another order says the same.
func sameAgain(t *testing.T, seed uint64, m *memory, o Options, want string) {
	t.Helper()
	shuffled := &memory{files: slices.Clone(m.files), bodies: m.bodies}
	random(seed).Shuffle(len(m.files), func(i, j int) {
		shuffled.files[i], shuffled.files[j] = shuffled.files[j], shuffled.files[i]
	})
	if got := dump(verify(t, shuffled, o)); got != want {
		t.Errorf("%d: in another order:\n%s\nwant\n%s", seed, got, want)
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
		if !it.Status.Proven() {
			continue
		}
		valid[it.Key] = true
		if f, ok := g.files[it.Sum]; !ok || f.Key != it.Key {
			t.Errorf("%d: %s is proven as %s, which was not delivered", seed, it.Path, it.Key)
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
