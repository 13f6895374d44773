package report

import (
	"cmp"
	"strings"
	"time"

	"ctlog/digest"
	"ctlog/internal/term"
)

// findings lists gaps and their like; where a proof begins is said elsewhere.
// Of each kind the first are shown, so that no kind hides another.
func (p *page) findings() {
	shown, titled := map[digest.FindingKind]*bounded{}, false
	for i := range p.r.Findings {
		f := &p.r.Findings[i]
		if f.Kind == digest.Head {
			continue
		}
		b := shown[f.Kind]
		if b == nil {
			b = p.bounded()
			shown[f.Kind] = b
		}
		if !b.next() {
			continue
		}
		if !titled {
			p.title("beside the files")
			titled = true
		}
		p.finding(f)
	}
	for _, kind := range order {
		if b := shown[kind]; b != nil && b.most > 0 && b.n > b.most {
			p.labelled(string(kind), plain, "… and %s more; --verbose or --json names them", term.Count(int64(b.n-b.most)))
		}
	}
}

// order is that of the kinds whose rest is counted.
var order = []digest.FindingKind{
	digest.Conflict, digest.Gap, digest.Tail, digest.Restart, digest.Moved, digest.Key, digest.Absent, digest.Control, digest.Manifest, digest.Versions,
}

// finding says what was found in the words of its kind.
func (p *page) finding(f *digest.Finding) {
	say := map[digest.FindingKind]func(*digest.Finding){
		digest.Gap: p.gap, digest.Tail: p.tail, digest.Key: p.key, digest.Moved: p.moved, digest.Control: p.control,
		digest.Conflict: p.conflict, digest.Manifest: p.manifest, digest.Versions: p.versions,
	}[f.Kind]
	if say == nil {
		say = p.other
	}
	say(f)
}

// says is the line of a finding: its kind and what is to be said of it.
func (p *page) says(f *digest.Finding, format string, args ...any) {
	paint := p.o.Style.Warn
	if f.Verdict() == digest.Tampered {
		paint = p.o.Style.Error
	}
	p.labelled(string(f.Kind), paint, format, args...)
}

// more is a further line of a finding.
func (p *page) more(format string, args ...any) { p.indented(labelWidth, format, args...) }

func chainOf(f *digest.Finding) string {
	return strings.Join(strings.Fields(strings.Join([]string{f.Account, f.Region, f.Trail}, " ")), " ")
}

func (p *page) gap(f *digest.Finding) {
	p.says(f, "%s: %s to %s, %s (%s)", chainOf(f), stamp(f.From), stamp(f.To), term.Plural(f.Hours, "hour"), f.Reason)
	for i, n := range f.Names[:min(len(f.Names), len(f.Events))] {
		p.more("%s, event %s", n, f.Events[i])
	}
}

func (p *page) tail(f *digest.Finding) {
	p.says(f, "%s: ends at %s, expected until %s (%s)", chainOf(f), stamp(f.End), stamp(f.Expected), f.Reason)
	for i, n := range f.Names[:min(len(f.Names), len(f.Events))] {
		p.more("%s, event %s", n, f.Events[i])
	}
}

func (p *page) key(f *digest.Finding) {
	accepted := ""
	if f.Accepted {
		accepted = "; accepted by --accept-key"
	}
	p.says(f, "%s: %s (%s, first %s)%s", f.Fingerprint, f.Reason, term.Plural(f.Digests, "digest"), f.First, accepted)
}

func (p *page) moved(f *digest.Finding) {
	p.says(f, "%s: %s", chainOf(f), cmp.Or(f.Reason, "signed for another bucket"))
	p.more("signed for %s, expected %s", cmp.Or(f.Bucket, "no bucket"), cmp.Or(f.ExpectedBucket, "another"))
	p.window(f)
}

// window says from when to when, as far as that is known.
func (p *page) window(f *digest.Finding) {
	from, to := firstTime(f.From, f.Start), firstTime(f.To, f.End)
	if !from.IsZero() && !to.IsZero() {
		p.more("%s to %s", stamp(from), stamp(to))
	}
}

func firstTime(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

func (p *page) control(f *digest.Finding) {
	p.says(f, "%s %s by %s", stamp(f.Time), f.EventName, cmp.Or(f.Principal, "an unknown principal"))
	p.more("event %s, %s", f.EventID, chainOf(f))
	if f.Reason != "" {
		p.more("%s", f.Reason)
	}
}

func (p *page) conflict(f *digest.Finding) {
	p.says(f, "event %s: %s", f.EventID, cmp.Or(f.Reason, "it is also in a valid log, with other content"))
	p.more("valid: %s", f.Of)
	p.more("other: %s", f.Twin)
}

func (p *page) manifest(f *digest.Finding) {
	p.says(f, "%s", cmp.Or(f.Object, f.First))
	p.more("%s", f.Reason)
}

// other is what has a reason and a chain or a place.
func (p *page) other(f *digest.Finding) {
	p.says(f, "%s: %s", chainOf(f), f.Reason)
	p.window(f)
}
