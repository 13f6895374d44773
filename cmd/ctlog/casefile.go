package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"ctlog/digest"
	"ctlog/report"
)

// caseFlags are the flags of what is written for a case file.
type caseFlags struct {
	text, json         string
	examiner, id, note string
}

func (c *caseFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.text, "report", "", "write a text report for the case to a new `FILE`")
	f.StringVar(&c.json, "report-json", "", "write the same as JSON to a new `FILE`: a line about the run, then what --json prints")
	f.StringVar(&c.examiner, "examiner", "", "`NAME` of the examiner, for the report")
	f.StringVar(&c.id, "case", "", "`ID` of the case, for the report")
	f.StringVar(&c.note, "note", "", "`TEXT` to add to the report")
}

// wanted: a report is written.
func (c *caseFlags) wanted() bool { return c.text+c.json != "" }

// check refuses to write over anything, or among the evidence.
func (c *caseFlags) check(paths []string) error {
	if !c.wanted() && c.examiner+c.id+c.note != "" {
		return misuse("--report FILE", "--examiner, --case and --note are for a report, and there is none")
	}
	if c.text != "" && filepath.Clean(c.text) == filepath.Clean(c.json) {
		return misuse("choose another name for one of them", "--report and --report-json name the same file")
	}
	for _, file := range []struct{ flag, name string }{{"--report", c.text}, {"--report-json", c.json}} {
		if file.name == "" {
			continue
		}
		if err := newFile(file.flag, file.name, paths); err != nil {
			return err
		}
	}
	return nil
}

// write writes the reports, each in one piece.
func (c *caseFlags) write(r *digest.Report, about report.Case) (err error) {
	about.ID, about.Examiner, about.Note = c.id, c.examiner, c.note
	if about.Results, err = report.ResultsOf(r, c.json); err != nil {
		return err
	}
	for _, file := range []struct {
		flag, name string
		write      func(io.Writer, *digest.Report, report.Case) error
	}{{"--report", c.text, report.WriteCase}, {"--report-json", c.json, report.WriteCaseJSON}} {
		if file.name == "" {
			continue
		}
		if err := writeNew(file.name, func(w io.Writer) error { return file.write(w, r, about) }); err != nil {
			return fmt.Errorf("%s %s: %w", file.flag, file.name, plainPathError(err))
		}
	}
	return nil
}

// writeNew writes a file that must not exist yet. It gets its name once it is
// whole.
func writeNew(name string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = write(f)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Link(f.Name(), name); err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(name); err == nil {
		return fs.ErrExist
	}
	return os.Rename(f.Name(), name) // a file system without hard links
}

// about is what a report says of this run.
func (a *app) about(s *evidence, keys []report.KeyFile, metadata []string, status int, start time.Time) report.Case {
	host, _ := os.Hostname()
	dir, _ := os.Getwd()
	c := report.Case{
		Version: version, Binary: ownSum(), Build: build(), Command: a.command, Directory: dir, Host: host, System: system(),
		Status: status, Inputs: s.inputs(), Metadata: s.metadata(), Keys: keys,
	}
	for _, path := range metadata {
		c.Metadata = append(c.Metadata, hashedInput(a.ctx, path, "file"))
	}
	c.SetTimes(start, time.Now())
	return c
}

// inputs are the PATHs, and the archives below them.
func (s *evidence) inputs() (list []report.Input) {
	for _, p := range s.Scan.Paths {
		info, err := os.Stat(p)
		switch {
		case p == "-":
			list = append(list, s.piped.input())
		case isRemote(p):
			list = append(list, report.Input{Path: p, Kind: "bucket"})
		case err != nil:
			list = append(list, report.Input{Path: p, Kind: "path", Reason: plainPathError(err).Error()})
		case info.IsDir():
			list = append(list, report.Input{Path: p, Kind: "directory"})
		case !info.Mode().IsRegular():
			list = append(list, report.Input{Path: p, Kind: "pipe or device", Reason: "it can be read only once"})
		case !slices.Contains(s.archives, p):
			list = append(list, hashedInput(s.app.ctx, p, "file"))
		}
	}
	for _, p := range s.archives {
		list = append(list, hashedInput(s.app.ctx, p, "archive"))
	}
	return list
}

// forReport has everything hashed as it is held, and notes the archives.
func (s *evidence) forReport() {
	s.Scan.Stored = true
	s.Scan.Source.Archive = func(path string) {
		if !slices.Contains(s.archives, path) { // a second pass enters it again
			s.archives = append(s.archives, path)
		}
	}
	if s.Scan.Source.Stdin != nil {
		s.piped = &hashedStream{from: s.Scan.Source.Stdin, hash: sha256.New()}
		s.Scan.Source.Stdin = s.piped
	}
}

// metadata are the files of metadata and manifests, which were hashed while they
// were read.
func (s *evidence) metadata() (list []report.Input) {
	for _, f := range s.Copy.Inputs {
		in := report.Input{Path: f.Path, Kind: "file", SHA256: hex.EncodeToString(f.Stored[:])}
		if f.Size >= 0 {
			in.Size = &f.Size
		}
		list = append(list, in)
	}
	return list
}

// hashedInput hashes a file as it is now. One that changes meanwhile is not what
// was examined.
func hashedInput(ctx context.Context, path, kind string) report.Input {
	in := report.Input{Path: path, Kind: kind}
	f, err := os.Open(path)
	if err != nil {
		in.Reason = plainPathError(err).Error()
		return in
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, &interruptible{ctx, f})
	in.Size = &n
	if err != nil {
		in.Reason = plainPathError(err).Error()
		return in
	}
	in.SHA256 = hex.EncodeToString(h.Sum(nil))
	return in
}

// interruptible is a reader that ends with its context.
type interruptible struct {
	ctx context.Context
	io.Reader
}

func (r *interruptible) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}

// hashedStream hashes standard input while it is read.
type hashedStream struct {
	from io.Reader

	mu   sync.Mutex // whoever reads may not have ended when the walk has
	hash hash.Hash
	size int64
	over bool // it was read to its end
}

func (s *hashedStream) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hash.Write(p[:n])
	s.size += int64(n)
	s.over = s.over || err == io.EOF
	return n, err
}

func (s *hashedStream) input() report.Input {
	in := report.Input{Path: "-", Kind: "standard input"}
	if s == nil {
		return in
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		in.Reason = "it was not read to its end"
		return in
	}
	size := s.size
	in.Size, in.SHA256 = &size, hex.EncodeToString(s.hash.Sum(nil))
	return in
}

// build is what the program was made of.
func build() string {
	text := runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return text
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if settings["vcs.revision"] != "" {
		text += ", revision " + settings["vcs.revision"]
	}
	if settings["vcs.modified"] == "true" {
		text += ", modified"
	}
	return text
}

// system is the operating system that the program runs on.
func system() string {
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return strings.TrimSpace(runtime.GOOS + " " + string(release))
}

// ownSum is the SHA-256 of the running executable.
func ownSum() string {
	path, err := os.Executable()
	if err != nil {
		return "unknown"
	}
	return cmp.Or(hashedInput(context.Background(), path, "file").SHA256, "unknown")
}
