package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/coverage"
	"ctlog/digest"
	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/query/match"
	"ctlog/report"
	"ctlog/search"
	"ctlog/source"
	"ctlog/trail"
)

// coverageFlags are the flags of coverage as the user gave them.
type coverageFlags struct {
	triageFlags
	bucket, baseline      string
	findings, unvalidated bool

	step, since int64 // of --bucket, 0 by itself; of --baseline-until
}

const coverageHelp = `Shows of which accounts, regions and hours there are events, log files and
digests, and tells hours without logs, of which nothing is known, from hours
without activity, of which a digest says that there were no logs. Below the map
stands what it shows: gaps, logs that are missing or bad, regions that were not
in use before and suddenly are; regions that a trail only came to record, whose
hours before are unknown and not idle; what trails were told to record, and
which kinds of events there are, which --all says in any case.

Events count for the hour of their eventTime, for awsRegion and for the account
that they were delivered to; log files and digests for the hour of delivery,
some minutes later, which their names say. Digests are checked as verify checks
them: with --keys (or the user's own store, or --fetch-keys) an hour is proven,
without it is unproven at best. The field flags choose events; --account,
--region, --since and --until choose logs and digests too.

A region is new when its events begin a day after what is here of its account
does (a quarter of it, if that is shorter), or, with --baseline-until T, when
they begin at T or later.

A cell of the map is an hour, or as many as make the map fit the terminal.
There are none for a hole of over a year, and what is beyond one and nothing
proves makes none. -o csv, tsv and json give the cells: account, region, hour,
how many hours it is long, files, events, missing logs, and
  digest  proven, unproven, tampered (something is missing or bad; verify says
          what), gap (the trail goes on without a digest), partial (it begins
          or ends there), absent
  state   activity, no activity (digests say so), no events (and nothing says
          that the logs are all), gap (there should be more), no logs
  unproven
          once any digest is proven: events in files that are not; they are
          not among the others

What digests prove or disprove does not change the exit status: that is verify's
to tell.`

const coverageExample = `  ctlog coverage --keys keys.json AWSLogs/
  ctlog coverage --bucket 1d --since 2024-01-01 --until 2024-02-01 AWSLogs/
  ctlog coverage --findings --baseline-until 2024-01-09 AWSLogs/
  ctlog coverage -o json AWSLogs/ | jq '.[] | select(.state=="no logs")'`

func (a *app) coverageCommand() *cobra.Command {
	c := &coverageFlags{}
	cmd := &cobra.Command{
		Use: "coverage [--keys FILE] [flags] [PATH...]", Short: "map which accounts, regions and hours the logs cover",
		Long: coverageHelp, Example: coverageExample,
		RunE: func(_ *cobra.Command, args []string) error { return a.coverage(c, args) },
	}
	return a.triageCommand(cmd, &c.triageFlags, func(f *pflag.FlagSet) {
		c.trust.add(a, cmd)
		f.BoolVar(&c.unvalidated, "unvalidated-trail", false, "a trail without validation delivers here too: what no digest lists is not tampering")
		f.StringVar(&c.bucket, "bucket", "", "how long a cell is: 1h, 2h, 6h, 12h, 1d, 1w, 4w, 52w")
		f.StringVar(&c.baseline, "baseline-until", "", "regions are new that have events from this time on only")
		f.BoolVar(&c.findings, "findings", false, "only what stands below the map")
	})
}

// coverage is the command.
func (a *app) coverage(c *coverageFlags, args []string) error {
	s, err := a.survey(&c.triageFlags)
	if err != nil {
		return err
	}
	if err := c.check(s.format, time.Now()); err != nil {
		return err
	}
	paths, err := s.evidence(args)
	if err != nil {
		return err
	}
	r, err := a.readCoverage(c, s, paths)
	if err != nil {
		return err
	}
	if err := c.print(r); err != nil {
		return err
	}
	r.remarks()
	s.Unproven = 0 // cells and findings tell them
	a.status = s.status()
	return nil
}

// check reads the flags that coverage alone has.
func (c *coverageFlags) check(format output.Format, now time.Time) (err error) {
	if c.bucket != "" {
		step, ok := event.ParseAge(c.bucket)
		if !ok || !slices.Contains(coverage.Steps, step) {
			return misuse("write 1h, 2h, 6h, 12h, 1d, 1w, 4w or 52w", "--bucket: %q is not a supported cell length", c.bucket)
		}
		c.step = int64(step)
	}
	switch {
	case c.findings && c.bucket != "":
		return misuse("", "--bucket is about the map, which --findings leaves out")
	case c.baseline != "" && !c.findings && format != output.Table:
		return misuse("--findings", "--baseline-until is about findings, and -o %s gives cells", format)
	}
	c.since, err = endOfBaseline(c.baseline, now)
	return err
}

