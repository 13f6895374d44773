// Package lint holds the architecture as a test: who may import whom, and
// what only some packages may do. ARCHITECTURE.md says why.
package lint

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// A goFile is one parsed source file with its package's directory.
type goFile struct {
	path, dir string
	test      bool
	tree      *ast.File
}

func (f goFile) imports() []string {
	var out []string
	for _, imp := range f.tree.Imports {
		path, _ := strconv.Unquote(imp.Path.Value)
		out = append(out, path)
	}
	return out
}

func tree(t *testing.T) []goFile {
	var files []goFile
	set := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "build") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		files = append(files, goFile{rel, filepath.ToSlash(filepath.Dir(rel)), strings.HasSuffix(rel, "_test.go"), parsed})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("only %d Go files found: the walk is broken", len(files))
	}
	return files
}

// within reports whether an import path or directory is pkg or below it.
func within(path, pkg string) bool { return path == pkg || strings.HasPrefix(path, pkg+"/") }

// Rules about single imports: only the packages listed may import them.
var only = []struct {
	imported string
	by       []string
}{
	{"github.com/itchyny/gojq", []string{"query/jq"}},
	{"github.com/bytedance/sonic", []string{"query/jq"}},
	{"github.com/spf13", []string{"cmd"}},
	{"github.com/oschwald/maxminddb-golang", []string{"triage"}},
	{"go.yaml.in/yaml", []string{"detect/sigma"}},
	{"github.com/aws", []string{"source/s3", "source/aws"}},
	{"net/http", []string{"source/s3", "source/aws", "internal/testkit/cloudtest"}},
	{"net", []string{"source/s3", "internal/testkit/cloudtest"}},
	{"log", []string{"cmd"}},
	{"ctlog/cmd", nil},
	{"github.com/ulikunitz/xz", []string{"internal/layer"}},
	{"ctlog/internal/inflate", []string{"parse", "internal/inflate", "internal/tools"}},
	{"ctlog/internal/testkit", []string{"internal/testkit", "internal/tools"}},
	{"ctlog/internal/tools", nil},
}

func TestOnlyTheseImport(t *testing.T) {
	for _, f := range tree(t) {
		for _, imp := range f.imports() {
			for _, rule := range only {
				match := within(imp, rule.imported)
				if rule.imported == "net" {
					match = imp == "net"
				}
				if match && !f.test && !slices.ContainsFunc(rule.by, func(by string) bool { return within(f.dir, by) }) {
					t.Errorf("%s imports %s, which only %v may", f.path, imp, rule.by)
				}
			}
		}
	}
}

// Rules about packages: what of this module they may import, nil meaning
// nothing of it. Every package has one, but for those that are free.
var mayImport = map[string][]string{
	"detect":           {"detect/expr", "detect/rule", "event", "parse", "query/need", "internal/extsort"},
	"detect/expr":      {"event", "parse"},
	"detect/rule":      {"detect/expr"},
	"detect/sigma":     {"detect/expr", "detect/pattern", "detect/rule"},
	"detect/pack":      nil,
	"detect/pattern":   {"detect/expr", "detect/rule"},
	"digest":           nil,
	"internal/inflate": nil,
	"internal/layer":   nil,
	"internal/ordered": nil,
	"internal/extsort": nil,
	"internal/idset":   nil,
	"internal/term":    nil,
	"source":           {"internal/layer"},
	"source/s3":        {"source", "internal/ordered"},
	"source/aws":       {"source", "source/s3"},
	"trail":            {"digest", "internal/scan", "parse", "source"},
	"fetch":            {"source", "source/s3", "trail", "internal/ordered"},
	"parse":            {"internal/inflate", "internal/layer"},
	"event":            {"parse"},
	"output":           {"event", "parse", "internal/term"},
	"query":            {"query/indicator", "query/jq", "query/match", "query/need", "event", "parse"},
	"query/jq":         {"parse"},
	"query/indicator":  {"internal/term"},
	"query/match":      {"event", "parse", "query/indicator", "query/need", "internal/idset"},
	"query/need":       {"parse"},
	"search":           {"query", "query/jq", "query/match", "event", "output", "parse", "source", "internal/scan", "internal/idset", "internal/extsort", "internal/term"},
	"coverage":         {"digest", "triage", "event", "parse", "source"},
	"report":           {"digest", "triage", "coverage", "detect", "detect/rule", "output", "event", "parse", "query/jq", "internal/term"},
	"triage":           {"detect/pack", "query", "query/match", "event", "parse", "internal/scan", "internal/idset"},

	"internal/scan": {"source", "parse", "internal/ordered"},
	"internal/lint": nil,

	"internal/testkit/cloudtest": {"internal/testkit/trailgen"},
	"internal/testkit/jqgen":     nil,
	"internal/testkit/mmdbtest":  nil,
	"internal/testkit/trailgen":  nil,
}

