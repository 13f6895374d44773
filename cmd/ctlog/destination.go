package main

import (
	"fmt"
	"io"
	"os"

	"ctlog/internal/term"
)

// lateFile is a file that is made when there is something to put into it.
type lateFile struct {
	name string
	file *os.File
}

func (n *lateFile) Write(b []byte) (int, error) {
	if n.file == nil {
		f, err := os.OpenFile(n.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return 0, err
		}
		n.file = f
	}
	return n.file.Write(b)
}

func (n *lateFile) Close() error {
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

// newFile checks that there may be a file for the result.
func (t *triageFlags) newFile(paths []string) error {
	if t.file == "" {
		return nil
	}
	return newFile("--output-file", t.file, paths)
}
