package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// A connection that keeps breaking says nothing of what it carries: the file is
// unread, not damaged.
func TestReadErrorIsUnread(t *testing.T) {
	c, held, _, keys := inCloud(t, lasting)
	broken := held.Logs()[1]
	size := len(held.Objects[broken].Bytes)
	c.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, broken) {
			return false
		}
		from := 0
		if at, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
			from, _ = strconv.Atoi(strings.TrimSuffix(at, "-"))
			w.Header().Set("Content-Range", "bytes "+strconv.Itoa(from)+"-"+strconv.Itoa(size-1)+"/"+strconv.Itoa(size))
		}
		w.Header().Set("Content-Length", strconv.Itoa(size-from))
		w.Header().Set("ETag", `"x"`)
		if from == 0 {
			w.Write(held.Objects[broken].Bytes[:100])
			http.NewResponseController(w).Flush()
		}
		panic(http.ErrAbortHandler)
	})
	status, out, stderr := in(t, "", "verify", "--json", "--keys", keys, "s3://"+held.Bucket)
	if status != exitTrouble || !strings.Contains(out, `"verdict":"incomplete"`) || !strings.Contains(stderr, broken) {
		t.Errorf("status %d, %s", status, stderr)
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, `"key":"`+broken[strings.Index(broken, "AWSLogs"):]) && !strings.Contains(line, `"kind":"log","status":"unread"`) {
			t.Error(line)
		}
	}
}
