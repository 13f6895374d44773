package main

import (
	"bytes"
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"ctlog/event"
	"ctlog/internal/scan"
	"ctlog/parse"
	"ctlog/query/match"
	"ctlog/search"
)

// defaultWindow is how long before and after an event --around looks.
const defaultWindow = 10 * time.Minute

// around turns --around into --since and --until. The time of an event is looked up
// in the evidence first.
func (a *app) around(cmd *cobra.Command, args []string) error {
	f := cmd.Flag("around")
	if f == nil || !f.Changed {
		if f != nil && cmd.Flag("window").Changed {
			return misuse("", "--window goes with --around")
		}
		return nil
	}
	window, err := cmd.Flags().GetDuration("window")
	switch {
	case err != nil:
		return err
	case window <= 0:
		return misuse("", "--window takes a time such as 90s, 10m or 2h, not %s", window)
	case cmd.Flag("since").Changed || cmd.Flag("until").Changed:
		return misuse("", "--around and --since or --until exclude each other")
	}
	middle := f.Value.String()
	at, err := event.ParseTime(middle, time.Now())
	if err != nil {
		if at, err = a.timeOf(middle, args); err != nil {
			return err
		}
	}
	from, to := at.Add(-window).UTC().Format(time.RFC3339Nano), at.Add(window+1).UTC().Format(time.RFC3339Nano)
	a.voice.Note("--around: %s to %s", from, at.Add(window).UTC().Format(time.RFC3339Nano))
	return errors.Join(cmd.Flags().Set("since", from), cmd.Flags().Set("until", to))
}

// timeOf gives the time of an event that is in the evidence.
func (a *app) timeOf(id string, args []string) (at time.Time, err error) {
	var paths []string
	for _, arg := range args {
		if _, err := os.Lstat(arg); err == nil || isRemote(arg) {
			paths = append(paths, arg)
		}
	}
	if len(paths) == 0 {
		return at, misuse("standard input can be read once only: name a file, or give a time such as 2024-01-09T14:00", "--around %s: that is not a time, and there is no PATH to look the event up in", id)
	}
	var found bytes.Buffer
	s, err := search.New(search.Options{Fields: match.Fields{EventID: []string{id}}, MaxPerFile: 1, Out: &found})
	if err != nil {
		return at, err
	}
	run := s.Start(a.ctx, quiet{})
	read := a.reading(paths, func(config scan.Config) error { return run.Read(config) })
	if _, err := run.Close(read); err != nil {
		return at, err
	}
	line, _, _ := bytes.Cut(found.Bytes(), []byte{'\n'})
	raw, _ := parse.Field(line, event.FieldTime)
	at, ok := event.Time(parse.Text(nil, raw))
	if !ok {
		return at, misuse("an event ID, or a time such as 2024-01-09T14:00", "--around: no event has the ID %s, with a time", id)
	}
	return at, nil
}

// quiet is told of files and errors that the search to come tells again.
type quiet struct{}

func (quiet) File(scan.Outcome)        {}
func (quiet) Failed(search.EventError) {}
