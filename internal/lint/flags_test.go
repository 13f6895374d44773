package lint

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// Only the commands know what a flag is called: what stands below them can be
// used by a report, a worker or another program, where there is no such flag. So
// its errors carry data, or are told apart as values, and the commands say what
// can be done about them.

// flagName is a flag where it is named in a text.
var flagName = regexp.MustCompile(`(?:^|[^-\w])(--[a-z][a-z-]+)`)

// foreign are flags of other programs that messages name: of aws and of zstd.
var foreign = []string{
	"--bucket", "--end-time", "--key", "--long", "--query", "--region", "--start-time", "--ultra",
}

// flagsStillNamed are flags that files below the commands name, to be taken out
// of them. The list gets shorter: a file that does not name them any more is an
// error too.
var flagsStillNamed = map[string][]string{
	"digest/conflict.go":      {"--unvalidated-trail"},
	"digest/gaps.go":          {"--since", "--until"},
	"digest/moved.go":         {"--expect-bucket"},
	"query/hints.go":          {"--event-name"},
	"report/case.go":          {"--json"},
	"report/chainfindings.go": {"--accept-key", "--json", "--verbose"},
	"report/findings.go":      {"--all-rules"},
	"report/page.go":          {"--json", "--verbose"},
	"report/proven.go":        {"--verbose"},
	"report/remedies.go":      {"--keys", "--metadata", "--since", "--until"},
	"report/summary.go":       {"--since", "--until"},
	"report/verdict.go":       {"--json", "--verbose"},
	"source/s3/errors.go":     {"--jobs", "--request-payer"},
	"source/tarstream.go":     {"--max-inflated"},
}

func TestOnlyCommandsNameFlags(t *testing.T) {
	named := map[string][]string{}
	for _, f := range tree(t) {
		if f.test || within(f.dir, "cmd") || within(f.dir, "internal") && f.dir != "internal/scan" && f.dir != "internal/term" {
			continue
		}
		for _, flag := range flagsNamed(f.tree) {
			named[f.path] = append(named[f.path], flag)
			if !slices.Contains(flagsStillNamed[f.path], flag) {
				t.Errorf("%s names the flag %s; only the commands know flags", f.path, flag)
			}
		}
	}
	for path, flags := range flagsStillNamed {
		for _, flag := range flags {
			if !slices.Contains(named[path], flag) {
				t.Errorf("%s does not name %s any more: take it off the list", path, flag)
			}
		}
	}
}

// flagsNamed are the flags of ctlog in the strings of a file.
func flagsNamed(file *ast.File) (flags []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(lit.Value)
		if err != nil {
			return true
		}
		for _, m := range flagName.FindAllStringSubmatch(text, -1) {
			if flag := m[1]; !slices.Contains(foreign, flag) && !slices.Contains(flags, flag) {
				flags = append(flags, flag)
			}
		}
		return true
	})
	return flags
}
