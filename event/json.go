package event

import (
	"bytes"
	"time"
	"unicode/utf8"

	"ctlog/parse"
)

// HasText reports whether a raw value is a string that is not empty.
func HasText(raw []byte) bool { return len(raw) > 2 && raw[0] == '"' }

// AppendValue appends a raw JSON value in the one spelling under which it is
// counted: strings that read the same are the same, however they are escaped.
// Numbers stay as they are written, and what is absent is null.
func AppendValue(dst, raw []byte) []byte {
	switch {
	case len(raw) == 0:
		return append(dst, "null"...)
	case raw[0] == '"' && (bytes.IndexByte(raw, '\\') >= 0 || !utf8.Valid(raw)):
		return AppendString(dst, parse.AppendText(nil, raw))
	case raw[0] == '{' || raw[0] == '[':
		return parse.Compact(dst, raw)
	}
	return append(dst, raw...)
}

// AppendString appends text as a JSON string, with as few escapes as there can
// be.
func AppendString[T string | []byte](dst []byte, s T) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// AppendStringOrNull is AppendString, and null for an empty string.
func AppendStringOrNull[T string | []byte](dst []byte, s T) []byte {
	if len(s) == 0 {
		return append(dst, "null"...)
	}
	return AppendString(dst, s)
}

// AppendTime appends a time as a JSON string, null for NoTime.
func AppendTime(dst []byte, ns int64) []byte {
	if ns == NoTime {
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	dst = time.Unix(0, ns).UTC().AppendFormat(dst, time.RFC3339Nano)
	return append(dst, '"')
}

// Values splits raw values that commas part, as they stand inside an array.
func Values(list []byte) (values [][]byte) {
	array := append(append([]byte{'['}, list...), ']')
	for c := parse.Inside(array); ; {
		v, ok := c.Element()
		if !ok {
			return values
		}
		values = append(values, v)
	}
}
