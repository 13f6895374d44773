package main

import (
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/event"
	"ctlog/internal/term"
	"ctlog/output"
	"ctlog/triage"
)

// triageFlags are what the triage commands share: which events, and how the
// result is printed.
type triageFlags struct {
	fieldFlags
	integrityFlags
	dedupe bool
	all    bool // nothing is left out of drawings
	format string
	file   string
	geoip  []string
	jsonl  bool // a format of the command too
}

// triageCommand completes a command; own adds the flags that it alone has.
func (a *app) triageCommand(cmd *cobra.Command, t *triageFlags, own func(*pflag.FlagSet)) *cobra.Command {
	cmd.Long += "\n\n" + triageExit
	cmd.DisableFlagsInUseLine = true
	f := cmd.Flags()
	f.SortFlags = false
	own(f)
	if f.Lookup("keys") == nil { // coverage verifies all by itself
		t.integrityFlags.add(a, cmd)
	}
	f.StringVar(&t.file, "output-file", "", "write the result to a new file; its ending chooses the format, without -o")
	f.StringVarP(&t.format, "output", "o", "table", "table, csv, tsv or json")
	f.BoolVar(&t.all, "all", false, "leave nothing out of tables and drawings")
	f.BoolVar(&t.dedupe, "dedupe", true, "count an event that was delivered twice once, by eventID")
	t.fieldFlags.add(cmd)
	a.remote.add(cmd)
	return cmd
}

func (t *triageFlags) addGeoip(f *pflag.FlagSet) {
	f.StringArrayVar(&t.geoip, "geoip", nil, "add country and network of addresses from this .mmdb file; repeatable")
}

const triageExit = `Exit status: 0 there were such events, 1 there were none, 2 wrong usage or
unreadable input, 130 interrupted.`

// survey checks the flags.
func (a *app) survey(t *triageFlags) (s *survey, err error) {
	s = &survey{app: a, flags: t, fileStats: fileStats{voice: a.voice, ctx: a.ctx, remote: &a.remote}}
	s.integrity = integrity{integrityFlags: &t.integrityFlags, app: a}
	if err := t.check(time.Now()); err != nil {
		return nil, err
	}
	if s.Survey, err = triage.NewSurvey(triage.SurveyOptions{Fields: t.fields, Dedupe: t.dedupe, Remembered: remembered}); err != nil {
		return nil, misuse("", "%s", err)
	}
	a.tellIndicators(&t.ioc)
	s.format, err = output.ParseFormat(formatOf(t.file, t.format, t.given))
	if err != nil || !s.format.Tabular() && s.format != output.JSON && !(t.jsonl && s.format == output.JSONL) {
		also := " or json"
		if t.jsonl {
			also = ", json or jsonl"
		}
		return nil, misuse("", "-o takes table, csv, tsv%s, not %q", also, t.format)
	}
	if len(t.geoip) > 0 {
		if s.places, err = triage.OpenPlaces(t.geoip...); err != nil {
			return nil, misuse("a database in the MaxMind DB format is needed, such as GeoLite2-Country.mmdb", "--geoip %s", err)
		}
	}
	s.out = a.stdout
	if t.file != "" {
		s.out = &resultFile{name: t.file}
	}
	return s, nil
}

// absent tells of fields that no event has.
func (s *survey) absent(table *triage.Table, fields *triage.Fields) {
	for _, f := range fields.Absent(table) {
		if near := event.Nearest(f); near != "" {
			s.app.voice.Hint("no event has %s; did you mean %s?", f, near)
		} else {
			s.app.voice.Note("no event has %s", f)
		}
	}
}

// status is the exit status of a survey that was taken to its end.
func (s *survey) status() int {
	s.integrity.vanished(&s.fileStats)
	if s.flags.dedupe {
		s.app.tellDuplicates(&s.Duplicates, false)
		s.integrity.tellConflicts(s.paths, s.Duplicates.Conflicts)
	}
	s.refused()
	s.unsureEvents()
	located := s.foundPlaces()
	s.fileStats.close()
	switch {
	case s.trouble() || !located:
		return exitTrouble
	case s.Events > 0:
		return exitOK
	}
	s.nothing()
	return exitNone
}

// unsureEvents says how many of the events that count nothing proves.
func (s *survey) unsureEvents() {
	if s.Unproven > 0 {
		s.app.voice.Note("%s of %s in files that are not proven; --verified leaves them out, 'ctlog verify' says why",
			term.Count(s.Unproven), term.Plural(s.Events-s.Duplicates.Dropped, "event"))
	}
}

// nothing says that there were no events, and what may be wrong with the flags.
func (s *survey) nothing() {
	if s.Conditions() == nil {
		s.app.voice.Note("no events")
		return
	}
	s.app.voice.Note("no event matches")
	s.app.hintOnNothing(&s.flags.fieldFlags)
}

// inexact says so when there were too many values to count them all.
func (s *survey) inexact(t *triage.Table) {
	if t.Exact() {
		return
	}
	s.app.voice.Note("too many different values to keep them all: any count may be too low by up to %s of %s events, and values with no more than that may be absent; first and last are those of the events that were counted",
		term.Count(t.ErrorBound()), term.Count(s.Events-s.Duplicates.Dropped))
	s.app.voice.Hint("fewer values come of field flags, --since and --until")
}

// checkTop checks a --top that was given; 0 is none.
func (t *triageFlags) checkTop(cmd *cobra.Command, top int) error {
	if t.all && top > 0 {
		return misuse("", "--all and --top exclude each other")
	}
	if top < 0 || top == 0 && cmd.Flags().Changed("top") {
		return misuse("", "--top takes a number from 1 on")
	}
	return nil
}

// endOfBaseline reads --baseline-until.
func endOfBaseline(text string, now time.Time) (int64, error) {
	if text == "" {
		return event.NoTime, nil
	}
	t, err := event.ParseTime(text, now)
	if err != nil {
		return 0, misuse("", "--baseline-until: %s", err)
	}
	return event.Bound(t), nil
}
