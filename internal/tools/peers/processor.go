//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// inProcessorTime are comparisons in which what else runs on the machine counts
// for nothing, nor on how many cores a program runs.
var inProcessorTime = []comparison{
	{work: "inflate, one core", peer: "libdeflate-gunzip", limit: true, due: 1.25, aim: 1, runs: 11,
		ours:   `taskset -c 0 $GUNZIP $PART/*.gz >/dev/null`,
		theirs: `taskset -c 0 libdeflate-gunzip -c $PART/*.gz >/dev/null`},
	{work: "inflate, one core", peer: "klauspost/compress", due: 1, aim: 2, runs: 5,
		ours:   `taskset -c 0 $GUNZIP $PART/*.gz >/dev/null`,
		theirs: `taskset -c 0 $GUNZIP -with=klauspost $PART/*.gz >/dev/null`},
	{work: "grep, a rare eventName", peer: "libdeflate-gunzip", limit: true, runs: 7,
		ours:   `$CTLOG grep --count --event-name ` + rare + ` $LARGE`,
		theirs: `find $LARGE -name '*.gz' -print0 | xargs -0 -n 40 libdeflate-gunzip -c >/dev/null`},
	{work: "same, 20,000 small files", peer: "libdeflate-gunzip", limit: true, runs: 7,
		ours:   `$CTLOG grep --count --event-name ` + rare + ` $SMALL`,
		theirs: `find $SMALL -name '*.gz' -print0 | xargs -0 -n 400 libdeflate-gunzip -c >/dev/null`},
	{work: "grep, 10,000 indicators", peer: "one indicator", limit: true, due: 2, aim: 1, runs: 5,
		ours:   `$CTLOG grep --count --ioc $LISTS/many.txt $LARGE`,
		theirs: `$CTLOG grep --count --ioc $LISTS/one.txt $LARGE`},
}

// processorTable writes what the comparisons in processor time give.
func processorTable(w io.Writer, env []string, only string) error {
	lines := slices.DeleteFunc(slices.Clone(inProcessorTime), func(c comparison) bool { return !strings.Contains(c.work+" "+c.peer, only) })
	if len(lines) == 0 {
		return nil
	}
	fmt.Fprint(w, "\nProcessor time, user and system, medians.\n\n")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "work\tpeer\tctlog\tpeer takes\tratio\tdue\taim\t")
	for _, c := range lines {
		if err := c.measureProcessor(table, env); err != nil {
			return err
		}
	}
	return table.Flush()
}

func (c comparison) measureProcessor(w io.Writer, env []string) error {
	var took [2][]time.Duration
	for i := range c.runs + 1 {
		for k, command := range [2]string{c.ours, c.theirs} {
			used, err := usageOf(command, env)
			if err != nil {
				return err
			}
			if i > 0 { // the first run warms the page cache
				took[k] = append(took[k], used.processor)
			}
		}
	}
	return c.line(w, median(took[0]), median(took[1]))
}

// usage is what a command and all that it started took.
type usage struct {
	processor time.Duration
	peak      int64 // bytes resident, of the largest process
}

// finished runs a command whose results go nowhere: taking them would cost what
// is measured, and memory, which Linux counts for what is started from here.
func finished(command string, env []string) (*exec.Cmd, error) {
	cmd := exec.Command("bash", "-c", command)
	cmd.Env = env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 1 {
		return nil, fmt.Errorf("%s: %w\n%s", command, err, stderr.Bytes())
	}
	return cmd, nil
}

func usageOf(command string, env []string) (usage, error) {
	cmd, err := finished(command, env)
	if err != nil {
		return usage{}, err
	}
	u := usage{processor: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.peak = int64(r.Maxrss) << 10 // Linux counts it in kB
	}
	return u, nil
}
