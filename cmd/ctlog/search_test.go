package main

import (
	"bytes"
	"strings"
	"testing"

	"ctlog/internal/term"
	"ctlog/output"
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
		s := &search{format: c.format, flags: &grepFlags{count: c.count}, app: &app{voice: term.NewVoice(&said, term.Style{}, false)}}
		want := output.DefaultFields
		if c.narrow {
			want = output.NarrowFields
		}
		if got := s.defaultFields(c.width); got != want {
			t.Errorf("%+v: %s", c, got)
		}
		if hinted := strings.Contains(said.String(), "--fields"); hinted != c.narrow {
			t.Errorf("%+v: %q", c, said.String())
		}
	}
}
