package term

import (
	"fmt"
	"sync/atomic"
	"time"
)

// Progress shows how far the work has come. Its counters may be moved from
// any goroutine.
type Progress struct {
	voice *Voice
	lines bool // whole lines at intervals, for what is no terminal
	start time.Time
	stop  chan struct{}
	done  chan struct{}

	found, finished atomic.Int64 // objects
	read            atomic.Int64 // stored bytes
	total           atomic.Int64 // stored bytes there are in all, 0 until known
}

const (
	patience = time.Second            // how long work lasts before auto shows anything
	redraw   = 200 * time.Millisecond // of the line
	interval = 5 * time.Second        // between whole lines
)

// StartProgress begins to show progress; flag auto shows it only when terminal
// is set and the work lasts over a second.
func StartProgress(v *Voice, flag When, terminal bool) *Progress {
	p := &Progress{voice: v, lines: !terminal, start: time.Now(), stop: make(chan struct{}), done: make(chan struct{})}
	if flag == Never || flag == Auto && !terminal {
		close(p.done)
		return p
	}
	go p.run()
	return p
}

func (p *Progress) run() {
	defer close(p.done)
	every := redraw
	if p.lines {
		every = interval
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			if !p.lines {
				p.voice.show("")
			}
			return
		case now := <-tick.C:
			p.draw(now)
		}
	}
}

func (p *Progress) draw(now time.Time) {
	spent := now.Sub(p.start)
	switch {
	case p.lines:
		p.voice.Note("%s", p.line(spent))
	case spent >= patience:
		p.voice.show(p.line(spent))
	}
}

// line says bytes, files, rate and, once it can be known, the time left.
func (p *Progress) line(spent time.Duration) string {
	read, total := p.read.Load(), p.total.Load()
	rate := float64(read) / max(spent.Seconds(), 0.001)
	s := fmt.Sprintf("%s in %s files, %s/s", Bytes(read), Count(p.finished.Load()), Bytes(int64(rate)))
	if rate > 0 && total > read {
		left := time.Duration(float64(total-read) / rate * float64(time.Second))
		s = fmt.Sprintf("%d%%, %s, %s left", read*100/total, s, left.Round(time.Second))
	}
	return s
}

// Stop removes the progress line.
func (p *Progress) Stop() {
	select {
	case <-p.stop:
	default:
		close(p.stop)
	}
	<-p.done
}

// Found counts an object that was listed.
func (p *Progress) Found(int64) { p.found.Add(1) }

// Expect says how many stored bytes there are in all.
func (p *Progress) Expect(bytes int64) { p.total.Store(bytes) }

// Shown reports whether the progress can be seen at all.
func (p *Progress) Shown() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Read counts stored bytes.
func (p *Progress) Read(bytes int64) { p.read.Add(bytes) }

// Finished counts objects that are done.
func (p *Progress) Finished(n int) { p.finished.Add(int64(n)) }

// Summary says what was done so far, for a run that was interrupted.
func (p *Progress) Summary() string {
	return fmt.Sprintf("%s files read so far, %s", Count(p.finished.Load()), Bytes(p.read.Load()))
}

// Bytes writes a size for people.
func Bytes(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n), 0
	for f >= 1024 && unit < 5 {
		f /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", f, " KMGTP"[unit])
}

// Plural writes a number of things, of which there may be one.
func Plural[N int | int64](n N, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return Count(int64(n)) + " " + thing
}

// Count writes a number with separators for thousands.
func Count(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
