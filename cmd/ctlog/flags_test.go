package main

import (
	"strings"
	"testing"
)

// Of two wrong flags always the same one is told.
func TestWrongFlagsInOrder(t *testing.T) {
	for _, c := range [][]string{
		{"--since", "verify", "--until", "tomorrow", "--since", "yesterday", "."},
		{"--progress", "verify", "--progress", "maybe", "--color", "mauve", "."},
	} {
		for range 30 {
			if status, _, stderr := in(t, "", c[1:]...); status != exitTrouble || !strings.HasPrefix(stderr, "ctlog: "+c[0]) {
				t.Fatalf("%q: status %d, %s", c[1:], status, stderr)
			}
		}
	}
}
