package match

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

// Indicators are strings and networks to look for in events, all in one pass.
//
// A string hits where it stands by itself: not in the middle of a longer run
// of letters and digits, so 1.2.3.4 is not found in 11.2.3.45. An address or a
// network hits every address in the event's strings that is in it, whatever
// its spelling. Strings are compared without regard to case.
type Indicators struct {
	lines []string // as given, by index
	words finder
	nets  []networks
	// escapes: some string has a quote or a backslash in it.
	escapes bool
}

// networks are those of one family and prefix length, so that an address is
// looked up once for each length and not once for each line.
type networks struct {
	family, bits int // both in bits
	lines        map[netip.Prefix][]int
}

// maxIndicatorLine is longer than any indicator.
const maxIndicatorLine = 64 << 10

// LoadIndicators reads one indicator a line: an address, a CIDR, or any other
// string. Empty lines and what follows a # at the beginning of a line or
// behind white space are passed over.
func LoadIndicators(r io.Reader) (*Indicators, error) {
	ind := &Indicators{}
	var words []pattern
	in := bufio.NewScanner(r)
	in.Buffer(nil, maxIndicatorLine)
	for n := 1; in.Scan(); n++ {
		line := indicator(in.Text(), n)
		if line == "" || slices.Contains(ind.lines, line) && len(ind.lines) < 100 {
			continue
		}
		prefix, isNet, err := parseNet(line)
		if err != nil && !looksLikeAddress(line) {
			err, isNet = nil, false // has a slash, is no CIDR: an ARN, a path
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if isNet {
			ind.addNet(prefix, len(ind.lines))
		} else {
			ind.escapes = ind.escapes || strings.ContainsAny(line, `"\`)
			words = append(words, pattern{lowerASCII(line), len(ind.lines)})
		}
		ind.lines = append(ind.lines, line)
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	if len(ind.lines) == 0 {
		return nil, fmt.Errorf("it has no indicator in it")
	}
	ind.words = newFinder(words)
	return ind, nil
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

func indicator(line string, n int) string {
	if n == 1 {
		line = strings.TrimPrefix(line, "\ufeff")
	}
	if i := strings.Index(line, "#"); i == 0 || i > 0 && (line[i-1] == ' ' || line[i-1] == '\t') {
		line = line[:i]
	}
	return strings.TrimSpace(line)
}

// Len is how many indicators there are.
func (ind *Indicators) Len() int { return len(ind.lines) }

// Match reports whether any indicator hits the event.
func (ind *Indicators) Match(event []byte) bool {
	hit := false
	ind.scan(event, func(int) bool { hit = true; return false })
	return hit
}

// Hits gives the indicators that hit the event, in the order of their lines.
func (ind *Indicators) Hits(event []byte) []string {
	var at []int
	ind.scan(event, func(i int) bool { at = append(at, i); return true })
	slices.Sort(at)
	var out []string
	for _, i := range slices.Compact(at) {
		out = append(out, ind.lines[i])
	}
	return out
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
	return ind.words.scan(b, found) && (len(ind.nets) == 0 || ind.scanNets(b, found))
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
		run := bytes.TrimRight(b[start:i], ".:")
		if len(run) < 2 || bytes.Count(run, dot) != 3 && bytes.Count(run, colon) < 2 {
			continue
		}
		if (start == 0 || !isWordByte(b[start-1])) && (i == len(b) || !isWordByte(b[i])) && !ind.tryNets(run, found) {
			return false
		}
	}
	return true
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
