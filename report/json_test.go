package report

import (
	"bytes"
	"encoding/json"
	"testing"

	"ctlog/digest"
	"ctlog/internal/term"
)

// On a terminal JSON says the same, and does nothing.
func TestJSONOnATerminal(t *testing.T) {
	const hostile = "a\u202eb\u009b31mc\x7f\u2028\ufeff\x1b[2J\n\\u202e é 😀"
	r := &digest.Report{Findings: []digest.Finding{{Kind: digest.Gap, Account: hostile, Reason: hostile}}}
	var plain, safe bytes.Buffer
	for w, onTerminal := range map[*bytes.Buffer]bool{&plain: false, &safe: true} {
		if err := WriteJSON(w, r, onTerminal); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range safe.String() {
		if c != '\n' && term.Unsafe(c) {
			t.Fatalf("%U in %q", c, safe.String())
		}
	}
	for _, b := range [][]byte{plain.Bytes(), safe.Bytes()} {
		var finding struct{ Account string }
		if err := json.NewDecoder(bytes.NewReader(b)).Decode(&finding); err != nil || finding.Account != hostile {
			t.Errorf("%q, %v", finding.Account, err)
		}
	}
}
