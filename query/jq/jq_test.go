package jq

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ctlog/parse"
)

// programs are filters as responders write them. Each is run by jq and by this
// package on the same documents; raw means jq -r.
var programs = []struct {
	filter string
	raw    bool
	args   []string
	order  bool // the order of keys decides about the output: not for gojq
}{
	{filter: `.Records[] | select(.eventName=="AssumeRole")`},
	{filter: `.Records[] | select(.eventName=="ConsoleLogin" or .eventName=="GetCallerIdentity") | .eventID`},
	{filter: `.Records[] | select((.errorCode // "") != "") | {eventName, errorCode, errorMessage}`},
	{filter: `.Records[] | select(.errorCode) | .errorCode`, raw: true},
	{filter: `.Records[] | select(.eventName | startswith("Create")) | .eventName`, raw: true},
	{filter: `.Records[] | select(.eventName | endswith("Key")) | [.eventTime, .eventName] | @tsv`, raw: true},
	{filter: `.Records[] | select(.eventName | test("^(Put|Delete)")) | .eventName`, raw: true},
	{filter: `.Records[] | select(.userAgent != null and (.userAgent | test("boto|aws-cli"; "i"))) | .userAgent`},
	{filter: `.Records[] | select(.userAgent | contains("console")) | .sourceIPAddress`},
	{filter: `.Records[] | select(.userIdentity.type == "IAMUser" and .readOnly == false) | .userIdentity.userName`, raw: true},
	{filter: `.Records[] | select(.sourceIPAddress | IN("41.156.31.69", "10.0.0.1")) | .eventName`},
	{filter: `.Records[] | select([.eventName] | inside(["RunInstances", "CreateUser"])) | .eventName`},
	{filter: `.Records[] | select(.resources? | any(.[]?; .ARN? // "" | contains("bucket"))) | .resources`},
	{filter: `.Records[] | select(.requestParameters.bucketName?) | .requestParameters.bucketName`},
	{filter: `.Records[] | [.eventTime, .eventName, .sourceIPAddress, .userIdentity.arn, .errorCode] | @tsv`, raw: true},
	{filter: `.Records[] | [.eventTime, .eventName, .sourceIPAddress, .userIdentity.arn, .errorCode] | @csv`, raw: true},
	{filter: `["time","name"], (.Records[] | [.eventTime, .eventName]) | @csv`, raw: true},
	{filter: `.Records[] | "\(.eventTime) \(.eventName) from \(.sourceIPAddress)"`, raw: true},
	{filter: `.Records[] | "\(.userIdentity | tojson)"`, raw: true, order: true},
	{filter: `.Records[] | {time: .eventTime, who: .userIdentity.arn, what: .eventName, params: .requestParameters}`},
	{filter: `.Records[] | {eventName, user: (.userIdentity.userName // .userIdentity.sessionContext.sessionIssuer.userName // "?")}`},
	{filter: `.Records[] | {(.eventName): .eventID}`},
	{filter: `.Records[] | .userIdentity | to_entries[] | "\(.key)=\(.value)"`, raw: true, order: true},
	{filter: `.Records[] | with_entries(select(.value != null)) | keys`},
	{filter: `.Records[] | keys_unsorted`, order: true},
	{filter: `.Records[] | to_entries | map(.key)`, order: true},
	{filter: `.Records | length`},
	{filter: `.Records | map(.eventName) | unique`},
	{filter: `.Records | group_by(.eventName) | map({name: .[0].eventName, n: length})`},
	{filter: `.Records | group_by(.eventName) | map({name: .[0].eventName, n: length}) | sort_by(-.n, .name)[:5]`},
	{filter: `[.Records[] | .sourceIPAddress] | unique | .[]`, raw: true},
	{filter: `[.Records[].eventName] | group_by(.) | map({key: .[0], value: length}) | from_entries`},
	{filter: `reduce .Records[] as $e ({}; .[$e.eventName] += 1)`},
	{filter: `reduce .Records[] as $e ({}; .[$e.sourceIPAddress] += [$e.eventName]) | map_values(unique)`},
	{filter: `.Records | sort_by(.eventTime) | .[0], .[-1] | .eventTime`},
	{filter: `.Records | min_by(.eventTime), max_by(.eventTime) | .eventID`},
	{filter: `[.Records[] | select(.errorCode)] | length`},
	{filter: `.Records[] | select(.eventTime >= "2023-07-10T11:50:00Z" and .eventTime < "2023-07-10T12:00:00Z") | .eventID`},
	{filter: `.Records[] | .eventTime | fromdate | strftime("%H:%M")`, raw: true},
	{filter: `.Records[] | .eventTime | split("T") | .[0]`, raw: true},
	{filter: `.Records[] | .userIdentity.arn // "none" | split("/") | last`, raw: true},
	{filter: `.Records[] | .userIdentity.arn? | select(. != null) | sub(".*/"; "")`, raw: true},
	{filter: `.Records[] | .eventSource | gsub("\\.amazonaws\\.com"; "")`, raw: true},
	{filter: `.Records[] | .eventSource | rtrimstr(".amazonaws.com") | ascii_upcase`, raw: true},
	{filter: `.Records[] | .userAgent | capture("(?<tool>[A-Za-z0-9-]+)/(?<version>[0-9.]+)")?`},
	{filter: `.Records[] | [.userAgent | scan("[0-9]+")] | join(".")`, raw: true},
	{filter: `.Records[] | select(.eventName == $n) | .eventID`, args: []string{"n=GetCallerIdentity"}},
	{filter: `.Records[] | select(.sourceIPAddress == $ip) | .eventName`, args: []string{"ip=41.156.31.69"}, raw: true},
	{filter: `.Records[] | [paths(scalars)] | length`},
	{filter: `.Records[] | [.. | strings] | length`},
	{filter: `.Records[] | [leaf_paths | map(tostring) | join(".")] | .[:3]`, order: true},
	{filter: `.Records[] | del(.userIdentity, .requestParameters, .responseElements)`},
	{filter: `.Records[] | .userIdentity.accountId |= "x" | .userIdentity`},
	{filter: `.Records[] | {eventName} + {extra: (.additionalEventData // {} | length)}`},
	{filter: `.Records[] | if .errorCode then "FAIL" elif .readOnly then "read" else "write" end`, raw: true},
	{filter: `.Records[] as $e | $e.eventName + "@" + $e.awsRegion`, raw: true},
	{filter: `.Records[] | . as {eventName: $n, userIdentity: {type: $t}} | [$n, $t]`},
	{filter: `first(.Records[] | select(.errorCode))`},
	{filter: `[limit(3; .Records[] | .eventID)]`},
	{filter: `.Records | any(.eventName == "CreateUser"), all(has("eventID"))`},
	{filter: `[.Records[] | .awsRegion] | unique == ["us-east-1"]`},
	{filter: `.Records[] | [.eventName, (.requestParameters | type), (.requestParameters | length?)]`},
	{filter: `.Records[] | select(.requestParameters | type == "object") | .requestParameters | to_entries | map("\(.key): \(.value | tojson)") | join("; ")`, raw: true, order: true},
	{filter: `.Records[] | .requestParameters | tojson | fromjson`},
	{filter: `.Records[] | try (.userAgent | tonumber) catch "not a number"`},
	{filter: `[.Records[] | .additionalEventData?.bytesTransferredOut? // 0] | add`},
	{filter: `.Records[] | @json`, raw: true, order: true},
	{filter: `.Records[] | [.eventName, .eventTime] | @sh`, raw: true},
	{filter: `.Records[] | .userAgent | @html, @base64`, raw: true},
	{filter: `.Records[] | .eventSource | @uri`, raw: true}, // jq 1.6 leaves !*'() alone, later ones do not
	{filter: `.Records[] | .userAgent | @base64 | @base64d`, raw: true},
	{filter: `[.Records[] | {n: .eventName, ip: .sourceIPAddress}] | unique_by(.ip) | sort_by(.ip)`},
	{filter: `.Records | to_entries[] | select(.value.errorCode) | .key`, order: true},
	{filter: `def of($x): .userIdentity | $x, x; .Records[] | of(.type)`},
	{filter: `def who: .userIdentity.arn // .userIdentity.principalId // "?"; .Records[] | who`, raw: true},
	{filter: `.Records | map(select(.eventName | ascii_downcase | contains("list"))) | length`},
	{filter: `[foreach .Records[] as $e (0; . + 1; [., $e.eventName])] | .[-2:]`},
	{filter: `.Records[] | walk(if type == "string" then length else . end) | .userIdentity`},
	{filter: `.Records[0] | tostream | select(length == 2) | "\(.[0] | map(tostring) | join("/"))"`, raw: true, order: true},
	{filter: `.Records[] | .eventName as $n | .userIdentity | {n: $n} + .`},
	{filter: `label $out | .Records[] | if .errorCode then .eventID, break $out else empty end`},
	{filter: `.Records[] | [.eventVersion | splits("[.]") | tonumber]`},
	{filter: `.Records | INDEX(.eventID) | length`},
	{filter: `.Records[] | .tlsDetails // {} | .cipherSuite? // "-"`, raw: true},
	{filter: `.Records[] | not, (.errorCode | not)`},
	{filter: `.Records[] | .responseElements | .. | .accessKeyId? // empty`},
	{filter: `.Records[] | getpath(["userIdentity","sessionContext","attributes","mfaAuthenticated"])`},
	{filter: `.Records | map(.eventTime[0:16]) | group_by(.) | map([.[0], length] | @tsv) | .[]`, raw: true},
	{filter: `.Records[] | select(.eventName|IN("CreateUser","DeleteUser")|not) | .eventID`},
	{filter: `.`},
	{filter: `.Records[0]`},
	{filter: `.Records[-1:]`},
	{filter: `length, keys`},
}

