package main

import (
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/query/jq"
	"ctlog/search"
)

// formats settles how results are printed.
func (g *grepFlags) formats(a *app, o *search.Options) (err error) {
	if o.Format, err = output.ParseFormat(formatOf(g.file, g.output, g.conditions.given)); err != nil {
		return misuse("", "-o: %s", err)
	}
	o.Out, o.Terminal, o.Width, o.Style = a.stdout, term.IsTerminal(a.stdout), term.Width(a.stdout), a.style()
	if g.file != "" {
		o.Out, o.Terminal, o.Width, o.Style = &resultFile{name: g.file}, false, 0, term.Style{}
	}
	fields := g.fields
	if o.Chosen = fields != ""; !o.Chosen {
		fields = g.defaultFields(a, o)
	} else if !o.Format.Tabular() {
		return misuse("add -o tsv, -o csv or -o table", "--fields is for tables")
	}
	if o.Columns, err = event.ParseColumns(fields); err != nil {
		return misuse("", "--fields: %s", err)
	}
	if n := len(o.Programs); n == 0 || !o.Programs[n-1].Makes() {
		a.hintOnFields(o.Columns.Names())
	}
	o.Raw, o.Join = g.raw || g.join, g.join
	colour := o.Style.On() && !g.monochrome || g.color
	o.Values = jq.Format{Sort: g.sortKeys, ASCII: g.ascii, Colour: colour && o.Format == output.JSONL, Safe: o.Terminal}
	switch {
	case g.indent < 0 || g.indent > 7:
		return misuse("", "--indent takes 0 to 7")
	case g.tab:
		o.Values.Indent = "\t"
	case g.indent > 0:
		o.Values.Indent = strings.Repeat(" ", g.indent)
	case g.pretty:
		o.Values.Indent = "  "
	}
	if o.Format != output.JSONL && (o.Raw || o.Values.Indent != "") {
		return misuse("", "-r, -j, --tab, --indent and --pretty go with -o jsonl only")
	}
	return nil
}

// formatOf gives the format of -o or, where nobody gave one, that of the ending of
// --output-file.
func formatOf(file, given string, flags *pflag.FlagSet) string {
	if flags.Changed("output") {
		return given
	}
	switch ending := strings.ToLower(filepath.Ext(file)); ending {
	case ".csv", ".tsv", ".json", ".jsonl":
		return ending[1:]
	case ".ndjson":
		return string(output.JSONL)
	case ".txt":
		return string(output.Table)
	}
	return given
}

// defaultFields are those that can be read on a terminal of that width.
func (g *grepFlags) defaultFields(a *app, o *search.Options) string {
	if o.Format != output.Table || o.Width <= 0 || o.Width >= output.NarrowWidth || g.count || g.filesWithMatches {
		return output.DefaultFields
	}
	a.voice.Hint("the terminal is narrow: without eventSource and awsRegion; --fields names others")
	return output.NarrowFields
}

// hintOnFields is on fields that no event has.
func (a *app) hintOnFields(names []string) {
	for _, name := range names {
		if near := event.Nearest(name); near != "" {
			a.voice.Hint("events have no %s; did you mean %s?", name, near)
		} else if !event.Known(name) {
			a.voice.Hint("events have no %s; the fields are %s", name, strings.Join(event.Fields(), ", "))
		}
	}
}
