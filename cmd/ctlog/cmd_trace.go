package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/report"
	"ctlog/triage"
)

const traceHelp = `Follows the lineage of sessions: who assumed what, which event gave out which
key, and what was then done with it, as a tree.

ID is an access key, the ARN or the name of a user, a role or a session, the
name of the person behind it, an address, or the ID of an event. The sessions
that it names are marked with *. Above them stands what they came of, below them
all that came of them. Keys of one console session count as one. Who acts
without a key, as services do, stands there by name; what AWS services did in
somebody's name (forward access sessions) is below who that is. Who changed what
ID names - a user, a role, a bucket, a key - is there too, with what was done.

What changes something, and what is telling, is listed in the order of time,
with what it was about: which user, which policy, the account that a snapshot
was shared with, what was opened to where. Reads are summed up. Of changes of
which there is nothing to tell only so many are drawn; --all draws them all.
Behind it is the person whom an identity provider or a source identity names.

With --chains and no ID it is every lineage in which a session came of another.

The field flags choose the events that are looked at; a lineage needs the events
that give keys out (AssumeRole and its kin, GetSessionToken, GetFederationToken,
CreateAccessKey) or passwords (CreateLoginProfile, UpdateLoginProfile).

When there is more than memory should hold, rare facts are forgotten, but what
has to do with ID and which key came of which.

` + geoipHelp

const traceExample = `  ctlog trace ASIAEXAMPLE AWSLogs/
  ctlog trace arn:aws:iam::111122223333:user/mallory AWSLogs/
  ctlog trace --chains AWSLogs/
  ctlog trace 203.0.113.66 --since 7d AWSLogs/
  ctlog trace 4f1c2b5e-0000-4000-8000-9a8b7c6d5e4f -o json evidence.zip`

// traceFlags are the flags of trace as the user gave them.
type traceFlags struct {
	triageFlags
	chains bool
}

func (a *app) traceCommand() *cobra.Command {
	t := &traceFlags{}
	return a.triageCommand(&cobra.Command{
		Use: "trace ID|--chains [flags] [PATH...]", Short: "follow sessions from key to key",
		Long: traceHelp, Example: traceExample,
		RunE: func(_ *cobra.Command, args []string) error { return a.trace(t, args) },
	}, &t.triageFlags, func(f *pflag.FlagSet) {
		f.BoolVar(&t.chains, "chains", false, "every lineage in the evidence in which one session came of another")
		t.addGeoip(f)
	})
}

// trace is the command.
func (a *app) trace(t *traceFlags, args []string) error {
	id, paths, err := t.target(a, args)
	if err != nil {
		return err
	}
	table := triage.NewTraceTable(id)
	s, err := a.tally(&t.triageFlags, paths, table, func() triage.EventReader { return triage.NewTraceReader(id) })
	if err != nil {
		return err
	}
	lineage := triage.NewLineage(table, id, s.places)
	if t.chains {
		lineage = triage.NewChains(table, s.places)
	}
	if err := s.finish(report.WriteLineage(s.out, lineage, s.format, s.view())); err != nil {
		return err
	}
	s.inexact(table)
	if a.status = s.status(); len(lineage.Roots) == 0 {
		a.untraced(t, id, table)
		a.status = max(a.status, exitNone)
	}
	return nil
}

// target is what is to be traced, "" with --chains, and where.
func (t *traceFlags) target(a *app, args []string) (id string, paths []string, err error) {
	switch {
	case t.chains:
		return "", args, nil
	case len(args) == 0 || args[0] == "":
		return "", nil, misuse("ctlog trace ASIAEXAMPLE AWSLogs/", "no ID: which access key, ARN, name, address or event is to be traced")
	}
	return args[0], args[1:], a.swapped(args[0], args[1:])
}

// untraced says that nothing was found, and what may have been meant.
func (a *app) untraced(t *traceFlags, id string, table *triage.Table) {
	if t.chains {
		a.voice.Note("no session came of another")
		return
	}
	a.voice.Note("no event has %s as an access key, an ARN, a name, an address or its ID", id)
	if near := event.NearestOf(id, triage.Names(table)); near != "" {
		a.voice.Hint("did you mean %s?", term.Escape(near))
	}
}
