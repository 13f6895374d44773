package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/report"
	"ctlog/triage"
)

// countFlags are the flags of count as the user gave them.
type countFlags struct {
	triageFlags
	by   string
	top  int
	sum  string
	sort choice
}

var countHelp = fmt.Sprintf(`Counts events by the value of a field: how many, the first and the last.
Several fields make combinations. The most frequent come first.

A field is a path such as eventName, userIdentity.arn or resources[0].ARN; of
resources[].ARN an event counts for each value. user is the best name that
userIdentity gives. Strings are counted as they read, numbers as they are
written; events without the field count under null, which only JSON shows. The
field flags are those of grep: values of one are alternatives, different ones
must all hold.

Counts are exact up to %s different values or %d MiB of them, which fit
into the memory of a small machine. Beyond that the more frequent ones are kept,
and how far any count may be off is said.

%s`, term.Count(triage.MaxValues), triage.MaxBytes>>20, geoipHelp)

const countExample = `  ctlog count --by eventName AWSLogs/
  ctlog count --by user,sourceIPAddress --top 20 AWSLogs/
  ctlog count --by errorCode --error-code '*' --since 24h -o csv AWSLogs/
  ctlog count --by userAgent --access-key AKIAEXAMPLE evidence.zip`

func (a *app) countCommand() *cobra.Command {
	c := &countFlags{sort: newChoice("sort", "count", triage.Orders...)}
	return a.triageCommand(&cobra.Command{
		Use: "count --by FIELD[,FIELD] [flags] [PATH...]", Short: "count events by the values of fields",
		Long: countHelp, Example: countExample,
		RunE: func(cmd *cobra.Command, args []string) error { return a.count(cmd, c, args) },
	}, &c.triageFlags, func(f *pflag.FlagSet) {
		f.StringVar(&c.by, "by", "", "the fields whose values are counted")
		f.IntVar(&c.top, "top", 0, "only the first N; 0 is all")
		f.StringVar(&c.sum, "sum", "", "add a number up, too: additionalEventData.bytesTransferredOut")
		c.sort.add(f, "what the rows are sorted by: count, sum, first, last or value")
		c.addGeoip(f)
	})
}

// columns checks what is counted, and how it is shown.
func (c *countFlags) columns(cmd *cobra.Command) (*triage.Fields, error) {
	if c.top != 0 {
		if err := c.checkTop(cmd, c.top); err != nil {
			return nil, err
		}
	}
	if c.sort.value == "sum" && c.sum == "" {
		return nil, misuse("", "--sort sum needs --sum FIELD")
	}
	fields, err := triage.NewFields(c.by)
	if err != nil {
		return nil, misuse("", "--by: %s", err)
	}
	if c.sum != "" {
		if err := fields.Sum(c.sum); err != nil {
			return nil, misuse("", "--sum: %s", err)
		}
	}
	return fields, nil
}

// tellSum says that there was nothing to add up.
func (c *countFlags) tellSum(a *app, counts *triage.Counts) {
	if c.sum == "" || len(counts.Rows) == 0 || slices.ContainsFunc(counts.Rows, func(r triage.Row) bool { return r.Bytes != 0 }) {
		return
	}
	a.voice.Note("no event has a number above 0 in %s", c.sum)
	if near := event.Nearest(c.sum); near != "" {
		a.voice.Hint("did you mean %s?", near)
	}
}

// count is the command.
func (a *app) count(cmd *cobra.Command, c *countFlags, args []string) error {
	if c.by == "" {
		return misuse("ctlog count --by eventName AWSLogs/", "--by is required: the field to count by")
	}
	fields, err := c.columns(cmd)
	if err != nil {
		return err
	}
	if err := c.locatable(fields.Names()); err != nil {
		return err
	}
	table := new(triage.Table)
	s, err := a.tally(&c.triageFlags, args, table, func() triage.EventReader { return fields.Reader() })
	if err != nil {
		return err
	}
	counts := fields.Counts(table)
	counts.Sort(c.sort.value)
	if c.top > 0 {
		counts.Top(c.top)
	}
	if s.places != nil {
		counts.Locate(s.places)
	}
	if err := s.finish(report.WriteCounts(s.out, counts, s.format, s.view())); err != nil {
		return err
	}
	if left := counts.Omitted; left.Values > 0 {
		a.voice.Note("--top %d leaves out %s with %s", c.top, term.Plural(left.Values, "value"), term.Plural(left.Events, "event"))
	}
	c.tellSum(a, counts)
	s.inexact(table)
	s.absent(table, fields)
	a.status = s.status()
	return nil
}
