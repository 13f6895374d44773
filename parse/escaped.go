package parse

import (
	"bytes"
	"strings"
)

// IsPlain reports whether c is a character that nobody has a reason to escape:
// printable ASCII without what encoders escape, for JSON or for JSON in HTML.
// That a slash may be escaped is hardly ever made use of.
func IsPlain(c byte) bool { return plain[c] }

var plain = func() (t [256]bool) {
	for c := ' '; c <= '~'; c++ {
		t[c] = !strings.ContainsRune("\"\\&<>'+=`", c)
	}
	return t
}()

// Escaped reports whether b escapes a plain character, or a letter that is one
// of ASCII when case does not matter: there a text may stand that a search for
// its bytes does not find. It looks at backslashes wherever they are, so that
// it holds for text in a string in a string, too.
func Escaped(b []byte) bool {
	for {
		i := bytes.IndexByte(b, '\\')
		if i < 0 {
			return false
		}
		if b = b[i+1:]; needless(b) {
			return true
		}
	}
}

// needless reports whether the escape whose backslash stands before b is one
// of those that Escaped looks for.
func needless(b []byte) bool {
	if len(b) < 5 || b[0] != 'u' {
		return len(b) > 0 && b[0] == '/'
	}
	r := hex4(b[1:5])
	return r == '\\' || 0 <= r && r <= '~' && plain[r] || r == '\u212a' || r == '\u017f' || r == '\u0130'
}
