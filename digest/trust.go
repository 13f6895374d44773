package digest

import "context"

// Trust judges files as they are read, by digests that were read before. What
// it is told of a file is its content, so that a name proves nothing: of two
// members of an archive that have one name each is what its own bytes are.
type Trust struct {
	e       *evidence
	digests map[contentAt]Status
}

// contentAt is what was found at a path when the digests were read. It may be
// there several times; what is said of it is the same.
type contentAt struct {
	path string
	sum  [32]byte
}

// Read reads the digests of a store and the names of its logs.
func Read(ctx context.Context, store Store, o Options) (*Trust, error) {
	e := newEvidence(o)
	if err := store.Files(ctx, func(FileID, Name) bool { return false }, e.take); err != nil {
		return nil, err
	}
	e.askForKeys(ctx)
	e.settle()
	e.matchNames()
	t := &Trust{e, make(map[contentAt]Status, len(e.digests))}
	for _, h := range e.digests {
		t.digests[contentAt{h.id.Path, h.content()}] = h.status
	}
	return t, nil
}

// Judge gives the status of one file, whose Sum, Members and Err are set, and
// the reason when it is not Valid, as far as one is known. It is what Verify
// would say of the file, except that of several copies of a proven log any may
// be the Duplicate. It is safe for concurrent use.
//
// A digest is what it was when the digests were read, if these are its bytes.
// Everything else is judged as a log, whatever its name says.
func (t *Trust) Judge(f File) (Status, string) {
	was, known := t.digests[contentAt{f.Path, f.Sum}]
	if known && f.Err == nil && was != Unreadable {
		return was, ""
	}
	f.Read = true
	l := newLogFile(f, t.e.places[placeOf(f.Name)])
	t.e.judgeLog(l)
	if known && !l.status.Proven() {
		return was, ""
	}
	return l.status, l.reason
}

// Proves reports whether any digest is valid, without which no file is.
func (t *Trust) Proves() bool {
	for _, h := range t.e.digests {
		if h.status == Valid {
			return true
		}
	}
	return false
}
