package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ctlog/internal/term"
)

// A jqVariable is one --arg, --argjson, --slurpfile or --rawfile of grep:
// options of two words, which the flag library cannot take.
type jqVariable struct {
	option, name, value string
}

// positionalMark stands for --args or --jsonargs among the positional
// arguments: what follows it is a value for $ARGS, not a PATH.
const (
	positionalMark     = "\x00args"
	positionalJSONMark = "\x00jsonargs"
)

var (
	twoWordOptions = []string{"--arg", "--argjson", "--slurpfile", "--rawfile"}
	jqOptions      = append(slices.Clone(twoWordOptions), "--args", "--jsonargs")
)

// jqArgs takes jq's options of two words out of the arguments of grep, which
// alone has them.
func (a *app) jqArgs(root *cobra.Command, args []string) ([]string, error) {
	if !slices.ContainsFunc(args, func(s string) bool { return slices.Contains(jqOptions, s) }) {
		return args, nil
	}
	rest, vars, err := extractJQArgs(args)
	if cmd, _, unknown := root.Find(rest); unknown != nil || cmd.Name() != "grep" {
		return args, nil
	}
	a.jqVars = vars
	return rest, err
}

func extractJQArgs(args []string) (rest []string, vars []jqVariable, err error) {
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--":
			return append(rest, args[i:]...), vars, nil
		case arg == "--args":
			rest = append(rest, positionalMark)
		case arg == "--jsonargs":
			rest = append(rest, positionalJSONMark)
		case slices.Contains(twoWordOptions, arg):
			if i+2 >= len(args) {
				return rest, nil, fmt.Errorf("%s takes two values: a name and %s", arg, secondWord(arg))
			}
			vars = append(vars, jqVariable{arg[2:], strings.TrimPrefix(args[i+1], "$"), args[i+2]})
			i += 2
		default:
			rest = append(rest, arg)
		}
	}
	return rest, vars, nil
}

// swallowed refuses a flag in the place of another's value: what an unset variable
// of the shell leaves.
func swallowed(root *cobra.Command, args []string) error {
	cmd, args, err := root.Find(args)
	if err != nil {
		return nil
	}
	for i := 0; i+1 < len(args) && args[i] != "--"; i++ {
		f := flagNamed(cmd, args[i])
		if f == nil || f.NoOptDefVal != "" || strings.Contains(args[i], "=") {
			continue
		}
		i++
		if value := args[i]; flagNamed(cmd, value) != nil {
			return misuse(fmt.Sprintf("an unset variable of the shell leaves the next flag in its place; if it is meant, write --%s='%s'", f.Name, value),
				"--%s takes a value, and %s is a flag", f.Name, value)
		}
	}
	return nil
}

// flagNamed gives the flag of a command that an argument names: --name, --name=value
// or -n.
func flagNamed(cmd *cobra.Command, arg string) *pflag.Flag {
	if name, ok := strings.CutPrefix(arg, "--"); ok {
		name, _, _ = strings.Cut(name, "=")
		return cmd.Flag(name)
	}
	if len(arg) != 2 || arg[0] != '-' {
		return nil
	}
	for _, set := range []*pflag.FlagSet{cmd.Flags(), cmd.InheritedFlags()} {
		if f := set.ShorthandLookup(arg[1:]); f != nil {
			return f
		}
	}
	return nil
}

func secondWord(option string) string {
	switch option {
	case "--arg":
		return "a string"
	case "--argjson":
		return "a JSON text"
	}
	return "a file"
}

// swapped refuses a PATH in the place of the ID.
func (a *app) swapped(id string, paths []string) error {
	if _, err := os.Lstat(id); err != nil {
		return nil
	}
	if len(paths) == 0 {
		if term.IsTerminal(a.stdin) {
			return misuse("ctlog trace ASIAEXAMPLE "+id, "no ID, and %s is a path", id)
		}
		return nil
	}
	if _, err := os.Lstat(paths[0]); err == nil || paths[0] == "-" || strings.Contains(paths[0], "://") {
		return nil
	}
	return misuse(fmt.Sprintf("%s is a path; the ID comes first: ctlog trace %s %s", id, paths[0], id), "%s: no such file or directory", paths[0])
}
