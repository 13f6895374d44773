package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ctlog/output"
)

// grepFlags are the flags of grep as the user gave them.
type grepFlags struct {
	filters  []string
	fromFile string
	per      choice
	brute    bool
	strict   bool
	stats    bool
	explain  bool

	compact, raw, join, ascii, slurp, null, sort, colour, plain, exit bool
	tab, pretty                                                       bool
	indent                                                            int

	fieldFlags
	invert, count, list bool
	most                int
	source              bool
	format, columns     string
	sorts               choice
	dedupe              bool
	integrityFlags
}

const grepHelp = `Prints the events that match FILTER, a jq program, and the field flags.

FILTER runs once per event: true prints the event, false and null print
nothing, anything else is printed as jq prints it. So
select(.eventName=="X") and .eventName=="X" mean the same. An event is printed
as it was delivered, byte for byte, white space between tokens aside.

A FILTER that addresses the document (.Records, .Events, .logFiles, .logEvents,
.[], .[0], map(…), input, inputs, -s, -n) runs as jq would run it on each
document, so that a jq call can be pasted as it is; --per event|document
decides where the guess is wrong.

With --filter, -f or any field flag, every argument is a PATH. Values of one
field flag are alternatives (repeat it, or use commas), different flags must all
hold. Text values are globs: * stands for anything.

An error that FILTER raises on an event makes it a non-match; --strict stops
there. On a terminal below 120 columns a table has fewer default fields.`

const grepExit = `Exit status: 0 some event matched, 1 none, 2 wrong usage or unreadable input,
5 an error of the filter under --strict, 130 interrupted. With -e, as in jq:
1 when the last output was false or null, 4 when there was none.`

const grepExample = `  ctlog grep '.eventName=="ConsoleLogin"' AWSLogs/
  ctlog grep --access-key ASIAEXAMPLE -o table AWSLogs/
  ctlog grep --error-code '*' --since 2024-01-09 --sort time AWSLogs/
  ctlog grep -r '.Records[] | [.eventTime, .eventName] | @tsv' logs.tar.gz
  ctlog grep --ioc bad-addresses.txt --source evidence.zip`

func (a *app) grepCommand() *cobra.Command {
	g := &grepFlags{per: newChoice("per", "auto", "auto", "event", "document"), sorts: newChoice("sort", "", "time")}
	cmd := &cobra.Command{
		Use: "grep [flags] FILTER [PATH...]", Short: "print the events that match a jq filter",
		Long: grepHelp + "\n\n" + grepExit, Example: grepExample,
		DisableFlagsInUseLine: true,
		RunE:                  func(cmd *cobra.Command, args []string) error { return a.grep(cmd, g, args) },
	}
	g.programFlags(cmd)
	g.fieldFlags.add(cmd)
	g.outputFlags(a, cmd)
	a.remote.add(cmd)
	return cmd
}

func (g *grepFlags) programFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringArrayVar(&g.filters, "filter", nil, "a jq filter; repeatable, all must hold")
	f.StringVarP(&g.fromFile, "from-file", "f", "", "read the jq filter from a file")
	g.per.add(f, "run the filter per event or document; auto looks at the filter")
	f.BoolVar(&g.brute, "brute", false, "switch every shortcut off: gojq on decoded events")
	f.BoolVar(&g.explain, "explain", false, "print how the search would be done, and do nothing")
	f.BoolVar(&g.strict, "strict", false, "stop at the first error of the filter")
	f.BoolVarP(&g.slurp, "slurp", "s", false, "jq: all documents as one array")
	f.BoolVarP(&g.null, "null-input", "n", false, "jq: null as input; the documents come by input and inputs")
	f.BoolVarP(&g.exit, "exit-status", "e", false, "jq: exit 1 if the last output was false or null, 4 if there was none")
	f.Var(twoWordFlag{}, "arg", "jq: --arg NAME VALUE sets $NAME to a string")
	f.Var(twoWordFlag{}, "argjson", "jq: --argjson NAME JSON sets $NAME to a JSON value")
	f.Var(twoWordFlag{}, "slurpfile", "jq: --slurpfile NAME FILE sets $NAME to the values in a file")
	f.Var(twoWordFlag{}, "rawfile", "jq: --rawfile NAME FILE sets $NAME to the text of a file")
	f.Var(twoWordFlag{}, "args", "jq: the arguments that follow are $ARGS.positional")
	f.Var(twoWordFlag{}, "jsonargs", "jq: the same, as JSON values")
}

