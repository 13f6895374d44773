package report

import (
	"encoding/json"

	"ctlog/digest"
)

// The lines of --json; the order of the members is part of the contract.
type (
	digestLine struct {
		Kind        string        `json:"kind"`
		Status      digest.Status `json:"status"`
		Signature   string        `json:"signature,omitempty"`
		Key         string        `json:"key"`
		Bucket      string        `json:"bucket,omitempty"`
		Path        string        `json:"path,omitempty"`
		Account     string        `json:"account,omitempty"`
		Region      string        `json:"region,omitempty"`
		Trail       string        `json:"trail,omitempty"`
		Start       string        `json:"start,omitempty"`
		End         string        `json:"end,omitempty"`
		Fingerprint string        `json:"fingerprint,omitempty"`
		Reason      string        `json:"reason,omitempty"`
	}
	logLine struct {
		Kind     string        `json:"kind"`
		Status   digest.Status `json:"status"`
		Key      string        `json:"key"`
		Bucket   string        `json:"bucket,omitempty"`
		Path     string        `json:"path,omitempty"`
		Digest   string        `json:"digest,omitempty"`
		SHA256   string        `json:"sha256,omitempty"`
		Expected string        `json:"expected,omitempty"`
		Reason   string        `json:"reason,omitempty"`
	}
	besideLine struct {
		Kind   digest.BesideKind `json:"kind"`
		Path   string            `json:"path"`
		Reason string            `json:"reason,omitempty"`
	}
	findingLine struct {
		Kind           digest.FindingKind `json:"kind"`
		Account        string             `json:"account,omitempty"`
		Region         string             `json:"region,omitempty"`
		Trail          string             `json:"trail,omitempty"`
		Fingerprint    string             `json:"fingerprint,omitempty"`
		Digests        int                `json:"digests,omitempty"`
		Key            string             `json:"key,omitempty"`
		Bucket         string             `json:"bucket,omitempty"`
		ExpectedBucket string             `json:"expectedBucket,omitempty"`
		Path           string             `json:"path,omitempty"`
		Start          string             `json:"start,omitempty"`
		Predecessor    string             `json:"predecessor,omitempty"`
		From           string             `json:"from,omitempty"`
		To             string             `json:"to,omitempty"`
		Hours          *int               `json:"hours,omitempty"`
		End            string             `json:"end,omitempty"`
		Expected       string             `json:"expected,omitempty"`
		Time           string             `json:"time,omitempty"`
		EventName      string             `json:"eventName,omitempty"`
		EventID        string             `json:"eventID,omitempty"`
		Principal      string             `json:"principal,omitempty"`
		Of             string             `json:"of,omitempty"`
		Twin           string             `json:"twin,omitempty"`
		Reason         string             `json:"reason,omitempty"`
		Accepted       bool               `json:"accepted,omitempty"`
		Events         []string           `json:"events,omitempty"`
		Versions       []versionLine      `json:"versions,omitempty"`
	}
	keyLine struct {
		Kind        digest.FindingKind `json:"kind"`
		Fingerprint string             `json:"fingerprint"`
		SHA256      string             `json:"sha256"`
		Region      string             `json:"region,omitempty"`
		Origin      string             `json:"origin"`
		Start       string             `json:"start,omitempty"`
		End         string             `json:"end,omitempty"`
		Digests     int                `json:"digests"`
	}
	summaryLine struct {
		Kind     string         `json:"kind"`
		Verdict  digest.Verdict `json:"verdict"`
		Digests  counts         `json:"digests"`
		Logs     counts         `json:"logs"`
		Other    int            `json:"other"`
		Unread   int            `json:"unread"`
		Skipped  int            `json:"skipped"`
		Unproven int            `json:"unproven"`
		Restored int            `json:"restored,omitempty"`
		Gaps     int            `json:"gaps"`
		Chains   int            `json:"chains"`
		From     string         `json:"from,omitempty"`
		To       string         `json:"to,omitempty"`
	}
)

// counts prints what is not zero, in the order of the statuses.
type counts digest.Counts

// MarshalJSON gives an object whose members are statuses.
func (c counts) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for s, n := range c {
		if n == 0 {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, digest.Status(s).String()...)
		b = append(b, `":`...)
		number, _ := json.Marshal(n)
		b = append(b, number...)
	}
	return append(b, '}'), nil
}

func newFileLine(it digest.Item) any {
	if it.Digest {
		return digestLine{
			Kind: "digest", Status: it.Status, Signature: it.Signature, Key: it.Key, Bucket: it.Bucket, Path: it.Path,
			Account: it.Account, Region: it.Region, Trail: it.Trail, Start: stamp(it.Start), End: stamp(it.End),
			Fingerprint: it.Fingerprint, Reason: it.Reason,
		}
	}
	l := logLine{
		Kind: "log", Status: it.Status, Key: it.Key, Bucket: it.Bucket, Path: it.Path, Digest: it.ListedBy,
		SHA256: sum(it.Sum), Expected: sum(it.Expected), Reason: it.Reason,
	}
	if it.Sum == it.Expected {
		l.Expected = ""
	}
	return l
}

func newFindingLine(f *digest.Finding) findingLine {
	l := findingLine{
		Kind: f.Kind, Account: f.Account, Region: f.Region, Trail: f.Trail, Fingerprint: f.Fingerprint, Digests: f.Digests,
		Key: f.First, Bucket: f.Bucket, ExpectedBucket: f.ExpectedBucket, Path: f.Object,
		Start: stamp(f.Start), Predecessor: f.Predecessor, From: stamp(f.From), To: stamp(f.To), End: stamp(f.End), Expected: stamp(f.Expected),
		Time: stamp(f.Time), EventName: f.EventName, EventID: f.EventID, Principal: f.Principal, Of: f.Of, Twin: f.Twin,
		Reason: f.Reason, Accepted: f.Accepted, Events: f.Events, Versions: versionLines(f.Versions),
	}
	if f.Kind == digest.Gap {
		l.Hours = &f.Hours
	}
	return l
}

func newKeyLine(k digest.KeyUse) keyLine {
	return keyLine{
		Kind: digest.Key, Fingerprint: k.Fingerprint, SHA256: sum(k.DER), Region: k.Origin.Region, Origin: k.Origin.String(),
		Start: stamp(k.Start), End: stamp(k.End), Digests: k.Digests,
	}
}

func newSummaryLine(r *digest.Report) summaryLine {
	return summaryLine{
		Kind: "summary", Verdict: r.Verdict, Digests: counts(r.Digests), Logs: counts(r.Logs),
		Other: r.Other, Unread: r.CountBeside(digest.BesideUnread), Skipped: r.CountBeside(digest.BesideSkipped),
		Unproven: r.Unproven, Restored: r.Restored, Gaps: r.Gaps, Chains: r.Chains, From: stamp(r.From), To: stamp(r.To),
	}
}
