package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"ctlog/detect/expr"
	"ctlog/detect/rule"
)

// Rule makes a rule of one pattern.
func Rule(text, title, file string) (*rule.Rule, error) {
	n, hint, err := Parse(text)
	if err != nil {
		return nil, err
	}
	r := &rule.Rule{Meta: rule.Meta{Title: title, Level: rule.Medium, File: file, Description: text}, Condition: n, Source: "aws/cloudtrail"}
	if hint != "" {
		r.Hint("%s", hint)
	}
	if unlike(n) {
		r.Hint("!= holds for events without the field")
	}
	return r, nil
}

func unlike(n *expr.Node) (found bool) {
	n.Tests(func(t *expr.Test) { found = found || t.Kind == expr.Unlike })
	return found
}

// metricFilter is one of what describe-metric-filters prints.
type metricFilter struct {
	Name            string `json:"filterName"`
	Pattern         string `json:"filterPattern"`
	Group           string `json:"logGroupName"`
	Transformations []struct {
		Metric string `json:"metricName"`
		Space  string `json:"metricNamespace"`
	} `json:"metricTransformations"`
}

var errNotFilters = errors.New("not what 'aws logs describe-metric-filters' prints: a JSON object with metricFilters")

// MetricFilters reads what `aws logs describe-metric-filters` prints.
func MetricFilters(content []byte, file string) (rules []*rule.Rule, refused []rule.Refusal, err error) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	found := false
	for {
		t, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %w", errNotFilters, err)
		}
		if t != "metricFilters" {
			continue
		}
		if t, err = d.Token(); err != nil || t != json.Delim('[') {
			return nil, nil, errNotFilters
		}
		found = true
		for d.More() {
			at := lineOf(content, d.InputOffset())
			var f metricFilter
			if err := d.Decode(&f); err != nil {
				return nil, nil, fmt.Errorf("line %d: %w", at, err)
			}
			r, err := f.rule(file)
			if err != nil {
				refused = append(refused, rule.Refusal{File: file, Line: at, Title: f.Name, Reason: err.Error()})
				continue
			}
			r.Line = at
			rules = append(rules, r)
		}
	}
	if !found {
		return nil, nil, errNotFilters
	}
	return rules, refused, nil
}

func (f *metricFilter) rule(file string) (*rule.Rule, error) {
	r, err := Rule(f.Pattern, f.Name, file)
	if err != nil {
		return nil, err
	}
	if r.Title == "" {
		r.Title = f.Pattern
	}
	for _, t := range f.Transformations {
		r.Reason = "feeds the metric " + t.Space + "/" + t.Metric
	}
	r.Author = f.Group
	return r, nil
}

// lineOf gives the line of the next value at or behind an offset.
func lineOf(content []byte, offset int64) int {
	head := content[:min(int64(len(content)), offset)]
	rest := content[len(head):]
	blank := len(rest) - len(bytes.TrimLeft(rest, " \t\r\n,"))
	return 1 + bytes.Count(head, []byte("\n")) + bytes.Count(rest[:blank], []byte("\n"))
}
