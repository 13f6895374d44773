package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ctlog/detect"
	"ctlog/detect/rule"
	"ctlog/detect/sigma"
	"ctlog/internal/term"
)

const rulesHelp = `Lists the rules that 'ctlog detect' would run, or checks rules of your own.`

func (a *app) rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rules", Short: "list and check detection rules", Long: rulesHelp, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return misuse("there are list and check", "unknown command %q", "rules "+args[0])
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	cmd.AddCommand(a.rulesListCommand(), a.rulesCheckCommand())
	return cmd
}

const rulesListHelp = `Lists the rules that detect would run with the same flags: level, title, ATT&CK
techniques, author, where they are and their ID.

Exit status: 0, 2 wrong usage or unreadable input.`

func (a *app) rulesListCommand() *cobra.Command {
	r := &ruleFlags{}
	t := &triageFlags{}
	cmd := &cobra.Command{
		Use: "list [flags]", Short: "list the rules that detect would run", Long: rulesListHelp, DisableFlagsInUseLine: true,
		Example: "  ctlog rules list\n  ctlog rules list --pack cis --level low\n  ctlog rules list --rules sigma/rules/cloud/aws -o csv",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.listRules(cmd, r, t) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	r.add(f)
	t.given = f
	f.StringVar(&t.file, "output-file", "", "write the result to a new file")
	f.StringVarP(&t.format, "output", "o", "table", "table, csv, tsv or json")
	return cmd
}

func (a *app) listRules(cmd *cobra.Command, r *ruleFlags, t *triageFlags) error {
	s, err := a.survey(t)
	if err != nil {
		return err
	}
	rules, err := r.load(a, cmd)
	if err != nil {
		return err
	}
	out, err := s.rows("level,title,techniques,author,pack,file,id")
	if err != nil {
		return err
	}
	var o object
	for level := rule.Critical; level >= rule.Informational; level-- {
		for _, m := range rules.set.Metas() {
			if m.Level != level || !rules.wanted(m) {
				continue
			}
			o.begin(s.format.Tabular())
			o.text("level", m.Level.String())
			o.text("title", m.Title)
			if o.row {
				o.text("techniques", strings.Join(m.Techniques(), " "))
			} else {
				o.raw("techniques", stringsJSON(m.Techniques()))
			}
			o.text("author", m.Author)
			o.text("pack", m.Pack)
			o.text("file", fmt.Sprintf("%s:%d", m.File, m.Line))
			o.text("id", m.ID)
			if err := out.write(o.end()); err != nil {
				return err
			}
		}
	}
	return out.close()
}

const rulesCheckHelp = `Checks Sigma rules, correlations and filters: what detect would refuse, fields
that CloudTrail does not have, rules that can never hold, and what else is
probably not meant.

Exit status: 0 nothing to remark, 1 something was, 2 wrong usage or unreadable
input.`

func (a *app) rulesCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check PATH...", Short: "say what is wrong with rules", Long: rulesCheckHelp, DisableFlagsInUseLine: true,
		Example: "  ctlog rules check my-rules/",
		RunE:    func(_ *cobra.Command, args []string) error { return a.checkRules(args) },
	}
}

func (a *app) checkRules(args []string) error {
	if len(args) == 0 {
		return misuse("ctlog rules check my-rules/", "no PATH: which rules are to be checked")
	}
	var l sigma.Loader
	for _, path := range args {
		if err := l.Dir(path); err != nil {
			return misuse("", "%s: %s", path, plainPathError(err))
		}
	}
	set := l.Set()
	var lines []string
	for _, one := range set.Refused {
		if !one.Foreign {
			lines = append(lines, "refused: "+one.String())
		}
	}
	remark := func(m *rule.Meta, remarks []string) {
		for _, text := range remarks {
			lines = append(lines, fmt.Sprintf("%s:%d: %q: %s", m.File, m.Line, m.Title, text))
		}
	}
	for _, r := range set.Rules {
		remark(&r.Meta, detect.Check(r))
	}
	for _, c := range set.Correlations {
		remark(&c.Meta, detect.CheckCorrelation(c))
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(a.stdout, term.Escape(line)); err != nil {
			return err
		}
	}
	a.voice.Note("%s and %s in %s; %s", term.Plural(len(set.Rules), "rule"), term.Plural(len(set.Correlations), "correlation"),
		term.Plural(l.Files(), "file"), term.Plural(len(lines), "remark"))
	switch {
	case set.Len()+len(set.Refused) == 0:
		return misuse("rules are in files named .yml or .yaml", "no rules below %s", strings.Join(args, ", "))
	case len(lines) > 0:
		a.status = exitNone
	}
	return nil
}
