//go:build unix

// Command peers measures ctlog against the tools that people would use instead,
// on the same files in the same run, and prints what the ratios are, what they
// have to be and what they should be. `make bench-peers` runs it.
//
// Every pair of commands is run in turn, so that noise meets both, and the
// medians are compared. Absolute times mean nothing on a shared machine.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// comparison is one line of the table. ratio says how many times ctlog's time
// the peer takes, or, where limit is set, how many times the peer's ctlog does.
type comparison struct {
	work, peer string
	ours       string // shell commands; they see the variables of environment
	theirs     string
	limit      bool // the peer is what cannot be beaten
	due, aim   float64
	runs       int
	needs      string // a variable of environment; without a value the line is left out, by name
}

var comparisons = []comparison{
	{work: "grep, a rare eventName", peer: "libdeflate-gunzip on all cores", limit: true, due: 1.5, aim: 1.15, runs: 9,
		ours:   `$CTLOG grep --count --event-name ` + rare + ` $LARGE`,
		theirs: `find $LARGE -name '*.gz' -print0 | xargs -0 -P $CORES -n 40 libdeflate-gunzip -c >/dev/null`},
	{work: "same, 20,000 small files", peer: "libdeflate-gunzip on all cores", limit: true, runs: 5,
		ours:   `$CTLOG grep --count --event-name ` + rare + ` $SMALL`,
		theirs: `find $SMALL -name '*.gz' -print0 | xargs -0 -P $CORES -n 400 libdeflate-gunzip -c >/dev/null`},
	{work: "grep, a rare eventName", peer: "zcat | jq -c 'select(…)'", due: 50, aim: 80, runs: 3,
		ours:   `$CTLOG grep '.Records[] | select(.eventName=="` + rare + `")' $LARGE || true`,
		theirs: `find $LARGE -name '*.gz' -print0 | xargs -0 zcat | jq -c '.Records[] | select(.eventName=="` + rare + `")'`},
	{work: "grep, five fields of every event", peer: "zcat | jq -r '… | @tsv'", due: 25, aim: 50, runs: 3,
		ours:   `$CTLOG grep -r '` + tsv + `' $LARGE`,
		theirs: `find $LARGE -name '*.gz' -print0 | xargs -0 zcat | jq -r '` + tsv + `'`},
	{work: "grep, a rare builtin", peer: "zcat | jq -c", due: 5, aim: 10, runs: 3,
		ours:   `$CTLOG grep -c '` + bsearch + `' $LARGE`,
		theirs: `find $LARGE -name '*.gz' -print0 | xargs -0 zcat | jq -c '` + bsearch + `'`},
	{work: "count --by eventName", peer: "zcat | jq -r | sort | uniq -c", due: 35, aim: 60, runs: 3,
		ours:   `$CTLOG count --by eventName $LARGE`,
		theirs: `find $LARGE -name '*.gz' -print0 | xargs -0 zcat | jq -r '.Records[].eventName' | sort | uniq -c`},
	{work: "timeline", peer: "zcat | jq -r | sort | uniq -c", due: 35, aim: 60, runs: 3,
		ours:   `$CTLOG timeline $LARGE`,
		theirs: `find $LARGE -name '*.gz' -print0 | xargs -0 zcat | jq -r '.Records[].eventTime[:13]' | sort | uniq -c`},
	{work: "count --by eventName", peer: "ctlog grep --count", limit: true, runs: 9,
		ours:   `$CTLOG count --by eventName $LARGE`,
		theirs: `$CTLOG grep --count true $LARGE`},
	{work: "verify", peer: "inflate and SHA-256 in Go on all cores", limit: true, due: 1.2, aim: 1.05, runs: 9,
		ours:   `$CTLOG verify --json $LARGE || true`,
		theirs: `$HASH $LARGE`},
	{work: "detect, 57 rules", peer: "ctlog grep, five fields", limit: true, due: 1.15, aim: 1.05, runs: 7, needs: "RULES57",
		ours:   `$CTLOG detect -q --no-default-rules --rules $RULES57 $LARGE || [ $? = 1 ]`,
		theirs: `$CTLOG grep -r '` + tsv + `' $LARGE`},
	{work: "detect, 795 rules", peer: "ctlog grep, five fields", limit: true, due: 1.3, aim: 1.15, runs: 7, needs: "RULES795",
		ours:   `$CTLOG detect -q --no-default-rules --rules $RULES795 $LARGE || [ $? = 1 ]`,
		theirs: `$CTLOG grep -r '` + tsv + `' $LARGE`},
	{work: "detect, 3,000 rules", peer: "ctlog grep, five fields", limit: true, due: 1.5, aim: 1.3, runs: 7, needs: "RULES3000",
		ours:   `$CTLOG detect -q --no-default-rules --rules $RULES795 --rules $RULES3000 $LARGE || [ $? = 1 ]`,
		theirs: `$CTLOG grep -r '` + tsv + `' $LARGE`},
	{work: "detect, the pack core", peer: "ctlog grep, five fields", limit: true, runs: 7,
		ours:   `$CTLOG detect -q $LARGE || [ $? = 1 ]`,
		theirs: `$CTLOG grep -r '` + tsv + `' $LARGE`},
	{work: "detect, start-up with 795 rules", peer: "ctlog grep, one tiny file", limit: true, runs: 21, needs: "RULES795",
		ours:   `$CTLOG detect -q --no-default-rules --rules $RULES795 $TINY || [ $? = 1 ]`,
		theirs: `$CTLOG grep .eventName $TINY`},
	{work: "detect, 57 rules", peer: "rsigma on the same events as lines", due: 5, aim: 10, runs: 3, needs: "RSIGMA",
		ours:   `$CTLOG detect -q --no-default-rules --rules $RULES57 $LARGE || [ $? = 1 ]`,
		theirs: `$CTLOG grep . $LARGE | $RSIGMA eval -r $RULES57 >/dev/null`},
	{work: "start-up, one tiny file", peer: "jq on it", limit: true, due: 2, aim: 1, runs: 41,
		ours:   `$CTLOG grep '.eventName' $TINY`,
		theirs: `jq -c '.Records[].eventName' $TINY`},
}

