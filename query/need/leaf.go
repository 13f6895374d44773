package need

import (
	"bytes"
	"slices"
	"strings"

	"ctlog/parse"
)

// leaf is one thing that must stand in the bytes of an event: a text, a text
// that begins the value of a key, or a key whose value is of some kinds.
//
// Texts are made of plain characters only (parse.IsPlain), which nobody has a
// reason to escape. In bytes that escape one all the same anything may be
// hidden: there the plan gives no answer.
type leaf struct {
	text  string      // in lower case when fold is set
	key   string      // with its quotes: text, or a value of kinds, stands behind it
	kinds parse.Kinds // of the value, when there is no text
	fold  bool        // the case of letters does not matter

	needle parse.Needle // of text or, without one, of key
}

// certain cuts s where its spelling is not certain. Quotes stand around s in the
// event where quoted says so: in front, behind.
func certain(s string, front, behind bool) []string {
	var out []string
	start := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && parse.IsPlain(s[i]) {
			continue
		}
		piece := s[start:i]
		if front && start == 0 {
			piece = `"` + piece
		}
		if behind && i == len(s) {
			piece += `"`
		}
		if piece != "" && piece != `"` {
			out = append(out, piece)
		}
		start = i + 1
	}
	return out
}

// minPiece: what is shorter stands everywhere.
const minPiece = 4

// Literal is a text that must be in the bytes.
type Literal struct {
	Text  string
	Fold  bool   // in letters of either case
	Front bool   // a string begins with it
	End   bool   // a string ends with it
	Key   string // with Front: the string is this key's value; "" for any
}

// Requirement is what it takes for the text to be there. Quotes and the key help
// to tell it from others.
func (t Literal) Requirement() *Requirement {
	s := t.Text
	if t.Fold {
		s = strings.ToLower(s)
	}
	n := MatchAll
	pieces := certain(s, t.Front, t.End)
	long := slices.ContainsFunc(pieces, func(p string) bool { return len(p) >= minPiece })
	for i, text := range pieces {
		if long && len(text) < minPiece {
			continue
		}
		l := leaf{text: text, fold: t.Fold}
		if i == 0 && t.Front && text[0] == '"' && isPlainText(t.Key) && t.Key != "" {
			l.key = `"` + t.Key + `"`
		}
		n = AllOf(n, leafNeed(l))
	}
	return n
}

func isPlainText(s string) bool {
	for i := range len(s) {
		if !parse.IsPlain(s[i]) {
			return false
		}
	}
	return true
}

// HasKey requires a member of that name.
func HasKey(name string) *Requirement {
	return Literal{Text: name, Front: true, End: true}.Requirement()
}

// HasKeyOf requires a member of that name whose value is of some kinds.
func HasKeyOf(name string, k parse.Kinds) *Requirement {
	if k == parse.AnyKind || !isPlainText(name) {
		return HasKey(name)
	}
	return leafNeed(leaf{key: `"` + name + `"`, kinds: k})
}

// implies is sound, not complete.
func (l *leaf) implies(m *leaf) bool {
	switch {
	case *l == *m:
		return true
	case m.key != "" && (l.key != m.key || m.text != "" && l.text == ""):
		return false
	case m.text == "" && l.text != "":
		return m.kinds.Has(parse.String)
	case m.text == "":
		return l.kinds&^m.kinds == 0
	case m.key == "" && strings.Contains(l.key, m.text):
		return true
	case l.fold && !m.fold:
		return false
	case m.key != "":
		return strings.HasPrefix(l.folded(m.fold), m.text)
	}
	return strings.Contains(l.folded(m.fold), m.text)
}

func (l *leaf) folded(fold bool) string {
	if fold {
		return strings.ToLower(l.text)
	}
	return l.text
}

// rarity lists the printable characters from the rarest to the most frequent,
// counted in CloudTrail logs of several accounts.
const rarity = "!&'<>?@^`|~$*%=;+#()[]\\JYXQ_FjqWUKZBxkVhMGOLNH PE{}fT569DRC8gbz47ySvpIwA0/-lud3.,21imcorn:tsae\""

var rank = func() (r [256]int) {
	for i := range len(rarity) {
		r[rarity[i]] = i + 1
	}
	return r
}()

