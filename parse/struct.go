package parse

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Athena and CloudTrail Lake write a struct as {name=value, name=value}, without
// quotes, a list as [value, value], and what is absent as null.

// appendStruct appends such a text as JSON. It reports false where it could mean
// something else: names and separators are those of the schema, every name comes
// once, and no value has a brace, a bracket or ", " in it.
func appendStruct(dst []byte, cell string, s *schema) ([]byte, bool) {
	r := structReader{dst: dst, rest: cell}
	var ok bool
	if s.kind == cellList {
		ok = r.list(s)
	} else {
		_, ok = r.object(s)
	}
	if !ok || r.rest != "" {
		return dst, false
	}
	return r.dst, true
}

type structReader struct {
	dst  []byte
	rest string
}

// passed takes a prefix off.
func (r *structReader) passed(prefix string) (ok bool) {
	r.rest, ok = strings.CutPrefix(r.rest, prefix)
	return ok
}

func (r *structReader) list(s *schema) bool {
	if !r.passed("[") {
		return false
	}
	r.dst = append(r.dst, '[')
	for n := 0; !r.passed("]"); n++ {
		if n > 0 {
			if !r.passed(", ") {
				return false
			}
			r.dst = append(r.dst, ',')
		}
		some, ok := r.object(s)
		if !ok {
			return false
		}
		if !some {
			r.dst = append(r.dst, "{}"...)
		}
	}
	r.dst = append(r.dst, ']')
	return true
}

// object reads a struct; some is false, and nothing appended, when none of its
// members has a value.
func (r *structReader) object(s *schema) (some, ok bool) {
	if !r.passed("{") {
		return false, false
	}
	start, seen := len(r.dst), map[string]bool{}
	r.dst = append(r.dst, '{')
	for !r.passed("}") {
		if len(seen) > 0 && !r.passed(", ") {
			return false, false
		}
		name, rest, ok := strings.Cut(r.rest, "=")
		m := s.members[strings.ToLower(name)]
		if !ok || m == nil || seen[m.name] {
			return false, false
		}
		r.rest, seen[m.name] = rest, true
		before := len(r.dst)
		if some {
			r.dst = append(r.dst, ',')
		}
		r.dst = append(appendQuoted(r.dst, m.name), ':')
		valued, ok := r.value(m)
		if !ok {
			return false, false
		}
		if !valued {
			r.dst = r.dst[:before]
		}
		some = some || valued
	}
	if !some {
		r.dst = r.dst[:start]
		return false, true
	}
	r.dst = append(r.dst, '}')
	return true, true
}

// value reads the value of a member up to what follows it.
func (r *structReader) value(s *schema) (some, ok bool) {
	if s.kind == cellStruct && strings.HasPrefix(r.rest, "{") {
		return r.object(s)
	}
	end := strings.IndexAny(r.rest, "{}[]")
	if end < 0 {
		return false, false
	}
	if i := strings.Index(r.rest[:end], ", "); i >= 0 {
		end = i
	} else if r.rest[end] != '}' {
		return false, false
	}
	text := r.rest[:end]
	r.rest = r.rest[end:]
	switch {
	case text == "" || text == "null":
		return false, true
	case s.kind == cellTime:
		text, _ = eventTime(text)
	}
	r.dst = appendQuoted(r.dst, text)
	return true, true
}

// sqlTime is how SQL writes a time; a fraction may follow.
const sqlTime = "2006-01-02 15:04:05"

// eventTime gives a time as CloudTrail writes it; ok is false when it is in no
// known form, and stays as it is.
func eventTime(text string) (t string, ok bool) {
	if _, err := time.Parse(time.RFC3339, text); err == nil {
		return text, true
	}
	when, err := time.Parse(sqlTime, strings.TrimSuffix(text, " UTC"))
	if err != nil {
		return text, false
	}
	return when.Format(time.RFC3339Nano), true
}

// appendQuoted appends text as a JSON string. What is no UTF-8 becomes U+FFFD.
func appendQuoted(dst []byte, text string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', byte(c))
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = utf8.AppendRune(dst, c)
		}
	}
	return append(dst, '"')
}
