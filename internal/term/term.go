// Package term is the voice of ctlog: messages and progress on stderr, colour,
// and the escaping of what evidence would do to a terminal.
//
// The rules of the voice: every line begins with "ctlog: ", in lower case and
// without a final stop. An error says what was wrong, where, and, in a line of
// its own that begins with "hint: ", what to do about it if something can be
// done. Names from evidence are escaped. Results never come this way.
package term

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	xterm "golang.org/x/term"
)

// Styles for the two streams. The zero Style adds nothing.
type Style struct{ on bool }

func (s Style) paint(code, text string) string {
	if !s.on {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Error, Warn, OK, Dim and Bold colour text by what it means.
func (s Style) Error(text string) string { return s.paint("1;31", text) }
func (s Style) Warn(text string) string  { return s.paint("35", text) } // yellow is lost on white
func (s Style) OK(text string) string    { return s.paint("32", text) }
func (s Style) Dim(text string) string   { return s.paint("2", text) }
func (s Style) Bold(text string) string  { return s.paint("1", text) }

// On reports whether the style colours at all.
func (s Style) On() bool { return s.on }

// When is a choice of always, never, or auto.
type When string

const (
	Auto   When = "auto"
	Always When = "always"
	Never  When = "never"
)

// StyleFor decides about colour on a stream: the flag, then NO_COLOR and
// TERM=dumb, then whether the stream is a terminal.
func StyleFor(w io.Writer, flag When, getenv func(string) string) Style {
	switch {
	case flag == Always:
		return Style{true}
	case flag == Never, getenv("NO_COLOR") != "", getenv("TERM") == "dumb":
		return Style{}
	}
	return Style{IsTerminal(w)}
}

// IsTerminal reports whether a stream goes to a terminal.
func IsTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// Width is how many columns a stream has, 0 when it is no terminal.
func Width(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := xterm.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// Voice writes messages. It is safe for concurrent use.
type Voice struct {
	mu    sync.Mutex
	w     io.Writer
	style Style
	quiet bool
	line  string // the progress line that stands there now
}

// NewVoice makes a voice; a quiet one says errors only.
func NewVoice(w io.Writer, style Style, quiet bool) *Voice {
	return &Voice{w: w, style: style, quiet: quiet}
}

func (v *Voice) say(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.line != "" {
		io.WriteString(v.w, "\r\x1b[K")
	}
	io.WriteString(v.w, text)
	if v.line != "" {
		io.WriteString(v.w, v.line)
	}
}

// Error says what went wrong. Lines after the first are written as they are.
func (v *Voice) Error(format string, args ...any) {
	v.say(v.style.Error("ctlog:") + " " + EscapeLines(fmt.Sprintf(format, args...)) + "\n")
}

// Note says what is good to know.
func (v *Voice) Note(format string, args ...any) {
	if !v.quiet {
		v.say("ctlog: " + EscapeLines(fmt.Sprintf(format, args...)) + "\n")
	}
}

// Hint says what to do.
func (v *Voice) Hint(format string, args ...any) {
	if !v.quiet {
		v.say(v.style.Dim("ctlog: hint:") + " " + EscapeLines(fmt.Sprintf(format, args...)) + "\n")
	}
}

// show replaces the progress line; "" removes it.
func (v *Voice) show(line string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if line == v.line {
		return
	}
	io.WriteString(v.w, "\r\x1b[K"+line)
	v.line = line
}

// Unsafe reports whether a terminal might do something with r, or show it as
// what it is not: control characters, and what reorders or hides text.
func Unsafe(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0, r == 0x061c:
		return true
	case r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x2069, r == 0xfeff:
		return true
	}
	return false
}

// Escape makes text from evidence harmless on a terminal: what is unsafe, and
// bytes that are no UTF-8, are shown as \x1b or \u202e. Text with nothing
// unsafe is returned as it is.
func Escape(s string) string {
	if clean(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !Unsafe(r):
			b.WriteString(s[i : i+n])
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += n
	}
	return b.String()
}

func clean(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return utf8.ValidString(s) && strings.IndexFunc(s, Unsafe) < 0
		}
	}
	return true
}

// EscapeLines is Escape for text of several lines: line feeds and tabs stay.
func EscapeLines(s string) string {
	if clean(s) {
		return s
	}
	var b strings.Builder
	for s != "" {
		n := strings.IndexAny(s, "\n\t")
		if n < 0 {
			n = len(s)
		}
		b.WriteString(Escape(s[:n]))
		if n < len(s) {
			b.WriteByte(s[n])
			n++
		}
		s = s[n:]
	}
	return b.String()
}
