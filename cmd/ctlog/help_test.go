package main

import (
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// What a command says of itself fits a terminal.
func TestHelpFits(t *testing.T) {
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for line := range strings.Lines(c.Long + "\n" + c.UsageString()) {
			if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > 80 {
				t.Errorf("%s: %q has %d columns", c.CommandPath(), line, utf8.RuneCountInString(line))
			}
		}
		for _, next := range c.Commands() {
			if c.Name() != "completion" { // how to load scripts is cobra's text
				walk(next)
			}
		}
	}
	walk(a.root())
}
