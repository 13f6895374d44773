package parse

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

const (
	ev1 = `{"eventVersion":"1.08","eventName":"GetObject","eventID":"1"}`
	ev2 = `{"eventVersion":"1.08","eventName":"Put\u003dObject","n":[1,{"a":"}]"}],"eventID":"2"}`
)

func gz(b string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	io.WriteString(w, b)
	w.Close()
	return out.String()
}

func zst(b string) string {
	w, _ := zstd.NewWriter(nil)
	return string(w.EncodeAll([]byte(b), nil))
}

func xzip(b string) string {
	var out bytes.Buffer
	w, _ := xz.WriterConfig{DictCap: 64 << 10}.NewWriter(&out)
	io.WriteString(w, b)
	w.Close()
	return out.String()
}

// bz2 is ev1 and ev2 in two streams by bzip2, which the library does not write.
const bz2 = "BZh91AY&SY*Ti6\x00\x00\x09\x1b\x80\x10\x00\x00\x10\x11\x08\x0e\x01\x9d\x08 \x001L\x00\x01\x10z\x80\xd3\xda\xa4\x91hk\xafFT\x8cL\xf8\xbb\x92)\xc2\x84\x81R\xa3I\xb0" +
	"BZh91AY&SYvY\xbe\xba\x00\x00-\x9f\x80\x10\x05xP\x04\xa1\xc1\x0e>3\x9f\x0a \x00j\x12\x9a\xa7\xa54\xda\x8d\x190 \xc6\x86\xa0\x94\x88\x01\xa0\x06\x81\xa3FIT(\x87m\x05\xf0\xc9\xe0s\x10J\xb7\xcf\xcdt&\x84\xd1\xcd\xb6\x9d=\xa6v@`+\x14\x1c\xb5\xb1U\xa4\x8d63\x1a\xf1\xe4P\xa5\xddV\x84G\x9d\x10%b\x10\x14D\x99 u\xf6s\x83\x1b\x91\x09\x7f\x17rE8P\x90vY\xbe\xba"

