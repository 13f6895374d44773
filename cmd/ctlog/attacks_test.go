package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ctlog/internal/testkit/trailgen"
)

// marker is in the name of every forged event and of nothing else.
const marker = "ForgedCall"

// piece of evidence: names may be there twice, where the packing allows it.
type packed struct {
	name    string
	content []byte
}

// attack is a copy that somebody who cannot sign has tampered with.
type attack struct {
	t       *testing.T
	r       *rand.Rand
	copy    *trailgen.Copy
	ids     []string // of genuine events
	genuine []string // names of the copy before anything was done to it
	extra   []packed
	log     []string // what was done
}

// cases is how many random cases a test tries; CTLOG_CASES asks for more.
func cases(n int) int {
	if more, err := strconv.Atoi(os.Getenv("CTLOG_CASES")); err == nil {
		return more
	}
	return n
}

func newAttack(t *testing.T, r *rand.Rand) *attack {
	start := time.Date(2024, 1, 9, 8, 0, 0, 0, time.UTC)
	trail := trailgen.Signed{
		Keys: []trailgen.Key{trailgen.NewKey("quick", r.IntN(2) == 0, start.Add(-48*time.Hour), start.Add(30*24*time.Hour))},
		Late: r.IntN(2), Quiet: pick(r, 0, 2, 3), Slashes: r.IntN(2) == 0,
		Trail: trailgen.Trail{Seed: r.Uint64(), Start: start, Hours: 3 + r.IntN(4), FilesPerHour: 2, RecordsPerFile: 3, Repeat: 5 * r.IntN(2), Regions: []string{"us-east-1", "eu-west-1"}[:1+r.IntN(2)]},
	}
	a := &attack{t: t, r: r, copy: trail.Copy()}
	eventID := regexp.MustCompile(`"eventID":"([^"]*)"`)
	for o := range trail.Objects() {
		for _, m := range eventID.FindAllSubmatch(o.Body, -1) {
			a.ids = append(a.ids, string(m[1]))
		}
	}
	a.genuine = slices.Sorted(maps.Keys(a.copy.Objects))
	return a
}

// event is a forged event, half of the time a twin of a genuine one.
func (a *attack) event() string {
	id := fmt.Sprintf("f0f0f0f0-%04x-4000-8000-%012x", a.r.IntN(1<<16), a.r.Uint64()>>16)
	if a.r.IntN(2) == 0 {
		id = pick(a.r, a.ids...)
	}
	when := time.Date(2024, 1, 9, 8, a.r.IntN(300), 0, 0, time.UTC)
	if a.r.IntN(10) == 0 {
		when = when.AddDate(a.r.IntN(100)-50, 0, 0)
	}
	return fmt.Sprintf(`{"eventVersion":"1.08","eventTime":"%s","eventSource":"iam.amazonaws.com","eventName":"%s%d","awsRegion":"us-east-1",`+
		`"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/mallory"},"eventID":"%s","recipientAccountId":"111122223333"}`,
		when.Format(time.RFC3339), marker, a.r.IntN(10), id)
}

// records is a log of forged events, in one of the shapes that are read.
func (a *attack) records() []byte {
	var events []string
	for range 1 + a.r.IntN(3) {
		events = append(events, a.event())
	}
	switch a.r.IntN(6) {
	case 0:
		return []byte(strings.Join(events, "\n") + "\n")
	case 1:
		return []byte("[" + strings.Join(events, ",") + "]")
	}
	return []byte(`{"Records":[` + strings.Join(events, ",") + "]}")
}

