package parse

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestField(t *testing.T) {
	const raw = ` { "a" : 1 , "b":{"c":[1,2],"d":"x\"}"}, "k\u0065y":true, "dup":1, "dup":{"in":2}, "":"empty" } `
	for path, want := range map[string]string{
		"a": "1", "b": `{"c":[1,2],"d":"x\"}"}`, "b.c": "[1,2]", "b.d": `"x\"}"`, "key": "true", "dup.in": "2",
		"": `"empty"`, "absent": "", "a.b": "", "b.c.d": "", "du": "", "dupe": "",
	} {
		got, ok := Field([]byte(raw), strings.Split(path, ".")...)
		if string(got) != want || ok != (want != "") {
			t.Errorf("Field(%q) = %q, %v; want %q", path, got, ok, want)
		}
	}
}

func TestPaths(t *testing.T) {
	p := NewPaths([]string{"a"}, []string{"b", "c"}, []string{"b"}, []string{"x"}, []string{"b", "d"})
	out := make([][]byte, p.Len())
	p.Find([]byte(`{"b":{"c":1,"d":2},"a":7,"b":{"c":3}}`), out)
	want := []string{"7", "3", `{"c":3}`, "", ""}
	for i := range want {
		if string(out[i]) != want[i] {
			t.Errorf("path %d: %q, want %q", i, out[i], want[i])
		}
	}
	raw := []byte(ev2)
	if n := testing.AllocsPerRun(100, func() { p.Find(raw, out) }); n > 0 {
		t.Errorf("Find allocates %v times", n)
	}
}

func TestText(t *testing.T) {
	for raw, want := range map[string]string{
		`"plain"`: "plain", `"a\u003db"`: "a=b", `"\ud83d\ude00"`: "😀", `"\ud83d"`: "\ufffd", `"\ud83dx"`: "\ufffdx",
		`"\ude00\ud83d\ude00"`: "\ufffd😀", `"\"\\\/\b\f\n\r\t"`: "\"\\/\b\f\n\r\t", "\"a\xffb\"": "a\ufffdb", `"\ud83d\u0041"`: "\ufffdA",
		`""`: "", `7`: "",
	} {
		if got := string(Text(nil, []byte(raw))); got != want {
			t.Errorf("Text(%s) = %q, want %q", raw, got, want)
		}
	}
}

