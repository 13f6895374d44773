package triage

import (
	"bytes"
	"math"
	"time"
	"unicode/utf8"

	"ctlog/parse"
	"ctlog/query"
)

// appendValue appends a raw JSON value in the one spelling under which it is
// counted: strings that read the same are the same, however they are escaped.
// Numbers stay as they are written, and what is absent is null.
func appendValue(dst, raw []byte) []byte {
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

// NoTime is the time of an event that has none.
const NoTime = math.MinInt64

// What lies outside of these years is no time: CloudTrail is of 2013, and
// nanoseconds hold 292 years, which all that is between two times has to fit in.
const firstYear, lastYear = 1970, 2200

// Instant is a time as it is counted here, in nanoseconds since 1970; NoTime
// when it is out of reach.
func Instant(t time.Time) int64 {
	if t.Year() < firstYear || t.Year() > lastYear {
		return NoTime
	}
	return t.UnixNano()
}

// Bound is Instant for what times are compared with: out of reach it is before
// or after all of them.
func Bound(t time.Time) int64 {
	switch {
	case t.Year() < firstYear:
		return NoTime + 1
	case t.Year() > lastYear:
		return math.MaxInt64
	}
	return t.UnixNano()
}

// Since and Until are the bounds of what is asked for: NoTime where they leave
// nothing out.
func Since(t time.Time) int64 {
	if t.Year() < firstYear {
		return NoTime
	}
	return Bound(t)
}

// Until: see Since. The zero time is none.
func Until(t time.Time) int64 {
	if t.IsZero() || t.Year() > lastYear {
		return NoTime
	}
	return Bound(t)
}

// timeOf reads a raw eventTime.
func timeOf(raw []byte) int64 {
	if !parse.IsString(raw) {
		return NoTime
	}
	t, ok := query.EventTime(parse.Text(nil, raw))
	if !ok {
		return NoTime
	}
	return Instant(t)
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

// Values splits the key of a row into the raw values of its fields.
func Values(key []byte) (values [][]byte) {
	array := append(append([]byte{'['}, key...), ']')
	for c := parse.Inside(array); ; {
		v, ok := c.Element()
		if !ok {
			return values
		}
		values = append(values, v)
	}
}
