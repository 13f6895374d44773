// Package expr has the conditions that rules are made of, whatever language they
// were written in: AND, OR and NOT of tests on the values of an event.
//
// A Node is immutable and may be shared. Plain evaluates one the plain way, on a
// decoded event: it is what a rule means, and what `--brute` runs. A Tester does
// the same for single tests on the event's bytes; package detect builds its
// engine of those.
//
// Where implementations of Sigma differ, this package decides, once for both
// ways:
//
//   - A path leads through objects, and through arrays to any of their members.
//     Of duplicate keys the last one counts.
//   - Text is compared with the candidates of a value: a string as it decodes; a
//     number, true or false as it is written; of an array those of each member;
//     of an object those of every value below it, and its compact text. null has
//     none.
//   - A number is compared as text, then as a number if both read as one and not
//     both are strings.
//   - Letters are compared in any case (Unicode simple folding) unless asked
//     otherwise.
//   - A field that is absent is null; a field that is null is present.
//
// Order of reading: node.go, path.go, test.go (what can be asked), plain.go (the
// reference), then pattern.go, fold.go, decimal.go and tester.go (the same on
// bytes).
package expr
