package match

import (
	"strings"

	"ctlog/query/need"
)

// words finds many strings in one pass over a text, most of which it does not
// look at (Wu and Manber, "A fast algorithm for multi-pattern searching", 1994):
// of the beginning that all strings have in length it looks at the last four
// bytes, and these say how far the nearest string that has them begins at most.
// 10,000 domain names pass 1 GB/s where an automaton (automaton.go), a look-up
// for every byte, passes 0.15; strings of less than four bytes are left to that.
type words struct {
	pats  []pattern
	front int              // length of the beginning that is looked at
	shift [blockSlots]byte // how far on, by the hash of a block
	heads map[uint32]int32 // the first of pats whose beginning ends in a block
	next  []int32          // the next of them, -1 at the end
}

const (
	blockLen   = 4
	blockBits  = 18
	blockSlots = 1 << blockBits
	// frontMost bounds the beginning: each byte of it is one block more a string
	// in the table, and a table that is full lets nothing be passed over.
	frontMost = 12
)

// newWords makes a finder of strings that all have blockLen bytes at least.
func newWords(pats []pattern) *words {
	w := &words{pats: pats, front: frontMost, heads: map[uint32]int32{}, next: make([]int32, len(pats))}
	for _, p := range pats {
		w.front = min(w.front, len(p.text))
	}
	far := byte(w.front - blockLen + 1)
	for i := range w.shift {
		w.shift[i] = far
	}
	for i, p := range pats {
		for end := blockLen; end <= w.front; end++ {
			slot := &w.shift[slotOf(blockAt(p.text, end-blockLen))]
			*slot = min(*slot, byte(w.front-end))
		}
		last := blockAt(p.text, w.front-blockLen)
		w.next[i] = -1
		if head, ok := w.heads[last]; ok {
			w.next[i] = head
		}
		w.heads[last] = int32(i)
	}
	return w
}

// blockAt is a block with its letters in lower case; other bytes may become
// equal too, which comparing tells apart.
func blockAt[T string | []byte](s T, at int) uint32 {
	return (uint32(s[at]) | uint32(s[at+1])<<8 | uint32(s[at+2])<<16 | uint32(s[at+3])<<24) | 0x20202020
}

func slotOf(block uint32) uint32 { return block * 0x9e3779b1 >> (32 - blockBits) }

// scan calls found with the line of each string that stands by itself in b, and
// where it begins, until found reports false; scan then does too.
func (w *words) scan(b []byte, found func(line, at int) bool) bool {
	for i := w.front - blockLen; i+blockLen <= len(b); {
		block := blockAt(b, i)
		if s := w.shift[slotOf(block)]; s > 0 {
			i += int(s)
			continue
		}
		if head, ok := w.heads[block]; ok && !w.try(b, i+blockLen-w.front, head, found) {
			return false
		}
		i++
	}
	return true
}

// try compares the strings of one block, which would begin at start.
func (w *words) try(b []byte, start int, head int32, found func(line, at int) bool) bool {
	for i := head; i >= 0; i = w.next[i] {
		p := &w.pats[i]
		end := start + len(p.text)
		if end <= len(b) && need.EqualFold(b[start:end], p.text) && p.hits(b, start, end) && !found(p.line, start) {
			return false
		}
	}
	return true
}

// finder finds strings of any length.
type finder struct {
	long  *words     // nil: none
	short *automaton // nil: none
}

// newFinder makes a finder of strings in lower case.
func newFinder(pats []pattern) finder {
	var f finder
	var long, short []pattern
	for _, p := range pats {
		if len(p.text) < blockLen {
			short = append(short, p)
		} else {
			long = append(long, p)
		}
	}
	if len(long) > 0 {
		f.long = newWords(long)
	}
	if len(short) > 0 {
		f.short = newAutomaton(short)
	}
	return f
}

func (f finder) scan(b []byte, found func(line, at int) bool) bool {
	return (f.long == nil || f.long.scan(b, found)) && (f.short == nil || f.short.scan(b, found))
}

// lowerASCII is what patterns are compared in.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 0x20
		}
		return r
	}, s)
}
