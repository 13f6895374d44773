package main

import (
	"errors"
	"fmt"
	"os"

	"ctlog/digest"
	"ctlog/internal/scan"
	"ctlog/internal/term"
)

// provable is how large a file may be that is verified before it is searched:
// its content has to be held in between.
const provable = 128 << 20

var errUnprovable = fmt.Errorf("it inflates to more than %d MiB, too much to be held until it is verified; not searched", provable>>20)

// rereadable reports whether paths can be read a second time.
func rereadable(paths []string) bool {
	for _, p := range paths {
		if info, err := os.Stat(p); p == "-" || err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// verifyFirst reads the digests, so that each log can be judged when its bytes
// are at hand.
func (s *search) verifyFirst(paths []string) error {
	g := s.flags
	if !g.verified && !g.trust.given() {
		return nil
	}
	if !rereadable(paths) {
		return misuse("save it to a file first", "a verification reads the digests before the logs, and a pipe can be read only once")
	}
	var o digest.Options
	if _, err := g.trust.fill(s.app, paths, &o); err != nil {
		return err
	}
	if len(o.Keys) == 0 && g.verified && !g.trust.fetch {
		return misuse("name them with --keys; 'ctlog verify' prints the command that fetches them", "--verified without public keys: no file can be valid")
	}
	config, progress := s.app.scanning(paths)
	defer progress.Stop()
	config.Source.Scope = s.digestScope()
	var err error
	s.trust, err = digest.Read(s.app.ctx, &store{app: s.app, config: config, signatures: o.Signatures, quiet: true}, o)
	return err
}

// errNotProven marks a file that --verified does not search.
var errNotProven = errors.New("not proven")

// admit judges a file by its content, which is hashed and held, before it is
// searched.
func (s *search) admit(f scan.File) (digest.Status, error) {
	if s.trust == nil {
		return digest.Undecided, nil
	}
	_, whole := f.Body.Whole()
	damage := f.Body.Drain()
	status := s.statusOf(f, damage)
	switch {
	case s.flags.verified && status != digest.Valid:
		return status, errNotProven
	case !whole && damage == nil:
		return status, errUnprovable
	}
	return status, nil
}

func (s *search) statusOf(f scan.File, damage error) digest.Status {
	name := nameOf(f.Key)
	if name.Kind == digest.DigestFile {
		return s.trust.Digest(idOf(f.Object))
	}
	d := digest.File{Path: f.Path, Member: f.Member, Key: keyOf(f.Object), Name: name, Read: true, Err: damage, Members: f.Body.Members()}
	d.Sum, _ = f.Body.Sum()
	status, _ := s.trust.Log(d)
	return status
}

// refused says how many files were not searched.
func (c *collector) refused() {
	if c.unproven > 0 {
		c.app.voice.Note("%s of %s files are not proven and were not searched; 'ctlog verify' says why",
			term.Count(c.unproven), term.Count(c.files+c.bad+c.unproven))
	}
}
