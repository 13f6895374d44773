package digest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// genuine is a digest that has a predecessor and two logs.
func genuine() []byte {
	m := hours(1, 2, hours(0, 1, nil), "20240109T0930Z_AbCdEfGhIjKlMnOp", "20240109T0945Z_QrStUvWxYz012345")
	return m.make().content
}

// edited is a genuine digest after a change of its members.
func edited(change func(map[string]any)) []byte {
	var m map[string]any
	json.Unmarshal(genuine(), &m)
	change(m)
	b, _ := json.Marshal(m)
	return b
}

func TestParse(t *testing.T) {
	d, err := Parse(genuine())
	if err != nil {
		t.Fatal(err)
	}
	if d.Account != account || !d.Start.Equal(at(1)) || !d.End.Equal(at(2)) || d.Bucket != "b" || !strings.HasSuffix(d.Object, "_20240109T100000Z.json.gz") ||
		d.Fingerprint != quick.Fingerprint() || d.Algorithm != "SHA256withRSA" || len(d.Logs) != 2 {
		t.Errorf("%+v", d)
	}
	if p := d.Previous; p == nil || p.Bucket != "b" || len(p.Signature) != 128 || !strings.HasSuffix(p.Object, "_20240109T090000Z.json.gz") {
		t.Errorf("%+v", d.Previous)
	}
	if first, err := Parse(hours(0, 1, nil).make().content); err != nil || first.Previous != nil || first.Logs != nil {
		t.Errorf("the first of a chain: %+v, %v", first, err)
	}
}