func TestCompact(t *testing.T) {
	in := " { \"a b\" : [ 1 , 243.0 , \"x \\\" y\" ] ,\n\t\"c\\u003d\" : null } \r\n"
	want := `{"a b":[1,243.0,"x \" y"],"c\u003d":null}`
	if got := string(Compact(nil, []byte(in))); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestValid(t *testing.T) {
	for in, want := range map[string]bool{
		"{}": true, " [1, -0.5e+10, true, null, \"\\u00e9\"] ": true, "0": true, "-": false, "01": false, "1.": false, ".5": false, "1e": false,
		"{\"a\"}": false, "{\"a\":}": false, "{\"a\":1,}": false, "[1,]": false, "[1 2]": false, "{1:2}": false, "tru": false, "nul": false,
		"\"\\x\"": false, "\"\\u12g4\"": false, "\"": false, "{]": false, "[}": false, "": false, "1 2": false, "[": false, "{\"a\":1": false, "+1": false, "[,]": false,
	} {
		if got := Valid([]byte(in)) == nil; got != want || got != json.Valid([]byte(in)) {
			t.Errorf("Valid(%q) = %v, want %v", in, got, want)
		}
	}
}

// A quote or backslash is found wherever it stands, exhaustively over the
// bytes that look like one to arithmetic.
func TestQuoteOrEscape(t *testing.T) {
	alphabet := []byte{'"', '\\', '"' ^ 0x80, '\\' + 1, '"' - 1, 'a', 0, 0xff}
	for n := range 12 {
		b := bytes.Repeat([]byte{'a'}, n)
		for i := range n {
			for _, x := range alphabet {
				for _, y := range alphabet {
					b[i], b[(i+1)%n] = x, y
					if got, want := quoteOrEscape(b, 0), plainQuoteOrEscape(b, 0); got != want {
						t.Fatalf("%q: %d, want %d", b, got, want)
					}
				}
				b[i], b[(i+1)%n] = 'a', 'a'
			}
		}
	}
}

// plainQuoteOrEscape is what quoteOrEscape does, said plainly.
func plainQuoteOrEscape(b []byte, i int) int {
	if n := bytes.IndexAny(b[i:], `"\`); n >= 0 {
		return i + n
	}
	return len(b)
}

// controls replaces control characters, which skim lets pass in strings and
// encoding/json does not.
func controls(b []byte) []byte {
	out := slices.Clone(b)
	for i, c := range out {
		if c < ' ' {
			out[i] = ' '
		}
	}
	return out
}

func FuzzValid(f *testing.F) {
	for _, c := range shapeCases {
		f.Add([]byte(c.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		b = controls(b)
		if bytes.Count(b, []byte("["))+bytes.Count(b, []byte("{")) >= MaxDepth {
			return
		}
		err := Valid(b)
		if (err == nil) != json.Valid(b) {
			t.Fatalf("Valid(%q) = %v, encoding/json says %v", b, err, json.Valid(b))
		}
		if err != nil {
			return
		}
		trimmed := bytes.TrimSpace(b)
		if end := skip(b, 0); end != bytes.LastIndexByte(b, trimmed[len(trimmed)-1])+1 {
			t.Fatalf("skip(%q) = %d", b, end)
		}
		var want bytes.Buffer
		json.Compact(&want, b)
		if got := Compact(nil, b); !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("Compact(%q) = %q, want %q", b, got, want.Bytes())
		}
	})
}

func FuzzField(f *testing.F) {
	for _, c := range shapeCases {
		f.Add([]byte(c.in), "eventName")
	}
	f.Add([]byte(`{"a":1,"\u0061":2}`), "a")
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		got, ok := Field(b, name) // must not panic, valid or not
		p := NewPaths([]string{name}, []string{name, name})
		out := make([][]byte, 2)
		p.Find(b, out)
		var v map[string]json.RawMessage
		if !utf8.Valid(b) || Valid(b) != nil || json.Unmarshal(controls(b), &v) != nil || !utf8.ValidString(name) {
			return
		}
		want, there := v[name]
		if ok != there || !bytes.Equal(bytes.TrimSpace(controls(got)), bytes.TrimSpace(want)) {
			t.Fatalf("Field(%q, %q) = %q, %v; want %q, %v", b, name, got, ok, want, there)
		}
		if !bytes.Equal(out[0], got) {
			t.Fatalf("Find gives %q, Field %q", out[0], got)
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add([]byte(`"a\u003d\ud83d\ude00\ud83d"`))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = controls(b)
		got := Text(nil, b)
		if !utf8.Valid(got) {
			t.Fatalf("Text(%q) = %q is no UTF-8", b, got)
		}
		var want string
		if json.Unmarshal(b, &want) == nil && len(b) > 0 && b[0] == '"' && b[len(b)-1] == '"' && string(got) != want {
			t.Fatalf("Text(%q) = %q, want %q", b, got, want)
		}
	})
}

// Whole and streamed bodies agree in events and errors, and nothing panics.
func FuzzEvents(f *testing.F) {
	for _, c := range shapeCases {
		if len(c.in) < 10_000 {
			f.Add([]byte(c.in))
			f.Add([]byte(gz(c.in)))
			f.Add([]byte(zst(c.in)))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l := Limits{Inflated: 1 << 20}
		s := l
		s.Whole = 1
		events, errs, body := read(l, string(b), true)
		events2, errs2, body2 := read(s, string(b), true)
		if body != nil && body.Drain() != nil && body2.Drain() != nil {
			// Damaged for both; how much comes out before, and whether the end
			// is seen before the damage, may differ by decoder.
			n := min(len(events), len(events2))
			events, events2, errs, errs2 = events[:n], events2[:n], nil, nil
		}
		if !slices.Equal(events, events2) || !slices.Equal(errs, errs2) {
			t.Fatalf("whole %q %q, streamed %q %q", events, errs, events2, errs2)
		}
		if body == nil {
			return
		}
		if (body.Drain() == nil) != (body2.Drain() == nil) {
			t.Fatalf("whole: %v, streamed: %v", body.Drain(), body2.Drain())
		}
		if sum, ok := body.Sum(); ok {
			if sum2, ok2 := body2.Sum(); !ok2 || sum != sum2 {
				t.Fatal("the sums differ")
			}
		}
		for _, e := range events {
			if err := Valid([]byte(e)); err != nil {
				t.Fatalf("event %q: %v", e, err)
			}
		}
	})
}

// sample is about a record of the usual size, many times.
func sample() []byte {
	record := `{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLEEXAMPLE:session","arn":"arn:aws:sts::111122223333:assumed-role/Admin/session","accountId":"111122223333","accessKeyId":"ASIAEXAMPLEEXAMPLE00","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLEEXAMPLE","arn":"arn:aws:iam::111122223333:role/Admin","accountId":"111122223333","userName":"Admin"},"attributes":{"creationDate":"2024-01-09T10:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2024-01-09T10:05:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","userAgent":"[aws-cli/2.15.0 Python/3.11.6 Linux/5.10 exe/x86_64]","requestParameters":{"bucketName":"example-bucket","key":"path/to/object.txt","Host":"example-bucket.s3.amazonaws.com"},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,"bytesTransferredOut":243.0},"requestID":"EXAMPLE123456789","eventID":"a1b2c3d4-0000-4111-8222-0123456789ab","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::example-bucket/path/to/object.txt"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data"}`
	return []byte(`{"Records":[` + strings.Repeat(record+",", 499) + record + "]}")
}

func BenchmarkEvents(b *testing.B) {
	doc := sample()
	d := NewDecoder(Limits{})
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		body, _ := d.Open(bytes.NewReader(doc), int64(len(doc)), false)
		for range body.Events() {
		}
	}
}

func BenchmarkFindFive(b *testing.B) {
	doc := sample()
	body, _ := NewDecoder(Limits{}).Open(bytes.NewReader(doc), -1, false)
	var events [][]byte
	for e := range body.Events() {
		events = append(events, e.Raw)
	}
	p := NewPaths([]string{"eventTime"}, []string{"eventName"}, []string{"sourceIPAddress"}, []string{"userIdentity", "arn"}, []string{"errorCode"})
	out := make([][]byte, p.Len())
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range events {
			p.Find(e, out)
		}
	}
}

func BenchmarkOpenGzip(b *testing.B) {
	doc := gz(string(sample()))
	d := NewDecoder(Limits{})
	b.SetBytes(int64(len(sample())))
	b.ReportAllocs()
	for b.Loop() {
		d.Open(strings.NewReader(doc), int64(len(doc)), false)
	}
}
