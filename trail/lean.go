package trail

import (
	"runtime/debug"

	"ctlog/digest"
)

// A verification holds something of every file until it judges, so that with
// the usual setting of the collector half of the memory of a large one is
// garbage. The more is held the less garbage may gather beside it: 285,600
// digests with 142,800 logs take 552 to 564 MB, the program included, 2 KB a digest. Small evidence keeps its pace.
const (
	manyFiles, leanPercent     = 10_000, 40
	hugeEvidence, leastPercent = 100_000, 15
)

// lean makes the collector thrifty once many files are held.
type lean struct {
	files int
	was   int
	on    bool
}

// hold counts a file that is held; unload gives back what only small evidence
// needs.
func (l *lean) hold(unload func()) {
	switch l.files++; l.files {
	case manyFiles:
		l.was, l.on = debug.SetGCPercent(leanPercent), true
	case hugeEvidence:
		if unload != nil {
			unload()
		}
		debug.SetGCPercent(leastPercent)
	}
}

// Release gives the collector back its pace, when the verification is over.
func (s *Copy) Release() {
	l := &s.lean
	if l.on {
		debug.SetGCPercent(l.was)
	}
	*l = lean{}
}

// share has a digest hold no text twice that is held anyway.
func (s *Copy) share(f *digest.File) {
	d := f.Digest
	if d == nil {
		return
	}
	d.Share(f.Path, s.before)
	if d.Previous != nil {
		d.Previous.Signature = s.Signatures.Share(d.Previous.Object, d.Previous.Signature)
	}
	s.before = d
}
