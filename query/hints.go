package query

import (
	"slices"
	"strings"

	"ctlog/event"
	"ctlog/query/jq"
)

// Hint looks for common slips in a filter, whether it compiles or not, and
// says what was probably meant; "" when nothing stands out.
func Hint(filter string) string {
	if i := strings.IndexAny(filter, "“”„‘’"); i >= 0 {
		return "the filter has curly quotes; jq wants straight ones, \" and '"
	}
	e, err := jq.Parse(filter)
	if err != nil {
		return hintOnText(filter)
	}
	if path, ok := assignment(e); ok {
		return "= assigns; to compare, write == as in " + path + "==…"
	}
	for _, look := range []func(*jq.Expr) string{hintOnWord, hintOnGlob} {
		if hint := first(e, look); hint != "" {
			return hint
		}
	}
	n := names{seen: map[*jq.Func]bool{}}
	n.look(e, anEvent)
	return n.hint
}

// first gives the first hint on a part of a program.
func first(e *jq.Expr, look func(*jq.Expr) string) (hint string) {
	e.Visit(func(part *jq.Expr) {
		if hint == "" {
			hint = look(part)
		}
	})
	return hint
}

// hintOnWord finds a word that should be a string: no function of jq's that
// takes no arguments begins with a capital.
func hintOnWord(e *jq.Expr) string {
	if e.Op != jq.OpUndefined || len(e.Kids) > 0 || e.Name[0] < 'A' || e.Name[0] > 'Z' {
		return ""
	}
	return `strings in jq have double quotes: .eventName=="` + e.Name + `"; any text is found by -F ` + e.Name
}

// hintOnGlob finds a comparison with a star, which == takes as it stands.
func hintOnGlob(e *jq.Expr) string {
	if e.Op != jq.OpBinary || e.Name != "==" || !e.Kids[1].IsLiteral(jq.String) {
		return ""
	}
	if s := e.Kids[1].Value.Text(); len(s) > 1 && strings.Contains(s, "*") {
		return "== compares letter by letter; * stands for anything in field flags, as in --event-name '" + s + "'"
	}
	return ""
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

// Assigns reports whether a filter is nothing but the assignment of a constant to a
// path: meant to compare, it prints every event. What begins with ". |" is meant.
func Assigns(filter string) bool {
	if rest, ok := strings.CutPrefix(strings.TrimSpace(filter), "."); ok && strings.HasPrefix(strings.TrimSpace(rest), "|") {
		return false
	}
	e, err := jq.Parse(filter)
	return err == nil && e.Op == jq.OpAssign && e.Kids[1].Op == jq.OpLiteral
}

// assignment finds `=` where a condition is due: as the whole filter, or as
// the argument of select, any or all.
func assignment(e *jq.Expr) (path string, ok bool) {
	switch e.Op {
	case jq.OpAssign:
		return e.Name, true
	case jq.OpAnd, jq.OpOr:
		if path, ok = assignment(e.Kids[0]); ok {
			return path, true
		}
	}
	e.Visit(func(call *jq.Expr) {
		if !ok && call.Op == jq.OpBuiltin && slices.Contains(conditions, call.Name) {
			path, ok = assignmentAmong(call.Kids[len(call.Kids)-1])
		}
	})
	return path, ok
}

var conditions = []string{"select/1", "any/1", "any/2", "all/1", "all/2"}

// assignmentAmong looks at the parts of `a and b or c`.
func assignmentAmong(e *jq.Expr) (string, bool) {
	switch e.Op {
	case jq.OpAssign:
		return e.Name, true
	case jq.OpAnd, jq.OpOr:
		if path, ok := assignmentAmong(e.Kids[0]); ok {
			return path, true
		}
		return assignmentAmong(e.Kids[1])
	}
	return "", false
}

// level is what is known of the input of a part of a program.
type level int

const (
	unknownLevel level = iota
	anEvent
	someEvents
	anIdentity // userIdentity
)

// elements are the level of what is in a value.
func (l level) elements() level {
	if l == someEvents || l == anEvent { // a document may be an array of events
		return anEvent
	}
	return unknownLevel
}

// names looks for the name of a member that no event has and that resembles one
// that events have.
type names struct {
	hint string
	seen map[*jq.Func]bool
}

// look goes through a part of a program and gives the level of its output.
func (n *names) look(e *jq.Expr, in level) level {
	switch e.Op {
	case jq.OpIdentity:
		return in
	case jq.OpIterate:
		return in.elements()
	case jq.OpMember:
		return n.member(e.Name, in)
	case jq.OpPipe:
		return n.look(e.Kids[1], n.look(e.Kids[0], in))
	case jq.OpTry:
		return n.look(e.Kids[0], in)
	case jq.OpAlt:
		n.look(e.Kids[1], in)
		return n.look(e.Kids[0], in)
	case jq.OpBuiltin:
		return n.builtin(e, in)
	case jq.OpCall:
		return n.call(e, in)
	}
	for _, kid := range e.Kids {
		if kid != nil {
			n.look(kid, in)
		}
	}
	return unknownLevel
}

func (n *names) member(name string, in level) level {
	path := ""
	switch in {
	case unknownLevel, someEvents:
		return unknownLevel
	case anIdentity:
		path = "." + event.FieldIdentity
	}
	if meant := event.NearestMember(name); meant != "" && n.hint == "" {
		n.hint = "no event has " + path + "." + name + "; did you mean ." + meant + "?"
	}
	switch {
	case in == anEvent && name == event.FieldIdentity:
		return anIdentity
	case in == anEvent && name == "Records":
		return someEvents
	}
	return unknownLevel
}

// each are builtins that see their argument on the elements of their input.
var each = []string{"map/1", "any/1", "all/1", "sort_by/1", "group_by/1", "unique_by/1", "min_by/1", "max_by/1", "INDEX/1"}

func (n *names) builtin(e *jq.Expr, in level) level {
	inside := in
	if slices.Contains(each, e.Name) {
		inside = in.elements()
	}
	out := unknownLevel
	for _, arg := range e.Kids {
		out = n.look(arg, inside)
	}
	switch e.Name {
	case "select/1", "sort_by/1", "values/0", "objects/0":
		return in
	case "first/1", "last/1", "limit/2":
		return out
	}
	return unknownLevel
}

func (n *names) call(e *jq.Expr, in level) level {
	for _, arg := range e.Kids {
		n.look(arg, in)
	}
	if n.seen[e.Func] {
		return unknownLevel
	}
	n.seen[e.Func] = true
	return n.look(e.Func.Body, in)
}
