package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// ruleEnvironment says where rules are: those of SigmaHQ, those and suzaku's, and
// three mutated copies of all. Without a directory of rules nothing is said.
func ruleEnvironment(rules, dir string) (env []string, err error) {
	if path, err := exec.LookPath("rsigma"); err == nil {
		env = append(env, "RSIGMA="+path)
	}
	files, err := filepath.Glob(filepath.Join(rules, "*", "*.yml"))
	if err != nil || rules == "" || len(files) == 0 {
		return env, err
	}
	many := filepath.Join(dir, "rules")
	if err := os.Mkdir(many, 0o755); err != nil {
		return nil, err
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		for i := 1; i <= 3; i++ {
			name := fmt.Sprintf("%d-%s", i, filepath.Base(f))
			if err := os.WriteFile(filepath.Join(many, name), mutated(content, i), 0o644); err != nil {
				return nil, err
			}
		}
	}
	return append(env, "RULES57="+filepath.Join(rules, "sigmahq"), "RULES795="+rules, "RULES3000="+many), nil
}

var (
	ruleID   = regexp.MustCompile(`(?m)^id: ....`)
	callName = regexp.MustCompile(`(?m)^( +eventName: +'?)([A-Za-z0-9]+)`)
)

// mutated gives a rule another ID and title and, but for the first copy, other
// calls: the first asks what the rule itself asks.
func mutated(content []byte, i int) []byte {
	text := ruleID.ReplaceAllString(string(content), fmt.Sprintf("id: %04d", i))
	text = strings.ReplaceAll(text, "title: ", fmt.Sprintf("title: Copy %d of ", i))
	if i > 1 {
		text = callName.ReplaceAllString(text, fmt.Sprintf("${1}${2}V%d", i))
	}
	return []byte(text)
}