// compare runs both and reports the first difference.
func compare(t *testing.T, filter string, raw, order bool, args []string, docs [][]byte) {
	t.Helper()
	jqArgs := []string{"-c"}
	if raw {
		jqArgs = []string{"-cr"}
	}
	o := Options{Per: PerAuto}
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		jqArgs = append(jqArgs, "--arg", name, value)
		b, _ := json.Marshal(value)
		o.Vars = append(o.Vars, Var{name, b})
	}
	cmd := exec.Command("jq", append(jqArgs, filter)...)
	cmd.Stdin = bytes.NewReader(bytes.Join(docs, []byte("\n")))
	want, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() != 5 {
		t.Fatalf("jq %s: %v: %s", filter, err, exit.Stderr)
	}
	for _, brute := range []bool{false, true} {
		if brute && order {
			continue
		}
		o.Brute = brute
		got := runAll(t, filter, o, raw, docs)
		g, w := normal(got), normal(want)
		if brute && !bytes.Equal(g, w) {
			g, w = sortedKeys(g), sortedKeys(w)
		}
		if !bytes.Equal(g, w) {
			t.Errorf("%s (brute %v): %s", filter, brute, firstDifference(g, w))
		}
	}
}

func firstDifference(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d:\n got %.300s\nwant %.300s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g)-1, len(w)-1)
}

