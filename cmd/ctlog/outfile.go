package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
	name string
	f    *os.File
}

func (r *resultFile) Write(p []byte) (n int, err error) {
	if r.f == nil {
		if r.f, err = os.OpenFile(r.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); err != nil {
			return 0, fmt.Errorf("--output-file %s: %w", r.name, plainPathError(err))
		}
	}
	return r.f.Write(p)
}

// resultsTo sends the results to a file, if there is a name. close ends it.
func (a *app) resultsTo(name string, evidence []string) (close func() error, err error) {
	if name == "" {
		return func() error { return nil }, nil
	}
	if err := newFile("--output-file", name, evidence); err != nil {
		return nil, err
	}
	r, before := &resultFile{name: name}, a.stdout
	a.stdout = r
	return func() error {
		a.stdout = before
		if r.f == nil {
			return nil
		}
		return r.f.Close()
	}, nil
}
