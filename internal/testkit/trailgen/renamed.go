package trailgen

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
	"time"
)

// move puts an object to another place. What S3 kept of it stays said of its
// key, as in a copy whose files were renamed.
func (c *Copy) move(from, to string) {
	o := c.Objects[from]
	key := o.Key
	if key == "" {
		key = from
	}
	delete(c.Objects, from)
	c.Objects[to] = &Stored{Bytes: o.Bytes, Metadata: o.Metadata, Junk: o.Junk, Key: key}
}

// renameTo gives a file another base name, in its folder.
func renameTo(name func(base string) string) change {
	return func(c *Copy, at string, _ *rand.Rand) { c.move(at, path.Join(path.Dir(at), name(path.Base(at)))) }
}

func renameDigests(name func(string) string) func(*Copy, *rand.Rand) {
	return func(c *Copy, _ *rand.Rand) {
		for _, p := range c.paths("_CloudTrail-Digest_") {
			c.move(p, name(p))
		}
	}
}

// hashed is a path as an evidence store makes it of a key.
func hashed(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "store/" + hex.EncodeToString(sum[:8]) + ".json.gz"
}

func saveAgain(c *Copy, at string, _ *rand.Rand) {
	c.Objects[strings.Replace(at, ".json", " (1).json", 1)] = &Stored{Bytes: c.Objects[at].Bytes}
}

// anHourOff is a digest's base name with another time.
func anHourOff(base string) string {
	from, to := stampOf(base), stampOf(base)
	if t, err := time.Parse("20060102T150405Z", from); err == nil {
		to = t.Add(time.Hour + 7*time.Second).Format("20060102T150405Z")
	}
	return strings.Replace(base, from, to, 1)
}

func stampOf(base string) string {
	base, _, _ = strings.Cut(base, ".")
	return base[strings.LastIndexByte(base, '_')+1:]
}

// junkSuccessor writes a digest after another one, some time later, which
// nothing signs. lie is what it says of its predecessor's hash, "" for the truth.
func junkSuccessor(later time.Duration, lie string) change {
	return func(c *Copy, at string, _ *rand.Rand) {
		d, ok := c.digest(at)
		start, err := time.Parse(time.RFC3339, d.DigestEndTime)
		if !ok || err != nil {
			return
		}
		start = start.Add(later)
		end := start.Add(time.Hour)
		content, _ := inflated(c.Objects[at].Bytes)
		sum := sha256.Sum256(content)
		hash := cmp.Or(lie, hex.EncodeToString(sum[:]))
		object, algorithm, signature := d.DigestS3Object, "SHA-256", strings.Repeat("00", 256)
		d.PreviousS3Bucket, d.PreviousS3Object = &d.DigestS3Bucket, &object
		d.PreviousHashValue, d.PreviousHashAlgo, d.PreviousSignature = &hash, &algorithm, &signature
		d.DigestStartTime, d.DigestEndTime = start.Format(time.RFC3339), end.Format(time.RFC3339)
		d.DigestS3Object = strings.Replace(object, stampOf(path.Base(object)), end.Format("20060102T150405Z"), 1)
		d.LogFiles, d.NewestEventTime, d.OldestEventTime = []digestEntry{}, nil, nil
		c.Objects[d.DigestS3Object] = &Stored{Bytes: Gzip(d.encode(false))}
	}
}

func junkMetadata(c *Copy, r *rand.Rand) {
	for _, p := range c.paths("_CloudTrail-Digest_") {
		for range 40 {
			c.Objects[p].Junk = append(c.Objects[p].Junk, fmt.Sprintf("%0512x", r.Uint64()))
		}
	}
}