// name is one under which something forged may be put: that of a genuine file,
// one like it, or any other.
func (a *attack) name() string {
	like := pick(a.r, a.genuine...)
	base, dir := path.Base(like), path.Dir(like)
	switch a.r.IntN(12) {
	case 0, 1, 2:
		return like
	case 3:
		return base
	case 4:
		return "other/" + like
	case 5:
		return strings.TrimSuffix(like, ".gz")
	case 6:
		return strings.TrimSuffix(like, ".json.gz") + " (1).json.gz"
	case 7:
		return "AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/09/111122223333_CloudTrail_us-east-1_20240109T" +
			fmt.Sprintf("%02d%02dZ_Forged%010d.json.gz", 7+a.r.IntN(8), a.r.IntN(60), a.r.IntN(1e9))
	case 8:
		return strings.ToLower(like)
	case 9:
		return dir + "/" + pick(a.r, "x.json.gz", "events.jsonl", "digest-3.json.gz", "notes.txt", "._"+base, base+".metadata.json")
	case 10:
		return fmt.Sprintf("AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2024/01/09/111122223333_CloudTrail-Digest_us-east-1_%s_us-east-1_20240109T%02d0531Z.json.gz",
			pick(a.r, "main", "other"), 7+a.r.IntN(9))
	}
	return otherKind(pick(a.r, a.genuine...), pick(a.r, otherKinds...))
}

// otherKinds are kinds of files that digests do not list.
var otherKinds = []string{"CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Aggregated"}

func otherKind(log, kind string) string {
	return strings.ReplaceAll(strings.Replace(log, "_CloudTrail_", "_"+kind+"_", 1), "/CloudTrail/", "/"+kind+"/")
}

// put adds a file or writes over one; what is there already can stay as well.
func (a *attack) put(name string, body []byte) {
	stored := body
	if a.r.IntN(4) > 0 {
		stored = trailgen.Gzip(body)
	}
	over := a.r.IntN(3) == 0
	a.log = append(a.log, fmt.Sprintf("put %s, over what is there: %v", name, over))
	if over {
		a.copy.Objects[name] = &trailgen.Stored{Bytes: stored}
		return
	}
	a.extra = append(a.extra, packed{name, stored})
}

// junk is a digest that nobody signed: it lists a forged log, and names a
// genuine digest as its predecessor.
func (a *attack) junk() {
	digests := a.copy.Digests()
	if len(digests) == 0 {
		return
	}
	previous, body := pick(a.r, digests...), a.records()
	name, digest := a.name(), a.name()
	when := time.Date(2024, 1, 9, 8+a.r.IntN(8), 5, 31, 0, time.UTC)
	if a.r.IntN(5) == 0 {
		when = when.AddDate(75, 0, 0)
	}
	doc, err := json.Marshal(map[string]any{
		"awsAccountId": "111122223333", "digestStartTime": when.Add(-time.Hour), "digestEndTime": when, "digestS3Bucket": a.copy.Bucket, "digestS3Object": digest,
		"digestPublicKeyFingerprint": a.copy.Keys[0].Fingerprint(), "digestSignatureAlgorithm": "SHA256withRSA", "newestEventTime": nil, "oldestEventTime": nil,
		"previousDigestS3Bucket": a.copy.Bucket, "previousDigestS3Object": previous, "previousDigestHashValue": strings.Repeat("0", 64),
		"previousDigestHashAlgorithm": "SHA-256", "previousDigestSignature": "00",
		"logFiles": []any{map[string]any{"s3Bucket": a.copy.Bucket, "s3Object": name, "hashValue": sha256Hex(body), "hashAlgorithm": "SHA-256", "newestEventTime": when, "oldestEventTime": when}},
	})
	if err != nil {
		a.t.Fatal(err)
	}
	a.put(digest, doc)
	a.put(name, body)
}

// append puts a second gzip member with forged events behind a genuine file.
func (a *attack) append() {
	name := pick(a.r, a.genuine...)
	if o := a.copy.Objects[name]; o != nil {
		a.log = append(a.log, "append to "+name)
		o.Bytes = append(bytes.Clone(o.Bytes), trailgen.Gzip(a.records())...)
	}
}

// twice puts a genuine file there a second time.
func (a *attack) twice() {
	name := pick(a.r, a.genuine...)
	if o := a.copy.Objects[name]; o != nil {
		a.log = append(a.log, "twice "+name)
		a.extra = append(a.extra, packed{pick(a.r, name, path.Base(name), "again/"+name), o.Bytes})
	}
}

