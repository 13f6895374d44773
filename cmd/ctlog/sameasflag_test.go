package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// countedBy are fields that count and summary print, and the flags for their values.
var countedBy = []struct {
	field, flag string
	exact       bool // the flag finds what is counted and nothing else
}{
	{"eventName", "event-name", true}, {"eventSource", "event-source", true}, {"awsRegion", "region", true}, {"errorCode", "error-code", true},
	{"userAgent", "user-agent", true}, {"sourceIPAddress", "source-ip", true}, {"eventID", "event-id", true},
	{"recipientAccountId", "account", false}, {"userIdentity.accessKeyId", "access-key", false}, {"user", "user", false},
}

// flagValue writes a value so that a flag takes it as it is.
func flagValue(text string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write([]string{strings.NewReplacer(`\`, `\\`, `*`, `\*`).Replace(text)})
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// foundBy is how many events a flag finds.
func foundBy(t *testing.T, flags ...string) int {
	t.Helper()
	_, out, err := in(t, "", append([]string{"grep", "--count", "--dedupe", "-q"}, flags...)...)
	n, bad := strconv.Atoi(strings.TrimSpace(out))
	if bad != nil {
		t.Fatalf("%q: %q %s", flags, out, err)
	}
	return n
}

// someOf thins a list out: each value costs a run.
func someOf(rows []map[string]any, most int) []map[string]any {
	if len(rows) <= most {
		return rows
	}
	var few []map[string]any
	for i := range most {
		few = append(few, rows[i*len(rows)/most])
	}
	return few
}

// What a triage command prints as a value finds, given to its flag, as many events.
func TestPrintedValuesAreFound(t *testing.T) {
	if underRace {
		t.Skip("asks thousands of questions; make test runs it without the race detector")
	}
	made := filepath.Join(t.TempDir(), "events.jsonl")
	if err := os.WriteFile(made, madeUpEvents(400), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Run("made up", func(t *testing.T) { sameAsFlag(t, made, 40) })
	t.Run("real", func(t *testing.T) { sameAsFlag(t, realData(t), 12) })
}

func sameAsFlag(t *testing.T, data string, most int) {
	for _, by := range countedBy {
		_, out, _ := in(t, "", "count", "-q", "-o", "json", "--by", by.field, data)
		for _, row := range someOf(decode(t, out), most) {
			text, ok := row[by.field].(string)
			if !ok || text == "" {
				continue
			}
			want, _ := row["count"].(json.Number).Int64()
			if got := foundBy(t, "--"+by.flag, flagValue(text), data); got < int(want) || by.exact && got > int(want) {
				t.Errorf("%s %q: %d counted, --%s finds %d", by.field, text, want, by.flag, got)
			}
		}
	}
	summarised(t, data, most)
}

// summarised looks at principals, errors and writes.
func summarised(t *testing.T, data string, most int) {
	_, out, _ := in(t, "", "summary", "-q", "-o", "json", data)
	rows := decode(t, out)
	sums := map[string]int{}
	for _, row := range rows {
		for _, column := range []string{"count", "errors", "writes"} {
			n, _ := row[column].(json.Number).Int64()
			sums[column] += int(n)
		}
	}
	if got := foundBy(t, "--error-code", "*", data); got != sums["errors"] {
		t.Errorf("%d errors, --error-code '*' finds %d", sums["errors"], got)
	}
	if got := foundBy(t, "--write-only", data); got != sums["writes"] {
		t.Errorf("%d writes, --write-only finds %d", sums["writes"], got)
	}
	nameless := foundBy(t, "--filter", `(.readOnly|tostring|IN("true","false")|not) and (.eventName|type!="string" or .=="")`, data)
	if got := foundBy(t, "--read-only", data); got != sums["count"]-sums["writes"]-nameless {
		t.Errorf("%d events, %d writes, --read-only finds %d", sums["count"], sums["writes"], got)
	}
	for _, row := range someOf(rows, most) {
		name, ok := row["principal"].(string)
		if !ok || name == "" {
			continue
		}
		_, out, _ := in(t, "", "summary", "-q", "-o", "json", "--user", flagValue(name), data)
		again := decode(t, out)
		if i := slices.IndexFunc(again, func(r map[string]any) bool { return r["principal"] == name }); i < 0 || again[i]["count"] != row["count"] {
			t.Errorf("%q has %v events, with --user: %v", name, row["count"], again)
		}
	}
}

// madeUpEvents have all that makes a difference to the definitions, at random.
func madeUpEvents(n int) []byte {
	r := rand.New(rand.NewPCG(14, 4))
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	var b []byte
	for i := range n {
		b = fmt.Appendf(b, `{"eventID":"%d","eventTime":"2024-01-09T10:%02d:00Z"`, i, i%60)
		for _, member := range []string{
			pick(`"eventName":"GetObject"`, `"eventName":"Put*Object"`, `"eventName":"DescribeX"`, `"eventName":"ConsoleLogin"`, `"eventName":""`, `"eventName":"A, \"B\"\\"`, ``),
			pick(`"eventSource":"s3.amazonaws.com"`, `"eventSource":"iam.amazonaws.com"`, ``),
			pick(`"readOnly":true`, `"readOnly":false`, `"readOnly":"true"`, `"readOnly":"false"`, `"readOnly":null`, ``),
			pick(`"errorCode":"AccessDenied"`, `"errorCode":"Client.UnauthorizedOperation"`, `"errorCode":""`, `"errorCode":null`, ``, ``),
			pick(`"errorMessage":"Failed authentication"`, `"errorMessage":""`, ``, ``),
			pick(`"responseElements":{"ConsoleLogin":"Failure"}`, `"responseElements":{"ConsoleLogin":"Success"}`, `"responseElements":{"accessKey":{"accessKeyId":"AKIA2"}}`, `"responseElements":null`),
			pick(`"sourceIPAddress":"203.0.113.7"`, `"sourceIPAddress":"2001:db8::1"`, `"sourceIPAddress":"s3.amazonaws.com"`, `"sourceIPAddress":"AWS Internal"`),
			pick(`"userAgent":"aws-cli/2.1 Python/3"`, `"userAgent":"[x, *]"`, ``), pick(`"awsRegion":"us-east-1"`, ``), pick(`"recipientAccountId":"111122223333"`, ``),
			pick(
				`"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","userName":"alice","accountId":"111122223333","accessKeyId":"AKIA1"}`,
				`"userIdentity":{"type":"IAMUser","userName":"alice","accountId":"111122223333"}`,
				`"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Ops/a","accessKeyId":"ASIA1","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/Ops","userName":"Ops"}}}`,
				`"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Ops/b\u002fc"}`, `"userIdentity":{"type":"AssumedRole","principalId":"AROA1:b"}`,
				`"userIdentity":{"type":"AWSService","invokedBy":"cloudtrail.amazonaws.com"}`, `"userIdentity":{"type":"AWSAccount","accountId":"ANONYMOUS_PRINCIPAL","principalId":""}`,
				`"userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"}`, `"userIdentity":{"type":"Unknown"}`,
				`"userIdentity":{"type":"IdentityCenterUser","onBehalfOf":{"userId":"u-1"}}`, `"userIdentity":null`, ``),
		} {
			if member != "" {
				b = append(append(b, ','), member...)
			}
		}
		b = append(b, '}', '\n')
	}
	return b
}
