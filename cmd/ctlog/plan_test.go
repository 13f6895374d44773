package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// oddFiles are shapes, damage and spellings that a shortcut must not pass over.
// Those that are damaged lie apart, so that the rest has a status of its own.
var oddFiles = map[string]string{
	"log":            `{"Records":[{"eventName":"GetObject","eventID":"1"},{"eventName":"PutObject","errorCode":"AccessDenied"}]}`,
	"spaced":         "{\"Records\" : [ {\"eventName\" :\n \"GetObject\"} ] }\n",
	"escaped":        `{"Records":[{"eventName":"Get\u004fbject","event\u0049D":"1"},{"a":"\u003d"}]}`,
	"damaged/cut":    `{"Records":[{"eventName":"a"},{"eventName":"b`,
	"damaged/broken": `{"Records":[{"eventName":"a"},{"eventName":tru},{"eventName":"c"}]}`,
	"damaged/scalar": `{"Records":[{"eventName":"a"},7,null,{"eventName":"c"}]}`,
	"late":           `{"Records":[{"eventName":"a"}],"digestStartTime":1}`,
	"digest":         `{"digestStartTime":"2024-01-09T10:05:00Z","logFiles":[]}`,
	"lookup":         `{"Events":[{"EventId":"1","CloudTrailEvent":"{\"eventName\":\"GetObject\",\"eventID\":\"1\"}"}]}`,
	"messages":       `{"Records":[{"eventName":"a"}],"logEvents":[{"message":"{\"eventName\":\"G\\u0065tObject\"}"}]}`,
	"two":            `{"Records":[{"eventName":"a"}]}{"Records":[{"eventName":"GetObject"}]}`,
	"damaged/lines":  "{\"eventName\":\"GetObject\"}\n{\"eventName\":\"a\"}\nno JSON\n",
	"envelope":       `{"detail-type":"x","detail":{"eventName":"GetObject"}}`,
	"table":          "eventid,event\n1,\"{\"\"eventName\"\":\"\"GetObject\"\"}\"\n",
	"empty":          `{"Records":[]}`,
	"identities":     `{"Records":[{"userIdentity":"bob"},{"userIdentity":{"arn":"x"}},{"userIdentity":null}]}`,
	"odd-case":       "{\"Records\":[{\"eventName\":\"li\u017ft\u212aeys\"}]}",
	"compressed":     string(compress([]byte(`{"Records":[{"eventName":"a"}]}`))),
	"damaged/half":   string(compress([]byte(`{"Records":[{"eventName":"a"}]}`))[:30]),
}

// --brute switches the plan off, among other things, and nothing shows: neither
// on stdout nor on stderr, damage and counts included.
func TestPlanDoesNotShow(t *testing.T) {
	sound, damaged := writeOddFiles(t)
	for _, args := range [][]string{
		{`.eventName == "GetObject"`}, {`.eventName == "Missing"`}, {`select(.errorCode)`}, {`.Records[] | select(.eventName == "Missing")`},
		{`.Records[] | .eventName == "Missing"`}, {`select(.userIdentity.arn == "x")`}, {`select(.userIdentity.arn? == "y")`},
		{"-v", `.eventName == "GetObject"`}, {"-e", `.eventName == "Missing"`}, {"-e", `select(.eventName == "Missing")`}, {"--count", `.eventName == "Missing"`},
		{"-l", `.eventID == "1"`}, {"-m", "1", `.eventName == "a"`}, {"--source", `.errorCode == "AccessDenied"`}, {"--per", "document", `.eventName == "a"`},
		{"--event-name", "GetObject"}, {"--event-name", "Missing"}, {"-i", "--event-name", "listkeys"}, {"-i", "-F", "ListKeys"}, {"-F", `"GetObject"`}, {"-F", `\u004f`},
		{"--event-name", "Missing", "--filter", `.a | error`}, {"--filter", `.userIdentity | .arn`, "--filter", `.eventName == "Missing"`}, {"--error-code", "*"},
		{`select(.eventName // "" | test("listkeys"; "i"))`}, {`.Records | length`}, {"-s", "length"},
	} {
		for _, path := range []string{sound, damaged} {
			full := append(append([]string{"grep", "--stats"}, args...), path)
			status, out, stderr := in(t, "", full...)
			status2, out2, stderr2 := in(t, "", append(full, "--brute")...)
			if status != status2 || out != out2 || messages(stderr) != messages(stderr2) {
				t.Errorf("%q %s\nstatus %d, %d\n%s%s--brute gives\n%s%s", args, path, status, status2, out, stderr, out2, stderr2)
			}
		}
	}
}

func writeOddFiles(t *testing.T) (sound, damaged string) {
	dir := t.TempDir()
	sound, damaged = filepath.Join(dir, "sound"), filepath.Join(dir, "damaged")
	for _, d := range []string{sound, damaged} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range oddFiles {
		if !strings.Contains(name, "/") {
			name = "sound/" + name
		}
		if err := os.WriteFile(filepath.Join(dir, name+".json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return sound, damaged
}

// messages leaves out what a filter's error says: gojq words it its own way.
func messages(stderr string) string {
	var out []string
	for line := range strings.Lines(stderr) {
		if head, _, ok := strings.Cut(line, ": event "); ok {
			line = head
		}
		out = append(out, line)
	}
	return strings.Join(out, "")
}