// free are the programs.
var free = []string{"cmd", "internal/tools", "internal/testkit/cloudtest/versitygw"}

func TestEveryPackageHasARule(t *testing.T) {
	for _, f := range tree(t) {
		_, ruled := mayImport[f.dir]
		if !ruled && !slices.ContainsFunc(free, func(pkg string) bool { return within(f.dir, pkg) }) {
			t.Errorf("%s: nothing says what package %s may import", f.path, f.dir)
		}
	}
}

func TestPackagesKeepTheirPlace(t *testing.T) {
	for _, f := range tree(t) {
		allowed, ruled := mayImport[f.dir]
		if !ruled || f.test {
			continue
		}
		for _, imp := range f.imports() {
			inner, ours := strings.CutPrefix(imp, "ctlog/")
			if ours && !slices.Contains(allowed, inner) {
				t.Errorf("%s imports %s; package %s may import %v of this module", f.path, imp, f.dir, allowed)
			}
		}
	}
}

// digest is what an auditor reads: it stands on the standard library alone and
// reaches neither files nor network.
func TestDigestIsPure(t *testing.T) {
	for _, f := range tree(t) {
		if f.dir != "digest" || f.test {
			continue
		}
		for _, imp := range f.imports() {
			if strings.Contains(imp, ".") || within(imp, "os") || within(imp, "net") || within(imp, "io/fs") {
				t.Errorf("%s imports %s: digest does no I/O and uses only the standard library", f.path, imp)
			}
		}
	}
}

// Outside the commands nothing ends the process or writes to its streams.
func TestOnlyCommandsExitAndPrint(t *testing.T) {
	banned := map[string][]string{
		"os":  {"Exit", "Stdout", "Stderr", "Stdin", "Args"},
		"fmt": {"Print", "Println", "Printf"},
	}
	for _, f := range tree(t) {
		if f.test || within(f.dir, "cmd") || f.tree.Name.Name == "main" {
			continue
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := sel.X.(*ast.Ident); ok && slices.Contains(banned[pkg.Name], sel.Sel.Name) {
				t.Errorf("%s uses %s.%s, which is for the commands", f.path, pkg.Name, sel.Sel.Name)
			}
			return true
		})
	}
}

// flagless are packages that know nothing of a command line: whoever calls them
// may be a page, a worker on another machine, or a program of somebody else's.
var flagless = []string{"triage", "coverage"}

func TestNoFlagsInEngines(t *testing.T) {
	for _, f := range tree(t) {
		if f.test || !slices.Contains(flagless, f.dir) {
			continue
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if s, ok := n.(*ast.BasicLit); ok && s.Kind == token.STRING && namesFlag.MatchString(s.Value) {
				t.Errorf("%s names a flag in %s", f.path, s.Value)
			}
			return true
		})
	}
}

var namesFlag = regexp.MustCompile(`(^|[^-\w])--[a-z]`)

// A package that cannot say what it is for is not a package.
func TestPackagesAreDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range tree(t) {
		if f.test || f.tree.Name.Name == "main" {
			continue
		}
		documented[f.dir] = documented[f.dir] || f.tree.Doc != nil
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("package %s has no doc comment", dir)
		}
		if base := filepath.Base(dir); slices.Contains([]string{"util", "utils", "common", "helpers", "misc"}, base) {
			t.Errorf("package %s has a name that says nothing", dir)
		}
	}
}

// Files that grow past this are two topics.
const maxLines = 500

func TestFilesStayReadable(t *testing.T) {
	for _, f := range tree(t) {
		if lines := lineCount(t, f); lines > maxLines {
			t.Errorf("%s has %d lines, more than %d", f.path, lines, maxLines)
		}
	}
}

func lineCount(t *testing.T, f goFile) int {
	text, err := os.ReadFile(filepath.Join(root, f.path))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(text, []byte("\n"))
}
