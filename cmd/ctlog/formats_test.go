package main

import (
	"bytes"
	"strings"
	"testing"

	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/search"
)

func TestDefaultFieldsFitTheTerminal(t *testing.T) {
	for _, c := range []struct {
		format output.Format
		width  int
		count  bool
		narrow bool
	}{
		{format: output.Table, width: 80, narrow: true},
		{format: output.Table, width: output.NarrowWidth},
		{format: output.Table},
		{format: output.Table, width: 80, count: true},
		{format: output.CSV, width: 80},
	} {
		var said bytes.Buffer
		a, g := &app{voice: term.NewVoice(&said, term.Style{}, false)}, &grepFlags{count: c.count}
		want := output.DefaultFields
		if c.narrow {
			want = output.NarrowFields
		}
		if got := g.defaultFields(a, &search.Options{Format: c.format, Width: c.width}); got != want {
			t.Errorf("%+v: %s", c, got)
		}
		if hinted := strings.Contains(said.String(), "--fields"); hinted != c.narrow {
			t.Errorf("%+v: %q", c, said.String())
		}
	}
}
