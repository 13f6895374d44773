package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"ctlog/internal/term"
)

// newFile is a file that is made when there is something to put into it.
type newFile struct {
	name string
	file *os.File
}

func (n *newFile) Write(b []byte) (int, error) {
	if n.file == nil {
		f, err := os.OpenFile(n.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return 0, err
		}
		n.file = f
	}
	return n.file.Write(b)
}

func (n *newFile) Close() error {
	if n.file == nil {
		return nil
	}
	return n.file.Close()
}

// unclosed is a stream that others go on writing to.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }

// stream is where the results of a survey go, for questions about terminals.
func (s *survey) stream() io.Writer {
	if u, ok := s.out.(unclosed); ok {
		return u.Writer
	}
	return s.out
}

// style is the colour of a survey's results.
func (s *survey) style() term.Style {
	return term.StyleFor(s.stream(), term.When(s.app.color), os.Getenv)
}

// written puts together what went wrong with the results.
func written(errs ...error) error {
	for _, err := range errs { // what follows the first comes of it
		if err != nil {
			return fmt.Errorf("writing the results: %w", err)
		}
	}
	return nil
}

// refuseOld refuses to write over anything, or among the evidence.
func refuseOld(flag, name string, paths []string) error {
	if name == "" {
		return nil
	}
	if _, err := os.Lstat(name); err == nil {
		return misuse("choose another name, or move that file away", "%s %s: it exists, and is not written over", flag, name)
	}
	to, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	for _, p := range paths {
		if from, err := filepath.Abs(p); err == nil && strings.HasPrefix(to, from+string(filepath.Separator)) {
			return misuse("choose another place", "%s %s: it would lie in the evidence, %s", flag, name, p)
		}
	}
	return nil
}
