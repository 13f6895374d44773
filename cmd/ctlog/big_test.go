//go:build !race

package main

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"ctlog/internal/testkit/trailgen"
)

// regions of a multi-region trail.
var manyRegions = strings.Fields("us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 sa-east-1 eu-west-1 eu-west-2 eu-west-3 " +
	"eu-central-1 eu-north-1 ap-south-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-southeast-1 ap-southeast-2")

// A month of an organisation's digests, 3 accounts × 17 regions, is verified in
// one run, in memory that grows with nothing but the number of digests. Under
// the race detector it would take minutes.
func TestBigEvidence(t *testing.T) {
	if testing.Short() {
		t.Skip("signs 36,720 digests")
	}
	dir := t.TempDir()
	quick := trailgen.NewKey("quick", false, time.Time{}, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
	trail := trailgen.Signed{
		Trail: trailgen.Trail{Org: "o-example1234", Accounts: []string{"111122223333", "444455556666", "777788889999"}, Regions: manyRegions, Hours: 30 * 24},
		Quiet: 1, Keys: []trailgen.Key{quick},
	}
	if err := trail.Copy().WriteTo(dir + "/copy"); err != nil {
		t.Fatal(err)
	}
	keys := writeFile(t, dir+"/keys.json", trail.PublicKeys())
	runtime.GC()
	peak := watchHeap()
	status, out, stderr := in(t, "", "verify", "--json", "--keys", keys, dir+"/copy")
	most := peak()
	if last := lastLine(out); status != 0 || !strings.Contains(last, `"digests":{"valid":36720}`) || !strings.Contains(last, `"chains":51`) {
		t.Errorf("status %d, %s, %s", status, last, stderr)
	}
	t.Logf("at most %d MB of heap", most>>20)
	if most > 400<<20 {
		t.Errorf("%d MB of heap for 36,720 digests", most>>20)
	}
}

// watchHeap samples the heap until the function that it gives is called, which
// gives the most that was seen.
func watchHeap() func() uint64 {
	stop, most := make(chan bool), make(chan uint64)
	go func() {
		var peak uint64
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				most <- peak
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			}
		}
	}()
	return func() uint64 { close(stop); return <-most }
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
