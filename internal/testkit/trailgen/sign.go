package trailgen

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// Signed is a trail with log file validation: what Trail delivers, and digests.
type Signed struct {
	Trail
	Name   string // of the trail
	Home   string // its home region; the first region by default
	Bucket string
	Keys   []Key // the first is the one to begin with; "first" by default
	// Rotate is after how many hours the next key signs, 0: never.
	Rotate int
	// Restart are the hours before which the trail was stopped and started
	// again; the hour before one of them has neither logs nor digest.
	Restart []int
	// Anew are the hours whose digest begins a chain, though nothing was stopped.
	Anew []int
	// Move is before which hour the trail got another bucket, 0: never.
	Move int
	// Late is how many logs of each hour come late, listed by a backfill digest
	// at the end of the trail.
	Late int
	// Quiet hours have no logs and an empty digest: every Quiet-th, 0: none.
	Quiet int
	// Dormant is how many of its first hours a region is not in use: it has
	// empty digests and no logs.
	Dormant map[string]int
	// Slashes are escaped in the JSON of digests, as some of AWS's are.
	Slashes bool
}

// Object is one object of the bucket.
type Object struct {
	Key      string
	Body     []byte // inflated
	Metadata map[string]string
}

// offset is where in the hour the windows begin: not on the hour.
const offset = 5*time.Minute + 31*time.Second

func (s Signed) filled() Signed {
	s.Trail = s.Trail.filled()
	if s.Name == "" {
		s.Name = "main"
	}
	if s.Home == "" {
		s.Home = s.Regions[0]
	}
	if s.Bucket == "" {
		s.Bucket = "example-trail-logs"
	}
	if len(s.Keys) == 0 {
		s.Keys = []Key{NewKey("first", false, s.Start.Add(-48*time.Hour), s.Start.Add(30*24*time.Hour))}
	}
	return s
}

// PublicKeys are the keys that the trail is signed with, as published.
func (s Signed) PublicKeys() []byte { return PublicKeys(s.filled().Keys...) }

// Objects makes all that the trail delivers, account by account, region by
// region, hour by hour.
func (s Signed) Objects() iter.Seq[Object] {
	s = s.filled()
	return func(yield func(Object) bool) {
		for ai, account := range s.Accounts {
			for ri, region := range s.Regions {
				g := &signer{Signed: s, account: account, region: region, maker: newMaker(s.Trail, account, region, uint64(ai)<<32|uint64(ri))}
				if !g.run(yield) {
					return
				}
			}
		}
	}
}

// signer makes what is delivered for one account and region.
type signer struct {
	Signed
	account, region string
	maker           *maker
	late            []digestEntry
	last            *Object // the digest before
	lastBucket      string  // its bucket
}

// The digest as JSON, its members in AWS's order.
type digestJSON struct {
	AwsAccountID      string        `json:"awsAccountId"`
	DigestStartTime   string        `json:"digestStartTime"`
	DigestEndTime     string        `json:"digestEndTime"`
	DigestS3Bucket    string        `json:"digestS3Bucket"`
	DigestS3Object    string        `json:"digestS3Object"`
	Fingerprint       string        `json:"digestPublicKeyFingerprint"`
	Algorithm         string        `json:"digestSignatureAlgorithm"`
	NewestEventTime   *string       `json:"newestEventTime"`
	OldestEventTime   *string       `json:"oldestEventTime"`
	PreviousS3Bucket  *string       `json:"previousDigestS3Bucket"`
	PreviousS3Object  *string       `json:"previousDigestS3Object"`
	PreviousHashValue *string       `json:"previousDigestHashValue"`
	PreviousHashAlgo  *string       `json:"previousDigestHashAlgorithm"`
	PreviousSignature *string       `json:"previousDigestSignature"`
	LogFiles          []digestEntry `json:"logFiles"`
}

type digestEntry struct {
	S3Bucket        string `json:"s3Bucket"`
	S3Object        string `json:"s3Object"`
	HashValue       string `json:"hashValue"`
	HashAlgorithm   string `json:"hashAlgorithm"`
	NewestEventTime string `json:"newestEventTime"`
	OldestEventTime string `json:"oldestEventTime"`
}

