package search

import "encoding/binary"

// Sink takes what a search found: in the order of the evidence, or of time where
// that was asked for, on one goroutine, duplicates left out where they were to
// be. An error ends the search.
type Sink interface {
	Match(Match) error
}

// Match is one result. Its bytes are valid until Sink.Match returns.
type Match struct {
	// Event is the event as it was delivered, or, if Made is set, a value that
	// the filter made of it: JSON in both cases.
	Event []byte
	Made  bool

	File   string
	Offset int64  // of the event in the content of the file
	Index  int    // which of its events it is, from 0
	Status string // of the file, where files are judged: as verify calls it
}

// A match travels as a row like any other, so that it can be sorted and spilled:
// what is known of it, and then its bytes.
func (w *worker) appendMatch(dst, value []byte, made bool) []byte {
	dst = appendText(appendText(dst, w.file.Path), w.file.Judgement.Status)
	dst = binary.AppendVarint(dst, w.current.Offset)
	dst = binary.AppendVarint(dst, int64(w.current.Index))
	if made {
		dst = append(dst, 1)
	} else {
		dst = append(dst, 0)
	}
	return append(dst, value...)
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// sinkWriter hands rows on as matches.
type sinkWriter struct{ Sink }

func (s sinkWriter) Write(row []byte) error {
	var m Match
	m.File, row = cutText(row)
	m.Status, row = cutText(row)
	offset, n := binary.Varint(row)
	index, k := binary.Varint(row[n:])
	m.Offset, m.Index = offset, int(index)
	m.Made, m.Event = row[n+k] == 1, row[n+k+1:]
	return s.Match(m)
}

func (s sinkWriter) Close() error { return nil }

func cutText(b []byte) (string, []byte) {
	size, n := binary.Uvarint(b)
	end := n + int(size)
	return string(b[n:end]), b[end:]
}
