package event

import (
	"bytes"
	"testing"

	"ctlog/parse"
)

const someEvent = `{"eventTime":"2024-01-09T10:05:00Z","eventName":"GetObject","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Admin/alice"},"n":243.0,"tags":[{"k":"a\tb"},2],"evil":"=cmd|' /C calc'!A0","none":null}`

// A Finder finds what looking up column by column finds.
func TestFinder(t *testing.T) {
	c, err := ParseColumns("eventName,user,userIdentity.arn,tags[0].k,tags[1],tags,n,none,absent.x,n.x,userIdentity")
	if err != nil {
		t.Fatal(err)
	}
	f := c.Finder()
	for _, e := range []string{someEvent, `{}`, `{"userIdentity":null,"tags":[]}`, `{"tags":{"k":1},"eventName":"a","eventName":"b"}`,
		`{"userIdentity":{"arn":"","userName":"bob"},"userIdentity":{"type":"Root"}}`, `{"userIdentity":"x","none":{"a":1}}`, `{"event\u004eame":"a","\u0075serIdentity":{"arn":"b"}}`,
		`{"eventName":"a","event\u004eame":"b","eventNam\\":"c"}`} {
		f.Find(parse.Event{Raw: []byte(e)})
		for i, name := range c.Names() {
			if got, want := f.Value(i), c.list[i].find([]byte(e)); !bytes.Equal(got, want) || (got == nil) != (want == nil) {
				t.Errorf("%s of %s: %q, one by one %q", name, e, got, want)
			}
		}
	}
}
