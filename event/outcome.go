package event

import (
	"bytes"
	"unicode/utf8"

	"ctlog/parse"
)

// FailurePaths are where an event says that the call failed, in the order in
// which Failed takes the values.
var FailurePaths = []string{FieldErrorCode, FieldErrorMessage, FieldLogin}

// Failed reports whether a call failed, from the raw errorCode, errorMessage and
// result of a console login: a login that failed has no code.
func Failed(code, message, login []byte) bool {
	return HasText(code) || HasText(message) || HasText(login) && string(parse.Text(nil, login)) == "Failure"
}

// reads begin the names of calls that change nothing.
var reads = []string{"Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Search", "Query", "Scan", "Check", "Decrypt"}

// effect is what is known of what a call does.
type effect int

const (
	unknown effect = iota
	reading
	writing
)

// effectOf reads the raw readOnly or, in old events without it, the text of
// eventName.
func effectOf(readOnly, name []byte) effect {
	switch string(bytes.Trim(readOnly, `"`)) {
	case "true":
		return reading
	case "false":
		return writing
	}
	if len(name) == 0 || !utf8.Valid(name) {
		return unknown
	}
	for _, p := range reads {
		if bytes.HasPrefix(name, []byte(p)) {
			return reading
		}
	}
	return writing
}

// Writes reports whether a call changes something: the raw readOnly says so, or,
// in old events without it, the text of eventName.
func Writes(readOnly, name []byte) bool { return effectOf(readOnly, name) == writing }

// Reads reports whether a call changes nothing, by the same signs.
func Reads(readOnly, name []byte) bool { return effectOf(readOnly, name) == reading }
