package digest

import "cmp"

// The reasons why a digest's bucket is not the expected one.
const (
	movedFromExpected = "signed for another bucket than --expect-bucket"
	movedFromSource   = "signed for another bucket than the one that was read"
	movedInChain      = "signed for another bucket than the digests of the chain before"
)

// moved finds the valid digests of a chain that are signed for another bucket
// than the one that was asked for or read, or than those before.
func (e *evidence) moved(c *chain) (findings []Finding) {
	before := ""
	for _, n := range c.proven {
		bucket := n.digest.Bucket
		if p := n.digest.Previous; before == "" && p != nil {
			before = p.Bucket
		}
		if n.inScope {
			source := movedFromSource
			if e.o.ExpectBucket != "" {
				source = movedFromExpected
			}
			findings = c.movedFrom(findings, n, cmp.Or(e.o.ExpectBucket, n.bucket), source)
			findings = c.movedFrom(findings, n, before, movedInChain)
		}
		before = bucket
	}
	return findings
}

// movedFrom adds a digest to the findings, if it is signed for another bucket
// than the expected one.
func (c *chain) movedFrom(findings []Finding, n *digestFile, expected, reason string) []Finding {
	bucket := n.digest.Bucket
	if expected == "" || expected == bucket {
		return findings
	}
	for i := range findings {
		if f := &findings[i]; f.Reason == reason && f.Bucket == bucket && f.ExpectedBucket == expected {
			f.Digests++
			f.To = maxTime(f.To, n.end())
			return findings
		}
	}
	f := c.finding(Moved)
	f.Bucket, f.ExpectedBucket, f.Reason = bucket, expected, reason
	f.Digests, f.First, f.From, f.To = 1, n.key, n.start(), n.end()
	return append(findings, f)
}

// atHome reports whether a digest was read from the bucket that it is signed
// for, as far as that is known.
func (h *digestFile) atHome() bool {
	return h.digest == nil || h.bucket == "" || h.bucket == h.digest.Bucket
}
