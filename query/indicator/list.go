package indicator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxList is more than any list has: it is held in memory.
const maxList = 256 << 20

// Errors of a file as a whole.
var (
	ErrEmpty  = errors.New("there are no indicators in it")
	ErrBinary = errors.New("not a text file; export the list as plain text, CSV or STIX 2.1")
	ErrLarge  = errors.New("larger than 256 MiB")
)

// Read adds the indicators of one file to the list. An indicator that is in the
// list already is not added again.
func (l *List) Read(name string, r io.Reader) error {
	b, err := io.ReadAll(io.LimitReader(r, maxList+1))
	if err != nil {
		return err
	}
	if len(b) > maxList {
		return ErrLarge
	}
	if b, err = decode(b); err != nil {
		return err
	}
	before := len(l.Indicators) + len(l.Unread)
	f := &file{list: l, name: name}
	if first := bytes.TrimLeft(b, " \t\r\n"); len(first) > 0 && (first[0] == '{' || first[0] == '[' || first[0] == '"') && json.Valid(b) {
		f.json(1, b)
	} else {
		f.lines(string(b))
	}
	if len(l.Indicators)+len(l.Unread) == before && !f.repeated {
		return ErrEmpty
	}
	return nil
}

// file is one file while it is read.
type file struct {
	list     *List
	name     string
	columns  *columns // of a CSV, once its header has been seen
	comment  string   // the last comment, which may be the header of a CSV
	begun    bool     // a line that is not a comment has been seen
	repeated bool     // it has indicators that were in the list before
}

// add puts an indicator into the list.
func (f *file) add(line int, i Indicator) {
	if strings.TrimSpace(i.Text) == "" {
		f.unread(line, i.Text)
		return
	}
	key := strings.ToLower(i.Text)
	if i.Nets != nil {
		key = fmt.Sprint(i.Nets)
	}
	if f.list.seen[key] {
		f.repeated = true
		return
	}
	if f.list.seen == nil {
		f.list.seen = map[string]bool{}
	}
	f.list.seen[key] = true
	i.File, i.Line = f.name, line
	f.list.Indicators = append(f.list.Indicators, i)
}

func (f *file) unread(line int, text string) {
	f.list.Unread = append(f.list.Unread, Place{f.name, line, text})
}

// decode gives the text of a file in UTF-8, without a byte order mark.
func decode(b []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return wide(b[2:], 0), nil
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return wide(b[2:], 1), nil
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b = b[3:]
	case len(b) > 3 && b[0] != 0 && b[1] == 0 && b[2] != 0 && b[3] == 0:
		return wide(b, 0), nil
	case len(b) > 3 && b[0] == 0 && b[1] != 0 && b[2] == 0 && b[3] != 0:
		return wide(b, 1), nil
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return nil, ErrBinary
	}
	return b, nil
}

// wide decodes UTF-16; low is which byte of two is the low one.
func wide(b []byte, low int) []byte {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i+low]) | uint16(b[2*i+1-low])<<8
	}
	var out []byte
	for _, r := range utf16.Decode(units) {
		out = utf8.AppendRune(out, r)
	}
	return out
}
