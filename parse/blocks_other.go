//go:build !amd64 || purego

package parse

func splitRecords(_ []byte, in split) (_ split, ok bool) { return in, false }

func (n *Needle) candidate(b []byte, from, end int) int { return n.candidatePlain(b, from, end) }
