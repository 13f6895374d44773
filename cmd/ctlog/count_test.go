package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// realData is where real events lie, the demo's evidence when there are none.
func realData(t *testing.T) string {
	for _, dir := range []string{os.Getenv("CTLOG_DATA"), "../../../shared/data", "../../../../shared/data"} {
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
	}
	return "../../testdata/evidence"
}

// events are what grep prints for everything under a path, decoded.
func events(t *testing.T, path string) (all []map[string]any) {
	t.Helper()
	_, out, _ := in(t, "", "grep", "--dedupe", "-q", "true", path)
	for line := range strings.Lines(out) {
		var e map[string]any
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	if len(all) == 0 {
		t.Fatal("no events")
	}
	return all
}

// at gives the JSON of a value at a path, null when it is absent.
func at(e map[string]any, path string) string {
	var v any = e
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// decode reads the JSON that a triage command prints.
func decode(t *testing.T, out string) (rows []map[string]any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(out))
	d.UseNumber()
	if err := d.Decode(&rows); err != nil {
		t.Fatalf("%s in %q", err, out)
	}
	return rows
}

// eventTimeOf gives the eventTime as CloudTrail writes it; CloudTrail Lake
// writes it otherwise.
func eventTimeOf(e map[string]any) string {
	now, _ := e["eventTime"].(string)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02 15:04:05Z"} {
		if t, err := time.Parse(layout, now); err == nil {
			return t.UTC().Format(time.RFC3339Nano)
		}
	}
	return ""
}

// Counts are those that a plain recomputation gives.
func TestCountsAreRight(t *testing.T) {
	data := realData(t)
	all := events(t, data)
	for _, by := range []string{
		"eventName", "eventSource,eventName", "userIdentity.arn", "userIdentity.sessionContext.sessionIssuer.userName,errorCode",
		"readOnly,awsRegion", "userAgent", "eventVersion", "apiVersion", "eventID", "additionalEventData.bytesTransferredOut",
	} {
		type seen struct {
			n           int
			first, last string
		}
		want := map[string]*seen{}
		paths := strings.Split(by, ",")
		for _, e := range all {
			key := ""
			for _, p := range paths {
				key += at(e, p) + ","
			}
			s := want[key]
			if s == nil {
				s = new(seen)
				want[key] = s
			}
			s.n++
			if now := eventTimeOf(e); now != "" {
				if s.first == "" || now < s.first {
					s.first = now
				}
				s.last = max(s.last, now)
			}
		}
		_, out, _ := in(t, "", "count", "-q", "-o", "json", "--by", by, data)
		rows := decode(t, out)
		for _, row := range rows {
			key := ""
			for _, p := range paths {
				b, _ := json.Marshal(row[p])
				key += string(b) + ","
			}
			first, _ := row["first"].(string)
			last, _ := row["last"].(string)
			if s := want[key]; s == nil || strconv.Itoa(s.n) != row["count"].(json.Number).String() || s.first != first || s.last != last {
				t.Errorf("--by %s: %v, want %+v", by, row, s)
			}
		}
		if len(rows) != len(want) {
			t.Errorf("--by %s: %d values, want %d", by, len(rows), len(want))
		}
	}
}

