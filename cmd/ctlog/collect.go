package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"ctlog/internal/extsort"
	"ctlog/internal/idset"
	"ctlog/internal/scan"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/query/jq"
)

// errStop ends a run early without an error of its own: the status says why.
var errStop = errors.New("stop")

// collector puts the results together in order.
type collector struct {
	*search
	fileStats
	out    *bufio.Writer
	writer output.Writer
	sorter *extsort.Sorter
	idset.Deduper

	tally    tally
	printed  int64
	firstErr *oneError
	lastName string
	last     lastOutput
	status   int // when the run was stopped early
}

func (s *search) collector() *collector {
	c := &collector{search: s, out: bufio.NewWriterSize(s.app.stdout, 64<<10), status: -1}
	c.Seen, c.Weak = new(idset.Set), new(idset.Set)
	c.fileStats = fileStats{voice: s.app.voice, ctx: s.app.ctx, remote: &s.app.remote, verbose: s.flags.stats}
	c.writer = output.NewWriter(c.out, s.format, s.columns, term.Width(s.app.stdout), s.app.style())
	if s.flags.sorts.value != "" {
		c.sorter = new(extsort.Sorter)
	}
	return c
}

// run searches and gives the exit status.
func (s *search) run(paths []string) (int, error) {
	config, progress := s.app.scanning(paths)
	defer progress.Stop()
	if s.mode() == jq.ModeInputs {
		config.Jobs = 1
	}
	config.Source.Scope = s.scope(paths)
	c := s.collector()
	err := s.integrity.inTurns(config, s.flags.dedupe, func(config scan.Config) error { return s.scan(config, c) })
	progress.Stop()
	if errors.Is(err, errStop) {
		err = nil
	}
	interrupted := errors.Is(err, errInterrupted)
	if err == nil {
		err = c.finish()
	}
	if flushed := c.out.Flush(); err == nil {
		err = flushed
	}
	if interrupted {
		s.app.voice.Error("interrupted; %s", progress.Summary())
		return exitInterrupted, nil
	}
	if err != nil {
		return exitTrouble, fmt.Errorf("writing the results: %w", err)
	}
	s.integrity.vanished(&c.fileStats)
	c.report()
	s.integrity.tellConflicts(paths, c.Conflicts)
	return c.exit(), nil
}

func (s *search) scan(config scan.Config, c *collector) error {
	if s.mode() == jq.ModeInputs {
		return s.sequential(config, c)
	}
	handler := func() scan.Handler[part] { return s.newWorker(s.app.ctx).look }
	return scan.Run(s.app.ctx, config, handler, c.take, c.end)
}

// take puts one part's rows where they belong.
func (c *collector) take(p part) error {
	c.tally.add(p.tally)
	if p.last != lastNone {
		c.last = p.last
	}
	if p.err != nil && c.firstErr == nil {
		c.firstErr = p.err
	}
	if err := c.rows(p); err != nil {
		return err
	}
	if p.name != "" && p.name != c.lastName {
		c.lastName = p.name
		name := p.name
		if c.terminal {
			name = term.Escape(name)
		}
		if _, err := fmt.Fprintln(c.out, name); err != nil {
			return err
		}
	}
	return c.stopped(p.err)
}

// stopped ends the run after an error under --strict, or at the filter's wish.
func (c *collector) stopped(e *oneError) error {
	switch {
	case e == nil:
		return nil
	case e.halt != nil:
		c.status = e.halt.Code
		io.WriteString(c.app.stderr, e.halt.Msg)
		c.firstErr = nil
		return errStop
	case c.flags.strict:
		c.status = exitFilter
		return errStop
	}
	return nil
}

func (c *collector) rows(p part) error {
	if p.ends == nil {
		c.printed += int64(p.n)
		if len(p.rows) == 0 {
			return nil
		}
		return c.write(p.rows)
	}
	start := 0
	for n, end := range p.ends {
		row := p.rows[start:end.at]
		start = end.at
		if c.flags.dedupe && !c.Fresh(&p.ids, n) {
			continue
		}
		c.printed++
		if err := c.place(end, row); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) place(end rowEnd, row []byte) error {
	switch {
	case c.flags.count:
		return nil
	case c.sorter != nil:
		return c.sorter.Add(end.when, row)
	}
	return c.write(row)
}

func (c *collector) write(row []byte) error {
	if err := c.writer.Write(row); err != nil {
		return err
	}
	if c.terminal {
		return c.out.Flush()
	}
	return nil
}

// end takes how a file ended.
func (c *collector) end(o scan.Outcome) error {
	if !c.integrity.counted(o) {
		return nil
	}
	return c.fileStats.end(o)
}

// finish writes what comes last.
func (c *collector) finish() error {
	if c.sorter != nil {
		defer c.sorter.Close()
		if err := c.sorter.Each(c.writer.Write); err != nil {
			return err
		}
	}
	switch {
	case c.flags.count:
		_, err := fmt.Fprintln(c.out, c.printed)
		return err
	case c.flags.list:
		return nil
	}
	return c.writer.Close()
}

// report says what is worth knowing after a run.
func (c *collector) report() {
	v := c.app.voice
	if c.firstErr != nil {
		v.Error("%s: %s: %s", c.firstErr.file, c.firstErr.where, c.firstErr.err)
		if c.tally.errored > 1 && !c.flags.strict {
			v.Note("the filter raised an error on %s events in all; they count as no match", term.Count(c.tally.errored))
		}
	}
	if c.flags.dedupe {
		c.app.tellDuplicates(&c.Deduper, c.flags.stats)
	}
	if c.loose.Load() {
		v.Hint("the filter gives values, not events, and the header names the default fields; name the values by --fields")
	}
	c.refused()
	c.fileStats.close()
	if c.conditions != nil && c.tally.matched == 0 && c.tally.missed > c.others && !c.flags.invert {
		c.app.hintOnNothing(&c.flags.fieldFlags)
	}
	if c.flags.stats {
		c.stats()
	}
}

// stats accounts for everything; the lines go to stderr as they are.
func (c *collector) stats() {
	t := c.tally
	in, what := t.events, "events"
	if c.mode() == jq.ModeDocument || c.mode() == jq.ModeInputs {
		in, what = t.documents, "documents"
	}
	fmt.Fprintf(c.app.stderr, "files: %d read, %d unreadable, %d skipped, %s among those read", c.files, c.bad, c.skipped, term.Plural(c.digests, "digest"))
	if c.strange > 0 {
		fmt.Fprintf(c.app.stderr, ", %d not understood", c.strange)
	}
	fmt.Fprintln(c.app.stderr)
	fmt.Fprintf(c.app.stderr, "%s: %d = %d matched + %d not matched + %d errored\n", what, in, t.matched, t.missed, t.errored)
	if c.others > 0 {
		fmt.Fprintf(c.app.stderr, "not CloudTrail events: %d of them\n", c.others)
	}
}

// exit chooses the status.
func (c *collector) exit() int {
	switch {
	case c.status >= 0:
		return c.status
	case c.trouble():
		return exitTrouble
	case c.flags.exit && c.last == lastNone:
		return exitNoOutput
	case c.flags.exit && c.last == lastFalse:
		return exitNone
	case c.printed > 0 || c.tally.matched > 0 && !c.flags.count:
		return exitOK
	}
	return exitNone
}
