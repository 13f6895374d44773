package trailgen

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"time"
)

// Fault is one way in which a copy is not what was delivered.
type Fault struct {
	Name  string
	What  string // in a sentence, for people
	Apply func(c *Copy, r *rand.Rand)
}

// Faults are all that are known, of logs first. Each finds its victim by r and
// does nothing when there is none left.
var Faults = []Fault{
	{"log-byte", "one byte of a log's content is changed", onLog(content(flipByte))},
	{"log-event-removed", "an event is removed from a log", onLog(content(removeEvent))},
	{"log-deleted", "a log is deleted", onMiddleLog(remove)},
	{"log-oldest-deleted", "the oldest log is not part of the copy", on(func(c *Copy) []string { return c.Logs()[:min(1, len(c.Logs()))] }, remove)},
	{"log-emptied", "a log has no bytes left", onLog(stored(func(b []byte, _ *rand.Rand) []byte { return nil }))},
	{"log-truncated", "a log is cut in half", onLog(stored(half))},
	{"log-trailer-cut", "a log lacks the last four bytes of its gzip trailer", onLog(stored(cutTrailer))},
	{"log-garbage-behind", "bytes stand behind the gzip stream of a log", onLog(stored(garbage))},
	{"log-second-member", "a second gzip member with events is appended to a log", onLog(stored(secondMember))},
	{"log-empty-member", "a second gzip member without content is appended to a log", onLog(stored(emptyMember))},
	{"log-stored-byte", "one byte of a log as it is stored is changed", onLog(stored(flipByte))},
	{"log-recompressed", "a log is compressed anew, which changes nothing", onLog(stored(recompress))},
	{"log-gunzipped", "a log was gunzipped by hand, which changes nothing", onLog(gunzip)},
	{"log-renamed", "a log stands under another name", onLog(rename)},
	{"log-copied", "a log stands under a second name as well", onLog(duplicate)},
	{"log-downloaded-twice", "a log is there a second time, as a browser calls it", onLog(duplicateAs(func(at string) string { return strings.TrimSuffix(at, ".json.gz") + " (1).json.gz" }))},
	{"log-copied-elsewhere", "a log is there a second time, in another folder", onLog(duplicateAs(func(at string) string { return "backup/" + path.Base(at) }))},
	{"log-copied-foreign", "a log is there a second time, under a name that says nothing", onLog(duplicateAs(func(string) string { return "evidence-17.json.gz" }))},
	{"log-foreign", "a log is there that CloudTrail did not deliver, under a name that CloudTrail does not give", onLog(injectAs(foreign))},
	{"log-as-insight", "a forged log has the name of an Insight file", onLog(injectAs(asKind("CloudTrail-Insight")))},
	{"log-as-network", "a forged log has the name of a network activity file", onLog(injectAs(asKind("CloudTrail-NetworkActivity")))},
	{"log-as-aggregated", "a forged log lies in the folder of aggregated events, under a name of no kind", onLog(injectAs(func(at string, r *rand.Rand) string { return foreign(asKind("CloudTrail-Aggregated")(at, r), r) }))},
	{"log-injected", "a log is there that CloudTrail did not deliver", onLog(inject)},
	{"log-twin", "a log is there that CloudTrail did not deliver: an event of a genuine one, with another name", onMiddleLog(forgeTwin)},
	{"insight", "a file of Insight events is there, which no digest lists", onLog(insight)},
	{"logs-swapped", "two logs have each other's content", swapLogs},

	{"digest-byte", "one byte of a digest's content is changed", onDigest(content(flipByte))},
	{"digest-stored-byte", "one byte of a digest as it is stored is changed", onDigest(stored(flipByte))},
	{"digest-reformatted", "a digest is written anew, with the same meaning", onDigest(content(reformat))},
	{"digest-recompressed", "a digest is compressed anew, which changes nothing", onDigest(stored(recompress))},
	{"digest-deleted", "a digest is deleted", onMiddle(remove)},
	{"digests-deleted", "three digests in a row are deleted", removeThree},
	{"digest-oldest-deleted", "the oldest digest is not part of the copy", onOldest(remove)},
	{"digest-emptied", "a digest has no bytes left", onDigest(stored(func(b []byte, _ *rand.Rand) []byte { return nil }))},
	{"digest-truncated", "a digest is cut in half", onDigest(stored(half))},
	{"digest-trailer-cut", "a digest lacks the last four bytes of its gzip trailer", onDigest(stored(cutTrailer))},
	{"digest-garbage-behind", "bytes stand behind the gzip stream of a digest", onDigest(stored(garbage))},
	{"digest-empty-member", "a second gzip member without content is appended to a digest", onDigest(stored(emptyMember))},
	{"digest-foreign", "a digest is changed and signed with a key of the attacker's", onDigest(resign(false))},
	{"digest-foreign-known", "a digest is changed and signed with a key of the attacker's, under the fingerprint of CloudTrail's", onDigest(resign(true))},
	{"digest-replayed", "a digest is replaced by an older genuine one", replay},
	{"digest-renamed", "a digest is called digest-3.json.gz", onDigest(renameTo(func(string) string { return "digest-3.json.gz" }))},
	{"digests-renamed", "all digests are called by a hash", renameDigests(hashed)},
	{"digests-lowercased", "the paths of all digests are in lower case", renameDigests(strings.ToLower)},
	{"digest-downloaded-twice", "a digest is there twice, as a browser would save it again", onDigest(saveAgain)},
	{"digest-as-another", "a digest has the name of another that was never delivered", onMiddle(renameTo(anHourOff))},
	{"digest-junk-successor", "somebody wrote a digest that names the newest as its predecessor; nothing signs it", onNewest(junkSuccessor(0, ""))},
	{"digest-junk-hash", "the same, with another hash of its predecessor", onNewest(junkSuccessor(0, strings.Repeat("0", 64)))},
	{"digest-junk-2099", "the same, of the year 2099", onNewest(junkSuccessor(75*365*24*time.Hour, ""))},
	{"newest-two-cut-off", "the newest two digests of every chain are gone, and the logs they list", cutOff(2, true)},
	{"digests-cut-off", "the newest three digests of every chain are gone", cutOff(3, false)},
	{"all-cut-off", "the newest three digests of every chain are gone, and the logs they list", cutOff(3, true)},
	{"digests-gone", "all digests are gone", func(c *Copy, _ *rand.Rand) { removeAll(c, c.paths("_CloudTrail-Digest_")) }},
	{"region-cut-off", "the newest three digests of the first region are gone, other regions go on", cutRegion},
	{"before-restart-deleted", "all digests before the last restart are gone", func(c *Copy, _ *rand.Rand) { removeAll(c, c.beforeRestart()) }},
	{"region-restarted", "the chain of the first region begins with its newest digest, what was before is gone", restartRegion},
	{"region-gone", "all digests of the last region are gone", removeRegion},
	{"metadata-lost", "no S3 metadata was kept", func(c *Copy, _ *rand.Rand) {
		for _, o := range c.Objects {
			o.Metadata = nil
		}
	}},
	{"metadata-garbage", "the signature in the metadata of a digest is no signature, its successor has it", onMiddle(spoilSignature)},
	{"metadata-garbage-newest", "the signature in the metadata of the newest digest is no signature", onNewest(spoilSignature)},
	{"metadata-junk", "of every digest there are forty lines of metadata more, with made-up signatures", junkMetadata},
	{"flattened", "all files lie in one folder", flatten},
}

