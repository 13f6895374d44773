package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"ctlog/digest"
	"ctlog/internal/term"
)

// everything is a report with n findings of every kind, and what else there can
// be, each with text in it.
func everything(n int, text string) *digest.Report {
	at := time.Date(2024, 1, 9, 8, 5, 31, 0, time.UTC)
	r := &digest.Report{Verdict: digest.Tampered, Other: n, Unproven: n, Restored: n, From: at, To: at.Add(time.Hour)}
	r.Digests[digest.Valid], r.Logs[digest.Altered] = n, n
	for i := range n {
		chain := digest.Finding{Account: "111122223333", Region: "us-east-1", Trail: fmt.Sprint(text, i), Reason: "reason " + text}
		for _, kind := range append([]digest.FindingKind{digest.Head}, order...) {
			f := chain
			f.Kind = kind
			f.From, f.To, f.Start, f.End, f.Expected, f.Time = at, at, at, at, at, at
			f.Hours, f.Names, f.Events = 3, []string{"name " + text}, []string{"ID " + text}
			f.Fingerprint, f.First, f.Object = "print "+text, "key "+text, "object "+text
			f.Bucket, f.ExpectedBucket = "bucket "+text, "expected "+text
			f.EventID, f.EventName, f.Principal, f.Of, f.Twin = "event "+text, "call "+text, "who "+text, "of "+text, "twin "+text
			f.Versions = []digest.Version{{ID: "version " + text, Modified: at}}
			r.Findings = append(r.Findings, f)
		}
		r.Spans = append(r.Spans, digest.Span{Account: "111122223333", Region: fmt.Sprint("region ", i), Trail: "trail " + text, Bucket: "bucket " + text, From: at, To: at, Digests: 1})
		r.Keys = append(r.Keys, digest.KeyUse{PublicKey: digest.PublicKey{Fingerprint: "print " + text, Origin: digest.Origin{Source: "source " + text, Region: "us-east-1"}}, Digests: n})
		for _, kind := range []digest.BesideKind{digest.BesideOther, digest.BesideUnread, digest.BesideSkipped} {
			r.Beside = append(r.Beside, digest.Beside{Kind: kind, Path: fmt.Sprint(text, kind, i), Reason: "reason " + text})
		}
		r.Folders = append(r.Folders, "folder "+text)
	}
	r.Partial = &digest.Partial{Since: at, Until: at}
	return r
}