// What does not change the meaning is read alike.
func TestParseSame(t *testing.T) {
	want, _ := Parse(genuine())
	for name, content := range map[string][]byte{
		"escaped slashes": bytes.ReplaceAll(genuine(), []byte("/"), []byte(`\/`)),
		"escaped names":   bytes.ReplaceAll(genuine(), []byte(`"logFiles"`), []byte(`"\u006cogFiles"`)),
		"unknown members": edited(func(m map[string]any) { m["x"], m["logfiles"] = map[string]any{"logFiles": 1}, nil }),
		"unknown, twice":  []byte(`{"x":1,"x":{"y":[[]]},` + string(genuine()[1:])),
		"white space":     []byte(" \r\n\t" + strings.ReplaceAll(string(genuine()), `,"`, " ,\n\t\"") + "\n \n"),
		"without events":  edited(func(m map[string]any) { m["newestEventTime"], m["oldestEventTime"] = nil, nil }),
		"hashes in capitals": edited(func(m map[string]any) {
			for _, l := range m["logFiles"].([]any) {
				e := l.(map[string]any)
				e["hashValue"] = strings.ToUpper(e["hashValue"].(string))
			}
		}),
	} {
		got, err := Parse(content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got.Sum, got.Signed = want.Sum, want.Signed
		if fmt.Sprintf("%+v", got.Logs) != fmt.Sprintf("%+v", want.Logs) || got.Object != want.Object || fmt.Sprint(*got.Previous) != fmt.Sprint(*want.Previous) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	refuse := func(name string, content []byte) {
		t.Helper()
		if d, err := Parse(content); !errors.Is(err, ErrFormat) || d != nil {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
	for _, member := range digestNames {
		refuse(member+" absent", edited(func(m map[string]any) { delete(m, member) }))
		refuse(member+" null", edited(func(m map[string]any) { m[member] = nil }))
		for _, wrong := range []any{1, true, "", map[string]any{}, []any{1}, []any{nil}, []any{[]any{}}} {
			refuse(fmt.Sprintf("%s is %v", member, wrong), edited(func(m map[string]any) { m[member] = wrong }))
		}
		value, _ := json.Marshal(map[string]any{member: "x"})
		twice := append(append([]byte(nil), value[:len(value)-1]...), append([]byte(","), genuine()[1:]...)...)
		refuse(member+" twice", twice)
		refuse(member+" in another case", edited(func(m map[string]any) { m[strings.ToUpper(member)] = m[member]; delete(m, member) }))
	}
	for _, member := range entryNames {
		entry := func(change func(e map[string]any)) []byte {
			return edited(func(m map[string]any) { change(m["logFiles"].([]any)[1].(map[string]any)) })
		}
		refuse(member+" of a log absent", entry(func(e map[string]any) { delete(e, member) }))
		for _, wrong := range []any{nil, 1, "", []any{}} {
			refuse(fmt.Sprintf("%s of a log is %v", member, wrong), entry(func(e map[string]any) { e[member] = wrong }))
		}
	}
	for name, content := range map[string]string{
		"nothing": "", "a space": " ", "null": "null", "an array": "[" + string(genuine()) + "]", "a string": `"x"`, "a mark": "\ufeff" + string(genuine()),
		"bytes behind": string(genuine()) + "x", "two": string(genuine()) + string(genuine()), "NUL behind": string(genuine()) + "\x00",
		"cut": string(genuine()[:200]), "not UTF-8": strings.Replace(string(genuine()), "main", "m\xffin", 1),
		"a duplicate in escapes": `{"\u006cogFiles":[],` + string(genuine()[1:]), "deep": strings.Repeat(`{"x":`, 20000) + "1" + strings.Repeat("}", 20000),
		"long": `{"x":"` + strings.Repeat(" ", MaxSize) + `",` + string(genuine()[1:]),
	} {
		refuse(name, []byte(content))
	}
	values := map[string][]string{
		"digestStartTime":             {"2024", "2024-01-09 08:00:00Z", "1704787200", "2024-01-09T12:00:00Z"},
		"digestEndTime":               {"x", "2024-01-09T09:00:00Z"},
		"previousDigestHashValue":     {"00", strings.Repeat("0", 66), strings.Repeat("g", 64), strings.Repeat("0", 63) + "é"},
		"previousDigestHashAlgorithm": {"sha-256", "SHA-512"},
	}
	for member, list := range values {
		for _, v := range list {
			refuse(member+" "+v, edited(func(m map[string]any) { m[member] = v }))
		}
	}
	for first := range 5 {
		refuse("the predecessor is partly null", edited(func(m map[string]any) { m[digestNames[fPrevBucket+first]] = nil }))
		refuse("the predecessor is null but for one", edited(func(m map[string]any) {
			for i := range 5 {
				if i != first {
					m[digestNames[fPrevBucket+i]] = nil
				}
			}
		}))
	}
}

// A signature is over the values as they stand there.
func TestParseSigned(t *testing.T) {
	d, _ := Parse(genuine())
	escaped, err := Parse(bytes.ReplaceAll(genuine(), []byte("/"), []byte(`\/`)))
	if err != nil || d.Signed == escaped.Signed {
		t.Error("the hash of the content is not part of what is signed", err)
	}
	zone := edited(func(m map[string]any) { m["digestEndTime"] = "2024-01-09T11:00:00+01:00" })
	odd, err := Parse(zone)
	if err != nil || !odd.End.Equal(at(2)) || odd.End.Location() != time.UTC {
		t.Error(odd, err)
	}
	keys, _ := ParseKeys(keysDocument())
	if s := signatureBytes(sign(zone)); !keys[0].verifies(odd.Signed, s) {
		t.Error("the time was not taken verbatim")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(genuine())
	f.Add(hours(0, 1, nil).make().content)
	f.Add(bytes.ReplaceAll(genuine(), []byte("/"), []byte(`\/`)))
	f.Add([]byte(`{"\u006cogFiles":[],"logFiles":[{}]}`))
	f.Add([]byte(strings.Repeat(`{"logFiles":[`, 200)))
	f.Add([]byte("{\"awsAccountId\":\"\xff\"}"))
	f.Add([]byte(`{"a":"\ud800","b":{"c":[1e5,-0.0,"\\\""]},"c" : null , "d":[ ] }`))
	f.Fuzz(func(t *testing.T, content []byte) {
		held := bytes.Clone(content)
		d, err := Parse(content)
		if (d == nil) != (err != nil) || err != nil && !errors.Is(err, ErrFormat) {
			t.Fatalf("%v, %v", d, err)
		}
		if !bytes.Equal(held, content) {
			t.Fatal("the content was changed")
		}
		if err == nil {
			agree(t, d, content)
		}
	})
}

// agree compares with the standard library's reading.
func agree(t *testing.T, d *Digest, content []byte) {
	var std map[string]json.RawMessage
	if err := json.Unmarshal(content, &std); err != nil {
		t.Fatal(err)
	}
	var object string
	var logs []map[string]json.RawMessage
	if json.Unmarshal(std["digestS3Object"], &object) != nil || object != d.Object {
		t.Fatalf("object %q, the standard library reads %q", d.Object, object)
	}
	if err := json.Unmarshal(std["logFiles"], &logs); err != nil || len(logs) != len(d.Logs) {
		t.Fatalf("%d logs, the standard library reads %d, %v", len(d.Logs), len(logs), err)
	}
	for i, l := range logs {
		if json.Unmarshal(l["s3Object"], &object); object != d.Logs[i].Object {
			t.Fatalf("log %d: %q, the standard library reads %q", i, d.Logs[i].Object, object)
		}
	}
	if isNull(std["previousDigestS3Object"]) != (d.Previous == nil) {
		t.Fatal("the predecessor is read differently")
	}
}

// Of several faults always the same one is told: what is wrong with a file is
// part of results.
func TestParseSaysTheSame(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"members are lacking": {edited(func(m map[string]any) {
			for _, name := range []string{"digestEndTime", "digestS3Object", "digestPublicKeyFingerprint", "digestS3Bucket"} {
				delete(m, name)
			}
		}), "digestEndTime is absent"},
		"members are numbers": {edited(func(m map[string]any) {
			m["previousDigestSignature"], m["previousDigestS3Object"], m["previousDigestHashValue"] = 1, 2, 3
		}), "previousDigestS3Object is not a string"},
	} {
		for range 50 {
			if _, err := Parse(c.content); err == nil || !strings.HasSuffix(err.Error(), c.want) {
				t.Fatalf("%s: %v, want %s", name, err, c.want)
			}
		}
	}
}
