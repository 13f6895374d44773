package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

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