func (g *grepFlags) outputFlags(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVarP(&g.invert, "invert-match", "v", false, "print the events that do not match")
	f.BoolVar(&g.count, "count", false, "print only how many matched")
	f.BoolVarP(&g.list, "files-with-matches", "l", false, "print only the names of files with matches")
	f.IntVarP(&g.most, "max-count", "m", 0, "stop reading a file after N matches")
	f.BoolVar(&g.source, "source", false, `add file, position, indicators and, if verified, integrity to each event as "_source"`)
	g.integrityFlags.add(a, cmd)
	f.BoolVar(&g.stats, "stats", false, "account for every file and event on stderr")
	f.StringVarP(&g.format, "output", "o", "jsonl", "jsonl, json, tsv, csv, table or records")
	f.StringVar(&g.columns, "fields", "", "fields of tsv, csv and table (default "+strings.ReplaceAll(output.DefaultFields, ",", ", ")+")")
	g.sorts.add(f, "time: print in the order of eventTime")
	f.BoolVar(&g.dedupe, "dedupe", false, "print an event that was delivered twice once, by eventID; with --keys, proven files come first")
	f.BoolVarP(&g.compact, "compact-output", "c", false, "jq: one line each (the default)")
	f.BoolVarP(&g.raw, "raw-output", "r", false, "jq: strings without quotes")
	f.BoolVarP(&g.join, "join-output", "j", false, "jq: as -r, without line feeds")
	f.BoolVarP(&g.ascii, "ascii-output", "a", false, "jq: only ASCII")
	f.BoolVarP(&g.sort, "sort-keys", "S", false, "jq: keys in alphabetical order")
	f.BoolVarP(&g.colour, "color-output", "C", false, "jq: colour, as --color always")
	f.BoolVarP(&g.plain, "monochrome-output", "M", false, "jq: no colour, as --color never")
	f.BoolVar(&g.pretty, "pretty", false, "indent by two spaces")
	f.BoolVar(&g.tab, "tab", false, "jq: indent by a tab")
	f.IntVar(&g.indent, "indent", 0, "jq: indent by N spaces")
}

// twoWordFlag shows in the help an option that jqArgs has taken out of the
// arguments long before the flag library sees them.
type twoWordFlag struct{}

func (twoWordFlag) String() string   { return "" }
func (twoWordFlag) Type() string     { return "" }
func (twoWordFlag) Set(string) error { return fmt.Errorf("takes its words separately, without =") }

// grep is the command: it checks everything before the first file is opened.
func (a *app) grep(cmd *cobra.Command, g *grepFlags, args []string) error {
	s := &search{app: a, flags: g, integrity: integrity{integrityFlags: &g.integrityFlags, app: a}}
	var err error
	if s.conditions, err = g.fieldFlags.compile(time.Now()); err != nil {
		return err
	}
	a.tellIndicators(&g.ioc)
	if args, err = g.split(args, s.conditions != nil, s); err != nil {
		return err
	}
	if err := s.compile(); err != nil {
		return err
	}
	if err := s.formats(cmd); err != nil {
		return err
	}
	if g.explain {
		return s.printPlan()
	}
	paths, err := a.paths(args)
	if err != nil {
		return err
	}
	if err := s.integrity.begin(paths, s.digestScope()); err != nil {
		return err
	}
	a.status, err = s.run(paths)
	return err
}

// split tells the filter from the PATHs and from jq's positional arguments.
func (g *grepFlags) split(args []string, hasConditions bool, s *search) ([]string, error) {
	s.filters = g.filters
	if g.fromFile != "" {
		text, err := os.ReadFile(g.fromFile)
		if err != nil {
			return nil, misuse("", "-f: %s", err)
		}
		s.filters = append(s.filters, string(text))
	}
	var paths []string
	kind := ""
	for _, arg := range args {
		switch {
		case arg == positionalMark || arg == positionalJSONMark:
			kind = arg
		case len(s.filters) == 0 && !hasConditions && paths == nil && !s.explicit():
			s.filters = append(s.filters, arg)
		case kind != "":
			s.positional = append(s.positional, positional(kind, arg))
		default:
			paths = append(paths, arg)
		}
	}
	for _, p := range paths {
		if looksLikeFilter(p) {
			return nil, misuse("with field flags every argument is a PATH; write --filter '"+p+"'", "%s: no such file or directory", p)
		}
	}
	if len(s.filters) == 0 && !hasConditions {
		return nil, misuse("ctlog grep '.eventName==\"ConsoleLogin\"' AWSLogs/", "no filter")
	}
	return paths, nil
}

// looksLikeFilter: it is no file and reads like a condition.
func looksLikeFilter(arg string) bool {
	if _, err := os.Lstat(arg); err == nil {
		return false
	}
	field := len(arg) > 1 && arg[0] == '.' && arg[1] != '.' && arg[1] != '/' && (!strings.Contains(arg, "/") || strings.ContainsAny(arg, "=|("))
	return field || strings.HasPrefix(arg, "{") || strings.HasPrefix(arg, "[") || strings.HasPrefix(arg, "select(")
}

// explicit: a filter was given by --filter or -f, so that no argument is one.
func (s *search) explicit() bool { return len(s.flags.filters) > 0 || s.flags.fromFile != "" }

func positional(kind, arg string) []byte {
	if kind == positionalJSONMark {
		return []byte(arg)
	}
	return quoteJSON(arg)
}

// hintOnPath says what is missing when the only argument is a PATH.
func hintOnPath(filter string) string {
	if _, err := os.Stat(filter); err == nil {
		return fmt.Sprintf("%s is a path; the filter comes first: ctlog grep '.eventName==\"ConsoleLogin\"' %s", filter, filter)
	}
	if strings.Contains(filter, "://") || strings.HasPrefix(filter, "/") {
		return "that looks like a path; the filter comes first: ctlog grep FILTER PATH"
	}
	return ""
}
