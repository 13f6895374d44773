package report

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"ctlog/digest"
	"ctlog/internal/term"
)

// Case is what a report for a case file says of the run itself. None of it is
// part of the results, which are the same for the same evidence.
type Case struct {
	ID       string `json:"case,omitempty"`
	Examiner string `json:"examiner,omitempty"`
	Note     string `json:"note,omitempty"`

	Version   string    `json:"version"`
	Binary    string    `json:"binarySHA256"` // of the executable
	Build     string    `json:"build"`        // compiler, platform, revision
	Command   []string  `json:"command"`
	Directory string    `json:"directory"` // that relative paths are relative to
	Host      string    `json:"host"`
	System    string    `json:"system"`
	Zone      string    `json:"timeZone"` // of the host
	Start     time.Time `json:"started"`
	End       time.Time `json:"ended"`
	Status    int       `json:"exitStatus"`

	Inputs   []Input   `json:"inputs"`
	Metadata []Input   `json:"metadata"`
	Keys     []KeyFile `json:"keyFiles"`
	Results  Results   `json:"results"`
}

// SetTimes notes when a run began and ended, and the host's time zone then.
func (c *Case) SetTimes(start, end time.Time) {
	c.Start, c.End, c.Zone = start.UTC().Truncate(time.Second), end.UTC().Truncate(time.Second), zone(start)
}

// Input is one thing that was read.
type Input struct {
	Path   string `json:"path"`
	Kind   string `json:"kind"` // directory, file, archive, bucket, standard input
	Size   *int64 `json:"size,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Reason string `json:"reason,omitempty"` // why there is no hash
}

func (in Input) String() string {
	s := in.Kind
	if in.Size != nil {
		s += ", " + term.Count(*in.Size) + " bytes"
	}
	if in.Reason != "" {
		s += ", not hashed: " + in.Reason
	}
	return s
}

// KeyFile is where public keys came from.
type KeyFile struct {
	Path         string   `json:"path"`
	Origin       string   `json:"origin"` // --keys or the user's store
	SHA256       string   `json:"sha256"`
	Fingerprints []string `json:"fingerprints"`
}

// Results names the canonical stream: what WriteJSON writes.
type Results struct {
	SHA256 string `json:"sha256"`
	Lines  int64  `json:"lines"`
	Bytes  int64  `json:"bytes"`
	Check  string `json:"check"` // how the hash is computed again
}

// ResultsOf hashes the canonical stream. twin is the file that has it behind
// its first line, "" when there is none.
func ResultsOf(r *digest.Report, twin string) (Results, error) {
	var c stream
	h := sha256.New()
	if err := WriteJSON(io.MultiWriter(h, &c), r, false); err != nil {
		return Results{}, err
	}
	check := "run the command again with --json and hash what it prints"
	if twin != "" {
		check = fmt.Sprintf("tail -n +2 -- %s | sha256sum", shell(twin))
	}
	return Results{SHA256: hex.EncodeToString(h.Sum(nil)), Lines: c.lines, Bytes: c.bytes, Check: check}, nil
}

// stream counts what is written to it.
type stream struct{ lines, bytes int64 }

func (s *stream) Write(p []byte) (int, error) {
	s.bytes += int64(len(p))
	s.lines += int64(bytes.Count(p, []byte{'\n'}))
	return len(p), nil
}

// WriteCaseJSON writes one line about the run, and the canonical stream.
func WriteCaseJSON(w io.Writer, r *digest.Report, c Case) error {
	out := bufio.NewWriter(w)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	head := struct {
		Kind string `json:"kind"`
		Case
	}{"report", c}
	if err := e.Encode(head); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return WriteJSON(w, r, false)
}
