package idset

import "hash/maphash"

// FingerprintSet is a Set that keeps of each ID a fingerprint of 64 bits under a key
// that is drawn anew by each process: eight bytes a slot, ten to twelve an ID.
//
// It is not exact, and made for counting. That among ten million different IDs
// any is taken for one that was there before happens in one run of 370,000
// (n²/2⁶⁵); nobody can bring it about without the key. Of the event's bytes
// eleven bits are kept, so that of 2,000 that differ one passes for the same.
//
// The first 12 bits of the fingerprint choose a part, which is a table with
// open addressing that grows by itself: at no time is the whole there twice.
// A slot holds the other 52 bits and the checksum.
type FingerprintSet struct {
	parts      [1 << partBits]part
	n          int
	prefetched uint64
}

const (
	partBits = 12
	sumBits  = partBits // what the part tells needs no place in the slot
)

type part struct {
	slots []uint64 // 0 is free
	n     int
}

// Add records an entry.
func (p *FingerprintSet) Add(e Entry) Verdict {
	t, slot := p.place(&e)
	if 20*(t.n+1) > 17*len(t.slots) { // linear probing is slow beyond 85 %
		t.grow()
	}
	at := t.find(slot)
	switch *at {
	case 0:
		*at = slot
		t.n++
		p.n++
		return New
	case slot:
		return Same
	}
	return Differs
}

// Look says what Add would, and adds nothing.
func (p *FingerprintSet) Look(e Entry) Verdict {
	t, slot := p.place(&e)
	if len(t.slots) == 0 {
		return New
	}
	switch *t.find(slot) {
	case 0:
		return New
	case slot:
		return Same
	}
	return Differs
}

// place gives the part and the slot of an entry. The hash that tells a Set where
// to look would not do: here it is all that is left of the ID.
func (p *FingerprintSet) place(e *Entry) (t *part, slot uint64) {
	print := maphash.Bytes(seed, e.id[:])
	return &p.parts[print>>(64-partBits)], print<<partBits | e.sum&(1<<sumBits-1) // never 0: the sum is odd
}

// Prefetch looks where entries would stand, of which many are about to be added.
// These looks do not wait for each other, as those of Add do; in a set that is
// larger than the processor's caches that is most of the time.
func (p *FingerprintSet) Prefetch(entries []Entry) {
	for i := range entries {
		if t, slot := p.place(&entries[i]); len(t.slots) > 0 {
			p.prefetched += t.slots[t.home(slot)]
		}
	}
}

// Len is how many different IDs were added.
func (p *FingerprintSet) Len() int { return p.n }

// find gives the slot with the same fingerprint, or the free one where it
// belongs. Slots lie near where their fingerprint, as a fraction, points to.
func (t *part) find(slot uint64) *uint64 {
	for i := t.home(slot); ; {
		if v := t.slots[i]; v == 0 || v>>sumBits == slot>>sumBits {
			return &t.slots[i]
		}
		if i++; i == len(t.slots) {
			i = 0
		}
	}
}

func (t *part) home(slot uint64) int { return int(slot >> 32 * uint64(len(t.slots)) >> 32) }

// grow makes room for a quarter more.
func (t *part) grow() {
	old := t.slots
	t.slots = make([]uint64, max(len(old)+len(old)/4, 16))
	for _, slot := range old {
		if slot != 0 {
			*t.find(slot) = slot
		}
	}
}
