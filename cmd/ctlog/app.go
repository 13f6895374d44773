package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/internal/term"
)

// app is one run of the program: its streams and what all commands share.
type app struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	voice          *term.Voice
	status         int
	command        []string // as it was typed
	jqVars         []jqVariable
	ballast        []byte
	ioc            *iocFlags
	misread        bool // something that was to be looked for was not understood

	jobs        int
	color       choice
	progress    choice
	quiet       bool
	maxInflated string
	inflated    int64

	remote remote
}

// usageError is wrong use; hint says what would be right.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func misuse(hint, format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...), hint}
}

func (a *app) run(args []string) int {
	a.voice = term.NewVoice(a.stderr, term.Style{}, false)
	a.command = append([]string{"ctlog"}, args...)
	root := a.root()
	args, err := a.jqArgs(root, args)
	if err == nil {
		err = swallowed(root, args)
	}
	if err != nil {
		return a.fail(err)
	}
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err = root.ExecuteContext(a.ctx)
	a.ballast = nil // cobra keeps the commands, in tests for many runs
	if err != nil {
		return a.fail(err)
	}
	if err := a.tellHits(); err != nil {
		return a.fail(err)
	}
	if a.misread && a.status <= exitNone {
		return exitTrouble
	}
	return a.status
}

// fail says an error and gives the exit status for it.
func (a *app) fail(err error) int {
	if errors.Is(err, errInterrupted) {
		return exitInterrupted
	}
	a.voice.Error("%s", err)
	var u *usageError
	if errors.As(err, &u) && u.hint != "" {
		a.voice.Hint("%s", u.hint)
	}
	return exitTrouble
}

const rootHelp = `ctlog searches AWS CloudTrail logs and proves that they are what AWS delivered:
on disk, in archives or on standard input, offline and without changing
anything. count, timeline, summary and trace say what is in them, coverage what
is there at all. It asks AWS only where a PATH is s3://, by --fetch-keys, and
for the commands fetch and keys fetch.

A PATH is a file, a directory, an archive (.zip, .tar, .tar with gzip, zstd,
xz or bzip2), s3://bucket/prefix, or - for standard input. Compression is
found by content.`

// cobra keeps these for all commands of a process.
func init() { cobra.AddTemplateFunc("flagSections", flagSections) }

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "ctlog", Short: "search and verify CloudTrail logs, fast and offline", Long: rootHelp,
		Version: version, SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(cmd *cobra.Command, args []string) error {
			a.remote.jobsGiven = cmd.Flags().Changed("jobs")
			if err := cmp.Or(a.remote.checkKeysEndpoint(cmd), a.prepare()); err != nil {
				return err
			}
			return a.around(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return misuse(meant(cmd.SuggestionsFor(args[0]), "see 'ctlog --help'"), "unknown command %q", args[0])
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	a.color, a.progress = newChoice("color", "auto", whens...), newChoice("progress", "auto", whens...)
	f := root.PersistentFlags()
	f.IntVar(&a.jobs, "jobs", runtime.GOMAXPROCS(0), "how many files to work on at a time; 32 by default when a PATH is s3://")
	a.color.add(f, "colour: auto, always or never")
	a.progress.add(f, "progress on stderr: auto, always or never")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "no notes and hints on stderr, errors only")
	f.StringVar(&a.maxInflated, "max-inflated", "64G", "how large one file may be inflated")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if c := new(choiceError); errors.As(err, &c) {
			return misuse("", "%s", c)
		}
		return misuse(hintOnFlag(cmd, err), "%s", err)
	})
	root.SetVersionTemplate("ctlog {{.Version}}\n")
	usage := strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages |", ".FlagUsagesWrapped 80 |")
	root.SetUsageTemplate(strings.Replace(usage, "Flags:\n{{.LocalFlags.FlagUsagesWrapped 80 | trimTrailingWhitespaces}}", "{{flagSections .}}", 1))
	root.SuggestionsMinimumDistance = 2
	root.AddCommand(a.grepCommand(), a.countCommand(), a.timelineCommand(), a.summaryCommand(), a.traceCommand(), a.coverageCommand(), a.detectCommand(), a.rulesCommand(),
		a.verifyCommand(), a.fetchCommand(), a.keysCommand(), a.manCommand(root), a.versionCommand())
	root.InitDefaultCompletionCmd()
	completeValues(root)
	return root
}

