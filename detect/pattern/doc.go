// Package pattern reads CloudWatch Logs filter patterns, in which metric filters
// and alarms on trails are written: the JSON form,
//
//	pattern   = "{" or "}"       or = and { "||" and }     and = term { "&&" term }     term = "(" or ")" | cond
//	cond      = selector ( "=" | "!=" ) ( string | regex | number | "*" ) | selector ( "<" | ">" | "<=" | ">=" ) number
//	          | selector "IS" ( "NULL" | "TRUE" | "FALSE" ) | selector "NOT" "EXISTS"
//	selector  = "$" { "." name | "[" n "]" | "[*]" | ".*" | ".['any name']" }
//
// and the unstructured one, words and phrases of which all, or with ? one, must
// be in the event and with - none. The space-delimited form is refused: events
// of CloudTrail are JSON.
//
// Strings are compared in their case; * in them is any text. IS NULL means a
// null that is there, NOT EXISTS a field that is not. A selector that gives an
// array or an object matches neither = nor !=. What != does on a field that is
// absent is documented nowhere; it is taken to hold, which the alarms of the CIS
// benchmarks depend on.
package pattern
