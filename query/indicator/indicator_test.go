package indicator

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

func readList(t testing.TB, text string) *List {
	t.Helper()
	l := &List{}
	if err := l.Read("list", strings.NewReader(text)); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return l
}

func (l *List) texts() (out []string) {
	for _, i := range l.Indicators {
		out = append(out, i.Kind.String()+" "+i.Text)
	}
	return out
}

// One line as it is published, and what it means.
func TestLines(t *testing.T) {
	const a = "address 203.0.113.66"
	for line, want := range map[string][]string{
		"203.0.113.66":                              {a},
		"203.0.113.66:8443":                         {a},
		"203.0.113.66:99999":                        {a},
		"http://203.0.113.66/gate.php?x=1":          {a},
		"https://u:p@203.0.113.66:8080":             {a},
		"203.0.113.66/gate.php":                     {a},
		"- 203.0.113.66":                            {a},
		"* 203.0.113.66":                            {a},
		"  • 203.0.113.66":                          {a},
		"12. 203.0.113.66":                          {a},
		"IP: 203.0.113.66":                          {a},
		"- **IP**: 203.0.113.66":                    {a},
		"IP address = 203.0.113.66":                 {a},
		"C2 203.0.113.66 (Linode)":                  {a},
		`"203.0.113.66"`:                            {a},
		`"203.0.113.66",`:                           {a},
		"'203.0.113.66'":                            {a},
		"`203.0.113.66`":                            {a},
		"<203.0.113.66>":                            {a},
		"203[.]0[.]113[.]66":                        {a},
		"203(.)0(.)113(.)66":                        {a},
		"203[dot]0[dot]113[dot]66":                  {a},
		"203.0.113[.]66":                            {a},
		"203[.0[.113[.66":                           {a},
		`203\.0\.113\.66`:                           {a},
		"203[.]0[.]113[.]66[:]443":                  {a},
		"hxxp://203[.]0[.]113[.]66/x":               {a},
		"hXXps[://]203[.]0[.]113[.]66/x":            {a},
		"203.0.113.66 # Tor":                        {a},
		"203.0.113.66 ; SBL1":                       {a},
		"203.0.113.66,malware,2024-01-09":           {a},
		"203.0.113.66\tmalware":                     {a},
		"2024-01-09,203.0.113.66,bad":               {a},
		"| 203.0.113.66 | C2 server |":              {a},
		"203.0.113.66, 203.0.113.67":                {a, "address 203.0.113.67"},
		"203.0.113.66 203.0.113.67":                 {a, "address 203.0.113.67"},
		"203.0.113.66/32":                           {"address 203.0.113.66/32"},
		"::ffff:203.0.113.66":                       {"address ::ffff:203.0.113.66"},
		"2001:DB8::1":                               {"address 2001:DB8::1"},
		"[2001:db8::1]:443":                         {"address 2001:db8::1"},
		"http://[2001:db8::1]/x":                    {"address 2001:db8::1"},
		"2001[:]db8[:][:]1":                         {"address 2001:db8::1"},
		"203.0.113.0/24":                            {"network 203.0.113.0/24"},
		"203.0.113[.]0/24":                          {"network 203.0.113.0/24"},
		"203.0.113.0/255.255.255.0":                 {"network 203.0.113.0/255.255.255.0"},
		"2001:db8::/32":                             {"network 2001:db8::/32"},
		"203.0.113.*":                               {"network 203.0.113.0/24"},
		"203.0.*.*":                                 {"network 203.0.0.0/16"},
		"203.0.113.4-203.0.113.9":                   {"network 203.0.113.4-203.0.113.9"},
		"203.0.113.4 - 203.0.113.9":                 {"network 203.0.113.4-203.0.113.9"},
		"203.0.113.4-9":                             {"network 203.0.113.4-203.0.113.9"},
		"evil.example":                              {"domain evil.example"},
		"evil.example:443":                          {"domain evil.example"},
		"*.evil.example":                            {"domain evil.example"},
		".evil.example.":                            {"domain evil.example"},
		"||evil.example^":                           {"domain evil.example"},
		"evil[.]example/x":                          {"domain evil.example"},
		"hxxps://www[.]evil[.]example/x":            {"domain www.evil.example"},
		"Domain: evil.example":                      {"domain evil.example"},
		"Domains: a.example, b.example":             {"domain a.example", "domain b.example"},
		"0.0.0.0 evil.example":                      {"domain evil.example"},
		"https://github.com/x/y":                    {"string github.com/x/y"},
		"s3://bad-bucket/key":                       {"string bad-bucket"},
		"arn:aws:iam::111122223333:user/x":          {"ARN arn:aws:iam::111122223333:user/x"},
		"arn:aws:iam::111122223333:user/x,stolen":   {"ARN arn:aws:iam::111122223333:user/x"},
		"AKIAIOSFODNN7EXAMPLE":                      {"key AKIAIOSFODNN7EXAMPLE"},
		"Access key: AKIAIOSFODNN7EXAMPLE":          {"key AKIAIOSFODNN7EXAMPLE"},
		"d41d8cd98f00b204e9800998ecf8427e":          {"hash d41d8cd98f00b204e9800998ecf8427e"},
		"MD5: d41d8cd98f00b204e9800998ecf8427e":     {"hash d41d8cd98f00b204e9800998ecf8427e"},
		"aws-cli/1.16 Python/3.6 (X11; Linux), x/1": {"string aws-cli/1.16 Python/3.6 (X11; Linux), x/1"},
		"User-Agent: aws-cli/1.16 Python/3.6":       {"string aws-cli/1.16 Python/3.6"},
		"bad[@]evil[.]example":                      {"string bad@evil.example"},
		"Mozilla*like Gecko":                        {"string Mozilla*like Gecko"},
		"*hidden*":                                  {"string *hidden*"},
		"**203.0.113.66**":                          {a},
		"payload.exe":                               {"string payload.exe"},
		"https://a/b#c":                             {"string https://a/b#c"},
		"[ipv4-addr:value = '203.0.113.66']":        {a},
		"[ipv4-addr:value IN ('203.0.113.66', '203.0.113.67')] AND [url:value LIKE 'http://evil.example/%']": {a, "address 203.0.113.67", "domain evil.example"},
		"[ipv4-addr:value ISSUBSET '203.0.113.0/24' AND network-traffic:dst_port = 443]":                     {"network 203.0.113.0/24"},
		`{"type":"indicator","pattern_type":"stix","pattern":"[ipv4-addr:value = '203.0.113.66']"}`:          {a},
	} {
		if got := readList(t, line).texts(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// What looks like an address and is none is told, and not searched for as text.
func TestNotUnderstood(t *testing.T) {
	for _, line := range []string{"203.0.113.0/33", "203.0.113.999", "300.1.1.1:80", "2001:db8::/129", "203.0.113.9-203.0.113.4", "203.0.113.4-203.0.113.999",
		"203.*.113.4*", "1.2*", "*", "203.0.113.0/255.0.255.0", "203[.]0[.]113[.]0/33", "203.0.113.0/33 # too long", "203.0.113.0/33,bad",
		"[process:pid = '4']", strings.Repeat("x", maxLine+1)} {
		l := readList(t, "198.51.100.1\n\n"+line)
		if len(l.Indicators) != 1 || len(l.Unread) != 1 || l.Unread[0].Line != 3 {
			t.Errorf("%.60s: %q, not understood: %v", line, l.texts(), l.Unread)
		}
	}
}

func TestFiles(t *testing.T) {
	const bundle = `{
  "type": "bundle", "id": "bundle--1",
  "objects": [
    {"type": "identity", "name": "x"},
    {"type": "indicator", "pattern": "[ipv4-addr:value = '203.0.113.66']", "pattern_type": "stix",
     "external_references": [{"source_name": "y", "url": "https://vendor.example/report"}]},
    {"type": "indicator", "pattern_type": "yara", "pattern": "rule x {}"},
    {"type": "ipv4-addr", "value": "203.0.113.67"},
    {"type": "file", "hashes": {"MD5": "d41d8cd98f00b204e9800998ecf8427e"}},
    {"type": "user-account", "user_id": "AKIAIOSFODNN7EXAMPLE"}
  ]
}`
	for name, c := range map[string]struct{ text, told string }{
		"named column":   {"type,indicator,note\nip,203.0.113.66,x\nip,203.0.113.66,again\ndomain,evil.example,\n", "2 indicators: 1 address, 1 domain; taken for a header: line 1 (type,indicator,note)"},
		"columns":        {"when;src_ip;domain\n1;203.0.113.66;evil.example\n2;;b.example\n", "3 indicators: 1 address, 2 domains; taken for a header: line 1 (when;src_ip;domain)"},
		"quoted":         {"\"ip\",\"why\"\n\"203.0.113.66\",\"a, b\"\n", "1 indicator: 1 address; taken for a header: line 1 (\"ip\",\"why\")"},
		"commented":      {"# abuse\n# first_seen_utc,dst_ip,dst_port\n2022-06-04 21:24:53,203.0.113.66,8080\n", "1 indicator: 1 address"},
		"first column":   {"203.0.113.66,198.51.100.1 reported\n", "1 indicator: 1 address"},
		"Markdown":       {"| Indicator | Type |\n|---|---|\n| 203.0.113[.]66 | IP |\n", "1 indicator: 1 address; taken for a header: line 1 (| Indicator | Type |)"},
		"one name":       {"IP\n203.0.113.66\n", "1 indicator: 1 address; taken for a header: line 1 (IP)"},
		"STIX":           {bundle, "4 indicators: 2 addresses, 1 key, 1 hash; 1 line not understood: line 7 (yara pattern)"},
		"texts":          {`["203.0.113.66", "evil.example"]`, "2 indicators: 1 address, 1 domain"},
		"MISP":           {`{"Event":{"info":"x","Attribute":[{"type":"ip-dst","value":"203.0.113.66"}]}}`, "1 indicator: 1 address"},
		"mixed":          {"203.0.113.66\n198.51.100.0/33\narn:aws:iam::1:user/x\nfoo\nbar\n", "4 indicators: 1 address, 1 ARN, 2 strings; 1 line not understood: line 2 (198.51.100.0/33)"},
		"byte order":     {"\ufeff203.0.113.66\r\n", "1 indicator: 1 address"},
		"UTF-16 LE":      {wideText(binary.LittleEndian, "\ufeff203.0.113.66\r\nevil.example\r\n"), "2 indicators: 1 address, 1 domain"},
		"UTF-16 BE":      {wideText(binary.BigEndian, "\ufeff203.0.113.66\r\n"), "1 indicator: 1 address"},
		"without a mark": {wideText(binary.LittleEndian, "203.0.113.66\r\n"), "1 indicator: 1 address"},
	} {
		if got := readList(t, c.text).String(); got != c.told {
			t.Errorf("%s: %s, want %s", name, got, c.told)
		}
	}
	for text, want := range map[string]error{"": ErrEmpty, "# only\n": ErrEmpty, "PK\x03\x04\x00\x00\x00\x01": ErrBinary, "{}": ErrEmpty} {
		if err := new(List).Read("list", strings.NewReader(text)); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

func wideText(order binary.AppendByteOrder, s string) string {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return string(out)
}

// A range is covered by its networks, and nothing else is.
func TestCover(t *testing.T) {
	for _, c := range [][2]string{{"0.0.0.0", "255.255.255.255"}, {"203.0.113.4", "203.0.113.9"}, {"10.0.0.255", "10.0.1.0"}, {"::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}, {"2001:db8::1", "2001:db8::1"}} {
		from, to := netip.MustParseAddr(c[0]), netip.MustParseAddr(c[1])
		next := from
		for _, p := range cover(from, to) {
			if p.Addr() != next || p != p.Masked() {
				t.Fatalf("%v: %v instead of %v", c, p, next)
			}
			next = last(p).Next()
		}
		if next != to.Next() {
			t.Errorf("%v ends before %v", c, next)
		}
	}
}

// What several files have in common is searched for once, and places name the file.
func TestTwoFiles(t *testing.T) {
	l := readList(t, "203.0.113.66\n")
	for _, text := range []string{"203.0.113.66\n", "198.51.100.1\n203.0.113.0/33\n"} {
		if err := l.Read("second", strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	const want = "2 indicators: 2 addresses; 1 line not understood: second line 2 (203.0.113.0/33)"
	if got := l.String(); got != want || l.Indicators[1].File != "second" {
		t.Errorf("%s, want %s", got, want)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"203.0.113.66", "type,indicator\nip,1.2.3.4", `{"type":"bundle","objects":[{"type":"indicator","pattern":"[url:value='x']"}]}`,
		"[ipv4-addr:value IN ('1.2.3.4')]", "| a | b |", "\xff\xfe1\x00", "1.2.3.4-9", "hxxp[://]a[.]b/", "- IP: 1.2.3.*", "0.0.0.0 a.b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := &List{}
		if err := l.Read("list", strings.NewReader(text)); err != nil {
			return
		}
		lines := strings.Count(text, "\n") + 1
		for _, i := range l.Indicators {
			if strings.TrimSpace(i.Text) == "" || i.Line < 1 || i.Line > lines && !strings.Contains(text, "\x00") {
				t.Fatalf("%q gives %+v", text, i)
			}
			if (i.Kind == Address || i.Kind == Network) != (len(i.Nets) > 0) {
				t.Fatalf("%q gives %+v", text, i)
			}
			for _, p := range i.Nets {
				if !p.IsValid() || p != p.Masked() {
					t.Fatalf("%q gives the network %v", text, p)
				}
			}
		}
		_ = fmt.Sprint(l)
	})
}