// normal puts what stands in original bytes into jq's spelling: one document
// of jq's through jq's own printer gives itself.
func normal(b []byte) []byte {
	var out []byte
	for line := range bytes.Lines(b) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if v, err := load(line); err == nil && len(line) > 0 && line[0] == '{' {
			r := run{}
			out = append(out, r.json(v)...)
		} else {
			out = append(out, line...)
		}
		out = append(out, '\n')
	}
	return out
}

func sortedKeys(b []byte) []byte {
	var out []byte
	for line := range bytes.Lines(b) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if v, err := load(line); err == nil && len(line) > 0 {
			p := printer{Format: &Format{Sort: true}, r: &run{}}
			line = p.value(nil, v)
		}
		out = append(append(out, line...), '\n')
	}
	return out
}

// runAll evaluates on every document as the command does, one after the other.
func runAll(t testing.TB, filter string, o Options, raw bool, docs [][]byte) []byte {
	t.Helper()
	p, err := Compile(filter, o)
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	r := p.Runner(t.Context())
	var out []byte
	emit := func(v Value) error {
		if s, ok := r.Text(v); ok && raw {
			out = append(out, s...)
		} else {
			out = r.Append(out, v, &Format{})
		}
		out = append(out, '\n')
		return nil
	}
	for _, doc := range docs {
		if p.Mode() != ModeEach {
			if err := r.Document(doc, emit); err != nil {
				t.Logf("%s: %v", filter, err)
			}
			continue
		}
		var d struct{ Records []json.RawMessage }
		if err := json.Unmarshal(doc, &d); err != nil {
			t.Fatal(err)
		}
		for _, e := range d.Records {
			if err := r.Event(parse.Event{Raw: e}, emit); err != nil {
				t.Logf("%s: %v", filter, err)
				break // as jq does; the command goes on
			}
		}
	}
	return out
}

func needJQ(t *testing.T) {
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("jq is not installed")
	}
}

