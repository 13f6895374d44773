package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/digest"
	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/query/match"
	"ctlog/search"
	"ctlog/source"
	"ctlog/triage"
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
in use before and suddenly are.

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
		Use: "coverage [--keys FILE] [flags] [PATH...]", Short: "show of which accounts, regions and hours there is what",
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
	s.unsure = 0 // cells and findings tell them
	a.status = s.status()
	return nil
}

// check reads the flags that coverage alone has.
func (c *coverageFlags) check(format output.Format, now time.Time) (err error) {
	if c.bucket != "" {
		step, ok := event.ParseAge(c.bucket)
		if !ok || !slices.Contains(triage.CoverageSteps, step) {
			return misuse("write 1h, 2h, 6h, 12h, 1d, 1w, 4w or 52w", "--bucket: %q is no length that a cell can have", c.bucket)
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
	s := verifyScope(digest.Options{Since: f.Since, Until: f.Until})
	if folders := search.RegionFolders(f.Region, f.IgnoreCase); folders != nil {
		s.Region = func(k source.Kind, r string) bool { return k == source.KindDigest || folders(k, r) }
	}
	return s
}

// mostCells is how many cells are given out: more are joined, as nobody looks
// at them all.
const mostCells = 1 << 20

// steps gives the length of a cell: the one that was asked for, or that makes
// the map so many columns wide.
func (r *coverageRun) steps(columns int64) int64 {
	step := r.options.step
	if step == 0 {
		step = r.coverage.StepFor(columns)
	}
	least := max(r.coverage.Step(), r.coverage.StepFor(mostCells/max(1, int64(r.coverage.Places()))))
	if step < least {
		r.app.voice.Note("there would be too many cells: they are made %s long", lengthText(least))
		return least
	}
	return step
}

// lengthText writes 1h, 2h, 1d, 4w.
func lengthText(step int64) string {
	h := step / int64(time.Hour)
	switch {
	case h%(7*24) == 0:
		return fmt.Sprintf("%dw", h/(7*24))
	case h%24 == 0:
		return fmt.Sprintf("%dd", h/24)
	}
	return fmt.Sprintf("%dh", h)
}

func (c *coverageFlags) print(r *coverageRun) error {
	found := r.findings()
	if c.findings && len(found) == 0 && r.events > 0 {
		r.app.voice.Note("no findings")
	}
	switch {
	case r.format == output.Table:
		d := newDrawing(r.survey, time.Hour)
		if !c.findings {
			d.coverage(r)
		}
		d.findings(found, c.findings)
		return d.close()
	case c.findings:
		return r.writeFindings(found)
	}
	return r.writeCells()
}

const cellColumns = "account,region,hour,hours,files,events,missing,digest,state,unproven"

func (r *coverageRun) writeCells() error {
	out, err := r.rows(cellColumns)
	if err != nil {
		return err
	}
	m := r.coverage.Map(r.steps(math.MaxInt64))
	var row []byte
	for i := range m.Rows {
		for cell := range m.Cells(&m.Rows[i]) {
			row = r.appendCell(row[:0], m.Rows[i].Place, m.Step, &cell)
			if err := out.write(row); err != nil {
				return err
			}
		}
	}
	return out.close()
}

// appendCell makes an object of a cell. Where files are not judged nothing is
// said of how many events are not proven.
func (r *coverageRun) appendCell(dst []byte, p triage.Place, step int64, c *triage.Cell) []byte {
	dst = appendPlace(append(dst, '{'), p)
	dst = event.AppendTime(append(dst, `,"hour":`...), c.Start)
	dst = fmt.Appendf(dst, `,"hours":%d,"files":%d,"events":%d,"missing":%d`, step/int64(time.Hour), c.Files, c.Events, c.Missing)
	dst = fmt.Appendf(dst, `,"digest":%q,"state":%q,"unproven":`, c.Digest, c.State)
	if !r.coverage.Judged() {
		return append(dst, "null}"...)
	}
	return append(strconv.AppendInt(dst, c.Unproven, 10), '}')
}

func appendPlace(dst []byte, p triage.Place) []byte {
	dst = event.AppendStringOrNull(append(dst, `"account":`...), p.Account)
	return event.AppendStringOrNull(append(dst, `,"region":`...), p.Region)
}

// remarks says on stderr what is not in the map.
func (r *coverageRun) remarks() {
	voice := r.app.voice
	r.leftOut()
	if n := r.coverage.Untimed(); n > 0 {
		voice.Note("%s without a time that can be read: no cell has them", term.Plural(n, "event"))
	}
	if n := r.logs - r.placed; n > 0 {
		voice.Note("the names of %s do not say where and when they were delivered: no cell counts them", term.Plural(n, "file"))
	}
	if !r.coverage.Exact() {
		voice.Note("there are more than %s accounts and regions; those beyond stand together as (others)", term.Count(triage.MaxPlaces))
	}
	if n := r.report.Digests[digest.Unverified]; n > 0 {
		voice.Note("%s not proven: %s", term.Plural(n, "digest"), r.lacking())
	}
}

// leftOut says what is too far from everything else to be in the map.
func (r *coverageRun) leftOut() {
	voice, left := r.app.voice, r.coverage.Left
	var names []string
	for it := range r.report.Items() {
		if it.Digest && it.Path != "" && it.Status != digest.Valid && !it.End.IsZero() && r.asked(it.End) && !r.coverage.Near(event.Instant(it.End)) {
			names = append(names, it.Path)
		}
	}
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
	if left.Places > 0 {
		voice.Note("%s left out of which there are only digests that nothing proves; keys for them would", term.Plural(left.Places, "region"))
	}
}

// lacking says what would prove more.
func (r *coverageRun) lacking() string {
	var from, to time.Time
	var regions []string
	for _, n := range r.report.Lacking {
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

// kept reports whether logs and digests of a place were asked for: as for an
// event that has nothing but its account and region.
func (c *coverageFlags) kept() (func(triage.Place) bool, error) {
	f := c.fields
	conditions, err := match.Fields{Account: f.Account, Region: f.Region, IgnoreCase: f.IgnoreCase}.Compile()
	if err != nil {
		return nil, misuse("", "%s", err)
	}
	m := conditions.Matcher()
	return func(p triage.Place) bool {
		raw := event.AppendStringOrNull(append([]byte{'{'}, `"recipientAccountId":`...), p.Account)
		raw = append(event.AppendStringOrNull(append(raw, `,"awsRegion":`...), p.Region), '}')
		return m.Match(raw)
	}, nil
}

func placeText(p triage.Place) string {
	texts := []string{p.Account, p.Region}
	for i, t := range texts {
		if t == "" {
			texts[i] = "-"
		}
	}
	return strings.Join(texts, " ")
}
