package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// sectionKey is the annotation of a flag with the title that help shows it under.
const sectionKey = "ctlog_section"

// section has help show the flags that add adds under a title of their own, in
// the order in which they are added.
func section(cmd *cobra.Command, title string, add func(f *pflag.FlagSet)) {
	f := cmd.Flags()
	f.SortFlags = false
	before := map[string]bool{}
	f.VisitAll(func(flag *pflag.Flag) { before[flag.Name] = true })
	add(f)
	f.VisitAll(func(flag *pflag.Flag) {
		if !before[flag.Name] {
			flag.Annotations = map[string][]string{sectionKey: {title}}
		}
	})
}

// flagSections are a command's own flags as help shows them: by section, and
// what is in none last.
func flagSections(cmd *cobra.Command) string {
	const rest = "Other flags"
	var titles []string
	sets := map[string]*pflag.FlagSet{}
	cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
		title := rest
		if t := flag.Annotations[sectionKey]; len(t) == 1 {
			title = t[0]
		}
		if sets[title] == nil {
			sets[title] = pflag.NewFlagSet("", pflag.ContinueOnError)
			sets[title].SortFlags = false
			if title != rest {
				titles = append(titles, title)
			}
		}
		sets[title].AddFlag(flag)
	})
	if len(titles) == 0 {
		return "Flags:\n" + usages(sets[rest])
	}
	var b strings.Builder
	for _, title := range append(titles, rest) {
		if sets[title] != nil {
			b.WriteString(title + ":\n" + usages(sets[title]) + "\n\n")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

func usages(f *pflag.FlagSet) string { return strings.TrimRight(f.FlagUsagesWrapped(80), " \n") }