// scope is what of a bucket need not be listed. Chains are held against those
// of other regions.
func (c *coverageFlags) scope() source.Scope {
	f := c.fields
	s := trail.Scope(digest.Options{Since: f.Since, Until: f.Until})
	if folders := search.RegionFolders(f.Region, f.IgnoreCase); folders != nil {
		s.Region = func(k source.Kind, r string) bool { return k == source.KindDigest || folders(k, r) }
	}
	return s
}

// steps gives the length of a cell: the one that was asked for, or that makes
// the map so many columns wide.
func (r *coverageRun) steps(columns int64) int64 {
	step := r.options.step
	if step == 0 {
		step = r.reading.StepFor(columns)
	}
	if least := r.reading.LeastStep(); step < least {
		r.app.voice.Note("there would be too many cells: they are made %s long", report.StepText(least))
		return least
	}
	return step
}

func (c *coverageFlags) print(r *coverageRun) error {
	found := r.reading.Findings(c.since)
	if !c.all { // which kinds of events there are is told by itself only where trails were told
		found = slices.DeleteFunc(found, func(f coverage.Finding) bool { return f.Kind == coverage.Recorded && len(f.Calls) == 0 })
	}
	if c.findings && len(found) == 0 && r.Events > 0 {
		r.app.voice.Note("no findings")
	}
	if c.findings {
		return r.finish(report.WriteMapFindings(r.out, found, true, r.format, r.view()))
	}
	columns := int64(math.MaxInt64)
	if r.format == output.Table {
		columns = report.MapColumns(r.reading.Map(r.reading.Step()), r.view())
	}
	err := report.WriteMap(r.out, r.reading.Map(r.steps(columns)), r.format, r.view())
	if err == nil && r.format == output.Table {
		err = report.WriteMapFindings(r.out, found, false, r.format, r.view())
	}
	return r.finish(err)
}

// remarks says on stderr what is not in the map.
func (r *coverageRun) remarks() {
	voice := r.app.voice
	r.leftOut()
	if n := r.reading.Untimed(); n > 0 {
		voice.Note("%s without a time that can be read: no cell has them", term.Plural(n, "event"))
	}
	if n := r.reading.Files - r.reading.Located; n > 0 {
		voice.Note("the names of %s do not say where and when they were delivered: no cell counts them", term.Plural(n, "file"))
	}
	if !r.reading.Exact() {
		voice.Note("there are more than %s accounts and regions; those beyond stand together as (others)", term.Count(coverage.MaxAreas))
	}
	if n := r.reading.Report.Digests[digest.Unverified]; n > 0 {
		voice.Note("%s not proven: %s", term.Plural(n, "digest"), r.lacking())
	}
}

// leftOut says what is too far from everything else to be in the map.
func (r *coverageRun) leftOut() {
	voice, left, names := r.app.voice, r.reading.Left, r.reading.FarDigests()
	for _, name := range names[:min(len(names), someReasons)] {
		voice.Error("%s: nothing proves this digest, and its time is over a year from everything else: it is left out", name)
	}
	if more := len(names) - someReasons; more > 0 {
		voice.Error("%s more are left out like that", term.Plural(more, "digest"))
	}
	if left.Events+left.Files > 0 {
		voice.Error("%s and %s are left out: nothing proves them, and their time is over a year from everything that is proven", term.Plural(left.Events, "event"), term.Plural(left.Files, "file"))
		voice.Hint("--since and --until choose a time")
	}
	if left.Areas > 0 {
		voice.Note("%s left out of which there are only digests that nothing proves; keys for them would", term.Plural(left.Areas, "region"))
	}
}

// lacking says what would prove more.
func (r *coverageRun) lacking() string {
	var from, to time.Time
	var regions []string
	for _, n := range r.reading.Report.Lacking {
		if regions == nil || n.From.Before(from) {
			from = n.From
		}
		if n.To.After(to) {
			to = n.To
		}
		regions = append(regions, n.Region)
	}
	if len(regions) == 0 {
		return "'ctlog verify' says what is lacking"
	}
	return fmt.Sprintf("'ctlog keys fetch --region %s --since %s --until %s -o keys.json' fetches the keys for --keys",
		strings.Join(regions, ","), from.Format(time.RFC3339), to.Add(time.Hour).Format(time.RFC3339))
}

// asked says which logs and digests are asked for: those of areas that the
// conditions let through, as for an event that has nothing but its account and
// region.
func (c *coverageFlags) asked() (o coverage.Options, err error) {
	f := c.fields
	conditions, err := match.Fields{Account: f.Account, Region: f.Region, IgnoreCase: f.IgnoreCase}.Compile()
	if err != nil {
		return o, misuse("", "%s", err)
	}
	m := conditions.Matcher()
	return coverage.Options{Since: f.Since, Until: f.Until, Area: func(a coverage.Area) bool {
		raw := event.AppendStringOrNull(append([]byte{'{'}, `"recipientAccountId":`...), a.Account)
		raw = append(event.AppendStringOrNull(append(raw, `,"awsRegion":`...), a.Region), '}')
		return m.Match(raw)
	}}, nil
}
