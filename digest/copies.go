package digest

import "slices"

// copied judges a log that is one more of what a listing is about.
func (e *evidence) copied(l *logFile) {
	by := &e.listings[l.listed]
	l.status, l.reason = Duplicate, "a copy of "+by.Object
	if s := by.digest.status; s != Valid {
		l.status, l.reason = Unverified, l.reason+", whose digest is "+s.String()
	}
}

// settleCopies has, of the files that have the content of one listed log, one
// stand for it: the one that fits best to its key. The others are copies.
func (e *evidence) settleCopies() {
	for n, l := range e.logs {
		if l.listed < 0 || l.superseded {
			continue
		}
		e.listings[l.listed].here = true
		if !e.agrees(l) {
			continue
		}
		l.listed = e.canonical(l.listed)
		by := &e.listings[l.listed]
		by.here = true
		if by.original < 0 || e.fit(l) > e.fit(e.logs[by.original]) {
			by.original = int32(n)
		}
	}
	for n, l := range e.logs {
		if l.superseded || !e.agrees(l) {
			continue
		}
		if by := &e.listings[l.listed]; by.original == int32(n) {
			e.standsFor(l, by)
		} else {
			e.copied(l)
		}
	}
}

// standsFor: l is the log that is listed, and no copy of it.
func (e *evidence) standsFor(l *logFile, by *listing) {
	if l.status == Duplicate { // the file of that name has another content
		l.status, l.reason = Valid, "it stands under another name: "+l.id.Path
	}
	if l.status == Valid {
		e.validLogs[by.digest.key]++
	}
}

// agrees reports whether a log has the content that is listed for it.
func (e *evidence) agrees(l *logFile) bool {
	return l.listed >= 0 && l.read && l.err == nil && l.sum == e.listings[l.listed].Sum
}

func (e *evidence) fit(l *logFile) int { return agreement(l.object(), e.listings[l.listed].Object) }

// canonical is the first of all listings that say the same as the i-th, those
// of better digests before the rest. Digests can be there twice, too.
func (e *evidence) canonical(i int32) int32 {
	same := []int32{i}
	for j := range e.sameContent(e.listings[i].Sum) {
		if j != i && e.listings[j].Object == e.listings[i].Object {
			same = append(same, j)
		}
	}
	if len(same) == 1 {
		return i
	}
	slices.Sort(same)
	return e.best(same, e.listings[i].Sum)
}

// isHere reports whether a listed content is here, under whatever name.
func (e *evidence) isHere(sum [32]byte) bool {
	for i := range e.sameContent(sum) {
		if e.listings[i].original >= 0 {
			return true
		}
	}
	return false
}

// settleForeign lets a file with a foreign name be what its twin is that
// CloudTrail may have named: what was downloaded twice is no forgery.
func (e *evidence) settleForeign() {
	twins := map[[32]byte]*logFile{}
	foreign := func(l *logFile) bool { return l.foreign && l.status == Unreferenced && l.read && l.err == nil }
	for _, l := range e.logs {
		if foreign(l) {
			twins[l.sum] = nil
		}
	}
	for _, l := range e.logs {
		if twin, ok := twins[l.sum]; ok && twin == nil && !l.foreign && !l.superseded && l.read && l.err == nil {
			twins[l.sum] = l
		}
	}
	for _, l := range e.logs {
		if twin := twins[l.sum]; twin != nil && foreign(l) {
			l.status, l.reason = twin.status, "a copy of "+twin.id.Path+"; "+twin.reason
		}
	}
}
