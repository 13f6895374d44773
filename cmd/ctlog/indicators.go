package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/query/indicator"
	"ctlog/query/match"
)

// iocFlags are lists of indicators, what was made of them, and where the hits go.
type iocFlags struct {
	files  []string
	report string
	list   indicator.List
	search *match.Indicators
	begun  bool // evidence is read
}

func (g *iocFlags) add(f *pflag.FlagSet) {
	f.StringArrayVar(&g.files, "ioc", nil, "any indicator of a list: addresses, networks, ranges, domains, URLs, ARNs, keys, hashes, texts; a line each, CSV, STIX 2.1; repeatable")
	f.StringVar(&g.report, "ioc-report", "", "write the hits of every indicator to a new .csv, .tsv, .json or .jsonl file")
}

// read reads the lists; nil without any.
func (g *iocFlags) read() (*match.Indicators, error) {
	if len(g.files) == 0 {
		if g.report != "" {
			return nil, misuse("", "--ioc-report is about the indicators of --ioc")
		}
		return nil, nil
	}
	if g.report != "" && !slices.Contains(reportFormats, filepath.Ext(g.report)) {
		return nil, misuse("", "--ioc-report %s: the name must end in %s", g.report, strings.Join(reportFormats, ", "))
	}
	for _, name := range g.files {
		if err := g.readFile(name); err != nil {
			return nil, err
		}
	}
	if len(g.list.Indicators) == 0 {
		return nil, misuse("a line each: an address, a network such as 203.0.113.0/24, a domain, an ARN, a key or any text", "--ioc: no indicator was understood: %s", &g.list)
	}
	g.search = match.NewIndicators(g.list.Indicators)
	return g.search, nil
}

// reportFormats are the endings of --ioc-report.
var reportFormats = []string{".csv", ".tsv", ".json", ".jsonl"}

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
	if g.search == nil {
		return
	}
	a.ioc = g
	switch {
	case len(g.list.Unread) > 0:
		a.misread = true
		a.voice.Error("--ioc: %s", &g.list)
	default:
		a.voice.Note("--ioc: %s", &g.list)
	}
}

// begin notes that evidence is about to be read, where no report goes.
func (g *iocFlags) begin(paths []string) error {
	if g == nil {
		return nil
	}
	g.begun = true
	if g.report == "" {
		return nil
	}
	return newFile("--ioc-report", g.report, paths)
}

// tellHits says in how many events each indicator was found, those that the field
// flags select.
func (a *app) tellHits() error {
	g := a.ioc
	if g == nil || !g.begun || a.status == exitInterrupted {
		return nil
	}
	hits := g.search.Found()
	a.voice.Note("--ioc: %s", g.hitTable(hits))
	if g.report == "" {
		return nil
	}
	file := &resultFile{flag: "--ioc-report", name: g.report}
	return cmp.Or(g.writeHits(file, hits), file.Close())
}

// mostHits is how many indicators the table on stderr has.
const mostHits = 20

// hitTable writes those indicators down that were found, the most frequent first.
func (g *iocFlags) hitTable(hits []match.Hit) string {
	list := g.search.List()
	var found []int
	for i := range hits {
		if hits[i].Events > 0 {
			found = append(found, i)
		}
	}
	slices.SortStableFunc(found, func(i, j int) int { return cmp.Compare(hits[j].Events, hits[i].Events) })
	if len(found) == 0 {
		return fmt.Sprintf("none of %s was found", term.Plural(len(list), "indicator"))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s found", term.Count(int64(len(found))), term.Plural(len(list), "indicator"))
	fmt.Fprintf(&b, "\n%10s  %-20s  %-20s  %s", "events", "first", "last", "indicator")
	for _, i := range found[:min(len(found), mostHits)] {
		fmt.Fprintf(&b, "\n%10s  %-20s  %-20s  %s", term.Count(hits[i].Events), moment(hits[i].First), moment(hits[i].Last), list[i].Text)
	}
	if more := len(found) - mostHits; more > 0 {
		fmt.Fprintf(&b, "\nand %s more; --ioc-report FILE.csv has all", term.Count(int64(more)))
	}
	return b.String()
}

func moment(ns int64) string {
	if ns == event.NoTime {
		return "-"
	}
	return time.Unix(0, ns).UTC().Format(time.RFC3339)
}

// hitColumns are those of --ioc-report.
const hitColumns = "indicator,kind,file,line,events,first,last"

// writeHits writes all indicators, those that were not found too.
func (g *iocFlags) writeHits(to *resultFile, hits []match.Hit) error {
	columns, err := event.ParseColumns(hitColumns)
	if err != nil {
		return err
	}
	format, err := output.ParseFormat(filepath.Ext(g.report)[1:])
	if err != nil {
		return err
	}
	w := output.NewWriter(to, format, columns, 0, term.Style{})
	row := output.NewRow(format, columns, false)
	for i, one := range g.search.List() {
		object := appendHit(nil, &one, hits[i])
		switch format {
		case output.JSONL:
			object = append(object, '\n')
		case output.CSV, output.TSV:
			object = row.Append(nil, object)
		}
		if err := w.Write(bytes.Clone(object)); err != nil {
			return err
		}
	}
	return w.Close()
}

func appendHit(dst []byte, i *indicator.Indicator, h match.Hit) []byte {
	dst = event.AppendString(append(dst, `{"indicator":`...), i.Text)
	dst = event.AppendString(append(dst, `,"kind":`...), i.Kind.String())
	dst = event.AppendString(append(dst, `,"file":`...), i.File)
	dst = fmt.Appendf(dst, `,"line":%d,"events":%d,"first":`, i.Line, h.Events)
	dst = append(event.AppendTime(dst, h.First), `,"last":`...)
	return append(event.AppendTime(dst, h.Last), '}')
}