// rarest gives the place in s of the byte that is met least, but for those
// that equal the one at not.
func rarest(s string, not int) int {
	best := -1
	for i := range len(s) {
		if (not < 0 || s[i] != s[not]) && (best < 0 || rank[s[i]] < rank[s[best]]) {
			best = i
		}
	}
	return max(best, not)
}

func leafNeed(l leaf) *Requirement {
	sought := l.sought()
	first := rarest(sought, -1)
	l.needle = parse.NewNeedle(sought, first, rarest(sought, first))
	return &Requirement{op: opLeaf, leaf: &l, size: 1}
}

func (l *leaf) sought() string {
	if l.text == "" {
		return l.key
	}
	return l.text
}

func (l *leaf) cost() int {
	if l.text == "" {
		return 200 // the key will be there, in every event
	}
	return rank[l.text[rarest(l.text, -1)]] + max(0, 20-len(l.text))
}

// in reports whether b has the leaf.
func (l *leaf) in(b []byte) bool {
	for from := 0; ; from++ {
		if l.fold {
			from = IndexFold(b, l.text, from)
		} else {
			from = l.needle.Index(b, from)
		}
		if from < 0 || l.stands(b, from) {
			return from >= 0
		}
	}
}

// stands reports whether what was found at i has its key before it, or the
// value that the key is to have behind it.
func (l *leaf) stands(b []byte, i int) bool {
	switch {
	case l.key == "":
		return true
	case l.text != "":
		return bytes.HasSuffix(beforeColon(b[:i]), []byte(l.key))
	}
	i = skipBlank(b, i+len(l.key))
	if i == len(b) || b[i] != ':' {
		return false
	}
	i = skipBlank(b, i+1)
	return i == len(b) || l.kinds.Has(parse.KindOf(b[i]))
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func skipBlank(b []byte, i int) int {
	for i < len(b) && isBlank(b[i]) {
		i++
	}
	return i
}

// beforeColon takes a colon and the white space around it off the end.
func beforeColon(b []byte) []byte {
	colon := 0
	for n := len(b); n > 0; n-- {
		switch c := b[n-1]; {
		case c == ':' && colon == 0:
			colon++
		case !isBlank(c) && colon == 0:
			return nil
		case !isBlank(c):
			return b[:n]
		}
	}
	return nil
}

// IndexFold finds s, which is in lower case, in letters of either case, at or
// after from; -1 when it is not there. Only letters of ASCII have a case here, see
// HasOdd.
func IndexFold(b []byte, s string, from int) int {
	at := rarest(s, -1)
	low, up := cursor{c: s[at]}, cursor{c: upper(s[at])}
	for i := from + at; ; i++ {
		i = min(low.next(b, i), up.next(b, i))
		if i >= len(b) {
			return -1
		}
		if start := i - at; start+len(s) <= len(b) && EqualFold(b[start:start+len(s)], s) {
			return start
		}
	}
}

// cursor goes through the places of one byte.
type cursor struct {
	c  byte
	at int // the first place not before the last one asked for, if known
	ok bool
}

func (c *cursor) next(b []byte, from int) int {
	if c.ok && c.at >= from {
		return c.at
	}
	c.at, c.ok = len(b), true
	if from < len(b) {
		if n := bytes.IndexByte(b[from:], c.c); n >= 0 {
			c.at = from + n
		}
	}
	return c.at
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		c -= 0x20
	}
	return c
}

// EqualFold reports whether b is lower, but for the case of letters of ASCII. They
// are of one length.
func EqualFold(b []byte, lower string) bool {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// odd are the characters beyond ASCII that are letters of ASCII when the case
// does not matter.
var odd = []string{"\u212a", "\u017f", "\u0130"}

// HasOdd reports whether b has a character beyond ASCII that is a letter of ASCII
// when the case does not matter.
func HasOdd(b []byte) bool {
	return slices.ContainsFunc(odd, func(s string) bool { return bytes.Contains(b, []byte(s)) })
}

func (l *leaf) String() string {
	var s string
	switch {
	case l.text == "":
		return "`" + l.key + "` with " + l.kinds.String()
	case l.key != "":
		s = "`" + l.key + ":" + l.text + "`"
	default:
		s = "`" + l.text + "`"
	}
	if l.fold {
		s += " in any case"
	}
	return s
}
