package main

import (
	"strings"

	"github.com/spf13/cobra"

	"ctlog/event"
	"ctlog/output"
)

// offers are values of flags by command and flag; "" is every command. Others
// may be given, or are told apart by the command itself.
var offers = map[string]map[string][]string{
	"":         {"output": {"table", "csv", "tsv", "json"}},
	"grep":     {"output": output.Formats, "fields": event.Fields()},
	"count":    {"by": event.Fields()},
	"timeline": {"by": event.Fields(), "bucket": {"1m", "5m", "1h", "1d", "1w"}},
	"summary":  {"by": {"principal", "ip", "access-key"}},
	"coverage": {"bucket": {"1h", "2h", "6h", "12h", "1d", "1w", "4w", "52w"}},
}

// completeValues lets shells offer values.
func completeValues(root *cobra.Command) {
	for _, cmd := range append(root.Commands(), root) {
		completeChoices(cmd, cmd.LocalFlags())
		for _, of := range []string{"", cmd.Name()} {
			for flag, words := range offers[of] {
				if cmd.Flag(flag) == nil || of == "" && offers[cmd.Name()][flag] != nil {
					continue
				}
				_ = cmd.RegisterFlagCompletionFunc(flag, offer(words)) // only of a common flag that is registered already
			}
		}
	}
}

// offer completes the last of a list that commas part.
func offer(words []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		list := typed[:strings.LastIndex(typed, ",")+1]
		offers := make([]string, 0, len(words))
		for _, w := range words {
			offers = append(offers, list+w)
		}
		return offers, cobra.ShellCompDirectiveNoFileComp
	}
}