// FaultNamed finds a fault; it panics if there is none, since names are
// written down in the program.
func FaultNamed(name string) Fault {
	i := slices.IndexFunc(Faults, func(f Fault) bool { return f.Name == name })
	if i < 0 {
		panic("no fault " + name)
	}
	return Faults[i]
}

type change func(c *Copy, at string, r *rand.Rand)

func on(list func(*Copy) []string, do change) func(*Copy, *rand.Rand) {
	return func(c *Copy, r *rand.Rand) {
		if paths := list(c); len(paths) > 0 {
			do(c, paths[r.IntN(len(paths))], r)
		}
	}
}

func onLog(do change) func(*Copy, *rand.Rand) { return on((*Copy).Logs, do) }

// onMiddleLog leaves the oldest log alone: that one may be outside of a copy.
func onMiddleLog(do change) func(*Copy, *rand.Rand) {
	return on(func(c *Copy) []string { return c.Logs()[min(1, len(c.Logs())):] }, do)
}
func onDigest(do change) func(*Copy, *rand.Rand) { return on((*Copy).Digests, do) }
func onNewest(do change) func(*Copy, *rand.Rand) { return on((*Copy).newest, do) }
func onOldest(do change) func(*Copy, *rand.Rand) {
	return on(func(c *Copy) []string { return c.firstRegion()[:min(1, len(c.firstRegion()))] }, do)
}