// jq, sort and uniq give the same counts.
func TestCountsLikeUniq(t *testing.T) {
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("no jq")
	}
	for _, c := range []struct{ path, read string }{
		{"../../testdata/evidence", `find "$0" -path '*/CloudTrail/*' -name '*.gz' | xargs zcat | jq -r '.Records[]`},
		{filepath.Join(realData(t), "invictus"), `find "$0" -name '*.json.gz' | xargs zcat | jq -r '.Records[]`},
		{filepath.Join(realData(t), "stratus-red-team"), `cat "$0"/*.json | jq -r '.[]`},
	} {
		if _, err := os.Stat(c.path); err != nil {
			t.Logf("%s is not here", c.path)
			continue
		}
		for by, filter := range map[string]string{
			"eventName": ".eventName // empty", "userIdentity.arn": ".userIdentity.arn // empty", "errorCode,sourceIPAddress": `select(.errorCode) | "\(.errorCode)\t\(.sourceIPAddress)"`,
		} {
			const counted = ` | LC_ALL=C sort | uniq -c | sed 's/^ *\([0-9]*\) /\1\t/' | LC_ALL=C sort`
			want, err := exec.Command("sh", "-c", c.read+" | "+filter+"'"+counted, c.path).Output()
			if err != nil {
				t.Fatal(err)
			}
			_, out, _ := in(t, "", "count", "-q", "--dedupe=false", "--by", by, "-o", "tsv", c.path)
			var got []string
			for line := range strings.Lines(out) {
				if cells := strings.Split(line, "\t"); cells[0] != "count" && cells[1] != "" {
					got = append(got, strings.Join(cells[:len(cells)-2], "\t")+"\n")
				}
			}
			slices.Sort(got)
			if strings.Join(got, "") != string(want) || len(got) == 0 {
				t.Errorf("%s by %s: got\n%swant\n%s", c.path, by, strings.Join(got, ""), want)
			}
		}
	}
}

// Neither workers nor the way the evidence is packed show in the result.
func TestTriageJobsDoNotShow(t *testing.T) {
	dir := t.TempDir()
	// The second copy of an event differs: which one counts must not be left to
	// chance.
	for i, name := range []string{"A", "B", "C", "D", "E", "F"} {
		one := `{"Records":[{"eventName":"` + name + `","eventTime":"2024-01-09T10:0` + strconv.Itoa(i) + `:00Z","eventID":"same"}]}`
		writeFile(t, filepath.Join(dir, strconv.Itoa(9-i)+".json"), []byte(one))
	}
	for _, args := range [][]string{{"count", "--by", "eventName"}, {"count", "--by", "user,eventName", "-o", "json", "--write-only"},
		{"timeline", "--bucket", "5m"}, {"timeline", "--by", "eventName", "--bucket", "1h", "-o", "csv"},
		{"summary", "--top", "50"}, {"trace", "arn:aws:iam::111122223333:root", "-o", "csv"}, {"summary", "--by", "ip", "--baseline-until", "2024-01-09T11", "-o", "json"}} {
		first := ""
		for range 5 {
			for _, jobs := range []string{"1", "2", "8"} {
				full := append(append([]string{}, args...), "--jobs", jobs, dir, "../../testdata/evidence")
				_, out, stderr := in(t, "", full...)
				if first == "" {
					first = out + stderr
				}
				if out+stderr != first || out == "" {
					t.Fatalf("%q: --jobs %s changes the result", args, jobs)
				}
			}
		}
	}
}

// A timeline has the events of every hour, and its errors.
func TestTimelineIsRight(t *testing.T) {
	data := realData(t)
	type seen struct{ n, errors int }
	want := map[string]seen{}
	for _, e := range events(t, data) {
		hour := ""
		if now := eventTimeOf(e); now != "" {
			hour = now[:len("2024-01-09T10")] + ":00:00Z"
		}
		s := want[hour]
		s.n++
		if at(e, "errorCode") != "null" || at(e, "errorMessage") != "null" {
			s.errors++
		}
		want[hour] = s
	}
	_, out, _ := in(t, "", "timeline", "-q", "-o", "json", data)
	rows := decode(t, out)
	for _, row := range rows {
		hour, _ := row["bucket"].(string)
		if s := want[hour]; row["count"].(json.Number).String() != strconv.Itoa(s.n) || row["errors"].(json.Number).String() != strconv.Itoa(s.errors) {
			t.Errorf("%v, want %+v", row, s)
		}
	}
	if len(rows) != len(want) {
		t.Errorf("%d hours, want %d", len(rows), len(want))
	}
}
