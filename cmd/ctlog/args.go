package main

import (
	"fmt"
	"strings"
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
