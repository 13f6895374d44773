package event

import "bytes"

// refusals are parts of error codes, in lower case, by which services say that
// they did not let the caller do it.
var refusals = [][]byte{
	[]byte("accessdenied"), []byte("unauthorized"), []byte("notauthorized"), []byte("forbidden"), []byte("authfailure"),
	[]byte("invalidclienttokenid"), []byte("unrecognizedclient"), []byte("signaturedoesnotmatch"), []byte("authorizationerror"),
}

// loginFailures begin the messages of console logins that failed, which have no code.
var loginFailures = [][]byte{[]byte("Failed authentication"), []byte("No username found")}

// Refused reports whether the texts of an errorCode and an errorMessage say that
// the caller was not let: not that something is not there, not that there were too
// many calls.
func Refused(code, message []byte) bool {
	if len(code) == 0 {
		for _, m := range loginFailures {
			if bytes.HasPrefix(message, m) {
				return true
			}
		}
		return false
	}
	lower := bytes.ToLower(code[:min(len(code), 256)])
	for _, r := range refusals {
		if bytes.Contains(lower, r) {
			return true
		}
	}
	return false
}
