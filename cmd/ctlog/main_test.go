package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ctlog/internal/testkit/cloudtest"
	"ctlog/internal/testkit/mmdbtest"
	"ctlog/internal/testkit/trailgen"
)

// noNap is for the programs that tests start: under -race each would wait a
// second before it exits.
const noNap = "atexit_sleep_ms=10"

func TestMain(m *testing.M) {
	os.Setenv("GORACE", os.Getenv("GORACE")+" "+noNap)
	testscript.Main(m, map[string]func(){
		"ctlog": func() { main() },
	})
}

// The scripts are the commands as users type them.
func TestScripts(t *testing.T) {
	evidence, err := filepath.Abs("../../testdata/evidence")
	if err != nil {
		t.Fatal(err)
	}
	testdata := filepath.Dir(evidence)
	testscript.Run(t, testscript.Params{
		Dir: "../../testdata/script", UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("EVIDENCE", evidence)
			e.Setenv("VECTORS", filepath.Join(testdata, "vectors"))
			e.Setenv("KEYS", filepath.Join(testdata, "keys.json"))
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "none"))
			e.Setenv("TERM", "dumb")
			e.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"make-bad": makeBad, "make-format": makeFormat, "make-mmdb": makeDatabases, "gz": gz, "exits": exits,
			"make-forgery": makeForgery, "cloud": func(ts *testscript.TestScript, _ bool, args []string) { cloudOf(t, ts, args) },
		},
		Condition: func(c string) (bool, error) {
			if c == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", c)
		},
	})
}

var forgeries sync.Map // of *trailgen.Copy, by the folder of make-forgery

// cloud DIR starts a server that has what make-forgery made, as S3 and as
// CloudTrail, and lets everything that AWS's settings can say lead there. AWS
// itself cannot be reached. $CLOUD is the server, $BUCKET its s3:// path.
func cloudOf(t *testing.T, ts *testscript.TestScript, args []string) {
	held, ok := forgeries.Load(ts.MkAbs(args[0]))
	if !ok {
		ts.Fatalf("%s is not of make-forgery", args[0])
	}
	s := cloudtest.New(t)
	s.Hold(held.(*trailgen.Copy))
	profile := ts.MkAbs("aws-config")
	ts.Check(os.WriteFile(profile, []byte("[default]\nendpoint_url = "+s.URL+"\nservices = here\n[services here]\ncloudtrail =\n  endpoint_url = "+s.URL+"\n"), 0o600))
	for name, value := range map[string]string{
		"CLOUD": s.URL, "BUCKET": "s3://" + held.(*trailgen.Copy).Bucket, "AWS_ENDPOINT_URL": s.URL, "AWS_ENDPOINT_URL_CLOUDTRAIL": s.URL, "AWS_CONFIG_FILE": profile,
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "example", "AWS_MAX_ATTEMPTS": "1",
		"AWS_EC2_METADATA_DISABLED": "true", "HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1",
	} {
		ts.Setenv(name, value)
	}
}

// make-forgery DIR KEYS makes a trail that is without a fault, signed with a key
// that is nowhere else, and a file with that key.
func makeForgery(ts *testscript.TestScript, _ bool, args []string) {
	start := time.Date(2024, 1, 9, 8, 0, 0, 0, time.UTC)
	key := trailgen.FreshKey(start.AddDate(0, 0, -2), start.AddDate(0, 0, 30))
	forged := trailgen.Signed{
		Trail: trailgen.Trail{Seed: 7, Accounts: []string{"111122223333"}, Regions: []string{"us-east-1"}, Start: start, Hours: 3, FilesPerHour: 1, RecordsPerFile: 3},
		Keys:  []trailgen.Key{key},
	}.Copy()
	ts.Check(forged.WriteTo(ts.MkAbs(args[0])))
	forgeries.Store(ts.MkAbs(args[0]), forged)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), trailgen.PublicKeys(key), 0o644))
}

// makeDatabases makes country.mmdb, asn.mmdb and damaged.mmdb.
func makeDatabases(ts *testscript.TestScript, _ bool, _ []string) {
	nl := map[string]mmdbtest.Map{
		"203.0.113.0/24": {"country": mmdbtest.Map{"iso_code": "NL"}}, "2001:db8::/32": {"country": mmdbtest.Map{"iso_code": "\x1b[31m"}},
	}
	as := map[string]mmdbtest.Map{"203.0.113.0/25": {"autonomous_system_number": uint32(64500), "autonomous_system_organization": "Example Hosting"}}
	country := mmdbtest.Database("GeoLite2-Country", nl)
	for name, content := range map[string][]byte{
		"country.mmdb": country, "asn.mmdb": mmdbtest.Database("GeoLite2-ASN", as),
		"damaged.mmdb": bytes.Replace(country, []byte("Hiso_codeBNL"), []byte("Hiso_code\x5f\xff\xff\xff"), 1),
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name), content, 0o644))
	}
}

// exits STATUS COMMAND... runs a command that must end with that very status.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	status := 0
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		status = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("exit status %d, want %s", status, args[0])
	}
}

// gz FILE... compresses files to FILE.gz.
func gz(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		ts.Check(os.WriteFile(ts.MkAbs(name+".gz"), compress([]byte(ts.ReadFile(name))), 0o644))
	}
}

