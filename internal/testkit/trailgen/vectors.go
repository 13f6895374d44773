package trailgen

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// Vector is one small trail with one thing wrong, and what a verification must
// say of it: written by hand from the contract, not taken from the program.
type Vector struct {
	Name  string   `json:"-"`
	What  string   `json:"what"`
	Flags []string `json:"flags,omitempty"` // of ctlog verify, beside --keys
	// NoKeys: it is verified without --keys.
	NoKeys bool `json:"noKeys,omitempty"`
	Exit   int  `json:"exit"`
	// Lines counts what must come out beside valid files, by kind and status,
	// and findings by kind.
	Lines map[string]int `json:"lines,omitempty"`

	trail  Signed
	faults []string
}

type lines = map[string]int

// Vectors has a vector for every fault, and for what is no fault of the files.
var Vectors = []Vector{
	{Name: "whole", What: "nothing is wrong"},
	vector("log-byte", 1, lines{"log altered": 1}),
	vector("log-event-removed", 1, lines{"log altered": 1}),
	vector("log-deleted", 1, lines{"log missing": 1}),
	vector("log-emptied", 1, lines{"log unreadable": 1}),
	vector("log-truncated", 1, lines{"log unreadable": 1}),
	vector("log-trailer-cut", 1, lines{"log unreadable": 1}),
	vector("log-garbage-behind", 1, lines{"log unreadable": 1}),
	vector("log-second-member", 1, lines{"log altered": 1}),
	vector("log-empty-member", 0, nil),
	vector("log-recompressed", 0, nil),
	vector("log-gunzipped", 0, nil),
	vector("log-renamed", 0, nil),
	vector("log-copied", 0, lines{"log duplicate": 1}),
	vector("log-downloaded-twice", 0, lines{"log duplicate": 1}),
	vector("log-copied-elsewhere", 0, lines{"log duplicate": 1}),
	vector("log-copied-foreign", 0, lines{"log duplicate": 1}),
	vector("log-injected", 1, lines{"log unreferenced": 1}),
	vector("log-foreign", 1, lines{"log unreferenced": 1}),
	vector("log-as-insight", 3, lines{"log uncovered": 1}),
	vector("log-as-network", 3, lines{"log uncovered": 1}),
	vector("log-as-aggregated", 3, lines{"log uncovered": 1}),
	vector("insight", 0, lines{"other": 1}),
	vector("log-twin", 1, lines{"log unreferenced": 1, "conflict": 1}),
	vector("logs-swapped", 1, lines{"log altered": 2}),

	vector("digest-byte", 1, lines{"digest altered": 1, "log unverified": 1}),
	vector("digest-reformatted", 1, lines{"digest altered": 1, "log unverified": 1}),
	vector("digest-recompressed", 0, nil),
	vector("digest-deleted", 1, lines{"digest missing": 1, "log uncovered": 1, "gap": 1}),
	vector("digests-deleted", 1, lines{"digest missing": 1, "log uncovered": 3, "gap": 1}),
	vector("digest-oldest-deleted", 3, lines{"log uncovered": 1, "head": 1}),
	{Name: "began-later", What: "the download began an hour later: neither the oldest digest nor its log is here",
		faults: []string{"digest-oldest-deleted", "log-oldest-deleted"}, Lines: lines{"head": 1}},
	{Name: "began-later-since", What: "the same, though --since asks for that hour", Flags: []string{"--since", "2024-01-09T08:00"}, Exit: 1,
		faults: []string{"digest-oldest-deleted", "log-oldest-deleted"}, Lines: lines{"digest missing": 1, "gap": 1}},
	{Name: "log-oldest-deleted", What: "the oldest log is not here, the digest that lists it is", Exit: 3,
		faults: []string{"log-oldest-deleted"}, Lines: lines{"log outside": 1}},
	vector("digest-emptied", 1, lines{"digest unreadable": 1, "log uncovered": 1}),
	vector("digest-truncated", 1, lines{"digest unreadable": 1, "log uncovered": 1}),
	vector("digest-trailer-cut", 1, lines{"digest unreadable": 1, "log uncovered": 1}),
	vector("digest-garbage-behind", 1, lines{"digest unreadable": 1, "log uncovered": 1}),
	vector("digest-empty-member", 1, lines{"digest unreadable": 1, "log uncovered": 1}),
	vector("digest-foreign", 1, lines{"digest altered": 1, "log uncovered": 1}),
	vector("digest-foreign-known", 1, lines{"digest altered": 1, "log uncovered": 1}),
	vector("digest-replayed", 1, lines{"digest altered": 1, "log uncovered": 1}),
	vector("digest-renamed", 0, nil),
	vector("digests-renamed", 0, nil),
	vector("digests-lowercased", 0, nil),
	vector("digest-downloaded-twice", 0, nil),
	vector("digest-as-another", 1, lines{"digest altered": 1, "digest missing": 1, "gap": 1, "log unverified": 1}),
	vector("digest-junk-successor", 3, lines{"digest unverified": 1}),
	vector("digest-junk-hash", 1, lines{"digest altered": 1}),
	vector("digest-junk-2099", 3, lines{"digest unverified": 1}),
	{Name: "digest-junk-2099-regions", What: "the same, in one of two regions: the other one has no tail", Exit: 3,
		trail: Signed{Trail: Trail{Regions: []string{"us-east-1", "eu-west-1"}}}, faults: []string{"digest-junk-2099"}, Lines: lines{"digest unverified": 1}},
	vector("digests-cut-off", 3, lines{"log uncovered": 3}),
	{Name: "newest-two-cut-off", What: "the newest two digests and their logs are gone; --until is when they end", Exit: 3,
		Flags: []string{"--until", "2024-01-09T14:05"}, faults: []string{"newest-two-cut-off"}, Lines: lines{"tail": 1}},
	{Name: "all-cut-off", What: "the newest three digests and their logs are gone; --until says how far the copy must reach", Exit: 3,
		Flags: []string{"--until", "2024-01-09T14:05"}, faults: []string{"all-cut-off"}, Lines: lines{"tail": 1}},
	vector("digests-gone", 3, lines{"log uncovered": 6}),
	regional("region-cut-off", 3, lines{"tail": 1}),
	regional("region-gone", 3, lines{"log uncovered": 6}),

	vector("metadata-lost", 3, lines{"digest unverified": 1, "log unverified": 1}),
	vector("metadata-junk", 0, nil),
	vector("metadata-garbage", 0, nil),
	vector("metadata-garbage-newest", 1, lines{"digest altered": 1, "log unverified": 1}),
	{Name: "keys-missing", What: "there are no keys", NoKeys: true, Exit: 3, Lines: lines{"digest unverified": 6, "log unverified": 6}},
	{Name: "keys-missing-altered", What: "there are no keys, and a log is altered", NoKeys: true, Exit: 1, faults: []string{"log-byte"},
		Lines: lines{"digest unverified": 6, "log unverified": 5, "log altered": 1}},
	vector("flattened", 0, nil),
	{Name: "account-absent", What: "an expected account is not here", Flags: []string{"--expect-account", "444455556666"}, Exit: 3, Lines: lines{"absent": 1}},
	{Name: "region-absent", What: "an expected region is not here", Flags: []string{"--expect-region", "us-east-1,eu-north-1"}, Exit: 3, Lines: lines{"absent": 1}},

	{Name: "restarted", What: "the trail was stopped for an hour and started again", Exit: 3, trail: Signed{Restart: []int{3}}, Lines: lines{"gap": 1, "restart": 1}},
	{Name: "restarted-at-once", What: "a digest in mid-chain says that it is the first, though no time is lacking", Exit: 3, trail: Signed{Anew: []int{3}}, Lines: lines{"restart": 1}},
	{Name: "restarted-erased", What: "the trail was restarted and the digests before that are gone", Exit: 3,
		trail: Signed{Restart: []int{3}}, faults: []string{"before-restart-deleted"}, Lines: lines{"log uncovered": 2}},
	{Name: "restarted-erased-region", What: "the same with the logs, but in another region the trail is older", Exit: 3,
		trail: Signed{Trail: Trail{Regions: []string{"us-east-1", "eu-west-1"}}}, faults: []string{"region-restarted"}, Lines: lines{"gap": 1}},
	{Name: "key-rotated", What: "the key changed in between, the second is published as SubjectPublicKeyInfo",
		trail: Signed{Rotate: 3, Keys: []Key{NewKey("first", false, start.Add(-time.Hour), start.Add(4*time.Hour)), NewKey("second", true, start, start.Add(24*time.Hour))}}},
	{Name: "key-expired", What: "the key was used after its validity, which is a finding and no fault of a file", Exit: 3,
		trail: Signed{Keys: []Key{NewKey("first", false, start.Add(-time.Hour), start.Add(3*time.Hour))}}, Lines: lines{"key": 1}},
	{Name: "key-expired-accepted", What: "the same, and the user takes the key as it is",
		Flags: []string{"--accept-key", NewKey("first", false, start, start).Fingerprint()},
		trail: Signed{Keys: []Key{NewKey("first", false, start.Add(-time.Hour), start.Add(3*time.Hour))}}, Lines: lines{"key": 1}},
	{Name: "key-misnamed", What: "the key was published under a fingerprint that is not its MD5", Exit: 3,
		trail: Signed{Keys: []Key{misnamed("0123456789abcdef0123456789abcdef")}}, Lines: lines{"key": 1}},
	{Name: "bucket-changed", What: "the trail got another bucket, and both are in one copy", Exit: 3, trail: Signed{Move: 3}, Lines: lines{"moved": 1}},
	{Name: "bucket-expected", What: "the digests are signed for the bucket that was expected", Flags: []string{"--expect-bucket", "example-trail-logs"}},
	{Name: "bucket-of-another", What: "the digests are signed for another bucket than the one that was expected", Exit: 3,
		Flags: []string{"--expect-bucket", "another-bucket"}, Lines: lines{"moved": 1}},
	{Name: "backfill", What: "logs that came late are listed by a backfill digest",
		trail: Signed{Late: 1, Trail: Trail{FilesPerHour: 2}}},
	{Name: "control", What: "proven events blind the trail and touch its bucket; those about another trail and bucket are none of these", Lines: lines{"control": 4},
		trail: Signed{Trail: Trail{Also: map[int]string{1: controlEvents}}}},
	{Name: "quiet", What: "every second hour has no logs", trail: Signed{Quiet: 2}},
	{Name: "region-awakes", What: "of three regions one is not in use and one not before the fifth hour",
		trail: Signed{Dormant: map[string]int{"ap-south-1": 6, "eu-west-1": 4}, Trail: Trail{Regions: []string{"us-east-1", "ap-south-1", "eu-west-1"}, RecordsPerFile: 9}}},
	{Name: "organisation", What: "an organisation's trail in two accounts, below a prefix, with slashes escaped in its digests",
		trail: Signed{Slashes: true, Trail: Trail{Prefix: "audit/logs", Org: "o-example1234", Accounts: []string{"111122223333", "444455556666"}}}},
}

