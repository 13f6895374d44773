package query

import (
	"fmt"
	"strings"
	"testing"

	"ctlog/query/jq"
)

func compiledFor(t testing.TB, filter string, o jq.Options) *jq.Program {
	t.Helper()
	p, err := jq.Compile(filter, o)
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	return p
}

func firstDifference(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d:\n got %.300s\nwant %.300s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g)-1, len(w)-1)
}
