// Package jqgen makes random jq programs and events, for tests that hold evaluators
// and plans against each other.
package jqgen

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// Dice makes random programs and events. Sorted events have the order of keys
// that gojq's maps have, so that orders can be compared too.
type Dice struct {
	*rand.Rand
	Sorted bool
}

// Of is one of the choices.
func (d Dice) Of(choices ...string) string { return choices[d.IntN(len(choices))] }

var someKeys = []string{"a", "b", "eventName", "n", "userIdentity", "x y"}

func (d Dice) key() string { return someKeys[d.IntN(len(someKeys))] }

// Value makes JSON text as events have it, awkward spellings included.
func (d Dice) Value(depth int) string {
	if depth == 0 || d.IntN(3) == 0 {
		return d.Of("null", "true", "false", "0", "1", "-1", "243.0", "1.688560107857E9", "2.5", "12345678901234567890", `""`, `"abc"`, `"a\u003db"`,
			`"é\ud83d\ude00"`, `"x/y.z"`, `"{\"a\":1}"`, `"[1,2"`, `"12"`, `"GetObject"`, `"a\tb\"c"`)
	}
	var parts []string
	if d.IntN(3) == 0 {
		for range d.IntN(4) {
			parts = append(parts, d.Value(depth-1))
		}
		return "[" + strings.Join(parts, " , ") + "]"
	}
	if d.Sorted {
		for _, k := range someKeys {
			if d.IntN(2) == 0 {
				parts = append(parts, strconv.Quote(k)+": "+d.Value(depth-1))
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	for range d.IntN(5) {
		parts = append(parts, strconv.Quote(d.key())+": "+d.Value(depth-1))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func (d Dice) path() string {
	switch d.IntN(9) {
	case 8:
		return "." + d.Of("a", "userIdentity") + "." + d.Of("a", "b", "n", "eventName")
	case 0:
		return "."
	case 1:
		return `.["x y"]`
	case 2:
		return "." + d.Of("a", "b", "n") + "[]?"
	case 3:
		return "." + d.Of("a", "b") + "[" + d.Of("0", "-1", `"a"`, "1:", ":1") + "]?"
	case 4:
		return "." + d.Of("a", "userIdentity") + "?." + d.Of("a", "b", "n") + "?"
	}
	return "." + d.Of("a", "b", "eventName", "userIdentity", "n") + d.Of("", "?")
}

func (d Dice) literal() string {
	return d.Of("null", "true", "false", "0", "1", "2.5", `"abc"`, `"a=b"`, `"GetObject"`, `""`, "[]", "{}", `["abc"]`)
}

// Program makes a filter from a grammar of what responders use.
func (d Dice) Program(depth int) string {
	if depth == 0 {
		return d.Of(d.path(), d.path(), d.literal())
	}
	p := func() string { return d.Program(depth - 1) }
	switch d.IntN(31) {
	case 0, 1:
		return p() + " | " + p()
	case 2:
		return p() + ", " + p()
	case 3:
		return "(" + p() + ") " + d.Of("==", "!=", "<", "<=", ">", ">=") + " (" + p() + ")"
	case 4:
		return "(" + p() + ") " + d.Of("and", "or", "//") + " (" + p() + ")"
	case 5:
		return "(" + p() + ") " + d.Of("+", "-", "*", "/") + " (" + p() + ")"
	case 6, 7:
		return "select(" + p() + ")"
	case 29:
		return "{(" + d.path() + " | tostring): " + d.path() + "}"
	case 8:
		return "{a: (" + p() + "), b, \"k\": (" + p() + ")}"
	case 9:
		return "[" + p() + "]"
	case 10:
		return `"\(` + p() + `)-\(` + p() + `)"`
	case 11:
		return "(" + p() + ")?"
	case 12:
		return "if " + p() + " then " + p() + d.Of(" else "+p(), "") + " end"
	case 13:
		return d.Of("map", "any", "all", "first", "last", "isempty", "map_values", "del", "path", "sort_by", "group_by", "unique_by", "min_by", "max_by") + "(" + p() + ")"
	case 14:
		return "IN(" + p() + ")"
	case 15:
		return d.Of("startswith", "endswith", "contains", "split", "join", "has", "ltrimstr", "rtrimstr", "index", "test") + "(" + d.Of(`"a"`, `"a=b"`, `"abc"`, p()) + ")"
	case 16, 17:
		return d.Of("length", "keys", "tostring", "tonumber", "fromjson", "tojson", "type", "not", "ascii_downcase", "ascii_upcase", "add", "any", "all", "first", "last",
			"sort", "unique", "min", "max", "reverse", "flatten", "values", "empty", "to_entries", "explode", "utf8bytelength", "floor", "@json", "@text", "@tsv", "@csv", "@html", "@base64")
	case 18:
		return "(" + p() + ") as $x | " + d.Of("$x", ".a == $x", "[$x, .]", p())
	case 19:
		return "reduce (" + p() + ") as $x (0; . + 1)"
	case 20:
		return "[limit(2; " + p() + ")]"
	case 21:
		return "try (" + p() + ") catch " + d.Of(`"caught"`, "type")
	case 22:
		return "[.[]?]" + d.Of("", " | length", " | "+p())
	case 23:
		return d.Of(".a", ".n", ".a[0]?", ".b?") + " " + d.Of("=", "|=", "+=", "//=") + " (" + p() + ")"
	case 24:
		return "[.. | " + d.Of("strings", "numbers", "scalars") + "]"
	case 25:
		return "[" + p() + ", " + p() + "] | @" + d.Of("tsv", "csv", "json")
	case 26:
		return "def f(g): g | g; f(" + p() + ")"
	case 27:
		return "foreach (" + p() + ") as $x (0; . + 1; [., $x])"
	case 28:
		return "label $out | (" + p() + ") | if type == \"null\" then break $out else . end"
	}
	return d.path()
}

// Condition makes what stands inside select: programs that a plan can use.
func (d Dice) Condition(depth int) string {
	if depth == 0 {
		return d.test()
	}
	c := func() string { return d.Condition(depth - 1) }
	switch d.IntN(14) {
	case 0, 1:
		return "(" + c() + ") and (" + c() + ")"
	case 2, 3:
		return "(" + c() + ") or (" + c() + ")"
	case 4:
		return "(" + c() + " | not)"
	case 5:
		return "(" + c() + ")?"
	case 6:
		return "any(" + d.Of(".[]?", "..", ".a[]?", ".a, .b", ".userIdentity") + "; " + c() + ")"
	case 7:
		return "if " + c() + " then " + c() + " else " + d.Of("false", "null", c()) + " end"
	case 8:
		return "[" + d.path() + ", " + d.path() + "] | " + d.Of("any", "all", "map(strings)", "any(.[]?; "+c()+")", "first | "+c())
	case 9:
		return "try (" + c() + ") catch " + d.Of("false", "true", ". == \"x\"")
	case 10:
		return "def f($x; g): " + d.Of(`g == $x`, `.a == $x`, `$x | g`, `g | . == x`) + "; f(" + d.subject() + "; " + d.subject() + ")"
	case 11:
		return d.subject() + " as $x | " + d.Of(`$x == "GetObject"`, c(), `[.a, "abc"] | index($x)`, `["abc", "GetObject"] | index($x)`, `$x | `+d.test())
	}
	return d.test()
}

// subject is what a test looks at.
func (d Dice) subject() string {
	return d.Of(d.path(), d.path(), ".eventName", ".eventName?", `(.eventName // "abc")`, `(.eventName // "")`, "(.userIdentity.eventName?)", ".userIdentity.a", "(.. | strings)",
		"(.a | tostring)", `(.eventName | strings)`, `(.eventName | ascii_downcase)`, `(.a | strings | ascii_upcase)`, `(.a | split("/")? | .[0]?)`, `(.a | ltrimstr("a"))`, ".[]?", `"GetObject"`, `.["x y"]`)
}

func (d Dice) word() string {
	return d.Of(`"GetObject"`, `"getobject"`, `"Object"`, `"abc"`, `"a=b"`, `"x/y"`, `"x/y.z"`, `"Missing"`, `"é"`, `"eventName"`, `"K"`, `"\"c"`, `""`)
}

func (d Dice) test() string {
	s := d.subject()
	switch d.IntN(12) {
	case 0, 1, 2:
		return s + " == " + d.Of(d.word(), d.word(), d.literal())
	case 3:
		return s + " " + d.Of("!=", "<", ">=") + " " + d.word()
	case 4, 5:
		return "(" + s + d.Of("", ` // ""`) + " | " + d.Of("startswith", "endswith", "contains") + "(" + d.word() + "))"
	case 6:
		return "(" + s + d.Of("", ` // ""`, " | strings") + " | test(" + d.Of(`"Object"`, `"^Get(Obj|x)ect$"`, `"miss+ing|[Gg]et"`, `"getobject"; "i"`, `"k.s"; "i"`, `"a=?b"`, `"y\\.z"`, `"(?i)ABC"`, `"["`, `"(x|y)/[yz]"`) + "))"
	case 7:
		return "(" + s + " | IN(" + d.word() + ", " + d.word() + "))"
	case 8:
		return "contains(" + d.Of(`{eventName: "Get"}`, `{a: {b: "abc"}}`, `{a: ["abc"]}`, `{n: 1}`) + ")"
	case 9:
		return "(" + s + " | has(" + d.Of(`"a"`, `"x y"`, `"eventName"`) + d.Of(")", ")?") + ")"
	case 10:
		return s
	}
	return "(" + s + " | ascii_downcase) == " + d.word()
}

// Respelled writes a word of an event as nobody would but everybody may.
func (d Dice) Respelled(event string) string {
	switch d.IntN(8) {
	case 0:
		return strings.Replace(event, "GetObject", `Get\u004fbject`, 1)
	case 1:
		return strings.Replace(event, `"eventName"`, `"event\u004Eame"`, 1)
	case 2:
		return strings.Replace(event, "x/y", `x\/y`, 1)
	case 3:
		return strings.Replace(event, "GetObject", "get\u212abject\u017f K", 1)
	case 4:
		return strings.ReplaceAll(event, ": ", " :\n\t")
	}
	return event
}
