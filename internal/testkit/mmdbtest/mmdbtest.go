// Package mmdbtest writes small databases in the MaxMind DB format, for tests:
// a binary tree over the bits of addresses, whose leaves point into a section
// of typed values, and a map that describes both
// (https://maxmind.github.io/MaxMind-DB/).
package mmdbtest

import (
	"encoding/binary"
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// Map is a map of the format; its values are string, uint32, []any and Map.
type Map = map[string]any

// node is a place in the tree: two ways on, or a value at the end.
type node struct {
	next  [2]*node
	value Map
	at    int // its number, or where its value lies
}

// Database makes a database of prefixes, for IPv6 with IPv4 in ::/96, with
// records of 32 bits.
func Database(kind string, prefixes map[string]Map) []byte {
	root := &node{}
	for _, p := range slices.Sorted(maps.Keys(prefixes)) {
		root.insert(netip.MustParsePrefix(p), prefixes[p])
	}
	nodes := root.number(nil)
	var data []byte
	tree := make([]byte, 0, 8*len(nodes))
	for _, n := range nodes {
		for _, next := range n.next {
			record := len(nodes) // nothing is known
			switch {
			case next != nil && next.value != nil:
				record += 16 + len(data)
				data = Append(data, next.value)
			case next != nil:
				record = next.at
			}
			tree = binary.BigEndian.AppendUint32(tree, uint32(record))
		}
	}
	out := append(append(tree, make([]byte, 16)...), data...)
	return Append(append(out, "\xab\xcd\xefMaxMind.com"...), Map{
		"node_count": uint32(len(nodes)), "record_size": uint32(32), "ip_version": uint32(6), "database_type": kind,
		"binary_format_major_version": uint32(2), "binary_format_minor_version": uint32(0), "build_epoch": uint32(1700000000),
		"languages": []any{"en"}, "description": Map{"en": "made by a test"},
	})
}

// insert puts a value at a prefix, of which none may hold another.
func (n *node) insert(p netip.Prefix, value Map) {
	bits, from := p.Addr().AsSlice(), 0
	length := p.Bits()
	if p.Addr().Is4() {
		bits, length = append(make([]byte, 12), bits...), length+96
	}
	for ; from < length; from++ {
		way := bits[from/8] >> (7 - from%8) & 1
		if n.next[way] == nil {
			n.next[way] = &node{}
		}
		n = n.next[way]
	}
	n.value = value
}

// number gives the nodes that are no leaves, the root first.
func (n *node) number(list []*node) []*node {
	n.at = len(list)
	list = append(list, n)
	for _, next := range n.next {
		if next != nil && next.value == nil {
			list = next.number(list)
		}
	}
	return list
}

// The types of the format that are written here.
const (
	typeString = 2
	typeUint32 = 6
	typeMap    = 7
	typeArray  = 11
)

// Append appends a value as the format has it.
func Append(dst []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return append(control(dst, typeString, len(v)), v...)
	case uint32:
		return binary.BigEndian.AppendUint32(control(dst, typeUint32, 4), v)
	case []any:
		dst = control(dst, typeArray, len(v))
		for _, one := range v {
			dst = Append(dst, one)
		}
		return dst
	case Map:
		dst = control(dst, typeMap, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			dst = Append(Append(dst, key), v[key])
		}
		return dst
	}
	panic(fmt.Sprintf("%T cannot be written", value))
}

// control appends the bytes that say what follows and how long it is.
func control(dst []byte, kind, size int) []byte {
	first := min(size, 30)
	if size >= 29 && size < 285 {
		first = 29
	}
	if kind > 7 {
		dst = append(dst, byte(first), byte(kind-7))
	} else {
		dst = append(dst, byte(kind<<5|first))
	}
	switch first {
	case 29:
		return append(dst, byte(size-29))
	case 30:
		return binary.BigEndian.AppendUint16(dst, uint16(size-285))
	}
	return dst
}
