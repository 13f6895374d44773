package detect

import (
	"cmp"
	"slices"
	"strings"

	"ctlog/detect/expr"
	"ctlog/detect/rule"
	"ctlog/query/need"
)

// Program is a set of rules made ready to be run. It is immutable and may be
// shared.
type Program struct {
	Rules        []*rule.Rule
	Correlations []*rule.Correlation // those that others are built on come first

	show    []bool // by rule: its matches are results, not only parts of a correlation's
	showing []bool // by correlation
	levels  []int  // by correlation: how many correlations are below it
	parents [][]parent
	depth   int // the highest of levels, and one
	engine  *Engine
	fields  *Engine // no rules: looks up what is told of an event that matched
	inputs  [][]input
	horizon bool // the time of the latest event matters
	needs   *need.Requirement
}

// parent is a correlation that another is a base of.
type parent struct {
	correlation int
	base        int
}

// input is what a correlation needs to know of an event that a base rule holds
// for.
type input struct {
	correlation int
	base        int
	group       []int32 // slots in Program.fields
	values      []int32
}

// NewProgram makes one of the rules that are wanted and those that wanted
// correlations are built on.
func NewProgram(set *rule.Set, wanted func(*rule.Meta) bool) *Program {
	p := &Program{}
	set = inOrderOfGravity(set)
	needed, silent := map[rule.Base]bool{}, map[rule.Base]bool{}
	for i := len(set.Correlations) - 1; i >= 0; i-- { // those that are built on others come first
		c := set.Correlations[i]
		if !needed[rule.Base{Correlation: c}] && !wanted(&c.Meta) {
			continue
		}
		needed[rule.Base{Correlation: c}] = true
		for _, b := range c.Bases {
			needed[b] = true
			if _, known := silent[b]; !known || c.Generate {
				silent[b] = !c.Generate
			}
		}
	}
	for _, r := range set.Rules {
		if want := wanted(&r.Meta); want || needed[rule.Base{Rule: r}] {
			p.Rules, p.show = append(p.Rules, r), append(p.show, want && !silent[rule.Base{Rule: r}])
		}
	}
	for _, c := range set.Correlations {
		if b := (rule.Base{Correlation: c}); needed[b] {
			p.Correlations, p.showing = append(p.Correlations, c), append(p.showing, wanted(&c.Meta) && !silent[b])
		}
	}
	p.engine = NewEngine(p.Rules)
	p.needs = p.engine.needsOf()
	p.connect()
	return p
}

// inOrderOfGravity sorts rules, the gravest first, so that nothing depends on the
// order in which they were read. Correlations that others are built on stay in
// front of those.
func inOrderOfGravity(set *rule.Set) *rule.Set {
	byMeta := func(a, b *rule.Meta) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), strings.Compare(a.Title, b.Title), strings.Compare(a.ID, b.ID), strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	}
	depths := map[*rule.Correlation]int{}
	for _, c := range set.Correlations {
		for _, b := range c.Bases {
			if b.Correlation != nil {
				depths[c] = max(depths[c], depths[b.Correlation]+1)
			}
		}
	}
	sorted := &rule.Set{Rules: slices.Clone(set.Rules), Correlations: slices.Clone(set.Correlations)}
	slices.SortStableFunc(sorted.Rules, func(a, b *rule.Rule) int { return byMeta(&a.Meta, &b.Meta) })
	slices.SortStableFunc(sorted.Correlations, func(a, b *rule.Correlation) int {
		return cmp.Or(cmp.Compare(depths[a], depths[b]), byMeta(&a.Meta, &b.Meta))
	})
	return sorted
}

// connect finds out what feeds which correlation.
func (p *Program) connect() {
	c := newCompiler()
	for _, path := range recordPaths {
		c.slot(path)
	}
	p.inputs = make([][]input, len(p.Rules))
	p.parents = make([][]parent, len(p.Correlations))
	p.levels = make([]int, len(p.Correlations))
	p.depth = 1
	for i, cor := range p.Correlations {
		for _, a := range cor.Any {
			p.horizon = p.horizon || len(a.Never) > 0
		}
		for k, b := range cor.Bases {
			if b.Correlation != nil {
				below := slices.Index(p.Correlations, b.Correlation)
				p.parents[below] = append(p.parents[below], parent{i, k})
				p.levels[i] = max(p.levels[i], p.levels[below]+1)
				continue
			}
			in := input{correlation: i, base: k}
			for _, f := range cor.GroupBy {
				in.group = append(in.group, c.slot(expr.NewPath(cor.Field(f, k))))
			}
			for _, f := range cor.Threshold.Fields {
				in.values = append(in.values, c.slot(expr.NewPath(cor.Field(f, k))))
			}
			at := slices.Index(p.Rules, b.Rule)
			p.inputs[at] = append(p.inputs[at], in)
		}
		p.depth = max(p.depth, p.levels[i]+1)
	}
	p.fields = c.finish()
}

// Explain says what an event must have to be looked at for rule i.
func (p *Program) Explain(i int) string { return p.engine.Explain(i) }

// Shown reports whether matches of rule i are results.
func (p *Program) Shown(i int) bool { return p.show[i] }

// ShownCorrelation reports whether episodes of correlation i are results.
func (p *Program) ShownCorrelation(i int) bool { return p.showing[i] }

// Sight is that of no events yet.
func (p *Program) Sight() *Sight { return p.engine.Sight() }
