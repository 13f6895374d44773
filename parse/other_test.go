package parse

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func quoteEvent(n string) string { return `{"eventVersion":"1.08","eventID":"` + n + `"}` }

// What is no event of CloudTrail's comes as one all the same, and what it is can
// be told.
func TestOthers(t *testing.T) {
	hit := `{"_index":"ct","_id":"1","_source":` + ev1 + `}`
	for _, c := range []struct {
		name, in    string
		n, all      int64
		what        string // "": nothing is said
		known, only bool
	}{
		{"hits", hit + "\n" + hit, 2, 2, "not CloudTrail events: Elasticsearch or OpenSearch hits", true, true},
		{"a response", `{"took":1,"hits":{"total":1,"hits":[` + hit + `]}}`, 1, 1, "an Elasticsearch or OpenSearch response", true, true},
		{"an array of hits", "[" + hit + "]", 1, 1, "Elasticsearch or OpenSearch hits", true, true},
		{"common schema", `{"@timestamp":"x","event":{"original":"{}"},"cloud":{}}`, 1, 1, "Elastic Common Schema", true, true},
		{"Splunk lines", `{"preview":false,"offset":0,"result":{"_raw":` + quote(ev1) + `}}`, 1, 1, "Splunk results", true, true},
		{"Splunk response", `{"preview":false,"init_offset":0,"results":[{"_raw":"x"}]}`, 1, 1, "a Splunk response", true, true},
		{"HEC", `{"time":1,"sourcetype":"aws:cloudtrail","event":` + ev1 + `}`, 1, 1, "HTTP Event Collector", true, true},
		{"OCSF", `{"class_uid":6003,"metadata":{"product":{"name":"CloudTrail"}},"time":1}`, 1, 1, "OCSF events", true, true},
		{"Athena", `{"ResultSet":{"Rows":[]}}`, 1, 1, "aws athena get-query-results", true, true},
		{"Lake", `{"QueryStatus":"FINISHED","QueryResultRows":[[{"eventName":"x"}]]}`, 1, 1, "aws cloudtrail get-query-results", true, true},
		{"Logs Insights", `{"results":[[{"field":"@message","value":"{}"}]],"statistics":{},"status":"Complete"}`, 1, 1, "aws logs get-query-results", true, true},
		{"filter-log-events", `{"events":[{"message":"{}","eventId":"3"}],"searchedLogStreams":[]}`, 1, 1, "aws logs filter-log-events", true, true},
		{"lines of those", `{"logStreamName":"s","timestamp":1,"message":"{}","ingestionTime":2,"eventId":"3"}`, 1, 1, "what CloudWatch Logs holds", true, true},
		{"lookup-events that was cut down", `[{"EventId":"1","EventName":"x"}]`, 1, 1, "without the events", true, true},
		{"S3 notifications", `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventTime":"x","eventName":"ObjectCreated:Put","s3":{}}]}`, 1, 1, "S3 event notifications", true, true},
		{"another kind of EventBridge event", `{"version":"0","detail-type":"GuardDuty Finding","detail":{"severity":5}}`, 1, 1, "an EventBridge event of another kind", true, true},
		{"nothing known", `{"a":1,"b\u0062":2}`, 1, 1, "not CloudTrail events: objects with the keys a, bb at byte 0", false, true},
		{"many keys", `{"k1":1,"k2":1,"k3":1,"k4":1,"k5":1,"k6":1,"` + strings.Repeat("x", 100) + `":1}`, 1, 1, "objects with the keys k1, k2, k3, k4, k5, …", false, true},
		{"a long key", `{"` + strings.Repeat("é", 100) + `":1}`, 1, 1, "with the keys " + strings.Repeat("é", someKey/2) + "…", false, true},
		{"no keys", `{"Records":[{}]}`, 1, 1, "objects without keys", false, true},
		{"only a type", `{"eventType":"user.session.start","actor":{},"published":"x"}`, 1, 1, "a system log of Okta", true, true},
		{"an object among events", ev1 + `{"a":1}` + ev2, 1, 3, "objects with the keys a at byte 61", false, false},
		{"hits among events", ev1 + `{"a":1}` + hit, 2, 3, "Elasticsearch or OpenSearch hits at byte 68", true, false},
		{"an odd one in a log", `{"Records":[` + ev1 + `,{"a":1}]}`, 0, 2, "", false, false},
		{"and with white space", `{ "Records":[` + ev1 + `,{"a":1}]}`, 0, 2, "", false, false},
		{"before the events of a log", `{"Records":[{"a":1},` + ev1 + `]}`, 1, 2, "objects with the keys a", false, false},
		{"in the second log", `{"Records":[` + ev1 + `]}{"Records":[{"a":1}]}`, 1, 2, "objects with the keys a", false, false},
		{"a bulk request", `{"index":{"_index":"x"}}` + ev1 + `{"index":{}}` + ev2, 0, 2, "", false, false},
		{"minimal events", `{"eventName":"x"}{"eventID":"x"}{"eventTime":"x"}{"eventSource":"x"}{"eventId":"x"}{"userIdentity":{}}{"eventCategory":"Insight"}{"eventVersion":"2.0"}`, 0, 8, "", false, false},
		{"no objects", `{"Records":[]}`, 0, 0, "", false, false},
	} {
		for size, l := range map[string]Limits{"whole": {}, "streamed": small} {
			_, errs, b := read(l, c.in, false)
			if o := b.others; len(errs) > 0 || o.N != c.n || o.All != c.all || o.N > 0 && (!strings.Contains(o.First.Error(), c.what) || o.known != c.known || o.only() != c.only) {
				t.Errorf("%s, %s: %d of %d, %v, known %v, errors %q", c.name, size, o.N, o.All, o.First, o.known, errs)
			}
			if b.Others() == nil != (c.n == 0) || (b.Others().Err() == nil) != (c.n == 0 || !c.known && !c.only) {
				t.Errorf("%s, %s: %+v, %v", c.name, size, b.Others(), b.Others().Err())
			}
		}
	}
}