const (
	rare    = "PutBucketReplicationDrill"
	tsv     = `.Records[] | [.eventTime, .eventName, .sourceIPAddress, .userIdentity.arn, .errorCode] | @tsv`
	bsearch = `.Records[] | select([.eventName] | bsearch("Decrypt") >= 0) | .eventID`
)

func main() {
	ctlog := flag.String("ctlog", "./ctlog", "the program to measure")
	hash := flag.String("hash", "", "a program that inflates and hashes what lies below a directory")
	gunzip := flag.String("gunzip", "", "a program that inflates files with internal/inflate")
	corpus := flag.String("corpus", "", "where the corpora are")
	rules := flag.String("rules", "", "where the rules of SigmaHQ and suzaku are: directories sigmahq and suzaku")
	part := flag.Int("part", 250, "how many files of the large corpus a single core gets")
	only := flag.String("only", "", "only lines whose work or peer contains this")
	flag.Parse()
	if err := run(os.Stdout, *ctlog, *hash, *gunzip, *corpus, *rules, *part, *only); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(2)
	}
}

func run(w io.Writer, ctlog, hash, gunzip, corpus, rules string, part int, only string) error {
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	env, err := environment(ctlog, hash, corpus, dir, part)
	if err != nil {
		return err
	}
	env = append(env, "GUNZIP="+gunzip)
	more, err := ruleEnvironment(rules, dir)
	if err != nil {
		return err
	}
	env = append(env, more...)
	fmt.Fprintf(w, "%s, %s, %d cores, %s\n\n", time.Now().UTC().Format("2006-01-02"), processor(), runtime.NumCPU(), runtime.Version())
	fmt.Fprint(w, "ctlog and its peer take turns on the same files. Wall time, medians; only the ratios count: what is\n"+
		"due is the worst that will do, the aim the best in sight. \"x its time\": the peer is a limit.\n\n")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "work\tpeer\tctlog\tpeer takes\tratio\tdue\taim\t")
	for _, c := range comparisons {
		if !strings.Contains(c.work+" "+c.peer, only) {
			continue
		}
		if c.needs != "" && !slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, c.needs+"=") && v != c.needs+"=" }) {
			fmt.Fprintf(table, "%s\t%s\tleft out: no %s\t\t\t\t\t\n", c.work, c.peer, c.needs)
			continue
		}
		if err := c.measure(table, env); err != nil {
			return err
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if err := processorTable(w, env, only); err != nil {
		return err
	}
	if err := memoryTable(w, env, dir, corpus, only); err != nil || only != "" {
		return err
	}
	files, err := gzips(filepath.Join(corpus, "large"))
	if err != nil {
		return err
	}
	return printParts(w, files[:part])
}

