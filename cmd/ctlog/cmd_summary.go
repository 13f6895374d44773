package main

import (
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/report"
	"ctlog/triage"
)

// summaryFlags are the flags of summary as the user gave them.
type summaryFlags struct {
	triageFlags
	by, baseline string
	top          int

	since int64 // the end of the baseline
}

const summaryHelp = `Says of every principal what it did: when, from where, with what, how often in
vain, what it changed, which keys it created, which roles it assumed, and how
many bytes it took out. The most telling comes first, with the reasons: calls
that attackers need and others seldom make, with what they were about; refusals;
root, logins without MFA, tools of attackers; keys of sessions that were used
from several networks, credentials of instances and functions elsewhere than
there; very many reads or deletes within minutes.

The sessions of a role count for the role. --by ip and --by access-key make the
same of addresses and of access keys.

With --baseline-until T, what was done from T on is judged by what the same
principal did before: calls, addresses, regions and user agents that are new,
errors that became more. What it did before already is then no reason. csv, tsv
and json then have lists of what is new: newApis, newAddresses and so on.

The reasons are hints for where to look first, not a verdict.

` + geoipHelp + `
It adds them as lists, countries and networks; after a baseline new ones are
a reason.`

const summaryExample = `  ctlog summary AWSLogs/
  ctlog summary --by ip --error-code '*' AWSLogs/
  ctlog summary --baseline-until 2024-01-09 --top 5 AWSLogs/
  ctlog summary --user '*/alice' -o json AWSLogs/`

func (a *app) summaryCommand() *cobra.Command {
	y := &summaryFlags{}
	return a.triageCommand(&cobra.Command{
		Use: "summary [--by principal|ip|access-key] [flags] [PATH...]", Short: "say who did what, the most telling first",
		Long: summaryHelp, Example: summaryExample,
		RunE: func(cmd *cobra.Command, args []string) error { return a.summary(cmd, y, args) },
	}, &y.triageFlags, func(f *pflag.FlagSet) {
		f.StringVar(&y.by, "by", "principal", "principal, ip or access-key")
		f.StringVar(&y.baseline, "baseline-until", "", "judge what came from this time on by what came before")
		f.IntVar(&y.top, "top", 0, "only the N most telling (a table has 10 unless told otherwise)")
		y.addGeoip(f)
	})
}

// summary is the command.
func (a *app) summary(cmd *cobra.Command, y *summaryFlags, args []string) error {
	if err := y.check(cmd, time.Now()); err != nil {
		return err
	}
	table := triage.NewFactTable()
	s, err := a.tally(&y.triageFlags, args, table, func() triage.EventReader {
		r := triage.NewFactReader(triage.SubjectKind(y.by), y.since)
		if len(y.geoip) > 0 {
			r.Located()
		}
		return r
	})
	if err != nil {
		return err
	}
	summary := triage.Summarize(table, triage.SubjectKind(y.by), y.since, s.places)
	if top := y.top; top > 0 {
		summary.Top(top)
	} else if s.format == output.Table && !y.all {
		summary.Top(10)
	}
	if err := s.finish(report.WriteProfiles(s.out, summary, s.format, s.view())); err != nil {
		return err
	}
	if summary.Omitted > 0 {
		a.voice.Note("%s not shown; --all shows them", term.Plural(summary.Omitted, "lower-ranked principal"))
	}
	s.inexact(table)
	a.status = s.status()
	return nil
}

// check reads the flags.
func (y *summaryFlags) check(cmd *cobra.Command, now time.Time) (err error) {
	if !slices.Contains([]string{string(triage.ByPrincipal), string(triage.ByIP), string(triage.ByAccessKey)}, y.by) {
		return misuse("", "--by takes principal, ip or access-key, not %q", y.by)
	}
	if err := y.checkTop(cmd, y.top); err != nil {
		return err
	}
	y.since, err = endOfBaseline(y.baseline, now)
	return err
}
