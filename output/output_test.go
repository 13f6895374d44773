package output

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"ctlog/event"
	"ctlog/internal/term"
)

const someEvent = `{"eventTime":"2024-01-09T10:05:00Z","eventName":"GetObject","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Admin/alice"},"n":243.0,"tags":[{"k":"a\tb"},2],"evil":"=cmd|' /C calc'!A0","none":null}`

func render(t *testing.T, f Format, fields string, width int, values ...string) string {
	t.Helper()
	c, err := event.ParseColumns(fields)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := NewWriter(&b, f, c, width, term.Style{})
	r := NewRow(f, c, false)
	for _, v := range values {
		row := []byte(v)
		if f.Tabular() {
			row = r.Append(nil, row)
		}
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormats(t *testing.T) {
	const fields = "eventTime,.user,n,tags[0].k,tags,evil,none,absent.x"
	for _, c := range []struct {
		f      Format
		values []string
		want   string
	}{
		{JSON, nil, "[]\n"},
		{JSON, []string{"1", "2"}, "[1,\n2]\n"},
		{Records, nil, `{"Records":[]}` + "\n"},
		{Records, []string{"{}"}, `{"Records":[{}]}` + "\n"},
		{TSV, []string{someEvent}, strings.ReplaceAll(strings.TrimPrefix(fields, "."), ",.", ",")},
		{TSV, []string{`[1,"a\tb",null]`, `"x"`}, "1\ta\\tb\t\nx\n"},
		{CSV, []string{someEvent}, "2024-01-09T10:05:00Z,arn:aws:sts::111122223333:assumed-role/Admin/alice,243.0,a\tb,\"[{\"\"k\"\":\"\"a\\tb\"\"},2]\",\"'=cmd|' /C calc'!A0\",,\r\n"},
		{CSV, nil, "eventTime,user,n,tags[0].k,tags,evil,none,absent.x\r\n"},
		{Table, nil, ""},
	} {
		got := render(t, c.f, fields, 0, c.values...)
		want := c.want
		if c.f == TSV && strings.HasPrefix(want, "eventTime") {
			want = strings.ReplaceAll(want, ",", "\t") + "\n2024-01-09T10:05:00Z\tarn:aws:sts::111122223333:assumed-role/Admin/alice\t243.0\ta\\tb\t[{\"k\":\"a\\\\tb\"},2]\t=cmd|' /C calc'!A0\t\t\n"
		}
		if !strings.HasSuffix(got, want) {
			t.Errorf("%s %q:\n got %q\nwant %q", c.f, c.values, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	got := render(t, Table, "eventName,user", 40, someEvent, `{"eventName":"日本語","userIdentity":{"userName":"bob\u001b[31m"}}`)
	want := "eventName  user\nGetObject  arn:…assumed-role/Admin/alice\n日本語     bob\\x1b[31m\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for line := range strings.Lines(got) {
		if w := Width(strings.TrimSuffix(line, "\n")); w > 40 {
			t.Errorf("%q takes %d columns", line, w)
		}
	}
}

// Numbers stand right; times get shorter before texts become unreadable, and
// no line is wider than the terminal.
func TestTableFits(t *testing.T) {
	const fields = "count,user,sourceIPAddress,eventName,first,last"
	row := func(count int, year string) string {
		return fmt.Sprintf(`[%d,"arn:aws:sts::111122223333:assumed-role/Admin/alice","203.0.113.9","DescribeInstances","%s-01-09T10:00:00Z","%s-01-09T11:00:00.5Z"]`, count, year, year)
	}
	for _, c := range []struct {
		width int
		years []string
		want  string
	}{
		{0, []string{"2024"}, `count  user                                                sourceIPAddress  eventName          first                 last
    7  arn:aws:sts::111122223333:assumed-role/Admin/alice  203.0.113.9      DescribeInstances  2024-01-09T10:00:00Z  2024-01-09T11:00:00.5Z
`},
		{100, []string{"2024", "2024"}, `count  user                             sourceIPAddress  eventName          first 2024   last 2024
    7  arn:…3:assumed-role/Admin/alice  203.0.113.9      DescribeInstances  01-09 10:00  01-09 11:00
    8  arn:…3:assumed-role/Admin/alice  203.0.113.9      DescribeInstances  01-09 10:00  01-09 11:00
`},
		{80, []string{"2023", "2024"}, `count  user             sourceIPAddress  eventName        first       last
    7  arn:…dmin/alice  203.0.113.9      Describ…stances  2023-01-09  2023-01-09
    8  arn:…dmin/alice  203.0.113.9      Describ…stances  2024-01-09  2024-01-09
`},
		{40, []string{"2024"}, `count  user      source…s  eventName  f…
    7  arn:…ice  203.0.113.9
`},
	} {
		var rows []string
		for i, y := range c.years {
			rows = append(rows, row(7+i, y))
		}
		got := render(t, Table, fields, c.width, rows...)
		if got != c.want && c.width != 40 {
			t.Errorf("%d columns: got\n%swant\n%s", c.width, got, c.want)
		}
		for line := range strings.Lines(got) {
			if w := Width(strings.TrimSuffix(line, "\n")); c.width > 0 && w > c.width {
				t.Errorf("%q takes %d columns of %d", line, w, c.width)
			}
		}
	}
}

// A time of another year that comes late says so.
func TestTableOfALateYear(t *testing.T) {
	rows := slices.Repeat([]string{`["a","2024-01-09T10:00:00Z"]`}, tableRows)
	got := render(t, Table, "eventName,first", 22, append(rows, `["a","2023-01-09T10:00:00Z"]`)...)
	if !strings.HasSuffix(got, "01-09 10:00\na          2023-01-09\n") {
		t.Errorf("ends in %q", got[len(got)-60:])
	}
}

func TestTableColours(t *testing.T) {
	c, _ := event.ParseColumns("user,errorCode")
	var b bytes.Buffer
	w := NewWriter(&b, Table, c, 0, term.StyleFor(&b, term.Always, nil))
	w.Write([]byte("arn:aws:iam::1:root\tAccessDenied\n"))
	w.Close()
	if got := b.String(); !strings.Contains(got, "\x1b[1muser\x1b[0m") || !strings.Contains(got, "\x1b[1;31mAccessDenied\x1b[0m") || strings.Contains(got, "\narn") {
		t.Errorf("%q", got)
	}
}

func TestBadFields(t *testing.T) {
	for _, s := range []string{"", "a,,b", "a[x]", "a[0", "a[-1]", "a[0]b"} {
		if _, err := event.ParseColumns(s); err == nil {
			t.Errorf("ParseColumns(%q) gives no error", s)
		}
	}
	if _, err := ParseFormat("xml"); err == nil {
		t.Error("xml is accepted")
	}
}

func TestTerminalRows(t *testing.T) {
	c, _ := event.ParseColumns("a")
	for _, f := range []Format{TSV, CSV, Table} {
		got := NewRow(f, c, true).Append(nil, []byte(`{"a":"x\u001b[2Jy\u202ez\rover"}`))
		if bytes.ContainsAny(got, "\x1b\u202e") || bytes.Contains(got, []byte("\rover")) || !bytes.Contains(got, []byte(`\x1b[2Jy\u202e`)) {
			t.Errorf("%s: %q", f, got)
		}
	}
}

// What is written reads back the same, but for the ' before formulas.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"=1+1", "a\"b,c\r\n", " x", "\tx", "\n=1", "＝1", "＠x", "", "ü", "-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "?")
		s = strings.ReplaceAll(s, "\r", "") // encoding/csv drops some of them
		got, err := csv.NewReader(bytes.NewReader(append(appendCSV(appendCSV(nil, []byte(s)), nil), ",x\n"...))).Read()
		if err != nil || len(got) != 2 {
			t.Fatalf("%q: %q, %v", s, got, err)
		}
		if strings.TrimPrefix(got[0], "'") != strings.TrimPrefix(s, "'") {
			t.Fatalf("%q came back as %q", s, got[0])
		}
		if first, _ := utf8.DecodeRuneInString(got[0]); got[0] != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
			t.Fatalf("%q is a formula", got[0])
		}
	})
}
