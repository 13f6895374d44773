package sigma

import (
	"strings"

	"ctlog/detect/expr"
	"ctlog/detect/pattern"
	"ctlog/detect/rule"
)

// parsed is what one document gave: one of its members, or err.
type parsed struct {
	rule        *rule.Rule
	correlation *rule.Correlation
	filter      *filter
	meta        *rule.Meta
	line        int
	err         error
}

// filter takes events from rules.
type filter struct {
	meta      rule.Meta
	source    logsource
	any       bool
	refs      []string
	condition *expr.Node
	used      bool
}

// logsource is what logs a rule is for.
type logsource struct{ product, service, category string }

func (l logsource) String() string {
	var parts []string
	for _, s := range []string{l.product, l.category, l.service} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "/")
}

// isCloudTrail: AWS, and nothing that CloudTrail is not.
func (l logsource) isCloudTrail() bool {
	return (l.product == "aws" || l.product == "" && l.service == "cloudtrail") && (l.service == "cloudtrail" || l.service == "") && l.category == ""
}

// covers reports whether a filter for l is about rules for o.
func (l logsource) covers(o logsource) bool {
	return (l.product == "" || l.product == o.product) && (l.service == "" || l.service == o.service) && (l.category == "" || l.category == o.category)
}

// parse makes a rule of a document.
func parse(n *node, file string) (p parsed) {
	p.line = n.line
	if !n.isMap() {
		p.err = wrong(n, "not a map: no Sigma document")
		return p
	}
	meta, err := readMeta(n, file)
	p.meta = meta
	switch {
	case err != nil:
		p.err = err
	case n.get("correlation") != nil:
		p.correlation, p.err = parseCorrelation(n, meta)
	case n.get("filter") != nil:
		p.filter, p.err = parseFilter(n, meta)
	case n.get("filter-pattern") != nil:
		p.rule, p.err = parsePattern(n.get("filter-pattern"), meta)
	case n.get("detection") != nil:
		p.rule, p.err = parseRule(n, meta)
	default:
		p.err = wrong(n, "none of detection, correlation, filter and filter-pattern: no Sigma document")
	}
	return p
}

// readMeta reads what a document says of itself; meta is never nil.
func readMeta(n *node, file string) (*rule.Meta, error) {
	m := &rule.Meta{
		ID: n.get("id").str(), Name: n.get("name").str(), Title: n.get("title").str(), Description: n.get("description").str(),
		Status: strings.ToLower(n.get("status").str()), Author: n.get("author").str(), License: n.get("license").str(),
		References: n.get("references").list(), Tags: n.get("tags").list(), FalsePositives: n.get("falsepositives").list(),
		Level: rule.Medium, File: file, Line: n.line,
	}
	if level := n.get("level"); level.str() != "" {
		var ok bool
		if m.Level, ok = rule.ParseLevel(level.str()); !ok {
			return m, wrong(level, "unknown level %q; there are %s", level.str(), strings.Join(rule.Levels, ", "))
		}
	} else if n.get("filter") == nil {
		m.Hint("it has no level and counts as medium")
	}
	if own := n.get("ctlog"); own != nil {
		m.Reason = own.get("reason").str()
		weight, _ := expr.ParseDecimal([]byte(own.get("weight").str()))
		m.Weight = weight.Int()
	}
	if m.Title == "" {
		return m, wrong(n, "it has no title")
	}
	return m, nil
}

func readSource(n *node) (l logsource, err error) {
	from := n.get("logsource")
	if from == nil {
		return l, wrong(n, "it has no logsource; write product: aws and service: cloudtrail")
	}
	if !from.isMap() {
		return l, wrong(from, "logsource has to be a map")
	}
	text := func(key string) string { return strings.ToLower(from.get(key).str()) }
	return logsource{text("product"), text("service"), text("category")}, nil
}

// foreign is the error of a rule for other logs.
type foreign struct{ source logsource }

func (f *foreign) Error() string {
	if f.source == (logsource{}) {
		return "it is built on rules for other logs than aws/cloudtrail"
	}
	return "it is for " + f.source.String() + ", not for aws/cloudtrail"
}

func parseRule(n *node, meta *rule.Meta) (*rule.Rule, error) {
	source, err := readSource(n)
	if err != nil {
		return nil, err
	}
	if !source.isCloudTrail() {
		return nil, &foreign{source}
	}
	detection := n.get("detection")
	b, err := newBlock(detection, meta.Hint, "condition", "timeframe")
	if err != nil {
		return nil, err
	}
	if t := detection.get("timeframe"); t != nil {
		return nil, wrong(t, "timeframe is not part of Sigma 2; write a correlation")
	}
	condition, err := b.conditions(detection)
	if err != nil {
		return nil, err
	}
	return &rule.Rule{Meta: *meta, Condition: condition, Source: source.String()}, nil
}

// parsePattern reads a document that has a CloudWatch Logs filter pattern instead
// of a detection: an alarm with a title, a level and tags. It is ctlog's own.
func parsePattern(n *node, meta *rule.Meta) (*rule.Rule, error) {
	condition, hint, err := pattern.Parse(n.str())
	if err != nil {
		return nil, wrong(n, "%s", err)
	}
	if hint != "" {
		meta.Hint("%s", hint)
	}
	return &rule.Rule{Meta: *meta, Condition: condition, Source: "aws/cloudtrail"}, nil
}

// conditions parses the condition, or a list of them of which one must hold.
func (b *block) conditions(n *node) (*expr.Node, error) {
	at := n.get("condition")
	list := []*node{at}
	if at.isList() {
		list = at.subs
	}
	var nodes []*expr.Node
	for _, c := range list {
		if c.str() == "" {
			return nil, wrong(n, "it has no condition")
		}
		one, err := b.condition(c, c.str())
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, one)
	}
	if len(nodes) == 0 {
		return nil, wrong(at, "the list of conditions is empty")
	}
	return expr.Any(nodes...), nil
}

func parseFilter(n *node, meta *rule.Meta) (*filter, error) {
	source, err := readSource(n)
	if err != nil {
		return nil, err
	}
	if !source.isCloudTrail() && !source.covers(logsource{product: "aws", service: "cloudtrail"}) {
		return nil, &foreign{source}
	}
	body := n.get("filter")
	b, err := newBlock(body, meta.Hint, "condition", "rules")
	if err != nil {
		return nil, err
	}
	f := &filter{source: source}
	refs := body.get("rules")
	switch f.refs = refs.list(); {
	case refs == nil:
		return nil, wrong(body, "the filter has no rules; write rules: any for all of the log source")
	case len(f.refs) == 0, len(f.refs) == 1 && strings.EqualFold(f.refs[0], "any"):
		f.any = true
	}
	f.condition, err = b.conditions(body)
	f.meta = *meta
	return f, err
}

// apply takes from a rule what the filter leaves out.
func (f *filter) apply(r *rule.Rule, source logsource) {
	about := f.any
	for _, ref := range f.refs {
		about = about || r.Is(ref) || r.Title == ref
	}
	if about && f.source.covers(source) {
		r.Condition = expr.All(r.Condition, f.condition)
		f.used = true
	}
}
