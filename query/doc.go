// Package query decides which events are wanted and what is made of them: jq
// programs, on the original bytes of events, and the plan of a search.
//
// A jq program is parsed by gojq and compiled into closures over a value model
// that keeps what jq keeps and maps lose: the order of keys and the spelling of
// numbers. Values are pieces of the event's bytes until something more is asked
// of them. What the native evaluator does not know makes the whole program go
// to gojq, on decoded values of the members that it can see; Options.Brute sends
// every program there, on whole events, as the reference to compare with.
//
// Order of reading: program.go (the way in), mode.go (events or documents),
// value.go and run.go (values, evaluation), compile.go, nodes.go and root.go
// (the language), special.go, functions.go and prelude.jq (builtins), index.go
// and update.go (paths), encode.go and asis.go (printing), fallback.go and
// members.go (gojq, and what it is given). Beside them hints.go.
//
// Above them stands the plan, of which none of them knows: plan.go, infer*.go
// (what a program can do, found without an event); package need has conditions on
// bytes, package match those of the field flags and of indicators.
//
// # Where it differs from jq 1.6
//
// Integers are printed exactly however large they are. Regular expressions are
// Go's: no look-around, no back-references. `|= empty` deletes all paths
// together at the end, as jq 1.7 does. @uri escapes !*'() as jq 1.7 does.
// limit(0; f) does not evaluate f. sort and group_by compare numbers as
// doubles, as jq 1.6 does.
//
// Where gojq evaluates, the order of keys is restored for objects that came
// through unchanged, that the program wrote down, or that derive from a source
// object; keys that a program computed come sorted there, and to_entries,
// keys_unsorted, tojson and paths see sorted keys.
//
// gojq, and so --brute, is not jq in these: ltrimstr and rtrimstr refuse what is
// no string; first, last and .[0] take a string apart; map_values, reverse and
// flatten refuse null or objects; index refuses what has no places; has and
// join take other keys and separators; path and del notice at another time
// that something is no path; a string times nothing is empty, not null; 0 / -1
// is 0, not -0; large integers are computed exactly; behind a condition that
// binds a variable (select(foreach …), if … as $x), and where a constant follows
// several values of which one is collected ((1, [.[]] | 2)), it can go on wrongly;
// and it panics on a few programs, which is made an error of the filter. The
// native evaluator follows jq in all of them.
package query
