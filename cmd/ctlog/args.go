package main

import (
	"fmt"
	"os"
	"strings"

	"ctlog/internal/term"
)

// A named is one --arg, --argjson, --slurpfile or --rawfile: options of two
// words, which the flag library cannot take.
type named struct {
	option, name, value string
}

// positionalMark stands for --args or --jsonargs among the positional
// arguments: what follows it is a value for $ARGS, not a PATH.
const (
	positionalMark     = "\x00args"
	positionalJSONMark = "\x00jsonargs"
)

var twoWords = []string{"--arg", "--argjson", "--slurpfile", "--rawfile"}

// liftNamed takes jq's options of two words out of args.
func liftNamed(args []string) (rest []string, lifted []named, err error) {
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "--":
			return append(rest, args[i:]...), lifted, nil
		case a == "--args":
			rest = append(rest, positionalMark)
		case a == "--jsonargs":
			rest = append(rest, positionalJSONMark)
		case isTwoWords(a):
			if i+2 >= len(args) {
				return nil, nil, fmt.Errorf("%s takes two values: a name and %s", a, secondWord(a))
			}
			lifted = append(lifted, named{a[2:], strings.TrimPrefix(args[i+1], "$"), args[i+2]})
			i += 2
		default:
			rest = append(rest, a)
		}
	}
	return rest, lifted, nil
}

func isTwoWords(a string) bool {
	for _, o := range twoWords {
		if a == o {
			return true
		}
	}
	return false
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
