package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ctlog/internal/term"
	"ctlog/report"
)

// newFile refuses a file of a flag that would be written over another, or
// among the evidence.
func newFile(flag, name string, evidence []string) error {
	if _, err := os.Lstat(name); err == nil {
		return misuse("choose another name, or move that file away", "%s %s: it exists, and is not written over", flag, name)
	}
	folder, err := realPath(filepath.Dir(name))
	if err != nil {
		return fmt.Errorf("%s %s: %w", flag, name, plainPathError(err))
	}
	to := filepath.Join(folder, filepath.Base(name))
	for _, p := range evidence {
		if from, err := realPath(p); err == nil && strings.HasPrefix(to, from+string(filepath.Separator)) {
			return misuse("choose another place", "%s %s: it would lie in the evidence, %s", flag, name, p)
		}
	}
	return nil
}

// realPath is where a path leads, whatever links are on the way.
func realPath(p string) (string, error) {
	p, err := filepath.EvalSymlinks(p)
	if err != nil {
		return "", err
	}
	return filepath.Abs(p)
}

// resultFile is made when the first result is there.
type resultFile struct {
	flag string // that names it, "--output-file" where there is none
	name string
	file *os.File
}

func (r *resultFile) Write(b []byte) (n int, err error) {
	if r.file == nil {
		if r.file, err = os.OpenFile(r.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); err != nil {
			return 0, r.failed(err)
		}
	}
	n, err = r.file.Write(b)
	return n, r.failed(err)
}

// Close ends the file, if it was made.
func (r *resultFile) Close() error {
	if r.file == nil {
		return nil
	}
	return r.failed(r.file.Close())
}

func (r *resultFile) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", cmp.Or(r.flag, "--output-file"), r.name, plainPathError(err))
}

// evidence is what a survey reads; no file of results goes there.
func (s *survey) evidence(args []string) ([]string, error) {
	paths, err := s.app.paths(args)
	if err == nil && s.flags.file != "" {
		err = newFile("--output-file", s.flags.file, paths)
	}
	return paths, err
}

// finish ends the results; errs are those of writing them.
func (s *survey) finish(errs ...error) error {
	if file, ok := s.out.(*resultFile); ok {
		return cmp.Or(append(errs, file.Close())...) // what follows the first comes of it
	}
	if err := cmp.Or(errs...); err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	return nil
}

// style is the colour of a survey's results.
func (s *survey) style() term.Style {
	return term.StyleFor(s.out, term.When(s.app.color.value), os.Getenv)
}

// view is how a survey's results look.
func (s *survey) view() report.View {
	return report.View{Width: term.Width(s.out), Style: s.style(), Terminal: term.IsTerminal(s.out), All: s.flags.all, More: "--all shows them"}
}

// rows prints rows that are given as JSON.
type rows struct {
	*survey
	out *report.RowWriter
}

// rows begins a result with these columns.
func (s *survey) rows(columns string) (*rows, error) {
	out, err := report.NewRowWriter(s.out, s.format, columns, s.view())
	return &rows{s, out}, err
}

func (r *rows) write(json []byte) error { return r.out.Write(json) }

// close writes what comes last.
func (r *rows) close() error { return r.finish(r.out.Close()) }