// onMiddle takes a digest that has one before and one after it.
func onMiddle(do change) func(*Copy, *rand.Rand) {
	return on(func(c *Copy) []string {
		d := c.firstRegion()
		return d[min(1, len(d)):max(len(d)-1, min(1, len(d)))]
	}, do)
}

// firstRegion gives the digests of the first account and region.
func (c *Copy) firstRegion() (list []string) {
	for _, p := range c.Digests() {
		if chainOf(p) == chainOf(c.Digests()[0]) {
			list = append(list, p)
		}
	}
	return list
}

// chainOf is the name of a digest up to its time.
func chainOf(p string) string { return path.Base(p)[:strings.LastIndexByte(path.Base(p), '_')] }

func (c *Copy) newest() []string {
	d := c.firstRegion()
	return d[max(0, len(d)-1):]
}

// stored makes a change of the bytes as they are stored.
func stored(f func([]byte, *rand.Rand) []byte) change {
	return func(c *Copy, at string, r *rand.Rand) { c.Objects[at].Bytes = f(c.Objects[at].Bytes, r) }
}

// content makes a change of the inflated bytes; what cannot be inflated any
// more is left as it is.
func content(f func([]byte, *rand.Rand) []byte) change {
	return func(c *Copy, at string, r *rand.Rand) {
		if b, ok := inflated(c.Objects[at].Bytes); ok {
			c.Objects[at].Bytes = Gzip(f(b, r))
		}
	}
}

func inflated(b []byte) ([]byte, bool) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return b, len(b) > 0 && b[0] == '{'
	}
	b, err = io.ReadAll(z)
	return b, err == nil
}

func remove(c *Copy, at string, _ *rand.Rand) { delete(c.Objects, at) }

func removeAll(c *Copy, paths []string) {
	for _, p := range paths {
		delete(c.Objects, p)
	}
}

func flipByte(b []byte, r *rand.Rand) []byte {
	if len(b) == 0 {
		return b
	}
	b = bytes.Clone(b)
	b[r.IntN(len(b))] ^= 1 << r.IntN(8)
	return b
}

func half(b []byte, _ *rand.Rand) []byte       { return b[:len(b)/2] }
func cutTrailer(b []byte, _ *rand.Rand) []byte { return b[:max(0, len(b)-4)] }
func garbage(b []byte, _ *rand.Rand) []byte    { return append(bytes.Clone(b), "PK\x03\x04garbage"...) }
func emptyMember(b []byte, _ *rand.Rand) []byte {
	return append(bytes.Clone(b), Gzip(nil)...)
}

func secondMember(b []byte, _ *rand.Rand) []byte {
	return append(bytes.Clone(b), Gzip([]byte(`{"Records":[{"eventName":"GetObject","eventID":"forged"}]}`))...)
}

