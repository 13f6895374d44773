package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ctlog/report"
)

// The trace of an attacker's key tells the steps of the attack in their order,
// with the numbers that a recount gives.
func TestTraceTellsTheAttack(t *testing.T) {
	data := filepath.Join(realData(t), "invictus")
	if _, err := os.Stat(data); err != nil {
		t.Skip("the attack of Invictus is not here")
	}
	const key = "AKIATFQR7NSC8Q4X20BJ"
	type seen struct {
		n     int
		first string
	}
	want := map[string]seen{}
	for _, e := range events(t, data) {
		if textAt(e, "userIdentity.accessKeyId") == key {
			name, now := textAt(e, "eventName"), eventTimeOf(e)
			s, ok := want[name]
			if s.n++; !ok || now < s.first {
				s.first = now
			}
			want[name] = s
		}
	}
	_, out, _ := in(t, "", "trace", "-q", "-o", "json", key, data)
	rows := decode(t, out)
	var names, firsts []string
	steps, _ := rows[0]["steps"].([]any)
	for _, v := range steps {
		step := v.(map[string]any)
		api, _ := step["api"].(string)
		_, name, _ := strings.Cut(api, ":")
		first, _ := step["first"].(string)
		names, firsts = append(names, name), append(firsts, first)
		if s := want[name]; first != s.first || step["count"].(json.Number).String() != strconv.Itoa(s.n) {
			t.Errorf("%v, want %+v", step, s)
		}
	}
	if len(names) != len(want) || !slices.IsSorted(firsts) {
		t.Errorf("%d steps of %d; in order: %v", len(names), len(want), slices.IsSorted(firsts))
	}
	at := -1
	for _, name := range []string{"CreateRole", "AttachRolePolicy", "RunInstances", "SendCommand", "GetSecretValue", "GetParameters", "DeleteTrail", "PutEventSelectors", "PutBucketLifecycle", "StopLogging", "DeleteFlowLogs"} {
		next := slices.Index(names, name)
		if next <= at {
			t.Errorf("%s is step %d, after %d", name, next, at)
		}
		at = next
	}
	roles := 0
	for _, row := range rows[1:] {
		if row["parent"] == key && row["givenOutBy"] == "sts:AssumeRole" {
			roles++
		}
	}
	if roles != 4 {
		t.Errorf("%d sessions came of the key, want 4", roles)
	}
}

// A lineage that someone made up, hundreds of keys deep, is drawn within the
// width, with all its sessions.
func TestTraceOfADeepLineage(t *testing.T) {
	const deep = 300
	var b strings.Builder
	for i := range deep {
		fmt.Fprintf(&b, `{"eventID":"%d","eventTime":"2024-01-09T10:%02d:%02dZ","eventName":"AssumeRole","eventSource":"sts.amazonaws.com",`+
			`"userIdentity":{"accessKeyId":"K%d"},"responseElements":{"credentials":{"accessKeyId":"K%d"}}}`+"\n", i, i/60, i%60, i, i+1)
	}
	_, out, _ := in(t, b.String(), "trace", "K0")
	for line := range strings.Lines(out) {
		if n := len([]rune(line)); n > report.PlainWidth+1 {
			t.Fatalf("%d columns: %s", n, line)
		}
	}
	for i := 1; i <= deep; i++ {
		if !strings.Contains(out, fmt.Sprintf("└─K%d\n", i)) {
			t.Fatalf("K%d is not there:\n%s", i, out)
		}
	}
}