// What belongs beside logs is no event, and not taken for one.
func TestApart(t *testing.T) {
	for _, in := range []string{`{"PublicKeyList":[]}`, `{"hashSignature":"x","publicKeyFingerprint":"y","files":[]}`, `{"index":{}}`, `{"kind":"log","status":"valid"}`} {
		got, errs, b := read(Limits{}, in, false)
		if err := b.Others().Err(); len(got)+len(errs) > 0 || !errors.Is(err, ErrUnrelated) {
			t.Errorf("%s: %q, %q, %v", in, got, errs, err)
		}
		got, errs, b = read(Limits{}, in+ev1, false)
		if len(got) != 1 || len(errs) > 0 || b.Others() != nil {
			t.Errorf("%s and an event: %q, %q, %+v", in, got, errs, b.Others())
		}
	}
}

// An event says itself that it is none.
func TestOtherEvents(t *testing.T) {
	var others []bool
	for e, err := range bodyOf([]byte(ev1 + `{"a":1}` + quoteEvent("2"))).Events() {
		if err != nil {
			t.Fatal(err)
		}
		others = append(others, e.Other())
	}
	if len(others) != 3 || others[0] || !others[1] || others[2] {
		t.Errorf("%v", others)
	}
}

// One answer of another tool may be larger than what is held of an event; what
// it is is said all the same.
func TestOtherTooLarge(t *testing.T) {
	in := `{"took":1,"hits":{"hits":["` + strings.Repeat("x", 20<<20) + `"]}}`
	_, errs, _ := read(Limits{Whole: 1000, Event: 1 << 20}, in, false)
	if len(errs) != 1 || errs[0] != "not CloudTrail events: an Elasticsearch or OpenSearch response" {
		t.Errorf("errors %q", errs)
	}
}

// Every hint that is a command has balanced quotes, and every form its keys.
func TestForms(t *testing.T) {
	for _, f := range forms {
		if len(f.keys) == 0 || f.what == "" || f.unrelated != (f.hint == "") || strings.Count(f.hint, "'")%2 != 0 && !strings.Contains(f.hint, "trail's") {
			t.Errorf("%+v", f)
		}
		doc := `{"` + strings.Join(f.keys, `":1,"`) + `":1}`
		if g := formOf([]byte(doc)); g == nil || g.what != f.what {
			t.Errorf("%s is taken for %+v", doc, g)
		}
	}
}

// All real events that are at hand are events.
func TestRealEventsAreNoOthers(t *testing.T) {
	const data = "../../shared/data"
	if _, err := os.Stat(data); err != nil {
		t.Skip("no real events here")
	}
	n := 0
	err := filepath.WalkDir(data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, ".json") || strings.Contains(path, "/digests/") || strings.Contains(path, "/sigma/") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		b, err := NewDecoder(Limits{}).Open(f, -1, false)
		if err != nil {
			return err
		}
		for e, err := range b.Events() {
			if err == nil && e.Other() {
				t.Errorf("%s: %.200s", path, e.Raw)
			}
			n++
		}
		return nil
	})
	if err != nil || n < 1000 {
		t.Errorf("%d events, %v", n, err)
	}
}

func TestFormats(t *testing.T) {
	tar := make([]byte, 512)
	copy(tar[257:], "ustar\x00")
	for in, want := range map[string]string{
		"PAR1\x15\x04": "a Parquet file", "ORC\x0a\x0b": "an ORC file", "Obj\x01\x04": "an Avro file", "7z\xbc\xaf\x27\x1c\x00\x04": "a 7z archive",
		"Rar!\x1a\x07\x01\x00": "a RAR archive", "\x04\x22\x4d\x18\x64": "LZ4 data", "\xd4\xc3\xb2\xa1\x02\x00": "a network capture",
		"\x0a\x0d\x0d\x0a\x00\x00": "a network capture", "ElfFile\x00\x00": "a Windows event log", "SQLite format 3\x00": "an SQLite database",
		"PK\x03\x04\x14\x00": "a ZIP archive under another name", string(tar): "a tar archive under another name", gz(gz(ev1)): "gzip data in compressed data",
		gz(xzip(ev1)): "xz data in compressed data", xzip("PAR1\x15"): "a Parquet file", "-----BEGIN PGP MESSAGE-----\n": "encrypted by PGP",
	} {
		for _, l := range []Limits{{}, small} {
			d := decoder(l)
			b, err := d.Open(strings.NewReader(in), -1, false)
			if err != nil {
				t.Fatal(err)
			}
			errs := 0
			for _, err := range b.Events() {
				var e *Error
				if errs++; !errors.As(err, &e) || e.Err != ErrFormat || !strings.Contains(e.Detail, want) || e.Hint == "" || !e.Fatal {
					t.Errorf("%.20q: %v, want %s", in, err, want)
				}
			}
			if errs != 1 {
				t.Errorf("%.20q: %d errors", in, errs)
			}
		}
		for _, err := range bodyOf([]byte(in)).Documents() {
			if err == nil {
				t.Errorf("%.20q: a document", in)
			}
		}
	}
	for _, in := range []string{"ORCHESTRA is a word\n", "PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x13\x00\x00\x00[Content_Types].xml", "\x89PNG\r\n", "{}"} {
		if err := formatOf([]byte(in)); err != nil {
			t.Errorf("%.20q: %v", in, err)
		}
	}
}
