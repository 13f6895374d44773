package main

import (
	"bufio"
	"bytes"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/detect"
	"ctlog/detect/pack"
	"ctlog/detect/pattern"
	"ctlog/detect/rule"
	"ctlog/detect/sigma"
	"ctlog/internal/term"
)

// ruleFlags are which rules are run.
type ruleFlags struct {
	packs, paths, patterns, metricFilters []string
	noDefault, strict                     bool
	level                                 string
	statuses, tags, names, excluded       []string
	excludeFiles                          []string
}

func (r *ruleFlags) add(f *pflag.FlagSet) {
	f.StringSliceVar(&r.packs, "pack", nil, "rules that come with ctlog: core (unless told otherwise), cis")
	f.BoolVar(&r.noDefault, "no-default-rules", false, "none of them")
	f.StringArrayVar(&r.paths, "rules", nil, "Sigma rules: a .yml file, or a directory of them; repeatable")
	f.StringArrayVar(&r.patterns, "filter-pattern", nil, "a CloudWatch Logs filter pattern; repeatable")
	f.StringArrayVar(&r.metricFilters, "metric-filters", nil, "what 'aws logs describe-metric-filters' prints; repeatable")
	f.BoolVar(&r.strict, "strict", false, "stop when a rule cannot be loaded")
	f.StringVar(&r.level, "level", "medium", "rules from this level on: informational, low, medium, high, critical")
	f.StringSliceVar(&r.statuses, "status", nil, "rules of this status; deprecated and unsupported ones only so")
	f.StringSliceVar(&r.tags, "tag", nil, "rules with this tag (glob): attack.t1562.008, 'attack.*'")
	f.StringArrayVar(&r.names, "rule", nil, "rules with this ID or title (glob), whatever their level; repeatable")
	f.StringArrayVar(&r.excluded, "exclude-rule", nil, "no rules with this ID or title (glob); repeatable")
	f.StringArrayVar(&r.excludeFiles, "exclude-rules", nil, "no rules whose IDs stand in this file, one a line; repeatable")
}

// ruleSet is what was loaded, and what of it was asked for.
type ruleSet struct {
	set     *rule.Set
	wanted  func(*rule.Meta) bool
	refused []rule.Refusal // but those for other logs
	pending int            // loaded and not asked for
}

func (s *ruleSet) program() *detect.Program { return detect.NewProgram(s.set, s.wanted) }

// load reads the rules and says what there is to be said of them.
func (r *ruleFlags) load(a *app, cmd *cobra.Command) (*ruleSet, error) {
	wanted, err := r.choose(cmd)
	if err != nil {
		return nil, err
	}
	s := &ruleSet{wanted: wanted}
	if s.set, err = r.read(a, s); err != nil {
		return nil, err
	}
	foreign := 0
	for _, one := range s.set.Refused {
		if one.Foreign {
			foreign++
		} else {
			s.refused = append(s.refused, one)
		}
	}
	r.complain(a.voice, s, foreign)
	if r.strict && len(s.refused) > 0 {
		return nil, misuse("without --strict the others are used", "%s could not be loaded", term.Plural(len(s.refused), "rule"))
	}
	chosen := 0
	for _, m := range s.set.Metas() {
		if wanted(m) {
			chosen++
		} else {
			s.pending++
		}
	}
	if chosen == 0 {
		return nil, misuse(r.hintOnNone(s), "no rule is left to run of %d", s.set.Len())
	}
	return s, nil
}

func (r *ruleFlags) hintOnNone(s *ruleSet) string {
	if s.set.Len() == 0 {
		return "--pack core, --rules, --filter-pattern or --metric-filters bring some"
	}
	return "--level informational takes all levels; 'ctlog rules list' shows what there is"
}

// someRefusals is how many refused rules are named one by one.
const someRefusals = 20

func (r *ruleFlags) complain(v *term.Voice, s *ruleSet, foreign int) {
	for _, one := range s.refused[:min(len(s.refused), someRefusals)] {
		v.Error("rule refused: %s", one)
	}
	if more := len(s.refused) - someRefusals; more > 0 {
		v.Error("%s more rules refused; --all-rules lists them", term.Count(int64(more)))
	}
	if foreign > 0 {
		v.Note("%s for other logs than CloudTrail passed over", term.Plural(foreign, "rule"))
	}
}

