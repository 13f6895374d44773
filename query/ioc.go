package query

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
)

// Indicators are strings and networks to look for in events, all in one pass.
//
// A string hits where it stands by itself: not in the middle of a longer run
// of letters and digits, so 1.2.3.4 is not found in 11.2.3.45. An address or a
// network hits every address in the event's strings that is in it, whatever
// its spelling. Strings are compared without regard to case.
type Indicators struct {
	lines []string // as given, by index
	words *automaton
	nets  []networks
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
			words = append(words, pattern{strings.ToLower(line), len(ind.lines)})
		}
		ind.lines = append(ind.lines, line)
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	if len(ind.lines) == 0 {
		return nil, fmt.Errorf("it has no indicator in it")
	}
	if len(words) > 0 {
		ind.words = newAutomaton(words)
	}
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

// scan calls found for each hit until it reports false. Strings with escapes
// are looked at as they read, too.
func (ind *Indicators) scan(event []byte, found func(int) bool) {
	more := func(i int) bool { return found(i) }
	if ind.words != nil && !ind.words.scan(event, more) {
		return
	}
	if !ind.scanNets(event, more) || bytes.IndexByte(event, '\\') < 0 {
		return
	}
	readable := readable(nil, event)
	if ind.words != nil && !ind.words.scan(readable, more) {
		return
	}
	ind.scanNets(readable, more)
}

// scanNets tries every run of characters that could be an address. `::/64` ends
// in a colon that belongs to it, but no address in an event is all zeros.
func (ind *Indicators) scanNets(b []byte, found func(int) bool) bool {
	if len(ind.nets) == 0 {
		return true
	}
	for i := 0; i < len(b); i++ {
		start := i
		for i < len(b) && isAddressByte(b[i]) {
			i++
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

func isAddressByte(c byte) bool { return isHexDigit(c) || c == '.' || c == ':' }

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
