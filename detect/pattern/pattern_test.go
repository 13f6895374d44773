package pattern

import (
	"strings"
	"testing"

	"ctlog/detect/expr"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, event string
		want           bool
	}{
		// The sense of the user guide's examples.
		{`{ $.eventType = "UpdateTrail" }`, `{"eventType":"UpdateTrail"}`, true},
		{`{ $.eventType = "UpdateTrail" }`, `{"eventType":"updatetrail"}`, false},
		{`{ $.sourceIPAddress != 123.123.* }`, `{"sourceIPAddress":"111.111.111.111"}`, true},
		{`{ $.sourceIPAddress != 123.123.* }`, `{"sourceIPAddress":"123.123.1.1"}`, false},
		{`{ $.arrayKey[0] = "value" }`, `{"arrayKey":["value","another"]}`, true},
		{`{ $.objectList[1].id = 2 }`, `{"objectList":[{"name":"a","id":1},{"name":"b","id":2}]}`, true},
		{`{ $.SomeObject IS NULL }`, `{"SomeObject":null}`, true},
		{`{ $.SomeObject IS NULL }`, `{}`, false},
		{`{ $.SomeOtherObject NOT EXISTS }`, `{}`, true},
		{`{ $.SomeOtherObject NOT EXISTS }`, `{"SomeOtherObject":null}`, false},
		{`{ $.ThisFlag IS TRUE }`, `{"ThisFlag":true}`, true},
		{`{ $.ThisFlag IS FALSE }`, `{"ThisFlag":true}`, false},
		{`{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }`, `{"user":{"id":1},"users":[{"email":"John.Doe@example.com"}]}`, true},
		{`{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }`, `{"user":{"id":1},"actions":["PUT","DELETE","GET"]}`, true},
		{`{ $.user.email = "John.Stiles" || $.coordinates[0][1] = "nonmatch" && $.actions[2] = "nonmatch" }`, `{"user":{"email":"John.Stiles"}}`, true},
		{`{ ($.user.email = "John.Stiles" || $.coordinates[0][1] = "nonmatch") && $.actions[2] = "nonmatch" }`, `{"user":{"email":"John.Stiles"}}`, false},
		{`{ $.eventName = %Trail% }`, `{"eventName":"UpdateTrail"}`, true},
		{`{ $.requestParameters.['key.name'] = "v" }`, `{"requestParameters":{"key.name":"v"}}`, true},
		{`{ $.list[*].id = 3 }`, `{"list":[{"id":1},{"id":3}]}`, true},
		{`{ $.map.* = x }`, `{"map":{"a":"y","b":"x"}}`, true},
		{`{ $.bandwidth > 75 }`, `{"bandwidth":"75.5"}`, true},
		{`{ $.latency <= 50 }`, `{"latency":51}`, false},
		{`{ $.errorCode = 400 }`, `{"errorCode":400.0}`, true},
		{`{$.errorCode="*UnauthorizedOperation"||$.errorCode="AccessDenied*"}`, `{"errorCode":"Client.UnauthorizedOperation"}`, true},
		{`{ $.x = * }`, `{"x":"anything"}`, true},
		{`{ $.x = * }`, `{}`, false},
		{`{ $.x != "a" }`, `{}`, true},
		{`{ $.x != "a" }`, `{"x":["b"]}`, false},
		{`{ $.x = "a" }`, `{"x":["a"]}`, false},
		{`{ $.x != %^a% }`, `{"x":"ab"}`, false},
		{`{ $.x != %^a% }`, `{"x":"ba"}`, true},
		{`{ $.x = "say \"hi\"" }`, `{"x":"say \"hi\""}`, true},
		{`{ ($.eventName = ConsoleLogin) && ($.additionalEventData.MFAUsed != "Yes") }`, `{"eventName":"ConsoleLogin"}`, true},
		{`ERROR`, `{"m":"an ERROR here"}`, true},
		{`ERROR`, `{"m":"an error here"}`, false},
		{`ERROR ARGUMENTS`, `{"m":"ERROR: bad ARGUMENTS"}`, true},
		{`?ERROR ?WARN`, `{"m":"WARN"}`, true},
		{`ERROR -EXIT`, `{"m":"ERROR EXIT"}`, false},
		{`"bad request"`, `{"m":"a bad request"}`, true},
		{`%AKIA[0-9]+%`, `{"m":"AKIA123"}`, true},
		{`ERROR ?WARN`, `{"m":"WARN"}`, false},
	} {
		n, _, err := Parse(c.pattern)
		if err != nil {
			t.Errorf("%s: %s", c.pattern, err)
			continue
		}
		if got := expr.Decode([]byte(c.event)).Holds(n); got != c.want {
			t.Errorf("%s on %s: %v", c.pattern, c.event, got)
		}
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "empty",
		"[ip, user, request]":          "space-delimited",
		"{ $.a = 1":                    "ends where",
		"{ $.a 1 }":                    "an operator",
		"{ a = 1 }":                    "a selector",
		"{ $ = 1 }":                    "a field",
		"{ $.a = }":                    "a value",
		"{ $.a > b }":                  "a number",
		"{ $.a IS 1 }":                 "NULL, TRUE or FALSE",
		"{ $.a NOT 1 }":                "EXISTS",
		"{ $.a[x] = 1 }":               "an index",
		"{ $.a = %(% }":                "regular expression",
		"{ $.a = %x }":                 "not closed by %",
		`{ $.a = "x }`:                 "not closed",
		"{ ($.a = 1 }":                 "&&, || or )",
		"{ $.a = 1 } x":                "nothing",
		"{ $.a = 1 & $.b = 2 }":        "&&, || or }",
		"{" + strings.Repeat("(", 200): "nested",
		strings.Repeat("x", 1<<20):     "longer",
	} {
		if _, _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, not %q", text, err, want)
		}
	}
}

func TestMetricFilters(t *testing.T) {
	rules, refused, err := MetricFilters([]byte(`{
  "metricFilters": [
    {"filterName": "root", "filterPattern": "{ $.userIdentity.type = Root }", "metricTransformations": [{"metricName": "RootUse", "metricNamespace": "CIS"}], "logGroupName": "trail"},
    {"filterName": "columns", "filterPattern": "[a, b]"}
  ]
}`), "f.json")
	if err != nil || len(rules) != 1 || len(refused) != 1 {
		t.Fatal(rules, refused, err)
	}
	if r := rules[0]; r.Title != "root" || r.Line != 3 || r.Reason != "feeds the metric CIS/RootUse" {
		t.Errorf("%+v", r)
	}
	if refused[0].Line != 4 {
		t.Errorf("%+v", refused[0])
	}
	for _, bad := range []string{"", "[]", "{}", `{"metricFilters": 1}`, `{"metricFilters": [1]}`, "not JSON"} {
		if _, _, err := MetricFilters([]byte(bad), "f.json"); err == nil {
			t.Errorf("%q passes for metric filters", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{ $.a = "x*" && ($.b[0].['c'] != %y% || $.d NOT EXISTS) }`, `ERROR -EXIT ?x "a b"`, `{ $.a.* >= -1.5e3 }`} {
		f.Add(s)
	}
	event := []byte(`{"a":{"b":[1,"x"]},"b":[{"c":"y"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		n, _, err := Parse(text)
		if err != nil {
			return
		}
		plain := expr.Decode(event)
		var x expr.Tester
		x.Reset(event, true)
		n.Tests(func(test *expr.Test) {
			if x.Ask(test) != plain.Holds(expr.One(test)) {
				t.Errorf("%s: the evaluators differ about %s", text, test)
			}
		})
	})
}
