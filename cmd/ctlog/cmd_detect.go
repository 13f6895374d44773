package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ctlog/detect"
	"ctlog/internal/scan"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/report"
)

// detectFlags are the flags of detect as the user gave them.
type detectFlags struct {
	triageFlags
	ruleFlags
	baseline       string
	by             string
	allRules       bool
	brute, explain bool

	until int64 // the end of the baseline
}

const detectHelp = `Runs detection rules over the events and says what they found, what was looked
for and not found, and what could not have been found.

Rules are those that come with ctlog (--pack core, unless told otherwise, and
--pack cis), Sigma rules, correlations and filters (--rules, a file or a
directory, repeatable), CloudWatch Logs filter patterns (--filter-pattern) and
metric filters as 'aws logs describe-metric-filters' prints them
(--metric-filters). A rule that cannot be loaded is named with the reason, and
the others are used. 'ctlog rules' lists and checks rules.

Every rule that found something has a block, the gravest first, with its author;
rules that are met by over 1 % of all events or by ten principals or more come
last. A rule is blind when no event here has what it needs. An event that was
delivered twice counts once. Windows of correlations are exact, whatever the
order of the files, and those that overlap are one episode.

--baseline-until T folds what the same rule found on the same principal before
T. --by makes a table instead: principal, ip, technique, account or day.

With --keys every match says whether the file that it is in is proven, and of
two events with one ID the one in a proven file counts; episodes, and what was
not found, say which hours have logs that are missing or altered. --verified
reads only proven files.

-o jsonl has every match, then episodes, rules and a summary, each line with its
kind. The field flags are those of grep and restrict what is looked at.

Exit status: 0 something was found, 1 nothing, 2 wrong usage or unreadable
input, 130 interrupted.`

const detectExample = `  ctlog detect AWSLogs/
  ctlog detect --pack cis --level low AWSLogs/
  ctlog detect --rules sigma/rules/cloud/aws --level high AWSLogs/
  ctlog detect --filter-pattern '{ $.eventName = StopLogging }' AWSLogs/
  ctlog detect --baseline-until 2024-01-09 --by principal AWSLogs/`

func (a *app) detectCommand() *cobra.Command {
	d := &detectFlags{}
	cmd := &cobra.Command{
		Use: "detect [flags] [PATH...]", Short: "run detection rules: Sigma, correlations, filter patterns",
		Long: detectHelp, Example: detectExample, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error { return a.detect(cmd, d, args) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	d.ruleFlags.add(f)
	f.BoolVar(&d.allRules, "all-rules", false, "list rules that found nothing, are blind or were refused too")
	f.StringVar(&d.baseline, "baseline-until", "", "fold what a rule found on a principal before this time")
	f.StringVar(&d.by, "by", "", "a table by principal, ip, technique, account or day")
	f.BoolVar(&d.explain, "explain", false, "say what an event must have to be looked at for each rule, and stop")
	f.BoolVar(&d.brute, "brute", false, "evaluate the plain way, without any shortcut")
	f.StringVar(&d.file, "output-file", "", "write the result to a new file; .csv, .tsv, .json or .jsonl choose the format")
	f.StringVarP(&d.format, "output", "o", "table", "table, csv, tsv, json or jsonl")
	d.addGeoip(f)
	d.integrityFlags.add(a, cmd)
	d.fieldFlags.add(cmd)
	a.remote.add(cmd)
	return cmd
}

// dataFormats are those that the name of an --output-file can ask for.
var dataFormats = []string{"csv", "tsv", "json", "jsonl"}

// detection is one run of detect.
type detection struct {
	*survey
	flags     *detectFlags
	ruleSet   *ruleSet
	program   *detect.Program
	collector *detect.Collector
	holes     []detect.Hole // what is missing of the hours that were looked at, as far as files are judged
}

// detect is the command.
func (a *app) detect(cmd *cobra.Command, d *detectFlags, args []string) error {
	d.jsonl, d.dedupe = true, true
	if ext := strings.TrimPrefix(filepath.Ext(d.file), "."); !cmd.Flags().Changed("output") && slices.Contains(dataFormats, ext) {
		d.format = ext
	}
	s, err := a.survey(&d.triageFlags)
	if err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return err
	}
	rules, err := d.load(a, cmd)
	if err != nil {
		return err
	}
	run := &detection{survey: s, flags: d, ruleSet: rules, program: rules.program()}
	if d.explain {
		return run.printClues()
	}
	return run.take(args)
}

func (d *detectFlags) check() (err error) {
	if d.by != "" && !slices.Contains(groupings, d.by) {
		return misuse("", "--by takes principal, ip, technique, account or day, not %q", d.by)
	}
	if d.by != "" && d.format == string(output.JSONL) {
		return misuse("-o json has the table as data", "--by makes a table; -o jsonl has every match")
	}
	d.until, err = endOfBaseline(d.baseline, time.Now())
	return err
}

// detectMemory is from where on the collector of garbage saves memory instead of
// time: matches up to their budget twice, rules, and what workers hold.
const detectMemory = ballast + 160<<20

// take reads all events and prints what was found.
func (r *detection) take(args []string) error {
	paths, err := r.evidence(args)
	if err != nil {
		return err
	}
	r.paths = paths
	options, err := r.judge(paths)
	if err != nil {
		return err
	}
	r.collector = r.program.Collector(detect.Config{
		Options:  detect.Options{Brute: r.flags.brute, Details: r.format != output.Table && r.flags.by == ""},
		Baseline: r.flags.until, Stop: func() error { return context.Cause(r.app.ctx) },
	})
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(detectMemory))
	handler := func() scan.Handler[*detect.Batch] { return r.newDetector().look }
	err = r.app.reading(paths, func(config scan.Config) error {
		r.integrity.hashing(&config)
		if options != nil {
			return r.verify(config, *options)
		}
		return scan.Run(r.app.ctx, config, handler, r.collector.Absorb, r.end)
	})
	r.refused()
	r.close()
	if err != nil {
		return err
	}
	found, err := r.print()
	if errors.Is(err, errInterrupted) {
		r.app.voice.Error("interrupted; all was read, and what was found was being put in order")
	}
	if err != nil {
		return err
	}
	r.app.status = r.outcome(found)
	return nil
}

