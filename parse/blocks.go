//go:build amd64 && !purego

package parse

import (
	"bytes"
	"math/bits"
)

// Splitting by blocks checks the grammar of a log without a branch for each
// token. Of each 64 bytes there is a mask for every class of characters, one
// bit a byte; that a quote opens, that a comma is followed by a key, and so on,
// are then a few operations on masks. Only brackets, escapes, numbers and
// literals are looked at one by one.
//
// It knows compact JSON only, as CloudTrail writes it: white space between
// tokens sends the log the plain way, like everything that is not sound.
// Against skim, which does a token at a time at 2 GB/s a core at best, it does
// twice that and more; what is left is bounded by the masks.

const blockSize = 64

// block has the masks of 64 bytes, with the lowest bit for the first; parity
// is that of the quotes up to a byte. classify knows its layout.
type block struct {
	quote, slash, bracket, colon, comma, blank uint64
	parity                                     uint64
}

// chunk is how many blocks are classified at a time.
const chunk = 64

// structure is what is known between two blocks.
type structure struct {
	b     []byte
	kinds uint64 // what is open: the last bit is set for an object, the next for what that is in
	depth int
	split

	asked         uint64 // all ones when commas are asked for
	event, inside uint64 // all ones directly in an event, or in one of its members, if asked for

	object uint64 // all ones in an object, zero in an array
	text   uint64 // all ones inside a string
	escape uint64 // 1 when the next byte is escaped
	value  uint64 // 1 when the string that goes on is a member's value

	// 1 when the last byte was a colon, and so on
	colon, keyEnd, objectComma, end, scalar, separator uint64
}

// splitByBlocks appends where the events of a log end. The head has been looked
// at, so it starts in the array.
func splitByBlocks(b []byte, in split) (_ split, ok bool) {
	s := structure{b: bytes.TrimRight(b, " \t\r\n"), kinds: 0b10, depth: 2, split: in}
	s.ends, s.commas, s.inner, s.escaped = in.ends[:0], in.commas[:0], in.inner[:0], false
	if in.members {
		s.asked = ^uint64(0)
	}
	var masks [chunk]block
	at := len(recordsHead) - 1
	for len(s.b)-at >= blockSize {
		k := masksOf(s.b[at:], masks[:])
		if !s.pass(masks[:k], at, ^uint64(0)) {
			return s.split, false
		}
		at += k * blockSize
	}
	ok = s.tail(at) && s.depth == 0
	return s.split, ok
}

// tail passes what is left as a block with nothing behind it.
func (s *structure) tail(at int) bool {
	var last [blockSize]byte
	var masks [1]block
	n := copy(last[:], s.b[at:])
	masksOf(last[:], masks[:])
	return s.pass(masks[:], at, uint64(1)<<n-1)
}

// pass checks blocks; valid masks the bytes that there are. It is long because
// it is the loop: what it knows stays in registers.
func (s *structure) pass(blocks []block, at int, valid uint64) bool {
	text, valueOn := s.text, s.value
	colonOn, keyOn, commaOn := s.colon, s.keyEnd, s.objectComma
	endOn, scalarOn, separatorOn := s.end, s.scalar, s.separator
	for i := range blocks {
		m := &blocks[i]
		if m.quote|m.slash|s.escape == 0 && text == ^uint64(0) {
			at += blockSize // in the middle of a long string
			continue
		}
		quote, in := m.quote, m.parity
		if m.slash|s.escape != 0 {
			escaped, ok := s.escapes(m.slash, at)
			if !ok {
				return false
			}
			quote &^= escaped
			in = prefixXor(quote)
		}
		in ^= text // from an opening quote on, up to the closing one
		text = uint64(int64(in) >> 63)
		open, end := quote&in, quote&^in
		bracket, colon, comma := m.bracket&^in, m.colon&^in, m.comma&^in
		separator := comma | colon
		scalar := valid &^ (in | end | bracket | separator)
		object := s.object
		event, inner := s.event, s.inside
		if bracket &= valid; bracket != 0 {
			var ok bool
			if object, event, inner, ok = s.brackets(bracket, at); !ok {
				return false
			}
		}
		for here := comma & event; here != 0; here &= here - 1 {
			s.commas = append(s.commas, int32(at+bits.TrailingZeros64(here)))
		}
		for here := comma & inner; here != 0; here &= here - 1 {
			s.inner = append(s.inner, int32(at+bits.TrailingZeros64(here)))
		}
		// A string behind a colon: adding its first bit to the string's run
		// of ones carries into the place of its closing quote.
		sum, carry := bits.Add64(in, open&(colon<<1|colonOn), valueOn)
		keyEnd, objectComma := end&^sum&object, comma&object
		begun := scalar &^ (scalar<<1 | scalarOn)
		wrong := m.blank&^in |
			(keyEnd<<1 | keyOn) ^ colon |
			(objectComma<<1|commaOn)&^open |
			(end<<1|endOn)&^(separator|bracket) |
			(separator<<1|separatorOn)&separator |
			(scalar<<1|scalarOn)&(colon|open)
		if wrong&valid != 0 || begun != 0 && !s.scalars(begun, at) {
			return false
		}
		valueOn, colonOn, keyOn, commaOn = carry, colon>>63, keyEnd>>63, objectComma>>63
		endOn, scalarOn, separatorOn = end>>63, scalar>>63, separator>>63
		at += blockSize
	}
	s.text, s.value = text, valueOn
	s.colon, s.keyEnd, s.objectComma = colonOn, keyOn, commaOn
	s.end, s.scalar, s.separator = endOn, scalarOn, separatorOn
	return true
}

