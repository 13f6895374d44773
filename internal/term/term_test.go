package term

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "Zürich": "Zürich", "a\x1b[31mb": `a\x1b[31mb`, "\u202egnp.exe": `\u202egnp.exe`, "a\xffb": `a\xffb`,
		"tab\t": `tab\x09`, "\u0085": `\u0085`, "": "", "zero\u200bwidth": `zero\u200bwidth`,
	} {
		if got := Escape(in); got != want {
			t.Errorf("Escape(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestEscapeLines(t *testing.T) {
	if got, want := EscapeLines("a\tb\x1b[0m\n\nc\u202e\t"), "a\tb\\x1b[0m\n\nc\\u202e\t"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("a\x1b]0;x\x07\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Escape(s)
		if strings.IndexFunc(got, Unsafe) >= 0 || !utf8.ValidString(got) {
			t.Fatalf("Escape(%q) = %q", s, got)
		}
	})
}

func TestVoice(t *testing.T) {
	var b bytes.Buffer
	v := NewVoice(&b, Style{}, false)
	v.Error("%s: is bad", "x\x1b[0m")
	v.Note("good to know")
	v.Hint("do this")
	want := "ctlog: x\\x1b[0m: is bad\nctlog: good to know\nctlog: hint: do this\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	b.Reset()
	v = NewVoice(&b, Style{true}, true)
	v.Note("unheard")
	v.Hint("unheard")
	v.Error("heard")
	if want := "\x1b[1;31mctlog:\x1b[0m heard\n"; b.String() != want {
		t.Errorf("quiet: got %q, want %q", b.String(), want)
	}
}

// A message that comes while the progress line stands leaves the line intact.
func TestMessageOverProgress(t *testing.T) {
	var b bytes.Buffer
	v := NewVoice(&b, Style{}, false)
	v.show("50%")
	v.Note("hello")
	v.show("")
	if want := "\r\x1b[K50%\r\x1b[Kctlog: hello\n50%\r\x1b[K"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestColourDecision(t *testing.T) {
	env := func(set ...string) func(string) string {
		return func(k string) string {
			for i := 0; i+1 < len(set); i += 2 {
				if set[i] == k {
					return set[i+1]
				}
			}
			return ""
		}
	}
	var b bytes.Buffer
	for _, c := range []struct {
		flag When
		env  func(string) string
		want bool
	}{
		{Auto, env(), false}, {Always, env("NO_COLOR", "1"), true}, {Always, env("TERM", "dumb"), true}, {Never, env(), false},
	} {
		if got := StyleFor(&b, c.flag, c.env).On(); got != c.want {
			t.Errorf("%s: %v, want %v", c.flag, got, c.want)
		}
	}
}

func TestProgressLine(t *testing.T) {
	p := &Progress{}
	p.Found(1000)
	p.Found(3000)
	p.Read(1000)
	p.Finished(1)
	if got, want := p.line(time.Second), "1000 B in 1 files, 1000 B/s"; got != want {
		t.Errorf("while listing: %q, want %q", got, want)
	}
	p.Expect(4000)
	if got, want := p.line(time.Second), "25%, 1000 B in 1 files, 1000 B/s, 3s left"; got != want {
		t.Errorf("after listing: %q, want %q", got, want)
	}
	if got, want := p.Summary(), "1 files read so far, 1000 B"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestProgressStops(t *testing.T) {
	var b bytes.Buffer
	for _, flag := range []When{Auto, Always, Never} {
		p := StartProgress(NewVoice(&b, Style{}, false), flag, flag == Always)
		p.Stop()
		p.Stop()
	}
	if strings.Contains(b.String(), "files") {
		t.Errorf("short work showed progress: %q", b.String())
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 5 << 30: "5.0 GiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int64]string{0: "0 events", 1: "1 event", 2: "2 events", 1000: "1,000 events"} {
		if got := Plural(n, "event"); got != want {
			t.Errorf("Plural(%d) = %q, want %q", n, got, want)
		}
	}
}
