package report

import (
	"fmt"
	"strings"
	"time"

	"ctlog/digest"
	"ctlog/internal/term"
)

// proven shows the spans that nothing can be said against: chain by chain, or,
// where there are many, trail by trail.
func (p *page) proven() {
	if len(p.r.Spans) == 0 {
		return
	}
	p.title("proven")
	if len(p.r.Spans) > manySpans && !p.o.Verbose {
		p.trails()
		return
	}
	for _, s := range p.r.Spans {
		p.indented(2, "%s in s3://%s", chainName(s), s.Bucket)
		p.indented(4, "%s to %s: %s, %s", stamp(s.From), stamp(s.To), term.Plural(s.Digests, "digest"), logsOf(s))
	}
}

// manySpans is from where on a chain is not worth a line of its own.
const manySpans = 40

// trailSpans is what is proven of one account's part of a trail.
type trailSpans struct {
	digest.Span
	regions map[string]bool
	spans   []digest.Span
}

// trails sums the spans up: a line an account, below what accounts have in
// common. They come in the order of accounts. Chains are named that do not reach
// as far as the others.
func (p *page) trails() {
	var order []string
	trails := map[string]*trailSpans{}
	for _, s := range p.r.Spans {
		id := strings.Join([]string{s.Account, s.Trail, s.HomeRegion, s.Bucket}, "\x00")
		t := trails[id]
		if t == nil {
			t = &trailSpans{Span: s, regions: map[string]bool{}}
			t.Digests, t.Logs, t.Listed = 0, 0, 0
			trails[id], order = t, append(order, id)
		}
		t.add(s)
	}
	last, shorter := "", p.bounded()
	for _, id := range order {
		t := trails[id]
		if common := fmt.Sprintf("%s in s3://%s, %s to %s", t.Trail, t.Bucket, stamp(t.From), stamp(t.To)); common != last {
			p.indented(2, "%s", common)
			last = common
		}
		p.indented(4, "%s  %s, %s, %s", t.Account, t.extent(), term.Plural(t.Digests, "digest"), logsOf(t.Span))
		p.shorter(t, shorter)
	}
	shorter.end(6, "chains")
	p.indented(2, "--verbose shows every chain")
}

// shorter names the chains that are proven for less than others of their trail.
func (p *page) shorter(t *trailSpans, b *bounded) {
	for _, s := range t.spans {
		if (!s.From.Equal(t.From) || !s.To.Equal(t.To)) && !s.Backfill && b.next() {
			p.indented(6, "%s only %s to %s: %s, %s", s.Region, stamp(s.From), stamp(s.To), term.Plural(s.Digests, "digest"), logsOf(s))
		}
	}
}

// extent says in how many regions how many spans are unbroken.
func (t *trailSpans) extent() string {
	regions := term.Plural(len(t.regions), "region")
	if len(t.spans) == len(t.regions) {
		return regions
	}
	return term.Plural(len(t.spans), "unbroken span") + " in " + regions
}

func (t *trailSpans) add(s digest.Span) {
	t.regions[s.Region] = true
	t.spans = append(t.spans, s)
	t.Digests, t.Logs, t.Listed = t.Digests+s.Digests, t.Logs+s.Logs, t.Listed+s.Listed
	t.From, t.To = minTime(t.From, s.From), maxTime(t.To, s.To)
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// logsOf says how many of the listed logs are valid, if not all are.
func logsOf(s digest.Span) string {
	if s.Logs == s.Listed {
		return term.Plural(s.Logs, "log")
	}
	return fmt.Sprintf("%s of %s", term.Count(int64(s.Logs)), term.Plural(s.Listed, "log"))
}

func chainName(s digest.Span) string {
	text := s.Account + " " + s.Region + " " + s.Trail
	if s.Backfill {
		text += " (backfill)"
	}
	return text
}

// keys names what the proof rests on.
func (p *page) keys() {
	if len(p.r.Keys) == 0 {
		return
	}
	p.title("by these public keys")
	b := p.bounded()
	for _, k := range p.r.Keys {
		if !b.next() {
			continue
		}
		what := term.Plural(k.Digests, "digest")
		if k.Origin.Region != "" {
			what = k.Origin.Region + ", " + what
		}
		p.indented(2, "%s  %s", k.Fingerprint, what)
		p.indented(4, "%s", k.Origin)
	}
	b.end(2, "")
}

// heads says where chains begin whose predecessors are elsewhere: no fault.
func (p *page) heads() {
	b := p.bounded()
	for _, f := range p.r.Findings {
		if f.Kind != digest.Head || !b.next() {
			continue
		}
		if b.n == 1 {
			p.title("the proof begins here, the digests before are not part of this copy")
		}
		p.indented(2, "%s  %s %s %s", stamp(f.Start), f.Account, f.Region, f.Trail)
	}
	b.end(2, "chains")
}
