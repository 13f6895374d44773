package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"ctlog/internal/scan"
	"ctlog/internal/term"
	"ctlog/query/jq"
	"ctlog/search"
	"ctlog/source"
)

// grepRun is one run of grep. It is what the search reports to.
type grepRun struct {
	fileStats
	app       *app
	flags     *grepFlags
	search    *search.Search
	integrity integrity
	failed    *search.EventError // the first error of the filter
}

// Failed implements search.Reporter.
func (g *grepRun) Failed(e search.EventError) {
	if g.failed == nil {
		g.failed = &e
	}
}

// run searches and gives the exit status.
func (g *grepRun) run(paths []string) (int, error) {
	a := g.app
	g.fileStats = fileStats{voice: a.voice, ctx: a.ctx, remote: &a.remote, verbose: g.flags.stats}
	run := g.search.Start(a.ctx, g)
	read := a.reading(paths, func(config scan.Config) error {
		config.Source.Scope = g.scope(paths)
		return g.integrity.inTurns(config, g.flags.dedupe, func(config scan.Config) error {
			g.integrity.judging(&config)
			return run.Read(config)
		})
	})
	r, err := run.Close(read)
	if file, ok := g.search.Out.(*resultFile); ok {
		if err = cmp.Or(err, file.Close()); err != nil && read == nil {
			return exitTrouble, err
		}
	}
	switch {
	case errors.Is(read, errInterrupted):
		return exitInterrupted, nil
	case err != nil:
		return exitTrouble, fmt.Errorf("writing the results: %w", err)
	}
	g.integrity.vanished(&g.fileStats)
	g.tell(&r)
	g.integrity.tellConflicts(paths, r.Duplicates.Conflicts)
	return g.exit(&r), nil
}

func (g *grepRun) scope(paths []string) source.Scope {
	s := g.search.Scope()
	if !s.Logs.To.IsZero() && slices.ContainsFunc(paths, isRemote) {
		g.app.voice.Note("of s3:// paths, what was delivered over a day after --until is not looked at")
	}
	return s
}

// tell says what is worth knowing after a run.
func (g *grepRun) tell(r *search.Result) {
	v := g.app.voice
	if r.Halt != nil {
		io.WriteString(g.app.stderr, r.Halt.Msg)
	} else if g.failed != nil {
		v.Error("%s", g.failed)
		if r.Errored > 1 && !g.flags.strict {
			v.Note("the filter raised an error on %s events in all; they count as no match", term.Count(r.Errored))
		}
		if r.Errored == r.Events && r.Events > 0 && g.flags.per.value == "auto" {
			v.Hint("it failed on every event; --per document runs it on each document as a whole, as jq does")
		}
	}
	if g.flags.dedupe {
		g.app.tellDuplicates(&r.Duplicates, g.flags.stats)
	}
	if r.Loose {
		v.Hint("the filter gives values, not events, and the header names the default fields; name the values by --fields")
	}
	if r.Extra != "" {
		v.Hint("later results have %s, too, which has no column; --fields names the columns", r.Extra)
	}
	g.refused()
	g.fileStats.close()
	if g.search.Conditions() != "" && r.Matched == 0 && r.Missed > g.others && !g.flags.invert {
		g.app.hintOnNothing(&g.flags.conditions)
	}
	if g.flags.stats {
		g.stats(&r.Tally)
	}
}

// stats accounts for everything; the lines go to stderr as they are.
func (g *grepRun) stats(t *search.Tally) {
	in, what, w := t.Events, "events", g.app.stderr
	if mode := g.search.Mode(); mode == jq.ModeDocument || mode == jq.ModeInputs {
		in, what = t.Documents, "documents"
	}
	fmt.Fprintf(w, "files: %d read, %d unreadable, %d skipped, %s among those read", g.files, g.bad, g.skipped, term.Plural(g.digests, "digest"))
	if g.strange > 0 {
		fmt.Fprintf(w, ", %d not understood", g.strange)
	}
	fmt.Fprintln(w)
	fmt.Fprintf(w, "%s: %d = %d matched + %d not matched + %d errored\n", what, in, t.Matched, t.Missed, t.Errored)
	if g.others > 0 {
		fmt.Fprintf(w, "not CloudTrail events: %d of them\n", g.others)
	}
}

// exit chooses the status.
func (g *grepRun) exit(r *search.Result) int {
	switch {
	case r.Halt != nil:
		return r.Halt.Code
	case r.Failed:
		return exitFilter
	case g.trouble():
		return exitTrouble
	case g.flags.exitStatus && r.Last == search.NoOutput:
		return exitNoOutput
	case g.flags.exitStatus && r.Last == search.FalseOutput:
		return exitNone
	case r.Printed > 0 || r.Matched > 0 && !g.flags.count:
		return exitOK
	}
	return exitNone
}