// prefixXor gives each bit the parity of all bits up to it.
func prefixXor(x uint64) uint64 {
	x ^= x << 1
	x ^= x << 2
	x ^= x << 4
	x ^= x << 8
	x ^= x << 16
	return x ^ x<<32
}

// escapes checks the escapes that begin in a block and gives the bytes that
// are escaped. Backslashes outside strings are scalars, and refused as such.
func (s *structure) escapes(slash uint64, at int) (escaped uint64, ok bool) {
	escaped = s.escape
	slash &^= escaped
	s.escape = 0
	for slash != 0 {
		i := bits.TrailingZeros64(slash)
		if !isEscape(s.b, at+i) {
			return 0, false
		}
		s.escaped = s.escaped || needless(s.b[at+i+1:])
		if i == blockSize-1 {
			s.escape = 1
		}
		escaped |= 2 << i
		slash &^= 3 << i
	}
	return escaped, true
}

// isEscape checks the escape whose backslash is b[i].
func isEscape(b []byte, i int) bool {
	if i+1 >= len(b) {
		return false
	}
	if b[i+1] == 'u' {
		return i+6 <= len(b) && hex4(b[i+2:i+6]) >= 0
	}
	return plainEscapes[b[i+1]] != 0
}

// neighbours of brackets: what may stand before and behind them.
const (
	beforeOpening = 1 << iota
	beforeClosing
	behindClosing
	behindSquare
	behindCurly // this bit is one above the last: see brackets
)

var neighbours = func() (t [256]uint8) {
	for c := range 256 {
		for bit, set := range map[uint8]string{beforeOpening: ",:[", behindClosing: ",}]", behindCurly: "\"}"} {
			if bytes.IndexByte([]byte(set), byte(c)) >= 0 {
				t[c] |= bit
			}
		}
		if c != ',' && c != ':' {
			t[c] |= beforeClosing
			if c != '}' {
				t[c] |= behindSquare
			}
		}
	}
	return t
}()

// eventDepth is how many brackets are open directly in an event.
const eventDepth = 3

// maxKinds is how deep the bits of kinds reach; real events stay under 30.
const maxKinds = 60

// brackets passes the brackets of a block and gives the bytes that stand
// directly in an object, directly in an event, and directly in one of its
// members.
func (s *structure) brackets(bracket uint64, at int) (object, event, inner uint64, ok bool) {
	from := ^uint64(0) // the bytes behind the last bracket
	for ; bracket != 0; bracket &= bracket - 1 {
		here := bracket & -bracket
		object |= s.object & from & (here - 1)
		event |= s.event & from & (here - 1)
		inner |= s.inside & from & (here - 1)
		from = -(here << 1)
		i := at + bits.TrailingZeros64(bracket)
		if i == len(s.b)-1 {
			return object, event, inner, s.close(s.b[i]) && s.closed(i)
		}
		around := s.b[i-1 : i+2]
		before, c, after := neighbours[around[0]], around[1], neighbours[around[2]]
		if curly := c >> 5 & 1; c&2 != 0 { // { and [ have this bit, } and ] have not
			s.kinds = s.kinds<<1 | uint64(curly)
			s.depth++
			ok = s.depth < maxKinds && before&beforeOpening != 0 && after&(behindSquare<<curly) != 0
		} else {
			ok = before&beforeClosing != 0 && s.close(c) && (s.depth > 2 && after&behindClosing != 0 || s.depth <= 2 && s.closed(i))
		}
		if !ok {
			return 0, 0, 0, false
		}
		s.object, s.event, s.inside = -(s.kinds & 1), 0, 0
		switch s.depth {
		case eventDepth:
			s.event = s.asked
		case eventDepth + 1:
			s.inside = s.asked
		}
	}
	return object | s.object&from, event | s.event&from, inner | s.inside&from, true
}

// close takes what is open away, if it is what c closes.
func (s *structure) close(c byte) bool {
	same := s.kinds&1 == uint64(c>>5&1)
	s.kinds >>= 1
	s.depth--
	return same && s.depth >= 0
}

// closed passes the end of an event, of the array of events, of the document.
func (s *structure) closed(i int) bool {
	rest := s.b[i+1:]
	switch s.depth {
	case 2:
		s.ends = append(s.ends, eventEnd{int32(i + 1), int32(len(s.commas)), int32(len(s.inner))})
		return len(rest) > 1 && (rest[0] == ',' && rest[1] == '{' || rest[0] == ']')
	case 1:
		return len(rest) == 1 && rest[0] == '}'
	}
	return len(rest) == 0
}

// scalars checks numbers and literals by where they begin.
func (s *structure) scalars(start uint64, at int) bool {
	for ; start != 0; start &= start - 1 {
		i := at + bits.TrailingZeros64(start)
		end, o := i, whole
		if c := s.b[i]; c == '-' || '0' <= c && c <= '9' {
			end, o = skimNumber(s.b, i, true)
		} else {
			end, o = skimLiteral(s.b, i)
		}
		if o != whole || end == len(s.b) || s.b[end] != ',' && s.b[end] != '}' && s.b[end] != ']' {
			return false
		}
	}
	return true
}
