//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/klauspost/compress/gzip"
)

// occupied is one line of the table of memory: what a command needs at its
// peak, and what it may.
type occupied struct {
	work    string
	command string
	due     int64 // MB
}

var memory = []occupied{
	{"grep, a rare eventName", `$CTLOG grep --jobs 2 --count --event-name ` + rare + ` $LARGE`, 200},
	{"grep, every event", `$CTLOG grep --jobs 2 '.Records[]' $LARGE | cat >/dev/null`, 200},
	{"grep, five fields of every event", `$CTLOG grep --jobs 2 -r '` + tsv + `' $LARGE | cat >/dev/null`, 200},
	{"grep, a rare builtin", `$CTLOG grep --jobs 2 --count '` + bsearch + `' $PART`, 200},
	{"grep, 20,000 small files", `$CTLOG grep --jobs 2 --count --event-name ` + rare + ` $SMALL`, 200},
	{"count --by eventName", `$CTLOG count --jobs 2 --by eventName $LARGE`, 200},
	{"verify", `$CTLOG verify --jobs 2 --json $LARGE || true`, 200},
	{"one document of 2 GB: grep", `$CTLOG grep --jobs 2 --count --event-name ` + rare + ` $DOCUMENT`, 300},
	{"one document of 2 GB: count", `$CTLOG count --jobs 2 --by eventName $DOCUMENT`, 300},
	{"one document of 2 GB: verify", `$CTLOG verify --jobs 2 --json $DOCUMENT || true`, 300},
}

// memoryTable writes the highest peak of three runs of each command.
func memoryTable(w io.Writer, env []string, dir, corpus, only string) error {
	var lines []occupied
	for _, m := range memory {
		if strings.Contains("memory: "+m.work, only) {
			lines = append(lines, m)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	path := filepath.Join(dir, "document.json.gz")
	if slices.ContainsFunc(lines, func(m occupied) bool { return strings.Contains(m.command, "$DOCUMENT") }) {
		if err := writeDocument(path, corpus); err != nil {
			return err
		}
	}
	fmt.Fprint(w, "\nPeak resident size with two workers, the highest of three runs.\n\n")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "work\tMB\tdue\t")
	for _, m := range lines {
		if err := m.measure(table, append(env, "DOCUMENT="+path)); err != nil {
			return err
		}
	}
	return table.Flush()
}

func (m occupied) measure(w io.Writer, env []string) error {
	var peak int64
	for range 3 {
		u, err := usageOf(m.command, env)
		if err != nil {
			return err
		}
		peak = max(peak, u.peak)
	}
	_, err := fmt.Fprintf(w, "%s\t%d\t%d\t\n", m.work, peak/1e6, m.due)
	return err
}

// documentSize is how large the one document is, inflated.
const documentSize = 2 << 30

// writeDocument writes the events of a file of the corpus again and again, with
// an ID of their own each time.
func writeDocument(path, corpus string) error {
	events, err := eventsOf(corpus)
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := repeat(z, events); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Close()
}

// eventsOf is what stands between the brackets of a log file.
func eventsOf(corpus string) ([]byte, error) {
	files, err := gzips(filepath.Join(corpus, "large"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no corpus in %q (%v)", corpus, err)
	}
	f, err := os.Open(files[0])
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(z)
	from, to := bytes.IndexByte(content, '['), bytes.LastIndexByte(content, ']')
	if err != nil || from < 0 || to < from {
		return nil, fmt.Errorf("%s is no log file (%v)", files[0], err)
	}
	return content[from+1 : to], nil
}

func repeat(w io.Writer, events []byte) error {
	key := []byte(`"eventID":"`)
	separator := `{"Records":[`
	for n, i := 0, 0; n < documentSize; n, i = n+len(events)+1, i+1 {
		for rest := events; ; {
			_, after, found := bytes.Cut(rest, key)
			if !found {
				break
			}
			copy(after, fmt.Sprintf("%08x", i))
			rest = after
		}
		if _, err := fmt.Fprintf(w, "%s%s", separator, events); err != nil {
			return err
		}
		separator = ","
	}
	_, err := io.WriteString(w, "]}")
	return err
}
