package main

import (
	"errors"
	"hash/maphash"

	"ctlog/digest"
	"ctlog/internal/scan"
	"ctlog/internal/term"
	"ctlog/source"
	"ctlog/trail"
)

// Of two events with one ID and different content the proven one counts. Which
// one that is must be known when the other is met, and a forged one can be met
// first. So evidence is read in two turns where it matters: files that are
// proven, in the order of the evidence, and then those that are not, in that
// order again. What is held between the turns is a few bytes for each file that
// is not proven.

// turn is which files are read.
type turn int

const (
	everyFile   turn = iota // as they come
	provenFiles             // the others are held back
	otherFiles              // those that were held back
)

// heldBack are the files that are left for the second turn.
type heldBack struct {
	files map[digest.FileID]uint64 // what they had in them
	n     int
	read  int // of them, in the second turn
}

// errHeld holds a file back.
type errHeld struct {
	content uint64
	damage  error // what is wrong with it all the same
}

func (errHeld) Error() string { return "held back until what is proven has been read" }

var errChanged = errors.New("it changed while it was being read; its events are not counted")

var contentSeed = maphash.MakeSeed()

// contentOf tells contents apart; those that are too large to be held are all
// the same.
func contentOf(f scan.File) uint64 {
	sum, ok := [32]byte{}, false
	if !f.Body.Streams() {
		sum, ok = f.Body.Sum()
	}
	return maphash.Comparable(contentSeed, struct {
		sum [32]byte
		ok  bool
	}{sum, ok})
}

// takesTurn says by an error when it is not the file's turn.
func (i *integrity) takesTurn(f scan.File, s digest.Status) error {
	switch i.turn {
	case provenFiles:
		if !s.Proven() {
			content := contentOf(f)
			return errHeld{content, f.Body.Drain()}
		}
	case otherFiles:
		if i.held.files[trail.IDOf(f.Object)] != contentOf(f) {
			return errChanged
		}
	}
	return nil
}

// counted reports whether the end of a file is to be counted: of those that are
// met in both turns in one.
func (i *integrity) counted(o scan.Outcome) bool {
	var held errHeld
	if errors.As(o.Err, &held) {
		if i.held.files == nil {
			i.held.files = map[digest.FileID]uint64{}
		}
		i.held.files[trail.IDOf(o.Object)] = held.content
		i.held.n++
		return false
	}
	if i.turn != otherFiles {
		return true
	}
	if o.Object == nil || !i.isHeld(o.Object) {
		return false
	}
	i.held.read++
	return true
}

func (i *integrity) isHeld(o *source.Object) bool {
	_, ok := i.held.files[trail.IDOf(o)]
	return ok
}

// inTurns runs a scan, in two turns if one ID shall count once and anything is
// proven.
func (i *integrity) inTurns(config scan.Config, once bool, run func(scan.Config) error) error {
	i.hashing(&config)
	if i.trust == nil || i.verified || !once || !i.trust.Proves() {
		return run(config)
	}
	i.turn = provenFiles
	if err := run(config); err != nil || i.held.n == 0 {
		return err
	}
	i.turn = otherFiles
	config.Meter = nil // they have been seen
	config.Named = func(o *source.Object) bool { return !i.isHeld(o) }
	return run(config)
}

// vanished says how many files were not there any more in the second turn.
func (i *integrity) vanished(l *fileStats) {
	if gone := int64(i.held.n - i.held.read); i.turn == otherFiles && gone > 0 && l.ctx.Err() == nil {
		l.bad += gone
		l.voice.Error("%s gone while the evidence was being read; the events are not counted", term.Plural(gone, "file"))
	}
}
