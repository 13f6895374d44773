// Package jq evaluates jq programs on the original bytes of events.
//
// A program is parsed by gojq and resolved once: its names are bound and its
// shorthands written out. Everything else works on that form (Expr): what the
// program is run on, what a plan can ask for before it runs (package query), what
// is compiled. Compiled programs are closures over a value model that keeps what jq
// keeps and maps lose: the order of keys and the spelling of numbers. Values are
// pieces of the event's bytes until something more is asked of them.
//
// Options.Brute hands the program as it is written to gojq, on decoded values: the
// reference to compare with.
//
// Time does not grow with the square of an event's size, whatever is in it: large
// objects have an index, what is changed again and again is a trie (trie.go), what
// is printed is passed once (stream.go).
//
// Order of reading: program.go (the way in), expr.go and resolve.go (the form),
// mode.go (events or documents); value.go, split.go, tree.go and trie.go (values),
// run.go (evaluation); compile.go, nodes.go, member.go, bind.go and construct.go
// (the language); functions.go, generators.go, maths.go and prelude.jq (builtins,
// listed there by name), index.go, update.go and delete.go (paths); encode.go,
// stream.go and canonical.go (printing); reference.go (gojq).
//
// # Where it differs from jq 1.6
//
// Integers are printed exactly however large they are. Regular expressions are
// Go's: no look-around, no back-references. `|= empty` deletes all paths
// together at the end, and sub and gsub give a text for each value of their
// replacement, as jq 1.7 does. @uri escapes !*'() as jq 1.7 does. limit(0; f)
// does not evaluate f. sort and group_by compare numbers as doubles, as jq 1.6
// does. debug and stderr print nothing. There are no modules, and no
// input_line_number.
//
// Under Brute the order of keys is restored for objects that came through
// unchanged, that the program wrote down, or that derive from a source object;
// keys that a program computed come sorted there, and to_entries, keys_unsorted,
// tojson and paths see sorted keys.
//
// gojq is not jq in these: ltrimstr and rtrimstr refuse what is no string; first,
// last and .[0] take a string apart; map_values, reverse and flatten refuse null
// or objects; index refuses what has no places; has and join take other keys and
// separators; path and del notice at another time that something is no path; a
// string times nothing is empty, not null; 0 / -1 is 0, not -0; large integers are
// computed exactly; gamma is not the logarithm; behind a condition that binds a
// variable (select(foreach …), if … as $x), and where a constant follows several
// values of which one is collected ((1, [.[]] | 2)), it can go on wrongly; and it
// panics on a few programs, which is made an error of the filter. The native
// evaluator follows jq in all of them.
package jq