var whens = []string{string(term.Auto), string(term.Always), string(term.Never)}

// versionCommand is --version for those who type it as they do elsewhere.
func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "print the version", Args: cobra.NoArgs, DisableFlagsInUseLine: true,
		Run: func(*cobra.Command, []string) { fmt.Fprintln(a.stdout, "ctlog "+version) },
	}
}

// hintOnFlag is on a flag that a command does not have.
func hintOnFlag(cmd *cobra.Command, err error) string {
	_, unknown, _ := strings.Cut(err.Error(), "unknown flag: ")
	if slices.Contains(jqOptions, unknown) {
		return fmt.Sprintf("only grep takes %s", unknown)
	}
	return meant(likeFlags(cmd, err), fmt.Sprintf("see '%s --help'", cmd.CommandPath()))
}

// meant asks for what was probably meant, if anything is known.
func meant(likely []string, otherwise string) string {
	if len(likely) == 0 {
		return otherwise
	}
	return "did you mean " + strings.Join(likely, " or ") + "?"
}

// likeFlags gives the flags that an unknown one resembles: in its letters, or in
// one of its words, or by what other tools call the same.
func likeFlags(cmd *cobra.Command, err error) (likely []string) {
	_, unknown, ok := strings.Cut(err.Error(), "unknown flag: --")
	if !ok || unknown == "" {
		return nil
	}
	near := &cobra.Command{SuggestionsMinimumDistance: min(len(unknown)/3, 2)}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		names := append(strings.Split(f.Name, "-"), elsewhere[f.Name]...)
		near.AddCommand(&cobra.Command{Use: f.Name, SuggestFor: names, Run: func(*cobra.Command, []string) {}})
	})
	for _, name := range near.SuggestionsFor(unknown) {
		if !slices.Contains(likely, "--"+name) {
			likely = append(likely, "--"+name)
		}
	}
	if len(likely) > 3 {
		return nil
	}
	return likely
}

// elsewhere is what other tools and fields call a flag.
var elsewhere = map[string][]string{
	"since": {"from", "start", "start-time", "after"}, "until": {"to", "end", "end-time", "before"},
	"source-ip": {"source-ip-address", "address"}, "access-key": {"access-key-id"}, "user": {"principal", "arn", "username", "user-name"},
	"error-code": {"errors"}, "output": {"format"}, "top": {"limit", "head"}, "max-count": {"limit"},
}

// prepare checks the common flags and finds the voice.
func (a *app) prepare() (err error) {
	if a.jobs < 1 {
		return misuse("", "--jobs takes a number from 1 on")
	}
	if a.inflated, err = parseSize(a.maxInflated); err != nil {
		return misuse("", "--max-inflated: %s", err)
	}
	a.voice = term.NewVoice(a.stderr, term.StyleFor(a.stderr, term.When(a.color.value), os.Getenv), a.quiet)
	return nil
}

// parseSize reads bytes with an optional K, M, G or T, in powers of 1024.
func parseSize(s string) (int64, error) {
	digits := strings.TrimRight(strings.ToUpper(s), "IB")
	shift := 0
	if n := len(digits); n > 0 {
		if at := strings.IndexByte("KMGT", digits[n-1]); at >= 0 {
			shift, digits = 10*(at+1), digits[:n-1]
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || n > 1<<62>>shift {
		return 0, fmt.Errorf("invalid size %q; write 500M or 64G", s)
	}
	return n << shift, nil
}

// paths are the PATHs of a command, standard input when there are none.
func (a *app) paths(args []string) ([]string, error) {
	if len(args) == 0 {
		if term.IsTerminal(a.stdin) {
			return nil, misuse("name files or directories, or - to read standard input", "no PATH given, and standard input is a terminal")
		}
		args = []string{"-"}
	}
	return args, a.ioc.begin(args)
}

// style is the colour of results.
func (a *app) style() term.Style {
	return term.StyleFor(a.stdout, term.When(a.color.value), os.Getenv)
}
