package indicator

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// json reads a STIX bundle, a list of texts, or an export whose members are named
// after what they hold, as MISP's and OTX's are. from is the number of its first line.
func (f *file) json(from int, b []byte) {
	w := &walker{file: f, text: b, tokens: json.NewDecoder(bytes.NewReader(b)), line: from}
	w.tokens.UseNumber()
	for w.tokens.More() {
		w.value("indicator")
	}
}

// walker goes through a JSON text once. Each value has the name of the member that
// it belongs to.
type walker struct {
	*file
	text   []byte
	tokens *json.Decoder
	line   int
	at     int // how much of the text the lines were counted of
}

// here is the line of the token that was read last.
func (w *walker) here() int {
	to := int(w.tokens.InputOffset())
	w.line += bytes.Count(w.text[w.at:to], []byte{'\n'})
	w.at = to
	return w.line
}

func (w *walker) value(name string) {
	token, err := w.tokens.Token()
	if err != nil {
		return
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			w.object()
			return
		}
		for w.tokens.More() {
			w.value(name)
		}
		w.tokens.Token()
	case string:
		if t != "" && known(name) {
			w.free(w.here(), t)
		}
	}
}

// object reads an object's members. Of what STIX calls an indicator the pattern
// counts, and of its observables the value, the hashes and the IDs.
func (w *walker) object() {
	kind, language, pattern, line := "", "", "", 0
	for w.tokens.More() {
		token, err := w.tokens.Token()
		if err != nil {
			return
		}
		name, _ := token.(string)
		switch name {
		case "type", "pattern_type", "pattern":
			var raw json.RawMessage
			var text string
			if w.tokens.Decode(&raw) != nil {
				return
			}
			json.Unmarshal(raw, &text)
			switch name {
			case "type":
				kind = text
			case "pattern_type":
				language = text
			default:
				pattern, line = text, w.here()
			}
		case "external_references", "references", "reference", "kill_chain_phases", "object_marking_refs", "link", "source", "author": // who says so
			var raw json.RawMessage
			w.tokens.Decode(&raw)
		case "hashes":
			w.each("hash")
		case "user_id", "account_login":
			w.value("user")
		default:
			w.value(name)
		}
	}
	w.tokens.Token()
	switch {
	case pattern == "" || kind != "indicator":
	case language != "" && language != "stix":
		w.unread(line, language+" pattern")
	default:
		w.pattern(line, pattern)
	}
}

// each gives all members of an object one name.
func (w *walker) each(name string) {
	token, err := w.tokens.Token()
	if d, ok := token.(json.Delim); err != nil || !ok {
		return
	} else if d == '[' {
		for w.tokens.More() {
			w.value(name)
		}
	} else {
		for w.tokens.More() {
			w.tokens.Token()
			w.value(name)
		}
	}
	w.tokens.Token()
}

// stixPattern reports whether a text is a pattern of STIX.
func stixPattern(s string) (string, bool) {
	return s, strings.HasPrefix(s, "[") && strings.Contains(s, "]") && comparison.MatchString(s)
}

var (
	comparison = regexp.MustCompile(`([a-z0-9-]+:[A-Za-z0-9_.\[\]*'-]+)\s*((?:NOT\s+)?(?:=|!=|<>|<=?|>=?|IN|LIKE|MATCHES|ISSUBSET|ISSUPERSET))\s*(\([^)]*\)|'(?:[^'\\]|\\.)*')`)
	literal    = regexp.MustCompile(`'((?:[^'\\]|\\.)*)'`)
)

// about are the beginnings of STIX paths whose values a trail can have.
var about = []string{"ipv4-addr:", "ipv6-addr:", "domain-name:", "url:", "file:hashes", "user-account:", "email-addr:", "network-traffic:", "x-", "software:", "artifact:hashes"}

// pattern reads the comparisons of a STIX pattern: any of their values is an
// indicator.
func (f *file) pattern(n int, pattern string) {
	some := false
	for _, m := range comparison.FindAllStringSubmatch(pattern, -1) {
		if !slices.ContainsFunc(about, func(b string) bool { return strings.HasPrefix(m[1], b) }) || strings.HasSuffix(m[1], "_port") {
			continue
		}
		switch m[2] {
		case "=", "IN", "LIKE", "ISSUBSET":
		default:
			continue
		}
		for _, v := range literal.FindAllStringSubmatch(m[3], -1) {
			text := strings.NewReplacer(`\'`, `'`, `\\`, `\`).Replace(v[1])
			if m[2] == "LIKE" {
				text = strings.ReplaceAll(text, "%", "*")
			}
			f.item(n, text, 0)
			some = true
		}
	}
	if !some {
		f.unread(n, pattern)
	}
}
