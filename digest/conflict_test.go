package digest

import (
	"strings"
	"testing"

	"ctlog/internal/testkit/trailgen"
)

// A file that nothing proves is held against the valid ones event by event: by
// what they say, not by their IDs.
func TestTwins(t *testing.T) {
	genuine := `{"eventID":"e1","eventName":"DeleteTrail","eventTime":"2024-01-09T10:30:00Z","awsRegion":"us-east-1","recipientAccountId":"111122223333","n":1.0}`
	other := strings.Replace(genuine, "e1", "e2", 1)
	second := "perhaps a second trail"
	const unlisted, late = "20240109T1040Z_ForgedForgedForg", "20240109T1540Z_ForgedForgedForg"
	for name, c := range map[string]struct {
		at, forged      string
		conflict        string // the IDs
		second, verdict bool
	}{
		"the same":            {unlisted, genuine, "", true, true},
		"both":                {unlisted, other + "," + genuine, "", true, true},
		"spelled otherwise":   {unlisted, `{ "eventName":"Delete\u0054rail","eventID":"e1", "n":1.0,"eventTime":"2024-01-09T10:30:00Z","recipientAccountId":"111122223333","awsRegion":"us-east-1"}`, "", true, true},
		"another name":        {unlisted, strings.Replace(genuine, "DeleteTrail", "DescribeTrails", 1), "e1", false, true},
		"hidden ID":           {unlisted, strings.Replace(strings.Replace(genuine, `"eventID"`, `"event\u0049D"`, 1), "DeleteTrail", "DescribeTrails", 1), "e1", false, true},
		"another ID":          {unlisted, strings.Replace(genuine, "e1", "e9", 1), "", false, true},
		"one of two":          {unlisted, genuine + "," + strings.Replace(other, "DeleteTrail", "ListTrails", 1), "e2", false, true},
		"one more":            {unlisted, genuine + "," + strings.Replace(genuine, "e1", "e9", 1), "", false, true},
		"after the end":       {late, strings.Replace(genuine, "DeleteTrail", "DescribeTrails", 1), "e1", false, true},
		"the same, after":     {late, genuine, "", false, false},
		"no ID":               {unlisted, `{"eventName":"x"}`, "", false, true},
		"twice the same ID":   {unlisted, `{"eventID":"e1","eventID":"e9"}`, "", false, true},
		"another ID by force": {unlisted, `{"eventID":"e9","eventID":"e1"}`, "e1", false, true},
	} {
		list := line(0, 6, nil, nil)
		list[2].logs[logKey("", "us-east-1", "20240109T1035Z_AbCdEfGhIjKlMnOp")] = events(genuine, other)
		copied := copyOf(list...)
		forged := logKey("", "us-east-1", c.at)
		copied.Objects[forged] = &trailgen.Stored{Bytes: trailgen.Gzip([]byte(events(c.forged)))}
		r := verifyCopy(t, copied, nil)
		var ids []string
		for _, f := range findingsOf(r, Conflict) {
			ids = append(ids, f.Events...)
			if f.Twin != "copy/"+forged || !strings.HasSuffix(f.Of, "20240109T1035Z_AbCdEfGhIjKlMnOp.json.gz") || f.EventID != f.Events[0] {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if got := strings.Join(ids, " "); got != c.conflict || strings.Contains(dump(r), second) != c.second || (r.Verdict == Tampered) != c.verdict {
			t.Errorf("%s: conflicts %q, want %q; %s\n%s", name, got, c.conflict, told(r), r.Notes)
		}
	}
}

// What can be read only once is not compared, and that is said.
func TestTwinsReadOnce(t *testing.T) {
	list := line(0, 4, nil, nil)
	list[1].logs[logKey("", "us-east-1", "20240109T0935Z_AbCdEfGhIjKlMnOp")] = events(`{"eventID":"e"}`)
	copied := copyOf(list...)
	copied.Objects[logKey("", "us-east-1", "20240109T1040Z_ForgedForgedForg")] = &trailgen.Stored{Bytes: trailgen.Gzip([]byte(events(`{"eventID":"e2"}`)))}
	m := memoryOf(copied)
	m.once = true
	r := verify(t, m, optionsFor(t, copied))
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "read only once") {
		t.Errorf("notes %q", r.Notes)
	}
}

// What is about the trail, its bucket or its key is told; the rest is not.
func TestControlEvents(t *testing.T) {
	const bucket, file = "b", "AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/09/x.json.gz"
	key := "1234abcd-12ab-34cd-56ef-1234567890ab"
	for name, c := range map[string]struct {
		event ControlEvent
		want  string // in the reason, "" for no finding
	}{
		"stopped":                {ControlEvent{Name: "StopLogging", Subjects: []string{"main"}}, "what the trail main records"},
		"by its ARN":             {ControlEvent{Name: "DeleteTrail", Subjects: []string{"arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}}, "what the trail main records"},
		"another trail":          {ControlEvent{Name: "StopLogging", Subjects: []string{"maine"}}, ""},
		"refused":                {ControlEvent{Name: "StopLogging", Error: "AccessDenied", Subjects: []string{"main"}}, "it failed: AccessDenied"},
		"its bucket":             {ControlEvent{Name: "PutBucketPolicy", Subjects: []string{"x", bucket}}, "the bucket b"},
		"another bucket":         {ControlEvent{Name: "PutBucketPolicy", Subjects: []string{"bb"}}, ""},
		"a file":                 {ControlEvent{Name: "DeleteObject", Subjects: []string{bucket, file}}, "deletes or unlocks " + file},
		"a file by ARN":          {ControlEvent{Name: "DeleteObjects", Subjects: []string{"arn:aws:s3:::" + bucket + "/" + file}}, "deletes or unlocks " + file},
		"a file elsewhere":       {ControlEvent{Name: "DeleteObject", Subjects: []string{"bb", file}}, ""},
		"no file of the trail":   {ControlEvent{Name: "DeleteObject", Subjects: []string{bucket, "x"}}, ""},
		"its key":                {ControlEvent{Name: "ScheduleKeyDeletion", Subjects: []string{key}}, "encrypts the trail's files"},
		"another key":            {ControlEvent{Name: "DisableKey", Subjects: []string{strings.Replace(key, "12", "21", 1)}}, ""},
		"a name that says other": {ControlEvent{Name: "DescribeTrails", Subjects: []string{"main"}}, ""},
	} {
		list := line(0, 4, nil, nil)
		at := logKey("", "us-east-1", "20240109T0935Z_AbCdEfGhIjKlMnOp")
		list[1].logs[at] = events(`{"eventID":"e"}`)
		copied := copyOf(list...)
		for _, valid := range []bool{true, false} {
			m := memoryOf(copied)
			for i := range m.files {
				if m.files[i].Key == at {
					c.event.ID = "e"
					created := ControlEvent{ID: "c", Name: "CreateTrail", Subjects: []string{"main", "arn:aws:kms:us-east-1:111122223333:key/" + key}}
					m.files[i].Control = []ControlEvent{created, c.event, c.event}
					if !valid {
						m.files[i].Sum[0] ^= 1
					}
				}
			}
			findings := findingsOf(verify(t, m, optionsFor(t, copied)), Control)
			switch {
			case !valid || c.want == "":
				if len(findings) > 0 {
					t.Errorf("%s, valid %v: %+v", name, valid, findings)
				}
			case len(findings) != 1 || !strings.Contains(findings[0].Reason, c.want):
				t.Errorf("%s: %+v", name, findings)
			}
		}
	}
}
