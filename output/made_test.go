package output

import (
	"bytes"
	"fmt"
	"testing"

	"ctlog/event"
	"ctlog/internal/term"
)

// The columns are those of what is written.
func TestMade(t *testing.T) {
	const ev = `{"eventTime":"T","eventSource":"S","eventName":"N","userIdentity":{"arn":"A"}`
	events, _ := event.ParseColumns("eventName,user")
	for name, c := range map[string]struct {
		rows  []string
		want  string
		loose bool
	}{
		"keys in their order":   {[]string{`{"b":1,"a.b":"x"}`, `{"a.b":"y","c":null}`}, "b,a.b,c\r\n1,x,\r\n,y,\r\n", false},
		"events":                {[]string{ev + `}`}, "eventName,user\r\nN,A\r\n", false},
		"events and objects":    {[]string{`{"n":1}`, ev + `}`}, "eventName,user,n\r\n,,1\r\nN,A,\r\n", false},
		"events with more":      {[]string{ev + `,"x":2}`}, "eventName,user,x\r\nN,A,2\r\n", false},
		"values":                {[]string{`"x"`, `[1,2]`}, "eventName,user\r\nx\r\n1,2\r\n", true},
		"nothing":               {nil, "eventName,user\r\n", false},
		"a key that is escaped": {[]string{`{"\u0061":1}`}, "a\r\n1\r\n", false},
	} {
		var b bytes.Buffer
		m := NewMade(&b, CSV, events, 0, term.Style{}, false)
		for _, row := range c.rows {
			if err := m.Write([]byte(row)); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Close(); err != nil || b.String() != c.want || m.Loose() != c.loose {
			t.Errorf("%s: %q, loose %v, %v, want %q", name, b.String(), m.Loose(), err, c.want)
		}
	}
}

// A key of a later row that has no column is told.
func TestMadeLate(t *testing.T) {
	var b bytes.Buffer
	m := NewMade(&b, TSV, event.NewColumns(), 0, term.Style{}, false)
	for i := range madeRows + 1 {
		row := fmt.Sprintf(`{"n":%d}`, i)
		if i == madeRows {
			row = `{"n":1,"late":2}`
		}
		if err := m.Write([]byte(row)); err != nil {
			t.Fatal(err)
		}
	}
	if m.Close(); m.Extra() != "late" || bytes.Count(b.Bytes(), []byte("\n")) != madeRows+2 {
		t.Errorf("extra %q in %q", m.Extra(), b.String())
	}
}
