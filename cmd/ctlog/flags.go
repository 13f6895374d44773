package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/event"
	"ctlog/source"
)

// spanFlag is --since and --until as the user gave them.
type spanFlag struct{ since, until string }

func (s *spanFlag) add(f *pflag.FlagSet, since, until string) {
	f.StringVar(&s.since, "since", "", since)
	f.StringVar(&s.until, "until", "", until)
}

// parse reads both; what was not given stays open.
func (s *spanFlag) parse(now time.Time) (span source.Span, err error) {
	if span.From, err = parseTime("since", s.since, now); err != nil {
		return span, err
	}
	if span.To, err = parseTime("until", s.until, now); err != nil {
		return span, err
	}
	if !span.From.IsZero() && !span.To.IsZero() && !span.From.Before(span.To) {
		return span, misuse(fmt.Sprintf("that is from %s until %s", span.From.UTC().Format(time.RFC3339), span.To.UTC().Format(time.RFC3339)), "--since is not before --until")
	}
	return span, nil
}

// parseTime reads the time of a flag, the zero time when it was not given.
func parseTime(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := event.ParseTime(text, now)
	if err != nil {
		return t, misuse("", "--%s: %s", flag, err)
	}
	return t, nil
}

// choice is a flag that takes one of some words. It refuses others when the
// command line is read, and completes by itself.
type choice struct {
	name, value string
	words       []string
}

// newChoice makes a choice of words; without a default none is made.
func newChoice(name, value string, words ...string) choice { return choice{name, value, words} }

func (c *choice) add(f *pflag.FlagSet, usage string) { f.Var(c, c.name, usage) }

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return "string" }

func (c *choice) Set(word string) error {
	if !slices.Contains(c.words, word) {
		return &choiceError{c.name, word, c.words}
	}
	c.value = word
	return nil
}

// choiceError is a word that a flag does not take.
type choiceError struct {
	flag, word string
	words      []string
}

func (e *choiceError) Error() string {
	return fmt.Sprintf("--%s takes %s, not %q", e.flag, oneOf(e.words), e.word)
}

// oneOf lists words: "auto, always or never".
func oneOf(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// completeChoices lets shells offer the words of a command's choices.
func completeChoices(cmd *cobra.Command, flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if c, ok := f.Value.(*choice); ok {
			_ = cmd.RegisterFlagCompletionFunc(f.Name, offer(c.words)) // only of a common flag that is registered already
		}
	})
}
