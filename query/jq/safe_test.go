package jq

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

// What Safe prints has nothing that a terminal acts on, or that hides or turns
// text around; and reads the same.
func TestSafe(t *testing.T) {
	ranges := [][2]rune{{0, 0x1f}, {0x7f, 0x9f}, {0x61c, 0x61c}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x2069}, {0xfeff, 0xfeff}}
	p := compiledFor(t, ".a", Options{Per: PerDocument})
	for _, of := range ranges {
		for c := of[0]; c <= of[1]; c++ {
			raw := append(escapeRune([]byte(`{"a":"`), c), `"}`...)
			r := p.Runner(t.Context())
			err := r.Document(raw, func(v Value) error {
				if out := r.Append(nil, v, &Format{Safe: true}); bytes.Contains(out, utf8.AppendRune(nil, c)) {
					t.Errorf("%U: %q", c, out)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
