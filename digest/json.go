package digest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrFormat is wrapped by every error about content that is not what its
// format demands.
var ErrFormat = errors.New("not of the expected form")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

// wellFormed checks the grammar with the standard library, so that what
// follows only has to cut text that is known to be JSON.
func wellFormed(content []byte) error {
	if !utf8.Valid(content) {
		return malformed("not UTF-8")
	}
	if !json.Valid(content) {
		return malformed("not JSON")
	}
	return nil
}

// fields cuts an object into the raw values of the members called names, nil
// where there is none. A name that occurs twice is refused: readers disagree
// about which of them counts. Names are compared exactly. The values share
// the memory of object.
func fields(object []byte, names []string, out [][]byte) error {
	clear(out)
	if len(object) == 0 || object[0] != '{' {
		return malformed("not an object")
	}
	for at := skipSpace(object, 1); object[at] != '}'; {
		end := stringEnd(object, at)
		name, err := text(object[at:end])
		if err != nil {
			return err
		}
		at = skipSpace(object, skipSpace(object, end)+1) // over the colon
		end = valueEnd(object, at)
		for i, n := range names {
			if n != name {
				continue
			}
			if out[i] != nil {
				return malformed("%s occurs twice", name)
			}
			out[i] = object[at:end]
		}
		if at = skipSpace(object, end); object[at] == ',' {
			at = skipSpace(object, at+1)
		}
	}
	return nil
}

// elements calls f with the raw value of every element of an array.
func elements(array []byte, f func(value []byte) error) error {
	if len(array) == 0 || array[0] != '[' {
		return malformed("not an array")
	}
	for at := skipSpace(array, 1); array[at] != ']'; {
		end := valueEnd(array, at)
		if err := f(array[at:end]); err != nil {
			return err
		}
		if at = skipSpace(array, end); array[at] == ',' {
			at = skipSpace(array, at+1)
		}
	}
	return nil
}

func skipSpace(b []byte, at int) int {
	for at < len(b) && (b[at] == ' ' || b[at] == '\t' || b[at] == '\n' || b[at] == '\r') {
		at++
	}
	return at
}

// stringEnd gives the offset behind the string that begins at at.
func stringEnd(b []byte, at int) int {
	for at++; b[at] != '"'; at++ {
		if b[at] == '\\' {
			at++
		}
	}
	return at + 1
}

// valueEnd gives the offset behind the value that begins at at.
func valueEnd(b []byte, at int) int {
	for depth := 0; at < len(b); {
		switch b[at] {
		case '"':
			at = stringEnd(b, at)
		case '{', '[':
			depth++
			at++
			continue
		case '}', ']':
			depth--
			at++
		case ',', ':', ' ', '\t', '\n', '\r':
			at++
			continue
		default:
			for at < len(b) && strings.IndexByte(",]} \t\r\n", b[at]) < 0 {
				at++
			}
		}
		if depth == 0 {
			return at
		}
	}
	return at
}

func isNull(raw []byte) bool { return raw == nil || string(raw) == "null" }

// text decodes a string.
func text(raw []byte) (string, error) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", malformed("not a string")
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), nil
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}
