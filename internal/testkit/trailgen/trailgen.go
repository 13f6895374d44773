// Package trailgen makes synthetic CloudTrail trails: for tests, the demo and
// benchmarks. The same Trail gives the same bytes, always.
//
// The events are invented but have the shapes of real ones, with what makes
// those awkward: every type of userIdentity and none at all, null and absent
// fields, numbers such as 243.0, escapes, types that drift, errors with and
// without a message. Accounts are those that AWS uses in examples, addresses
// come from the ranges for documentation.
package trailgen

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// RareEvent is the name of about one event of RareEvery: the needle.
const (
	RareEvent = "PutBucketReplicationDrill"
	RareEvery = 5000
)

// Trail says what to make. Zero fields have defaults that give a small trail.
type Trail struct {
	Seed           uint64
	Prefix         string   // of the S3 keys, without a slash at its end
	Org            string   // organisation ID, "" for none
	Accounts       []string // twelve digits each
	Regions        []string
	Start          time.Time
	Hours          int
	FilesPerHour   int // of one account and region
	RecordsPerFile int
	// Repeat writes every n-th event a second time into the following file, as
	// a second trail or a retried delivery does; 0: never.
	Repeat int
	// Also has events that are added to the i-th file of each account and region.
	Also map[int]string
}

func (t Trail) filled() Trail {
	if len(t.Accounts) == 0 {
		t.Accounts = []string{"111122223333"}
	}
	if len(t.Regions) == 0 {
		t.Regions = []string{"us-east-1"}
	}
	if t.Start.IsZero() {
		t.Start = time.Date(2024, 1, 9, 8, 0, 0, 0, time.UTC)
	}
	t.Hours, t.FilesPerHour, t.RecordsPerFile = max(t.Hours, 1), max(t.FilesPerHour, 1), max(t.RecordsPerFile, 1)
	return t
}

// File is one delivered log file.
type File struct {
	Key  string // S3 key
	Body []byte // inflated
}

// Files makes the log files in the order of their delivery, account by account
// and region by region. A Body belongs to the caller.
func (t Trail) Files() iter.Seq[File] {
	t = t.filled()
	return func(yield func(File) bool) {
		for ai, account := range t.Accounts {
			for ri, region := range t.Regions {
				m := newMaker(t, account, region, uint64(ai)<<32|uint64(ri))
				for i := range t.Hours * t.FilesPerHour {
					if !yield(m.file(i)) {
						return
					}
				}
			}
		}
	}
}

// maker makes the files of one account and region.
type maker struct {
	Trail
	account, region string
	rng             *rand.Rand
	sessions        []session
	carried         [][]byte // events that the next file repeats
	n               int
}

func newMaker(t Trail, account, region string, stream uint64) *maker {
	m := &maker{Trail: t, account: account, region: region, rng: rand.New(rand.NewPCG(t.Seed, stream))}
	m.sessions = m.people()
	return m
}

// file makes the i-th file. Files of an hour are spread over it evenly.
func (m *maker) file(i int) File {
	every := time.Hour / time.Duration(m.FilesPerHour)
	delivered := m.Start.Add(time.Duration(i+1) * every)
	var b bytes.Buffer
	b.WriteString(`{"Records":[`)
	repeats := m.carried
	m.carried = nil
	for k := range m.RecordsPerFile {
		if k > 0 {
			b.WriteByte(',')
		}
		// Events are some minutes old when delivered, and in no order.
		at := delivered.Add(-every - time.Duration(m.rng.IntN(300))*time.Second).Add(time.Duration(m.rng.Int64N(int64(every)))).Truncate(time.Second)
		event := m.event(at)
		b.Write(event)
		if m.n++; m.Repeat > 0 && m.n%m.Repeat == 0 {
			m.carried = append(m.carried, event)
		}
	}
	for _, e := range repeats {
		b.WriteByte(',')
		b.Write(e)
	}
	if e := m.Also[i]; e != "" {
		b.WriteString("," + e)
	}
	b.WriteString("]}")
	return File{m.key(delivered), b.Bytes()}
}

// accountFolder is the part of all keys of an account.
func (m *maker) accountFolder() string {
	folder := ""
	if m.Prefix != "" {
		folder = m.Prefix + "/"
	}
	folder += "AWSLogs/"
	if m.Org != "" {
		folder += m.Org + "/"
	}
	return folder + m.account + "/"
}

// key is the S3 key by CloudTrail's convention.
func (m *maker) key(at time.Time) string {
	return fmt.Sprintf("%sCloudTrail/%s/%s/%s_CloudTrail_%s_%s_%s.json.gz",
		m.accountFolder(), m.region, at.Format("2006/01/02"), m.account, m.region, at.Format("20060102T1504Z"), m.letters(16))
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func (m *maker) letters(n int) string { return m.from(alphanumeric, n) }

func (m *maker) from(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[m.rng.IntN(len(alphabet))]
	}
	return string(b)
}

// Gzip compresses a body as CloudTrail stores it; without a name or time in
// the header, so that the bytes depend on the body alone.
func Gzip(body []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, 6)
	if err == nil {
		_, err = w.Write(body)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // a buffer does not fail
	}
	return b.Bytes()
}

// WriteTo writes the trail below a directory, compressed.
func (t Trail) WriteTo(dir string) error {
	for f := range t.Files() {
		path := filepath.Join(dir, filepath.FromSlash(f.Key))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, Gzip(f.Body), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Large and Small are the benchmark corpora: a thousand files of about 0.9 MB,
// and twenty thousand small ones.
var (
	Large = Trail{Seed: 1, Regions: []string{"us-east-1", "eu-west-1"}, Hours: 50, FilesPerHour: 10, RecordsPerFile: 500}
	Small = Trail{Seed: 2, Accounts: []string{"111122223333", "444455556666"}, Regions: []string{"us-east-1", "eu-west-1"}, Hours: 250, FilesPerHour: 20, RecordsPerFile: 10}
)
