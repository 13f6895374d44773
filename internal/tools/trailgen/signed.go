package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"ctlog/internal/testkit/trailgen"
)

// signed writes a trail with digests, with faults in it if any are named, and
// the public keys beside it.
func signed(args []string) error {
	f := flag.NewFlagSet("trailgen signed", flag.ContinueOnError)
	s := trailgen.Signed{}
	trailFlags(f, &s.Trail)
	faults := f.String("faults", "", "names of faults, with commas: "+names())
	keys := f.String("keys", "", "write the public keys to this file")
	f.IntVar(&s.Late, "late", 0, "logs of each hour that a backfill digest lists")
	f.IntVar(&s.Quiet, "quiet", 0, "every n-th hour has no logs")
	if err := f.Parse(args); err != nil || f.NArg() != 1 {
		return fmt.Errorf("one directory is wanted")
	}
	c := s.Copy()
	r := rand.New(rand.NewPCG(s.Seed, 0))
	for _, name := range strings.FieldsFunc(*faults, func(r rune) bool { return r == ',' }) {
		trailgen.FaultNamed(name).Apply(c, r)
	}
	if *keys != "" {
		if err := os.MkdirAll(filepath.Dir(*keys), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(*keys, s.PublicKeys(), 0o644); err != nil {
			return err
		}
	}
	return c.WriteTo(f.Arg(0))
}

func names() string {
	var list []string
	for _, f := range trailgen.Faults {
		list = append(list, f.Name)
	}
	return strings.Join(list, " ")
}

// vectors writes every vector anew, but keeps what is expected of it.
func vectors(dir string) error {
	for _, v := range trailgen.Vectors {
		if err := v.WriteTo(filepath.Join(dir, v.Name)); err != nil {
			return err
		}
	}
	return nil
}
