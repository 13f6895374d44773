//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"text/tabwriter"
	"time"

	"ctlog/internal/idset"
	"ctlog/parse"
	"ctlog/query"
	"ctlog/query/jq"
	"ctlog/query/match"
	"ctlog/triage"
)

// The parts of a search are measured in this process, on one core, each together
// with those before it: what a part takes is the difference.

// job is a search; search says what is done with an event, and what stands in
// the way of a file being passed over.
type job struct {
	work  string
	every bool // every event is looked into
	start func() (look func(*parse.Body), err error)
}

var jobs = []job{
	{"grep, a rare eventName", false, func() (func(*parse.Body), error) { return planned(`select(.eventName=="` + rare + `")`) }},
	{"grep, five fields of every event", true, func() (func(*parse.Body), error) { return evaluated(tsv) }},
	{"grep, a rare builtin", true, func() (func(*parse.Body), error) { return evaluated(bsearch) }},
	{"count --by eventName", true, counted},
}

// planned looks for the texts that the filter needs.
func planned(filter string) (func(*parse.Body), error) {
	p, err := jq.Compile(filter, jq.Options{})
	if err != nil {
		return nil, err
	}
	plan := query.NewPlan(match.Fields{}, p)
	return func(b *parse.Body) {
		content, _ := b.Whole()
		plan.Finds(content)
	}, nil
}

// evaluated runs a filter on every event and prints what comes out.
func evaluated(filter string) (func(*parse.Body), error) {
	p, err := jq.Compile(filter, jq.Options{})
	if err != nil {
		return nil, err
	}
	r, f := p.Runner(context.Background()), &jq.Format{}
	var out []byte
	print := func(v jq.Value) error {
		out = append(r.Append(out, v, f), '\n')
		return nil
	}
	return func(b *parse.Body) {
		out = out[:0]
		for e := range b.Events() {
			r.Event(e, print)
		}
	}, nil
}

// counted does what count does, but for merging what workers have.
func counted() (func(*parse.Body), error) {
	fields, err := triage.NewFields("eventName")
	if err != nil {
		return nil, err
	}
	var seen idset.FingerprintSet
	table, reader := new(triage.Table), fields.Reader()
	var ids []idset.Entry
	return func(b *parse.Body) {
		ids = ids[:0]
		for e := range b.Events() {
			if id := reader.Add(e); id != nil {
				ids = append(ids, idset.Of(parse.Text(nil, id), e.Raw))
			}
		}
		seen.Prefetch(ids)
		for _, e := range ids {
			seen.Add(e)
		}
		table.Absorb(reader.Take())
	}, nil
}

// parts are what takes time, each with those before it.
var parts = []string{"read", "inflate", "check and split", "search, evaluate, write"}

// printParts measures every job on the files.
func printParts(w io.Writer, files []string) error {
	runtime.GOMAXPROCS(1)
	fmt.Fprintf(w, "\nwhere the time goes: processor time for %d files on one core, median of %d\n\n", len(files), partRuns)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "work\t")
	for _, p := range parts {
		fmt.Fprintf(table, "%s\t", p)
	}
	fmt.Fprintln(table)
	for _, j := range jobs {
		if err := j.measure(table, files); err != nil {
			return err
		}
	}
	return table.Flush()
}

const partRuns = 7

func (j job) measure(w io.Writer, files []string) error {
	taken := make([][]time.Duration, len(parts))
	for range partRuns {
		for p := range parts {
			d, err := j.upTo(p, files)
			if err != nil {
				return err
			}
			taken[p] = append(taken[p], d)
		}
	}
	fmt.Fprintf(w, "%s\t", j.work)
	before := time.Duration(0)
	for p := range parts {
		all := median(taken[p])
		fmt.Fprintf(w, "%s\t", short(max(0, all-before)))
		before = all
	}
	_, err := fmt.Fprintln(w)
	return err
}

// upTo takes the files through the first parts.
func (j job) upTo(last int, files []string) (time.Duration, error) {
	look, err := j.start()
	if err != nil {
		return 0, err
	}
	d := parse.NewDecoder(parse.Limits{})
	start := used()
	for _, f := range files {
		stored, err := os.ReadFile(f)
		if err != nil {
			return 0, err
		}
		if last == 0 {
			continue
		}
		body, err := d.Open(bytes.NewReader(stored), int64(len(stored)), false)
		if err != nil {
			return 0, err
		}
		j.pass(body, last, look)
	}
	return used() - start, nil
}

func (j job) pass(body *parse.Body, last int, look func(*parse.Body)) {
	if last == 1 {
		return
	}
	if j.every {
		body.Index()
	}
	body.Count()
	if last == 3 {
		look(body)
	}
}

// used is the processor time of this process.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it knows no other mistake than a wrong argument
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
