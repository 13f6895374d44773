package report

import (
	"strings"
	"unicode/utf8"

	"ctlog/digest"
	"ctlog/internal/term"
)

// verdict is the headline.
func (p *page) verdict() {
	title, text := p.headline()
	if n := p.r.Unproven; n > 0 {
		text += "; nothing proves " + term.Plural(n, "file")
	}
	paint := map[digest.Verdict]func(string) string{
		digest.Proven: p.o.Style.OK, digest.Tampered: p.o.Style.Error, digest.Incomplete: p.o.Style.Warn,
	}[p.r.Verdict]
	p.hang(paint(title)+"  ", utf8.RuneCountInString(title)+2, "%s", text)
	if p.r.Digests.Total() == 0 && p.r.Excluded == 0 {
		p.indented(len("INCOMPLETE  "), "digests are in AWSLogs/ACCOUNT/CloudTrail-Digest/, if log file validation was enabled for the trail")
	}
}

// headline is the verdict and what it rests on.
func (p *page) headline() (title, text string) {
	r := p.r
	digests, logs := term.Plural(r.Digests.Total(), "digest"), term.Plural(r.Logs.Total(), "log")
	among := ", among " + digests + " and " + logs
	switch {
	case r.Verdict == digest.Proven:
		return "PROVEN", digests + " and " + logs + " are what AWS delivered, without a gap"
	case r.Verdict == digest.Tampered:
		return "TAMPERED", p.sum(digest.Tampered) + among
	case r.Digests.Total() == 0 && r.Excluded > 0:
		return "INCOMPLETE", "none of the " + term.Plural(r.Excluded, "digest") + " here is of the accounts, regions, trails or times that were asked for"
	case r.Digests.Total() == 0:
		return "INCOMPLETE", "there is no digest here, so nothing can be proven of " + logs
	}
	return "INCOMPLETE", p.sum(digest.Incomplete) + among + "; nothing is altered"
}

// findingKinds are the kinds that a verdict can rest on, in the words of a
// count.
var findingKinds = []struct {
	kind digest.FindingKind
	noun string
}{
	{digest.Conflict, "conflict"}, {digest.Versions, "overwritten object"}, {digest.Gap, "gap"}, {digest.Tail, "tail"}, {digest.Restart, "restart"}, {digest.Moved, "moved chain"},
	{digest.Key, "key finding"}, {digest.Absent, "absence"}, {digest.Manifest, "lost file"},
}

// sum counts what the verdict rests on: what is wrong, or what is not proven,
// and the findings.
func (p *page) sum(v digest.Verdict) string {
	var some digest.Counts
	for s := range some {
		s := digest.Status(s)
		if s.Tampering() == (v == digest.Tampered) && !s.Proven() {
			some[s] = p.r.Digests[s] + p.r.Logs[s]
		}
	}
	var words []string
	if some.Total() > 0 {
		words = append(words, inWords(some))
	}
	for _, k := range findingKinds {
		if n := p.weighing(k.kind); n > 0 {
			words = append(words, term.Plural(n, k.noun))
		}
	}
	if n := p.r.CountBeside(digest.BesideUnread); n > 0 {
		words = append(words, term.Plural(n, "path")+" not read")
	}
	return strings.Join(words, ", ")
}

// weighing counts the findings of a kind that lower the verdict.
func (p *page) weighing(kind digest.FindingKind) (n int) {
	for i := range p.r.Findings {
		if f := &p.r.Findings[i]; f.Kind == kind && f.Verdict() != digest.Proven {
			n++
		}
	}
	return n
}

func (p *page) counts() {
	r := p.r
	p.title("counts")
	p.count("digests", inWords(r.Digests))
	p.count("logs", inWords(r.Logs))
	p.count("chains", term.Count(int64(r.Chains)))
	if r.Other > 0 {
		p.count("other", term.Plural(r.Other, "file")+" of kinds that digests do not list")
	}
	if n := r.CountBeside(digest.BesideUnread); n > 0 {
		p.count("unread", term.Plural(n, "path")+" that could not be read or was not entered")
	}
	if n := r.CountBeside(digest.BesideSkipped); n > 0 {
		p.count("skipped", term.Plural(n, "file")+" that are not evidence; --verbose or --json names them")
	}
	if r.Restored > 0 {
		p.count("restored", term.Plural(r.Restored, "original")+" that older versions of objects still have")
	}
}

func (p *page) count(what, text string) { p.labelled(what, plain, "%s", text) }

func plain(s string) string { return s }

func inWords(c digest.Counts) string {
	var words []string
	for s, n := range c {
		if n > 0 {
			words = append(words, term.Count(int64(n))+" "+digest.Status(s).String())
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
