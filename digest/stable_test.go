package digest

import (
	"fmt"
	"strings"
	"testing"

	"ctlog/internal/testkit/trailgen"
)

// The same evidence gives the same report: neither the order of a map nor the
// turn of a goroutine shows.
func TestSameEvidenceSameReport(t *testing.T) {
	c := trail(8, func(s *trailgen.Signed) { twoRegions(s); s.Late = 1; s.Restart = []int{3} })
	digests := c.Digests()
	lacking := strings.NewReplacer(`"digestEndTime"`, `"a"`, `"digestS3Bucket"`, `"b"`, `"awsAccountId"`, `"c"`, `"digestSignatureAlgorithm"`, `"d"`)
	body, _, _ := inflate(c.Objects[digests[2]].Bytes)
	c.Objects[digests[2]] = &trailgen.Stored{Bytes: []byte(lacking.Replace(string(body)))}
	for i := range 30 { // successors of one digest that all say something else
		m := unsignedDigest(20, 21+float64(i)/60, &made{object: digests[5], content: []byte(fmt.Sprint(i)), signature: fmt.Sprintf("%0256x", i)}, nil)
		c.Objects[m.make().object] = &trailgen.Stored{Bytes: m.content}
		c.Objects[fmt.Sprint("again/", i, ".json")] = c.Objects[m.object]
	}
	for i, path := range digests[6:9] {
		c.Objects[fmt.Sprint("other/", i, ".json.gz")] = c.Objects[path]
	}
	trailgen.FaultNamed("log-injected").Apply(c, random(3))
	trailgen.FaultNamed("log-renamed").Apply(c, random(4))
	m, o := memoryOf(c), optionsFor(t, c)
	for i := range 40 {
		for _, from := range []string{"a.jsonl", "b.jsonl"} {
			o.Signatures.Add(fmt.Appendf(nil, `{"key":%q,"metadata":{"signature":"%0256x"}}`, digests[4], i), from)
		}
	}
	o.Keys = append(o.Keys, o.Keys[0], o.Keys[0])
	o.Keys[1].Origin.Region, o.Keys[2].Origin.Source = "us-east-1", "other"
	want := dump(verify(t, m, o))
	for range 50 {
		if got := dump(verify(t, m, o)); got != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	}
}
