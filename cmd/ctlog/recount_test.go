package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// account is what a summary says of one subject, counted anew.
type account struct {
	count, errors, writes, bytes int
	first, last                  string
	sets                         map[string]map[string]bool // by column
}

// textAt gives a string at a path, "" when there is none.
func textAt(e map[string]any, path string) (s string) {
	json.Unmarshal([]byte(at(e, path)), &s)
	return s
}

// The sets of a summary, and where their values come from.
var setPaths = map[string][]string{
	"regions": {"awsRegion"}, "userAgents": {"userAgent"}, "errorCodes": {"errorCode"}, "accessKeys": {"userIdentity.accessKeyId"},
	"keysCreated": {"responseElements.accessKey.accessKeyId", "responseElements.credentials.accessKeyId"},
}

func (a *account) add(e map[string]any) {
	put := func(column, value string) {
		if value == "" {
			return
		}
		if a.sets[column] == nil {
			a.sets[column] = map[string]bool{}
		}
		a.sets[column][value] = true
	}
	a.count++
	name, code := textAt(e, "eventName"), textAt(e, "errorCode")
	if code != "" || textAt(e, "errorMessage") != "" {
		a.errors++
	}
	switch readOnly := strings.Trim(at(e, "readOnly"), `"`); {
	case readOnly == "false":
		a.writes++
	case readOnly != "true" && name != "" && changes(nil, name):
		a.writes++
	}
	if f, err := strconv.ParseFloat(at(e, "additionalEventData.bytesTransferredOut"), 64); err == nil {
		a.bytes += int(f)
	}
	if now := eventTimeOf(e); now != "" {
		if a.first == "" || now < a.first {
			a.first = now
		}
		a.last = max(a.last, now)
	}
	put("apis", strings.TrimSuffix(textAt(e, "eventSource"), ".amazonaws.com")+":"+name)
	for column, paths := range setPaths {
		for _, p := range paths {
			put(column, textAt(e, p))
		}
	}
	if strings.HasPrefix(name, "AssumeRole") {
		put("rolesAssumed", textAt(e, "requestParameters.roleArn"))
	}
	switch from := textAt(e, "sourceIPAddress"); {
	case from == "AWS Internal" || strings.HasSuffix(from, ".amazonaws.com"):
		put("awsServices", from)
	default:
		put("addresses", from)
	}
}

