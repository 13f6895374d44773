package match

// automaton finds many strings in one pass over a text (Aho and Corasick,
// 1975). States are rows of a table over the classes of bytes that occur in
// the patterns, so 10,000 indicators cost what one does: a look-up a byte.
type automaton struct {
	class   [256]uint8 // letters of both cases share a class; 0 is for bytes in no pattern
	classes int
	next    []int32   // state*classes + class
	ends    [][]int32 // indices of patterns that end in a state, by state
	pats    []pattern
}

type pattern struct {
	text  string // lower case
	line  int
	loose bool // it may be part of a longer word
}

// hits reports whether b[from:to], which reads as the pattern, counts.
func (p *pattern) hits(b []byte, from, to int) bool { return p.loose || alone(b, from, to) }

func newAutomaton(pats []pattern) *automaton {
	a := &automaton{pats: pats, classes: 1}
	for _, p := range pats {
		for i := range len(p.text) {
			if c := p.text[i]; a.class[c] == 0 {
				if a.classes == 256 {
					break // cannot happen: lower case leaves 26 bytes out
				}
				a.class[c] = uint8(a.classes)
				a.classes++
			}
		}
	}
	for c := byte('a'); c <= 'z'; c++ {
		a.class[c-0x20] = a.class[c]
	}
	a.build()
	return a
}

func (a *automaton) build() {
	a.addState()
	for i, p := range a.pats {
		s := int32(0)
		for k := range len(p.text) {
			at := int(s)*a.classes + int(a.class[p.text[k]])
			if a.next[at] == 0 {
				a.next[at] = a.addState()
			}
			s = a.next[at]
		}
		a.ends[s] = append(a.ends[s], int32(i))
	}
	a.link()
}

func (a *automaton) addState() int32 {
	a.next = append(a.next, make([]int32, a.classes)...)
	a.ends = append(a.ends, nil)
	return int32(len(a.ends) - 1)
}

// link turns the tree into an automaton: where a state has no way on, it takes
// that of the longest suffix that is a state too.
func (a *automaton) link() {
	fail := make([]int32, len(a.ends))
	queue := make([]int32, 0, len(a.ends))
	for c := range a.classes {
		if s := a.next[c]; s != 0 {
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		a.ends[s] = append(a.ends[s], a.ends[fail[s]]...)
		for c := range a.classes {
			at := int(s)*a.classes + c
			back := a.next[int(fail[s])*a.classes+c]
			if t := a.next[at]; t != 0 {
				fail[t] = back
				queue = append(queue, t)
			} else {
				a.next[at] = back
			}
		}
	}
}

// scan calls found with the line of each pattern that stands by itself in b, and
// where it begins, until found reports false; scan then does too.
func (a *automaton) scan(b []byte, found func(line, at int) bool) bool {
	s := 0
	for i, c := range b {
		s = int(a.next[s*a.classes+int(a.class[c])])
		if ends := a.ends[s]; ends != nil {
			for _, p := range ends {
				pat := &a.pats[p]
				if from := i + 1 - len(pat.text); pat.hits(b, from, i+1) && !found(pat.line, from) {
					return false
				}
			}
		}
	}
	return true
}

// alone reports whether b[from:to] is not part of a longer word.
func alone(b []byte, from, to int) bool { return startsWord(b, from) && endsWord(b, to) }

// startsWord and endsWord report whether no word goes on beyond i.
func startsWord(b []byte, i int) bool { return i == 0 || !isWordByte(b[i-1]) || !isWordByte(b[i]) }

func endsWord(b []byte, i int) bool {
	return i == len(b) || !isWordByte(b[i]) || !isWordByte(b[i-1])
}