// controlEvents end or blind the trail of the vectors, or touch where it
// delivers, four of six.
const controlEvents = `{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/mallory"},"eventTime":"2024-01-09T09:20:00Z","eventSource":"cloudtrail.amazonaws.com","eventName":"PutEventSelectors","awsRegion":"us-east-1","requestParameters":{"trailName":"main","eventSelectors":[]},"eventID":"00000000-0000-4000-8000-000000000001","recipientAccountId":"111122223333"},` +
	`{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/mallory"},"eventTime":"2024-01-09T09:21:00Z","eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy","awsRegion":"us-east-1","requestParameters":{"bucketName":"example-trail-logs"},"eventID":"00000000-0000-4000-8000-000000000002","recipientAccountId":"111122223333"},` +
	`{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/mallory"},"eventTime":"2024-01-09T09:22:00Z","eventSource":"s3.amazonaws.com","eventName":"DeleteObject","awsRegion":"us-east-1","requestParameters":{"bucketName":"example-trail-logs","key":"AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2024/01/09/x.json.gz"},"eventID":"00000000-0000-4000-8000-000000000003","recipientAccountId":"111122223333"},` +
	`{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/mallory"},"eventTime":"2024-01-09T09:23:00Z","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"us-east-1","errorCode":"AccessDenied","requestParameters":{"name":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main"},"eventID":"00000000-0000-4000-8000-000000000004","recipientAccountId":"111122223333"},` +
	`{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/mallory"},"eventTime":"2024-01-09T09:24:00Z","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"us-east-1","requestParameters":{"name":"another"},"eventID":"00000000-0000-4000-8000-000000000005","recipientAccountId":"111122223333"},` +
	`{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/mallory"},"eventTime":"2024-01-09T09:25:00Z","eventSource":"s3.amazonaws.com","eventName":"DeleteObject","awsRegion":"us-east-1","requestParameters":{"bucketName":"example-data","key":"x"},"eventID":"00000000-0000-4000-8000-000000000006","recipientAccountId":"111122223333"}`

