//go:build !amd64 || purego

package parse

func splitRecords(_ []byte, ends []int) (_ []int, escaped, ok bool) { return ends, false, false }

func (n *Needle) candidate(b []byte, from, end int) int { return n.candidatePlain(b, from, end) }
