// Package lanes computes the SHA-256 of many messages side by side.
//
// SHA-256 is a chain: within one message no step can begin before the last has
// ended, so a processor without instructions for it is busy with a fraction of
// itself. Messages are independent of each other, though. Here each is given a
// lane, the same 32 bits of every vector register, and one instruction does a
// step of all of them: 8 lanes with AVX2, 16 with AVX-512.
//
// Read lanes.go (what is hashed when), then blocks16_amd64.s (FIPS 180-4, 6.2.2,
// for sixteen messages) and blocks8_amd64.s. crypto/sha256 is the plain twin: it
// does what has no lanes to run in, and the tests compare with it.
package lanes

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

const (
	most      = 16               // lanes of the widest vectors
	blockSize = sha256.BlockSize // bytes of a message that one step takes in
)

// state is the eight words of the hash value, of every lane.
type state [8][most]uint32

// initial is H(0), FIPS 180-4, 5.3.3.
var initial = [8]uint32{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}

// constants are K, FIPS 180-4, 4.2.2.
var constants = [64]uint32{
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}

// Best is the number of lanes to use on this processor: 0 when it has
// instructions for SHA-256, as crypto/sha256 is then no bottleneck.
func Best() int {
	if hasSHA {
		return 0
	}
	return widest()
}

// Can reports whether this processor has that many lanes; 0 it always has.
func Can(width int) bool { return width == 0 || steps(width) != nil }

func widest() int {
	for _, width := range []int{16, 8} {
		if Can(width) {
			return width
		}
	}
	return 0
}

// Sum sets sums[i] to the SHA-256 of messages[i], in so many lanes; with a
// width that the processor has not, it hashes one message after the other.
func Sum(width int, sums [][sha256.Size]byte, messages [][]byte) {
	order := byLength(messages)
	alone := len(order)
	if steps(width) != nil {
		alone = outliers(width, order, messages)
	}
	for _, i := range order[:alone] {
		sums[i] = sha256.Sum256(messages[i])
	}
	if alone < len(order) {
		r := run{width: width, step: steps(width), order: order[alone:], messages: messages, sums: sums}
		r.all()
	}
}

// byLength is the order in which messages are taken up: the longest first, so
// that the lanes end together.
func byLength(messages [][]byte) []int {
	order := make([]int, len(messages))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(messages[b]), len(messages[a])) })
	return order
}

// plainLanes is how many lanes are as fast as crypto/sha256 with AVX2: it does 570
// MB/s where one of 16 lanes does 360 and one of 8 does 240.
const plainLanes = 2

// outliers is how many of the messages, longest first, are better hashed alone:
// at the end they would be alone in their lanes. Everything takes as long as
// those, and then as the lanes, which is as long as the longest left or, with
// more messages than lanes, as an equal share.
func outliers(width int, order []int, messages [][]byte) int {
	left := 0
	for _, m := range messages {
		left += len(m)
	}
	alone, best, least := 0, 0, plainLanes*left+1
	for n, i := range order {
		if cost := alone + plainLanes*max(len(messages[i]), left/width); cost < least {
			best, least = n, cost
		}
		alone += len(messages[i])
		left -= len(messages[i])
	}
	if alone < least {
		best = len(order)
	}
	return best
}

// step takes in n blocks of 64 bytes, n > 0, from each of the first pointers,
// as many as there are lanes, and reads nothing else behind them.
type step func(s *state, from *[most]*byte, n int, k *[64]uint32)

// lane is one message on its way. What is left of it are the whole blocks in
// rest and then those in tail.
type lane struct {
	message int // -1: none
	rest    []byte
	tail    []byte
	padding [2 * blockSize]byte
}

// start takes up a message: its whole blocks stay where they are; what is
// behind them is padded as FIPS 180-4, 5.1.1, says: a bit, zeros, the length in
// bits.
func (l *lane) start(index int, message []byte) {
	whole := len(message) &^ (blockSize - 1)
	l.message, l.rest = index, message[:whole]
	clear(l.padding[:])
	n := copy(l.padding[:], message[whole:])
	l.padding[n] = 0x80
	end := blockSize
	if n+1+8 > blockSize {
		end = 2 * blockSize
	}
	l.tail = l.padding[:end]
	binary.BigEndian.PutUint64(l.tail[end-8:], uint64(len(message))*8)
	l.turn()
}

// turn goes over to the padding once the whole blocks are done.
func (l *lane) turn() {
	if len(l.rest) == 0 {
		l.rest, l.tail = l.tail, nil
	}
}

// run is one call of Sum.
type run struct {
	width    int
	step     step
	order    []int // messages not yet taken up
	messages [][]byte
	sums     [][sha256.Size]byte
	lanes    [most]lane
	state    state
	from     [most]*byte // where the next step reads
}

func (r *run) all() {
	for k := range r.width {
		r.take(k)
	}
	for n := r.common(); n > 0; n = r.common() {
		r.aim()
		r.step(&r.state, &r.from, n, &constants)
		for k := range r.width {
			r.advance(k, n*blockSize)
		}
	}
}

// take gives lane k the next message, if there is one.
func (r *run) take(k int) {
	r.lanes[k].message = -1
	if len(r.order) == 0 {
		return
	}
	i := r.order[0]
	r.order = r.order[1:]
	r.lanes[k].start(i, r.messages[i])
	for word, value := range initial {
		r.state[word][k] = value
	}
}

// common is how many blocks all lanes have before them, 0 when all is done.
func (r *run) common() int {
	n := 0
	for k := range r.width {
		if l := &r.lanes[k]; l.message >= 0 && (n == 0 || len(l.rest) < n) {
			n = len(l.rest)
		}
	}
	return n / blockSize
}

// aim points the lanes at their next blocks, idle ones at those of another.
func (r *run) aim() {
	var some *byte
	for k := range r.width {
		if l := &r.lanes[k]; l.message >= 0 {
			r.from[k] = &l.rest[0]
			some = r.from[k]
		}
	}
	for k := range r.width {
		if r.lanes[k].message < 0 {
			r.from[k] = some
		}
	}
}

// advance moves lane k on, to its padding, and to another message.
func (r *run) advance(k, n int) {
	l := &r.lanes[k]
	if l.message < 0 {
		return
	}
	l.rest = l.rest[n:]
	if len(l.rest) > 0 {
		return
	}
	if l.tail != nil {
		l.turn()
		return
	}
	for word := range initial {
		binary.BigEndian.PutUint32(r.sums[l.message][4*word:], r.state[word][k])
	}
	r.take(k)
}