// environment prepares what the commands are about: the corpora, a part of the
// large one, a file with one event.
func environment(ctlog, hash, corpus, dir string, part int) ([]string, error) {
	absolute, err := filepath.Abs(ctlog)
	if err != nil {
		return nil, err
	}
	some := filepath.Join(dir, "part")
	if err := os.Mkdir(some, 0o755); err != nil {
		return nil, err
	}
	files, err := gzips(filepath.Join(corpus, "large"))
	if err != nil || len(files) < part {
		return nil, fmt.Errorf("no corpus in %q, run make corpus (%v)", corpus, err)
	}
	for _, f := range files[:part] {
		if err := os.Link(f, filepath.Join(some, filepath.Base(f))); err != nil {
			return nil, err
		}
	}
	if err := indicators(dir); err != nil {
		return nil, err
	}
	tiny := filepath.Join(dir, "tiny.json")
	if err := os.WriteFile(tiny, []byte(`{"Records":[{"eventName":"GetObject"}]}`), 0o644); err != nil {
		return nil, err
	}
	return append(os.Environ(), "CTLOG="+absolute, "LISTS="+dir, "HASH="+hash, "PART="+some, "TINY="+tiny, fmt.Sprint("CORES=", runtime.NumCPU()),
		"LARGE="+filepath.Join(corpus, "large"), "SMALL="+filepath.Join(corpus, "small")), nil
}

// indicators writes lists of one and of ten thousand names of hosts.
func indicators(dir string) error {
	var list strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&list, "host-%d.example-%d.net\n", i*7919, i%97)
	}
	one, _, _ := strings.Cut(list.String(), "\n")
	if err := os.WriteFile(filepath.Join(dir, "one.txt"), []byte(one+"\n"), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "many.txt"), []byte(list.String()), 0o644)
}

func gzips(dir string) (files []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".gz") {
			files = append(files, path)
		}
		return err
	})
	return files, err
}

// measure runs both commands in turn and writes a line.
func (c comparison) measure(w io.Writer, env []string) error {
	var ours, theirs []time.Duration
	for i := range c.runs + 1 {
		a, err := timed(c.ours, env)
		if err != nil {
			return err
		}
		b, err := timed(c.theirs, env)
		if err != nil {
			return err
		}
		if i > 0 { // the first run warms the page cache
			ours, theirs = append(ours, a), append(theirs, b)
		}
	}
	return c.line(w, median(ours), median(theirs))
}

// line writes what the two took.
func (c comparison) line(w io.Writer, a, b time.Duration) error {
	ratio, unit := float64(b)/float64(a), "x faster"
	if c.limit {
		ratio, unit = float64(a)/float64(b), "x its time"
	}
	_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.2f %s\t%s\t%s\t\n", c.work, c.peer, short(a), short(b), ratio, unit, figure(c.due), figure(c.aim))
	return err
}

func figure(f float64) string {
	if f == 0 {
		return "-"
	}
	return fmt.Sprint(f)
}

func timed(command string, env []string) (time.Duration, error) {
	start := time.Now()
	_, err := finished(command, env)
	return time.Since(start), err
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func short(d time.Duration) string {
	if d < 100*time.Millisecond {
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

// processor is its name, where the system tells.
func processor() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	_, rest, ok := strings.Cut(string(b), "model name\t: ")
	if name, _, end := strings.Cut(rest, "\n"); ok && end {
		return name
	}
	return runtime.GOARCH
}