// print writes what was found in the form that was asked for.
func (r *detection) print() (res *detect.Results, err error) {
	switch {
	case r.flags.by != "":
		return r.printTable()
	case r.format == output.Table:
		if res, err = r.collector.Finish(detect.Sink{}); err != nil {
			return nil, err
		}
		return res, r.finish(report.WriteFindings(r.out, r.findings(res)))
	}
	return r.printRows()
}

func (r *detection) findings(res *detect.Results) *report.Findings {
	f := &report.Findings{Results: res, Refused: r.ruleSet.refused, Pending: r.ruleSet.pending, All: r.flags.allRules, Style: r.style(), Holes: r.holes, Width: term.Width(r.out)}
	if r.places != nil {
		f.Located = func(address string) string {
			at := r.places.Of(address)
			for _, text := range []string{at.Country, at.Network} {
				if text != "" {
					address += " (" + text + ")"
				}
			}
			return address
		}
	}
	return f
}

// outcome says what else is to be said and gives the exit status.
func (r *detection) outcome(res *detect.Results) int {
	v := r.app.voice
	if res.Duplicates > 0 {
		v.Note("%s of events that were delivered before left out", matches(res.Duplicates))
	}
	if res.Conflicts > 0 {
		v.Note("%s of them had other bytes than the event with the same eventID that counts", term.Count(res.Conflicts))
		r.integrity.tellConflicts(r.paths, res.ConflictIDs)
	}
	if res.Timeless > 0 {
		v.Note("%s without an eventTime could not be correlated", matches(res.Timeless))
	}
	r.leftOut(res)
	if t := r.integrity.trust; t != nil && !t.Proves() {
		v.Note("no digest here is proven, so which logs are missing is not known; 'ctlog verify' says why")
	}
	located := r.foundPlaces()
	found := slices.ContainsFunc(res.Rules, func(f detect.Finding) bool { return f.Matches > f.Folded }) ||
		slices.ContainsFunc(res.Correlation, func(s detect.Series) bool { return s.Episodes > s.Folded })
	switch {
	case r.trouble() || !located:
		return exitTrouble
	case found:
		return exitOK
	case res.Events == 0:
		r.nothing()
	}
	return exitNone
}

// leftOut says of correlations what they could not place.
func (r *detection) leftOut(res *detect.Results) {
	v, told, more := r.app.voice, 0, 0
	for _, c := range res.Correlation {
		if c.Ungrouped > 0 {
			if told++; told > someReasons {
				more++
				continue
			}
			v.Note("%q: %s left out, without a value for %s", c.Correlation.Title, term.Plural(c.Ungrouped, "event"), strings.Join(c.Correlation.GroupBy, " or "))
		}
	}
	if more > 0 {
		v.Note("%s left out events likewise; -o jsonl says how many", term.Plural(more, "more correlation"))
	}
	for _, c := range res.Correlation {
		if c.Incomplete > 0 {
			v.Note("%q: %s left open by the last event", c.Correlation.Title, term.Plural(c.Incomplete, "window"))
		}
	}
}

func matches(n int64) string {
	if n == 1 {
		return "1 match"
	}
	return term.Count(n) + " matches"
}

// printClues says of every rule which events are looked at for it.
func (r *detection) printClues() error {
	var lines []byte
	for i, one := range r.program.Rules {
		lines = fmt.Appendf(lines, "%s: %s\n", term.Escape(one.Title), r.program.Explain(i))
	}
	for _, c := range r.program.Correlations {
		lines = fmt.Appendf(lines, "%s: %s of %q by %q within %s, %s\n", term.Escape(c.Title), c.Type, c.Refs, c.GroupBy, c.Timespan, &c.Threshold)
	}
	_, err := r.out.Write([]byte(term.EscapeLines(string(lines))))
	return r.finish(err)
}

// groupings are what --by takes.
var groupings = []string{"principal", "ip", "technique", "account", "day"}
