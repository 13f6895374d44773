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

// However many slight changes there are, what is telling is drawn; the rest is
// said to be left out, and there with --all.
func TestTraceCutsNothingThatIsTelling(t *testing.T) {
	var b strings.Builder
	add := func(i int, source, name, params string) {
		fmt.Fprintf(&b, `{"eventID":"%d","eventTime":"2024-01-09T%02d:%02d:00Z","eventName":%q,"eventSource":"%s.amazonaws.com","readOnly":false,"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::1:user/m","accessKeyId":"AKIAM"},"requestParameters":%s}`+"\n",
			i, 10+i/60, i%60, name, source, params)
	}
	for i := range 100 {
		add(i, "ec2", fmt.Sprintf("CreateThing%d", i), fmt.Sprintf(`{"thingId":"t-%d"}`, i))
	}
	for i := range 40 {
		add(100+i, "iam", "AttachUserPolicy", fmt.Sprintf(`{"userName":"u%02d","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`, i))
	}
	add(200, "ec2", "ModifySnapshotAttribute", `{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"userId":"999999999999"}]}}}`)
	_, out, _ := in(t, b.String(), "trace", "AKIAM")
	for i := range 40 {
		if !strings.Contains(out, fmt.Sprintf("(user u%02d", i)) {
			t.Errorf("user u%02d is not there", i)
		}
	}
	if !strings.Contains(out, "snap-1") || !strings.Contains(out, "… and 81 more that change something; --all shows them") {
		t.Errorf("got\n%s", out)
	}
	if _, out, _ = in(t, b.String(), "trace", "--all", "AKIAM"); strings.Count(out, "CreateThing") != 100 || strings.Contains(out, "more that") {
		t.Errorf("--all has %d", strings.Count(out, "CreateThing"))
	}
}
