package main

import (
	"github.com/spf13/cobra"

	"ctlog/report"
	"ctlog/triage"
)

const traceHelp = `Follows the lineage of sessions: who assumed what, which event gave out which
key, and what was then done with it, as a tree.

ID is an access key, the ARN or the name of a user, a role or a session, the
name of the person behind it, an address, or the ID of an event. The sessions
that it names are marked with *. Above them stands what they came of, below them
all that came of them. Keys of one console session count as one. Who acts
without a key, as services do, stands there by name.

What changes something, and what is telling, is listed in the order of time, at
the time of the first call; reads are summed up. Behind it is the person whom an
identity provider or a source identity names.

The field flags choose the events that are looked at; a lineage needs the events
that give keys out (AssumeRole and its kin, GetSessionToken, GetFederationToken,
CreateAccessKey) or passwords (CreateLoginProfile, UpdateLoginProfile).

When there is more than memory should hold, rare facts are forgotten, but what
has to do with ID and which key came of which.

` + geoipHelp

const traceExample = `  ctlog trace ASIAEXAMPLE AWSLogs/
  ctlog trace arn:aws:iam::111122223333:user/mallory AWSLogs/
  ctlog trace 203.0.113.66 --since 7d AWSLogs/
  ctlog trace 4f1c2b5e-0000-4000-8000-9a8b7c6d5e4f -o json evidence.zip`

func (a *app) traceCommand() *cobra.Command {
	t := &triageFlags{}
	return a.triageCommand(&cobra.Command{
		Use: "trace ID [flags] [PATH...]", Short: "follow sessions from key to key",
		Long: traceHelp, Example: traceExample,
		RunE: func(_ *cobra.Command, args []string) error { return a.trace(t, args) },
	}, t, t.addGeoip)
}

// trace is the command.
func (a *app) trace(t *triageFlags, args []string) error {
	if len(args) == 0 || args[0] == "" {
		return misuse("ctlog trace ASIAEXAMPLE AWSLogs/", "no ID: which access key, ARN, name, address or event is to be traced")
	}
	id, paths := args[0], args[1:]
	if err := a.swapped(id, paths); err != nil {
		return err
	}
	table := triage.NewTraceTable(id)
	s, err := a.tally(t, paths, table, func() triage.EventReader { return triage.NewTraceReader(id) })
	if err != nil {
		return err
	}
	lineage := triage.NewLineage(table, id, s.places)
	if err := s.finish(report.WriteLineage(s.out, lineage, s.format, s.view())); err != nil {
		return err
	}
	s.inexact(table)
	if a.status = s.status(); len(lineage.Roots) == 0 {
		a.voice.Note("no event has %s as an access key, an ARN, a name, an address or its ID", id)
		a.status = max(a.status, exitNone)
	}
	return nil
}
