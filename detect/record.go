package detect

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"

	"ctlog/detect/expr"
	"ctlog/event"
)

// NoTime is the time of an event that has none.
const NoTime = event.NoTime

// Time gives the time of an instant, which is not NoTime.
func Time(ns int64) time.Time { return time.Unix(0, ns).UTC() }

// Match is an event that rules hold for.
type Match struct {
	Time      int64 // NoTime when it has none
	EventTime string
	ID        string
	Source    string // eventSource
	Name      string // eventName
	User      string // the best name of who did it, session and all
	Principal string // the same, but of a role's session the role
	Address   string
	Account   string
	Region    string
	Agent     string
	Error     string // errorCode
	File      string
	Index     int    // among the file's events
	Integrity string // of the file, when that was asked for

	Rules   []int         // in Program.Rules
	Matched [][]expr.Pair // by rule: what it was met by, when that was asked for
	folded  []int         // of Rules: those that the baseline folds this for
	inputs  []signal
	sum     uint64 // of the event's bytes
	key     eventKey
}

// fold notes that the baseline folds the match for the rule in place i of Rules.
func (m *Match) fold(i int) { m.folded = append(m.folded, i) }

// Folded reports whether the baseline folds the match for the rule in place i of
// Rules.
func (m *Match) Folded(i int) bool { return slices.Contains(m.folded, i) }

// signal is what a correlation hears of a match.
type signal struct {
	correlation, base int
	missing           bool // it has no value for the group
	group, values     []string
}

// eventKey tells events apart. The zero key is that of an event without an ID.
type eventKey [17]byte

// A row is a match on its way, see Reader.take: what it is sorted by comes first,
// in an order that bytes compare in.
//
//	key, 1 byte of rank, path, 0, index (big endian) | sum, time, texts, rules, …

func (in *signal) append(dst []byte) []byte {
	dst = binary.AppendUvarint(binary.AppendUvarint(dst, uint64(in.correlation)), uint64(in.base))
	return appendTexts(appendTexts(append(dst, boolByte(in.missing)), in.group), in.values)
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func appendText[T string | []byte](dst []byte, s T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendTexts(dst []byte, list []string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(list)))
	for _, s := range list {
		dst = appendText(dst, s)
	}
	return dst
}

// rowReader reads what append wrote. Rows are the program's own, so nothing in
// them can be wrong.
type rowReader struct{ b []byte }

func (r *rowReader) number() int {
	n, size := binary.Uvarint(r.b)
	r.b = r.b[size:]
	return int(n)
}

func (r *rowReader) text() string {
	n := r.number()
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *rowReader) texts() (list []string) {
	for range r.number() {
		list = append(list, r.text())
	}
	return list
}

func (r *rowReader) word() uint64 {
	w := binary.LittleEndian.Uint64(r.b)
	r.b = r.b[8:]
	return w
}

func (r *rowReader) byte() byte {
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

// readMatch reads a row.
func readMatch(row []byte) (m Match) {
	r := rowReader{row}
	copy(m.key[:], r.b)
	r.b = r.b[len(m.key)+1:]
	end := bytes.IndexByte(r.b, 0)
	m.File = string(r.b[:end])
	m.Index = int(binary.BigEndian.Uint32(r.b[end+1:]))
	r.b = r.b[end+5:]
	m.sum, m.Time = r.word(), int64(r.word())
	m.Integrity, m.ID = r.text(), r.text()
	if r.byte() == 1 {
		for _, s := range []*string{&m.EventTime, &m.Source, &m.Name, &m.Address, &m.Region, &m.Agent, &m.Error, &m.Account, &m.User, &m.Principal} {
			*s = r.text()
		}
	}
	for range r.number() {
		m.Rules = append(m.Rules, r.number())
	}
	for range r.number() {
		var pairs []expr.Pair
		for range r.number() {
			pairs = append(pairs, expr.Pair{Field: r.text(), Text: r.text()})
		}
		m.Matched = append(m.Matched, pairs)
	}
	for range r.number() {
		in := signal{correlation: r.number(), base: r.number(), missing: r.byte() == 1}
		in.group, in.values = r.texts(), r.texts()
		m.inputs = append(m.inputs, in)
	}
	return m
}