// read reads the rules of all sources.
func (r *ruleFlags) read(a *app, s *ruleSet) (*rule.Set, error) {
	var l sigma.Loader
	packs := r.packs
	if len(packs) == 0 && !r.noDefault {
		packs = []string{pack.Default}
	}
	if r.noDefault && len(r.packs) > 0 {
		return nil, misuse("", "--pack and --no-default-rules exclude each other")
	}
	for _, name := range packs {
		files, err := pack.Open(name)
		if err != nil {
			return nil, misuse("", "--pack: %s", err)
		}
		if err := l.FS(files, name); err != nil {
			return nil, err
		}
	}
	for _, p := range r.paths {
		if err := l.Dir(p); err != nil {
			return nil, misuse("", "--rules %s: %s", p, plainPathError(err))
		}
	}
	set := l.Set()
	for _, text := range r.patterns {
		one, err := pattern.Rule(text, text, "--filter-pattern")
		if err != nil {
			return nil, misuse("", "--filter-pattern: %s", err)
		}
		set.Rules = append(set.Rules, one)
	}
	return set, r.addMetricFilters(set)
}

func (r *ruleFlags) addMetricFilters(set *rule.Set) error {
	for _, name := range r.metricFilters {
		content, err := os.ReadFile(name)
		if err != nil {
			return misuse("", "--metric-filters %s: %s", name, plainPathError(err))
		}
		rules, refused, err := pattern.MetricFilters(content, name)
		if err != nil {
			return misuse("aws logs describe-metric-filters > filters.json", "--metric-filters %s: %s", name, err)
		}
		set.Rules, set.Refused = append(set.Rules, rules...), append(set.Refused, refused...)
	}
	return nil
}

// choose makes the choice of the flags.
func (r *ruleFlags) choose(cmd *cobra.Command) (func(*rule.Meta) bool, error) {
	level, ok := rule.ParseLevel(r.level)
	if !ok {
		return nil, misuse("", "--level takes %s, not %q", strings.Join(rule.Levels, ", "), r.level)
	}
	if len(r.names) > 0 && !cmd.Flags().Changed("level") {
		level = rule.Informational
	}
	ids, err := r.ignored()
	if err != nil {
		return nil, err
	}
	for _, list := range [][]string{r.tags, r.names, r.excluded} {
		for _, g := range list {
			if _, err := path.Match(strings.ToLower(g), ""); err != nil {
				return nil, misuse(`a \ before [ takes it as it is`, "%q is not a valid glob", g)
			}
		}
	}
	return func(m *rule.Meta) bool {
		switch {
		case m.Level < level, ids[strings.ToLower(m.ID)], likeAny(r.excluded, m.ID, m.Title), len(r.names) > 0 && !likeAny(r.names, m.ID, m.Title):
			return false
		case len(r.tags) > 0 && !likeAny(r.tags, m.Tags...):
			return false
		case len(r.statuses) > 0:
			return slices.Contains(r.statuses, m.Status)
		}
		return m.Status != "deprecated" && m.Status != "unsupported"
	}, nil
}

// likeAny reports whether one of the globs matches one of the texts.
func likeAny(globs []string, texts ...string) bool {
	for _, g := range globs {
		for _, t := range texts {
			if ok, _ := path.Match(strings.ToLower(g), strings.ReplaceAll(strings.ToLower(t), "/", "\\")); ok || strings.EqualFold(g, t) {
				return true
			}
		}
	}
	return false
}

// ignored reads lists of IDs: one a line, whatever follows it, # begins a comment.
func (r *ruleFlags) ignored() (map[string]bool, error) {
	ids := map[string]bool{}
	for _, name := range r.excludeFiles {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, misuse("", "--exclude-rules %s: %s", name, plainPathError(err))
		}
		for lines := bufio.NewScanner(bytes.NewReader(content)); lines.Scan(); {
			line, _, _ := strings.Cut(lines.Text(), "#")
			if words := strings.Fields(line); len(words) > 0 {
				ids[strings.ToLower(words[0])] = true
			}
		}
	}
	return ids, nil
}