func (a *attack) fault() {
	f := pick(a.r, trailgen.Faults...)
	a.log = append(a.log, f.Name)
	f.Apply(a.copy, a.r)
}

// files are what the copy has now, in the order of an archive.
func (a *attack) files() (all []packed) {
	for _, name := range slices.Sorted(maps.Keys(a.copy.Objects)) {
		all = append(all, packed{name, a.copy.Objects[name].Bytes})
	}
	if lines := a.copy.MetadataLines(); len(lines) > 0 {
		all = append(all, packed{"ctlog-metadata.jsonl", lines})
	}
	for _, e := range a.extra {
		all = slices.Insert(all, a.r.IntN(len(all)+1), e)
	}
	return all
}

// pack writes the evidence in one of many forms and gives the PATHs. Of two
// files of one name a folder has but one.
func (a *attack) pack(dir string) (paths []string) {
	files := a.files()
	form := pick(a.r, "folder", "folders", "tar", "tgz", "zip", "two tars", "tars in one", "folder and tar", "zip with other local names")
	a.log = append(a.log, form)
	write := func(name string, content []byte) string {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			a.t.Fatal(err)
		}
		if old, err := os.Stat(name); err == nil && old.IsDir() {
			return name
		}
		writeFile(a.t, name, content)
		return name
	}
	tree := func(root string, files []packed) string {
		if err := os.MkdirAll(filepath.Join(dir, root), 0o755); err != nil {
			a.t.Fatal(err)
		}
		for _, f := range files {
			write(root+"/"+f.name, f.content)
		}
		return filepath.Join(dir, root)
	}
	half := len(files) / 2
	switch form {
	case "folder":
		return []string{tree("copy", files)}
	case "folders":
		return []string{tree("copy", files[:half]), tree("copy2", files[half:]), tree("copy", files[:half])}
	case "tar":
		return []string{write("copy.tar", packTar(a.t, files))}
	case "tgz":
		return []string{write("copy.tgz", compress(packTar(a.t, files)))}
	case "two tars":
		return []string{write("a.tar", packTar(a.t, files[:half])), write("b.tgz", compress(packTar(a.t, files[half:])))}
	case "tars in one":
		return []string{write("copy.tar", append(packTar(a.t, files[:half]), packTar(a.t, files[half:])...))}
	case "folder and tar":
		return []string{tree("copy", files[:half]), write("copy.tar", packTar(a.t, files[half:]))}
	case "zip":
		return []string{write("copy.zip", packZip(a.t, files))}
	}
	b := packZip(a.t, files) // the names before the content, which no index has
	for _, name := range a.genuine {
		b = bytes.Replace(b, []byte(name), []byte(strings.Repeat("x", len(name))), 1)
	}
	return []string{write("copy.zip", b)}
}

func packTar(t *testing.T, files []packed) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.content))}); err != nil {
			t.Fatal(err)
		}
		w.Write(f.content)
	}
	w.Close()
	return b.Bytes()
}

func packZip(t *testing.T, files []packed) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		part, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		part.Write(f.content)
	}
	w.Close()
	return b.Bytes()
}

// tampered is a random copy with some attacks on it.
func tampered(t *testing.T, seed uint64) (a *attack, keys string, paths []string) {
	r := rand.New(rand.NewPCG(seed, 12))
	a = newAttack(t, r)
	for range r.IntN(5) {
		switch r.IntN(7) {
		case 0:
			a.junk()
		case 1:
			a.append()
		case 2:
			a.twice()
		case 3:
			a.fault()
		default:
			a.put(a.name(), a.records())
		}
	}
	dir := t.TempDir()
	keys = filepath.Join(dir, "keys.json")
	writeFile(t, keys, trailgen.PublicKeys(a.copy.Keys...))
	return a, keys, a.pack(filepath.Join(dir, "evidence"))
}
