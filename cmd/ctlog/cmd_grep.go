package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ctlog/output"
	"ctlog/query/jq"
	"ctlog/search"
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

	slurp, nullInput, exitStatus                           bool
	compact, raw, join, ascii, sortKeys, color, monochrome bool
	tab, pretty                                            bool
	indent                                                 int

	conditions                      fieldFlags
	invert, count, filesWithMatches bool
	maxCount                        int
	source                          bool
	output, fields                  string
	sort                            choice
	dedupe                          bool
	file                            string // --output-file
	unbuffered                      bool
	rawInput, stream, seq           bool // of jq, and refused
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

With --filter or -f, every argument is a PATH; with field flags the first one is
FILTER if it names nothing on disk and is a jq program. Values of one field flag
are alternatives (repeat it, or use commas), different flags must all hold. Text
values are globs: * stands for anything. A FILTER that is a word, an address, an
ARN or a key is searched for as text.

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
	g := &grepFlags{per: newChoice("per", "auto", "auto", "event", "document"), sort: newChoice("sort", "", "time")}
	cmd := &cobra.Command{
		Use: "grep [flags] FILTER [PATH...]", Short: "print the events that match a jq filter",
		Long: grepHelp + "\n\n" + grepExit, Example: grepExample,
		DisableFlagsInUseLine: true,
		RunE:                  func(_ *cobra.Command, args []string) error { return a.grep(g, args) },
	}
	g.programFlags(cmd)
	g.conditions.add(cmd)
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
	f.BoolVar(&g.brute, "brute", false, "disable all optimisations and evaluate with gojq (for debugging)")
	f.BoolVar(&g.explain, "explain", false, "print how the search would be done, and do nothing")
	f.BoolVar(&g.strict, "strict", false, "stop at the first error of the filter")
	f.BoolVarP(&g.slurp, "slurp", "s", false, "jq: all documents as one array")
	f.BoolVarP(&g.nullInput, "null-input", "n", false, "jq: null as input; the documents come by input and inputs")
	f.BoolVarP(&g.exitStatus, "exit-status", "e", false, "jq: exit 1 if the last output was false or null, 4 if there was none")
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
	f.BoolVarP(&g.filesWithMatches, "files-with-matches", "l", false, "print only the names of files with matches")
	f.IntVarP(&g.maxCount, "max-count", "m", 0, "stop reading a file after N matches")
	f.BoolVar(&g.source, "source", false, `add file, position, indicators and, if verified, integrity to each event as "_source"`)
	g.integrityFlags.add(a, cmd)
	f.BoolVar(&g.stats, "stats", false, "account for every file and event on stderr")
	f.StringVarP(&g.output, "output", "o", "jsonl", "jsonl, json, tsv, csv, table or records")
	f.StringVar(&g.fields, "fields", "", "fields of tsv, csv and table (default "+strings.ReplaceAll(output.DefaultFields, ",", ", ")+")")
	g.sort.add(f, "time: print in the order of eventTime")
	f.BoolVar(&g.dedupe, "dedupe", false, "print an event that was delivered twice once, by eventID; with --keys, proven files come first")
	f.BoolVarP(&g.compact, "compact-output", "c", false, "jq: one line each (the default)")
	f.BoolVarP(&g.raw, "raw-output", "r", false, "jq: strings without quotes")
	f.BoolVarP(&g.join, "join-output", "j", false, "jq: as -r, without line feeds")
	f.BoolVarP(&g.ascii, "ascii-output", "a", false, "jq: only ASCII")
	f.BoolVarP(&g.sortKeys, "sort-keys", "S", false, "jq: keys in alphabetical order")
	f.BoolVarP(&g.color, "color-output", "C", false, "jq: colour, as --color always")
	f.BoolVarP(&g.monochrome, "monochrome-output", "M", false, "jq: no colour, as --color never")
	f.BoolVar(&g.pretty, "pretty", false, "indent by two spaces")
	f.BoolVar(&g.tab, "tab", false, "jq: indent by a tab")
	f.IntVar(&g.indent, "indent", 0, "jq: indent by N spaces")
	f.BoolVar(&g.unbuffered, "unbuffered", false, "jq: write each result at once")
	f.StringVar(&g.file, "output-file", "", "write the results to a new file; its ending chooses the format, without -o")
	f.BoolVarP(&g.rawInput, "raw-input", "R", false, "jq: refused, events are JSON")
	f.BoolVar(&g.stream, "stream", false, "jq: refused, a large document is read event by event anyway")
	f.BoolVar(&g.seq, "seq", false, "jq: refused, results are lines or one array")
	for _, name := range []string{"raw-input", "stream", "seq"} {
		f.Lookup(name).Hidden = true
	}
}

// twoWordFlag shows in the help an option that jqArgs has taken out of the
// arguments long before the flag library sees them.
type twoWordFlag struct{}

func (twoWordFlag) String() string   { return "" }
func (twoWordFlag) Type() string     { return "" }
func (twoWordFlag) Set(string) error { return fmt.Errorf("takes its words separately, without =") }

// grepInput is what the arguments of grep say.
type grepInput struct {
	filters    []string
	positional [][]byte // values for $ARGS
	paths      []string
	text       bool // the first argument is searched for as text
}