// change gives stored with one byte changed, counted from the end if at is
// negative.
func change(stored string, at int) string {
	b := []byte(stored)
	b[(at+len(b))%len(b)] ^= 0xff
	return string(b)
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func csvQuote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// small makes every body stream.
var small = Limits{Whole: 1}

// decoder gives one that, when l makes bodies stream, does so through a window
// that begins with a few bytes: every value is then cut somewhere.
func decoder(l Limits) *Decoder {
	d := NewDecoder(l)
	if l.Whole == small.Whole {
		d.step = 1
	}
	return d
}

// read lists events and errors as text.
func read(l Limits, stored string, hash bool) (events []string, errs []string, body *Body) {
	return readFrom(decoder(l), strings.NewReader(stored), hash)
}

func readFrom(d *Decoder, r io.Reader, hash bool) (events []string, errs []string, body *Body) {
	b, err := d.Open(r, -1, hash)
	if err != nil {
		return nil, []string{err.Error()}, nil
	}
	for e, err := range b.Events() {
		if err != nil {
			errs = append(errs, err.Error())
			continue
		}
		events = append(events, string(e.Raw))
	}
	return events, errs, b
}

var shapeCases = []struct {
	name, in string
	want     []string
	errs     []string // substrings
}{
	{"records", `{"Records":[` + ev1 + "," + ev2 + `]}`, []string{ev1, ev2}, nil},
	{"records with white space", " {\n \"x\" : [1,{}] , \"Records\" : [ " + ev1 + " ,\n" + ev2 + " ] , \"y\":{} } \n", []string{ev1, ev2}, nil},
	{"several documents", `{"Records":[` + ev1 + `]}{"Records":[` + ev2 + "]}\n", []string{ev1, ev2}, nil},
	{"array of documents", `[{"Records":[` + ev1 + `]},{"Records":[` + ev2 + "]}]", []string{ev1, ev2}, nil},
	{"duplicate Records", `{"Records":[` + ev1 + `],"Records":[` + ev2 + "]}", []string{ev1, ev2}, nil},
	{"no records", `{"Records":[]}`, nil, nil},
	{"null records", `{"Records":null}`, nil, nil},
	{"array", "[" + ev1 + ",\n" + ev2 + "]", []string{ev1, ev2}, nil},
	{"empty array", "[]", nil, nil},
	{"lines", ev1 + "\n" + ev2 + "\n", []string{ev1, ev2}, nil},
	{"single", ev1, []string{ev1}, nil},
	{"byte order mark", "\xef\xbb\xbf" + ev1, []string{ev1}, nil},
	{"lookup-events", `{"Events":[{"EventId":"1","Resources":[],"CloudTrailEvent":` + quote(ev1) + `},{"CloudTrailEvent":` + quote(ev2) + `,"x":1}],"NextToken":"t"}`, []string{ev1, ev2}, nil},
	{"lookup-events lines", `{"EventId":"1","CloudTrailEvent":` + quote(ev1) + "}\n" + `{"CloudTrailEvent":` + quote(ev2) + "}", []string{ev1, ev2}, nil},
	{"envelope", `{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","detail":` + ev2 + "}", []string{ev2}, nil},
	{"envelope, other order", `{"detail":` + ev2 + `,"x":1,"detail-type":"t"}`, []string{ev2}, nil},
	{"subscription", `{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","message":` + quote(ev1) + `}]}{"messageType":"CONTROL_MESSAGE","logEvents":[{"id":"","message":"CWL CONTROL MESSAGE"}]}{"messageType":"DATA_MESSAGE","logEvents":[{"message":` + quote(ev2) + `}]}`, []string{ev1, ev2}, nil},
	{"export lines", "2024-01-09T10:05:00.000Z " + ev1 + "\n2024-01-09T10:05:01.123Z " + ev2 + "\n", []string{ev1, ev2}, nil},
	{"lake csv", "eventName,eventJson\nGetObject," + csvQuote(ev1) + "\nPutObject," + csvQuote(ev2) + "\n", []string{ev1, ev2}, nil},
	{"athena csv", "\"id\",\"event\"\n\"1\"," + csvQuote(ev1) + "\r\n\"2\"," + csvQuote(strings.Replace(ev2, ",", ",\n", 1)) + "\r\n", []string{ev1, strings.Replace(ev2, ",", ",\n", 1)}, nil},
	{"object of no known shape", `{"a":1,"detail":{"b":2}}`, []string{`{"a":1,"detail":{"b":2}}`}, nil},
	{"digest", `{"awsAccountId":"1","digestStartTime":"x","logFiles":[]}`, nil, []string{"a digest file"}},
	{"digest between", ev1 + `{"awsAccountId":"1","digestStartTime":"x","logFiles":[]}` + ev2, []string{ev1, ev2}, []string{"a digest file"}},
	{"digest key behind records", `{"Records":[` + ev1 + `],"digestStartTime":"x"}` + ev2, []string{ev1, ev2}, nil},
	{"event key behind records", `{"Records":[` + ev1 + `],"eventName":"x"}` + ev2, []string{ev1, ev2}, nil},
	{"containers in containers", `{"Events":[{"Events":[{"eventName":"x"}]},{"Records":[` + ev1 + `]},{"logEvents":[{"message":"m"}]}]}`,
		[]string{`{"Events":[{"eventName":"x"}]}`, `{"Records":[` + ev1 + `]}`, `{"logEvents":[{"message":"m"}]}`}, nil},
	{"escaped keys", `{"\u0052ecords":[` + ev1 + `]}` + `{"Events":[{"CloudTrail\u0045vent":` + quote(ev2) + `}]}`, []string{ev1, ev2}, nil},
	{"broken digest", `{"digestStartTime":<x","logFiles":[]}` + "\n" + ev2, []string{ev2}, []string{"not JSON at byte 19"}},
	{"scalars", `1 "x" ` + ev1 + " null", []string{ev1}, []string{"not an event", "not an event", "not an event"}},
	{"scalar in records", `{"Records":[` + ev1 + `,7,` + ev2 + `]}`, []string{ev1, ev2}, []string{"not an event: not an object at byte 74 (/Records/1)"}},
	{"cut in a record", `{"Records":[` + ev1 + `,{"eventName":"x`, []string{ev1}, []string{"cut off at byte 89 (/Records/1)"}},
	{"cut after a record", `{"Records":[` + ev1, []string{ev1}, []string{"cut off"}},
	{"cut after the bracket", `{"Records":[`, nil, []string{"cut off"}},
	{"broken record", `{"Records":[{"a":tru},` + ev2 + `]}`, []string{ev2}, []string{"not JSON at byte 20 (/Records/0)"}},
	{"broken line", ev1 + "\n" + `{"eventName":"x, "a":1}` + "\n" + ev2, []string{ev1, ev2}, []string{"not JSON at byte 80"}},
	{"junk line", "oops\n" + ev1, []string{ev1}, []string{"not JSON at byte 0"}},
	{"text", "just a text\nof two lines\n", nil, []string{"not JSON: neither JSON nor a supported CSV"}},
	{"missing comma", `{"Records":[` + ev1 + ev2 + "]}\n" + ev1, []string{ev1, ev1}, []string{"not JSON"}},
	{"empty", "", nil, []string{"empty"}},
	{"blank", " \n", nil, []string{"empty"}},
	{"utf-16", "\xff\xfe{\x00}\x00", nil, []string{"UTF-16"}},
	{"truncated gzip", gz(`{"Records":[` + ev1 + "," + ev2 + "]}")[:80], []string{ev1}, []string{"cut off: the compressed data ends early"}},
	{"deep", `{"Records":[` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "," + ev1 + "]}", []string{ev1}, []string{"nested deeper than 1000 levels"}},
}

func matches(got []string, want []string) bool {
	return slices.EqualFunc(got, want, func(g, w string) bool { return strings.Contains(g, w) })
}

// Every shape, plain and compressed, whole and streamed byte by byte.
func TestShapes(t *testing.T) {
	for _, c := range shapeCases {
		for how, stored := range map[string]string{"plain": c.in, "gzip": gz(c.in), "zstd": zst(c.in)} {
			if how != "plain" && strings.HasSuffix(c.name, "gzip") {
				continue
			}
			for size, l := range map[string]Limits{"whole": {}, "streamed": small} {
				got, errs, _ := read(l, stored, false)
				if !slices.Equal(got, c.want) || !matches(errs, c.errs) {
					t.Errorf("%s, %s, %s:\n got %q\nwant %q\nerrors %q, want %q", c.name, how, size, got, c.want, errs, c.errs)
				}
			}
		}
		got, errs, _ := readFrom(decoder(small), iotest.OneByteReader(strings.NewReader(c.in)), false)
		if !slices.Equal(got, c.want) || !matches(errs, c.errs) {
			t.Errorf("%s byte by byte: got %q, errors %q", c.name, got, errs)
		}
	}
}

// Containers in containers, hundreds of thousands deep, cost an error and not
// the stack.
func TestContainersNestedDeep(t *testing.T) {
	for _, open := range []string{`{"Events":[`, `{"logEvents":[`, `{"Records":[`, `[{"Events":[`, `[`} {
		for _, l := range []Limits{{}, small} {
			events, errs, _ := read(l, strings.Repeat(open, 300_000)+"\n"+ev1, false)
			if len(errs) == 0 || !strings.Contains(errs[0], "nested deeper") {
				t.Errorf("%s: %d events, errors %.300q", open, len(events), errs)
			}
		}
	}
}

func TestStorageDamage(t *testing.T) {
	doc := `{"Records":[` + ev1 + "," + ev2 + "]}"
	good := gz(doc)
	flip := func(i int) string { b := []byte(good); b[i] ^= 0xff; return string(b) }
	for _, c := range []struct {
		name, stored string
		err          error
	}{
		{"sound", good, nil},
		{"two members", gz(doc[:20]) + gz(doc[20:]), nil},
		{"cut in the data", good[:len(good)-20], ErrTruncated},
		{"cut in the trailer", good[:len(good)-3], ErrTruncated},
		{"cut in the header", good[:5], ErrTruncated},
		{"wrong checksum", flip(len(good) - 8), ErrChecksum},
		{"wrong length", flip(len(good) - 1), ErrChecksum},
		{"garbage behind", good + "garbage", ErrTrailing},
		{"zeros behind", good + "\x00\x00", ErrTrailing},
		{"one byte behind", good + "\x1f", ErrTrailing},
		{"cut second member", good + gz(doc)[:12], ErrTruncated},
		{"zstd", zst(doc), nil},
		{"zstd, two frames", zst(doc[:20]) + zst(doc[20:]), nil},
		{"cut zstd", zst(doc)[:30], ErrTruncated},
		{"garbage behind zstd", zst(doc) + "garbage", ErrTrailing},
		{"xz", xzip(doc), nil},
		{"xz, two streams", xzip(doc[:20]) + xzip(doc[20:]), nil},
		{"cut xz", xzip(doc)[:60], ErrTruncated},
		{"xz without its end", xzip(doc)[:len(xzip(doc))-1], ErrTruncated},
		{"garbage behind xz", xzip(doc) + "garbage", ErrTrailing},
		{"xz whose check is wrong", change(xzip(doc), -22), ErrChecksum},
		{"damaged xz", change(xzip(doc), 40), ErrCorrupt},
		{"xz with too large a dictionary", "\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x28\x00\x00\x00\xe6\xa0\x11\xb3", ErrFormat},
		{"bzip2", bz2, nil},
		{"cut bzip2", bz2[:30], ErrTruncated},
		{"garbage behind bzip2", bz2 + "garbage", ErrTrailing},
		{"bzip2 whose check is wrong", change(bz2, -2), ErrChecksum},
		{"damaged bzip2", change(bz2, 30), ErrCorrupt},
	} {
		for _, l := range []Limits{{}, small} {
			_, errs, b := read(l, c.stored, true)
			err := b.Drain()
			if !errors.Is(err, c.err) || (c.err == nil) != (err == nil && len(errs) == 0) {
				t.Errorf("%s: Drain gives %v, events %v; want %v", c.name, err, errs, c.err)
			}
			sum, ok := b.Sum()
			if ok != (c.err == nil) || ok && sum != sha256.Sum256([]byte(doc)) {
				t.Errorf("%s: sum known %v", c.name, ok)
			}
		}
	}
}

func TestEventsBeforeDamageComeOut(t *testing.T) {
	var doc strings.Builder
	doc.WriteString(`{"Records":[`)
	for i := range 5000 {
		fmt.Fprintf(&doc, `{"eventVersion":"1","eventID":"%d-%x"},`, i, sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
	}
	for _, stored := range []string{gz(doc.String()), xzip(doc.String())} {
		for _, l := range []Limits{{}, small} {
			got, errs, _ := read(l, stored[:len(stored)/2], false)
			if len(got) < 2000 || len(errs) != 1 || !strings.Contains(errs[0], "compressed data ends early at byte") {
				t.Errorf("%d events, errors %q", len(got), errs)
			}
		}
	}
}

func TestReadErrorIsDamage(t *testing.T) {
	fail := errors.New("input/output error")
	for _, l := range []Limits{{}, small} {
		r := io.MultiReader(strings.NewReader(`{"Records":[`+ev1+","), iotest.ErrReader(fail))
		got, errs, _ := readFrom(decoder(l), r, false)
		if len(got) != 1 || len(errs) != 1 || !strings.Contains(errs[0], "input/output error") {
			t.Errorf("got %q, errors %q", got, errs)
		}
	}
}

func TestBomb(t *testing.T) {
	content := strings.Repeat(" ", 20<<20)
	for name, bomb := range map[string]string{"gzip": gz(content), "zstd": zst(content), "xz": xzip(content)} {
		for _, l := range []Limits{{Inflated: 1 << 20}, {Inflated: 1 << 20, Whole: 1000}} {
			_, errs, b := read(l, bomb, true)
			if len(errs) != 1 || !strings.Contains(errs[0], "larger than the limit") || b.Inflated() > 2<<20 {
				t.Errorf("%s: errors %q after %d bytes", name, errs, b.Inflated())
			}
		}
	}
}

func TestOneEventTooLarge(t *testing.T) {
	doc := `{"Records":[{"a":"` + strings.Repeat("x", 5<<20) + `"}]}`
	_, errs, _ := read(Limits{Whole: 1000, Event: 2 << 20}, gz(doc), false)
	if len(errs) != 1 || !strings.Contains(errs[0], "larger than the limit") {
		t.Errorf("errors %q", errs)
	}
}

// endless gives a document of n records without ever holding it.
type endless struct {
	n    int
	text string
	rest string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		if e.n == 0 {
			return 0, io.EOF
		}
		e.n--
		e.rest = e.text
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// A single-line document of 200 MB streams; memory does not follow its size.
func TestHugeDocumentStreams(t *testing.T) {
	const n = 3000
	event := `{"eventVersion":"1","x":"` + strings.Repeat("y", 70_000) + `"},`
	doc := io.MultiReader(strings.NewReader(`{"Records":[`), &endless{n: n, text: event}, strings.NewReader(ev1+"]}"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b, err := NewDecoder(Limits{}).Open(doc, -1, true)
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	for _, err := range b.Events() {
		if err != nil {
			t.Fatal(err)
		}
		got++
	}
	runtime.ReadMemStats(&after)
	if got != n+1 || b.Inflated() < 200<<20 {
		t.Errorf("%d events in %d bytes, want %d in over 200 MB", got, b.Inflated(), n+1)
	}
	if grown := after.HeapSys - before.HeapSys; grown > 200<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
	if _, ok := b.Sum(); !ok {
		t.Error("no hash at the end")
	}
}

func TestDocuments(t *testing.T) {
	in := ` {"a":[1]} [2]` + "\n" + `"three" 4 null{"five":5}`
	want := []string{`{"a":[1]}`, "[2]", `"three"`, "4", "null", `{"five":5}`}
	for _, l := range []Limits{{}, small} {
		b, _ := decoder(l).Open(strings.NewReader(gz(in)), -1, false)
		var got []string
		for d, err := range b.Documents() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(d.Raw))
			if !strings.HasPrefix(in[d.Offset:], string(d.Raw)) {
				t.Errorf("offset %d is wrong for %s", d.Offset, d.Raw)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestOffsets(t *testing.T) {
	doc := ` {"x":1,"Records":[ ` + ev1 + ` , ` + ev2 + `]}` + strings.Repeat(" ", 100) + ev1
	for _, l := range []Limits{{}, small} {
		b, _ := decoder(l).Open(strings.NewReader(doc), -1, false)
		n := 0
		for e, err := range b.Events() {
			if err != nil || !strings.HasPrefix(doc[e.Offset:], string(e.Raw)) || e.Index != n {
				t.Errorf("event %d: %v, offset %d", n, err, e.Offset)
			}
			n++
		}
		if n != 3 {
			t.Errorf("%d events, want 3", n)
		}
	}
}

// A Decoder used again has forgotten what it read before.
func TestDecoderReuse(t *testing.T) {
	d := decoder(small)
	for range 3 {
		for _, c := range shapeCases {
			stored := gz(c.in)
			if c.name == "truncated gzip" {
				stored = c.in
			}
			got, errs, _ := readFrom(d, strings.NewReader(stored), true)
			if !slices.Equal(got, c.want) || !matches(errs, c.errs) {
				t.Fatalf("%s: got %q, errors %q", c.name, got, errs)
			}
		}
	}
}

// dataDir is where real events lie, outside the repository.
func dataDir(t testing.TB) string {
	dir := os.Getenv("CTLOG_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the real events are not here")
	}
	return dir
}

// Every event of the real sets is found, by comparison with encoding/json.
func TestRealEvents(t *testing.T) {
	for glob, count := range map[string]func(any) int{
		"invictus/AWSLogs/*/*/*/*/*/*/*.json.gz": func(v any) int { return len(v.(map[string]any)["Records"].([]any)) },
		"stratus-red-team/*.json":                func(v any) int { return len(v.([]any)) },
		"traildiscover/*/*.cloudtrail": func(v any) int {
			if list, ok := v.([]any); ok {
				return len(list)
			}
			return 1
		},
		"cloud-custodian_eventbridge/*.json": func(any) int { return 1 },
	} {
		files, _ := filepath.Glob(filepath.Join(dataDir(t), glob))
		if len(files) == 0 {
			t.Errorf("no files in %s", glob)
		}
		for _, name := range files {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			b, err := NewDecoder(Limits{}).Open(f, -1, false)
			if err != nil {
				t.Fatal(err)
			}
			content, _ := b.Whole()
			var v any
			if err := json.Unmarshal(content, &v); err != nil {
				t.Fatal(name, err)
			}
			got, want := 0, count(v)
			for e, err := range b.Events() {
				if err != nil || !json.Valid(e.Raw) {
					t.Error(name, err)
				}
				got++
			}
			if got != want {
				t.Errorf("%s: %d events, want %d", name, got, want)
			}
		}
	}
}

// Every byte at every place, before and behind the eight that are looked at
// together.
func TestSimple(t *testing.T) {
	for n := range 20 {
		for at := range n {
			for c := range 256 {
				s := bytes.Repeat([]byte("~"), n)
				s[at] = byte(c)
				want := c >= ' ' && c < 0x7f && c != '\\'
				if got := Simple(s); got != want {
					t.Fatalf("Simple(%q) = %v", s, got)
				}
				quoted := append(append([]byte(`"`), s...), `","`...)
				end, ok := SimpleString(quoted, 0)
				if c == '"' {
					want = true
				}
				if ok != want || ok && c != '"' && end != n+2 || c == '"' && end != at+2 {
					t.Fatalf("SimpleString(%q) = %d, %v", quoted, end, ok)
				}
			}
		}
	}
}
