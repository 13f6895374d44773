package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/triage"
)

// timelineFlags are the flags of timeline as the user gave them.
type timelineFlags struct {
	triageFlags
	by, bucket string
	top        int

	step time.Duration
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
	s, err := a.tally(&l.triageFlags, args, table, func() reader { return fields.Reader() })
	if err != nil {
		return err
	}
	points, note := triage.Points(table), ""
	if l.by != "" {
		points, note = l.mostFrequent(s, points)
	}
	if err := l.print(s, fields, points); err != nil {
		return err
	}
	if note != "" {
		a.voice.Note("%s", note)
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
		return nil, misuse("write 30s, 5m, 1h, 1d or 1w", "--bucket: %q is no span of time", l.bucket)
	}
	l.step = step
	if cmd.Flags().Changed("top") && l.by == "" {
		return nil, misuse("", "--top goes with --by")
	}
	if err := checkTop(cmd, l.top); err != nil {
		return nil, err
	}
	fields, err := triage.NewTimeline(l.by, step)
	if err != nil {
		return nil, misuse("", "--by: %s", err)
	}
	return fields, l.locatable(fields.Names())
}

// mostFrequent leaves the points of the values that are to be shown, and says
// what it leaves out.
func (l *timelineFlags) mostFrequent(s *survey, points []triage.Point) (kept []triage.Point, note string) {
	top := l.top
	if top == 0 && s.format == output.Table {
		top = 20
	}
	lines := triage.Lines(points)
	if top == 0 || len(lines) <= top {
		return points, ""
	}
	keep := map[string]bool{}
	for _, line := range lines[:top] {
		keep[string(line.Key)] = true
	}
	var events int64
	for _, p := range points {
		if keep[string(p.Key)] {
			kept = append(kept, p)
		} else {
			events += p.Count
		}
	}
	return kept, fmt.Sprintf("%s with %s left out; --top shows more", term.Plural(len(lines)-top, "value"), term.Plural(events, "event"))
}

func (l *timelineFlags) print(s *survey, fields *triage.Fields, points []triage.Point) error {
	if s.format == output.Table {
		d := newDrawing(s, l.step)
		if l.by == "" {
			d.bars(points)
		} else {
			d.courses(points, s, fields.Names())
		}
		return d.close()
	}
	names := s.columns(fields.Names())
	out, err := s.rows(strings.Join(append(append([]string{"bucket"}, names...), "count", "errors", "first", "last"), ","))
	if err != nil {
		return err
	}
	for _, p := range points {
		p.Key = s.located(fields.Names(), p.Key)
		if err := out.write(appendPoint(nil, &p, names, s.format)); err != nil {
			return err
		}
	}
	return out.close()
}

// appendPoint makes a row as JSON.
func appendPoint(dst []byte, p *triage.Point, names []string, f output.Format) []byte {
	if f != output.JSON {
		dst = append(event.AppendTime(append(dst, '['), p.Start), ',')
		if len(names) > 0 {
			dst = append(append(dst, p.Key...), ',')
		}
		dst = append(strconv.AppendInt(dst, p.Count, 10), ',')
		dst = append(strconv.AppendInt(dst, p.Errors, 10), ',')
		dst = append(event.AppendTime(dst, p.First), ',')
		return append(event.AppendTime(dst, p.Last), ']')
	}
	dst = append(event.AppendTime(append(dst, `{"bucket":`...), p.Start), ',')
	dst = appendFields(dst, names, p.Key)
	dst = strconv.AppendInt(append(dst, `"count":`...), p.Count, 10)
	dst = strconv.AppendInt(append(dst, `,"errors":`...), p.Errors, 10)
	return appendSpan(dst, p.Seen)
}

// appendFields adds the fields of a key as members.
func appendFields(dst []byte, names []string, key []byte) []byte {
	values := event.Values(key)
	for i, n := range names {
		dst = append(event.AppendString(dst, n), ':')
		dst = append(append(dst, values[i]...), ',')
	}
	return dst
}

// appendSpan adds the last members of an object.
func appendSpan(dst []byte, s triage.Seen) []byte {
	dst = event.AppendTime(append(dst, `,"first":`...), s.First)
	dst = event.AppendTime(append(dst, `,"last":`...), s.Last)
	return append(dst, '}')
}