func invictus(t testing.TB) [][]byte {
	dir := os.Getenv("CTLOG_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "invictus/AWSLogs/*/*/*/*/*/*/*.json.gz"))
	if len(files) == 0 {
		t.Skip("the real events are not here")
	}
	var docs [][]byte
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		docs = append(docs, b)
	}
	return docs
}

func TestAgainstJQOnRealEvents(t *testing.T) {
	needJQ(t)
	docs := invictus(t)
	n := 0
	for _, p := range programs {
		n++
		compare(t, p.filter, p.raw, p.order, p.args, docs)
	}
	if n < 60 {
		t.Errorf("only %d programs", n)
	}
}

// Patterns with alternatives, as jq tries them.
func TestAlternativePatterns(t *testing.T) {
	needJQ(t)
	docs := [][]byte{[]byte(`[[3]]`), []byte(`{"a":[1,{"b":2}],"c":null}`), []byte(`[{"a":1,"b":2},[3,4],5]`), []byte(`[[{"a":"x"}],{"a":[1]}]`)}
	for _, filter := range []string{
		`.[] as [$a] ?// $b | [$a, $b]`, `.[] as [$a] ?// {a: $a} ?// $a | [$a]`, `.[] as {a: $a, b: [$c, {$d}]} ?// [$a, $c] ?// $d | [$a, $c, $d]`,
		`.[] as [$a] ?// [$b] | if $a != null then error("err: \($a)") else {$a, $b} end`, `[.[] as [$a] ?// $a | $a | if type == "number" then error("no") else . end]?`,
		`reduce .[] as [$a] ?// {a: $a} ?// $a (0; . + 1)`, `[foreach .[] as [$a] ?// $a (0; . + 1; [., $a])]`, `.[] as {a: $x} ?// [$x] ?// $y | . as $all | [$x, $y] | length`,
		`def f(g): .[] as [$a] ?// $b | g | [$a, $b]; f(.)`,
	} {
		compare(t, filter, false, false, nil, docs)
	}
}

// Builtins that events hardly need, with jq's results.
func TestRareBuiltins(t *testing.T) {
	needJQ(t)
	docs := [][]byte{[]byte(`{"n":[0.5,-2.5,3,0,1e300,-0.0001],"s":"a/b c","l":[1,3,3,5,9],"o":[{"id":1},{"id":3}]}`)}
	const rounded = `if isnan then "nan" elif . > 1e17 or . < -1e17 then "large" else . * 1e9 | round end`
	for _, name := range slices.Sorted(maps.Keys(mathematics)) {
		if name == "pow10" {
			continue // jq was built without it
		}
		compare(t, `[.n[] | `+name+` | `+rounded+`]`, false, true, nil, docs) // of which some are others to gojq
	}
	for _, name := range slices.Sorted(maps.Keys(mathematics2)) {
		if name == "jn" || name == "yn" {
			continue // of whole numbers only
		}
		compare(t, `[.n[:4][] as $x | .n[:4][] as $y | `+name+`($x; $y) | `+rounded+`]`, false, true, nil, docs)
	}
	for _, filter := range []string{
		`[.l[] as $x | .l | bsearch($x - 1), bsearch($x), bsearch($x + 0.5)]`, `[[] | bsearch(1)], [null | bsearch(1)], [[2] | bsearch(1), bsearch(2), bsearch(3)]`, `try ("a" | bsearch(1)) catch "no"`, `[.n[] | frexp, modf]`, `[.n[:3][] | lgamma_r | .[0] * 1e9 | round]`,
		`.s | format("base64", "uri", "json")`, `[.n[] | isfinite, scalars_or_empty]`, `[recurse_down | numbers]`, `[.n[0] | fma(.; 2, 3; 4)]`, `try format("nope") catch "no"`, `jn(2; 1.5), yn(1; 2.5) | . * 1e9 | round`,
		`INDEX(.o[]; .id) as $i | [.l[] | {id: .}] | JOIN($i; .id | tostring)`, `[JOIN({"1": "x"}; .l[]; tostring)]`, `[JOIN({"1": "x"}; .l[]; tostring; .[1])]`, `stderr | .s`, `builtins | length > 100 and any(. == "select/1")`,
		`0 | strftime("%H:%M"), (gmtime | mktime)`,
	} {
		compare(t, filter, false, true, nil, docs)
	}
	for filter, want := range map[string]string{
		`"OVXGSY3POJXA====" | @base32d`: `"unicorn"`, `"unicorn" | @base32`: `"OVXGSY3POJXA===="`, `"a%20%C3%A9" | @urid`: `"a é"`, `"true", "false", true | toboolean`: "true\nfalse\ntrue", `"xax" | trimstr("x")`: `"a"`, `0 | localtime | mktime`: "", `0 | strflocaltime("%Y") | length`: "4",
	} {
		if got, err := outputs(t.Context(), filter, "null", false, false); err != nil || want != "" && got != want+"\n" {
			t.Errorf("%s: %s, %v", filter, got, err)
		}
	}
}
