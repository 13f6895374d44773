package jq

import (
	"strings"
	"testing"
)

// A name that nobody has defined is an error wherever it stands, and never a
// panic.
func TestUnknownNames(t *testing.T) {
	for _, filter := range []string{
		".[nope]", ".a[nope]?", ".[nope:1]", ".[1:nope]", "{(nope): 1}", "{a: nope}", "[nope]", "nope // 1", "1 // nope", "-nope", "nope?", "nope[0]", "nope.a",
		"if nope then 1 else 2 end", "if 1 then nope else 2 end", "if 1 then 1 else nope end", "if 1 then 1 elif nope then 2 else 3 end", "if 1 then 1 elif 2 then nope end",
		"reduce nope as $x (0; 1)", "reduce .[] as $x (nope; 1)", "reduce .[] as $x (0; nope)", "foreach .[] as $x (0; 1; nope)", "foreach .[] as $x (0; nope)",
		"try nope catch 1", "try 1 catch nope", `"\(nope)"`, `@tsv "\(nope)"`, `.["a\(nope)"]`, `{"a\(nope)": 1}`,
		".a |= nope", ".a = nope", ".a += nope", "nope |= 1", "nope as $x | 1", "1 as $x | nope", ". as {a: $b} | nope", ". as [$a] ?// $a | nope",
		"def f: nope; f", "def f(g): g; f(nope)", "label $a | nope", "nope and true", "true and nope", "1 + nope", "nope | 1", "1 | nope", "1, nope", ".[] | nope",
		"map(nope)", "select(nope)", "any(nope)", "path(nope)", "del(nope)", "sort_by(nope)", "limit(nope; 1)", "limit(1; nope)", "first(nope)", "range(nope)", "test(nope)",
		`sub(nope; "a")`, `sub("a"; nope)`, "with_entries(nope)", "walk(nope)", "getpath(nope)", "env[nope]", "IN(nope)", "until(nope; 1)", "recurse(nope)", "error(nope)",
		"$nope", ".[$nope]", "bsearch(nope)", "nope(1)", "nope(nope)",
	} {
		for _, brute := range []bool{false, true} {
			if _, err := Compile(filter, Options{Brute: brute}); err == nil || !strings.Contains(err.Error(), "nope") {
				t.Errorf("%s: %v, want an error about nope", filter, err)
			}
		}
	}
}