func compress(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// make-bad KIND FILE makes evidence that something is wrong with.
func makeBad(ts *testscript.TestScript, _ bool, args []string) {
	const good = `{"eventVersion":"1.08","eventName":"GetObject","eventID":"1"}`
	doc := `{"Records":[` + strings.Repeat(good+",", 999) + good + `]}`
	stored := compress([]byte(doc))
	var b []byte
	switch args[0] {
	case "truncated":
		b = stored[:len(stored)/2]
	case "garbage":
		b = append(stored, "garbage"...)
	case "flipped":
		b = bytes.Clone(stored)
		b[len(b)-6] ^= 1
	case "deep":
		b = []byte(`{"Records":[` + good + `,{"a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `},` + good + `]}`)
	case "bomb":
		b = compress(bytes.Repeat([]byte(" "), 8<<20))
	case "escape-name":
		ts.Check(os.Mkdir(ts.MkAbs(args[1]), 0o755))
		args[1] += "/x\x1b[31m.json"
		b = []byte("no JSON\nat all\n")
	case "cut-record":
		b = []byte(doc[:len(doc)-20])
	case "one-line":
		n, err := strconv.Atoi(args[2])
		ts.Check(err)
		b = []byte(`{"Records":[` + strings.Repeat(good+",", n/len(good)) + good + `]}`)
	default:
		ts.Fatalf("there is no %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o644))
}

// makeFormat KIND FILE makes a file of another format.
func makeFormat(ts *testscript.TestScript, _ bool, args []string) {
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	f, err := w.CreateRaw(&zip.FileHeader{Name: "a.json", Method: 9})
	ts.Check(err)
	f.Write([]byte("{}"))
	ts.Check(w.Close())
	content, ok := map[string][]byte{
		"parquet": []byte("PAR1\x15\x04\x15\x10"), "7z": []byte("7z\xbc\xaf\x27\x1c\x00\x04"), "lz4": []byte("\x04\x22\x4d\x18\x64\x40"),
		"gzip-twice": compress(compress([]byte("{}"))), "zip-misnamed": packed.Bytes(), "deflate64": packed.Bytes(), "evtx": []byte("ElfFile\x00\x00\x00"),
	}[args[0]]
	if !ok {
		ts.Fatalf("there is no %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), content, 0o644))
}

// in runs the program as main does and gives its streams.
func in(t *testing.T, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(stdin), &out, &err)
	return status, out.String(), err.String()
}

// Ctrl-C ends the run soon, with its status and what was done so far.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errInterrupted)
	var out, stderr bytes.Buffer
	if got := run(ctx, []string{"grep", "true", "../../testdata/evidence"}, nil, &out, &stderr); got != exitInterrupted {
		t.Errorf("status %d, want %d", got, exitInterrupted)
	}
	if !strings.Contains(stderr.String(), "interrupted; ") {
		t.Errorf("stderr %q", stderr.String())
	}
}

// The same input gives the same bytes whatever --jobs says.
func TestJobsDoNotShow(t *testing.T) {
	for _, args := range [][]string{
		{"true"}, {"--sort", "time", ".readOnly == false"}, {"-o", "csv", "--error-code", "*"}, {"--dedupe", "-o", "records", "true"},
		{"-r", `.Records[] | [.eventName, .eventID] | @tsv`}, {"[.Records[].eventName] | unique"}, {"-s", "length"}, {"-l", ".errorCode"},
	} {
		var first string
		for _, jobs := range []string{"1", "2", "8"} {
			_, out, _ := in(t, "", append(append([]string{"grep", "--jobs", jobs}, args...), "../../testdata/evidence")...)
			if first == "" {
				first = out
			}
			if out != first || out == "" {
				t.Errorf("%q: --jobs %s changes the output", args, jobs)
			}
		}
	}
}

// What goes in comes out: matched, not matched, or errored.
func TestReconciliation(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte(`{"Records":[{"a":1},7,{"a":tru},{"userAgent":null},{"a":`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"true"}, {"false"}, {".errorCode"}, {`.userAgent | test("curl")`}, {"-v", `.userAgent | test("curl")`}, {"-m", "2", "true"}, {"-l", "true"},
		{"--count", ".readOnly"}, {"--dedupe", "true"}, {"--error-code", "*"}, {"-v", "--event-name", "Get*"}, {".Records[] | .eventName"}, {".Records | length"},
		{"--brute", ".errorCode"}, {"-o", "csv", "--user", "*alice*"}, {"error"},
	} {
		_, _, stderr := in(t, "", append(append([]string{"grep", "--stats"}, args...), "../../testdata/evidence", bad)...)
		var in, matched, missed, errored int
		_, line, ok := strings.Cut(stderr, "\nevents: ")
		if !ok {
			_, line, ok = strings.Cut(stderr, "\ndocuments: ")
		}
		if n, err := fmt.Sscanf(line, "%d = %d matched + %d not matched + %d errored", &in, &matched, &missed, &errored); !ok || n != 4 {
			t.Errorf("%q: %v in %q", args, err, stderr)
		}
		if in == 0 || in != matched+missed+errored {
			t.Errorf("%q: %d events in, but %d + %d + %d", args, in, matched, missed, errored)
		}
	}
}

func writeFile(t *testing.T, path string, b []byte) string {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
