package match

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"ctlog/query/indicator"
)

// Indicators are strings and networks to look for in events, all in one pass.
//
// A string hits where it stands by itself: not in the middle of a longer run
// of letters and digits, so 1.2.3.4 is not found in 11.2.3.45. A star in it stands
// for anything but a quotation mark. An address or a network hits every address in
// the event's strings that is in it, whatever its spelling and port. Strings are
// compared without regard to case.
type Indicators struct {
	list  []indicator.Indicator
	words finder
	nets  []networks
	globs map[int][]string // the pieces of strings with stars, in lower case, by index
	// escapes: some string has a quote or a backslash in it.
	escapes bool
	tally   tally // of the events that a Matcher let through
}

// networks are those of one family and prefix length, so that an address is
// looked up once for each length and not once for each line.
type networks struct {
	family, bits int // both in bits
	lines        map[netip.Prefix][]int
}

// NewIndicators makes a search for all indicators of a list.
func NewIndicators(list []indicator.Indicator) *Indicators {
	ind := &Indicators{list: list, globs: map[int][]string{}}
	var words []pattern
	for i, one := range list {
		for _, p := range one.Nets {
			ind.addNet(p, i)
		}
		if one.Nets == nil {
			words = append(words, ind.pattern(i, one.Text))
		}
	}
	ind.words = newFinder(words)
	return ind
}

// pattern is what is looked for of a string: all of it, or its longest piece
// between stars.
func (ind *Indicators) pattern(i int, text string) pattern {
	ind.escapes = ind.escapes || strings.ContainsAny(text, `"\`)
	if !strings.Contains(text, "*") {
		return pattern{lowerASCII(text), i, false}
	}
	pieces := strings.Split(lowerASCII(text), "*")
	ind.globs[i] = pieces
	longest := slices.MaxFunc(pieces, func(a, b string) int { return len(a) - len(b) })
	return pattern{longest, i, true}
}

func (ind *Indicators) addNet(p netip.Prefix, line int) {
	family := p.Addr().BitLen()
	i := slices.IndexFunc(ind.nets, func(n networks) bool { return n.family == family && n.bits == p.Bits() })
	if i < 0 {
		i = len(ind.nets)
		ind.nets = append(ind.nets, networks{family, p.Bits(), map[netip.Prefix][]int{}})
	}
	ind.nets[i].lines[p] = append(ind.nets[i].lines[p], line)
}

// Len is how many indicators there are.
func (ind *Indicators) Len() int { return len(ind.list) }

// List gives the indicators; Hits gives indices of it.
func (ind *Indicators) List() []indicator.Indicator { return ind.list }

// Match reports whether any indicator hits the event.
func (ind *Indicators) Match(event []byte) bool {
	hit := false
	ind.scan(event, func(int) bool { hit = true; return false })
	return hit
}

// Hits gives the indices of the indicators that hit the event, in their order.
func (ind *Indicators) Hits(event []byte) []int {
	var at []int
	ind.scan(event, func(i int) bool { at = append(at, i); return true })
	slices.Sort(at)
	return slices.Compact(at)
}

// Names gives the texts of the indicators that hit the event.
func (ind *Indicators) Names(event []byte) (names []string) {
	for _, i := range ind.Hits(event) {
		names = append(names, ind.list[i].Text)
	}
	return names
}

// scan calls found for each hit until it reports false. Strings whose escapes
// make a difference are looked at as they read, too.
func (ind *Indicators) scan(event []byte, found func(int) bool) {
	if !ind.scanText(event, found) || !readsOtherwise(event, ind.escapes) {
		return
	}
	scratch := scratches.Get().(*[]byte)
	*scratch = readable((*scratch)[:0], event)
	ind.scanText(*scratch, found)
	scratches.Put(scratch)
}

var scratches = sync.Pool{New: func() any { return new([]byte) }}

func (ind *Indicators) scanText(b []byte, found func(int) bool) bool {
	words := func(line, _ int) bool { return found(line) }
	if len(ind.globs) > 0 {
		words = ind.whole(b, found)
	}
	return ind.words.scan(b, words) && (len(ind.nets) == 0 || ind.scanNets(b, found))
}

// whole passes a string with stars on where all its pieces are, in their order and
// between the same quotation marks. Each such stretch of text is tried once.
func (ind *Indicators) whole(b []byte, found func(int) bool) func(int, int) bool {
	tried := map[int]int{} // where the stretch ends that was tried last, by indicator
	return func(i, at int) bool {
		pieces, ok := ind.globs[i]
		if !ok {
			return found(i)
		}
		if at < tried[i] {
			return true
		}
		from, to := bytes.LastIndexByte(b[:at], '"')+1, len(b)
		if n := bytes.IndexByte(b[at:], '"'); n >= 0 {
			to = at + n
		}
		tried[i] = to
		return !within(b[from:to], pieces) || found(i)
	}
}

// readsOtherwise reports whether something can be found in what the strings of
// an event say that is not found in how they are spelled. A quote or backslash
// with a backslash before it makes no difference to words that have neither.
func readsOtherwise(event []byte, escapes bool) bool {
	for {
		i := bytes.IndexByte(event, '\\')
		if i < 0 || i+1 >= len(event) {
			return false
		}
		if escapes || event[i+1] != '"' && event[i+1] != '\\' {
			return true
		}
		event = event[i+2:]
	}
}

// scanNets tries every run of characters that could be an address. `::/64` ends
// in a colon that belongs to it, but no address in an event is all zeros.
func (ind *Indicators) scanNets(b []byte, found func(int) bool) bool {
	for i := 0; i < len(b); i++ {
		start, seen := i, uint64(0)
		for i < len(b) && addressByte[b[i]] != 0 {
			seen += addressByte[b[i]]
			i++
		}
		if dots, colons := seen>>20&(1<<20-1), seen>>40; dots < 3 && colons < 2 {
			continue
		}
		run := withoutPort(bytes.TrimRight(b[start:i], ".:"))
		if len(run) < 2 || bytes.Count(run, dot) != 3 && bytes.Count(run, colon) < 2 {
			continue
		}
		if (start == 0 || !isWordByte(b[start-1])) && (i == len(b) || !isWordByte(b[i])) && !ind.tryNets(run, found) {
			return false
		}
	}
	return true
}

// withoutPort cuts the port off an IPv4 address.
func withoutPort(run []byte) []byte {
	if i := bytes.IndexByte(run, ':'); i > 6 && bytes.Count(run[:i], dot) == 3 && bytes.Count(run, colon) == 1 {
		return run[:i]
	}
	return run
}

var dot, colon = []byte("."), []byte(":")

// addressByte has a one for what occurs in addresses, with another one in a
// place of its own for a dot and for a colon.
var addressByte = func() (table [256]uint64) {
	for c := range table {
		if isHexDigit(byte(c)) {
			table[c] = 1
		}
	}
	table['.'], table[':'] = 1|1<<20, 1|1<<40
	return table
}()

func (ind *Indicators) tryNets(s []byte, found func(int) bool) bool {
	a, ok := parseAddr(s)
	if !ok {
		return true
	}
	for _, n := range ind.nets {
		if n.family != a.BitLen() {
			continue
		}
		p, _ := a.Prefix(n.bits) // a length of the address's own family
		for _, line := range n.lines[p] {
			if !found(line) {
				return false
			}
		}
	}
	return true
}

func isWordByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80
}
