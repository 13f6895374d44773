package parse

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Names are names of members that are looked up in every event, all in one
// pass. It is immutable and may be shared.
//
// A member is known by its first eight bytes, quote and colon included where the
// name is that short: a table says which name they may be the beginning of, so
// that a member that nobody asked for costs one load and one look.
type Names struct {
	names []string
	heads []head
	table []uint8 // one above the index of the first of heads in its chain, by hash
	shift uint    // of the hash
	short []uint8 // indices of the heads that are shorter than eight bytes
	plain bool    // no encoder escapes any of them without need
}

// head is how a member begins, behind its first quote.
type head struct {
	bits, mask uint64
	next       uint8 // one above the index of the next head with the same hash
}

// maxNames is how many names fit into a table of bytes.
const maxNames = 255

// NewNames compiles names that differ from each other.
func NewNames(names ...string) *Names {
	size := uint(bits.Len(uint(len(names)))) + 2
	n := &Names{names: names, table: make([]uint8, 1<<size), shift: 64 - size, plain: len(names) <= maxNames}
	for i, name := range names[:min(len(names), maxNames)] {
		h := headOf(name)
		n.plain = n.plain && isPlain(name)
		if h.mask != ^uint64(0) {
			n.short = append(n.short, uint8(i))
		} else {
			first := &n.table[n.hash(h.bits)]
			h.next, *first = *first, uint8(i)+1
		}
		n.heads = append(n.heads, h)
	}
	return n
}

func headOf(name string) (h head) {
	h.bits = load(append([]byte(name), `":`...))
	h.mask = ^uint64(0)
	if len(name) < 6 {
		h.mask = 1<<(8*uint(len(name)+2)) - 1
	}
	return h
}

func isPlain(name string) bool {
	for i := range len(name) {
		if !plain[name[i]] {
			return false
		}
	}
	return true
}

// load reads up to eight bytes, the first one lowest.
func load(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b)
	}
	var last [8]byte
	copy(last[:], b)
	return binary.LittleEndian.Uint64(last[:])
}

func (n *Names) hash(head uint64) uint64 { return head * 0x9e3779b97f4a7c15 >> n.shift }

// All are the names. They must not be changed.
func (n *Names) All() []string { return n.names }

// Len is how many names there are.
func (n *Names) Len() int { return len(n.names) }

// Pick sets out[i] to the raw value of the event's member with the name i, nil
// when there is none. Of duplicate keys the last one counts, as in jq. The
// values are parts of Raw.
func (e *Event) Pick(n *Names, out [][]byte) {
	clear(out[:len(n.names)])
	if !e.known || e.spelled || !n.plain {
		n.search(e.Raw, out)
		return
	}
	n.members(e.Raw, 1, len(e.Raw)-1, e.commas, int32(e.Offset), out)
}

// PickIn is Pick for the members of a value that Pick gave; those of a value
// that is no object are nil.
func (e *Event) PickIn(value []byte, n *Names, out [][]byte) {
	clear(out[:len(n.names)])
	if value[0] != '{' {
		return
	}
	if !e.known || e.spelled || !n.plain {
		n.search(value, out)
		return
	}
	from := cap(e.Raw) - cap(value)
	first, _ := slices.BinarySearch(e.inner, int32(e.Offset)+int32(from))
	n.members(e.Raw, from+1, from+len(value)-1, e.inner[first:], int32(e.Offset), out)
}

// members passes the members between from and end, with commas between them and
// behind; base is what the commas are counted from.
func (n *Names) members(raw []byte, from, end int, commas []int32, base int32, out [][]byte) {
	for _, comma := range commas {
		at := int(comma - base)
		if at > end {
			break
		}
		n.member(raw, from, at, out)
		from = at + 1
	}
	n.member(raw, from, end, out)
}

// member passes the member between from and end.
func (n *Names) member(raw []byte, from, end int, out [][]byte) {
	if from >= end {
		return
	}
	begins := load(raw[from+1:])
	for k := n.table[n.hash(begins)]; k > 0; k = n.heads[k-1].next {
		if n.heads[k-1].bits == begins {
			n.take(int(k-1), raw[from:end], out)
		}
	}
	for _, k := range n.short {
		if h := &n.heads[k]; begins&h.mask == h.bits {
			n.take(int(k), raw[from:end], out)
		}
	}
}

// take takes a member's value if it has the name k.
func (n *Names) take(k int, member []byte, out [][]byte) {
	name := n.names[k]
	if at := len(name) + 1; at+2 < len(member) && member[at] == '"' && string(member[1:at]) == name {
		out[k] = member[at+2:]
	}
}

// search is the plain way, for keys that may have escapes or white space about
// them.
func (n *Names) search(raw []byte, out [][]byte) {
	for c := Inside(raw); ; {
		key, value, ok := c.Member()
		if !ok {
			return
		}
		for i, name := range n.names {
			if KeyIs(key, name) {
				out[i] = value
			}
		}
	}
}