func (g *signer) run(yield func(Object) bool) bool {
	for hour := range g.Hours {
		if slices.Contains(g.Restart, hour+1) {
			continue
		}
		if slices.Contains(g.Restart, hour) || slices.Contains(g.Anew, hour) {
			g.last = nil
		}
		g.lastBucket = g.Bucket
		if g.Move > 0 && hour == g.Move {
			g.Bucket += "-new"
		}
		if !g.hour(hour, yield) {
			return false
		}
	}
	if g.Late == 0 {
		return true
	}
	g.last = nil
	backfill := g.digest(g.Start.Add(offset), g.windowEnd(g.Hours-1), g.late, g.key(g.Hours-1), "_backfill")
	return yield(backfill)
}

func (g *signer) windowEnd(hour int) time.Time {
	return g.Start.Add(time.Duration(hour+1)*time.Hour + offset)
}

// key gives the one that signs in an hour.
func (g *signer) key(hour int) Key {
	if g.Rotate == 0 {
		return g.Keys[0]
	}
	return g.Keys[min(hour/g.Rotate, len(g.Keys)-1)]
}

func (g *signer) hour(hour int, yield func(Object) bool) bool {
	var entries []digestEntry
	files := g.FilesPerHour
	if g.Quiet > 0 && hour%g.Quiet == g.Quiet-1 || hour < g.Dormant[g.region] {
		files = 0
	}
	for i := range files {
		f := g.maker.file(hour*g.FilesPerHour + i)
		entry := g.entry(f)
		if i < g.Late {
			g.late = append(g.late, entry)
		} else {
			entries = append(entries, entry)
		}
		if !yield(Object{Key: f.Key, Body: f.Body}) {
			return false
		}
	}
	return yield(g.digest(g.windowEnd(hour).Add(-time.Hour), g.windowEnd(hour), entries, g.key(hour), ""))
}

func (g *signer) entry(f File) digestEntry {
	sum := sha256.Sum256(f.Body)
	at := g.Start.Format(time.RFC3339)
	return digestEntry{g.Bucket, f.Key, hex.EncodeToString(sum[:]), "SHA-256", at, at}
}

func (g *signer) digest(start, end time.Time, entries []digestEntry, key Key, suffix string) Object {
	d := digestJSON{
		AwsAccountID: g.account, DigestStartTime: start.Format(time.RFC3339), DigestEndTime: end.Format(time.RFC3339),
		DigestS3Bucket: g.Bucket, DigestS3Object: g.digestKey(end, suffix),
		Fingerprint: key.Fingerprint(), Algorithm: "SHA256withRSA", LogFiles: append([]digestEntry{}, entries...),
	}
	if len(entries) > 0 {
		d.NewestEventTime, d.OldestEventTime = &entries[0].NewestEventTime, &entries[0].OldestEventTime
	}
	if g.last != nil {
		sum := sha256.Sum256(g.last.Body)
		hash, algorithm, signature := hex.EncodeToString(sum[:]), "SHA-256", g.last.Metadata["signature"]
		d.PreviousS3Bucket, d.PreviousS3Object = &g.lastBucket, &g.last.Key
		d.PreviousHashValue, d.PreviousHashAlgo, d.PreviousSignature = &hash, &algorithm, &signature
	}
	body := d.encode(g.Slashes)
	o := Object{Key: d.DigestS3Object, Body: body, Metadata: map[string]string{
		"signature": key.sign(d.toSign(body)), "signature-algorithm": d.Algorithm,
	}}
	if suffix != "" {
		o.Metadata["backfill-generation-timestamp"] = end.Format(time.RFC3339)
	}
	g.last = &o
	return o
}

func (d digestJSON) encode(slashes bool) []byte {
	b, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	if slashes {
		b = []byte(strings.ReplaceAll(string(b), "/", `\/`))
	}
	return b
}

// toSign is what the signature of a digest with this content is over.
func (d digestJSON) toSign(body []byte) string {
	sum := sha256.Sum256(body)
	previous := "null"
	if d.PreviousSignature != nil {
		previous = *d.PreviousSignature
	}
	return d.DigestEndTime + "\n" + d.DigestS3Bucket + "/" + d.DigestS3Object + "\n" + hex.EncodeToString(sum[:]) + "\n" + previous
}

func (g *signer) digestKey(end time.Time, suffix string) string {
	return fmt.Sprintf("%sCloudTrail-Digest/%s/%s/%s_CloudTrail-Digest_%s_%s_%s_%s%s.json.gz",
		g.maker.accountFolder(), g.region, end.Format("2006/01/02"), g.account, g.region, g.Name, g.Home, end.Format("20060102T150405Z"), suffix)
}
