package digest

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// ControlEvent is what is kept of an event that may end or blind a trail, or
// touch the evidence: the reader of the files picks those with a name of
// ControlNames, whatever they are about.
type ControlEvent struct {
	ID, Name  string
	Time      time.Time
	Error     string // errorCode, "" when the call succeeded
	Account   string // recipientAccountId
	Principal string // the best name of who called
	// Subjects are the texts of the request that may name what it is about:
	// trails, buckets, keys of objects, KMS keys.
	Subjects []string
}

// controlNames are the calls that are looked for, by what they act on.
var controlNames = map[string]subjectKind{
	"StopLogging": onTrail, "DeleteTrail": onTrail, "UpdateTrail": onTrail, "PutEventSelectors": onTrail, "PutInsightSelectors": onTrail,

	"DeleteBucket": onBucket, "DeleteBucketPolicy": onBucket, "PutBucketPolicy": onBucket, "PutBucketAcl": onBucket,
	"PutBucketLifecycle": onBucket, "PutBucketLifecycleConfiguration": onBucket, "DeleteBucketLifecycle": onBucket,
	"PutBucketVersioning": onBucket, "PutBucketObjectLockConfiguration": onBucket, "PutObjectLockConfiguration": onBucket,
	"PutBucketReplication": onBucket, "DeleteBucketReplication": onBucket, "PutBucketEncryption": onBucket, "DeleteBucketEncryption": onBucket,
	"PutBucketOwnershipControls": onBucket, "PutBucketPublicAccessBlock": onBucket, "DeleteBucketPublicAccessBlock": onBucket,

	"DeleteObject": onObject, "DeleteObjects": onObject, "DeleteObjectVersion": onObject, "PutObjectRetention": onObject, "PutObjectLegalHold": onObject,

	"DisableKey": onKey, "ScheduleKeyDeletion": onKey, "PutKeyPolicy": onKey, "DeleteImportedKeyMaterial": onKey, "DeleteAlias": onKey,

	"CreateTrail": learned, // which key encrypts the trail
}

type subjectKind uint8

const (
	onTrail subjectKind = iota + 1
	onBucket
	onObject
	onKey
	learned
)

// IsControlName reports whether events of this name are to be handed over in
// File.Control, if they are worth it.
func IsControlName(name []byte) bool { return controlNames[string(name)] != 0 }

// Worth reports whether the event may be about a trail: of the many that delete
// objects only those are kept that name a file of a trail.
func (ev ControlEvent) Worth() bool {
	return controlNames[ev.Name] != onObject || slices.ContainsFunc(ev.Subjects, func(s string) bool { return strings.Contains(s, "AWSLogs/") })
}

// maxControls bounds the events that are held: beyond, a trail has been tampered
// with in other ways, or someone fills memory.
const maxControls = 1 << 17

// noteControl keeps the control events of a log until it is judged.
func (e *evidence) noteControl(l *logFile, events []ControlEvent) {
	if room := maxControls - e.heldControls; len(events) > room {
		events = events[:room]
		e.controlsCut = true
	}
	if len(events) > 0 {
		e.heldControls += len(events)
		e.controls[l] = events
	}
}

// controlFindings are the events in valid logs that end or blind the trails that
// are here, or touch what they were delivered into. The same event in several
// logs counts once.
func (e *evidence) controlFindings() (findings []Finding) {
	w := e.watched()
	seen := map[string]bool{}
	for _, l := range e.logs {
		if l.status != Valid {
			continue
		}
		for _, ev := range e.controls[l] {
			if reason, trail := w.about(ev); reason != "" && !seen[ev.ID] {
				seen[ev.ID] = true
				findings = append(findings, controlFinding(ev, reason, trail))
			}
		}
	}
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.EventID, b.EventID), strings.Compare(a.EventName, b.EventName))
	})
	return findings
}

func controlFinding(ev ControlEvent, reason, trail string) Finding {
	if ev.Error != "" {
		reason += "; it failed: " + ev.Error
	}
	return Finding{
		Kind: Control, Account: ev.Account, Trail: trail, Time: ev.Time, EventID: ev.ID, EventName: ev.Name, Principal: ev.Principal, Reason: reason,
	}
}

// watched is what control events can be about: as far as valid digests, and the
// trails' own configuration calls, name it.
type watched struct {
	trails, buckets, keys map[string]bool
}

func (e *evidence) watched() watched {
	w := watched{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, h := range e.digests {
		if h.status == Valid {
			w.trails[h.name.Trail] = true
			w.buckets[h.digest.Bucket] = true
		}
	}
	for _, l := range e.logs {
		for _, ev := range e.controls[l] {
			if kind := controlNames[ev.Name]; l.status == Valid && ev.Error == "" && (kind == learned || ev.Name == "UpdateTrail") && w.trailOf(ev) != "" {
				for _, s := range ev.Subjects {
					if id := keyID(s); id != "" {
						w.keys[id] = true
					}
				}
			}
		}
	}
	return w
}

// trailOf is the trail that an event is about, by name or ARN.
func (w watched) trailOf(ev ControlEvent) string {
	for _, s := range ev.Subjects {
		if i := strings.LastIndex(s, ":trail/"); i >= 0 {
			s = s[i+len(":trail/"):]
		}
		if s != "" && w.trails[s] {
			return s
		}
	}
	return ""
}

// keyID is the ID of a KMS key in an ARN or by itself, "" when it is none.
func keyID(s string) string {
	if i := strings.LastIndex(s, ":key/"); i >= 0 {
		return s[i+len(":key/"):]
	}
	if len(s) == 36 && strings.Count(s, "-") == 4 || strings.HasPrefix(s, "mrk-") {
		return s
	}
	return ""
}

// about says what an event does to what is watched, "" when nothing.
func (w watched) about(ev ControlEvent) (reason, trail string) {
	switch controlNames[ev.Name] {
	case onTrail:
		if trail = w.trailOf(ev); trail != "" {
			return "it stops or changes what the trail " + trail + " records or delivers", trail
		}
	case onBucket:
		for _, s := range ev.Subjects {
			if w.buckets[s] {
				return "it changes the bucket " + s + ", which the digests are in", ""
			}
		}
	case onObject:
		return w.objects(ev), ""
	case onKey:
		for _, s := range ev.Subjects {
			if id := keyID(s); id != "" && w.keys[id] {
				return "it changes the key " + id + ", which encrypts the trail's files", ""
			}
		}
	}
	return "", ""
}

// objects is about files of a trail in one of its buckets.
func (w watched) objects(ev ControlEvent) string {
	file, bucket := "", false
	for _, s := range ev.Subjects {
		if w.buckets[s] {
			bucket = true
		}
		if arn, ok := strings.CutPrefix(s, "arn:"); ok { // arn:aws:s3:::bucket/key
			if _, rest, ok := strings.Cut(arn, ":::"); ok {
				var name string
				if name, s, _ = strings.Cut(rest, "/"); w.buckets[name] {
					bucket = true
				}
			}
		}
		if file == "" && strings.Contains(s, "AWSLogs/") {
			file = s
		}
	}
	if !bucket || file == "" {
		return ""
	}
	return "it deletes or unlocks " + file + " where the trail delivers"
}
