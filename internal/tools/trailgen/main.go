// Command trailgen writes synthetic trails: the benchmark corpora, and any
// other by its flags.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ctlog/internal/testkit/trailgen"
)

const usage = `usage: trailgen corpus large|small DIR   write a benchmark corpus to DIR/large or DIR/small, once
       trailgen vectors DIR             write a trail for every fault to DIR/NAME
       trailgen signed [flags] DIR      write a trail with digests below DIR, tampered with if asked
       trailgen [flags] DIR             write a trail below DIR
`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "trailgen:", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) == 3 && args[0] == "corpus" {
		return corpus(args[1], args[2])
	}
	if len(args) == 2 && args[0] == "vectors" {
		return vectors(args[1])
	}
	if len(args) > 0 && args[0] == "signed" {
		return signed(args[1:])
	}
	f := flag.NewFlagSet("trailgen", flag.ContinueOnError)
	f.Usage = func() { fmt.Fprint(os.Stderr, usage); f.PrintDefaults() }
	t := trailgen.Trail{}
	trailFlags(f, &t)
	if err := f.Parse(args); err != nil || f.NArg() != 1 {
		f.Usage()
		return fmt.Errorf("one directory is wanted")
	}
	return t.WriteTo(f.Arg(0))
}

// trailFlags are the flags that say what the logs of a trail are.
func trailFlags(f *flag.FlagSet, t *trailgen.Trail) {
	f.Uint64Var(&t.Seed, "seed", 1, "what the bytes depend on")
	f.StringVar(&t.Prefix, "prefix", "", "prefix of the S3 keys")
	f.StringVar(&t.Org, "org", "", "organisation ID")
	f.IntVar(&t.Hours, "hours", 3, "hours")
	f.IntVar(&t.FilesPerHour, "files", 2, "files an hour, of one account and region")
	f.IntVar(&t.RecordsPerFile, "records", 20, "events a file")
	f.IntVar(&t.Repeat, "repeat", 0, "deliver every n-th event twice")
	f.Func("accounts", "account IDs, with commas", func(s string) error { t.Accounts = strings.Split(s, ","); return nil })
	f.Func("regions", "regions, with commas", func(s string) error { t.Regions = strings.Split(s, ","); return nil })
}

// corpus writes a corpus unless its stamp, beside it, says that it is there.
func corpus(name, dir string) error {
	t, ok := map[string]trailgen.Trail{"large": trailgen.Large, "small": trailgen.Small}[name]
	if !ok {
		return fmt.Errorf("there is no corpus %q", name)
	}
	stamp, want := filepath.Join(dir, name+".stamp"), fmt.Sprintf("%+v\n", t)
	if have, err := os.ReadFile(stamp); err == nil && string(have) == want {
		return nil
	}
	to := filepath.Join(dir, name)
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := t.WriteTo(to); err != nil {
		return err
	}
	return os.WriteFile(stamp, []byte(want), 0o644)
}