// start is when the trails of vectors begin.
var start = Trail{}.filled().Start

// misnamed is the first key, published under another fingerprint.
func misnamed(fingerprint string) Key {
	k := NewKey("first", false, start.Add(-time.Hour), start.Add(24*time.Hour))
	k.Misnamed = fingerprint
	return k
}

func vector(fault string, exit int, want lines) Vector {
	return Vector{Name: fault, What: FaultNamed(fault).What, Exit: exit, Lines: want, faults: []string{fault}}
}

func regional(fault string, exit int, want lines) Vector {
	v := vector(fault, exit, want)
	v.trail.Regions = []string{"us-east-1", "eu-west-1"}
	return v
}

// WriteTo writes the vector to a directory: vector.json, keys.json and the copy
// in evidence.tar.
func (v Vector) WriteTo(dir string) error {
	t := v.trail
	t.Seed, t.Hours, t.RecordsPerFile = 7, 6, 2
	c := t.Copy()
	r := rand.New(rand.NewPCG(t.Seed, uint64(len(v.Name))))
	for _, name := range v.faults {
		FaultNamed(name).Apply(c, r)
	}
	head, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, b := range map[string][]byte{"vector.json": append(head, '\n'), "keys.json": PublicKeys(c.Keys...), "evidence.tar": c.Tar()} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
