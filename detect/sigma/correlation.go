package sigma

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ctlog/detect/expr"
	"ctlog/detect/rule"
)

// parseCorrelation reads a correlation; what its references mean is found out
// when all documents are there.
func parseCorrelation(n *node, meta *rule.Meta) (*rule.Correlation, error) {
	body := n.get("correlation")
	if !body.isMap() {
		return nil, wrong(body, "correlation has to be a map")
	}
	c := &rule.Correlation{Type: rule.Type(strings.ToLower(body.get("type").str())), Refs: body.get("rules").list(), GroupBy: body.get("group-by").list()}
	if !slices.Contains(rule.Types, c.Type) {
		return nil, wrong(body, "unknown type of correlation %q; there are %s", c.Type, typeNames())
	}
	for _, part := range []func(*rule.Correlation, *node) error{readTimespan, readGenerate, readAliases, readThreshold, checkRefs} {
		if err := part(c, body); err != nil {
			return nil, err
		}
	}
	if g := n.get("generate"); g != nil && body.get("generate") == nil {
		c.Generate = g.str() == "true"
	}
	c.Meta = *meta
	return c, nil
}

func typeNames() string {
	var names []string
	for _, t := range rule.Types {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

var timespanRE = regexp.MustCompile(`^([0-9]{1,9})([smhdwMy])$`)

// units of timespans; a month and a year are what they are on average.
var units = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
	"M": 2629746 * time.Second, "y": 31556952 * time.Second}

func readTimespan(c *rule.Correlation, body *node) error {
	at := body.get("timespan")
	if at == nil {
		return wrong(body, "the correlation has no timespan")
	}
	m := timespanRE.FindStringSubmatch(at.str())
	if m == nil {
		return wrong(at, "the timespan %q is a number and one of s m h d w M y: 15m", at.str())
	}
	count, _ := strconv.Atoi(m[1])
	if count == 0 || time.Duration(count) > 100*units["y"]/units[m[2]] {
		return wrong(at, "the timespan %q is not between a second and a hundred years", at.str())
	}
	c.Timespan = time.Duration(count) * units[m[2]]
	return nil
}

func readGenerate(c *rule.Correlation, body *node) error {
	switch g := body.get("generate"); g.str() {
	case "", "false":
	case "true":
		c.Generate = true
	default:
		return wrong(g, "generate takes true or false, not %q", g.str())
	}
	return nil
}

func readAliases(c *rule.Correlation, body *node) error {
	aliases := body.get("aliases")
	if aliases == nil || aliases.isNull() {
		return nil
	}
	if !aliases.isMap() {
		return wrong(aliases, "aliases have to be a map of maps")
	}
	c.Aliases = map[string]map[string]string{}
	for i, key := range aliases.keys {
		of := aliases.subs[i]
		if !of.isMap() {
			return wrong(key, "the alias %s has to be a map from rules to fields", key.text)
		}
		c.Aliases[key.text] = map[string]string{}
		for k, ref := range of.keys {
			if of.subs[k].str() == "" {
				return wrong(ref, "the alias %s has no field for %s", key.text, ref.text)
			}
			c.Aliases[key.text][ref.text] = of.subs[k].str()
		}
	}
	return nil
}

var orders = map[string]expr.Order{"lt": expr.Less, "lte": expr.LessOrEqual, "gt": expr.Greater, "gte": expr.GreaterOrEqual, "eq": expr.Equal, "neq": expr.Equal}

func readThreshold(c *rule.Correlation, body *node) error {
	at := body.get("condition")
	switch {
	case at.isScalar() && c.Type.Ordinal() && !at.isNull():
		return readWords(c, at)
	case at == nil && c.Type.Ordinal():
		c.Threshold = rule.Threshold{Order: expr.GreaterOrEqual, Value: expr.DecimalOf(len(c.Refs))}
		return nil
	case at == nil:
		return wrong(body, "the correlation has no condition")
	case !at.isMap():
		return wrong(at, "the condition of a correlation is a map: gte: 10")
	}
	found := 0
	for i, key := range at.keys {
		v := at.subs[i]
		o, isOrder := orders[key.text]
		switch {
		case isOrder:
			found++
			d, ok := expr.ParseDecimal([]byte(v.str()))
			if !ok {
				return wrong(v, "%s takes a number, not %q", key.text, v.str())
			}
			c.Threshold.Order, c.Threshold.Not, c.Threshold.Value = o, key.text == "neq", d
		case key.text == "field":
			c.Threshold.Fields = v.list()
		case key.text == "percentile":
			p, err := strconv.ParseFloat(v.str(), 64)
			if err != nil || !(p >= 0 && p <= 100) {
				return wrong(v, "the percentile %q is not between 0 and 100", v.str())
			}
			c.Threshold.Percentile = p
		default:
			return wrong(key, "the condition has %q; there are lt, lte, gt, gte, eq, neq, field and percentile", key.text)
		}
	}
	if found != 1 {
		return wrong(at, "the condition needs one of lt, lte, gt, gte, eq and neq")
	}
	return checkThreshold(c, at)
}

func checkThreshold(c *rule.Correlation, at *node) error {
	switch t := &c.Threshold; {
	case (c.Type.Numeric() || c.Type == rule.ValueCount) && len(t.Fields) == 0:
		return wrong(at, "%s needs the field whose values it is about", c.Type)
	case c.Type.Numeric() && len(t.Fields) > 1:
		return wrong(at, "%s is about one field", c.Type)
	case c.Type == rule.ValuePercentile && at.get("percentile") == nil:
		return wrong(at, "value_percentile needs percentile: a number from 0 to 100")
	case c.Type == rule.EventCount && zero(t):
		return wrong(at, "%s is the case without any event: it cannot be told from logs", t)
	}
	if c.Type == rule.ValueMedian {
		c.Threshold.Percentile = 50
	}
	return nil
}

// zero: the threshold is met by no events at all, and by nothing else.
func zero(t *rule.Threshold) bool {
	one := expr.DecimalOf(1).Compare(t.Value)
	return !t.Not && (t.Order == expr.Less && one >= 0 || (t.Order == expr.LessOrEqual || t.Order == expr.Equal) && one > 0)
}

func checkRefs(c *rule.Correlation, body *node) error {
	at := body.get("rules")
	if len(c.Refs) == 0 {
		return wrong(body, "the correlation names no rules")
	}
	if len(c.Refs) > maxRefs {
		return wrong(at, "the correlation names %d rules; up to %d are supported", len(c.Refs), maxRefs)
	}
	if c.Type == rule.TemporalOrdered {
		if err := checkOrder(c, body); err != nil {
			return err
		}
	}
	for i, ref := range c.Refs {
		if slices.Contains(c.Refs[:i], ref) {
			return wrong(at, "the correlation names %q twice; repetition is a matter of event_count", ref)
		}
	}
	if c.Type.Ordinal() && len(c.Any) == 0 && !possible(c) {
		return wrong(body, "the condition asks for %s of %d rules", &c.Threshold, len(c.Refs))
	}
	return nil
}

// possible: some number of the rules meets the threshold.
func possible(c *rule.Correlation) bool {
	t := &c.Threshold
	for n := range c.Refs {
		if t.Order.Holds(expr.DecimalOf(n+1).Compare(t.Value)) != t.Not {
			return true
		}
	}
	return false
}

// checkOrder: an order needs what is in it.
func checkOrder(c *rule.Correlation, at *node) error {
	if t := &c.Threshold; len(c.Any) == 0 && (t.Not || t.Order == expr.Less || t.Order == expr.LessOrEqual) {
		return wrong(at, "temporal_ordered takes gte, gt or eq")
	}
	for _, a := range c.Any {
		if len(a.Never) > 0 {
			return wrong(at, "temporal_ordered and not do not go together; temporal has both")
		}
	}
	return nil
}

// maxRefs is how many rules one correlation may be about: they are the bits of
// a word.
const maxRefs = 64

// readWords reads a condition such as "a and b and not c" as alternatives.
func readWords(c *rule.Correlation, at *node) error {
	explicit := len(c.Refs) > 0
	used := map[int]bool{}
	l := language[terms]{all: allTerms, any: anyTerms, not: terms.negated}
	l.name = func(name string) (terms, error) {
		i := slices.Index(c.Refs, name)
		if i < 0 && explicit {
			return terms{}, fmt.Errorf("the condition names %q, which is not among the rules", name)
		}
		if i < 0 {
			i, c.Refs = len(c.Refs), append(c.Refs, name)
		}
		used[i] = true
		return terms{yes: []rule.Presence{{Must: []int{i}}}, no: []rule.Presence{{Never: []int{i}}}}, nil
	}
	t, caps, err := parseCondition(at.str(), l)
	switch {
	case err != nil:
		return wrong(at, "%s", err)
	case t.large:
		return wrong(at, "the condition comes to more than %d alternatives", maxAlternatives)
	case len(used) < len(c.Refs):
		return wrong(at, "the condition does not name all of the rules")
	case caps != "":
		c.Hint("line %d: %s is written in capitals; Sigma has %s", at.line, caps, strings.ToLower(caps))
	}
	for _, p := range t.yes {
		if len(p.Must) == 0 {
			return wrong(at, "the condition can be the case without any event: it cannot be told from logs")
		}
	}
	c.Any = t.yes
	return nil
}

// terms are the alternatives in which a condition holds, and does not.
type terms struct {
	yes, no []rule.Presence
	large   bool
}

// maxAlternatives bounds them.
const maxAlternatives = 256

func (t terms) negated() terms { return terms{t.no, t.yes, t.large} }

func allTerms(list ...terms) terms { return combine(list, false) }
func anyTerms(list ...terms) terms { return combine(list, true) }

func combine(list []terms, or bool) (out terms) {
	for i, t := range list {
		if or {
			t = t.negated()
		}
		if i == 0 {
			out = t
			continue
		}
		out.large = out.large || t.large
		out.yes, out.no = cross(out.yes, t.yes), slices.Concat(out.no, t.no)
		if len(out.yes) > maxAlternatives || len(out.no) > maxAlternatives {
			out = terms{yes: out.yes[:1:1], no: out.no[:1:1], large: true}
		}
	}
	if or {
		out = out.negated()
	}
	return out
}

// cross joins every alternative of a with every one of b that does not
// contradict it.
func cross(a, b []rule.Presence) (out []rule.Presence) {
	for _, x := range a {
		for _, y := range b {
			must, never := union(x.Must, y.Must), union(x.Never, y.Never)
			if !slices.ContainsFunc(must, func(i int) bool { return slices.Contains(never, i) }) {
				out = append(out, rule.Presence{Must: must, Never: never})
			}
		}
	}
	return out
}

func union(a, b []int) []int {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
