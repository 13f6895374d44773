package indicator

import (
	"regexp"
	"slices"
	"strings"
)

// certainty is how sure the reading of a value is.
type certainty int

const (
	doubtful certainty = iota // any text
	likely                    // it has the form of a domain, or stars in it
	sure                      // it has a form that nothing else has
	wrong                     // it has such a form, and faults
)

// read makes an indicator of one value as it was written.
func read(value string) (Indicator, certainty) {
	text := bare(value)
	if i, how := form(refang(text)); how != doubtful {
		return i, how
	}
	if strings.Contains(text, `\.`) { // defanged for a regular expression
		if i, how := form(strings.ReplaceAll(text, `\.`, ".")); how == sure || how == likely {
			return i, how
		}
	}
	return Indicator{Kind: String, Text: refang(text)}, doubtful
}

// form recognises what has a form of its own.
func form(s string) (Indicator, certainty) {
	if s == "" || strings.Trim(s, "*.") == "" {
		return Indicator{Text: s}, wrong
	}
	if scheme, rest, ok := strings.Cut(s, "://"); ok && schemeName.MatchString(scheme) && !strings.ContainsAny(s, " \t") {
		return located(scheme, rest)
	}
	if i, how := network(s); how != doubtful {
		return i, how
	}
	switch {
	case hexadecimal.MatchString(s) && slices.Contains(hashes, len(s)):
		return Indicator{Kind: Hash, Text: s}, sure
	case uniqueID.MatchString(s):
		return Indicator{Kind: Key, Text: s}, sure
	case strings.ContainsAny(s, " \t,;"):
		return Indicator{}, doubtful
	case strings.HasPrefix(s, "arn:aws") && strings.Count(s, ":") >= 5:
		return Indicator{Kind: ARN, Text: s}, sure
	}
	return host(s)
}

var (
	hexadecimal = regexp.MustCompile(`^[0-9A-Fa-f]+$`)
	hashes      = []int{32, 40, 56, 64, 96, 128}
	uniqueID    = regexp.MustCompile(`^A[A-Z]{3}[A-Z0-9]{12,}$`)
	domain      = regexp.MustCompile(`^(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+(?:[A-Za-z]{2,}|xn--[A-Za-z0-9-]+)$`)
	schemeName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*$`)
)

// located reads a URL: what a trail has of it is the host.
func located(scheme, rest string) (Indicator, certainty) {
	authority, path, _ := strings.Cut(rest, "/")
	authority, _, _ = strings.Cut(authority, "?")
	authority, _, _ = strings.Cut(authority, "#")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		authority = authority[at+1:]
	}
	if strings.EqualFold(scheme, "s3") && authority != "" {
		return Indicator{Kind: String, Text: authority}, sure
	}
	if i, how := network(authority); how == wrong || how == sure && i.Kind == Address {
		return i, how
	}
	i, how := host(authority)
	switch {
	case how != likely || i.Kind != Domain:
		return Indicator{Kind: String, Text: scheme + "://" + rest}, likely
	case ownedByAll(i.Text) && path != "":
		return Indicator{Kind: String, Text: i.Text + "/" + path}, sure
	}
	return i, sure
}

// ownedByAll: the host says nothing without the path.
func ownedByAll(host string) bool {
	host = strings.ToLower(host)
	return strings.HasPrefix(host, "s3") && strings.HasSuffix(host, ".amazonaws.com") && strings.Count(host, ".") <= 3 ||
		slices.Contains([]string{"github.com", "raw.githubusercontent.com", "gist.github.com", "pastebin.com", "drive.google.com", "t.me", "bit.ly"}, host)
}

// host reads a domain, with a port, a path or a star in front or without.
func host(s string) (Indicator, certainty) {
	name := strings.TrimSuffix(strings.TrimPrefix(s, "||"), "^")
	name, path, slashed := strings.Cut(name, "/")
	name = withoutPort(name)
	name = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(name, "*"), "."), ".")
	if domain.MatchString(name) && !fileName(name) {
		if slashed && path != "" && ownedByAll(name) {
			return Indicator{Kind: String, Text: name + "/" + path}, likely
		}
		return Indicator{Kind: Domain, Text: name}, likely
	}
	if strings.Contains(s, "*") {
		return Indicator{Kind: String, Text: s}, likely
	}
	return Indicator{}, doubtful
}

// fileName: it ends as the names of files do, and not as domains.
func fileName(s string) bool {
	end := strings.ToLower(s[strings.LastIndexByte(s, '.')+1:])
	return slices.Contains([]string{"exe", "dll", "js", "ps1", "py", "bat", "vbs", "txt", "json", "csv", "php", "log", "bin", "doc", "docx", "pdf", "dmg", "elf"}, end)
}

func withoutPort(s string) string {
	if i := strings.LastIndexByte(s, ':'); i > 0 && i+1 < len(s) && strings.Trim(s[i+1:], "0123456789") == "" {
		return s[:i]
	}
	return s
}

// bare takes white space, quotation marks and the like from around a value.
func bare(s string) string {
	for {
		s = strings.TrimRight(strings.TrimSpace(s), ",;")
		n := len(s)
		if n < 2 {
			return s
		}
		for _, pair := range []string{`""`, `''`, "``", "<>", "“”", "‘’", "«»", "****"} {
			open, shut := pair[:len(pair)/2], pair[len(pair)/2:]
			if inner, ok := strings.CutPrefix(s, open); ok && strings.HasSuffix(inner, shut) && len(inner) >= len(shut) {
				s = strings.TrimSuffix(inner, shut)
				break
			}
		}
		if len(s) == n {
			return s
		}
	}
}

var fangs = strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "{dot}", ".", "[DOT]", ".", "(DOT)", ".",
	"[:]", ":", "(:)", ":", "[://]", "://", "[:/]/", "://", "[/]", "/", "[//]", "//", "[@]", "@", "(@)", "@", "[at]", "@", "(at)", "@", "[AT]", "@",
	"[.", ".", ".]", ".")

var harmless = regexp.MustCompile(`(?i)^h(?:xx|\*\*)p(s?)://`)

// refang writes an indicator as it reads that was made harmless.
func refang(s string) string {
	if strings.ContainsAny(s, "[({") {
		s = fangs.Replace(s)
	}
	return harmless.ReplaceAllString(s, "http$1://")
}
