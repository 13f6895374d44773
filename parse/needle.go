package parse

import "bytes"

// Needle is a text to be found in much that does not have it. It is looked for
// by two of its bytes at once, best its rarest: one alone is met every few
// hundred bytes.
type Needle struct {
	text      string
	low, high int // places of the two bytes
}

// NewNeedle makes a needle of a text that is not empty; a and b are places of
// bytes in it, which may be the same.
func NewNeedle(text string, a, b int) Needle { return Needle{text, min(a, b), max(a, b)} }

// Index gives the first place of the needle in b at or after from, -1 when
// there is none.
func (n *Needle) Index(b []byte, from int) int {
	end := len(b) - len(n.text) + 1 // places where it may begin
	for from < end {
		if from = n.candidate(b, from, end); from < 0 {
			return -1
		}
		if string(b[from:from+len(n.text)]) == n.text {
			return from
		}
		from++
	}
	return -1
}

// candidatePlain gives the next place where both bytes stand, by looking for
// the first.
func (n *Needle) candidatePlain(b []byte, from, end int) int {
	for from < end {
		i := bytes.IndexByte(b[from+n.low:end+n.low], n.text[n.low])
		if i < 0 {
			return -1
		}
		if from += i; b[from+n.high] == n.text[n.high] {
			return from
		}
		from++
	}
	return -1
}
