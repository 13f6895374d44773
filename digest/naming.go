package digest

import (
	"path"
	"strings"
)

// mentions is what digests say of one object, which they name as their
// predecessor, and what is known of that object itself.
type mentions struct {
	by []*digestFile // that name it, in the order of their paths

	// valid is the first of them that is valid, dissent one that is valid too
	// and names another hash.
	valid, dissent *digestFile
	// linked is one that is not valid, but whose own hash is proven.
	linked *digestFile
	// is the object, as far as a valid digest with that key is here.
	is      *digestFile
	unclear bool // several are, with different contents
}

// mention notes which digests name which as their predecessor.
func (e *evidence) mention() {
	e.named = map[string]*mentions{}
	for _, h := range e.digests {
		if p := h.previous(); p != nil {
			m := e.named[p.Object]
			if m == nil {
				m = &mentions{}
				e.named[p.Object] = m
			}
			m.by = append(m.by, h)
		}
	}
}

// previous is what a digest says of its predecessor; nil where it names none,
// or itself.
func (h *digestFile) previous() *Link {
	if h.digest == nil || h.digest.Previous == nil || h.digest.Previous.Object == h.digest.Object {
		return nil
	}
	return h.digest.Previous
}

// mentionsOf gives what digests say of an object; never nil.
func (e *evidence) mentionsOf(object string) *mentions {
	if m := e.named[object]; m != nil {
		return m
	}
	return &mentions{}
}

// identify finds the S3 keys that files are about. A digest is what its content
// says, unless its name is that of another one; of a file without content, or
// with another's, it is what a successor calls it, else its place.
func (e *evidence) identify() {
	var odd []*digestFile
	for _, h := range e.digests {
		switch {
		case h.digest == nil || h.claimsAnother(e):
			odd = append(odd, h)
		default:
			h.key, h.nameMatches = h.digest.Object, true
			h.misnamed = !sameName(h.digest.Object, h.stands)
		}
	}
	known := e.objects(odd, e.digests)
	for _, h := range odd {
		h.key = h.stands
		if object, ok := known[bareName(h.stands)]; ok {
			h.key = object
		}
	}
	for _, h := range e.digests {
		name := e.o.Names(h.key)
		if name.Kind != DigestFile && h.digest != nil {
			name = e.o.Names(h.digest.Object)
		}
		e.setName(h, name)
	}
}

// objects finds, by their bare names, the objects that some digests call the
// ones that files may be about: the first of them by name.
func (e *evidence) objects(files, named []*digestFile) map[string]string {
	wanted := map[string]bool{}
	for _, h := range files {
		wanted[bareName(h.stands)] = true
	}
	if len(wanted) == 0 {
		return nil
	}
	known := map[string]string{}
	for _, s := range named {
		if p := s.previous(); p != nil {
			name := bareName(p.Object)
			if first, ok := known[name]; wanted[name] && (!ok || p.Object < first) {
				known[name] = p.Object
			}
		}
	}
	return known
}

// claimsAnother reports whether the name of a file is that of a digest, and of
// another one than its content says.
func (h *digestFile) claimsAnother(e *evidence) bool {
	if sameName(h.digest.Object, h.stands) {
		return false
	}
	base := path.Base(h.stands)
	return e.o.Names(base).Kind == DigestFile || e.o.Names(properCase(base)).Kind == DigestFile
}

// sameName reports whether two paths have the same base name, whatever its
// case and the suffix of a compression: copies lose both.
func sameName(a, b string) bool { return strings.EqualFold(cutSuffixes(a), cutSuffixes(b)) }

// bareName is what two paths have in common for which sameName holds.
func bareName(name string) string { return strings.ToLower(cutSuffixes(name)) }

var packed = [...]string{".gz", ".zst", ".xz", ".bz2"}

// cutSuffixes is the base name without the suffix of a compression, in any
// case.
func cutSuffixes(name string) string {
	base := name[strings.LastIndexByte(name, '/')+1:]
	for _, suffix := range packed {
		if at := len(base) - len(suffix); at >= 0 && strings.EqualFold(base[at:], suffix) {
			base = base[:at]
		}
	}
	return base
}

// properCase gives a digest's base name the case that CloudTrail writes, as far
// as that decides whether it is one.
func properCase(base string) string {
	parts := strings.Split(strings.ToLower(base), "_")
	at := len(parts) - 1
	if strings.HasPrefix(parts[at], "backfill") {
		at--
	}
	if at < 2 {
		return base
	}
	parts[1] = "CloudTrail-Digest"
	stamp, suffix, _ := strings.Cut(parts[at], ".")
	parts[at] = strings.ToUpper(stamp)
	if suffix != "" {
		parts[at] += "." + suffix
	}
	return strings.Join(parts, "_")
}
