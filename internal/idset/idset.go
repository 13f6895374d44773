// Package idset remembers which event IDs were seen, compactly and exactly.
//
// CloudTrail's event IDs are UUIDs, so sixteen bytes hold one without loss.
// An ID of another form is replaced by the first sixteen bytes of its
// SHA-256, which no input can be made to collide with.
package idset

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math/bits"
)

type id [16]byte

// seed is drawn anew by each process: nobody can choose IDs that pile up.
var (
	seed      = maphash.MakeSeed()
	low, high = maphash.String(seed, "low"), maphash.String(seed, "high")
)

// hash folds the product of both halves, each of them mixed with the seed.
func (k *id) hash() uint64 {
	h, l := bits.Mul64(binary.LittleEndian.Uint64(k[:])^low, binary.LittleEndian.Uint64(k[8:])^high)
	return h ^ l
}

// Entry is an event's ID with a checksum of its bytes. It holds no reference
// to either, and comparing entries makes sense within one process only.
type Entry struct {
	id  id
	sum uint64 // of the event's bytes, never 0; 0 marks a free slot
}

// isUUID is the bit of a sum that says that the ID is a UUID.
const isUUID = 1 << 63

// Of makes the entry of an event from its ID, without the quotes, and its
// bytes. IDs that differ only in the case of their hexadecimal digits are the
// same.
func Of(eventID, event []byte) Entry {
	sum := maphash.Bytes(seed, event)&^isUUID | 1
	k, ok := uuid(eventID)
	if !ok {
		return Entry{other(eventID), sum}
	}
	return Entry{k, sum | isUUID}
}

// IsUUID reports whether the ID is a UUID. Of others no text is kept.
func (e Entry) IsUUID() bool { return e.sum&isUUID != 0 }

// UUID gives the text of an ID that is a UUID, in lower case.
func (e Entry) UUID() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", e.id[:4], e.id[4:6], e.id[6:8], e.id[8:10], e.id[10:])
}

// Set holds entries. The zero value is an empty set. It costs 24 bytes a slot
// and keeps at least a quarter of the slots free.
type Set struct {
	slots []Entry
	n     int
}

// Verdict is what Add found.
type Verdict int

const (
	New     Verdict = iota // not seen before
	Same                   // seen, with the same bytes
	Differs                // seen, with other bytes: a conflict worth telling
)

// Add records an entry.
func (s *Set) Add(e Entry) Verdict {
	if 4*(s.n+1) > 3*len(s.slots) {
		s.grow()
	}
	at := s.find(e.id)
	switch {
	case at.sum == 0:
		*at = e
		s.n++
		return New
	case at.sum == e.sum:
		return Same
	}
	return Differs
}

// Look says what Add would, and adds nothing.
func (s *Set) Look(e Entry) Verdict {
	if len(s.slots) == 0 {
		return New
	}
	switch at := s.find(e.id); at.sum {
	case 0:
		return New
	case e.sum:
		return Same
	}
	return Differs
}

// Len is how many different IDs were added.
func (s *Set) Len() int { return s.n }

// find gives the slot of k, or the free one where it belongs.
func (s *Set) find(k id) *Entry {
	mask := uint64(len(s.slots) - 1)
	for i := k.hash() & mask; ; i = (i + 1) & mask {
		if at := &s.slots[i]; at.sum == 0 || at.id == k {
			return at
		}
	}
}

func (s *Set) grow() {
	old := s.slots
	s.slots = make([]Entry, max(2*len(old), 1024))
	for _, o := range old {
		if o.sum != 0 {
			*s.find(o.id) = o
		}
	}
}

// other makes sixteen bytes of an ID that is not a UUID.
func other(b []byte) id {
	sum := sha256.Sum256(b)
	return id(sum[:16])
}

func uuid(b []byte) (k id, ok bool) {
	if len(b) != 36 || b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return k, false
	}
	var wrong byte
	for i, at := range pairs {
		high, low := nibbles[b[at]], nibbles[b[at+1]]
		wrong |= high | low
		k[i] = high<<4 | low&15
	}
	return k, wrong < 16
}

// pairs are where the digits of each byte stand in a UUID.
var pairs = [16]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}

// nibbles has the value of each hexadecimal digit, and 255 for what is none.
var nibbles = func() (t [256]byte) {
	for c := range t {
		v, ok := nibble(byte(c))
		if t[c] = byte(v); !ok {
			t[c] = 255
		}
	}
	return t
}()

func nibble(c byte) (uint64, bool) {
	switch {
	case '0' <= c && c <= '9':
		return uint64(c - '0'), true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return uint64(c|0x20-'a') + 10, true
	}
	return 0, false
}
