// Package parse turns stored bytes into CloudTrail events.
//
// A Decoder opens one object after the other: it finds the compression by
// content, inflates, hashes on the same pass when asked, and gives a Body. A
// Body is iterated as events, whatever shape they were delivered or exported
// in, or as the JSON documents that jq would see. An event is its original
// bytes; nothing is decoded into maps. Field and Paths look values up on those
// bytes.
//
// Order of reading: body.go (inflating), skim.go (where a JSON value ends),
// window.go (a buffer that refills), shapes.go (where events stand), blocks.go
// (the same for CloudTrail's own shape, faster), field.go (look-up), string.go
// (strings and white space).
//
// Evidence is hostile: whatever the bytes, the answer is an *Error, never a
// panic, and memory is bounded by Limits.
package parse

import (
	"errors"
	"fmt"
)

// Limits bound what one object may cost. Zero fields mean the defaults.
type Limits struct {
	// Whole is up to how many inflated bytes a body is held as one slice.
	// Larger ones stream through a window.
	Whole int64
	// Inflated is what one object may inflate to: an object that goes beyond
	// is a bomb, or needs the limit raised.
	Inflated int64
	// Event is how large one event, or one document in document mode, may be.
	Event int64
}

const (
	// DefaultWhole holds all but freak files: real ones inflate to 50 MB at
	// most.
	DefaultWhole = 32 << 20
	// DefaultInflated lets concatenated exports through and ends a bomb.
	DefaultInflated = 64 << 30
	// DefaultEvent is far above CloudTrail's own limit of 256 KB an event,
	// so that hand-made documents pass too.
	DefaultEvent = 64 << 20
	// MaxDepth is how deep JSON may nest. Real events stay under 30.
	MaxDepth = 1000
)

func (l Limits) filled() Limits {
	if l.Whole == 0 {
		l.Whole = DefaultWhole
	}
	if l.Inflated == 0 {
		l.Inflated = DefaultInflated
	}
	if l.Event == 0 {
		l.Event = DefaultEvent
	}
	return l
}

// What can be wrong with an object. Every error of this package wraps one.
var (
	ErrEmpty     = errors.New("empty")
	ErrTruncated = errors.New("cut off")
	ErrTrailing  = errors.New("bytes after the end of the compressed stream")
	ErrCorrupt   = errors.New("damaged compressed data")
	ErrChecksum  = errors.New("checksum or length of the compressed data is wrong")
	ErrTooLarge  = errors.New("larger than the limit")
	ErrSyntax    = errors.New("not JSON")
	ErrDepth     = fmt.Errorf("JSON nested deeper than %d levels", MaxDepth)
	ErrNotEvent  = errors.New("not an event")
	ErrEncoding  = errors.New("UTF-16 text, not UTF-8; convert it with iconv -f UTF-16 -t UTF-8")
	ErrRead      = errors.New("cannot be read")
	// ErrFormat marks what is sound for all that is known, and not read.
	ErrFormat = errors.New("not read")
	// ErrDigest marks a digest file met while looking for events: no fault.
	ErrDigest = errors.New("a digest file, not a log")
)

// Error says what was wrong and where. Fatal tells that nothing more can come
// from the object; after another error the iteration goes on.
type Error struct {
	Err     error
	Offset  int64  // in the inflated content; -1 when it does not apply
	Pointer string // JSON pointer, where it helps
	Detail  string // what was met, where it helps
	Hint    string // what to do about it, where that is not plain
	Limit   int64  // of ErrTooLarge: that of Limits.Inflated, where it was met
	Fatal   bool
}

func (e *Error) Error() string {
	s := e.Err.Error()
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	switch {
	case e.Offset >= 0 && e.Pointer != "":
		s += fmt.Sprintf(" at byte %d (%s)", e.Offset, e.Pointer)
	case e.Offset >= 0:
		s += fmt.Sprintf(" at byte %d", e.Offset)
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }
