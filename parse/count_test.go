package parse

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// countedLog is a log with all that JSON has in it.
const countedLog = `{"Records":[{"eventName":"GetObject","n":[1,-2.5e+3,0,[],{},[[]],["a","b",""],{"k":[true,false,null]}],` +
	`"s":"q\"\\\/\b\f\n\r\t\u00e9\ud83d","long":"0123456789012345678901234567890123456789012345678901234567890123456789\\\\","e":{}},` +
	`{"eventName":"x"},{"a":{"b":{"c":{"d":"é","":1}}}},{}]}`

// countByIterating gives what the long way gives: how many events, and whether
// all is well.
func countByIterating(doc []byte) (n int, ok bool) {
	ok = true
	bodyOf(doc).shaped(func(_ Event, err error) bool {
		if err != nil {
			ok = false
			return true
		}
		n++
		return true
	})
	return n, ok
}

// escapedByReading takes each string of a document apart. Escaped may see more:
// backslashes that are escaped themselves.
func escapedByReading(doc []byte) bool {
	if b := bodyOf(doc); !hasSplit(b) {
		return Escaped(doc)
	}
	for i := 0; i < len(doc); i++ {
		if doc[i] == '\\' {
			if needless(doc[i+1:]) {
				return true
			}
			i++
		}
	}
	return false
}

func hasSplit(b *Body) bool {
	_, ok := b.split()
	return ok
}

func TestEscaped(t *testing.T) {
	for s, want := range map[string]bool{
		`abc`: false, `\"\n\t\\`: false, `\u003d\u0026\u003c\u003E\u0027\u002b\u0022\u202f\u00e9\u0000`: false,
		`\u0041`: true, `\u002f`: true, `\/`: true, `\u005c`: true, `\u212A`: true, `\u017f`: true, `\u0130`: true, `\u0131`: false, `\\u0041`: true,
		`\`: false, `\u`: false, `\u00`: false, `\u004`: false, `\u00zz`: false,
	} {
		if got := Escaped([]byte(s)); got != want {
			t.Errorf("%s: %v", s, got)
		}
	}
}

// bothWays compares the events that the short way gives with those of the long
// one.
func bothWays(t *testing.T, doc []byte) {
	t.Helper()
	var want []string
	bodyOf(doc).shaped(func(e Event, err error) bool {
		want = append(want, fmt.Sprintf("%s %d %d %v", e.Raw, e.Offset, e.Index, err))
		return true
	})
	i := 0
	for e, err := range bodyOf(doc).Events() {
		if got := fmt.Sprintf("%s %d %d %v", e.Raw, e.Offset, e.Index, err); i == len(want) || got != want[i] {
			t.Fatalf("%s\nevent %d: %s, the long way gives %q", doc, i, got, want)
		}
		i++
	}
	if i != len(want) {
		t.Fatalf("%s\n%d events, the long way gives %q", doc, i, want)
	}
	sameMembers(t, doc)
}

// someNames are looked up in every document of the tests, and with each of them
// an odd one that no short way is made for.
var someNames = []*Names{
	NewNames("a", "eventName", "eventTime", "eventID", "b", "aa", "abcdef", "abcdefg", "abcdefgh", "x", ""),
	NewNames("eventName", "a&b", "a"),
	NewNames(),
}

// sameMembers compares the members that were found on the way with those that
// are found by going through an event.
func sameMembers(t *testing.T, doc []byte) {
	t.Helper()
	b := bodyOf(doc)
	b.Index()
	for e, err := range b.Events() {
		if err != nil {
			continue
		}
		sameFound(t, e)
		for _, n := range someNames {
			got, want := make([][]byte, n.Len()), make([][]byte, n.Len())
			e.Pick(n, got)
			n.search(e.Raw, want)
			samePicked(t, e.Raw, got, want)
			for _, v := range got {
				if v == nil {
					continue
				}
				inner, want := make([][]byte, n.Len()), make([][]byte, n.Len())
				if e.PickIn(v, n, inner); v[0] == '{' {
					n.search(v, want)
				}
				samePicked(t, v, inner, want)
			}
		}
	}
}

// somePaths are looked up both ways, too.
var somePaths = NewPaths([]string{"a"}, []string{"a", "a"}, []string{"b", "x"}, []string{"eventName", "a", "b"}, []string{"x", "a"}, nil)

func sameFound(t *testing.T, e Event) {
	t.Helper()
	got, want := make([][]byte, somePaths.Len()), make([][]byte, somePaths.Len())
	somePaths.Finder().Find(&e, got)
	somePaths.Find(e.Raw, want)
	samePicked(t, e.Raw, got, want)
}

func samePicked(t *testing.T, raw []byte, got, want [][]byte) {
	t.Helper()
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Fatalf("%s\nmembers %q, want %q", raw, got, want)
	}
}

func bodyOf(doc []byte) *Body {
	b := &Body{d: NewDecoder(Limits{})}
	b.whole(&doc)
	return b
}

// Keys twice, short ones at the end, spelled with escapes, and what only begins
// like a name that is sought.
func TestPick(t *testing.T) {
	for _, event := range []string{
		`{"a":1}`, `{"":1}`, `{"a":{"a":2},"aa":{},"x":[1,{"a":3}],"a":{"b":[],"a":"}"}}`,
		`{"eventName":{"eventName":1,"eventTime":2,"x":3},"eventNam":1,"eventNames":2,"eventTime":"a,b","eventName":{"a":{"b":1,"c":2},"eventName":[1,2]}}`,
		`{"\u0061":1,"a":2,"\u0061":3}`, `{"event\u004eame":1}`, `{"event\\Name":1,"a\"":2}`, `{"x":{"\u0061":{}}}`,
		`{"abcdef":1,"abcdefg":2,"abcdefgh":3,"abcdefghi":4}`, `{"abcdef":{"a":1},"x":"a"}`, `{"a&b":{"a&b":1},"a\u0026b":2}`, `{"b":["a","aa"],"x":{}}`,
	} {
		sameMembers(t, []byte(`{"Records":[{"b":{"x":"`+strings.Repeat("y", len(event))+`"}},`+event+`,`+event+`]}`))
	}
}

func checkCount(t *testing.T, doc []byte) bool {
	t.Helper()
	bothWays(t, doc)
	b := bodyOf(doc)
	n, ok := b.Count()
	if ok && b.Escaped() != escapedByReading(doc) {
		t.Fatalf("%s\nescaped: %v", doc, b.Escaped())
	}
	if want, sound := countByIterating(doc); ok && (n != want || !sound) {
		t.Fatalf("%s\ncounted %d, there are %d, sound: %v", doc, n, want, sound)
	}
	if bytes.HasPrefix(doc, recordsHead) {
		if want, sound := countPlain(doc); ok && (n != want || !sound) {
			t.Fatalf("%s\ncounted %d, the plain way %d, %v", doc, n, want, sound)
		}
	}
	return ok
}

func TestCount(t *testing.T) {
	for _, c := range []struct {
		doc string
		n   int
		ok  bool
	}{
		{countedLog, 4, true},
		{countedLog + "\n", 4, true},
		{countedLog[:len(countedLog)-1] + " \n}\r\n", 4, true},
		{`{"Records":[]}`, 0, false},
		{countedLog + countedLog, 0, false},
		{countedLog + `{"Records":1}`, 0, false},
		{`{"Records":[{}],"logEvents":[]}`, 0, false},
		{`{"Records":[{},1]}`, 0, false},
		{`{"Records":[{},[{}]]}`, 0, false},
		{`{"Records":[{}{}]}`, 0, false},
		{`{"Records":[{},]}`, 0, false},
		{`{"Records":[{}]`, 0, false},
		{`{"Records":[{"a":1`, 0, false},
		{`[` + countedLog + `]`, 0, false},
		{`{"Records":[{"a":` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + `}]}`, 0, false},
	} {
		n, ok := bodyOf([]byte(c.doc)).Count()
		if ok != c.ok || ok && n != c.n {
			t.Errorf("%.80s: %d, %v", c.doc, n, ok)
		}
		checkCount(t, []byte(c.doc))
	}
}

// Every single change of a byte, and many of two, that makes a log unsound is
// noticed.
func TestCountNoticesDamage(t *testing.T) {
	const bytesThatMatter = "{}[]:,\"\\u0 1-tfn.eE+/x\n\x00\xff"
	for i := range countedLog {
		for k := range len(bytesThatMatter) {
			doc := []byte(countedLog)
			doc[i] = bytesThatMatter[k]
			checkCount(t, doc)
			checkCount(t, append(doc[:i:i], countedLog[i+1:]...))
			checkCount(t, append(append(doc[:i:i], bytesThatMatter[k]), countedLog[i:]...))
		}
		checkCount(t, []byte(countedLog[:i]))
	}
	r := rand.New(rand.NewPCG(7, 8))
	sound := 0
	for range 20_000 {
		doc := []byte(countedLog)
		for range 1 + r.IntN(3) {
			doc[r.IntN(len(doc))] = bytesThatMatter[r.IntN(len(bytesThatMatter))]
		}
		if checkCount(t, doc) {
			sound++
		}
	}
	if sound == 0 {
		t.Error("no change left a log sound: the test tests nothing")
	}
}

// Logs of every length, so that tokens fall on every place in a block.
func TestCountAtEveryPlace(t *testing.T) {
	for n := range 200 {
		doc := fmt.Sprintf(`{"Records":[{"%s":"%s","eventID":"1"},%s]}`, strings.Repeat("k", n%70), strings.Repeat("\\\\", n), strings.TrimSuffix(countedLog[len(`{"Records":[`):], "]}"))
		if !checkCount(t, []byte(doc)) {
			t.Errorf("not countedLog: %s", doc)
		}
	}
}

func FuzzCount(f *testing.F) {
	f.Add([]byte(countedLog))
	f.Add([]byte(`{"Records":[{"a":"b"}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		checkCount(t, doc)
		checkCount(t, append([]byte(`{"Records":[{"eventID":"1","a":`), doc...))
		checkCount(t, append(append([]byte(`{"Records":[{"eventID":"1","a":`), doc...), "}]}"...))
	})
}

// delivered is an event of the usual size.
const delivered = `{"eventVersion":"1.10","userIdentity":{"type":"IAMUser","principalId":"AIDARRFR5PDKSPIXBFHM","arn":"arn:aws:iam::111122223333:user/deploy-bot","accountId":"111122223333","accessKeyId":"AKIA4KQYUIS5UOW3RJ4D","userName":"deploy-bot"},"eventTime":"2024-01-11T07:03:22Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"eu-west-1","sourceIPAddress":"2001:db8:297::8b73","userAgent":"Boto3/1.34.11 md/Botocore#1.34.11 ua/2.0 os/linux#5.10.0 md/arch#x86_64 lang/python#3.11.4 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.11","requestParameters":{"instancesSet":{},"filterSet":{"items":[{"name":"tag:Name","valueSet":{"items":[{"value":"a\u003db"}]}}]}},"responseElements":null,"requestID":"2P6RNJXSJZPOAE6P","eventID":"c6dcdd20-4a9f-45e8-907b-c54605e41c23","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"ec2.amazonaws.com"}}`

func BenchmarkCount(b *testing.B) {
	doc := []byte(`{"Records":[` + strings.Repeat(delivered+",", 499) + delivered + "]}")
	body := bodyOf(doc)
	for _, way := range []struct {
		name  string
		count func([]byte) (int, bool)
	}{{"plain", countPlain}, {"best", func([]byte) (int, bool) { return body.Count() }}} {
		b.Run(way.name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			for b.Loop() {
				if n, ok := way.count(doc); !ok || n != 500 {
					b.Fatal(n, ok)
				}
			}
		})
	}
}
