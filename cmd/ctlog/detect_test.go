package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// Ctrl-C ends detect soon, while it reads and while it verifies.
func TestDetectInterrupted(t *testing.T) {
	for _, args := range [][]string{nil, {"--keys", "../../testdata/keys.json"}, {"-o", "jsonl"}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errInterrupted)
		var out, stderr bytes.Buffer
		if got := run(ctx, append(append([]string{"detect"}, args...), "../../testdata/evidence"), nil, &out, &stderr); got != exitInterrupted {
			t.Errorf("%v: status %d, want %d", args, got, exitInterrupted)
		}
		if len(args) == 0 && !strings.Contains(stderr.String(), "interrupted; ") {
			t.Errorf("stderr %q", stderr.String())
		}
	}
}

// The techniques of Stratus Red Team, a file of events each: the core pack alerts
// on every one of them, without looking at the name of the tool in the user agent.
// invictus is part of a day of an account with attacks in it.
func TestDetectQuietAndComplete(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/data/stratus-red-team/*.json")
	if len(files) == 0 {
		t.Skip("the samples of Stratus Red Team are not here")
	}
	for _, f := range files {
		if status, out, stderr := in(t, "", "detect", "--exclude-rule", "Tool of attackers", "-o", "jsonl", f); status != exitOK {
			t.Errorf("%s: status %d, nothing is found: %s %s", filepath.Base(f), status, out, stderr)
		}
	}
	for dir, percent := range map[string]int{"invictus": 10, "stratus-red-team": 30} { // little but attacks is in the second
		_, out, _ := in(t, "", "detect", "-o", "jsonl", filepath.Join("../../../shared/data", dir))
		var summary struct{ Events, Matched int }
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &summary); err != nil {
			t.Fatal(err)
		}
		if summary.Events == 0 || summary.Matched*100 > summary.Events*percent {
			t.Errorf("%s: %d of %d events are alerts", dir, summary.Matched, summary.Events)
		}
		t.Logf("%s: %d of %d events are alerts", dir, summary.Matched, summary.Events)
	}
}
