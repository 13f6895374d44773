package digest

import (
	"path"
	"strings"
	"time"
)

// partial looks for what a part of a download lacks at its ends: the logs of
// the evening before, which its first digest lists, and the digest of the next
// day, which lists its last logs. It is nil where nothing of that is lacking.
func (r *Report) partial() *Partial {
	p, fits := &Partial{}, true
	for _, f := range r.refs {
		switch f.kind {
		case refListing:
			l := &r.e.listings[f.at]
			if status, _ := r.e.absent(l); status == Outside {
				p.Outside++
				fits = p.after(r.e.firstEnd(l)) && fits
			}
		case refLog:
			if l := r.e.logs[f.at]; l.status == Uncovered {
				p.Uncovered++
				fits = p.leaveOut(l) && fits
			}
		}
	}
	if p.Outside+p.Uncovered == 0 {
		return nil
	}
	r.e.fitChains(p)
	if !fits || !p.Since.IsZero() && !p.Until.IsZero() && !p.Since.Before(p.Until) {
		p.Since, p.Until = time.Time{}, time.Time{}
	}
	return p
}

// fitChains narrows the times until no chain begins or ends between them.
func (e *evidence) fitChains(p *Partial) {
	for _, c := range e.chains {
		if c.Backfill || len(c.proven) == 0 || !e.wantsChain(c) {
			continue
		}
		first, last := c.proven[0], c.proven[len(c.proven)-1]
		if !p.Since.IsZero() && !p.Since.After(first.start()) {
			p.Since = first.end()
		}
		if !p.Until.IsZero() && last.end().Before(p.Until) {
			p.Until = last.end()
		}
	}
}

// firstEnd is where the digest ends that lists a log which is outside.
func (e *evidence) firstEnd(l *listing) time.Time {
	if l.digest.name.Backfill || l.digest.digest == nil {
		return time.Time{}
	}
	return l.digest.digest.End
}

// after moves the beginning behind t; false: there is no such time.
func (p *Partial) after(t time.Time) bool {
	p.Since = maxTime(p.Since, t)
	return !t.IsZero()
}

// leaveOut moves an end so that an uncovered log is not asked for, if it was
// delivered before or after what the digests of its place stand for.
func (p *Partial) leaveOut(l *logFile) bool {
	if l.minute().IsZero() || l.foreign || l.kind != Log || l.at == nil || len(l.at.chains) == 0 {
		return false
	}
	first, last := l.at.span()
	switch {
	case first.IsZero():
		return false
	case l.minute().Before(first):
		return p.after(l.minute().Add(time.Minute))
	case l.minute().Before(last.start().Add(-time.Minute)):
		return false // in between: a digest is lacking there
	}
	if end := minTime(l.minute(), last.end()); p.Until.IsZero() || end.Before(p.Until) {
		p.Until = end
	}
	return true
}

// span is what the proven digests of a place stand for: from where, and the
// last of them.
func (at *logPlace) span() (first time.Time, last *digestFile) {
	for _, c := range at.chains {
		if n := len(c.proven); n > 0 {
			if first.IsZero() || c.proven[0].start().Before(first) {
				first = c.proven[0].start()
			}
			if last == nil || c.proven[n-1].end().After(last.end()) {
				last = c.proven[n-1]
			}
		}
	}
	return first, last
}

// nextFolders names the folders of the digest that comes after the last one
// here, for a log that was delivered at its end, and of the logs of that day:
// its digests list them too.
func (c *chain) nextFolders(minute time.Time) []string {
	last := c.nodes[len(c.nodes)-1]
	day := last.time().Format("2006/01/02")
	if !minute.After(last.start().Add(-time.Minute)) || !strings.Contains(last.key, "/"+day+"/") {
		return nil
	}
	folder := strings.Replace(path.Dir(last.key), day, last.end().Add(time.Hour).Format("2006/01/02"), 1) + "/"
	return []string{folder, strings.Replace(folder, "/CloudTrail-Digest/", "/CloudTrail/", 1)}
}
