package indicator

import (
	"slices"
	"strings"
)

// values are the names of columns that hold indicators of any kind, kinds those of
// columns that hold one kind. All are written as plainName writes them.
var (
	values = []string{"indicator", "indicatorvalue", "ioc", "iocvalue", "value", "observable", "observablevalue", "artifact", "pattern"}
	kinds  = []string{"ip", "ips", "ipv4", "ipv6", "ipaddress", "ipaddr", "address", "addr", "srcip", "sourceip", "sourceipaddress", "srcaddr",
		"dstip", "destip", "destinationip", "attackerip", "remoteip", "clientip", "c2", "c2ip", "host", "hostname", "domain", "domainname", "fqdn",
		"url", "uri", "cidr", "network", "subnet", "netblock", "range", "iprange", "hash", "md5", "sha1", "sha256", "sha512", "filehash",
		"arn", "accesskey", "accesskeyid", "keyid", "useragent", "ua", "email", "user", "username", "principal", "principalid", "bucket", "account"}
)

// plainName writes the name of a column or a label without case and marks.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r + 0x20
		}
		return -1
	}, s)
}

// known reports whether a label or column is named after a kind of indicators.
func known(name string) bool {
	if len(name) > 40 {
		return false
	}
	plain := plainName(name)
	plural := strings.TrimSuffix(strings.TrimSuffix(plain, "s"), "e")
	return slices.Contains(values, plain) || slices.Contains(kinds, plain) || slices.Contains(kinds, strings.TrimSuffix(plain, "s")) ||
		slices.Contains(kinds, plural) || slices.Contains(values, strings.TrimSuffix(plain, "s"))
}

// columns says where the indicators of a table stand.
type columns struct {
	separator byte
	width     int
	at        []int
}

// header takes a line, or the comment before it, for the names of columns.
func (f *file) header(n int, line string) bool {
	if c := columnsOf(line); c != nil {
		f.columns = c
		if c.separator == 0 {
			f.columns = nil
		}
		f.list.Headers = append(f.list.Headers, Place{f.name, n, line})
		return true
	}
	if c := columnsOf(f.comment); c != nil && c.separator != 0 && len(split(line, c.separator)) == c.width {
		f.columns = c
	}
	return false
}

// columnsOf reads a header; nil when it is none. One without a separator has one
// column.
func columnsOf(line string) *columns {
	for _, separator := range []byte(",;\t|") {
		cells := split(strings.Trim(line, "|"), separator)
		if len(cells) < 2 {
			continue
		}
		if at := named(cells); at != nil {
			return &columns{separator, len(cells), at}
		}
	}
	if word := bare(line); !strings.ContainsAny(word, " \t:=") && known(word) {
		return &columns{}
	}
	return nil
}

// named gives the columns that hold indicators: that of indicators of any kind
// before those of one kind. In a header nothing is an indicator itself.
func named(cells []string) (at []int) {
	for _, c := range cells {
		if _, how := read(c); how == sure || how == wrong && bare(c) != "" {
			return nil
		}
	}
	for _, names := range [][]string{values, kinds} {
		for i, c := range cells {
			if slices.Contains(names, plainName(c)) {
				at = append(at, i)
			}
		}
		if at != nil {
			return at
		}
	}
	return nil
}

// row reads the columns that hold indicators.
func (f *file) row(n int, line string) {
	if f.columns.separator == '|' {
		line = strings.Trim(line, "|")
	}
	cells := split(line, f.columns.separator)
	some := false
	for _, at := range f.columns.at {
		if at >= len(cells) || bare(cells[at]) == "" {
			continue
		}
		some = true
		i, how := read(cells[at])
		if pattern, ok := stixPattern(bare(cells[at])); ok {
			f.pattern(n, pattern)
		} else if how == wrong {
			f.unread(n, bare(cells[at]))
		} else {
			f.add(n, i)
		}
	}
	if !some {
		f.unread(n, line)
	}
}

// split splits a line at a separator that is not between quotation marks.
func split(line string, separator byte) (cells []string) {
	start, quoted := 0, false
	for i := range len(line) {
		switch {
		case line[i] == '"' && (quoted || strings.TrimSpace(line[start:i]) == ""):
			quoted = !quoted
		case line[i] == separator && !quoted:
			cells = append(cells, line[start:i])
			start = i + 1
		}
	}
	return append(cells, line[start:])
}