// changes: of events that do not say whether they only read.
func changes(_ []byte, name string) bool {
	return !slices.ContainsFunc([]string{"Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Search", "Query", "Scan", "Check", "Decrypt"},
		func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// recount makes accounts by the value at a path.
func recount(all []map[string]any, path string) map[string]*account {
	accounts := map[string]*account{}
	for _, e := range all {
		who := at(e, path)
		if accounts[who] == nil {
			accounts[who] = &account{sets: map[string]map[string]bool{}}
		}
		accounts[who].add(e)
	}
	return accounts
}

// list gives the strings of a column, sorted.
func list(row map[string]any, column string) (texts []string) {
	values, _ := row[column].([]any)
	for _, v := range values {
		texts = append(texts, v.(string))
	}
	slices.Sort(texts)
	return texts
}

// Every number and every list of a summary is that of a plain recount.
func TestSummaryIsRight(t *testing.T) {
	data := realData(t)
	all := events(t, data)
	for by, path := range map[string]string{"ip": "sourceIPAddress", "access-key": "userIdentity.accessKeyId"} {
		accounts := recount(all, path)
		_, out, _ := in(t, "", "summary", "-q", "--by", by, "-o", "json", data)
		rows := decode(t, out)
		for _, row := range rows {
			who, _ := json.Marshal(row[path])
			a := accounts[string(who)]
			if a == nil {
				t.Errorf("--by %s: %s is nobody", by, who)
				continue
			}
			for column, want := range map[string]int{"count": a.count, "errors": a.errors, "writes": a.writes, "bytesTransferredOut": a.bytes} {
				if got := row[column].(json.Number).String(); got != strconv.Itoa(want) {
					t.Errorf("--by %s %s: %s %s, want %d", by, who, column, got, want)
				}
			}
			first, _ := row["first"].(string)
			last, _ := row["last"].(string)
			if first != a.first || last != a.last {
				t.Errorf("--by %s %s: from %s to %s, want %s to %s", by, who, first, last, a.first, a.last)
			}
			for column := range row {
				if want, ok := a.sets[column]; ok && !slices.Equal(list(row, column), slices.Sorted(maps.Keys(want))) {
					t.Errorf("--by %s %s: %s %q, want %q", by, who, column, list(row, column), slices.Sorted(maps.Keys(want)))
				}
			}
		}
		if len(rows) != len(accounts) {
			t.Errorf("--by %s: %d entries, want %d", by, len(rows), len(accounts))
		}
	}
}

// What is new after a baseline is what a recount of both parts says.
func TestNewsAreRight(t *testing.T) {
	data := realData(t)
	all := events(t, data)
	var times []string
	for _, e := range all {
		if now := eventTimeOf(e); now != "" {
			times = append(times, now)
		}
	}
	slices.Sort(times)
	middle := times[len(times)/2]
	var before, after []map[string]any
	for _, e := range all {
		if now := eventTimeOf(e); now != "" && now >= middle {
			after = append(after, e)
		} else {
			before = append(before, e) // without a time nothing is new
		}
	}
	const path = "sourceIPAddress"
	old, later := recount(before, path), recount(after, path)
	_, out, _ := in(t, "", "summary", "-q", "--by", "ip", "--baseline-until", middle, "-o", "json", data)
	news := 0
	for _, row := range decode(t, out) {
		who, _ := json.Marshal(row[path])
		for column, of := range map[string]string{"newApis": "apis", "newRegions": "regions", "newUserAgents": "userAgents", "newAccessKeys": "accessKeys"} {
			var want []string
			if a := later[string(who)]; a != nil {
				for _, text := range slices.Sorted(maps.Keys(a.sets[of])) {
					if b := old[string(who)]; b == nil || !b.sets[of][text] {
						want = append(want, text)
					}
				}
			}
			if got := list(row, column); !slices.Equal(got, want) {
				t.Errorf("%s: %s %q, want %q", who, column, got, want)
			}
			news += len(want)
		}
	}
	if news == 0 {
		t.Error("there was nothing new to find")
	}
}

// A timeline by a field has the events, the errors, the first and the last of
// every value and hour.
func TestTimelineByIsRight(t *testing.T) {
	data := realData(t)
	hours := map[string]*account{}
	for _, e := range events(t, data) {
		hour := "null"
		if now := eventTimeOf(e); now != "" {
			hour = now[:len("2024-01-09T10")]
		}
		key := hour + at(e, "eventSource")
		if hours[key] == nil {
			hours[key] = &account{sets: map[string]map[string]bool{}}
		}
		hours[key].add(e)
	}
	_, out, _ := in(t, "", "timeline", "-q", "--by", "eventSource", "-o", "json", data)
	rows := decode(t, out)
	for _, row := range rows {
		hour, source := "null", at(row, "eventSource")
		if bucket, _ := row["bucket"].(string); bucket != "" {
			hour = bucket[:len("2024-01-09T10")]
		}
		first, _ := row["first"].(string)
		last, _ := row["last"].(string)
		if a := hours[hour+source]; a == nil || row["count"].(json.Number).String() != strconv.Itoa(a.count) || row["errors"].(json.Number).String() != strconv.Itoa(a.errors) || first != a.first || last != a.last {
			t.Errorf("%v, want %+v", row, a)
		}
	}
	if len(rows) != len(hours) {
		t.Errorf("%d rows, want %d", len(rows), len(hours))
	}
}
