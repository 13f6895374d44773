package indicator

import (
	"cmp"
	"fmt"
	"strings"

	"ctlog/internal/term"
)

// String says what was loaded, by kind, and what was not understood.
func (l *List) String() string {
	var counts [String + 1]int
	for _, i := range l.Indicators {
		counts[i.Kind]++
	}
	var parts []string
	for k, n := range counts {
		if n > 0 {
			parts = append(parts, plural(n, Kind(k).String()))
		}
	}
	told := term.Plural(len(l.Indicators), "indicator")
	if len(parts) > 0 {
		told += ": " + strings.Join(parts, ", ")
	}
	if n := len(l.Unread); n > 0 {
		told += fmt.Sprintf("; %s not understood: %s", term.Plural(n, "line"), l.some(l.Unread))
	}
	if n := len(l.Headers); n > 0 {
		told += fmt.Sprintf("; taken for a header: %s", l.some(l.Headers))
	}
	return told
}

// some names the first few places.
func (l *List) some(places []Place) string {
	const few = 5
	var out []string
	for _, p := range places[:min(few, len(places))] {
		file := ""
		if len(l.files()) > 1 {
			file = p.File + " "
		}
		out = append(out, fmt.Sprintf("%sline %d (%s)", file, p.Line, shorten(p.Text)))
	}
	if more := len(places) - few; more > 0 {
		out = append(out, term.Count(int64(more))+" more")
	}
	return strings.Join(out, ", ")
}

// files are those that anything was read of.
func (l *List) files() map[string]bool {
	files := map[string]bool{}
	for _, i := range l.Indicators {
		files[i.File] = true
	}
	for _, p := range append(l.Unread[:len(l.Unread):len(l.Unread)], l.Headers...) {
		files[p.File] = true
	}
	return files
}

// plural is term.Plural for words that end in s, too.
func plural(n int, thing string) string {
	if n != 1 && strings.HasSuffix(thing, "s") || n != 1 && strings.HasSuffix(thing, "sh") {
		thing += "e"
	}
	return term.Plural(n, thing)
}

func shorten(s string) string {
	const most = 60
	r := []rune(cmp.Or(s, "empty"))
	if len(r) > most {
		return string(r[:most]) + "…"
	}
	return string(r)
}
