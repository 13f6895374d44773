package query

import (
	"reflect"
	"strings"

	"github.com/itchyny/gojq"

	"ctlog/event"
)

// Hint looks for common slips in a filter, whether it compiles or not, and
// says what was probably meant; "" when nothing stands out.
func Hint(filter string) string {
	if i := strings.IndexAny(filter, "“”„‘’"); i >= 0 {
		return "the filter has curly quotes; jq wants straight ones, \" and '"
	}
	q, err := gojq.Parse(filter)
	if err != nil {
		return hintOnText(filter)
	}
	if path, ok := assignment(q); ok {
		return "= assigns; to compare, write == as in " + path + "==…"
	}
	for _, look := range []func(*gojq.Query) string{hintOnWords, hintOnGlobs, hintOnNames} {
		if hint := look(q); hint != "" {
			return hint
		}
	}
	return ""
}

// hintOnWords finds a word that should be a string: no function of jq's that
// takes no arguments begins with a capital.
func hintOnWords(q *gojq.Query) (hint string) {
	visit(reflect.ValueOf(q), func(f *gojq.Func) {
		if hint == "" && len(f.Args) == 0 && 'A' <= f.Name[0] && f.Name[0] <= 'Z' {
			hint = `strings in jq have double quotes: .eventName=="` + f.Name + `"; any text is found by -F ` + f.Name
		}
	})
	return hint
}

// hintOnGlobs finds a comparison with a star, which == takes as it stands.
func hintOnGlobs(q *gojq.Query) (hint string) {
	visit(reflect.ValueOf(q), func(c *gojq.Query) {
		if hint != "" || c.Op != gojq.OpEq || c.Right == nil || c.Right.Term == nil || c.Right.Term.Str == nil {
			return
		}
		if s := c.Right.Term.Str.Str; len(s) > 1 && strings.Contains(s, "*") {
			hint = "== compares letter by letter; * stands for anything in field flags, as in --event-name '" + s + "'"
		}
	})
	return hint
}

func hintOnText(filter string) string {
	switch {
	case strings.Contains(filter, "&&"):
		return "jq writes && as and"
	case strings.Contains(filter, "||"):
		return "jq writes || as or"
	case strings.Contains(filter, "=~"):
		return `jq writes =~ as test: .userAgent | test("curl")`
	case strings.Contains(filter, "!") && !strings.Contains(filter, "!="):
		return "jq writes ! as not, behind what it negates: (.readOnly | not)"
	case strings.Count(filter, `"`)%2 == 1:
		return `a " is missing; mind the shell's own quotes: put the filter in '…'`
	case strings.Count(filter, `'`) > 0:
		return `strings in jq have double quotes: put the filter in '…' and its strings in "…"`
	}
	return ""
}

// assignment finds `=` where a condition is due: as the whole filter, or as
// the argument of select, any, all or map.
func assignment(q *gojq.Query) (path string, ok bool) {
	switch {
	case q.Op == gojq.OpAssign:
		return q.Left.String(), true
	case q.Op == gojq.OpPipe, q.Op == gojq.OpAnd, q.Op == gojq.OpOr:
		if q.Op != gojq.OpPipe {
			if path, ok = assignment(q.Left); ok {
				return path, true
			}
		}
		return assignmentInCall(q)
	case q.Term != nil && q.Term.Type == gojq.TermTypeQuery:
		return assignment(q.Term.Query)
	}
	return assignmentInCall(q)
}

// assignmentInCall looks at the arguments of conditions anywhere below q.
func assignmentInCall(q *gojq.Query) (path string, ok bool) {
	visit(reflect.ValueOf(q), func(f *gojq.Func) {
		if ok || len(f.Args) == 0 || f.Name != "select" && f.Name != "any" && f.Name != "all" {
			return
		}
		arg := f.Args[len(f.Args)-1]
		if arg.Op == gojq.OpAssign || arg.Op == gojq.OpAnd || arg.Op == gojq.OpOr {
			path, ok = assignmentAmong(arg)
		}
	})
	return path, ok
}

// assignmentAmong looks at the parts of `a and b or c`.
func assignmentAmong(q *gojq.Query) (string, bool) {
	switch {
	case q == nil:
		return "", false
	case q.Op == gojq.OpAssign:
		return q.Left.String(), true
	case q.Op == gojq.OpAnd, q.Op == gojq.OpOr:
		if path, ok := assignmentAmong(q.Left); ok {
			return path, true
		}
		return assignmentAmong(q.Right)
	}
	return "", false
}

// hintOnNames finds a name that no event has beside one that every event has.
func hintOnNames(q *gojq.Query) (hint string) {
	visit(reflect.ValueOf(q), func(t *gojq.Term) {
		if hint != "" || t.Type != gojq.TermTypeIndex {
			return
		}
		name := indexName(t.Index)
		if name == event.FieldIdentity && len(t.SuffixList) > 0 && t.SuffixList[0].Index != nil {
			inside := indexName(t.SuffixList[0].Index)
			if meant := event.NearestMember(inside); meant != "" {
				hint = "no event has .userIdentity." + inside + "; is ." + meant + " meant?"
			}
			return
		}
		if meant := event.NearestMember(name); meant != "" {
			hint = "no event has ." + name + "; is ." + meant + " meant?"
		}
	})
	return hint
}

// visit calls f for every pointer of its type in a syntax tree.
func visit[T any](v reflect.Value, f func(*T)) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if x, ok := v.Interface().(*T); ok {
			f(x)
		}
		visit(v.Elem(), f)
	case reflect.Struct:
		for i := range v.NumField() {
			visit(v.Field(i), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			visit(v.Index(i), f)
		}
	}
}
