package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the outputs in README.md and in scripts anew")

// Every ```console block of the README is a command and what it prints.
func TestReadme(t *testing.T) {
	const name = "../../README.md"
	readme, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "ctlog")); err != nil {
		t.Skip(err)
	}
	var out strings.Builder
	n := 0
	rest := string(readme)
	for {
		before, block, ok := strings.Cut(rest, "```console\n")
		out.WriteString(before)
		if !ok {
			break
		}
		block, rest, _ = strings.Cut(block, "```\n")
		got := session(t, bin, block)
		if got != block && !*update {
			t.Errorf("README says\n%s\nand it prints\n%s", block, got)
		}
		out.WriteString("```console\n" + got + "```\n")
		n++
	}
	if n < 5 {
		t.Errorf("only %d examples found", n)
	}
	if *update {
		if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// session runs the commands of a block at the top of the repository and gives
// the block as a terminal would show it.
func session(t *testing.T, bin, block string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(block) {
		command, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			continue
		}
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir = "../.."
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "NO_COLOR=1", "XDG_CONFIG_HOME="+filepath.Join(bin, "none"))
		got, _ := cmd.CombinedOutput()
		b.WriteString(line)
		b.Write(got)
	}
	return b.String()
}
