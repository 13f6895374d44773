package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const threeEvents = `{"eventName":"A","eventID":"1","n":1,"x":null},{"eventName":"B","eventID":"2","n":2,"resources":[{"ARN":"r"}]},{"eventName":"A","eventID":"3","n":3}`

// Filters that are about the document, and others that are about an array.
var documentFilters = []string{
	`any(.Records[]; .eventName == "B")`, `all(.Records[]; .n > 0)`, `.["Records"] | length`, `."Records" | length`, `.["Records"][0].n`,
	`walk(if type == "number" then . + 1 else . end) | .Records[].n`, `del(..|nulls) | .Records[0]`, `del(..|nulls) | .Records | length`,
	`with_entries(.value |= length) | .Records`, `map_values(length) | .Records`, `. + {a: 1} | .Records | length`, `{a: 1} + . | .Records[0].n`, `. * {a: 1} | [.a, (.Records | length)]`,
	`getpath(["Records", 1, "eventName"])`, `getpath(["Records"]) | length`, `has("Records")`, `select(has("Records")) | .Records[0].n`, `setpath(["a"]; 1) | .Records | length`,
	`INDEX(.Records[]; .eventID) | keys`, `first(.Records[]).n`, `[limit(2; .Records[])] | length`, `.Records | map(.n) | add`, `path(.Records[0])`,
	`reduce .Records[] as $r (0; . + $r.n)`, `. as {Records: [$a]} | $a.n`, `[.Records[] | select(.n > 1)] | length`, `[.Records[]?.n]`, `del(.Records[0]) | .Records | length`,
}

var arrayFilters = []string{
	`length`, `map(.n) | add`, `first.n`, `last.eventName`, `to_entries | length`, `to_entries[0].key`, `.[1].n`, `.[] | .n`, `keys`, `any(.n == 2)`, `all(.n > 0)`,
	`add | .eventID`, `group_by(.eventName) | map(length)`, `unique_by(.eventName) | length`, `sort_by(.n) | last | .n`, `has(0)`, `min_by(.n).n`, `[.[] | .eventName] | unique`, `reverse[0].n`, `first(.[]).n`, `length > 2`,
}

// What jq prints of a document grep prints, too.
func TestDocumentsAgainstJQ(t *testing.T) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("jq is not installed")
	}
	for name, c := range map[string]struct {
		content string
		filters []string
	}{"records": {`{"Records":[` + threeEvents + `]}`, documentFilters}, "array": {"[" + threeEvents + "]", arrayFilters}} {
		file := filepath.Join(t.TempDir(), name+".json")
		if err := os.WriteFile(file, []byte(c.content+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, filter := range c.filters {
			want, err := exec.Command(jq, "-c", filter, file).Output()
			if err != nil {
				t.Errorf("%s: jq itself fails: %v", filter, err)
			}
			_, got, told := in(t, "", "grep", "-c", filter, file)
			if got != string(want) {
				t.Errorf("%s, %s:\n%swant\n%s%s", name, filter, got, want, told)
			}
		}
	}
}
