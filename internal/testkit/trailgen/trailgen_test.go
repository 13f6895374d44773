package trailgen

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var little = Trail{Seed: 7, Hours: 2, FilesPerHour: 3, RecordsPerFile: 40, Repeat: 10}

// The bytes are part of what tests elsewhere rely on: the same for ever.
func TestDeterminism(t *testing.T) {
	sum := func() string {
		h := sha256.New()
		for f := range little.Files() {
			h.Write([]byte(f.Key))
			h.Write(f.Body)
		}
		return hex.EncodeToString(h.Sum(nil))
	}
	if a, b := sum(), sum(); a != b {
		t.Fatal("two runs differ")
	}
}

func TestEvents(t *testing.T) {
	types, shapes, sizes := map[string]int{}, map[string]int{}, []int(nil)
	ids := map[string]int{}
	files := 0
	big := little
	big.RecordsPerFile = 500
	for f := range big.Files() {
		files++
		var doc struct{ Records []json.RawMessage }
		if err := json.Unmarshal(f.Body, &doc); err != nil {
			t.Fatal(f.Key, err)
		}
		for _, raw := range doc.Records {
			sizes = append(sizes, len(raw))
			var e map[string]any
			json.Unmarshal(raw, &e)
			ids[e["eventID"].(string)]++
			identity, ok := e["userIdentity"].(map[string]any)
			if !ok {
				shapes["no identity"]++
				continue
			}
			types[identity["type"].(string)]++
			if arn, ok := identity["arn"]; ok && arn == nil {
				shapes["null arn"]++
			}
			if _, ok := e["readOnly"].(string); ok {
				shapes["readOnly as text"]++
			}
			if _, ok := e["requestParameters"].(string); ok {
				shapes["parameters as text"]++
			}
			if _, ok := e["errorCode"]; ok {
				shapes["error"]++
				if _, ok := e["errorMessage"]; !ok {
					shapes["error without message"]++
				}
			}
		}
		for name, s := range map[string]string{"escape": `\u003d`, "odd number": `.0}`, "exponent": `E9`, "v6": "2001:db8"} {
			if strings.Contains(string(f.Body), s) {
				shapes[name]++
			}
		}
	}
	if files != 6 {
		t.Errorf("%d files, want 6", files)
	}
	for _, typ := range []string{"IAMUser", "AssumedRole", "Root", "FederatedUser", "AWSAccount", "AWSService", "IdentityCenterUser", "WebIdentityUser", "SAMLUser", "Unknown"} {
		if types[typ] == 0 {
			t.Errorf("no event of a %s", typ)
		}
	}
	for _, s := range []string{"no identity", "null arn", "readOnly as text", "parameters as text", "error", "error without message", "escape", "odd number", "exponent", "v6"} {
		if shapes[s] == 0 {
			t.Errorf("no event with %s", s)
		}
	}
	slices.Sort(sizes)
	if p50 := sizes[len(sizes)/2]; p50 < 1000 || p50 > 1700 {
		t.Errorf("the median event has %d bytes", p50)
	}
	twice := 0
	for _, n := range ids {
		if n > 1 {
			twice++
		}
	}
	if twice < len(ids)/12 {
		t.Errorf("%d of %d events come twice", twice, len(ids))
	}
}

func TestWriteTo(t *testing.T) {
	dir := t.TempDir()
	if err := little.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	found, _ := filepath.Glob(filepath.Join(dir, "AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/09/*.json.gz"))
	if len(found) != 6 {
		t.Fatalf("%d files written, want 6", len(found))
	}
	if info, err := os.Stat(found[0]); err != nil || info.Size() < 1000 {
		t.Errorf("%s: %v", found[0], err)
	}
}
