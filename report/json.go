// Package report says what a verification found: as JSON lines for scripts
// (WriteJSON), as a summary for people (WriteSummary), and as a text for a case
// file (WriteCase). It decides nothing: package digest has.
package report

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"ctlog/digest"
	"ctlog/internal/term"
)

// The lines of --json; the order of the members is part of the contract.
type (
	digestLine struct {
		Kind        string        `json:"kind"`
		Status      digest.Status `json:"status"`
		Signature   string        `json:"signature,omitempty"`
		Key         string        `json:"key"`
		Bucket      string        `json:"bucket,omitempty"`
		Path        string        `json:"path,omitempty"`
		Account     string        `json:"account,omitempty"`
		Region      string        `json:"region,omitempty"`
		Trail       string        `json:"trail,omitempty"`
		Start       string        `json:"start,omitempty"`
		End         string        `json:"end,omitempty"`
		Fingerprint string        `json:"fingerprint,omitempty"`
		Reason      string        `json:"reason,omitempty"`
	}
	logLine struct {
		Kind     string        `json:"kind"`
		Status   digest.Status `json:"status"`
		Key      string        `json:"key"`
		Bucket   string        `json:"bucket,omitempty"`
		Path     string        `json:"path,omitempty"`
		Digest   string        `json:"digest,omitempty"`
		SHA256   string        `json:"sha256,omitempty"`
		Expected string        `json:"expected,omitempty"`
		Reason   string        `json:"reason,omitempty"`
	}
	findingLine struct {
		Kind        digest.FindingKind `json:"kind"`
		Account     string             `json:"account,omitempty"`
		Region      string             `json:"region,omitempty"`
		Trail       string             `json:"trail,omitempty"`
		Fingerprint string             `json:"fingerprint,omitempty"`
		Digests     int                `json:"digests,omitempty"`
		Key         string             `json:"key,omitempty"`
		Bucket      string             `json:"bucket,omitempty"`
		Path        string             `json:"path,omitempty"`
		Start       string             `json:"start,omitempty"`
		Predecessor string             `json:"predecessor,omitempty"`
		From        string             `json:"from,omitempty"`
		To          string             `json:"to,omitempty"`
		Hours       *int               `json:"hours,omitempty"`
		End         string             `json:"end,omitempty"`
		Expected    string             `json:"expected,omitempty"`
		Reason      string             `json:"reason,omitempty"`
		Events      []string           `json:"events,omitempty"`
		Versions    []versionLine      `json:"versions,omitempty"`
	}
	besideLine struct {
		Kind   digest.BesideKind `json:"kind"`
		Path   string            `json:"path"`
		Reason string            `json:"reason,omitempty"`
	}
	summaryLine struct {
		Kind     string         `json:"kind"`
		Verdict  digest.Verdict `json:"verdict"`
		Digests  counts         `json:"digests"`
		Logs     counts         `json:"logs"`
		Other    int            `json:"other"`
		Unread   int            `json:"unread"`
		Skipped  int            `json:"skipped"`
		Unproven int            `json:"unproven"`
		Gaps     int            `json:"gaps"`
		Chains   int            `json:"chains"`
		From     string         `json:"from,omitempty"`
		To       string         `json:"to,omitempty"`
	}
)

// counts prints what is not zero, in the order of the statuses.
type counts digest.Counts

// MarshalJSON gives an object whose members are statuses.
func (c counts) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for s, n := range c {
		if n == 0 {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, digest.Status(s).String()...)
		b = append(b, `":`...)
		number, _ := json.Marshal(n)
		b = append(b, number...)
	}
	return append(b, '}'), nil
}

// WriteJSON writes one object a line: digests and logs by key, findings, and
// one summary. The same evidence gives the same bytes. safe is for terminals:
// what one might act on is then escaped.
func WriteJSON(w io.Writer, r *digest.Report, safe bool) error {
	out := bufio.NewWriter(w)
	e := json.NewEncoder(out)
	if safe {
		e = json.NewEncoder(escaping{out}) // which gets whole lines
	}
	e.SetEscapeHTML(false)
	for it := range r.Items() {
		if err := e.Encode(line(it)); err != nil {
			return err
		}
	}
	for _, b := range r.Beside {
		if err := e.Encode(besideLine{b.Kind, b.Path, b.Reason}); err != nil {
			return err
		}
	}
	for _, f := range r.Findings {
		if err := e.Encode(newFindingLine(f)); err != nil {
			return err
		}
	}
	if err := e.Encode(newSummaryLine(r)); err != nil {
		return err
	}
	return out.Flush()
}

func newSummaryLine(r *digest.Report) summaryLine {
	return summaryLine{
		Kind: "summary", Verdict: r.Verdict, Digests: counts(r.Digests), Logs: counts(r.Logs),
		Other: r.Other, Unread: r.CountBeside(digest.BesideUnread), Skipped: r.CountBeside(digest.BesideSkipped),
		Unproven: r.Unproven, Gaps: r.Gaps, Chains: r.Chains, From: stamp(r.From), To: stamp(r.To),
	}
}

// escaping makes JSON harmless for a terminal: what json.Encoder leaves as it
// is stands in strings.
type escaping struct{ w io.Writer }

func (e escaping) Write(p []byte) (int, error) {
	var out []byte
	for _, r := range string(p) {
		if r != '\n' && term.Unsafe(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	if _, err := e.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

func line(it digest.Item) any {
	if it.Digest {
		return digestLine{"digest", it.Status, it.Signature, it.Key, it.Bucket, it.Path, it.Account, it.Region, it.Trail, stamp(it.Start), stamp(it.End), it.Fingerprint, it.Reason}
	}
	l := logLine{"log", it.Status, it.Key, it.Bucket, it.Path, it.ListedBy, sum(it.Sum), sum(it.Expected), it.Reason}
	if it.Sum == it.Expected {
		l.Expected = ""
	}
	return l
}

func newFindingLine(f digest.Finding) findingLine {
	l := findingLine{
		Kind: f.Kind, Account: f.Account, Region: f.Region, Trail: f.Trail, Fingerprint: f.Fingerprint, Digests: f.Digests, Key: f.First,
		Bucket: f.Bucket, Path: f.Object, Versions: versionLines(f.Versions),
		Start: stamp(f.Start), Predecessor: f.Predecessor, From: stamp(f.From), To: stamp(f.To),
		End: stamp(f.End), Expected: stamp(f.Expected), Reason: f.Reason, Events: f.Events,
	}
	if f.Kind == digest.Gap {
		l.Hours = &f.Hours
	}
	return l
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// sum is a hash as hex, "" when there is none.
func sum(s [32]byte) string {
	if s == ([32]byte{}) {
		return ""
	}
	return hex.EncodeToString(s[:])
}