func text(t *testing.T, r *digest.Report, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSummary(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func caseText(t *testing.T, r *digest.Report, hostile string) string {
	t.Helper()
	var b bytes.Buffer
	c := Case{
		ID: hostile, Examiner: hostile, Note: hostile, Directory: hostile, Host: hostile, Command: []string{"ctlog", hostile},
		Inputs: []Input{{Path: hostile, Kind: "file", Reason: hostile}}, Keys: []KeyFile{{Path: hostile, Origin: hostile}},
	}
	if err := WriteCase(&b, r, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Whatever evidence calls itself, text has nothing that a terminal would act on.
func TestTextIsHarmless(t *testing.T) {
	const hostile = "a\u202eb\u009b31mc\x7f\u2028\ufeff\x1b[2J\nPROVEN\r\xff"
	for _, out := range []string{
		text(t, everything(2, hostile), Options{}), text(t, everything(50, hostile), Options{Verbose: true}),
		text(t, everything(50, hostile), Options{}), caseText(t, everything(2, hostile), hostile),
	} {
		for _, c := range out {
			if c != '\n' && (term.Unsafe(c) || c == utf8.RuneError) {
				t.Fatalf("%U in %q", c, out)
			}
		}
		if strings.Contains(out, "\nPROVEN") {
			t.Errorf("a name made a line of its own: %q", out)
		}
	}
}

// Text fits into 80 columns, names and commands aside.
func TestTextFits(t *testing.T) {
	words := strings.Repeat("of several words that go on and on ", 4)
	for _, out := range []string{text(t, everything(3, words), Options{}), text(t, everything(50, words), Options{}), caseText(t, everything(3, words), "x")} {
		for line := range strings.Lines(out) {
			line = strings.TrimSuffix(line, "\n")
			if unbroken := strings.HasPrefix(strings.TrimSpace(line), words[:10]) || strings.HasPrefix(line, "    folder") || strings.HasPrefix(line, "command"); !unbroken && utf8.RuneCountInString(line) > 80 {
				t.Errorf("%d columns: %s", utf8.RuneCountInString(line), line)
			}
		}
	}
}

// Whatever is found is said, in text and in JSON.
func TestEveryFindingIsSaid(t *testing.T) {
	all := everything(1, "x").Findings
	for kind, want := range map[digest.FindingKind][]string{
		digest.Gap: {"2024-01-09T08:05:31Z", "ID x"}, digest.Tail: {"2024-01-09T08:05:31Z", "reason x"},
		digest.Key: {"print x", "key x"}, digest.Moved: {"bucket x", "expected x"}, digest.Restart: {"reason x"}, digest.Absent: {"reason x"},
		digest.Control: {"call x", "who x", "event x", "2024-01-09T08:05:31Z"}, digest.Conflict: {"event x", "of x", "twin x"},
		digest.Manifest: {"object x", "reason x"}, digest.Versions: {"version x", "reason x"}, digest.Head: {"2024-01-09T08:05:31Z"},
	} {
		r := &digest.Report{}
		for _, f := range all {
			if f.Kind == kind {
				r.Findings = append(r.Findings, f)
			}
		}
		var lines bytes.Buffer
		if err := WriteJSON(&lines, r, false); err != nil {
			t.Fatal(err)
		}
		said := strings.Join(strings.Fields(text(t, r, Options{})), " ")
		for _, w := range want {
			if !strings.Contains(said, w) || !strings.Contains(lines.String(), w) {
				t.Errorf("%s: no %q in %q or %q", kind, w, said, lines.String())
			}
		}
	}
}

// A kind that comes in thousands hides no other, and the rest of it is counted.
func TestFindingsAreBounded(t *testing.T) {
	out := text(t, everything(3000, "x"), Options{})
	if n := strings.Count(out, "\n"); n > 1500 {
		t.Errorf("%d lines", n)
	}
	for _, kind := range order {
		if want := fmt.Sprintf("\n  %-12s  … and 2,980 more", kind); !strings.Contains(out, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, want := range []string{"… and 2,980 more", "3,000 regions, 3,000 digests", "nothing proves 3,000 files"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("no %q", want)
		}
	}
}

// The hash that both reports name is that of the lines behind the first.
func TestTwin(t *testing.T) {
	r := everything(3, "x\u202e")
	results, err := ResultsOf(r, "it's.json")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteCaseJSON(&b, r, Case{Results: results}); err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(b.String(), "\n")
	var plain bytes.Buffer
	if err := WriteJSON(&plain, r, false); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(rest))
	if rest != plain.String() || results.SHA256 != hex.EncodeToString(sum[:]) || results.Lines != int64(strings.Count(rest, "\n")) || results.Bytes != int64(len(rest)) {
		t.Errorf("%+v is not of what follows", results)
	}
	var h struct {
		Kind    string
		Results Results
	}
	if err := json.Unmarshal([]byte(head), &h); err != nil || h.Kind != "report" || h.Results != results {
		t.Errorf("%s, %v", head, err)
	}
	if want := `tail -n +2 -- 'it'\''s.json' | sha256sum`; results.Check != want {
		t.Errorf("%s, want %s", results.Check, want)
	}
}

func TestZone(t *testing.T) {
	at := time.Date(2024, 7, 9, 8, 0, 0, 0, time.UTC)
	for want, zoned := range map[string]time.Time{
		"X (UTC+05:30)": at.In(time.FixedZone("X", 19800)), "Y (UTC-03:30)": at.In(time.FixedZone("Y", -12600)), "UTC (UTC+00:00)": at,
	} {
		if got := zone(zoned); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
