package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/report"
	"ctlog/triage"
)

// timelineFlags are the flags of timeline as the user gave them.
type timelineFlags struct {
	triageFlags
	by, bucket string
	top        int
}

const timelineHelp = `Shows when events happened, by eventTime in UTC: a bar for every span of time
that --bucket says (5m, 1h, 1d, 1w), and beside it how many of the events were
errors (with an errorCode or an errorMessage). Spans without events are drawn
as well, long runs of them as one line.

With --by there is a line for every value, the most frequent first: how many
events, how many of them errors, and their course from the first span to the
last, each line to a scale of its own.

-o csv, tsv and json give the spans that have events as they are.

` + geoipHelp

const timelineExample = `  ctlog timeline AWSLogs/
  ctlog timeline --bucket 5m --access-key AKIAEXAMPLE AWSLogs/
  ctlog timeline --by user --error-code '*' --since 7d AWSLogs/
  ctlog timeline --by eventSource --bucket 1d -o csv evidence.zip`

func (a *app) timelineCommand() *cobra.Command {
	l := &timelineFlags{}
	return a.triageCommand(&cobra.Command{
		Use: "timeline [--by FIELD] [--bucket 1h] [flags] [PATH...]", Short: "show when events happened, as a histogram",
		Long: timelineHelp, Example: timelineExample,
		RunE: func(cmd *cobra.Command, args []string) error { return a.timeline(cmd, l, args) },
	}, &l.triageFlags, func(f *pflag.FlagSet) {
		f.StringVar(&l.by, "by", "", "a line for every value of these fields")
		f.StringVar(&l.bucket, "bucket", "1h", "how long a span is: 30s, 5m, 1h, 1d, 1w")
		f.IntVar(&l.top, "top", 0, "with --by, only the N most frequent values (a table has 20 unless told otherwise)")
		l.addGeoip(f)
	})
}

// timeline is the command.
func (a *app) timeline(cmd *cobra.Command, l *timelineFlags, args []string) error {
	fields, err := l.check(cmd)
	if err != nil {
		return err
	}
	table := new(triage.Table)
	s, err := a.tally(&l.triageFlags, args, table, func() triage.EventReader { return fields.Reader() })
	if err != nil {
		return err
	}
	timeline := fields.Timeline(table)
	if l.by != "" && l.top > 0 {
		timeline.Top(l.top)
	} else if l.by != "" && s.format == output.Table && !l.all {
		timeline.Top(20)
	}
	if s.places != nil {
		timeline.Locate(s.places)
	}
	if err := s.finish(report.WriteTimeline(s.out, timeline, s.format, s.view())); err != nil {
		return err
	}
	if left := timeline.Omitted; left.Values > 0 {
		a.voice.Note("%s with %s left out; --all shows them", term.Plural(left.Values, "value"), term.Plural(left.Events, "event"))
	}
	s.absent(table, fields)
	s.inexact(table)
	a.status = s.status()
	return nil
}

// check reads the flags.
func (l *timelineFlags) check(cmd *cobra.Command) (*triage.Fields, error) {
	step, ok := event.ParseAge(l.bucket)
	if !ok || step <= 0 || step > triage.MaxBucket {
		return nil, misuse("write 30s, 5m, 1h, 1d or 1w", "--bucket: invalid duration %q", l.bucket)
	}
	if cmd.Flags().Changed("top") && l.by == "" {
		return nil, misuse("", "--top goes with --by")
	}
	if err := l.checkTop(cmd, l.top); err != nil {
		return nil, err
	}
	fields, err := triage.NewTimeline(l.by, step)
	if err != nil {
		return nil, misuse("", "--by: %s", err)
	}
	return fields, l.locatable(fields.Names())
}
