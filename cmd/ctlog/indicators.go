package main

import (
	"os"

	"github.com/spf13/pflag"

	"ctlog/query/indicator"
	"ctlog/query/match"
)

// iocFlags are lists of indicators, and what was made of them.
type iocFlags struct {
	files []string
	list  indicator.List
}

func (g *iocFlags) add(f *pflag.FlagSet) {
	f.StringArrayVar(&g.files, "ioc", nil, "any indicator of a list: addresses, networks, ranges, domains, URLs, ARNs, keys, hashes, texts; a line each, CSV, STIX 2.1; repeatable")
}

// read reads the lists; nil without any.
func (g *iocFlags) read() (*match.Indicators, error) {
	if len(g.files) == 0 {
		return nil, nil
	}
	for _, name := range g.files {
		if err := g.readFile(name); err != nil {
			return nil, err
		}
	}
	if len(g.list.Indicators) == 0 {
		return nil, misuse("a line each: an address, a network such as 203.0.113.0/24, a domain, an ARN, a key or any text", "--ioc: no indicator was understood: %s", &g.list)
	}
	return match.NewIndicators(g.list.Indicators), nil
}

func (g *iocFlags) readFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return misuse("", "--ioc: %s", err)
	}
	defer f.Close()
	if err := g.list.Read(name, f); err != nil {
		return misuse("", "--ioc %s: %s", name, err)
	}
	return nil
}

// tellIndicators says what was loaded. A line that was not understood is not
// searched for, so that no run with one ends as if all had been.
func (a *app) tellIndicators(g *iocFlags) {
	switch {
	case len(g.files) == 0:
	case len(g.list.Unread) > 0:
		a.misread = true
		a.voice.Error("--ioc: %s", &g.list)
	default:
		a.voice.Note("--ioc: %s", &g.list)
	}
}
