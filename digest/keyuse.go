package digest

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// keyFaults says what there is to be said against the use of a key for a
// digest that it proves.
func (e *evidence) keyFaults(h *digestFile, k *PublicKey) (faults []string) {
	if !e.timely(h, k) {
		faults = append(faults, "used outside its validity, "+k.Start.Format(time.RFC3339)+" to "+k.End.Format(time.RFC3339))
	}
	if r := k.Origin.Region; r != "" && r != h.name.Region {
		faults = append(faults, "published for "+r+", used for "+cmp.Or(h.name.Region, "no region"))
	}
	if !k.genuine() {
		// This is known of a sample that AWS published; the signature decides.
		faults = append(faults, "the fingerprint that was published with the key, "+k.Fingerprint+", is not its MD5, "+k.MD5)
	}
	return faults
}

// timely reports whether a digest was signed while a key was valid: at the end
// of its window or, for a backfill, when it was generated, which only its
// metadata says. Nothing proves metadata, so any that fits will do.
func (e *evidence) timely(h *digestFile, k *PublicKey) bool {
	if !h.name.Backfill {
		return k.covers(h.digest.End)
	}
	known := false
	for _, m := range e.metadataOf(h) {
		known = known || m.generated != unsaid
		if m.generated != unsaid && k.covers(time.Unix(m.generated, 0)) {
			return true
		}
	}
	return !known
}

// keyFindings is about keys that were used as they should not be.
func (e *evidence) keyFindings() (findings []Finding) {
	at := map[string]int{}
	for _, h := range e.digests {
		if h.signedBy == nil || !h.inScope || h.superseded {
			continue
		}
		for _, fault := range e.keyFaults(h, h.signedBy) {
			i, ok := at[h.digest.Fingerprint+fault]
			if !ok {
				i = len(findings)
				at[h.digest.Fingerprint+fault] = i
				findings = append(findings, Finding{Kind: Key, Fingerprint: h.digest.Fingerprint, Reason: fault, First: h.key, Accepted: e.accepts(h.signedBy)})
			}
			findings[i].Digests++
			findings[i].First = min(findings[i].First, h.key)
			findings[i].Accepted = findings[i].Accepted && e.accepts(h.signedBy)
		}
	}
	slices.SortFunc(findings, func(a, b Finding) int { return strings.Compare(a.Fingerprint+a.Reason, b.Fingerprint+b.Reason) })
	return findings
}

// accepts reports whether the user takes a key as it is.
func (e *evidence) accepts(k *PublicKey) bool {
	return slices.ContainsFunc(e.o.AcceptKeys, func(f string) bool {
		return strings.EqualFold(f, k.Fingerprint) || strings.EqualFold(f, k.MD5)
	})
}

// keyUses are the keys that proved what was asked for.
func (e *evidence) keyUses() []KeyUse {
	digests := map[*PublicKey]int{}
	for _, h := range e.digests {
		if h.status == Valid && h.inScope && !h.superseded {
			digests[h.signedBy]++
		}
	}
	uses := make([]KeyUse, 0, len(digests))
	for k, n := range digests {
		uses = append(uses, KeyUse{*k, n})
	}
	slices.SortFunc(uses, func(a, b KeyUse) int {
		return cmp.Or(strings.Compare(a.Fingerprint, b.Fingerprint), slices.Compare(a.DER[:], b.DER[:]),
			strings.Compare(a.Origin.Source, b.Origin.Source), strings.Compare(a.Origin.Region, b.Origin.Region),
			a.Start.Compare(b.Start), a.End.Compare(b.End), a.Origin.Fetched.Compare(b.Origin.Fetched), cmp.Compare(a.Digests, b.Digests))
	})
	return uses
}
