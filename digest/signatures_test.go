package digest

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unsafe"
)

const digestKey = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2024/01/09/111122223333_CloudTrail-Digest_us-east-1_main_us-east-1_20240109T100000Z.json.gz"

func TestSignatures(t *testing.T) {
	base := digestKey[strings.LastIndexByte(digestKey, '/')+1:]
	for name, c := range map[string]struct {
		doc, file string
		kept      int
		wrong     bool
	}{
		"a line":                {`{"bucket":"b","key":"` + digestKey + `","metadata":{"signature":"00ff"}}`, "ctlog-metadata.jsonl", 1, false},
		"without a bucket":      {`{"key":"` + digestKey + `","metadata":{"signature":"00ff"}}`, "", 1, false},
		"escaped":               {`{"key":"` + strings.ReplaceAll(digestKey, "/", `\/`) + `","metadata":{"signature":"00ff"}}`, "", 1, false},
		"head-object":           {`{"ContentLength":1,"Metadata":{"signature":"00ff","signature-algorithm":"SHA256withRSA"}}`, "in/" + base + ".metadata.json", 1, false},
		"head-object, inflated": {`{"Metadata":{"signature":"00ff"}}`, strings.TrimSuffix(base, ".gz") + ".metadata.json", 1, false},
		"another's":             {`{"Metadata":{"signature":"00ff"}}`, "x.metadata.json", 0, false},
		"no signature":          {`{"key":"` + digestKey + `","metadata":{}}`, "", 0, false},
		"a null":                {`{"key":"` + digestKey + `","metadata":{"signature":null}}`, "", 0, false},
		"a number":              {`{"key":"` + digestKey + `","metadata":{"signature":1}}`, "", 0, true},
		"key a number":          {`{"key":1,"metadata":{"signature":"00"}}`, "", 0, true},
		"no metadata":           {`{"key":"` + digestKey + `"}`, "", 0, true},
		"metadata a string":     {`{"key":"` + digestKey + `","metadata":"00ff"}`, "", 0, true},
		"twice":                 {`{"key":"` + digestKey + `","metadata":{"signature":"00","signature":"ff"}}`, "", 0, true},
		"not an object":         {`[]`, "", 0, true},
		"not JSON":              {`{`, "", 0, true},
		"nothing":               {``, "", 0, true},
		"two":                   {`{"metadata":{}} {"metadata":{}}`, "", 0, true},
	} {
		s := &Signatures{}
		err := s.Add([]byte(c.doc), c.file)
		if got := len(s.named(bareName("elsewhere/" + base))); got != c.kept || (err != nil) != c.wrong || err != nil && !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %d kept, %v", name, got, err)
		}
	}
}

func TestBackfillMetadata(t *testing.T) {
	s := &Signatures{}
	for _, at := range []string{`"2024-01-10T00:00:00Z"`, `"x"`, `7`, `null`} {
		if err := s.Add([]byte(`{"key":"k","metadata":{"signature":"00","backfill-generation-timestamp":`+at+`}}`), ""); err != nil {
			t.Error(at, err)
		}
	}
	want := time.Date(2024, 1, 10, 0, 0, 0, 0, time.UTC)
	for i, m := range s.named("k") {
		if (m.generated == want.Unix()) != (i == 1) || (m.generated == unsaid) != (i == 0) {
			t.Errorf("%d: %d", i, m.generated)
		}
	}
}

func FuzzSignatures(f *testing.F) {
	f.Add([]byte(`{"bucket":"b","key":"`+digestKey+`","metadata":{"signature":"00ff","backfill-generation-timestamp":"2024-01-10T00:00:00Z"}}`), "")
	f.Add([]byte(`{"Metadata":{"signature":"00f"}}`), "a/b.json.gz.metadata.json")
	f.Add([]byte(`{"k\u0065y":"a","key":"b","metadata":null,"Metadata":[[{}]]}`), "..")
	f.Add([]byte("{\"key\":\"\xff\"}"), "/")
	f.Fuzz(func(t *testing.T, doc []byte, name string) {
		s := &Signatures{}
		if err := s.Add(doc, name); err != nil && (!errors.Is(err, ErrFormat) || len(s.kept) > 0) {
			t.Fatal(err)
		}
		for _, m := range s.kept {
			if m.signature == nil {
				t.Fatal("kept without a signature")
			}
		}
	})
}

// What is shared between metadata and digests saves memory and says nothing:
// a signature that only a digest has is not metadata.
func TestSignaturesAreShared(t *testing.T) {
	line := []byte(`{"key":"a/k.json.gz","metadata":{"signature":"00ff"}}`)
	for _, metadataFirst := range []bool{true, false} {
		s := &Signatures{}
		if metadataFirst && s.Add(line, "f") != nil {
			t.Fatal("not added")
		}
		same, other := s.Share("b/K.json", []byte{0, 0xff}), s.Share("b/K.json", []byte{1})
		if !metadataFirst && s.Add(line, "f") != nil {
			t.Fatal("not added")
		}
		kept := s.named("k.json")
		if len(kept) != 1 || !bytes.Equal(kept[0].signature, []byte{0, 0xff}) || s.files[kept[0].file] != "f" {
			t.Fatalf("metadata first: %v; %v is kept", metadataFirst, kept)
		}
		if metadataFirst && &kept[0].signature[0] != &same[0] {
			t.Error("held twice")
		}
		if len(s.kept) != 1 {
			t.Error("what only a digest has is taken for metadata")
		}
		if !bytes.Equal(other, []byte{1}) {
			t.Errorf("%x came back for 01", other)
		}
	}
}

func TestDigestsShareTexts(t *testing.T) {
	path := "copy/AWSLogs/k2.json.gz"
	before := &Digest{Object: "AWSLogs/k1.json.gz"}
	d := &Digest{Object: strings.Clone("AWSLogs/k2.json.gz"), Previous: &Link{Object: strings.Clone(before.Object)}}
	d.Share(path, before)
	if d.Object != "AWSLogs/k2.json.gz" || d.Previous.Object != before.Object {
		t.Fatalf("says %q and %q", d.Object, d.Previous.Object)
	}
	if unsafe.StringData(d.Previous.Object) != unsafe.StringData(before.Object) || unsafe.StringData(d.Object) != unsafe.StringData(path[5:]) {
		t.Error("held twice")
	}
	d.Share("copy/other", &Digest{Object: "x"})
	if d.Object != "AWSLogs/k2.json.gz" || d.Previous.Object != before.Object {
		t.Fatalf("says %q and %q", d.Object, d.Previous.Object)
	}
}