func recompress(b []byte, _ *rand.Rand) []byte {
	plain, ok := inflated(b)
	if !ok {
		return b
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	w.Name, w.ModTime = "log.json", time.Unix(1700000000, 0)
	w.Write(plain)
	w.Close()
	return out.Bytes()
}

func gunzip(c *Copy, at string, _ *rand.Rand) {
	if plain, ok := inflated(c.Objects[at].Bytes); ok {
		c.Objects[strings.TrimSuffix(at, ".gz")] = &Stored{Bytes: plain, Metadata: c.Objects[at].Metadata}
		if strings.HasSuffix(at, ".gz") {
			delete(c.Objects, at)
		}
	}
}

// otherName is a log's name with another ID.
func otherName(at string, r *rand.Rand) string {
	i := strings.LastIndexByte(at, '_')
	return at[:i+1] + fmt.Sprintf("Forged%010d", r.Uint64()%1e10) + ".json.gz"
}

func rename(c *Copy, at string, r *rand.Rand) {
	c.Objects[otherName(at, r)] = c.Objects[at]
	delete(c.Objects, at)
}

func duplicate(c *Copy, at string, r *rand.Rand) { c.Objects[otherName(at, r)] = c.Objects[at] }

func duplicateAs(name func(at string) string) change {
	return func(c *Copy, at string, _ *rand.Rand) { c.Objects[name(at)] = c.Objects[at] }
}

// foreign is a name that CloudTrail gives to nothing, in the folder of at.
func foreign(at string, r *rand.Rand) string {
	return path.Join(path.Dir(at), fmt.Sprintf("restored-%d.json.gz", r.IntN(1000)))
}

// asKind names files as if they were of another kind than logs.
func asKind(word string) func(at string, r *rand.Rand) string {
	return func(at string, r *rand.Rand) string {
		at = strings.Replace(otherName(at, r), "/CloudTrail/", "/"+word+"/", 1)
		return strings.Replace(at, "_CloudTrail_", "_"+word+"_", 1)
	}
}

// insight writes what CloudTrail delivers when calls are more than usual.
func insight(c *Copy, at string, r *rand.Rand) {
	parts := strings.Split(path.Base(at), "_")
	event := fmt.Sprintf(`{"Records":[{"eventVersion":"1.07","eventTime":"%s","awsRegion":"%s","eventID":"%08x-1111-4111-8111-111111111111","eventType":"AwsCloudTrailInsight",`+
		`"recipientAccountId":"%s","sharedEventID":"22222222-2222-4222-8222-222222222222","insightDetails":{"state":"Start","eventSource":"ssm.amazonaws.com","eventName":"UpdateInstanceInformation",`+
		`"insightType":"ApiCallRateInsight","insightContext":{"statistics":{"baseline":{"average":85.4202380952},"insight":{"average":664}}}},"eventCategory":"Insight"}]}`,
		deliveredAt(at).Format(time.RFC3339), parts[2], r.Uint32(), parts[0])
	c.Objects[asKind("CloudTrail-Insight")(at, r)] = &Stored{Bytes: Gzip([]byte(event))}
}

// deliveredAt is the minute in the name of a log.
func deliveredAt(at string) time.Time {
	when, err := time.Parse("20060102T1504Z", strings.Split(path.Base(at), "_")[3])
	if err != nil {
		panic(err) // logs have names of this package
	}
	return when
}

func inject(c *Copy, at string, r *rand.Rand) { injectAs(otherName)(c, at, r) }

// injectAs writes a log of one forged event: somebody signs in at the console.
func injectAs(name func(at string, r *rand.Rand) string) change {
	return func(c *Copy, at string, r *rand.Rand) {
		body := forgery(at, r)
		c.Objects[name(at, r)] = &Stored{Bytes: Gzip(body)}
	}
}

// forgeTwin writes a log of the first event of another, as if it had been a
// harmless call.
func forgeTwin(c *Copy, at string, r *rand.Rand) {
	body, ok := inflated(c.Objects[at].Bytes)
	var doc struct{ Records []map[string]any }
	if !ok || json.Unmarshal(body, &doc) != nil || len(doc.Records) == 0 {
		return
	}
	doc.Records[0]["eventName"] = "DescribeNothing"
	if body, err := json.Marshal(map[string]any{"Records": doc.Records[:1]}); err == nil {
		c.Objects[otherName(at, r)] = &Stored{Bytes: Gzip(body)}
	}
}

func forgery(at string, r *rand.Rand) []byte {
	parts := strings.Split(path.Base(at), "_")
	return fmt.Appendf(nil, `{"Records":[{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::%s:user/mallory","accountId":"%[1]s","userName":"mallory"},`+
		`"eventTime":"%s","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"%s","sourceIPAddress":"203.0.113.66",`+
		`"responseElements":{"ConsoleLogin":"Success"},"eventID":"%08x-0000-4000-8000-000000000000","eventType":"AwsConsoleSignIn","recipientAccountId":"%[1]s"}]}`,
		parts[0], deliveredAt(at).Add(-10*time.Minute).Format(time.RFC3339), parts[2], r.Uint32())
}

func removeEvent(b []byte, r *rand.Rand) []byte {
	var doc struct{ Records []json.RawMessage }
	if json.Unmarshal(b, &doc) != nil || len(doc.Records) == 0 {
		return append(bytes.Clone(b), ' ')
	}
	i := r.IntN(len(doc.Records))
	doc.Records = slices.Delete(doc.Records, i, i+1)
	b, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return b
}

// beforeRestart gives the digests of the first chain that are older than the
// last one that begins a chain.
func (c *Copy) beforeRestart() []string {
	d := c.firstRegion()
	for i := len(d) - 1; i > 0; i-- {
		if read, ok := c.digest(d[i]); ok && read.PreviousS3Object == nil {
			return d[:i]
		}
	}
	return nil
}

func (c *Copy) digest(at string) (d digestJSON, ok bool) {
	o := c.Objects[at]
	if o == nil {
		return d, false // a forged digest listed it as a log, which is gone
	}
	b, ok := inflated(o.Bytes)
	return d, ok && json.Unmarshal(b, &d) == nil
}

// restartRegion leaves of the first region what a trail would have left that
// was begun anew for the last hour.
func restartRegion(c *Copy, _ *rand.Rand) {
	d := c.firstRegion()
	if len(d) == 0 {
		return
	}
	newest, ok := c.digest(d[len(d)-1])
	if !ok {
		return
	}
	for _, p := range d[:len(d)-1] {
		if older, ok := c.digest(p); ok {
			for _, l := range older.LogFiles {
				delete(c.Objects, l.S3Object)
			}
		}
		delete(c.Objects, p)
	}
	newest.PreviousS3Bucket, newest.PreviousS3Object, newest.PreviousHashValue, newest.PreviousHashAlgo, newest.PreviousSignature = nil, nil, nil, nil, nil
	b := newest.encode(false)
	c.Objects[d[len(d)-1]] = &Stored{Bytes: Gzip(b), Metadata: map[string]string{"signature": c.Keys[0].sign(newest.toSign(b)), "signature-algorithm": newest.Algorithm}}
}

func swapLogs(c *Copy, r *rand.Rand) {
	logs := c.Logs()
	if len(logs) < 2 {
		return
	}
	i := r.IntN(len(logs) - 1)
	a, b := c.Objects[logs[i]], c.Objects[logs[i+1]]
	a.Bytes, b.Bytes = b.Bytes, a.Bytes
}

func reformat(b []byte, _ *rand.Rand) []byte {
	var out bytes.Buffer
	if json.Indent(&out, b, "", " ") != nil {
		return append(b, '\n')
	}
	return out.Bytes()
}

func removeThree(c *Copy, r *rand.Rand) {
	if d := c.firstRegion(); len(d) >= 5 {
		i := 1 + r.IntN(len(d)-4)
		removeAll(c, d[i:i+3])
	}
}

// cutOff removes the newest n digests of every chain.
func cutOff(n int, logs bool) func(*Copy, *rand.Rand) {
	return func(c *Copy, _ *rand.Rand) {
		chains := map[string][]string{}
		for _, p := range c.Digests() {
			chains[chainOf(p)] = append(chains[chainOf(p)], p)
		}
		for _, d := range chains {
			cutChain(c, d, n, logs)
		}
	}
}

func cutRegion(c *Copy, _ *rand.Rand) { cutChain(c, c.firstRegion(), 3, true) }

// cutChain removes the newest n digests of a chain and, with logs, what they
// list.
func cutChain(c *Copy, d []string, n int, logs bool) {
	for _, p := range d[max(0, len(d)-n):] {
		digest, ok := c.digest(p)
		delete(c.Objects, p)
		if !ok || !logs {
			continue
		}
		for _, l := range digest.LogFiles {
			delete(c.Objects, l.S3Object)
		}
	}
}

func removeRegion(c *Copy, _ *rand.Rand) {
	if d := c.Digests(); len(d) > 0 {
		last := chainOf(d[len(d)-1])
		removeAll(c, slices.DeleteFunc(d, func(p string) bool { return chainOf(p) != last }))
	}
}

// resign empties a digest's list and signs it with the attacker's key.
func resign(known bool) change {
	return func(c *Copy, at string, _ *rand.Rand) {
		d, ok := c.digest(at)
		if !ok {
			return
		}
		foreign := NewKey("foreign", false, c.Keys[0].Start, c.Keys[0].End)
		d.LogFiles, d.NewestEventTime, d.OldestEventTime = []digestEntry{}, nil, nil
		if !known {
			d.Fingerprint = foreign.Fingerprint()
		}
		b := d.encode(false)
		c.Objects[at] = &Stored{Bytes: Gzip(b), Metadata: map[string]string{"signature": foreign.sign(d.toSign(b)), "signature-algorithm": d.Algorithm}}
	}
}

func replay(c *Copy, r *rand.Rand) {
	if d := c.firstRegion(); len(d) >= 2 {
		i := 1 + r.IntN(len(d)-1)
		older := c.Objects[d[r.IntN(i)]]
		c.Objects[d[i]] = &Stored{Bytes: older.Bytes, Metadata: older.Metadata}
	}
}

func spoilSignature(c *Copy, at string, _ *rand.Rand) {
	if o := c.Objects[at]; o.Metadata != nil {
		o.Metadata = map[string]string{"signature": "not a signature", "signature-algorithm": "SHA256withRSA"}
	}
}

func flatten(c *Copy, _ *rand.Rand) {
	flat := map[string]*Stored{}
	for p, o := range c.Objects {
		flat[path.Base(p)] = o
	}
	c.Objects = flat
}
