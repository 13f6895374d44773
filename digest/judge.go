package digest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// judgeDigests settles the key and the status of every digest: first of those
// that a signature proves, then of the others. What is not proven itself may
// prove others, and counts against none.
func (e *evidence) judgeDigests() {
	slices.SortStableFunc(e.digests, func(a, b *digestFile) int { return strings.Compare(a.id.Path, b.id.Path) })
	e.mention()
	e.identify()
	// A successor is judged before its predecessor, against which it may count.
	slices.SortStableFunc(e.digests, func(a, b *digestFile) int { return b.ends().Compare(a.ends()) })
	e.checkSignatures()
	for _, h := range e.digests {
		e.judgeProven(h)
	}
	renamed := e.renamed()
	for _, h := range e.digests {
		e.judgeUnproven(h, renamed)
		e.anchor(h)
		if e.held[h.key] == nil {
			e.held[h.key] = h
		}
	}
	e.chooseDigests()
}

// ends is the end of the window that the file's name, or else its content,
// stands for.
func (h *digestFile) ends() time.Time {
	if h.digest != nil && (h.nameMatches || h.time().IsZero()) {
		return h.digest.End
	}
	return h.time()
}

// judgeProven judges a digest that a signature proves. Its end is then true, so
// what names it as its predecessor has been judged before.
func (e *evidence) judgeProven(h *digestFile) {
	if h.signature == unsigned || !h.nameMatches {
		return
	}
	if reason := e.contradicted(h); reason != "" {
		h.status, h.reason = Altered, reason
		return
	}
	h.status = Valid
	if h.misnamed {
		h.reason = "under another name: " + h.id.Path
	}
	e.noteValid(h)
}

// noteValid makes what a valid digest says count.
func (e *evidence) noteValid(h *digestFile) {
	if m := e.named[h.key]; m != nil {
		m.unclear = m.unclear || m.is != nil && m.is.digest.Sum != h.digest.Sum
		m.is = h
	}
	p := h.previous()
	if p == nil {
		return
	}
	switch m := e.named[p.Object]; {
	case m.valid == nil:
		m.valid = h
	case m.valid.digest.Previous.Sum != p.Sum:
		m.dissent = h
	}
}

// judgeUnproven judges what is left, in the order unreadable, altered,
// unverified. renamed are objects that valid digests name, by their bare names.
func (e *evidence) judgeUnproven(h *digestFile, renamed map[string]string) {
	if h.status != Undecided {
		return
	}
	switch reason := ""; {
	case h.closed:
		h.status, h.reason = Unread, reasonOf(h.err)
	case h.digest == nil:
		h.status, h.reason = Unreadable, reasonOf(h.err)
	case !h.nameMatches:
		h.status, h.reason = Altered, "its content belongs to "+h.digest.Object
	case e.isAnother(h, renamed, &reason), e.refuted(h, &reason):
		h.status, h.reason = Altered, reason
	default:
		h.status, h.reason = Unverified, e.why(h)
	}
}

func reasonOf(err error) string {
	if err == nil {
		return "unreadable"
	}
	return err.Error()
}

// renamed finds the objects that valid digests name under the bare names of
// what is not proven.
func (e *evidence) renamed() map[string]string {
	var unproven, valid []*digestFile
	for _, h := range e.digests {
		switch {
		case h.status == Valid:
			valid = append(valid, h)
		case h.status == Undecided && h.nameMatches && e.mentionsOf(h.key).valid == nil:
			unproven = append(unproven, h)
		}
	}
	if len(valid) == 0 {
		return nil
	}
	return e.objects(unproven, valid)
}

// isAnother reports whether what a valid digest says rules out that h is what
// it says: another hash, or another key under its name; or whether h says
// something else of a valid digest than that has.
func (e *evidence) isAnother(h *digestFile, renamed map[string]string, reason *string) bool {
	if *reason = e.contradicted(h); *reason != "" {
		return true
	}
	if object, ok := renamed[bareName(h.key)]; ok && e.mentionsOf(h.key).valid == nil {
		*reason = "it says that it is " + h.key
		h.key, h.nameMatches = object, false
		return true
	}
	p := h.previous()
	if p == nil {
		return false
	}
	if m := e.mentionsOf(p.Object); m.is != nil && !m.unclear && m.is.digest.Sum != p.Sum {
		*reason = "it names another hash for its predecessor than that digest, which is proven, has"
		return true
	}
	return false
}

// contradicted says it when a valid successor names another hash.
func (e *evidence) contradicted(h *digestFile) (reason string) {
	m := e.mentionsOf(h.key)
	for _, s := range []*digestFile{m.valid, m.dissent} {
		if s != nil && s.digest.Previous.Sum != h.digest.Sum {
			return fmt.Sprintf("its SHA-256 is %x, its successor says %x", h.digest.Sum, s.digest.Previous.Sum)
		}
	}
	return ""
}

// refuted reports whether there are signatures, and a key for them, and none
// verifies. One that only a successor has which is not valid says nothing.
func (e *evidence) refuted(h *digestFile, reason *string) bool {
	if !slices.ContainsFunc(e.keys.named(h.digest.Fingerprint), (*PublicKey).genuine) {
		return false // no key, or one that is not what its fingerprint says
	}
	var from []string
	if len(e.metadataOf(h)) > 0 {
		from = append(from, "the one in the metadata")
	}
	if e.mentionsOf(h.key).valid != nil {
		from = append(from, "the successor's")
	}
	if len(from) == 0 {
		return false
	}
	*reason = "no signature verifies, tried: " + strings.Join(from, ", ")
	if h.digest.Algorithm != "SHA256withRSA" {
		*reason += fmt.Sprintf("; its algorithm %.40q is not known", h.digest.Algorithm)
	}
	return true
}

// why says what is lacking to prove a digest.
func (e *evidence) why(h *digestFile) string {
	keys := e.keys.named(h.digest.Fingerprint)
	if len(keys) == 0 {
		return "no public key with fingerprint " + h.digest.Fingerprint
	}
	for _, k := range keys {
		if !k.genuine() {
			return "the public key that was given for fingerprint " + h.digest.Fingerprint + " is another one: its MD5 is " + k.MD5
		}
	}
	switch by := e.mentionsOf(h.key).by; {
	case len(by) == 0:
		return "no signature: its S3 metadata was not kept and its successor is not here"
	default:
		return "no signature verifies: its S3 metadata was not kept and the digest that names it is not proven either"
	}
}

// anchor notes whether it is proven that a digest with this key was delivered:
// a digest names it that is valid, or whose own hash is proven in this way.
func (e *evidence) anchor(h *digestFile) {
	m := e.mentionsOf(h.key)
	by := m.valid
	if by == nil {
		by = m.linked
	}
	if by == nil {
		return
	}
	h.placed = h.status != Unverified || by.digest.Previous.Sum == h.digest.Sum
	if p := h.previous(); p != nil && h.placed && h.status == Unverified {
		if m := e.named[p.Object]; m.linked == nil {
			m.linked = h
		}
	}
}