// refused says what of jq's options there is not, and what to do instead.
func (g *grepFlags) refused(args []string) error {
	switch {
	case g.rawInput:
		return misuse("any text is found by -F TEXT", "-R reads lines of text, and events are JSON")
	case g.stream:
		return misuse("leave it out: .Records[] is read event by event, however large the file is", "--stream takes documents apart into paths, which is not done here")
	case g.seq:
		return misuse("leave it out: results are JSON lines, -o json makes one array of them", "--seq puts record separators between results, which is not done here")
	case g.color && len(args) > 0 && args[0] != "" && strings.Trim(args[0], "0123456789") == "":
		return misuse("what happened about then is found by --since and --until", "-C is jq's colour, not grep's context, and takes no number (%s)", args[0])
	}
	return nil
}

// grep is the command: it checks everything before the first file is opened.
func (a *app) grep(g *grepFlags, args []string) error {
	if err := g.refused(args); err != nil {
		return err
	}
	in, s, err := g.search(a, args)
	if err != nil {
		return err
	}
	if g.explain {
		return a.explain(in, s)
	}
	paths, err := a.paths(in.paths)
	if err != nil {
		return err
	}
	if g.file != "" {
		if err := newFile("--output-file", g.file, paths); err != nil {
			return err
		}
	}
	run := &grepRun{app: a, flags: g, search: s, integrity: integrity{integrityFlags: &g.integrityFlags, app: a}}
	if err := run.integrity.begin(paths, s.DigestScope()); err != nil {
		return err
	}
	a.status, err = run.run(paths)
	return err
}

// search makes of the flags and arguments what is searched for.
func (g *grepFlags) search(a *app, args []string) (*grepInput, *search.Search, error) {
	conditions, err := g.conditions.compile(time.Now())
	if err != nil {
		return nil, nil, err
	}
	a.tellIndicators(&g.conditions.ioc)
	in, err := g.split(args, conditions != nil)
	if err != nil {
		return nil, nil, err
	}
	if g.maxCount < 0 {
		return nil, nil, misuse("", "-m takes a number from 1 on")
	}
	o := search.Options{
		Invert: g.invert, Strict: g.strict, MaxPerFile: g.maxCount, Dedupe: g.dedupe, ByTime: g.sort.value != "",
		LastOutput: g.exitStatus, Unbuffered: g.unbuffered, Reference: g.brute, CountOnly: g.count, NamesOnly: g.filesWithMatches, Source: g.source,
		Digests: slices.ContainsFunc(in.filters, search.AboutDigests),
	}
	if o.Programs, err = g.compile(a, in); err != nil {
		return nil, nil, err
	}
	o.Fields = g.conditions.fields
	if err := g.formats(a, &o); err != nil {
		return nil, nil, err
	}
	s, err := search.New(o)
	return in, s, inFlags(err, in)
}

// inFlags is what is wrong with a search, in the words of the flags.
func inFlags(err error, in *grepInput) error {
	var about *search.DocumentsError
	switch {
	case errors.As(err, &about):
		return misuse("use one filter, or --per event", "several filters, and %s is about whole documents", in.filters[about.Program])
	case errors.Is(err, search.ErrConditions):
		return misuse("write the condition into the filter, or use --per event", "field flags look at events, the filter at whole documents")
	case errors.Is(err, search.ErrEventsOnly):
		return misuse("use --per event", "-v, --source, --dedupe and --sort look at events, the filter at whole documents")
	case errors.Is(err, search.ErrExclusive):
		return misuse("", "-l and --count exclude each other")
	}
	return err
}

// split tells the filter from the PATHs and from jq's positional arguments.
func (g *grepFlags) split(args []string, hasConditions bool) (*grepInput, error) {
	in := &grepInput{filters: g.filters}
	if g.fromFile != "" {
		text, err := os.ReadFile(g.fromFile)
		if err != nil {
			return nil, misuse("", "-f: %s", err)
		}
		in.filters = append(in.filters, string(text))
	}
	kind := ""
	for _, arg := range args {
		switch {
		case arg == positionalMark || arg == positionalJSONMark:
			kind = arg
		case len(in.filters) == 0 && in.paths == nil && !g.explicit() && (!hasConditions || isFilter(arg)):
			in.filters = append(in.filters, arg)
		case kind != "":
			in.positional = append(in.positional, positional(kind, arg))
		default:
			in.paths = append(in.paths, arg)
		}
	}
	for _, p := range in.paths {
		if looksLikeFilter(p) {
			return nil, misuse("with field flags every argument is a PATH; write --filter '"+p+"'", "%s: no such file or directory", p)
		}
	}
	if len(in.filters) == 0 && !hasConditions {
		return nil, misuse("ctlog grep '.eventName==\"ConsoleLogin\"' AWSLogs/", "no filter")
	}
	return in, nil
}

// isFilter: it names nothing, and is a program.
func isFilter(arg string) bool {
	if _, err := os.Lstat(arg); err == nil || arg == "-" || strings.Contains(arg, "://") {
		return false
	}
	_, err := jq.Compile(arg, jq.Options{})
	return err == nil
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
func (g *grepFlags) explicit() bool { return len(g.filters) > 0 || g.fromFile != "" }

func positional(kind, arg string) []byte {
	if kind == positionalJSONMark {
		return []byte(arg)
	}
	return jsonText(arg)
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
