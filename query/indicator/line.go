package indicator

import (
	"encoding/json"
	"slices"
	"strings"
)

// maxLine is longer than any indicator.
const maxLine = 64 << 10

// lines reads a text line by line.
func (f *file) lines(text string) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		f.line(n, strings.TrimSpace(line))
	}
}

func (f *file) line(n int, line string) {
	if line == "" || ruled(line) {
		return
	}
	if comment, ok := commented(line); ok {
		f.comment = comment
		return
	}
	if len(line) > maxLine {
		f.unread(n, line)
		return
	}
	first := !f.begun
	f.begun = true
	if first && f.header(n, line) {
		return
	}
	if f.columns != nil {
		f.row(n, line)
		return
	}
	f.free(n, line)
}

// commented gives the text of a line that is a comment.
func commented(line string) (string, bool) {
	for _, mark := range []string{"#", ";", "//"} {
		if rest, ok := strings.CutPrefix(line, mark); ok {
			return strings.TrimSpace(strings.TrimLeft(rest, mark)), true
		}
	}
	return "", false
}

// ruled: it is a line between the rows of a Markdown table, or between parts of a
// text.
func ruled(line string) bool { return strings.Trim(line, "|-:=_*+ \t") == "" && len(line) > 2 }

// free reads a line that is not part of a table.
func (f *file) free(n int, line string) {
	if line[0] == '{' && json.Valid([]byte(line)) {
		f.json(n, []byte(line))
		return
	}
	line = withoutBullet(withoutComment(line))
	if pattern, ok := stixPattern(line); ok {
		f.pattern(n, pattern)
		return
	}
	if strings.HasPrefix(line, "|") && strings.HasSuffix(line, "|") && len(line) > 2 {
		f.cells(n, split(strings.Trim(line, "|"), '|'))
		return
	}
	f.item(n, line, 0)
}

// maxLabels is how many labels are taken off one after the other.
const maxLabels = 3

// item reads what is left of a line without bullet and comment.
func (f *file) item(n int, line string, labels int) {
	i, how := read(line)
	switch {
	case how == sure, how == likely:
		f.add(n, i)
	case how == wrong:
		f.unread(n, line)
	default:
		f.parts(n, line, i, labels)
	}
}

// parts reads a line that as a whole is not an indicator of a known kind.
func (f *file) parts(n int, line string, whole Indicator, labels int) {
	if value, ok := withoutLabel(line); ok && labels < maxLabels {
		f.item(n, value, labels+1)
		return
	}
	for _, separator := range []byte(",;\t|") {
		if cells := split(line, separator); len(cells) > 1 && f.cells(n, cells) {
			return
		}
	}
	if !f.words(n, line) {
		f.add(n, whole)
	}
}

// cells reads the cells of a table without a header: all of them when each is an
// indicator, else the first that is one.
func (f *file) cells(n int, cells []string) bool {
	var found []Indicator
	for k, cell := range cells {
		if strings.TrimSpace(cell) == "" {
			continue
		}
		i, how := read(cell)
		if how == wrong && k == 0 {
			f.unread(n, strings.TrimSpace(cell))
			return true
		}
		if how == sure || how == likely && (k == 0 || i.Kind == Domain) {
			found = append(found, i)
			continue
		}
		if len(found) > 0 {
			found = found[:1]
			break
		}
	}
	for _, i := range found {
		f.add(n, i)
	}
	return len(found) > 0
}

// nowhere are the addresses to which a hosts file sends names.
var nowhere = []string{"0.0.0.0", "127.0.0.1", "::1", "::"}

// words adds the words of a line of prose that are indicators by their form.
func (f *file) words(n int, line string) bool {
	words := strings.Fields(line)
	if len(words) < 2 {
		return false
	}
	if slices.Contains(nowhere, words[0]) {
		if i, how := read(words[1]); how == likely {
			f.add(n, i)
			return true
		}
	}
	some := false
	for k, word := range words {
		word = strings.Trim(strings.TrimRight(word, ".:"), "(),;<>")
		i, how := read(word)
		switch {
		case how == sure, how == likely && k == 0 && i.Kind == Domain:
			f.add(n, i)
			some = true
		case how == wrong && k == 0:
			f.unread(n, line)
			return true
		}
	}
	return some
}

// withoutComment cuts what follows a # behind white space.
func withoutComment(line string) string {
	for _, mark := range []string{" #", "\t#"} {
		if i := strings.Index(line, mark); i > 0 {
			line = line[:i]
		}
	}
	return strings.TrimSpace(line)
}

// withoutBullet takes the mark of a list's item away.
func withoutBullet(line string) string {
	for _, bullet := range []string{"- [ ] ", "- [x] ", "- ", "* ", "+ ", "• ", "· ", "– ", "— ", "> "} {
		if rest, ok := strings.CutPrefix(line, bullet); ok {
			return strings.TrimSpace(rest)
		}
	}
	number := strings.TrimLeft(line, "0123456789")
	if len(number) < len(line) && len(line)-len(number) < 6 {
		for _, end := range []string{". ", ") "} {
			if rest, ok := strings.CutPrefix(number, end); ok {
				return strings.TrimSpace(rest)
			}
		}
	}
	return line
}

// withoutLabel takes "IP:", "User-Agent =" away.
func withoutLabel(line string) (string, bool) {
	for _, end := range []string{":", "=", "->", "\t", " - "} {
		label, value, ok := strings.Cut(line, end)
		value = strings.TrimSpace(value)
		if ok && value != "" && !strings.HasPrefix(value, "//") && !strings.HasPrefix(line, "arn:aws") && known(label) {
			return value, true
		}
	}
	return "", false
}
